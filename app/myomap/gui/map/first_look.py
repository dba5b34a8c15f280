"""The plates of the last time, so that the next start shows the maps in colour before the atlas is open.

Pictures of the atlas only, never of a patient. Losing or not being able to write them costs nothing.
"""

import logging
from pathlib import Path

from PySide6.QtGui import QImage, QImageReader

_LOG = logging.getLogger(__name__)


def _path(home: Path, view_id: str, layer: str, colours: str) -> Path:
    return home / "cache" / f"{view_id}-{layer}-{colours}.jpg"


def keep(home: Path, view_id: str, layer: str, colours: str, plate: QImage) -> None:
    """Write a plate of a whole page for the next start."""
    path = _path(home, view_id, layer, colours)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if not plate.save(str(path), quality=88):
        _LOG.info("the plate for the next start could not be kept")


def kept(home: Path, view_id: str, layer: str, colours: str, atlas: Path) -> QImage:
    """Return a plate of the last time; a null image if there is none or the atlas is newer."""
    path = _path(home, view_id, layer, colours)
    try:
        if path.stat().st_mtime < atlas.stat().st_mtime:
            return QImage()
    except OSError:
        return QImage()
    return QImageReader(str(path)).read()
