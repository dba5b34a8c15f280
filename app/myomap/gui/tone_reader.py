"""Reads a part of a grey picture at the size in which it is printed; given to the atlas, as documents have no Qt."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QImageReader

from myomap.surface.atlas_source import TonePart

#: JPEG quality: no block is seen at 300 dpi, and a page of maps stays small enough to send.
QUALITY = 76


@lru_cache(maxsize=24)
def read_part(path: Path, part: tuple[float, float, float, float], pixels: int) -> TonePart | None:
    """Return the part (left, top, right, bottom, as shares of the picture) ``pixels`` tall, never enlarged.

    None where the picture cannot be read. Safe in any thread.
    """
    reader = QImageReader(str(path))
    full = reader.size()
    if not full.isValid():
        return None
    left, top = int(part[0] * full.width()), int(part[1] * full.height())
    right = min(full.width(), -int(-part[2] * full.width() // 1))
    bottom = min(full.height(), -int(-part[3] * full.height() // 1))
    kept = QRect(left, top, right - left, bottom - top)
    if kept.isEmpty():
        return None
    shrink = min(1.0, max(1, pixels) / kept.height())
    if kept.size() != full:
        reader.setClipRect(kept)
    if shrink < 1.0:
        reader.setScaledSize(
            QSize(max(1, round(kept.width() * shrink)), max(1, round(kept.height() * shrink)))
        )
    image = reader.read()
    body = QByteArray()
    buffer = QBuffer(body)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if image.isNull() or not image.save(buffer, "JPG", QUALITY):  # type: ignore[call-overload]
        return None
    shares = (left / full.width(), top / full.height(), right / full.width(), bottom / full.height())
    return TonePart(bytes(body.data()), shares)
