"""Plates onto the screen: pixel for pixel at their own scale, smoothly scaled at another."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap, QTransform

from myomap.gui.map.plate_spec import PlateSpec


def same_scale(one: float, other: float) -> bool:
    """Tell whether two scales are the same but for rounding."""
    return abs(one - other) <= 1e-4 * max(one, other)


def blit(
    painter: QPainter,
    world: QTransform,
    exposed: QRectF,
    plate: tuple[PlateSpec, QPixmap],
    *,
    scale: float,
    ratio: float,
) -> None:
    """Draw what is exposed of a plate; the painter is in window pixels, ``scale`` is window pixels a mm."""
    spec, pixmap = plate
    target = world.mapRect(spec.rect)
    if same_scale(spec.scale, scale * ratio):
        pixmap.setDevicePixelRatio(ratio)
        painter.setClipRect(exposed)
        origin = QPointF(round(target.x() * ratio) / ratio, round(target.y() * ratio) / ratio)
        painter.drawPixmap(origin, pixmap)
        return
    pixmap.setDevicePixelRatio(1)
    part = exposed.intersected(target)
    if part.isEmpty():
        return
    fx, fy = pixmap.width() / target.width(), pixmap.height() / target.height()
    source = QRectF(
        (part.x() - target.x()) * fx, (part.y() - target.y()) * fy, part.width() * fx, part.height() * fy
    )
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(part, pixmap, source)
