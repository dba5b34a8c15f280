"""What every test shares: no network, no home of one's own, the committed atlas once a session."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "app"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="keep the pictures of tests/gui/test_golden.py as they are now",
    )


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything the program writes out of the developer's home."""
    monkeypatch.setenv("MYOMAP_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def atlas() -> Iterator[Any]:
    """The committed atlas."""
    from myomap.resources import atlas_path, bodymaps
    from myomap.store.atlas_file import AtlasFile

    opened = AtlasFile(atlas_path(), bodymaps())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def anatomy() -> Path:
    """The folder of the anatomy meshes; the test is skipped where it is not there."""
    folder = Path(os.environ.get("MYOMAP_ANATOMY", ROOT.parent / "shared" / "anatomy"))
    if not (folder / "muscles.npz").is_file():
        pytest.skip(f"needs the anatomy meshes ({folder})")
    return folder
