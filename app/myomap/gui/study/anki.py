"""Anki packages from the window: written off its thread, with the pictures as JPEG."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QTimer
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QLabel

from myomap.gui.context import Context
from myomap.study.decks import Deck

if TYPE_CHECKING:
    from myomap.study.makers import QuestionMaker


def as_jpeg(png: bytes) -> bytes:
    """Return a picture as JPEG on white; as it is where Qt cannot read it."""
    image = QImage.fromData(png)
    if image.isNull():
        return png
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(QColor("#ffffff"))
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    body = QByteArray()
    buffer = QBuffer(body)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpg"))
    writer.setQuality(82)
    return bytes(body.data()) if writer.write(flat) else png


def export_deck(
    context: Context,
    maker: "QuestionMaker",
    deck: Deck,
    path: Path,
    words: QLabel,
    on_done: Callable[[int], None],
    on_failed: Callable[[Exception], None],
) -> None:
    """Write a deck off the window's thread; ``words`` tell how far it is."""
    from myomap.study.anki_export import write_package

    far = [0, 0]

    def heard(done: int, of: int) -> None:
        far[:] = [done, of]

    def tell() -> None:
        words.setText(f"Drawing the pictures of the Anki package: {far[0]} of {far[1] or '…'} cards.")

    timer = QTimer(words)
    timer.timeout.connect(tell)
    timer.start(300)
    tell()

    def done(count: int) -> None:
        timer.stop()
        on_done(count)

    def failed(error: Exception) -> None:
        timer.stop()
        on_failed(error)

    atlas = context.open_atlas()
    context.pool.run(
        lambda: write_package(atlas, maker, deck, path, on_card=heard, shrink=as_jpeg), done, failed
    )
