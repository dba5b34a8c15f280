"""The drawing as a picture: made whole off the window's thread, and mended where a stroke changed it.

Hundreds of strokes are too much to be painted as paths whenever something moves; a picture is one blit, and a
new stroke or an undo paints only the box around it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from myomap.gui.drawing.inked import BARE, ink_of
from myomap.gui.map.items import pen
from myomap.gui.map.paths import path_of
from myomap.gui.map.plate_spec import PlateSpec
from myomap.palette import QUALITY_INKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from myomap.surface.view_map import ViewMap, Window

    Codes = NDArray[np.int16]

#: A picture is made in squares of so many pixels of the view.
_SQUARE = 128
#: What a pen's line reaches beyond its place, in mm at the smallest scale.
_LINE_MM = 3.0


def tile(hatch: str, colour: QColor, ratio: float) -> QImage:
    """Return the tile of a hatch; drawn in screen pixels, null for a solid ink."""
    if hatch == "solid":
        return QImage()
    side = 10.0
    made = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.5))
    if hatch == "dots":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for x, y in ((2.5, 2.5), (7.5, 7.5)):
            painter.drawEllipse(QPointF(x, y), 1.4, 1.4)
    if hatch in ("lines", "cross"):
        painter.drawLine(QPointF(0, 5), QPointF(side, 5))
    if hatch in ("vertical", "cross"):
        painter.drawLine(QPointF(5, 0), QPointF(5, side))
    if hatch == "back_lines":
        for shift in (-side, 0.0, side):
            painter.drawLine(QPointF(shift, 0), QPointF(shift + side, side))
    if hatch == "slashes":
        for shift in (-side, 0.0, side):
            painter.drawLine(QPointF(shift, side), QPointF(shift + side, 0))
    if hatch == "rings":
        painter.drawEllipse(QPointF(5, 5), 3.2, 3.2)
    if hatch == "waves":
        path = QPainterPath(QPointF(0, 5))
        path.cubicTo(2.5, 1, 2.5, 1, 5, 5)
        path.cubicTo(7.5, 9, 7.5, 9, side, 5)
        painter.drawPath(path)
    painter.end()
    return made


def fill_of(code: int) -> QColor:
    """Return the ground of an ink; a hatched one has a fainter ground, so that the hatch is what is seen.

    What nobody has said the strength of is as faint as the weakest pain.
    """
    quality, intensity = ink_of(code)
    name, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
    colour = QColor(name)
    colour.setAlphaF(min(0.85, (0.30 if hatch == "solid" else 0.14) + 0.045 * (intensity or 0)))
    return colour


class Inks:
    """How each ink is painted, made once: colour, line and hatch."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._made: dict[int, tuple[QPen, QColor, QImage]] = {}

    def of(self, code: int) -> tuple[QPen, QColor, QImage]:
        """Return line, ground and hatch of an ink."""
        if code not in self._made:
            quality, intensity = ink_of(code)
            name, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
            strong = QColor(name)
            strong.setAlphaF(min(1.0, 0.55 + 0.045 * (intensity or 0)))
            self._made[code] = (
                pen(QColor(name), 1.2 * self._ratio),
                fill_of(code),
                tile(hatch, strong, self._ratio),
            )
        return self._made[code]

    def paint(self, painter: QPainter, path: QPainterPath, code: int, scale: float) -> None:
        """Paint an area in its ink; the painter's unit is a view mm, ``scale`` device pixels."""
        line, ground, hatch = self.of(code)
        painter.setPen(line)
        painter.setBrush(ground)
        painter.drawPath(path)
        if not hatch.isNull():
            brush = QBrush(hatch)
            by = 1 / scale * self._ratio
            brush.setTransform(QTransform.fromScale(by, by))
            painter.fillPath(path, brush)


@dataclass(slots=True)
class InkPicture:
    """The inks of one view at one scale. ``codes`` is what it shows; the image belongs to one thread at a time."""

    spec: PlateSpec
    image: QImage
    codes: "Codes"


