"""An orthographic z-buffer: which mesh, which triangle and how deep at every pixel of a view."""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from mapmaker.meshes import Mesh, SkinMesh
from mapmaker.views import Clip
from myomap.anatomy.views import Frame

#: Depth where nothing is drawn.
FAR = np.float32(-1e9)


@dataclass(frozen=True, slots=True, eq=False)
class Buffers:
    """Images of one view, all [height, width]; row 0 is the top.

    ``label`` int32: index into the meshes that were given, -1 where there is nothing.
    ``depth`` float32: millimetres toward the viewer (p · toward), `FAR` where there is nothing.
    ``triangle`` int32: index of the face within its mesh, -1 where there is nothing.
    """

    label: NDArray[np.int32]
    depth: NDArray[np.float32]
    triangle: NDArray[np.int32]


def project(frame: Frame, vertices: NDArray[np.float32], px_per_mm: float) -> NDArray[np.float64]:
    """Return float64[n, 3]: column and row in pixels (pixel k spans k to k+1), depth in mm."""
    points = vertices.astype(np.float64)
    across = points @ np.array(frame.right) - frame.left_edge
    down = frame.top_edge - points @ np.array(frame.up)
    depth = points @ np.array(frame.toward)
    return np.column_stack([across * px_per_mm, down * px_per_mm, depth])


def render(
    frame: Frame, px_per_mm: float, meshes: Sequence[Mesh | SkinMesh], clip: Clip | None = None
) -> Buffers:
    """Draw the meshes; the nearest fragment wins, at equal depth the earlier mesh.

    Pixels are sampled at their centres. ``clip`` cuts fragments away beyond a plane.
    """
    height, width = round(frame.height * px_per_mm), round(frame.width * px_per_mm)
    label = np.full((height, width), -1, np.int32)
    depth = np.full((height, width), FAR, np.float32)
    triangle = np.full((height, width), -1, np.int32)
    for index, mesh in enumerate(meshes):
        vertices = mesh.vertices
        points = project(frame, vertices, px_per_mm)
        beyond = np.full(len(vertices), -1.0)
        if clip is not None:
            beyond = vertices.astype(np.float64) @ np.array(clip.normal) - clip.limit
        _draw(points, beyond, mesh.faces, np.int32(index), label, depth, triangle)
    return Buffers(label, depth, triangle)


@numba.njit(cache=True)
def _draw(
    points: NDArray[np.float64],
    beyond: NDArray[np.float64],
    faces: NDArray[np.int32],
    index: np.int32,
    label: NDArray[np.int32],
    depth: NDArray[np.float32],
    triangle: NDArray[np.int32],
) -> None:
    height, width = label.shape
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
        if beyond[a] > 0 and beyond[b] > 0 and beyond[c] > 0:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        right = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        top = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        if left > right or top > bottom:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        inverse = 1.0 / area
        step_a, step_b = (by - cy) * inverse, (cy - ay) * inverse
        x = left + 0.5
        for row in range(top, bottom + 1):
            y = row + 0.5
            start_a = ((bx - x) * (cy - y) - (by - y) * (cx - x)) * inverse
            start_b = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) * inverse
            for column in range(left, right + 1):
                wa = start_a + (column - left) * step_a
                wb = start_b + (column - left) * step_b
                wc = 1.0 - wa - wb
                if wa < -1e-9 or wb < -1e-9 or wc < -1e-9:
                    continue
                z = np.float32(wa * az + wb * bz + wc * cz)
                if z <= depth[row, column]:
                    continue
                if wa * beyond[a] + wb * beyond[b] + wc * beyond[c] > 0:
                    continue
                depth[row, column] = z
                label[row, column] = index
                triangle[row, column] = f
