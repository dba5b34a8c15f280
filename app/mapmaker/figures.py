"""Carry what lies inside the male skin to another figure whose skin has the same vertices.

The displacement of each skin vertex (male to female) is spread through the body as a harmonic field:
each voxel inside takes the mean of its neighbours, the skin itself stays as given. So a finger follows
its own skin and not the next finger's, and bones in the middle follow the skin all around them.
Lengths are millimetres; everything is deterministic.
"""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from mapmaker.meshes import MeshSet, SkinMesh
from mapmaker.prepare import Faces, Points, vertex_normals

#: Edge of a voxel of the displacement field.
VOXEL_MM = 3.0
#: How far inside the skin everything has to lie.
CLEARANCE_MM = 0.4


@njit(cache=True)
def _fill(vertices, faces, low, step, shape):  # type: ignore[no-untyped-def]
    """Count, per voxel centre, the signed crossings of the surface between it and z = +infinity."""
    turns = np.zeros(shape, np.int16)
    for f in range(faces.shape[0]):
        ax, ay, az = (vertices[faces[f, 0]] - low) / step
        bx, by, bz = (vertices[faces[f, 1]] - low) / step
        cx, cy, cz = (vertices[faces[f, 2]] - low) / step
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area == 0.0:
            continue
        sign = 1 if area > 0 else -1
        for i in range(int(np.ceil(min(ax, bx, cx))), int(np.floor(max(ax, bx, cx))) + 1):
            for j in range(int(np.ceil(min(ay, by, cy))), int(np.floor(max(ay, by, cy))) + 1):
                u = ((bx - i) * (cy - j) - (cx - i) * (by - j)) / area
                v = ((cx - i) * (ay - j) - (ax - i) * (cy - j)) / area
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                top = int(np.floor(u * az + v * bz + w * cz))
                for k in range(min(top, shape[2] - 1) + 1):
                    turns[i, j, k] += sign
    return turns


