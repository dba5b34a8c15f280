"""Places of all trigger points, on both figures and sides, with the skin above them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from scipy.spatial import cKDTree

from mapmaker.data_faults import DataError, Fault, Spot
from mapmaker.meshes import MeshSet
from mapmaker.places import Flesh, PlaceError, place_in_mesh, place_near
from mapmaker.skin import Floats
from mapmaker.skin_stage import SkinStage
from mapmaker.strokes import NearPoint, PatternSource
from mapmaker.zones import PointError, ZoneMaker
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.trigger_points import Place, TriggerPoint
from myomap.anatomy.views import Figure

#: A point of a structure without a mesh lies so far under the skin.
_UNDER_SKIN_MM = 5.0
_LEFT = np.array([-1.0, 1.0, 1.0])

PointKey: TypeAlias = tuple[str, Laterality]


class PlaceFinder:
    """Finds where trigger points lie in the male meshes; `found` carries them to every figure."""

    def __init__(self, maker: ZoneMaker, meshes: MeshSet) -> None:
        """Know the skin and the meshes of the male figure."""
        self._maker, self._stage, self._meshes = maker, maker.stage, meshes
        self._tree = cKDTree(self._stage.fine.xyz[Figure.MALE])

    def on_male(self, source: PatternSource, side: Laterality) -> tuple[Floats, int | None]:
        """Return the point of one side (mm), and the fine vertex under which it was authored, if any.

        PlaceError or PointError if there is no such point.
        """
        left = side is Laterality.LEFT
        keys = [StructureKey(source.structure, s) for s in (side, Laterality.MIDLINE, Laterality.RIGHT)]
        found = next((self._meshes.by_key[k] for k in keys if k in self._meshes.by_key), ())
        mirrored = left and bool(found) and found[0].laterality is Laterality.LEFT
        flesh = Flesh.of([(m.vertices, m.faces) for m in found], mirrored=mirrored) if found else None
        vertex = None
        if isinstance(source.place, NearPoint):
            vertex = self._maker.vertex(source.place.near)
            skin_point = self._stage.fine.xyz[Figure.MALE][vertex]
            if flesh is None:
                point = skin_point - _UNDER_SKIN_MM * self._stage.fine.normals[vertex]
            else:
                point = place_near(flesh, skin_point, source.place.depth)
        elif flesh is None:
            raise PlaceError(f"“{source.structure}” has no mesh: give its place as {{near: landmark}}")
        else:
            point = place_in_mesh(flesh, self._tree, source.place)
        if not left:
            return point, vertex
        return np.asarray(point * _LEFT), None if vertex is None else int(self._stage.fine.mirror[vertex])

    def all_on_male(
        self, points: Sequence[TriggerPoint], sources: Mapping[str, PatternSource]
    ) -> dict[PointKey, tuple[Floats, int | None]]:
        """Return what `on_male` finds for every trigger point and side; DataError with every fault."""
        made: dict[PointKey, tuple[Floats, int | None]] = {}
        faults: list[Fault] = []
        for point in points:
            source = sources[point.id]
            for side in sides_of(point):
                try:
                    made[point.id, side] = self.on_male(source, side)
                except (PlaceError, PointError) as error:
                    faults.append(
                        Fault(Spot(source.file, source.line), f"the place of “{point.id}”: {error}")
                    )
                    break
        if faults:
            raise DataError(faults)
        return made


def sides_of(point: TriggerPoint) -> tuple[Laterality, ...]:
    """Return the sides on which a trigger point exists."""
    if not point.sided:
        return (Laterality.MIDLINE,)
    if point.only is not None:
        return (point.only,)
    return (Laterality.RIGHT, Laterality.LEFT)


def with_skin_above(
    stage: SkinStage, figure: Figure, points: Mapping[PointKey, tuple[Floats, int | None]]
) -> tuple[Place, ...]:
    """Return the places of one figure with the cell above each and how deep the point lies under it.

    The skin above is where the point was authored (where the finger goes); for a place given by
    fractions of the mesh, the nearest skin of its side.
    """
    right = stage.fine.right_vertices
    skin = stage.fine.xyz[figure]
    own = stage.fine.mirror == np.arange(len(skin))
    halves = {
        Laterality.RIGHT: np.arange(right),
        Laterality.LEFT: np.concatenate([np.flatnonzero(own), np.arange(right, len(skin))]),
        Laterality.MIDLINE: np.arange(len(skin)),
    }
    trees = {side: cKDTree(skin[vertices]) for side, vertices in halves.items()}
    cell_of_vertex = np.zeros(len(skin), np.int32)
    # Right triangles come first and are written last: a vertex of the midline has a cell of the right,
    for corner in range(3):
        cell_of_vertex[stage.fine.faces[::-1, corner]] = stage.cells.of_face[::-1]
    made = []
    for (name, side), (point, vertex) in points.items():
        if vertex is None:
            vertex = int(halves[side][trees[side].query(point)[1]])
        depth = float(np.linalg.norm(skin[vertex] - point))
        cell = int(cell_of_vertex[vertex])
        if side is Laterality.LEFT and own[vertex]:
            cell = int(stage.cells.mirror[cell])  # and the mirror of that is the cell of the left.
        x, y, z = (round(float(value), 3) for value in point)
        made.append(Place(name, side, (x, y, z), cell, round(depth, 2)))
    return tuple(made)
