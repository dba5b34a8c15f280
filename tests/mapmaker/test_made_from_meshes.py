"""With the meshes at hand: the committed maps are the ones that mapmaker makes."""

import os
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mapmaker.draw import draw_plate
from mapmaker.sources import Sources
from mapmaker.svg import path_of
from myomap.anatomy.structures import Layer

ROOT = Path(__file__).resolve().parents[2]
ANATOMY = Path(os.environ.get("MYOMAP_ANATOMY", ROOT.parent / "shared" / "anatomy"))

pytestmark = [
    pytest.mark.meshes,
    pytest.mark.slow,
    pytest.mark.skipif(not (ANATOMY / "muscles.npz").is_file(), reason="the anatomy meshes are not here"),
]


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(ANATOMY, ROOT)


@pytest.mark.parametrize(
    ("view_id", "layer"),
    [("male.pelvic_floor", Layer.DEEP), ("male.right_foot_plantar", Layer.SUPERFICIAL)],
)
def test_drawing_a_view_again_gives_the_committed_paths(sources: Sources, view_id: str, layer: Layer) -> None:
    plate = next(p for p in sources.plates if p.view.id == view_id)
    drawing = draw_plate(replace(plate, view=replace(plate.view, layers=(layer,))), sources)[layer]
    made = {
        str(key): path_of(faces, drawing.arcs) for key, faces in zip(drawing.keys, drawing.faces, strict=True)
    }
    path = ROOT / "assets" / "bodymaps" / plate.view.figure / plate.view.name / f"{layer}.svg"
    root = ElementTree.parse(path).getroot()
    committed = {p.get("id"): p.get("d") for p in root.iter("{http://www.w3.org/2000/svg}path")}
    assert made == committed
