"""The compiled atlas: damaged sources leave the old one as it was, and places lie in their muscles."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.mapmaker.ball import ball_stage

from mapmaker.compile import LATER_VIEWS, build, map_version
from mapmaker.data_faults import DataError
from mapmaker.figures import closest_on_triangle
from mapmaker.meshes import load_meshes
from mapmaker.places import Flesh, _crossings
from mapmaker.prepare import prepare
from mapmaker.views import load_plates
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("atlas.sqlite*", ".*"))
    return folder


def test_a_fault_in_the_data_leaves_the_old_atlas(data: Path, anatomy: Path, tmp_path: Path) -> None:
    out = tmp_path / "atlas.sqlite"
    out.write_bytes(b"the old one")
    pattern = next((data / "patterns").glob("*.yaml"))
    pattern.write_text(pattern.read_text("utf-8").replace("radius:", "radios:", 1), "utf-8")
    with pytest.raises(DataError, match=rf"patterns/{pattern.name}:\d+: .*radios"):
        build(data, tmp_path / "build", anatomy, out)
    assert out.read_bytes() == b"the old one"
    assert [p.name for p in tmp_path.iterdir() if "partial" in p.name] == []


def test_a_missing_anatomy_folder_leaves_the_old_atlas(data: Path, anatomy: Path, tmp_path: Path) -> None:
    out = tmp_path / "atlas.sqlite"
    out.write_bytes(b"the old one")
    lists = tmp_path / "anatomy"
    lists.mkdir()
    for name in ("landmarks.csv", "regions.csv"):
        shutil.copy(anatomy / name, lists / name)
    with pytest.raises(MyomapError, match="skin_male"):
        build(data, tmp_path / "build", lists, out)
    assert out.read_bytes() == b"the old one"


@pytest.mark.meshes
@pytest.mark.slow
def test_every_trigger_point_of_the_atlas_lies_in_or_on_its_muscle_on_its_side(
    atlas: Any, anatomy: Path
) -> None:
    meshes = prepare(load_meshes(anatomy))
    outside, looked = [], 0
    for place in atlas.places(Figure.MALE):
        point = atlas.trigger_points[place.trigger_point]
        found = meshes.by_key.get(StructureKey(point.structure, place.laterality))
        if not found:
            continue
        looked += 1
        at = np.asarray(place.xyz)
        flesh = Flesh.of([(m.vertices, m.faces) for m in found], mirrored=False)
        if not is_within(flesh, at):
            outside.append((point.id, str(place.laterality)))
        if place.laterality is not Laterality.MIDLINE:
            assert (at[0] < 1) == (place.laterality is Laterality.RIGHT), point.id
    assert outside == []
    assert looked > 450


def is_within(flesh: Flesh, point: NDArray[np.float64]) -> bool:
    """Whether a point is inside a mesh (most of five rays cross it an odd number of times) or on it."""
    corners = flesh.points[flesh.faces]
    rays = np.array([[1, 0.1, 0.2], [-0.2, 1, 0.1], [0.1, -0.3, 1], [-1, 0.4, -0.2], [0.3, -1, -0.5]])
    if sum(len(_crossings(corners, point, ray)) % 2 for ray in rays) >= 3:
        return True
    nearest, _ = closest_on_triangle(np.broadcast_to(point, (len(corners), 3)), corners)
    return bool(np.linalg.norm(nearest - point, axis=1).min() < 0.5)


def test_the_map_version_follows_cells_and_views_but_not_the_names_of_regions() -> None:
    ball = ball_stage({})
    plates = load_plates(ROOT / "data" / "views.yaml")
    version = map_version(ball, plates)
    assert map_version(replace(ball, region=ball.region[::-1].copy(), digest="other"), plates) == version
    assert map_version(ball, plates[1:]) != version
    later = tuple(plate for plate in plates if plate.view.id not in LATER_VIEWS)
    assert len(later) == len(plates) - len(LATER_VIEWS) < len(plates)
    assert map_version(ball, later) == version, "a view that joined later made older drawings strangers"
    moved = replace(ball.cells, area_mm2=ball.cells.area_mm2 * 1.01)
    assert map_version(replace(ball, cells=moved), plates) != version
