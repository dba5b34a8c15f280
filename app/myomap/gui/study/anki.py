"""Anki packages from the window: written off its thread, with the pictures as JPEG."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QSizePolicy

from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.messages import Message, message_for
from myomap.gui.parts import label, row
from myomap.gui.study.words import count_words
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


class ExportStrip(QFrame):
    """Says beneath the page how far a package is, stops it, and says where it is: the student goes on meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.words = label("", "muted", wrap=False)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Writing the Anki package")
        self.progress.setFixedWidth(180)
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("Write no package; your progress is unchanged")
        self.dismiss = QPushButton("Close")
        self.dismiss.clicked.connect(self.hide)
        # a long path gives way, it must not widen the window
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line = row(self.words, self.progress, self.stop, self.dismiss, gap=12)
        line.setContentsMargins(16, 6, 16, 6)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def tell(self, name: str, done: int, of: int, *, stopped: bool = False) -> None:
        """Say how far it is; ``of`` is 0 until that is known."""
        if stopped:
            words = "Stopping …"
        else:
            words = f"{done:,} of {of:,} cards" if of else "…"
        self.words.setText(f"Anki package of “{name}”: {words}")
        self.words.setToolTip("")
        self.progress.setRange(0, of)
        self.progress.setValue(done)
        self._is_over(False)

    def say_done(self, words: str) -> None:
        """Say where the package is until it is read: a box would come amid an answer, perhaps in an exam."""
        self.words.setText(words)
        self.words.setToolTip(words)
        self._is_over(True)

    def _is_over(self, over: bool) -> None:
        self.progress.setVisible(not over)
        self.stop.setVisible(not over)
        self.dismiss.setVisible(over)
        self.show()


@dataclass(slots=True)
class _Far:
    """What the thread and the window share: nothing of Qt, which must not end in the thread."""

    done: int = 0
    of: int = 0
    stopped: bool = False


class Export:
    """One deck that is written as a package off the window's thread."""

    def __init__(self, context: Context, strip: ExportStrip, name: str) -> None:
        self._context, self._strip, self._name = context, strip, name
        self._far = _Far()
        self._timer = QTimer(strip)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._tell)
        strip.stop.clicked.connect(self.stop)

    def begin(
        self,
        write: Callable[[Callable[[int, int], None], Callable[[], bool]], int],
        on_done: Callable[[int], None],
        on_failed: Callable[[Exception], None],
    ) -> None:
        """Call ``write(heard, stop)`` in a thread."""

        far = self._far

        def heard(done: int, of: int) -> None:
            far.done, far.of = done, of

        def done(count: int) -> None:
            self._end()
            on_done(count)

        def failed(error: Exception) -> None:
            self._end()
            on_failed(error)

        self._timer.start()
        self._tell()
        self._context.pool.run(lambda: write(heard, lambda: far.stopped), done, failed, owner=self._strip)

    def stop(self) -> None:
        """Let it end at the next card."""
        self._far.stopped = True
        self._strip.stop.setEnabled(False)
        self._tell()

    def _tell(self) -> None:
        far = self._far
        self._strip.tell(self._name, far.done, far.of, stopped=far.stopped)

    def _end(self) -> None:
        self._timer.stop()
        self._timer.deleteLater()
        self._strip.stop.clicked.disconnect(self.stop)
        self._strip.stop.setEnabled(True)
        self._strip.hide()


class Room(Protocol):
    """What packages ask of the place."""

    deck: Deck
    maker: "QuestionMaker | None"
    strip: ExportStrip

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
        self.export: Export | None = None

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
        from myomap.study.anki_export import ExportStoppedError, write_package

        maker, deck, prompts = self._room.maker, self._room.deck, self._context.prompts
        if maker is None:
            return
        if self.export is not None:
            prompts.tell(
                Message(
                    "A package is being written already.",
                    "Wait until it is done, or stop it beneath the page.",
                )
            )
            return
        atlas = self._context.open_atlas()

        def done(count: int) -> None:
            self.export = None
            self._room.strip.say_done(f"The Anki package is written: {count_words(count, 'card')} in {path}.")

        def failed(error: Exception) -> None:
            self.export = None
            if isinstance(error, ExportStoppedError):
                prompts.say("Stopped. No Anki package was written.")
            else:
                prompts.tell(message_for(error))

        self.export = Export(self._context, self._room.strip, deck.name)
        self.export.begin(
            lambda heard, stop: write_package(
                atlas, maker, deck, path, self._pack, on_card=heard, stop=stop, shrink=as_jpeg
            ),
            done,
            failed,
        )

    def leave(self) -> None:
        """Give up what is being written: the program ends."""
        if self.export is not None:
            self.export.stop()

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
