"""What a plate shows, and the coarse plate. Apart from `plate` because it needs neither numpy nor shapely."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter

from myomap.gui.theme import MapColours

#: A plate has at most this many pixels; beyond it only the part in sight is made.
MOST_PIXELS = 3_500_000


@dataclass(frozen=True, slots=True)
class PlateSpec:
    """What a plate shows: ``rect`` in view mm at ``scale`` device pixels a mm."""

    scale: float
    rect: QRectF

    @property
    def size(self) -> QSize:
        """Return the plate's size in device pixels."""
        return QSize(
            max(1, round(self.rect.width() * self.scale)), max(1, round(self.rect.height() * self.scale))
        )


def whole(sheet_rect: QRectF, scale: float) -> PlateSpec:
    """Return the spec of a whole page, at most `MOST_PIXELS`."""
    area = sheet_rect.width() * sheet_rect.height()
    return PlateSpec(min(scale, (MOST_PIXELS / area) ** 0.5), sheet_rect)


def coarse_plate(tone: Path, colours: MapColours, height: int) -> QImage:
    """Return the bare tone on the paper's colour, quickly: what is seen before the atlas is open."""
    small = tone.with_suffix(".coarse.jpg")
    reader = QImageReader(str(small if small.is_file() else tone))
    full = reader.size()
    if not full.isValid():
        return QImage()
    if full.height() > height:
        reader.setScaledSize(full.scaled(full.width(), height, Qt.AspectRatioMode.KeepAspectRatio))
    read = reader.read()
    image = QImage(read.size(), QImage.Format.Format_RGB32)
    image.fill(colours["paper"])
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.drawImage(0, 0, read.convertToFormat(QImage.Format.Format_RGB32))
    painter.end()
    return image