@njit(cache=True)
def _turns_above(points, vertices, faces, starts, listed, low, cell, shape):  # type: ignore[no-untyped-def]
    """Return, per point, the signed crossings of the surface on the ray towards z = +infinity.

    Faces are listed by the xy cells that they touch: `listed[starts[c]:starts[c + 1]]`.
    """
    turns = np.zeros(points.shape[0], np.int32)
    for n in range(points.shape[0]):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        i, j = int((x - low[0]) // cell), int((y - low[1]) // cell)
        if i < 0 or j < 0 or i >= shape[0] or j >= shape[1]:
            continue
        c = i * shape[1] + j
        for at in range(starts[c], starts[c + 1]):
            f = listed[at]
            ax, ay, az = vertices[faces[f, 0]]
            bx, by, bz = vertices[faces[f, 1]]
            cx, cy, cz = vertices[faces[f, 2]]
            area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
            if area == 0.0:
                continue
            u = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
            v = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
            w = 1.0 - u - v
            if u < 0.0 or v < 0.0 or w < 0.0 or u * az + v * bz + w * cz <= z:
                continue
            turns[n] += 1 if area > 0 else -1
    return turns


def is_inside(points: Points, skin: Points, faces: Faces, cell: float = 4.0) -> NDArray[np.bool_]:
    """Tell which points lie inside the closed skin, by counting crossings: right at any depth."""
    low = skin[:, :2].min(axis=0) - cell
    shape = np.ceil((skin[:, :2].max(axis=0) + cell - low) / cell).astype(np.int64)
    corners = skin[faces][:, :, :2]
    first = ((corners.min(axis=1) - low) // cell).astype(np.int64)
    last = ((corners.max(axis=1) - low) // cell).astype(np.int64)
    spans = last - first + 1
    counts = spans.prod(axis=1)
    owner = np.repeat(np.arange(len(faces)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    at = (first[owner, 0] + place // spans[owner, 1]) * shape[1] + first[owner, 1] + place % spans[owner, 1]
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(shape.prod() + 1))
    turns = _turns_above(points, skin, faces, starts, owner[order], low, cell, shape)
    found: NDArray[np.bool_] = turns != 0
    return found


@njit(cache=True)
def _relax(field, inside, sweeps, omega):  # type: ignore[no-untyped-def]
    """Successive over-relaxation of Laplace's equation on the voxels listed in `inside` (n, 3)."""
    for _ in range(sweeps):
        for colour in range(2):
            for n in range(inside.shape[0]):
                i, j, k = inside[n, 0], inside[n, 1], inside[n, 2]
                if (i + j + k) % 2 != colour:
                    continue
                for c in range(3):
                    mean = (
                        field[i - 1, j, k, c]
                        + field[i + 1, j, k, c]
                        + field[i, j - 1, k, c]
                        + field[i, j + 1, k, c]
                        + field[i, j, k - 1, c]
                        + field[i, j, k + 1, c]
                    ) / 6.0
                    field[i, j, k, c] += omega * (mean - field[i, j, k, c])


@dataclass(frozen=True, slots=True)
class Carrier:
    """A displacement for every place inside the male skin."""

    low: Points
    step: float
    field: NDArray[np.float32]
    """(nx, ny, nz, 3) mm."""
    skin: Points
    faces: Faces
    """The other figure's skin, which nothing may leave."""

    def carry(self, points: Points, chunk: int = 200_000) -> Points:
        """Return `points` (n, 3; male body, mm) on the other figure, all inside its skin."""
        moved = np.empty_like(points, dtype=np.float64)
        for start in range(0, len(points), chunk):
            part = points[start : start + chunk]
            where = ((part - self.low) / self.step).T
            shift = [map_coordinates(self.field[..., c], where, order=1, mode="nearest") for c in range(3)]
            moved[start : start + chunk] = part + np.stack(shift, axis=1)
        return keep_inside(moved, self.skin, self.faces)


def carrier(male: Points, other: Points, faces: Faces, step: float = VOXEL_MM) -> Carrier:
    """Return the field that carries the inside of `male` to the inside of `other` (same vertices)."""
    shift = other - male
    field: NDArray[np.float32] | None = None
    low = male.min(axis=0) - 4 * step
    for scale in (4, 2, 1):  # coarse first, so that the middle of the trunk converges
        size = step * scale
        shape = tuple(int(n) for n in np.ceil((male.max(axis=0) + 4 * step - low) / size).astype(int) + 2)
        turns = _fill(male, faces, low, size, shape)
        edge = np.zeros(shape, bool)
        edge[1:-1, 1:-1, 1:-1] = True
        solid = (turns != 0) & edge
        inside = np.argwhere(solid)
        grid = np.zeros((*shape, 3), np.float32)
        if field is not None:
            at = np.stack(np.meshgrid(*[np.arange(n) / 2 for n in shape], indexing="ij"))
            for c in range(3):
                grid[..., c] = map_coordinates(field[..., c], at, order=1, mode="nearest")
        rim = _neighbourhood(solid) & ~solid
        outside = np.argwhere(rim)
        tree = cKDTree(male)
        distance, index = tree.query(low + outside * size, k=6)
        weight = 1 / (distance + 0.3 * size) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        grid[tuple(outside.T)] = (shift[index] * weight[..., None]).sum(axis=1)
        if field is None:
            grid[solid] = shift.mean(axis=0)
        _relax(grid, inside, 250 if scale > 1 else 120, 1.85)
        field = grid
    assert field is not None
    return Carrier(low, step, field, other, faces)


def carried(meshes: MeshSet, male: SkinMesh, other: SkinMesh) -> MeshSet:
    """Return the meshes on the figure whose skin is `other`, nothing of them outside that skin."""
    faces = male.faces.astype(np.int64)
    across = carrier(male.vertices.astype(np.float64), other.vertices.astype(np.float64), faces)
    moved = across.carry(np.concatenate([mesh.vertices for mesh in meshes]).astype(np.float64))
    ends = np.cumsum([len(mesh.vertices) for mesh in meshes])
    parts = np.split(moved.astype(np.float32), ends[:-1])
    return MeshSet(tuple(replace(m, vertices=v) for m, v in zip(meshes, parts, strict=True)))


def _neighbourhood(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the voxels within one step, diagonals too, of a solid one."""
    grown = solid.copy()
    for axis in range(3):
        moved = grown.copy()
        moved |= np.roll(grown, 1, axis) | np.roll(grown, -1, axis)
        grown = moved
    return grown


def signed_distance(points: Points, skin: Points, faces: Faces) -> tuple[Points, Points]:
    """Return the distance to the skin (positive inside) and the outward normal there.

    Exact to the nearest of the twelve triangles whose middles lie nearest.
    """
    middle = skin[faces].mean(axis=1)
    _, candidates = cKDTree(middle).query(points, k=12)
    normals = vertex_normals(skin, faces)
    best = np.full(len(points), np.inf)
    outward = np.zeros_like(points)
    for column in range(candidates.shape[1]):
        triangle = faces[candidates[:, column]]
        near, bary = closest_on_triangle(points, skin[triangle])
        gap = points - near
        distance = np.linalg.norm(gap, axis=1)
        normal = (normals[triangle] * bary[..., None]).sum(axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        better = distance < best
        best = np.where(better, distance, best)
        outward = np.where(better[:, None], normal, outward)
    return np.where(is_inside(points, skin, faces), best, -best), outward


def closest_on_triangle(points: Points, corners: Points) -> tuple[Points, Points]:
    """Return for each point the nearest point of its triangle (n, 3, 3) and barycentric weights."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, points - a
    d1, d2 = (ab * ap).sum(1), (ac * ap).sum(1)
    bp, cp = points - b, points - c
    d3, d4 = (ab * bp).sum(1), (ac * bp).sum(1)
    d5, d6 = (ab * cp).sum(1), (ac * cp).sum(1)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    total = np.where(np.abs(va + vb + vc) < 1e-12, 1, va + vb + vc)
    v, w = vb / total, vc / total

    def ratio(top: Points, bottom: Points) -> Points:
        return np.clip(top / np.where(np.abs(bottom) < 1e-12, 1, bottom), 0, 1)

    def put(mask: NDArray[np.bool_], new_v: Points | float, new_w: Points | float) -> None:
        nonlocal v, w
        v, w = np.where(mask, new_v, v), np.where(mask, new_w, w)

    t = ratio(d4 - d3, (d4 - d3) + (d5 - d6))
    put((va <= 0) & (d4 - d3 >= 0) & (d5 - d6 >= 0), 1 - t, t)
    put((vb <= 0) & (d2 >= 0) & (d6 <= 0), 0.0, ratio(d2, d2 - d6))
    put((vc <= 0) & (d1 >= 0) & (d3 <= 0), ratio(d1, d1 - d3), 0.0)
    put((d6 >= 0) & (d5 <= d6), 0.0, 1.0)
    put((d3 >= 0) & (d4 <= d3), 1.0, 0.0)
    put((d1 <= 0) & (d2 <= 0), 0.0, 0.0)
    bary = np.stack([1 - v - w, v, w], axis=1)
    return (corners * bary[..., None]).sum(axis=1), bary


def keep_inside(points: Points, skin: Points, faces: Faces, clearance: float = CLEARANCE_MM) -> Points:
    """Push what lies outside the skin, or nearer to it than `clearance` mm, along its normal inwards."""
    moved = points.copy()
    spacing, _ = cKDTree(skin).query(points)
    near = np.flatnonzero(spacing < 20)
    for _ in range(3):
        if near.size == 0:
            break
        distance, outward = signed_distance(moved[near], skin, faces)
        deep = distance >= clearance - 0.01
        moved[near] -= np.where(deep, 0, clearance - distance)[:, None] * outward
        near = near[~deep]
    return moved


def outside_skin(points: Points, skin: Points, faces: Faces) -> Points:
    """Return how far (mm, ≥ 0) each point lies outside the skin."""
    distance, _ = signed_distance(points, skin, faces)
    out: Points = np.maximum(-distance, 0)
    return out
