"""What is drawn on the skin: lines and patches, authored once on the male skin's right side.

Points are cast onto the skin and kept as triangle and weights, so the same line lies at the same place on
every figure, and is projected to every view. Coordinates are body millimetres; the left is the mirror.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker.figures import closest_on_triangle
from mapmaker.prepare import Faces, Points, vertex_normals
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

FRONT = np.array([0.0, 0.0, 1.0])
ABOVE = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Pinned:
    """Points on the skin: the triangle of each (n,) and its weights (n, 3)."""

    face: NDArray[np.int64]
    weight: Points

    def on(self, vertices: Points, faces: Faces) -> Points:
        """Return where the points lie on a figure (n, 3)."""
        placed: Points = (vertices[faces[self.face]] * self.weight[..., None]).sum(axis=1)
        return placed


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A stroke: `width` mm at its thickest, `strength` 0 … 1 of darkening, soft by `blur` mm.

    ``taper`` thins it to its ends; ``figure`` is None where every figure has it.
    """

    points: Pinned
    width: float
    strength: float
    blur: float = 0.15
    taper: bool = True
    figure: Figure | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A filled outline. ``value`` is the tone that it is set to, by ``alpha``; `darken` multiplies."""

    points: Pinned
    darken: float = 1.0
    value: float = 1.0
    alpha: float = 0.0
    blur: float = 0.3
    figure: Figure | None = None


class Author:
    """Puts points on the male skin."""

    def __init__(self, vertices: Points, faces: Faces, anatomy: Path) -> None:
        self._vertices, self._faces = vertices, faces
        self._normals = vertex_normals(vertices, faces)
        self._tree = cKDTree(vertices[faces].mean(axis=1))
        self.at = _landmarks(anatomy)

    def normal(self, point: Points) -> Points:
        """Return the outward normal of the skin nearest to a point."""
        _, face = self._tree.query(point)
        mean = self._normals[self._faces[face]].mean(axis=0)
        unit: Points = mean / np.linalg.norm(mean)
        return unit

    def pin(self, points: Points) -> Pinned:
        """Return the nearest places of the skin."""
        points = np.atleast_2d(points)
        _, near = self._tree.query(points, k=12)
        best = np.full(len(points), np.inf)
        face, weight = near[:, 0].copy(), np.zeros((len(points), 3))
        for k in range(near.shape[1]):
            place, bary = closest_on_triangle(points, self._vertices[self._faces[near[:, k]]])
            distance = np.linalg.norm(points - place, axis=1)
            better = distance < best
            best = np.where(better, distance, best)
            face = np.where(better, near[:, k], face)
            weight = np.where(better[:, None], bary, weight)
        return Pinned(face.astype(np.int64), weight)

    def cast(self, points: Points, toward: Points = FRONT, limit: float = np.inf) -> Pinned:
        """Return where rays from the viewer (who stands at `toward`) first meet the skin.

        Skin beyond `limit` along `toward` is not there. Rays that miss take the nearest place.
        """
        axis = int(np.argmax(np.abs(toward)))
        plane = [k for k in range(3) if k != axis]
        corners = self._vertices[self._faces]
        flat, high = corners[:, :, plane], corners[:, :, axis].max(axis=1)
        low_edge, high_edge = flat.min(axis=1), flat.max(axis=1)
        hits = []
        for point in points:
            p = point[plane]
            near = np.flatnonzero((low_edge <= p).all(axis=1) & (high_edge >= p).all(axis=1) & (high < limit))
            if len(near) == 0:
                hits.append(point)
                continue
            a, b, c = np.moveaxis(flat[near], 1, 0)
            area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
            area = np.where(np.abs(area) < 1e-9, 1e-9, area)
            u = ((b[:, 0] - p[0]) * (c[:, 1] - p[1]) - (c[:, 0] - p[0]) * (b[:, 1] - p[1])) / area
            v = ((c[:, 0] - p[0]) * (a[:, 1] - p[1]) - (a[:, 0] - p[0]) * (c[:, 1] - p[1])) / area
            w = 1 - u - v
            inside = (u >= 0) & (v >= 0) & (w >= 0)
            heights = (corners[near][:, :, axis] * np.stack([u, v, w], axis=1)).sum(axis=1)
            hit = np.array(point, float)
            if inside.any():
                hit[axis] = heights[inside].max()
            hits.append(hit)
        return self.pin(np.array(hits))

    def front(self, flat: list[tuple[float, float]], *, closed: bool = False, step: float = 0.6) -> Pinned:
        """Return a smooth curve through (x, y) points, cast from the front."""
        curve = smooth_curve(np.array(flat), closed=closed, step=step)
        return self.cast(np.column_stack([curve, np.zeros(len(curve))]))


def smooth_curve(points: Points, *, closed: bool = False, step: float = 0.6) -> Points:
    """Return a Catmull-Rom curve through the points, sampled about every `step` mm."""
    if closed:
        around = np.concatenate([points[-1:], points, points[:2]])
    else:
        around = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    pieces = []
    for k in range(1, len(around) - 2):
        p0, p1, p2, p3 = around[k - 1 : k + 3]
        count = max(2, int(np.ceil(np.linalg.norm(p2 - p1) / step)))
        t = np.linspace(0, 1, count, endpoint=False)[:, None]
        pieces.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    if not closed:
        pieces.append(points[-1:])
    return np.concatenate(pieces)


def draw_all(author: Author) -> list[Line | Patch]:
    """Return everything that is drawn on the right half and the midline, in order."""
    return [*face(author), *trunk(author), *hand(author), *foot(author)]


UPPER_LID = [
    (-42.8, 1531.4),
    (-39, 1533.7),
    (-35, 1535.1),
    (-31, 1535.6),
    (-27, 1535.2),
    (-23, 1533.7),
    (-20, 1531.8),
    (-17, 1529.3),
    (-14.6, 1527.4),
]
LOWER_LID = [
    (-42.8, 1531.4),
    (-39.5, 1529.2),
    (-36, 1528.4),
    (-31, 1528.0),
    (-26, 1528.2),
    (-21, 1528.6),
    (-17, 1528.2),
    (-14.6, 1527.4),
]


def face(a: Author) -> list[Line | Patch]:
    """Return eyes, brows, nose and mouth."""
    made: list[Line | Patch] = []
    upper = smooth_curve(np.array(UPPER_LID), step=0.4)
    lower = smooth_curve(np.array(LOWER_LID), step=0.4)
    eye = np.concatenate([upper, lower[::-1]])
    made.append(Patch(_cast(a, eye), value=0.93, alpha=0.9, blur=0.25))
    made.append(
        Patch(_cast(a, _within(_disc(-30.6, 1531.7, 5.5), upper, lower)), value=0.42, alpha=0.85, blur=0.2)
    )
    made.append(
        Patch(_cast(a, _within(_disc(-30.6, 1531.7, 2.3), upper, lower)), value=0.16, alpha=0.9, blur=0.12)
    )
    made.append(Patch(_cast(a, _disc(-31.9, 1533.1, 0.8)), value=0.97, alpha=0.85, blur=0.1))
    made.append(Line(a.front([(x, y - 0.7) for x, y in UPPER_LID[1:7]]), 1.8, 0.30, 0.6))
    made.append(Line(a.front(UPPER_LID), 1.0, 0.80, 0.12))
    made.append(Line(a.front(LOWER_LID), 0.55, 0.42, 0.15))
    fold = [
        (-45.5, 1535.2),
        (-42, 1538.2),
        (-36, 1540.4),
        (-30, 1540.9),
        (-24, 1539.9),
        (-19, 1537),
        (-16, 1533.8),
    ]
    made.append(Line(a.front(fold), 0.8, 0.32, 0.3))
    brow = smooth_curve(
        np.array([(-12.5, 1547.2), (-20, 1550.8), (-29, 1553.2), (-37, 1552.8), (-45.5, 1548.6)]), step=0.9
    )
    along = np.gradient(brow, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    share = np.linspace(0, 1, len(brow))
    thick = 2.6 * np.interp(share, [0, 0.12, 0.5, 0.85, 1], [0.6, 1.0, 0.9, 0.5, 0.12])
    made.append(Line(a.front([(x, y) for x, y in brow[:: max(1, len(brow) // 8)]]), 4.0, 0.22, 0.9))
    rng = np.random.default_rng(3)
    for k in np.repeat(np.arange(len(brow)), 3):
        up = np.array([-along[k, 1], along[k, 0]])
        up *= np.sign(up[1]) or 1.0
        start = brow[k] + up * thick[k] * rng.uniform(-0.75, 0.6) + along[k] * rng.uniform(-0.6, 0.6)
        lean = np.interp(share[k], [0, 0.3, 0.7, 1], [1.3, 0.6, -0.05, -0.4]) + rng.uniform(-0.2, 0.2)
        way = along[k] + up * lean
        end = start + way / np.linalg.norm(way) * rng.uniform(1.8, 3.0)
        made.append(Line(_cast(a, np.linspace(start, end, 5)), 0.32, 0.34, 0.12))
    made.append(
        Line(a.front([(-15.4, 1504), (-17.5, 1499), (-17.7, 1495.6), (-15.8, 1492.9)]), 0.9, 0.30, 0.4)
    )
    made.append(
        Line(a.front([(-14.2, 1492.4), (-12, 1492.7), (-9.6, 1492.0), (-7.6, 1490.6)]), 1.5, 0.6, 0.35)
    )
    made.append(
        Line(
            a.front([(-19.5, 1499.5), (-24, 1492), (-27.3, 1484), (-27.6, 1478)]),
            1.7,
            0.11,
            0.9,
            figure=Figure.MALE,
        )
    )
    made.append(Line(a.front([(-2.9, 1484.5), (-3.7, 1479.8)]), 1.0, 0.12, 0.5))
    lip_line = [
        (-22.6, 1471.2),
        (-15, 1472.1),
        (-7, 1472.7),
        (0, 1472.6),
        (7, 1472.7),
        (15, 1472.1),
        (22.6, 1471.2),
    ]
    top = [
        (-22.6, 1471),
        (-15, 1475.1),
        (-8, 1478.0),
        (-4, 1478.7),
        (0, 1477.7),
        (4, 1478.7),
        (8, 1478.0),
        (15, 1475.1),
        (22.6, 1471),
    ]
    low = [(22.6, 1471), (17, 1467.2), (10, 1464.0), (0, 1462.6), (-10, 1464.0), (-17, 1467.2), (-22.6, 1471)]
    ring = np.concatenate([smooth_curve(np.array(top)), smooth_curve(np.array(low))])
    made.append(Patch(_cast(a, ring), darken=0.86, blur=0.7))
    made.append(Line(a.front(lip_line), 1.0, 0.62, 0.2))
    made.append(Line(a.front(low[1:-1]), 1.2, 0.12, 0.6))
    return made


def trunk(a: Author) -> list[Line | Patch]:
    """Return navel, knee and the creases of elbow and wrist."""
    x, y = a.at["nipple"][:2]
    return [
        Patch(_cast(a, _disc(x, y, 9.5)), darken=0.88, blur=1.2, figure=Figure.MALE),
        Patch(_cast(a, _disc(x, y, 2.6)), darken=0.86, blur=0.7, figure=Figure.MALE),
        Line(a.front([(0.3, 978), (0, 974.5), (-0.2, 971.5)]), 2.4, 0.28, 1.2),
        Line(a.front([(-4.4, 974.5), (-3, 979.2), (0, 980.8), (3, 979.2), (4.4, 974.5)]), 1.6, 0.13, 1.0),
        Line(a.front([(-4, 971.5), (0, 968.2), (4, 971.5)]), 1.6, 0.05, 1.0),
        Line(
            a.front([(-105, 417), (-99, 407), (-90, 402), (-80, 402), (-71, 407), (-66, 416)]), 4.0, 0.08, 2.0
        ),
        Line(a.front([(-107, 441), (-100, 450), (-88, 454), (-76, 451), (-67, 443)]), 4.0, 0.05, 2.0),
        Line(a.front([(-238, 1058), (-226, 1053), (-212, 1051), (-199, 1053), (-189, 1057)]), 1.3, 0.16, 0.6),
        Line(a.front([(-275, 832), (-264, 829.5), (-252, 829), (-240, 831), (-234, 832.5)]), 1.0, 0.26, 0.4),
        Line(a.front([(-274, 838), (-263, 836), (-251, 835.5), (-240, 837)]), 0.8, 0.15, 0.4),
    ]


def hand(a: Author) -> list[Line | Patch]:
    """Return nails, knuckles, the creases of fingers and palm."""
    made: list[Line | Patch] = []
    for finger in range(1, 6):
        last = a.at["ip_1_dorsal" if finger == 1 else f"dip_{finger}_dorsal"]
        tip = a.at[f"fingertip_{finger}"]
        way, across, up = _axes(a, last, tip)
        reach = float(np.linalg.norm(tip - last))
        half = {1: 6.2, 5: 4.0}.get(finger, 4.9)
        made += _nail(a, last + way * reach * 0.50, last + way * reach * 0.93, across * half, up, 3.0)
        joints = [last] if finger == 1 else [last, a.at[f"pip_{finger}_dorsal"]]
        for number, joint in enumerate(joints):
            for shift, size in ((-2.3, 0.75), (0.0, 1.0), (2.3, 0.75)):
                made.append(
                    _crease(
                        a,
                        joint + way * shift + up * 4,
                        across * 5.0 * size,
                        way * 0.7 * np.sign(shift),
                        0.6,
                        0.26,
                    )
                )
            if number == 1:
                way, across, up = _axes(a, joint, last)
            made.append(_crease(a, joint - up * 14, across * 5.2, way * 0.5, 0.7, 0.28))
        if finger > 1:
            x, y = (
                a.at[f"mcp_{finger}_palmar"][:2]
                + (a.at[f"pip_{finger}_dorsal"] - a.at[f"mcp_{finger}_dorsal"])[:2] * 0.32
            )
            made.append(Line(a.front([(x - 6, y + 0.8), (x, y), (x + 6, y + 0.8)]), 0.7, 0.28, 0.3))
    creases: list[tuple[list[tuple[float, float]], float]] = [
        ([(-225, 757), (-238, 756.5), (-253, 754), (-266, 750.5), (-276, 745.5)], 0.34),
        ([(-291.5, 757.5), (-281, 758.5), (-266, 763.5), (-252, 770), (-238, 778)], 0.30),
        ([(-291.5, 756.5), (-281, 763), (-270, 776), (-262.5, 793), (-259.5, 810), (-262, 823)], 0.36),
    ]
    for curve, strength in creases:
        made.append(Line(a.front(curve), 0.9, strength, 0.35))
    return made


def foot(a: Author) -> list[Line | Patch]:
    """Return the toes' nails."""
    made: list[Line | Patch] = []
    for toe in range(1, 6):
        tip, base = a.at[f"toe_tip_{toe}"], a.at[f"mtp_{toe}_dorsal"]
        way = (tip - base) * np.array([1, 0, 1])
        way /= np.linalg.norm(way)
        across = np.array([way[2], 0, -way[0]])
        length, half = {1: (12.5, 6.6), 5: (5.5, 3.0)}.get(toe, (7.0, 3.7))
        ring = _nail_ring(tip - way * (length - 3.5), tip + way * 3.5, across * half)
        pinned = a.cast(ring, ABOVE, 60.0)
        made += [Patch(pinned, value=0.97, alpha=0.25, blur=0.3), Line(pinned, 0.45, 0.36, 0.2, taper=False)]
    return made


