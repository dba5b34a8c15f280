"""Distance over the skin, along the mesh and never through the air.

Fast marching over triangles (Kimmel & Sethian 1998), with plain edges where a triangle is too
obtuse. Neighbours are those of the mesh: where the mesh touches or crosses itself (between toes and
fingers, the lips, armpit, crotch) nothing jumps across.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@njit(cache=True)
def _push(heap_key: Any, heap_node: Any, size: int, key: float, node: int) -> int:
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if heap_key[up] <= key:
            break
        heap_key[at] = heap_key[up]
        heap_node[at] = heap_node[up]
        at = up
    heap_key[at] = key
    heap_node[at] = node
    return size + 1


@njit(cache=True)
def _pop(heap_key: Any, heap_node: Any, size: int) -> int:
    """Take the root away; the caller has read it."""
    size -= 1
    key, node = heap_key[size], heap_node[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap_key[child + 1] < heap_key[child]:
            child += 1
        if heap_key[child] >= key:
            break
        heap_key[at] = heap_key[child]
        heap_node[at] = heap_node[child]
        at = child
    heap_key[at] = key
    heap_node[at] = node
    return size


@njit(cache=True)
def _length(points: Any, i: int, j: int) -> float:
    x = points[i, 0] - points[j, 0]
    y = points[i, 1] - points[j, 1]
    z = points[i, 2] - points[j, 2]
    return float(np.sqrt(x * x + y * y + z * z))


@njit(cache=True)
def _through(points: Any, known: int, other: int, target: int, d_known: float, d_other: float) -> float:
    """Arrival at ``target`` of the straight front that passed ``known`` and ``other``."""
    b = _length(points, known, target)
    a = _length(points, other, target)
    c = _length(points, known, other)
    if c < 1e-9:
        return np.inf
    # Lay the triangle flat: known at 0, other at (c, 0), target at (x, y).
    x = (b * b - a * a + c * c) / (2 * c)
    y2 = b * b - x * x
    if y2 <= 0:
        return np.inf
    y = np.sqrt(y2)
    # The virtual source (sx, -sy) that explains both distances.
    sx = (d_known * d_known - d_other * d_other + c * c) / (2 * c)
    sy2 = d_known * d_known - sx * sx
    if sy2 < 0:
        return np.inf
    sy = np.sqrt(sy2)
    # The ray from the source to the target must cross the edge between the two.
    cross = sx + (x - sx) * sy / (sy + y)
    if cross < 0 or cross > c:
        return np.inf
    return float(np.sqrt((x - sx) ** 2 + (y + sy) ** 2))


@njit(cache=True)
def _march(
    points: Any, faces: Any, starts: Any, around: Any, sources: Any, limit: float, goal: int,
    distance: Any, done: Any, touched: Any, heap_key: Any, heap_node: Any,
) -> int:  # fmt: skip
    """Fill ``distance`` outward from the sources; return how many vertices are in ``touched``."""
    room = len(heap_key)
    size = 0
    count = 0
    for node in sources:
        if distance[node] > 0.0:
            distance[node] = 0.0
            touched[count] = node
            count += 1
            size = _push(heap_key, heap_node, size, 0.0, node)
    while size > 0:
        key, node = heap_key[0], heap_node[0]
        size = _pop(heap_key, heap_node, size)
        if done[node] or key > distance[node]:
            continue
        if key > limit:
            break
        done[node] = 1
        if node == goal:
            break
        for k in range(starts[node], starts[node + 1]):
            face = around[k]
            u, v = faces[face, 0], faces[face, 1]
            if u == node:
                u = faces[face, 2]
            elif v == node:
                v = faces[face, 2]
            for turn in range(2):
                target = u if turn == 0 else v
                other = v if turn == 0 else u
                if done[target]:
                    continue
                new = key + _length(points, node, target)
                if done[other]:
                    across = _through(points, node, other, target, key, distance[other])
                    if across < new:
                        new = across
                if new < distance[target] and size < room:
                    if distance[target] == np.inf:
                        touched[count] = target
                        count += 1
                    distance[target] = new
                    size = _push(heap_key, heap_node, size, new, target)
    return count


@njit(cache=True)
def _downhill(points: Any, faces: Any, starts: Any, around: Any, distance: Any, goal: int) -> Any:
    """Walk from ``goal`` to a source: always to the steepest vertex two triangles around."""
    path = [goal]
    node = goal
    while distance[node] > 0 and len(path) < 100000:
        best, steepest = -1, 0.0
        for k in range(starts[node], starts[node + 1]):
            for i in range(3):
                near = faces[around[k], i]
                for m in range(starts[near], starts[near + 1]):
                    for j in range(3):
                        to = faces[around[m], j]
                        if to == node or distance[to] >= distance[node]:
                            continue
                        slope = (distance[node] - distance[to]) / max(_length(points, node, to), 1e-9)
                        if distance[to] == 0.0:
                            slope += 1.0
                        if slope > steepest:
                            steepest, best = slope, to
        if best < 0:
            break
        node = best
        path.append(node)
    return np.array(path, np.int64)


class Geodesics:
    """Distances over one triangle mesh in mm: ``points`` (v, 3), ``faces`` (f, 3).

    Keeps its working arrays between calls, so one object is for one thread.
    """

    def __init__(self, points: Floats, faces: Ints) -> None:
        """Index the triangles around each vertex."""
        self.points = np.ascontiguousarray(points, np.float64)
        self.faces = np.ascontiguousarray(faces, np.int32)
        corner = self.faces.reshape(-1)
        counts = np.bincount(corner, minlength=len(points))
        self.starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        #: The triangles around vertex v are ``around[starts[v]:starts[v + 1]]``.
        self.around = (np.argsort(corner, kind="stable") // 3).astype(np.int32)
        self._distance = np.full(len(points), np.inf)
        self._done = np.zeros(len(points), np.uint8)
        self._touched = np.empty(len(points), np.int64)
        self._heap_key = np.empty(4 * len(points) + 64, np.float64)
        self._heap_node = np.empty(4 * len(points) + 64, np.int64)

    def _run(self, sources: NDArray[np.int64], limit: float, goal: int) -> NDArray[np.int64]:
        count = _march(
            self.points, self.faces, self.starts, self.around, sources, limit, goal,
            self._distance, self._done, self._touched, self._heap_key, self._heap_node,
        )  # fmt: skip
        return self._touched[:count]

    def _forget(self, touched: NDArray[np.int64]) -> None:
        self._distance[touched] = np.inf
        self._done[touched] = 0

    def within(
        self, sources: NDArray[np.integer[Any]], limit: float = np.inf
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return the vertices within ``limit`` mm of the nearest source, and their distances."""
        touched = self._run(np.asarray(sources, np.int64), float(limit), -1)
        reached = touched[self._done[touched] > 0].copy()
        distance = self._distance[reached]
        self._forget(touched)
        return reached, distance

    def distance(self, sources: NDArray[np.integer[Any]], limit: float = np.inf) -> Floats:
        """Return float64[v], the distance to the nearest source, inf beyond ``limit``."""
        out = np.full(len(self.points), np.inf)
        reached, distance = self.within(sources, limit)
        out[reached] = distance
        return out

    def path(self, start: int, end: int) -> NDArray[np.int64]:
        """Return the vertices of the shortest way from start to end; empty if there is none."""
        if start == end:
            return np.array([start], np.int64)
        touched = self._run(np.array([start], np.int64), np.inf, end)
        if self._done[end]:
            back: NDArray[np.int64] = _downhill(
                self.points, self.faces, self.starts, self.around, self._distance, end
            )
        else:
            back = np.empty(0, np.int64)
        self._forget(touched)
        return back[::-1]
