"""The compiled atlas: its tables and how arrays and shapes are packed into blobs.

Mapmaker writes through this module, `atlas_file` reads through it, so both always agree.
"""

import lzma
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

#: ``PRAGMA application_id`` of the atlas file: "MyAt".
APPLICATION_ID = 0x4D794174
#: ``PRAGMA user_version``: raised when an older program could not read the file.
FORMAT = 1

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- kind: structure, muscle, trigger_point, view, region, region_set, safety, exercise, evidence,
-- lesson, screening, source, coverage. body: JSON of the dataclass of that name in myomap.anatomy.
CREATE TABLE document (
    kind TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
-- pack: see pack_shapes. layer is a Layer, or 'silhouette' for whole silhouettes.
CREATE TABLE outline_pack (
    view TEXT NOT NULL, layer TEXT NOT NULL, keys TEXT NOT NULL, pack BLOB NOT NULL,
    PRIMARY KEY (view, layer)
) WITHOUT ROWID;
CREATE TABLE cell_raster (view TEXT PRIMARY KEY, px_per_mm REAL NOT NULL, raster BLOB NOT NULL)
    WITHOUT ROWID;
-- arrays of Skin: area_mm2, region, laterality, mirror, starts, neighbours, xyz.male, xyz.female,
-- set.wpi, set.choir74
CREATE TABLE skin (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
-- zones of the right side and the midline; the left is their mirror. owner: a trigger point's id,
-- or 'warning:lung' … ; kind: essential, spillover, and both blurred: essential_soft, spillover_soft.
CREATE TABLE zone (
    owner TEXT NOT NULL, kind TEXT NOT NULL, cells BLOB NOT NULL, weights BLOB NOT NULL,
    PRIMARY KEY (owner, kind)
) WITHOUT ROWID;
CREATE TABLE place (
    trigger_point TEXT NOT NULL, laterality TEXT NOT NULL, figure TEXT NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, cell INTEGER NOT NULL, depth REAL NOT NULL,
    PRIMARY KEY (figure, trigger_point, laterality)
) WITHOUT ROWID;
"""


#: How the body of an array is packed: the third byte of its blob.
_PLAIN, _DELTA, _LZMA = 0, 1, 2
#: Arrays larger than this are also tried with LZMA: rasters of cells become a third of the size.
_LARGE = 1 << 16


def pack_array(array: NDArray[np.generic]) -> bytes:
    """Return dtype, shape and packed bytes: deflated (ids as differences), or LZMA where smaller."""
    array = np.ascontiguousarray(array)
    kind = array.dtype.str.encode()
    flat = array.reshape(-1)
    way = _DELTA if flat.dtype.kind in "iu" and flat.dtype.itemsize >= 4 else _PLAIN
    body = np.diff(flat, prepend=flat.dtype.type(0)) if way == _DELTA else flat
    shuffled = body.view(np.uint8).reshape(-1, body.dtype.itemsize).T
    packed = zlib.compress(np.ascontiguousarray(shuffled).tobytes(), 9)
    if flat.nbytes > _LARGE:
        other = lzma.compress(flat.tobytes(), format=lzma.FORMAT_XZ, preset=6)
        if len(other) < len(packed):
            way, packed = _LZMA, other
    head = struct.pack("<BBB", len(kind), array.ndim, way) + kind
    return head + struct.pack(f"<{array.ndim}q", *array.shape) + packed


def unpack_array(blob: bytes) -> NDArray[np.generic]:
    """Return the array that `pack_array` was given, read-only; ValueError if it is damaged."""
    try:
        name_length, dimensions, way = struct.unpack_from("<BBB", blob)
        start = 3 + name_length
        dtype = np.dtype(blob[3:start].decode())
        shape = struct.unpack_from(f"<{dimensions}q", blob, start)
        packed = blob[start + 8 * dimensions :]
        if way == _LZMA:
            body = np.frombuffer(lzma.decompress(packed), dtype)
        else:
            raw = np.frombuffer(zlib.decompress(packed), np.uint8)
            body = np.ascontiguousarray(raw.reshape(dtype.itemsize, -1).T).reshape(-1).view(dtype)
        if way == _DELTA:
            body = np.cumsum(body, dtype=dtype)
        body = body.reshape(shape)
    except (struct.error, zlib.error, lzma.LZMAError, EOFError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"an array of the atlas is damaged ({error})") from error
    body.setflags(write=False)
    return body


#: Coordinates of packed shapes are whole multiples of this many millimetres.
GRID_MM = 1 / 256


def pack_shapes(shapes: Sequence[BaseGeometry]) -> bytes:
    """Pack polygons and multipolygons (view mm); coordinates are rounded to `GRID_MM`.

    Equal coordinates stay equal, so shared borders stay shared.
    """
    multi: list[Any] = [shapely.multipolygons([s]) if s.geom_type == "Polygon" else s for s in shapes]
    _, coordinates, offsets = shapely.to_ragged_array(multi) if multi else (None, np.zeros((0, 2)), ())
    grid = np.rint(np.asarray(coordinates) / GRID_MM).astype(np.int32)
    parts = [pack_array(grid[:, 0]), pack_array(grid[:, 1])]
    parts += [pack_array(np.asarray(o, np.int32)) for o in offsets]
    return struct.pack("<B", len(parts)) + b"".join(struct.pack("<I", len(p)) + p for p in parts)


def unpack_shapes(blob: bytes) -> list[BaseGeometry]:
    """Return the multipolygons that `pack_shapes` was given."""
    try:
        (count,) = struct.unpack_from("<B", blob)
        at, parts = 1, []
        for _ in range(count):
            (length,) = struct.unpack_from("<I", blob, at)
            parts.append(unpack_array(blob[at + 4 : at + 4 + length]))
            at += 4 + length
    except struct.error as error:
        raise ValueError(f"outlines of the atlas are damaged ({error})") from error
    if len(parts) < 3:
        return []
    coordinates = np.column_stack([parts[0], parts[1]]) * GRID_MM
    made = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, coordinates, tuple(np.asarray(p, np.int64) for p in parts[2:])
    )
    return list(made)
