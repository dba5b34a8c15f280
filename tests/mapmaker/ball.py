"""A ball in place of the skin: symmetric, closed, and every distance on it is known."""

from collections.abc import Mapping

import numpy as np

from mapmaker.skin import FineSkin, SourceSkin, split_fine
from mapmaker.skin_cells import make_cells
from mapmaker.skin_regions import RegionRow, RegionTable, cell_laterality
from mapmaker.skin_stage import SkinStage
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.views import Figure

RADIUS = 40.0


def ball_source(scale: float = 0.9) -> SourceSkin:
    """A sphere of latitudes and longitudes about the z axis; the female one is smaller."""
    rings, around = 15, 24
    points, faces = [(0.0, 0.0, 1.0)], []
    for i in range(1, rings):
        tilt = np.pi * i / rings
        for j in range(around):
            # j = 0 is +y, j = around / 2 is -y: both on the midline x = 0.
            turn = 2 * np.pi * j / around
            x, y = np.sin(tilt) * np.sin(turn), np.sin(tilt) * np.cos(turn)
            points.append((x, y, np.cos(tilt)))
    points.append((0.0, 0.0, -1.0))
    last = len(points) - 1

    def number(i: int, j: int) -> int:
        return 1 + (i - 1) * around + j % around

    half = around // 2
    for j in range(around):
        faces.append((0, number(1, j + 1), number(1, j)))
        faces.append((last, number(rings - 1, j), number(rings - 1, j + 1)))
        for i in range(1, rings - 1):
            a, b, c, d = number(i, j), number(i, j + 1), number(i + 1, j + 1), number(i + 1, j)
            # The diagonals of the two halves mirror each other.
            faces += [(a, b, c), (a, c, d)] if j < half else [(a, b, d), (b, c, d)]
    mirror = np.arange(len(points))
    for i in range(1, rings):
        for j in range(around):
            mirror[number(i, j)] = number(i, -j)
    xyz = np.array(points) * RADIUS
    xyz[mirror == np.arange(len(points)), 0] = 0.0
    right = mirror[np.arange(len(points))]
    xyz = np.where(xyz[:, :1] > 0, xyz[right] * (-1, 1, 1), xyz)
    triangles = np.array(faces, np.int32)
    centre = xyz[triangles].mean(axis=1)
    region = np.where(centre[:, 1] > 0, 0, np.where(centre[:, 0] < 0, 1, 2)).astype(np.int16)
    flip = (np.cross(xyz[triangles[:, 1]] - xyz[triangles[:, 0]], xyz[triangles[:, 2]] - xyz[triangles[:, 0]])
            * centre).sum(axis=1) < 0  # fmt: skip
    triangles[flip] = triangles[flip][:, ::-1]
    figures = {Figure.MALE: xyz, Figure.FEMALE: xyz * scale}
    return SourceSkin(figures, triangles, mirror.astype(np.int32), region, "ball")


def ball_table() -> RegionTable:
    def row(number: int, name: str, side: Laterality) -> RegionRow:
        return RegionRow(number, name, side, name, name, name.title(), "head", (), name)

    return RegionTable(
        [
            row(0, "top", Laterality.MIDLINE),
            row(1, "cheek", Laterality.RIGHT),
            row(2, "cheek", Laterality.LEFT),
        ]
    )


def nearest(fine: FineSkin, direction: tuple[float, float, float]) -> int:
    """The fine vertex in a direction from the middle."""
    unit = np.array(direction) / np.linalg.norm(direction)
    return int((fine.xyz[Figure.MALE] @ unit).argmax())


def ball_stage(marks: Mapping[str, tuple[float, float, float]]) -> SkinStage:
    source = ball_source()
    fine = split_fine(source)
    cells = make_cells(fine)
    centre = cells.xyz[Figure.MALE]
    half = len(cells) // 2
    right = np.where(centre[:half, 1] > 0, 0, 1).astype(np.int16)
    region = np.concatenate([right, np.where(right == 1, 2, 0).astype(np.int16)])
    from_middle = np.abs(np.arcsin(fine.xyz[Figure.MALE][:, 0] / RADIUS)) * RADIUS
    return SkinStage(
        fine=fine,
        cells=cells,
        table=ball_table(),
        region=region,
        laterality=cell_laterality(fine, cells, from_middle),
        source_region=source.face_region.astype(np.int32),
        landmark={name: nearest(fine, way) for name, way in marks.items()},
        digest="ball",
    )
