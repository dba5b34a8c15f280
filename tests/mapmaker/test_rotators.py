"""The rotatores of the chest spine, drawn between bones."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from tests.mapmaker.test_prepare import box

from mapmaker.meshes import load_meshes
from mapmaker.prepare import CHEST_SPINE, prepare, scatter_on_faces
from mapmaker.rotators import rotators, spindle
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey


def vertebra(height: float) -> NDArray[np.float64]:
    """A body, transverse processes and an arch with its spinous process, as points."""
    parts = [
        box((-15, height - 10, -40), (15, height + 10, -10), 6),
        box((-33, height - 3, -80), (33, height + 3, -70), 12),
        box((-8, height - 24, -90), (8, height + 4, -74), 12),
    ]
    return np.concatenate([vertices for vertices, _ in parts])


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_each_runs_up_and_inward_to_the_first_or_second_vertebra_above_on_its_own_side(side: float) -> None:
    heights = [200.0, 175.0, 150.0, 125.0]
    made = rotators([vertebra(height) for height in heights], side)
    assert len(made) == 3 + 2
    for vertices, _ in made:
        assert (side * vertices[:, 0] > 0).all()
        low, high = vertices[vertices[:, 1].argmin()], vertices[vertices[:, 1].argmax()]
        assert side * low[0] > side * high[0]
    spans = sorted(float(np.ptp(vertices[:, 1])) for vertices, _ in made)
    assert spans[2] < 25 < spans[3] < 50


def test_a_spindle_is_closed_looks_outward_and_is_thickest_in_its_middle() -> None:
    vertices, faces = spindle(np.zeros(3), np.array([0.0, 30.0, 0.0]), 2.0)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    assert (a * np.cross(b, c)).sum() > 0
    wide = [float(np.ptp(vertices[np.abs(vertices[:, 1] - y) < 1.5, 0])) for y in (2.5, 15.0, 27.5)]
    assert wide[1] == pytest.approx(4, abs=0.2)
    assert max(wide[0], wide[2]) < wide[1]


@pytest.mark.meshes
@pytest.mark.slow
def test_no_rotator_lies_over_the_sacrum_nor_is_multifidus_again(anatomy: Path) -> None:
    meshes = prepare(load_meshes(anatomy))
    for side in (Laterality.LEFT, Laterality.RIGHT):
        found = meshes.by_key[StructureKey("rotatores", side)]
        assert len(found) == 21
        (lowest,) = meshes.by_key[StructureKey(CHEST_SPINE[-1], Laterality.MIDLINE)]
        points = np.concatenate([mesh.vertices for mesh in found])
        assert points[:, 1].min() > lowest.vertices[:, 1].min()
        (multifidus,) = meshes.by_key[StructureKey("multifidus", side)]
        away, _ = cKDTree(scatter_on_faces(multifidus.vertices, multifidus.faces)).query(points)
        assert np.median(away) > 1.0, "multifidus again lay within 0.3 mm"
