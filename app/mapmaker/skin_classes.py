"""The regions of the skin with smooth borders, as weights of the vertices of the fine skin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mapmaker import labels
from mapmaker.meshes import SkinMesh
from mapmaker.skin_stage import SkinStage
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.views import Figure

#: How often the classes of skin vertices are averaged with their neighbours: on the skin as
#: delivered, then on the fine skin.
SKIN_ROUNDS = (7, 5)


@dataclass(frozen=True, slots=True, eq=False)
class SkinClasses:
    """The regions of the fine skin with smooth borders.

    ``classes`` (indices into ``keys``) and ``weights`` as `labels.heaviest` makes them.
    """

    keys: tuple[StructureKey, ...]
    classes: NDArray[np.int32]
    weights: NDArray[np.float32]


def smooth_regions(stage: SkinStage, source: SkinMesh) -> SkinClasses:
    """Return the regions of the skin by key.

    They are spread on the skin as delivered (``source``), whose triangles are as wide as its steps,
    then carried to the fine skin and rounded there.
    """
    keys = [StructureKey(row.name, row.side) for row in stage.table]
    order = sorted(range(len(keys)), key=lambda k: keys[k])
    place = np.empty(len(keys), np.int32)
    place[order] = np.arange(len(keys), dtype=np.int32)
    of_face = place[stage.region[stage.cells.of_face]]
    width = np.sqrt(np.bincount(of_face, stage.fine.areas(), minlength=len(keys)))
    weight = labels.class_weights(source.faces, place[stage.source_region], len(source.vertices))
    width = width[: weight.shape[1]]
    weight = labels.spread_weights(weight, source.faces, width, SKIN_ROUNDS[0])
    weight = (_onto_fine(stage, source) @ weight).tocsr()
    faces = np.ascontiguousarray(stage.fine.faces, np.int32)
    weight = labels.spread_weights(weight, faces, width, SKIN_ROUNDS[1])
    return SkinClasses(tuple(keys[k] for k in order), *labels.heaviest(weight))


def _onto_fine(stage: SkinStage, source: SkinMesh) -> "sparse.csr_matrix[np.float64]":
    """Return [fine vertices, source vertices]: each fine vertex within the triangle it came from."""
    fine = stage.fine
    points = fine.xyz[Figure.MALE]
    parent = np.zeros(len(points), np.int64)
    parent[fine.faces.ravel()] = np.repeat(fine.parent, 3)
    corners = source.faces[parent]
    a, b, c = (source.vertices[corners[:, k]].astype(np.float64) for k in range(3))
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    wu, wv = (w * u).sum(1), (w * v).sum(1)
    det = np.maximum(uu * vv - uv * uv, 1e-12)
    s, t = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
    share = np.clip(np.column_stack([1 - s - t, s, t]), 0, 1)
    share /= share.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), 3)
    shape = (len(points), len(source.vertices))
    return sparse.coo_matrix((share.ravel(), (rows, corners.ravel())), shape=shape).tocsr()
