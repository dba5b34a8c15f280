"""Where a trigger point lies: a fraction along, across and into its muscle's mesh, or under a landmark.

How the fractions are measured, on the right side (the left mesh is mirrored first):

along   the long axis is the first principal axis of the mesh's surface. 0 is its upper end if the
        axis rises by more than 30 degrees, else its medial end if it runs more across than forward,
        else its hind end (the heel's, for the muscles of the foot).
depth   runs, in the plane across the axis, from the nearest skin to the middle of the section: 0 at
        the outer face, 1 at the inner face.
across  is square to both: 0 at the medial edge, or at the front edge where it runs more
        forward than sideways.

The point always lies inside the section of the mesh that the plane cuts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from mapmaker.figures import closest_on_triangle
from mapmaker.skin import Floats
from mapmaker.strokes import InMesh

_RISING = 0.5
_MARGIN = 0.03


class PlaceError(ValueError):
    """A place cannot be found in a mesh; says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Flesh:
    """The mesh of one structure on the right side: ``points`` (v, 3) mm, ``faces`` (f, 3)."""

    points: Floats
    faces: NDArray[np.int32]

    @classmethod
    def of(
        cls, meshes: Sequence[tuple[NDArray[np.floating[Any]], NDArray[np.int32]]], *, mirrored: bool
    ) -> "Flesh":
        """Join the meshes of a structure; ``mirrored`` turns those of the left into right ones."""
        shift, points, faces = 0, [], []
        for p, f in meshes:
            points.append(np.asarray(p, np.float64) * ((-1.0, 1.0, 1.0) if mirrored else 1.0))
            faces.append(f + shift)
            shift += len(p)
        return cls(np.concatenate(points), np.concatenate(faces).astype(np.int32))

    def long_axis(self) -> Floats:
        """Return the unit vector from end 0 to end 1; PlaceError if the mesh has no surface."""
        corners = self.points[self.faces]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        if area.sum() < 1e-9:
            raise PlaceError("the mesh has no surface")
        centre = corners.mean(axis=1)
        middle = np.average(centre, axis=0, weights=area)
        spread = (centre - middle).T @ ((centre - middle) * area[:, None])
        axis = np.linalg.eigh(spread)[1][:, -1]
        if abs(axis[1]) > _RISING:
            return np.asarray(axis * (-1.0 if axis[1] > 0 else 1.0))
        if abs(axis[0]) >= abs(axis[2]):
            # medial is toward +x on the right side
            return np.asarray(axis * (-1.0 if axis[0] > 0 else 1.0))
        return np.asarray(axis * (-1.0 if axis[2] < 0 else 1.0))

    def section(self, axis: Floats, at: float) -> Floats:
        """Cut the mesh by the plane p · axis = at; return the ends (s, 2, 3) of the segments."""
        height = self.points @ axis - at
        corner = height[self.faces]
        below = corner < 0
        cut = below.any(axis=1) & ~below.all(axis=1)
        faces, corner, below = self.faces[cut], corner[cut], below[cut]
        lone = np.where(below.sum(axis=1) == 1, below.argmax(axis=1), (~below).argmax(axis=1))
        order = (lone[:, None] + np.arange(3)) % 3
        faces = np.take_along_axis(faces, order, axis=1)
        corner = np.take_along_axis(corner, order, axis=1)
        ends = []
        for k in (1, 2):
            share = (corner[:, 0] / (corner[:, 0] - corner[:, k]))[:, None]
            ends.append(self.points[faces[:, 0]] * (1 - share) + self.points[faces[:, k]] * share)
        return np.stack(ends, axis=1)


