"""Anki packages from the window: written off its thread, with the pictures as JPEG."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QLabel, QWidget

from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.messages import Message, message_for
from myomap.study.decks import Deck

if TYPE_CHECKING:
    from myomap.study.anki_export import Packer
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
    pack: "Packer",
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
        lambda: write_package(atlas, maker, deck, path, pack, on_card=heard, shrink=as_jpeg), done, failed
    )


class Room(Protocol):
    """What packages ask of the place."""

    deck: Deck
    maker: "QuestionMaker | None"
    waiting: QWidget
    waiting_words: QLabel

    def show_page(self, page: QWidget) -> None: ...
    def show_today(self) -> None: ...
    def take_deck(self, deck: Deck, keep: bool) -> None: ...


class Packages(QObject):
    """Asks for files, writes and reads them, and says what came of it."""

    def __init__(
        self,
        context: Context,
        room: Room,
        read: Callable[[Path], Deck],
        pack: "Packer",
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._context, self._room, self.read, self._pack = context, room, read, pack

    def choose(self, which: str) -> None:
        """Ask for the file to ``export`` to or to ``import``."""
        prompts = self._context.prompts
        if which == "export":
            name = "".join(c if c.isalnum() else "-" for c in self._room.deck.name.lower())
            start = Path.home() / f"myomap-{name}.apkg"
            prompts.save_file("Export for Anki", start, "Anki package (*.apkg)", self.write)
        else:
            kinds = "Anki package (*.apkg);;All files (*)"
            prompts.open_file("Import a deck", Path.home(), kinds, self.take)

    def write(self, path: Path) -> None:
        """Write the deck as a package with pictures, off the window's thread."""
        room, prompts = self._room, self._context.prompts
        if room.maker is None:
            return
        room.show_page(room.waiting)

        def done(count: int) -> None:
            room.show_today()
            prompts.tell(Message("The Anki package is written.", f"{count} cards are in {path}."))

        def failed(error: Exception) -> None:
            room.show_today()
            prompts.tell(message_for(error))

        words = room.waiting_words
        export_deck(self._context, room.maker, room.deck, path, self._pack, words, done, failed)

    def take(self, path: Path) -> None:
        """Take the cards of a package that Myomap wrote as a deck of one's own."""
        room, prompts = self._room, self._context.prompts
        try:
            deck = self.read(path)
        except (MyomapError, OSError) as error:
            prompts.tell(message_for(error))
            return
        if room.maker is not None:
            gone = sum(1 for card in deck.cards if not room.maker.knows(card))
            if gone == len(deck.cards):
                words = "It was left where it is; nothing was changed."
                prompts.tell(Message("Nothing of this deck is in this atlas.", words))
                return
            if gone:
                words = f"{gone} of its {len(deck.cards)} cards ask about something that this atlas does not have."
                prompts.tell(Message("The deck was imported in part.", words))
        room.take_deck(deck, keep=True)
        prompts.say(f"The deck “{deck.name}” is among yours now: {len(deck.cards)} cards.")
