"""Draw the rotatores of the chest spine between its bones.

The mesh that the anatomy folder calls rotatores is multifidus once more (half of it lies within 0.25 mm of
that mesh, 99 % within 1 mm), down to the sacrum, where there are no rotatores. What belongs in its place is
known from the bones: a short one from each transverse process to the arch of the vertebra above, a long one
to the root of the spinous process of the second vertebra above (recalled, as of Gray's Anatomy).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Faces = NDArray[np.int64]

#: How far beside the midline the two kinds end, and how far below the transverse process of that vertebra.
SHORT_END, LONG_END = (5.0, 8.0), (4.0, 13.0)
SHORT_RADIUS, LONG_RADIUS = 2.6, 2.1
_AROUND, _ALONG = 10, 13


def rotators(vertebrae: Sequence[Points], side: float) -> list[tuple[Points, Faces]]:
    """Return short and long rotatores of one side as closed spindles, from above down.

    ``vertebrae`` are the points of the bones from above down; ``side`` is +1 left, −1 right.
    """
    tips = [_transverse_process(bone, side) for bone in vertebrae]
    made = []
    for k in range(1, len(vertebrae)):
        start = tips[k] + np.array([-3.0 * side, 0.0, -1.0])
        ends = [(k - 1, SHORT_END, SHORT_RADIUS), (k - 2, LONG_END, LONG_RADIUS)]
        for above, (beside, below), radius in ends:
            if above >= 0:
                end = _arch(vertebrae[above], side, beside, float(tips[above][1]) - below)
                made.append(spindle(start, end, radius))
    return made


def _transverse_process(bone: Points, side: float) -> Points:
    behind = bone[bone[:, 2] < np.median(bone[:, 2])]
    out = side * behind[:, 0]
    tip: Points = behind[out > 0.88 * out.max()].mean(axis=0)
    return tip


def _arch(bone: Points, side: float, beside: float, height: float) -> Points:
    """Return the place on the back of the arch nearest to ``beside`` mm from the midline at a height."""
    out = side * bone[:, 0]
    near = bone[(np.abs(out - beside) < 3.0) & (np.abs(bone[:, 1] - height) < 6.0)]
    back = float(near[:, 2].min()) if len(near) else float(np.median(bone[:, 2]))
    return np.array([side * beside, height, back - 0.5])


def spindle(start: Points, end: Points, radius: float) -> tuple[Points, Faces]:
    """Return a closed spindle that is thickest in its middle and bulges a little backward."""
    along = end - start
    length = float(np.linalg.norm(along))
    along = along / max(length, 1e-9)
    across = np.cross(along, [0.0, 0.0, 1.0])
    across /= max(float(np.linalg.norm(across)), 1e-9)
    up = np.cross(across, along)
    share = np.linspace(0, 1, _ALONG)
    thick = radius * (0.35 + 0.65 * np.sin(np.pi * share) ** 0.8)
    middle = start + np.outer(share, end - start) - np.outer(0.6 * np.sin(np.pi * share), [0.0, 0.0, 1.0])
    turn = 2 * np.pi * np.arange(_AROUND) / _AROUND
    ring = np.outer(np.cos(turn), across) + np.outer(np.sin(turn), up)
    body = (middle[:, None] + thick[:, None, None] * ring[None]).reshape(-1, 3)
    vertices = np.concatenate([body, start[None], end[None]])
    faces = []
    for row in range(_ALONG - 1):
        for k in range(_AROUND):
            a, b = row * _AROUND + k, row * _AROUND + (k + 1) % _AROUND
            faces += [(a, b, b + _AROUND), (a, b + _AROUND, a + _AROUND)]
    first, last, rim = len(body), len(body) + 1, (_ALONG - 1) * _AROUND
    for k in range(_AROUND):
        following = (k + 1) % _AROUND
        faces += [(first, following, k), (last, rim + k, rim + following)]
    made = np.array(faces, np.int64)
    a, b, c = np.moveaxis(vertices[made], 1, 0)
    outward = float((a * np.cross(b, c)).sum()) > 0
    return vertices, made if outward else made[:, ::-1]
