"""The skin's cells: patches of at most 6 mm across on both figures, one side mirrored to the other.

Seeds are spread over the right half so that none is near another, each fine triangle joins the
nearest seed over the skin, the seeds move to the middle of their cell a few times, and cells that
are still too wide get a second seed. Cell c of the right half and c + n/2 of the left are mirror
images, so no cell crosses the midline: the cells beside it border on x = 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mapmaker.geodesic import _pop, _push
from mapmaker.problems import MapmakerError
from mapmaker.skin import FineSkin, Floats, Ints
from myomap.anatomy.views import Figure

#: No cell is wider than this on either figure.
WIDEST_MM = 6.0
#: Seeds start at least this far apart.
SEED_GAP_MM = 3.7
_ROUNDS = 5
_SETTLING = 4
_ATTEMPTS = 30


@dataclass(frozen=True, slots=True, eq=False)
class SkinCells:
    """The cells and what is measured of them.

    ``of_face`` int32[f] the cell of each fine triangle; ``area_mm2`` float64[n] on the male figure;
    ``xyz[figure]`` float64[n, 3] a point of the skin near the middle of each cell, mm;
    ``vertex`` int32[n] the fine vertex nearest to it; ``mirror`` int32[n];
    the neighbours of cell k are ``neighbours[starts[k]:starts[k + 1]]``.
    """

    of_face: Ints
    area_mm2: Floats
    xyz: dict[Figure, Floats]
    vertex: Ints
    mirror: Ints
    starts: Ints
    neighbours: Ints

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.area_mm2)


def face_neighbours(faces: Ints) -> Ints:
    """Return int32[f, 3]: the triangle across each edge (k, k+1), -1 at a border."""
    count = int(faces.max()) + 1
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    code = edges[:, 0].astype(np.int64) * count + edges[:, 1]
    order = np.argsort(code, kind="stable")
    same = np.flatnonzero(code[order[1:]] == code[order[:-1]])
    one, two = order[same], order[same + 1]
    across = np.full(len(code), -1, np.int32)
    across[one] = two // 3
    across[two] = one // 3
    return across.reshape(-1, 3)


@njit(cache=True)
def _spread(centres: Any, across: Any, order: Any, gap: float) -> Any:
    """Take triangles in ``order`` that are at least ``gap`` from all taken before."""
    count = len(centres)
    reached = np.full(count, np.inf)
    seeds = np.empty(count, np.int64)
    taken = 0
    heap_key = np.empty(4096, np.float64)
    heap_node = np.empty(4096, np.int64)
    for face in order:
        if reached[face] < gap:
            continue
        seeds[taken] = face
        taken += 1
        reached[face] = 0.0
        size = _push(heap_key, heap_node, 0, 0.0, face)
        while size > 0:
            key, node = heap_key[0], heap_node[0]
            size = _pop(heap_key, heap_node, size)
            if key > reached[node]:
                continue
            for k in range(3):
                to = across[node, k]
                if to < 0:
                    continue
                d = centres[node] - centres[to]
                new = key + np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
                if new < gap and new < reached[to] and size < 4096:
                    reached[to] = new
                    size = _push(heap_key, heap_node, size, new, to)
    return seeds[:taken].copy()


@njit(cache=True)
def _assign(centres: Any, across: Any, seeds: Any) -> Any:
    """Give every triangle to the seed whose place is nearest, growing over shared edges.

    The straight distance to the seed orders the growth, so cells are as round as the triangles
    allow; growing over edges keeps them in one piece and off the skin across a gap.
    """
    count = len(centres)
    owner = np.full(count, -1, np.int32)
    best = np.full(count, np.inf)
    room = 4 * count + len(seeds)
    heap_key = np.empty(room, np.float64)
    heap_node = np.empty(room, np.int64)
    size = 0
    done = np.zeros(count, np.uint8)
    for k in range(len(seeds)):
        owner[seeds[k]] = k
        best[seeds[k]] = 0.0
        size = _push(heap_key, heap_node, size, 0.0, seeds[k])
    while size > 0:
        key, node = heap_key[0], heap_node[0]
        size = _pop(heap_key, heap_node, size)
        if done[node] or key > best[node]:
            continue
        done[node] = 1
        seed = seeds[owner[node]]
        for k in range(3):
            to = across[node, k]
            if to < 0 or done[to]:
                continue
            x = centres[seed, 0] - centres[to, 0]
            y = centres[seed, 1] - centres[to, 1]
            z = centres[seed, 2] - centres[to, 2]
            new = max(key, np.sqrt(x * x + y * y + z * z))
            if new < best[to] and size < room:
                best[to] = new
                owner[to] = owner[node]
                size = _push(heap_key, heap_node, size, new, to)
    return owner


@njit(cache=True)
def _extent(corners_a: Any, corners_b: Any, order: Any, starts: Any) -> Any:
    """Return for each cell its widest distance on either figure and the triangle farthest off."""
    cells = len(starts) - 1
    widest = np.zeros(cells)
    farthest = np.zeros(cells, np.int64)
    for cell in range(cells):
        begin, end = starts[cell], starts[cell + 1]
        for i in range(3 * begin, 3 * end):
            a, b = corners_a[order[i // 3], i % 3], corners_b[order[i // 3], i % 3]
            for j in range(i + 1, 3 * end):
                c, d = corners_a[order[j // 3], j % 3], corners_b[order[j // 3], j % 3]
                one = (a[0] - c[0]) ** 2 + (a[1] - c[1]) ** 2 + (a[2] - c[2]) ** 2
                two = (b[0] - d[0]) ** 2 + (b[1] - d[1]) ** 2 + (b[2] - d[2]) ** 2
                far = max(one, two)
                if far > widest[cell]:
                    widest[cell] = far
                    farthest[cell] = order[i // 3]
        widest[cell] = np.sqrt(widest[cell])
    return widest, farthest


def _grouped(owner: Ints, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(owner, kind="stable")
    return order, np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))])


def _centred(owner: Ints, centres: Floats, areas: Floats) -> NDArray[np.int64]:
    """Return the triangle nearest to the middle of each cell."""
    count = int(owner.max()) + 1
    weight = np.bincount(owner, areas, minlength=count)
    middle = np.column_stack(
        [np.bincount(owner, areas * centres[:, k], minlength=count) / weight for k in range(3)]
    )
    off = ((centres - middle[owner]) ** 2).sum(axis=1)
    order = np.lexsort((np.arange(len(owner)), off, owner))
    first = np.concatenate([[True], owner[order][1:] != owner[order][:-1]])
    return np.asarray(order[first], np.int64)


def make_cells(skin: FineSkin, gap: float = SEED_GAP_MM, widest: float = WIDEST_MM) -> SkinCells:
    """Divide the skin; the same result for the same skin on every machine."""
    half = skin.half
    faces = skin.faces[:half]
    male, female = (skin.xyz[figure][faces] for figure in Figure)
    centres = np.ascontiguousarray(male.mean(axis=1))
    areas = skin.areas()[:half]
    across = face_neighbours(faces)
    seeds = _spread(centres, across, np.random.default_rng(20260101).permutation(half), gap)
    for _ in range(_ROUNDS):
        seeds = _centred(_assign(centres, across, seeds), centres, areas)
    for attempt in range(_ATTEMPTS):
        owner = _assign(centres, across, seeds)
        order, starts = _grouped(owner, len(seeds))
        wide, far = _extent(male, female, order, starts)
        if wide.max() <= widest:
            break
        seeds = np.union1d(_centred(owner, centres, areas), far[wide > widest])
        if attempt < _SETTLING:
            for _ in range(2):
                seeds = _centred(_assign(centres, across, seeds), centres, areas)
    else:
        raise MapmakerError(f"The skin could not be divided into cells of at most {widest} mm.")
    owner = _along_curve(owner, centres)
    return _measured(skin, owner)


def _along_curve(owner: Ints, centres: Floats) -> Ints:
    """Number the cells along a space-filling curve: neighbours get near numbers, blobs get small."""
    count = int(owner.max()) + 1
    weight = np.bincount(owner, minlength=count)
    middle = np.column_stack([np.bincount(owner, centres[:, k], minlength=count) / weight for k in range(3)])
    grid = ((middle - middle.min(axis=0)) / 4.0).astype(np.int64)
    code = np.zeros(count, np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((grid[:, axis] >> bit) & 1) << (3 * bit + axis)
    rank = np.empty(count, np.int32)
    rank[np.lexsort((np.arange(count), code))] = np.arange(count)
    return rank[owner]


def _measured(skin: FineSkin, owner_right: Ints) -> SkinCells:
    count = int(owner_right.max()) + 1
    of_face = np.concatenate([owner_right, owner_right + count]).astype(np.int32)
    total = 2 * count
    areas = skin.areas()
    area = np.bincount(of_face, areas, minlength=total).astype(np.float64)
    mirror = np.concatenate([np.arange(count, total), np.arange(count)]).astype(np.int32)
    # The vertex nearest to the middle of the right cell; the left one is its mirror, exactly.
    right_faces = skin.faces[: skin.half]
    male = skin.xyz[Figure.MALE]
    centres = male[right_faces].mean(axis=1)
    weight = areas[: skin.half]
    middle = np.column_stack(
        [np.bincount(owner_right, weight * centres[:, k], minlength=count) / area[:count] for k in range(3)]
    )
    corner_cell = np.repeat(owner_right, 3)
    corner = right_faces.reshape(-1)
    off = ((male[corner] - middle[corner_cell]) ** 2).sum(axis=1)
    order = np.lexsort((corner, off, corner_cell))
    first = np.concatenate([[True], corner_cell[order][1:] != corner_cell[order][:-1]])
    vertex = corner[order[first]]
    vertex = np.concatenate([vertex, skin.mirror[vertex]]).astype(np.int32)
    xyz = {}
    for figure in Figure:
        p = skin.xyz[figure][right_faces].mean(axis=1)
        a = skin.areas(figure)[: skin.half]
        w = np.bincount(owner_right, a, minlength=count)
        m = np.column_stack([np.bincount(owner_right, a * p[:, k], minlength=count) / w for k in range(3)])
        xyz[figure] = np.concatenate([m, m * (-1.0, 1.0, 1.0)])
    across = face_neighbours(skin.faces)
    one = np.repeat(of_face, 3)
    two = np.where(across.reshape(-1) >= 0, of_face[across.reshape(-1)], one)
    pairs = np.unique((one.astype(np.int64) * total + two)[one != two])
    starts = np.concatenate([[0], np.cumsum(np.bincount(pairs // total, minlength=total))])
    return SkinCells(
        of_face, area, xyz, vertex, mirror, starts.astype(np.int32), (pairs % total).astype(np.int32)
    )
