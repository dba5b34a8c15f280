"""How fast the window is, on the committed atlas. Run with --benchmark-enable; nothing here is asserted in time.

Aims (issue 2): start to the first painted map at most 2.5 times a bare PySide6 window; hover step with repaint
4 ms; hit test 20 µs.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.bootstrap import make_context, make_window
from myomap.gui.map.plate import compose
from myomap.gui.map.plate_spec import whole
from myomap.gui.picture import settle
from myomap.gui.shown import PointKey
from myomap.gui.theme import ThemeName

_BARE = (
    "import sys\nfrom PySide6.QtWidgets import QApplication, QLabel, QMainWindow\n"
    "app = QApplication([])\nw = QMainWindow()\nw.setCentralWidget(QLabel('x'))\nw.resize(1440, 900)\n"
    "w.show()\napp.processEvents()\n"
)
_OURS = (
    "import sys\nfrom pathlib import Path\nfrom myomap.bootstrap import make_application, make_context, make_window\n"
    "app = make_application()\nw = make_window(make_context(Path(sys.argv[1])))\nw.show()\napp.processEvents()\n"
)


@pytest.fixture
def window(qapp: Any, atlas: Any, tmp_path: Path) -> Iterator[Any]:
    context = make_context(tmp_path)
    context.look.choose(ThemeName.LIGHT)
    made = make_window(context)
    made.show()
    made.set_atlas(atlas)
    settle(made)
    yield made
    made.close()
    made.deleteLater()


def _start(program: str, home: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(
        [sys.executable, "-c", program, str(home)], check=True, capture_output=True, env=environment
    )


@pytest.mark.parametrize("program", [_BARE, _OURS], ids=["bare window", "first painted map"])
def test_start(benchmark: Any, tmp_path: Path, program: str) -> None:
    benchmark.pedantic(_start, (program, tmp_path), rounds=5, warmup_rounds=1)


def test_hit(benchmark: Any, window: Any) -> None:
    sheet = window.atlas_place.panels[0].map.sheet
    points = np.random.default_rng(1).uniform((150, 50), (520, 1600), (500, 2)).tolist()
    hits = benchmark(lambda: sum(sheet.hit(x, y) is not None for x, y in points))
    assert hits > 100


def test_hover_step_with_repaint(benchmark: Any, qapp: Any, window: Any) -> None:
    sheet, shown = window.atlas_place.panels[0].map.sheet, window.context.shown
    points = iter(np.random.default_rng(1).uniform((150, 50), (520, 1600), (100_000, 2)).tolist())

    def step() -> None:
        shown.hover(sheet.hit(*next(points)))
        qapp.processEvents()

    benchmark(step)


def test_choosing_a_trigger_point(benchmark: Any, qapp: Any, atlas: Any, window: Any) -> None:
    points = iter([*atlas.trigger_points] * 20)

    def choose() -> None:
        point = atlas.trigger_points[next(points)]
        side = Laterality.RIGHT if point.sided else Laterality.MIDLINE
        window.atlas_place.inspector.choose_point(PointKey(point.id, side))
        qapp.processEvents()

    benchmark.pedantic(choose, rounds=30)


def test_composing_a_plate(benchmark: Any, window: Any) -> None:
    map_view = window.atlas_place.panels[0].map
    spec = whole(map_view.sheet.rect, 0.9)
    benchmark(lambda: compose(map_view.sheet, window.context.look.map, spec, window.context.tones))


def test_turning_the_layer(benchmark: Any, window: Any) -> None:
    layers = iter([*Layer] * 10)

    def turn() -> None:
        window.context.shown.set_layer(next(layers))
        settle(window)

    benchmark.pedantic(turn, rounds=10)