def blank(spec: PlateSpec, count: int) -> InkPicture:
    """Return a picture on which nothing is drawn."""
    image = QImage(spec.size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return InkPicture(spec, image, np.full(count, BARE, np.int16))


def compose(view_map: "ViewMap", codes: "Codes", spec: PlateSpec, ratio: float) -> InkPicture:
    """Make a picture from nothing: for a thread."""
    made = blank(spec, len(codes))
    made.codes = codes
    inks = Inks(ratio)
    px = view_map.px_per_mm
    height, width = view_map.raster.shape
    first_row, last_row = max(0, int(spec.rect.top() * px)), min(height, int(spec.rect.bottom() * px) + 1)
    first_column = max(0, int(spec.rect.left() * px))
    last_column = min(width, int(spec.rect.right() * px) + 1)
    for top in range(first_row // _SQUARE * _SQUARE, last_row, _SQUARE):
        for left in range(first_column // _SQUARE * _SQUARE, last_column, _SQUARE):
            square = view_map.grown((top, top + _SQUARE, left, left + _SQUARE), 0)
            mend([made], view_map, codes, square, inks)
    return made


def near(view_map: "ViewMap", window: "Window") -> "Window":
    """Return what may look different when the cells in a box change: their smoothed edges and lines."""
    return view_map.grown(window, view_map.spread + round(_LINE_MM * view_map.px_per_mm))


def mend(
    pictures: Iterable[InkPicture], view_map: "ViewMap", codes: "Codes", window: "Window", inks: Inks
) -> QRectF:
    """Paint a box of the view's pixels again, in every picture; return it in view mm."""
    margin = view_map.spread + round(_LINE_MM * view_map.px_per_mm)
    outlines = view_map.ink_outlines(codes, view_map.grown(window, margin))
    paths = {code: path_of(shape) for code, shape in outlines.items() if not shape.is_empty}
    rect = _millimetres(view_map, window)
    for picture in pictures:
        clip = _clip(picture, rect)
        if clip.isEmpty():
            continue
        painter = _painter(picture, clip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = picture.spec.scale
        painter.scale(scale, scale)
        painter.translate(-picture.spec.rect.topLeft())
        for code, path in paths.items():
            inks.paint(painter, path, code, scale)
        painter.end()
    return rect


def mend_roughly(
    pictures: Iterable[InkPicture], view_map: "ViewMap", codes: "Codes", window: "Window"
) -> QRectF:
    """Paint a box as bare cells, without smoothing and hatches: at once, however much is drawn there."""
    rect = _millimetres(view_map, window)
    found = view_map.inks_in(codes, window)
    colours = np.zeros(int(found.max(initial=BARE)) + 2, np.uint32)
    for code in np.flatnonzero(np.bincount(found[found >= 0].ravel())).tolist():
        colour = fill_of(code)
        alpha = colour.alphaF()
        red, green, blue = (round(alpha * part) for part in (colour.red(), colour.green(), colour.blue()))
        colours[code] = (round(255 * alpha) << 24) | (red << 16) | (green << 8) | blue
    pixels = np.ascontiguousarray(colours[found])
    height, width = pixels.shape
    raw = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    for picture in pictures:
        clip = _clip(picture, rect)
        if clip.isEmpty():
            continue
        painter = _painter(picture, clip)
        scale = picture.spec.scale
        painter.scale(scale, scale)
        painter.translate(-picture.spec.rect.topLeft())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale > view_map.px_per_mm)
        painter.drawImage(rect, raw)
        painter.end()
    return rect


def _millimetres(view_map: "ViewMap", window: "Window") -> QRectF:
    top, bottom, left, right = (edge / view_map.px_per_mm for edge in window)
    return QRectF(left, top, right - left, bottom - top)


def _clip(picture: InkPicture, rect: QRectF) -> QRect:
    """Return a rectangle of view mm in whole pixels of a picture: neighbours share an edge, no pixel is lost."""
    scale, origin = picture.spec.scale, picture.spec.rect.topLeft()
    left, top = round((rect.left() - origin.x()) * scale), round((rect.top() - origin.y()) * scale)
    right, bottom = round((rect.right() - origin.x()) * scale), round((rect.bottom() - origin.y()) * scale)
    return QRect(left, top, right - left, bottom - top) & picture.image.rect()


def _painter(picture: InkPicture, clip: QRect) -> QPainter:
    """Return a painter on a cleared part of a picture; what is painted outside of it is left out."""
    # on a fine screen it was shown as finer, and a painter would enlarge all
    picture.image.setDevicePixelRatio(1)
    painter = QPainter(picture.image)
    painter.setClipRect(clip)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.fillRect(clip, Qt.GlobalColor.transparent)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    return painter


__all__ = [
    "InkPicture",
    "Inks",
    "blank",
    "compose",
    "fill_of",
    "mend",
    "mend_roughly",
    "near",
    "tile",
]
