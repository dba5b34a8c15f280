"""Reads a drawing from a file: polygons in a view's millimetres, GeoJSON-like, never trusted.

Accepted: ``{"view": ID, "polygons": [[[x, y], …], …]}`` or a GeoJSON Polygon, MultiPolygon, Feature,
FeatureCollection or GeometryCollection with ``"view"`` beside it (or in a feature's properties).
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from myomap.errors import MyomapError
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.cells import Cells

#: A file larger than this is no drawing.
LARGEST_BYTES = 200_000_000
#: An outline of more points than this that crosses itself is neither
#: simplified nor repaired: that takes hours for a scribble.
_TANGLE = 400
#: Points closer than this add nothing at the scale of a cell.
_SIMPLIFY_MM = 0.3


class DrawingError(MyomapError):
    """A drawing that cannot be read as one."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadDrawing:
    """The cells of a drawing, the shapes by view, and what had to be repaired, in sentences."""

    cells: Cells
    shapes: Mapping[str, BaseGeometry]
    repairs: tuple[str, ...]


def read_drawing(path: Path, atlas: AtlasSource) -> ReadDrawing:
    """Read a drawing; DrawingError says what is wrong with it."""
    with path.open("rb") as file:
        text = file.read(LARGEST_BYTES + 1)  # not its size: a device says 0 and never ends
    if len(text) > LARGEST_BYTES:
        raise DrawingError(f"{path} is too large for a drawing (more than {LARGEST_BYTES // 1_000_000} MB).")
    try:
        written = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DrawingError(f"{path} is not JSON ({error}).", todo="Write polygons as JSON, UTF-8.") from error
    return drawing_from(written, atlas)


def drawing_from(written: Any, atlas: AtlasSource) -> ReadDrawing:
    """Read a drawing from parsed JSON; DrawingError says what is wrong with it."""
    repairs: list[str] = []
    version = written.get("map_version", atlas.map_version) if isinstance(written, Mapping) else ""
    if version and version != atlas.map_version:
        repairs.append(
            f"The drawing was made on map version {_told(version)}, this atlas has {atlas.map_version}: "
            "it is placed by its millimetres, borders may differ."
        )
    by_view: dict[str, list[BaseGeometry]] = {}
    try:
        found = list(_polygons(written, ""))
    except RecursionError as error:
        raise DrawingError("The drawing lies in too many collections, one in the other.") from error
    for view, rings in found:
        if not view:
            raise DrawingError(
                "The drawing does not say its view.", todo=f'Add "view": one of {", ".join(atlas.views)}.'
            )
        if view not in atlas.views:
            raise DrawingError(
                f"There is no view “{_told(view)}”.", todo=f"There are: {', '.join(atlas.views)}."
            )
        by_view.setdefault(view, []).append(_polygon(rings, repairs, atlas, view))
    if not by_view:
        raise DrawingError("The drawing is empty: there is no polygon in it.")
    cells = Cells.empty()
    shapes: dict[str, BaseGeometry] = {}
    for view, parts in by_view.items():
        shapes[view] = shapely.union_all(parts)
        cells = cells.union(atlas.view_map(view).cells_in_polygon(shapes[view]))
    if not cells:
        raise DrawingError("The drawing lies beside the body: it covers no skin of its view.")
    return ReadDrawing(cells, shapes, tuple(dict.fromkeys(repairs)))


def _polygons(written: Any, view: str) -> Iterator[tuple[str, Any]]:
    """Yield (view, rings) of everything that is a polygon."""
    if not isinstance(written, Mapping):
        raise DrawingError("The drawing must be a JSON object with “view” and “polygons”.")
    properties = written.get("properties")
    if isinstance(properties, Mapping):
        view = str(properties.get("view", view))
    view = str(written.get("view", view))
    kind = written.get("type")
    if "polygons" in written:
        for ring in _listed(written["polygons"], "polygons"):
            yield view, [ring]
    elif kind == "FeatureCollection":
        for feature in _listed(written.get("features"), "features"):
            yield from _polygons(feature, view)
    elif kind == "GeometryCollection":
        for geometry in _listed(written.get("geometries"), "geometries"):
            yield from _polygons(geometry, view)
    elif kind == "Feature":
        yield from _polygons(written.get("geometry"), view)
    elif kind == "Polygon":
        yield view, _listed(written.get("coordinates"), "coordinates")
    elif kind == "MultiPolygon":
        for rings in _listed(written.get("coordinates"), "coordinates"):
            yield view, _listed(rings, "coordinates")
    else:
        raise DrawingError(f"“{_told(kind)}” is no polygon.", todo="Use Polygon, MultiPolygon or “polygons”.")


def _told(written: Any) -> str:
    """Return what a file says so that it can be printed: in one line, and it moves no terminal."""
    text = str(written)[:80]
    return "".join(each if each.isprintable() else "?" for each in text)


def _listed(written: Any, name: str) -> list[Any]:
    if not isinstance(written, list):
        raise DrawingError(f"“{name}” must be a list.")
    return written


def _polygon(rings: list[Any], repairs: list[str], atlas: AtlasSource, view: str) -> BaseGeometry:
    made = []
    for ring in rings:
        try:
            points = np.array(ring, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise DrawingError("A polygon has a point that is not two numbers.") from error
        if points.ndim != 2 or points.shape[1] < 2 or len(points) < 3:
            raise DrawingError("A polygon needs at least three points of two numbers each.")
        points = points[:, :2]
        if not np.isfinite(points).all() or math.isinf(float(np.abs(points).max())):
            raise DrawingError("A polygon has a coordinate that is not a number (NaN or infinite).")
        if float(np.abs(points).max()) > 1e5:
            raise DrawingError("A polygon has a coordinate beyond 100 m: coordinates are millimetres.")
        made.append(points)
    if not made:
        raise DrawingError("A polygon needs at least three points of two numbers each.")
    shape: BaseGeometry = Polygon(made[0], made[1:])
    if shapely.get_num_coordinates(shape) > _TANGLE and not shape.is_valid:
        repairs.append(
            "An outline crosses itself all over; what it goes round an odd number of times is taken."
        )
        seen = atlas.view_map(view)
        return seen.outline(seen.cells_in_polygon(shape), level=0.5)
    if shapely.get_num_coordinates(shape) > 20_000:
        before = sum(len(ring) for ring in made)
        shape = shapely.simplify(shape, _SIMPLIFY_MM, preserve_topology=False)
        repairs.append(f"An outline of {before:,} points was simplified to 0.3 mm.")
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
        repairs.append("An outline crossed itself; every part that it encloses is taken.")
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    nested = [
        p for part in shapely.get_parts(shape) if part.geom_type != "Polygon" for p in shapely.get_parts(part)
    ]
    areas += [part for part in nested if part.geom_type == "Polygon"]
    if not areas or sum(part.area for part in areas) < 1e-6:
        raise DrawingError("A polygon encloses no area.")
    return shapely.union_all(areas)
