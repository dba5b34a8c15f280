"""Plates: pictures of a sheet at one zoom step. Fills by colour token, times the tone, under the lines.

A plate is made off the window's thread (QImage and QPainter allow that) and blitted from then on, so
art that cannot be clicked costs hovering nothing.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPen

from myomap.anatomy.structures import Layer, StructureKind
from myomap.gui.map.plate_spec import PlateSpec
from myomap.gui.map.sheet import Piece, Sheet
from myomap.gui.theme import MapColours

#: How strongly the skin's silhouette is shown behind the other layers.
GHOST = 0.3
#: How strongly the borders of the skin's regions are drawn, against the outlines of muscles.
SKIN_LINES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A finished picture and what it shows."""

    spec: PlateSpec
    image: QImage
    colours: str


class Tones:
    """Decoded grey pictures, the last few kept; JPEG decodes to 1/2, 1/4, 1/8 for little."""

    def __init__(self, keep: int = 4) -> None:
        self._lock = threading.Lock()
        self._keep = keep
        self._kept: OrderedDict[tuple[Path, int], QImage] = OrderedDict()

    def part(self, path: Path, page: QRectF, spec: PlateSpec) -> QImage:
        """Return the tone under a plate at the plate's size; a null image if it cannot be read."""
        reader = QImageReader(str(path))
        full = reader.size()
        if not full.isValid():
            return QImage()
        per_mm = full.width() / page.width()
        reduce = 1
        while reduce < 8 and per_mm / (reduce * 2) >= spec.scale * 0.98:
            reduce *= 2
        tone = self._decoded(path, reduce, full)
        if tone.isNull():
            return tone
        sx, sy = tone.width() / page.width(), tone.height() / page.height()
        source = QRectF(
            spec.rect.x() * sx, spec.rect.y() * sy, spec.rect.width() * sx, spec.rect.height() * sy
        )
        out = QImage(spec.size, QImage.Format.Format_RGB32)
        out.fill(Qt.GlobalColor.white)
        painter = QPainter(out)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, out.width(), out.height()), tone, source)
        painter.end()
        return out

    def _decoded(self, path: Path, reduce: int, full: QSize) -> QImage:
        with self._lock:
            kept = self._kept.get((path, reduce))
            if kept is not None:
                self._kept.move_to_end((path, reduce))
                return kept
        reader = QImageReader(str(path))
        if reduce > 1:
            reader.setScaledSize(QSize(max(1, full.width() // reduce), max(1, full.height() // reduce)))
        image = reader.read()
        with self._lock:
            self._kept[(path, reduce)] = image
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return image


def line_weight(scale: float) -> tuple[float, float]:
    """Return width in pixels and opacity of the hairlines at a scale: fine when small, never fat."""
    width = min(1.5, max(0.6, 0.55 + 0.22 * scale))
    opacity = min(0.85, max(0.32, 0.3 + 0.28 * scale))
    return width, opacity


def compose(sheet: Sheet, colours: MapColours, spec: PlateSpec, tones: Tones) -> Plate:
    """Draw a plate. Pure but for the tone cache; safe in any thread."""
    size = spec.size
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(colours["paper"])
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size.width() / spec.rect.width(), size.height() / spec.rect.height())
    painter.translate(-spec.rect.topLeft())
    near = _near(sheet, spec.rect)
    if not sheet.base.isEmpty():
        painter.fillPath(sheet.base, _faded(colours["skin"], GHOST))
    for piece in near:
        fill = colours.fill(piece.key.structure, piece.kind)
        seam = QPen(fill, 0.8)  # closes the hair's breadth that antialiasing leaves between neighbours
        seam.setCosmetic(True)
        painter.setPen(seam)
        painter.setBrush(fill)
        painter.drawPath(piece.path)
    if sheet.tendon is not None:
        _lay_tendons(painter, sheet, colours, spec, tones)
    tone = tones.part(sheet.tone, sheet.rect, spec)
    if not tone.isNull():
        painter.save()
        painter.resetTransform()
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.drawImage(0, 0, tone)
        painter.restore()
    _draw_lines(painter, sheet, near, colours, spec.scale)
    painter.end()
    return Plate(spec, image, colours.name)


def _near(sheet: Sheet, rect: QRectF) -> list[Piece]:
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    return [
        piece
        for piece in sheet.pieces
        if piece.bounds[0] <= right
        and piece.bounds[2] >= left
        and piece.bounds[1] <= bottom
        and piece.bounds[3] >= top
    ]


def _lay_tendons(painter: QPainter, sheet: Sheet, colours: MapColours, spec: PlateSpec, tones: Tones) -> None:
    assert sheet.tendon is not None
    mask = tones.part(sheet.tendon, sheet.rect, spec)
    if mask.isNull():
        return
    laid = QImage(spec.size, QImage.Format.Format_ARGB32)
    laid.fill(colours["tendon"])
    laid.setAlphaChannel(mask.convertToFormat(QImage.Format.Format_Grayscale8))
    painter.save()
    painter.resetTransform()
    painter.drawImage(0, 0, laid)
    painter.restore()


def _draw_lines(
    painter: QPainter, sheet: Sheet, near: list[Piece], colours: MapColours, scale: float
) -> None:
    width, opacity = line_weight(scale)
    if sheet.layer is Layer.SKIN:  # regions are an aid: their borders must not read as wrinkles or spectacles
        width, opacity = min(width, 1.0), opacity * SKIN_LINES
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(_faded(colours["outline"], opacity), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if sheet.layer is not Layer.SKIN:
        for piece in near:
            if piece.kind is not StructureKind.SKIN:
                painter.drawPath(piece.path)
    else:
        for piece in near:
            painter.drawPath(piece.path)


def _faded(colour: QColor, opacity: float) -> QColor:
    made = QColor(colour)
    made.setAlphaF(colour.alphaF() * opacity)
    return made