def place_in_mesh(flesh: Flesh, skin: cKDTree, place: InMesh) -> Floats:
    """Return the point, mm; PlaceError if the mesh has no section there."""
    axis = flesh.long_axis()
    height = flesh.points @ axis
    share = float(np.clip(place.along, _MARGIN, 1 - _MARGIN))
    segments = flesh.section(axis, height.min() + share * (height.max() - height.min()))
    if len(segments) < 3:
        raise PlaceError("the mesh has no flesh there")
    middle = segments.reshape(-1, 3).mean(axis=0)
    _, nearest = skin.query(middle)
    inward = middle - skin.data[nearest]
    inward = inward - (inward @ axis) * axis
    length = np.linalg.norm(inward)
    if length < 1e-6:
        raise PlaceError("the mesh lies outside the skin there")
    inward = inward / length
    across = np.cross(axis, inward)
    if abs(across[0]) >= abs(across[2]):
        across = across * (-1.0 if across[0] > 0 else 1.0)
    else:
        across = across * (-1.0 if across[2] > 0 else 1.0)
    flat = np.stack([segments @ across, segments @ inward], axis=2)
    area = _filled(flat)
    left, _, right, _ = area.bounds
    where = left + float(np.clip(place.across, _MARGIN, 1 - _MARGIN)) * (right - left)
    u, v = _down(area, where, float(np.clip(place.depth, _MARGIN, 1 - _MARGIN)))
    base = middle @ axis * axis
    return np.asarray(base + u * across + v * inward)


def _filled(segments: Floats) -> BaseGeometry:
    lines: Any = shapely.linestrings(np.round(segments, 6))
    lines = lines[shapely.length(lines) > 1e-6]
    faces = [p for p in shapely.get_parts(shapely.polygonize(lines)) if p.area > 0.2]
    if not faces:
        # An open mesh: the hull of the cut stands for it.
        hull = shapely.convex_hull(shapely.multilinestrings(lines))
        if not isinstance(hull, Polygon):
            raise PlaceError("the mesh is too thin there")
        return hull
    return shapely.union_all(faces)


def _down(area: BaseGeometry, where: float, depth: float) -> tuple[float, float]:
    """Go into the section at ``where`` across; if that misses the flesh, to the nearest that does not."""
    _, low, _, high = area.bounds
    line = LineString([(where, low - 1), (where, high + 1)])
    hit = [p for p in shapely.get_parts(shapely.intersection(area, line)) if p.geom_type == "LineString"]
    hit = [p for p in hit if p.length > 1e-6]
    if not hit:
        point = shapely.ops.nearest_points(area, line)[0]
        inside = shapely.ops.nearest_points(area.buffer(-0.2), point)[0] if area.area > 1 else point
        chosen = inside if not inside.is_empty else point
        return chosen.x, chosen.y
    longest = max(hit, key=lambda p: p.length)
    _, top, _, bottom = longest.bounds
    return where, top + depth * (bottom - top)


def place_near(flesh: Flesh, skin_point: Floats, depth: float) -> Floats:
    """Return the point of the mesh nearest to a point of the skin, or ``depth`` of its thickness in."""
    corners = flesh.points[flesh.faces]
    near = np.argsort(((corners.mean(axis=1) - skin_point) ** 2).sum(axis=1))[:80]
    found, _ = closest_on_triangle(np.broadcast_to(skin_point, (len(near), 3)), corners[near])
    where = found[((found - skin_point) ** 2).sum(axis=1).argmin()]
    inward = where - skin_point
    if np.linalg.norm(inward) < 0.5:
        inward = flesh.points.mean(axis=0) - skin_point
    inward = inward / np.linalg.norm(inward)
    crossings = _crossings(corners, where - 0.05 * inward, inward)
    thickness = crossings[1] - crossings[0] if len(crossings) > 1 else 0.0
    return np.asarray(where + inward * np.clip(depth, 0.0, 1.0) * max(thickness, 0.0))


def _crossings(corners: Floats, start: Floats, way: Floats) -> list[float]:
    """Distances along a ray at which it crosses triangles, increasing."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    e1, e2 = b - a, c - a
    h = np.cross(way, e2)
    det = (e1 * h).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = start - a
        u = (s * h).sum(axis=1) / det
        q = np.cross(s, e1)
        v = (q @ way) / det
        t = (q * e2).sum(axis=1) / det
        hit = (np.abs(det) > 1e-12) & (u >= 0) & (v >= 0) & (u + v <= 1) & (t >= 0)
    found = np.sort(t[hit])
    return [float(x) for k, x in enumerate(found) if k == 0 or x - found[k - 1] > 1e-6]
