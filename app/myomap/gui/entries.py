"""Fields for words, numbers and dates: what is typed is told after a pause, when the field is left, or at once.

Nothing typed is ever cut, tidied or taken away: what cannot be kept stays in its field until it is mended.
"""

import re
from datetime import date

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QResizeEvent,
    QTextOption,
)
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

#: Typing is saved after a pause of this long, and when the field is left.
PAUSE_MS = 500
#: Words grow to so many lines, then they scroll.
MOST_LINES = 12
#: A line takes more than may be kept, so that it is refused with a sentence and never cut in silence.
MOST_CHARACTERS = 1_100_000
#: What ends a line inside a text document, as everybody else writes it.
_LINE_ENDS = ("\u2029", "\u2028", "\ufdd0", "\ufdd1")
_ENDLESS = re.compile(r"\S{2000}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATE_WORDS = "Write the date as 1980-05-17."


def read_date(text: str) -> date | None:
    """Return the date that a text says, None for an empty one; ValueError with a sentence.

    >>> read_date("17 May 1980")
    datetime.date(1980, 5, 17)
    """
    clean = text.strip().lower()
    if not clean:
        return None
    iso = re.fullmatch(r"(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})", clean)
    dotted = re.fullmatch(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", clean)
    words = re.fullmatch(r"(\d{1,2})\.? ([a-z]{3,9})\.?,? (\d{4})", clean)
    slashes = re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", clean)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        if words and words[2][:3] in _MONTHS:
            return date(int(words[3]), _MONTHS.index(words[2][:3]) + 1, int(words[1]))
        if slashes:
            one, two, year = int(slashes[1]), int(slashes[2]), int(slashes[3])
            if one > 12 >= two:
                return date(year, two, one)
            if two > 12 >= one:
                return date(year, one, two)
            if one <= 12 and two <= 12 and one != two:
                raise ValueError(f"“{text.strip()}” can be read in two ways. {DATE_WORDS}")
            if one == two:
                return date(year, one, two)
    except ValueError as error:
        if "two ways" in str(error):
            raise
        raise ValueError(f"“{text.strip()}” is not a day. {DATE_WORDS}") from error
    raise ValueError(f"“{text.strip()}” is not a date. {DATE_WORDS}")


class TextEntry(QPlainTextEdit):
    """Words that are told after a pause of typing and when the field is left. Grows with its text.

    ``draft``: kept only when a button is pressed, so until then nobody has them.
    """

    typed = Signal(str)

    def __init__(
        self, name: str, text: str = "", *, hint: str = "", lines: int = 2, draft: bool = False
    ) -> None:
        super().__init__(text)
        self._least = lines
        self.draft = draft
        self._retired = False
        self._told = self._kept = self.words()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.tell)
        self.textChanged.connect(self._on_text_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self.updateGeometry())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        wanted = self.document().size().height()
        # a bar only where there is more than is shown: one line must not have one
        bar = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded
            if wanted > MOST_LINES
            else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setVerticalScrollBarPolicy(bar)
        count = min(MOST_LINES, max(self._least, wanted))
        return QSize(200, round(line * count + 24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.document().size().height() <= MOST_LINES:
            self.verticalScrollBar().setValue(0)  # it has grown for all lines: the first must not stay above

    def words(self) -> str:
        """Return the text as it was typed or pasted (toPlainText makes spaces of no-break spaces)."""
        text = self.document().toRawText()
        for end in _LINE_ENDS:
            text = text.replace(end, "\n")
        return text

    @property
    def composing(self) -> bool:
        """Tell whether an input method has text in hand that is not yet in the field."""
        return bool(self.textCursor().block().layout().preeditAreaText())

    @property
    def unkept(self) -> bool:
        """Tell whether there are words here that nobody has: a draft, or what was refused."""
        return bool(self.words().strip()) if self.draft else self.words() != self._kept

    def show_text(self, text: str) -> None:
        """Show what is kept now; words that are being typed, or were refused, are left alone."""
        if self.composing or self.words() != self._told or (text == self._kept != self._told):
            return
        self.begin(text)

    def begin(self, text: str) -> None:
        """Show a text, whatever stands here."""
        self._pause.stop()
        if text != self.words():
            self._wrap_for(text)
            self.blockSignals(True)
            self.setPlainText(text)
            self.blockSignals(False)
            self.updateGeometry()
        # as the field holds it: what it cannot show (\r) must not pass for typing
        self._told = self._kept = self.words()

    def flush(self) -> None:
        """Tell at once what was typed, and what an input method has in hand."""
        if self.composing and not self._retired:
            _commit(self, self.textCursor().block().layout().preeditAreaText())
        self.tell()

    def retire(self) -> None:
        """Say nothing more: what the field belonged to lies open no longer."""
        self._pause.stop()
        self._retired = True

    def tell(self) -> None:
        """Tell what was typed; what an input method has in hand is left to it."""
        self._pause.stop()
        if self.words() != self._told and not self._retired:
            self._told = self.words()
            self.typed.emit(self._told)

    def _on_text_changed(self) -> None:
        self.updateGeometry()
        if self.words() != self._told:
            self._pause.start()

    def _wrap_for(self, text: str) -> None:
        """Break lines anywhere where a word is endless: Qt takes minutes to look for a better place."""
        if _ENDLESS.search(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.tell()

    def insertFromMimeData(self, source: QMimeData) -> None:
        self._wrap_for(source.text())
        super().insertFromMimeData(source)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return not _files(source) and super().canInsertFromMimeData(source)


class LineEntry(QLineEdit):
    """One line that is told after a pause of typing (unless ``pause`` is off) and when the field is left.

    ``draft``: kept only when a button is pressed, so until then nobody has it.
    """

    typed = Signal(str)

    def __init__(
        self,
        name: str,
        text: str = "",
        *,
        hint: str = "",
        width: int = 0,
        draft: bool = False,
        pause: bool = True,
    ) -> None:
        super().__init__()
        self.setMaxLength(MOST_CHARACTERS)
        self.setText(text)
        self.draft = draft
        self._retired = False
        self._preedit = ""
        self._told = self._kept = self.text()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self._wide = width
        if width:
            self.setFixedWidth(width)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.tell)
        if pause:
            self.textEdited.connect(lambda _: self._pause.start())
        self.editingFinished.connect(self.tell)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._wide and event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setFixedWidth(round(self._wide * max(14, self.font().pixelSize()) / 14))

    @property
    def composing(self) -> bool:
        """Tell whether an input method has text in hand that is not yet in the field."""
        return bool(self._preedit)

    @property
    def unkept(self) -> bool:
        """Tell whether something stands here that nobody has: a draft, or what was refused."""
        return bool(self.text().strip()) if self.draft else self.text() != self._kept

    def show_text(self, text: str) -> None:
        """Show what is kept now; what is being typed, or was refused, is left alone."""
        if self.composing or self.text() != self._told or (text == self._kept != self._told):
            return
        self.begin(text)

    def begin(self, text: str) -> None:
        """Show a text, whatever stands here."""
        self._pause.stop()
        if text != self.text():
            self.setText(text)
        self._told = self._kept = self.text()

    def flush(self) -> None:
        """Tell at once what was typed, and what an input method has in hand."""
        if self.composing and not self._retired:
            _commit(self, self._preedit)
        self.tell()

    def retire(self) -> None:
        """Say nothing more: what the field belonged to lies open no longer."""
        self._pause.stop()
        self._retired = True

    def tell(self) -> None:
        """Tell what was typed; what an input method has in hand is left to it."""
        self._pause.stop()
        if self.text() != self._told and not self._retired:
            self._told = self.text()
            self.typed.emit(self._told)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._preedit = event.preeditString()
        super().inputMethodEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files(event.mimeData()):
            event.ignore()
        else:
            super().dragEnterEvent(event)


class DateLine(LineEntry):
    """A date as text: 1980-05-17, 17.5.1980 or 17 May 1980. What could be read two ways is refused.

    It is told when the field is left: half a date can be another date.
    """

    def __init__(self, held: date | None = None, *, name: str = "Date") -> None:
        super().__init__(name, held.isoformat() if held else "", hint="1980-05-17", pause=False)

    def value(self) -> date | None:
        """Return the date, None for an empty field; ValueError with a sentence for what is none."""
        return read_date(self.text())


def _files(dropped: QMimeData) -> bool:
    """Tell whether files were dropped or pasted: their paths are nobody's words."""
    return any(url.isLocalFile() for url in dropped.urls())


def _commit(field: TextEntry | LineEntry, text: str) -> None:
    """Take over what an input method has in hand, as if it had been confirmed."""
    QGuiApplication.inputMethod().commit()
    if field.composing:  # the input method does not listen
        event = QInputMethodEvent()
        event.setCommitString(text)
        QCoreApplication.sendEvent(field, event)


def entries(inside: QWidget) -> list[TextEntry | LineEntry]:
    """Return all fields for words in a widget, from the first made to the last."""
    return [each for each in inside.findChildren(QWidget) if isinstance(each, TextEntry | LineEntry)]
