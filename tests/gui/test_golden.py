"""The map and the main places look as they were last approved.

After an intended change: ``pytest tests/gui/test_golden.py --update-golden``, then look at the pictures.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.gui.golden_pictures import MAP_THEMES, PLACES, THEMES

from myomap.resources import fonts

GOLDEN = Path(__file__).with_name("golden")
ROOT = Path(__file__).parents[2]
NAMES = [f"map-{theme}" for theme in MAP_THEMES] + [f"{p}-{t}" for t in THEMES for p in PLACES]
#: The kept pictures are rounded to steps of this many levels, to be small; a pixel may differ by half of it and 2.
STEP = 8
ALIKE = 2 + STEP // 2
#: What share of the pixels may differ by more (hairlines on another processor).
MAY_DIFFER = 0.001
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
Pixels = NDArray[np.int16]


def _read(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"), np.int16)


def reduced(picture: Pixels) -> Image.Image:
    """Return a picture rounded and with its 256 most frequent colours: what is kept."""
    rounded = np.clip(np.round(picture / STEP) * STEP, 0, 255).astype(np.int64)
    codes = rounded @ np.array([1 << 16, 1 << 8, 1])
    found, where, count = np.unique(codes, return_inverse=True, return_counts=True)
    colours = np.column_stack([found >> 16, found >> 8 & 255, found & 255])
    palette = colours[np.argsort(-count, kind="stable")[:256]]
    nearest = np.abs(colours[:, None] - palette[None]).max(axis=2).argmin(axis=1)
    image = Image.fromarray(nearest[where].reshape(codes.shape).astype(np.uint8))
    image.putpalette(palette.astype(np.uint8).tobytes())
    return image


def differing(now: Pixels, kept: Pixels) -> float:
    """Return the share of pixels that differ by more than keeping explains; 1 for another size."""
    if now.shape != kept.shape:
        return 1.0
    again = np.asarray(reduced(now).convert("RGB"), np.int16)
    off = np.minimum(np.abs(now - kept).max(axis=2), np.abs(again - kept).max(axis=2))
    return float((off > ALIKE).mean())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures as they are now: offscreen, with the shipped font and no other."""
    folder = tmp_path_factory.mktemp("golden")
    config = folder / "fonts.conf"
    config.write_text(_FONTS.format(fonts=fonts(), cache=folder / "cache"), "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QT_")} | {
        "FONTCONFIG_FILE": str(config),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "app"), str(ROOT)]),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.golden_pictures", str(folder)],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_was_approved(made: Path, name: str, request: pytest.FixtureRequest) -> None:
    now, golden = made / f"{name}.png", GOLDEN / f"{name}.png"
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        reduced(_read(now)).save(golden, optimize=True)
    assert golden.is_file(), f"there is no {golden}: run with --update-golden"
    share = differing(_read(now), _read(golden))
    if share > MAY_DIFFER:
        left = Path(tempfile.gettempdir()) / "myomap-golden" / now.name
        left.parent.mkdir(exist_ok=True)
        now = Path(shutil.copy(now, left))
    assert share <= MAY_DIFFER, (
        f"{share:.2%} of {name} is not as it was approved.\n  now:      {now}\n  approved: {golden}\n"
        "If this is intended, run with --update-golden and look at the pictures."
    )


def test_the_kept_pictures_are_small(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        pytest.skip("they are being written")
    sizes = {path.name: path.stat().st_size for path in GOLDEN.glob("*.png")}
    assert sorted(sizes) == sorted(f"{name}.png" for name in NAMES)
    assert max(sizes.values()) <= 40_000, sizes
    assert sum(sizes.values()) <= 300_000


def test_a_word_that_changes_is_noticed_and_a_shade_is_not() -> None:
    page = np.full((600, 960, 3), 200, np.int16)
    word, shade = page.copy(), page + 2
    word[100:120, 100:140] = 0
    assert differing(page, word) > MAY_DIFFER
    assert differing(page, shade) == 0
    assert differing(page, page[:-1]) == 1