def _axes(a: Author, joint: Points, tip: Points) -> tuple[Points, Points, Points]:
    """Return unit vectors along a finger, across it and out of its back."""
    way = (tip - joint) / np.linalg.norm(tip - joint)
    up = a.normal(joint)
    up = up - way * (up @ way)
    up /= np.linalg.norm(up)
    return way, np.cross(way, up), up


def _nail_ring(base: Points, end: Points, half: Points) -> Points:
    """Return the outline of a nail: round at its root, flatter at its free edge."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x, y = np.cos(t), np.sin(t)
    x = np.sign(x) * np.abs(x) ** 0.7
    y = np.where(y > 0, np.abs(y) ** 0.75, -(np.abs(y) ** 0.85))
    middle, reach = (base + end) / 2, (end - base) / 2
    closed = np.append(np.arange(40), 0)
    ring: Points = middle + x[closed, None] * half + y[closed, None] * reach
    return ring


def _nail(a: Author, base: Points, end: Points, half: Points, up: Points, above: float) -> list[Line | Patch]:
    pinned = a.pin(_nail_ring(base, end, half) + up * above)
    moon = a.pin(
        np.array(
            [
                base + (end - base) * (0.16 + 0.12 * (1 - t * t)) + half * 0.62 * t + up * above
                for t in np.linspace(-1, 1, 9)
            ]
        )
    )
    return [
        Patch(pinned, value=0.97, alpha=0.28, blur=0.25),
        Line(pinned, 0.4, 0.36, 0.15, taper=False),
        Line(moon, 0.4, 0.14, 0.2),
    ]


def _crease(a: Author, centre: Points, half: Points, bow: Points, width: float, strength: float) -> Line:
    t = np.linspace(-1, 1, 13)[:, None]
    return Line(a.pin(centre + t * half + (1 - t**2) * bow), width, strength, 0.3)


def _disc(x: float, y: float, radius: float) -> Points:
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.column_stack([x + radius * np.cos(t), y + radius * np.sin(t)])


def _within(points: Points, upper: Points, lower: Points) -> Points:
    """Return (x, y) points held between two curves that run along x."""
    high, low = (np.interp(points[:, 0], c[:, 0], c[:, 1]) for c in (upper, lower))
    return np.column_stack([points[:, 0], np.clip(points[:, 1], low, high)])


def _cast(a: Author, flat: Points) -> Pinned:
    return a.cast(np.column_stack([flat, np.zeros(len(flat))]))


def _landmarks(anatomy: Path) -> dict[str, Points]:
    try:
        with (anatomy / "landmarks.csv").open(encoding="utf-8", newline="") as file:
            return {
                r["id"]: 1000 * np.array([float(r["x"]), float(r["y"]), float(r["z"])])
                for r in csv.DictReader(file)
            }
    except (OSError, ValueError, KeyError) as error:
        raise MyomapError(
            f"The list of landmarks in {anatomy} is missing or damaged ({error}).",
            safe="The old maps stay as they were.",
        ) from error


#: The hairline in profile, (z, y) on the male head: from the forehead round the ear to the nape.
HAIRLINE = np.array(
    [(60, 1612), (56, 1600), (43, 1592), (33, 1578), (25, 1560), (15, 1556), (9, 1545), (5, 1532), (-3, 1530),
     (-7, 1548), (-22, 1560), (-38, 1551), (-45, 1533), (-43, 1512), (-48, 1498), (-60, 1490), (-80, 1480),
     (-130, 1476)]
)  # fmt: skip


def hair_distance(vertices: Points) -> Points:
    """Return how far inside the hair each vertex of the male skin lies, mm; far below 0 off the head."""
    line = smooth_curve(HAIRLINE, step=1.5)
    flat = np.column_stack([vertices[:, 2], vertices[:, 1]])
    distance, _ = cKDTree(line).query(flat)
    ring = np.concatenate([line, [(-200, 1476), (-200, 1750), (60, 1750)]])
    x, y = flat[:, 0], flat[:, 1]
    inside = np.zeros(len(flat), bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    signed = np.where(inside, distance, -distance)
    return np.where(y < 1440, -60, signed)
