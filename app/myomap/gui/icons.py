"""Line icons in the text's colour, drawn from small SVGs at the size and ratio that is asked for."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SHAPES = {
    "atlas": (
        '<circle cx="12" cy="4.5" r="2.5"/><path d="M12 7v8M5 10.5c2.5-1.6 4.5-2 7-2s4.5.4 7 2M12'
        ' 15l-3.5 7M12 15l3.5 7"/>'
    ),
    "visit": (
        '<rect x="5" y="4" width="14" height="17" rx="2"/><path d="M9 4V2.5h6V4M8.5 10h7M8.5 14h7M8.5 18h4"/>'
    ),
    "patients": (
        '<circle cx="9" cy="8" r="3.2"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M15.5 5.200a3.2 3.2'
        ' 0 0 1 0 5.6M18 14.6c2 .9 3.2 2.7 3.5 5.4"/>'
    ),
    "learn": (
        '<path d="M12 6c-2-1.6-5-2-8.5-2v14c3.5 0 6.5.4 8.5 2 2-1.6 5-2 8.5-2V4C17 4 14 4.4 12 6zM12 6v14"/>'
    ),
    "study": '<path d="M2 9l10-4.5L22 9l-10 4.5zM6 11v5c2 2 4 2.8 6 2.8s4-.8 6-2.8v-5M22 9v6"/>',
    "settings": (
        '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9"'
        ' cy="17" r="2.2"/>'
    ),
    "theme": '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 0 0 17z" fill="currentColor"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "save": '<path d="M12 3.5v11.5M7 10.5l5 5 5-5M4 16v4.5h16V16"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "fit": '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
    "one": '<path d="M14 4.500h5.500V10M19.500 4.500L13 11M10 19.500H4.500V14M4.500 19.500L11 13"/>',
    "pointer": '<path d="M6 3.500l12.500 9.500-5.700 1-2.800 5.500z"/>',
    "two": '<rect x="3" y="4" width="8" height="16" rx="2"/><rect x="13" y="4" width="8" height="16" rx="2"/>',
    "down": '<path d="M6 9.5l6 6 6-6"/>',
    "tree": '<path d="M4 5h4M11 5h9M7 12h4M14 12h6M7 19h4M14 19h6"/>',
    "pin": '<path d="M9 3.5h6l-1 6 3.5 3.500v1.500h-11v-1.500L10 9.500zM12 14.500V21"/>',
    "warning": '<path d="M12 3.5L22 20.5H2zM12 10v5M12 17.8v.2"/>',
    "swap": '<path d="M4 8h15l-4-4M20 16H5l4 4"/>',
    "cross": '<path d="M5 5l14 14M19 5L5 19"/>',
    "book": '<path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11"/>',
    "pen": '<path d="M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4"/>',
    "person": '<circle cx="12" cy="7.5" r="4"/><path d="M4 21c.6-5 3.5-7.5 8-7.5s7.4 2.5 8 7.5"/>',
    "lock": '<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "print": (
        '<path d="M7 8V3h10v5M7 17H4V9.5A1.5 1.5 0 0 1 5.5 8h13A1.5 1.5 0 0 1 20 9.5V17h-3"/><rect'
        ' x="7" y="14" width="10" height="7"/>'
    ),
    "undo": '<path d="M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3"/>',
    "redo": '<path d="M16 5l4 4-4 4M20 9H10a6 6 0 0 0 0 12h3"/>',
    "brush": (
        '<path d="M20 4c-4 1.5-8.5 5.5-10.5 9l2.5 2.5C15.5 13.5 19 8.5 20 4zM8.5 14.5c-2 0-3 1.2-3.2'
        ' 3-.1 1-.8 2-2.300 2.5 3 1.2 7 .5 7.5-3z"/>'
    ),
    "eraser": '<path d="M8 20l-5-5L14 4l6 6-10 10zM8.5 9.5l6 6M8 20h12"/>',
    "lasso": (
        '<path d="M7 17c-3-1-4.5-3-4.5-5.5C2.5 7.5 7 5 12 5s9.5 2.5 9.5 6.5S17 18 12 18c-1'
        ' 0-2-.1-3-.3"/><circle cx="8" cy="17" r="1.8"/><path d="M7.5 19c0 1.5-.5 2.5-2 3"/>'
    ),
    "region": '<path d="M5 5l8-1 6 5-2 9-9 2-4-7z"/>',
}


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int = 20, ratio: float = 2.0) -> QPixmap:
    """Return an icon's picture."""
    body = _SHAPES[name].replace("currentColor", colour)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
        f'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">{body}</svg>'
    )
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, colour: str, size: int = 20) -> QIcon:
    """Return an icon in a colour."""
    return QIcon(pixmap(name, colour, size))
