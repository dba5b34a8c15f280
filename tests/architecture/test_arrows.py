"""The arrows of the layout hold, and the contracts that say so can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("lint-imports")),
            "--no-cache",
            "--config",
            str(ROOT / "pyproject.toml"),
        ],
        cwd=where,
        env={"PYTHONPATH": str(where), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_every_import_contract_is_kept() -> None:
    done = lint_imports(ROOT / "app")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("myomap/anatomy/laterality.py", "import PySide6.QtCore", "only gui imports Qt"),
        ("myomap/records/ids.py", "import sqlalchemy", "only store imports databases"),
        ("myomap/surface/cells.py", "import myomap.lookup", "arrows point down"),
        ("myomap/report/wording.py", "import mapmaker", "the product never imports mapmaker"),
    ],
)
def test_a_planted_fault_breaks_its_contract(tmp_path: Path, module: str, line: str, contract: str) -> None:
    copy = tmp_path / "app"
    shutil.copytree(ROOT / "app", copy, ignore=shutil.ignore_patterns("__pycache__", "*.ttf", "templates"))
    planted = copy / module
    planted.write_text(planted.read_text("utf-8") + f"\n{line}\n", "utf-8")
    done = lint_imports(copy)
    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout


def test_the_core_loads_without_qt_and_databases() -> None:
    code = (
        "import sys\n"
        "import myomap.lookup.ranking, myomap.records.values, myomap.report.visit_report\n"
        "import myomap.store.atlas_file\n"
        "loaded = {m.partition('.')[0] for m in sys.modules}\n"
        "assert not loaded & {'PySide6', 'sqlalchemy', 'alembic', 'scipy'}, loaded\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT / "app")}, timeout=60
    )
