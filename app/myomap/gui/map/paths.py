"""Shapely shapes to Qt paths, fast: the bytes of a QPainterPath are written by numpy."""

import struct
from typing import TYPE_CHECKING

import numpy as np
import shapely
from PySide6.QtCore import QByteArray, QDataStream, QIODevice
from PySide6.QtGui import QPainterPath

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE, _LINE = 0, 1


def path_of(shape: "BaseGeometry") -> QPainterPath:
    """Return the path of a shape's rings or lines; holes are holes (odd-even rule)."""
    path = QPainterPath()
    coordinates = shapely.get_coordinates(shape)
    if not len(coordinates):
        return path
    elements = np.empty(len(coordinates), _ELEMENT)
    elements["kind"] = _LINE
    elements["x"] = coordinates[:, 0]
    elements["y"] = coordinates[:, 1]
    elements["kind"][_starts(shape)] = _MOVE
    raw = struct.pack(">i", len(elements)) + elements.tobytes() + struct.pack(">ii", 0, 0)
    kept = QByteArray(raw)  # the stream only points at it
    stream = QDataStream(kept, QIODevice.OpenModeFlag.ReadOnly)
    stream >> path
    return path


def _starts(shape: "BaseGeometry") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    parts = shapely.get_parts(shape)
    rings = shapely.get_rings(parts) if parts[0].geom_type == "Polygon" else parts
    counts = shapely.get_num_coordinates(rings)
    return np.concatenate([[0], np.cumsum(counts)[:-1]])
