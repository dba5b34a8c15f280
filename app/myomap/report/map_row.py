"""Maps side by side on a page: all near enough to be read, as tall as one another, as fine as they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from myomap.report.crop import Box
from myomap.report.map_svg import MapPicture, grain_for, map_svg
from myomap.surface.atlas_source import AtlasSource

#: Room around what is shown, as a factor; never less of the body than this (mm); page shapes (width / height).
_ROOM, _LEAST_MM = 1.3, 430.0
_NARROWEST, _WIDEST = 0.66, 1.3
#: How far down a whole body's page the head reaches, and half its width with the ears, mm.
_HEAD_MM, _HALF_HEAD_MM = 230.0, 90.0
#: Nearer than this share of the whole body is worth a crop.
_WORTH = 0.7
#: A whole body from the side gets so much room beside it that its letters are as large as the others'.
_WHOLE_SHAPE = 0.36
#: Distance of two maps on the page, mm.
GAP_MM = 4.0


def shared_crops(atlas: AtlasSource, boxes: Mapping[str, Sequence[Box]]) -> dict[str, Box]:
    """Return for each whole-body view the part to show: the same height of the body at the same scale.

    ``boxes`` are what has to be seen, by view. Where nothing or nearly the whole body has to be, that is
    the whole body. Where something of the head is to be seen, front and back show both halves of it: half a
    face says less of its side.
    """
    boxes = {view: [*found, *_head(atlas, view, found)] for view, found in boxes.items()}
    every = [box for found in boxes.values() for box in found]
    height = width = 0.0
    if every:
        top, bottom = min(b[1] for b in every), max(b[3] for b in every)
        needed = max(max(b[2] for b in found) - min(b[0] for b in found) for found in boxes.values() if found)
        height = max(_ROOM * (bottom - top), _ROOM * needed / _WIDEST, _LEAST_MM)
        width = max(_ROOM * needed, _NARROWEST * height)
    tallest = max(atlas.views[view].frame.height for view in boxes)
    if not every or height > _WORTH * tallest:
        return {view: _whole(atlas, view) for view in boxes}
    made = {}
    for view, found in boxes.items():
        frame = atlas.views[view].frame
        middle = frame.width / 2
        if found:
            middle = (min(b[0] for b in found) + max(b[2] for b in found)) / 2
        x = (frame.width - width) / 2 if width >= frame.width else _within(middle, width, frame.width)
        y = _within((top + bottom) / 2, height, frame.height)
        made[view] = (x, y, x + width, y + height)
    return made


def _head(atlas: AtlasSource, view: str, found: Sequence[Box]) -> list[Box]:
    """Return a box across the head at the height of what is there to be seen of it; none where nothing is."""
    shown = atlas.views[view]
    there = [box for box in found if box[1] < _HEAD_MM]
    if not there or shown.viewer_left is None:
        return []
    top, middle = min(box[1] for box in there), shown.frame.width / 2
    return [(middle - _HALF_HEAD_MM, top, middle + _HALF_HEAD_MM, top)]


def _within(middle: float, length: float, whole: float) -> float:
    return min(max(middle - length / 2, 0.0), max(0.0, whole - length))


def _whole(atlas: AtlasSource, view: str) -> Box:
    frame = atlas.views[view].frame
    beside = max(0.0, _WHOLE_SHAPE * frame.height - frame.width) / 2
    return (-beside, 0.0, frame.width + beside, frame.height)


def is_cropped(atlas: AtlasSource, view: str, box: Box) -> bool:
    """Tell whether a part of the body is out of sight."""
    return box[3] - box[1] < atlas.views[view].frame.height - 1


def set_in_row(
    atlas: AtlasSource, pictures: Sequence[MapPicture], *, wide_mm: float, tall_mm: float
) -> list[tuple[str, float, float]]:
    """Return (SVG, height in mm, share of the row's width) of each picture, for a row ``wide_mm`` wide.

    All are as tall as one another: as tall as the row allows, at most ``tall_mm``.
    """
    boxes = [_box(atlas, picture) for picture in pictures]
    shapes = [(b[2] - b[0]) / (b[3] - b[1]) for b in boxes]
    height = min(tall_mm, (wide_mm - GAP_MM * (len(shapes) - 1)) / sum(shapes)) if shapes else tall_mm
    made = []
    for picture, box, shape in zip(pictures, boxes, shapes, strict=True):
        fine = replace(picture, grain=grain_for(height, box[3] - box[1]))
        made.append((map_svg(atlas, fine, background=False), height, shape / sum(shapes)))
    return made


def _box(atlas: AtlasSource, picture: MapPicture) -> Box:
    frame = atlas.views[picture.view].frame
    return picture.crop or (0.0, 0.0, frame.width, frame.height)
