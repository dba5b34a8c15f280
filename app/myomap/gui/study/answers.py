"""Ways to answer beside the map: options with number keys, a typed name, words for click and brush."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from myomap.gui.flow import Flow
from myomap.gui.parts import Card, Segments, column, label
from myomap.gui.study.brush import RADII, Brush
from myomap.study.questions import AnswerKind, Option, Question

#: An option of more letters than this has its verdict beneath it.
LONG = 40


class OptionCard(Card):
    """One answer to choose, with its number key; after the answer it says whether it was right."""

    def __init__(self, number: int, option: Option) -> None:
        super().__init__(active=True)
        self.option = option
        self.setAccessibleName(f"{number}: {option.text}")
        self._number = label(str(number), "chip", wrap=False)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._number.setFixedWidth(34)
        self._text = label(option.text)
        self._verdict = label("", "small", wrap=False)
        self._verdict.hide()
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(self._number, 0, Qt.AlignmentFlag.AlignTop)
        if len(option.text) > LONG:  # beside it the verdict would press the words into a narrow column
            lines = column(gap=4)
            lines.addWidget(self._text)
            lines.addWidget(self._verdict)
            across.addLayout(lines, 1)
        else:
            across.addWidget(self._text, 1)
            across.addWidget(self._verdict, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(across)
        self.is_chosen = False

    def choose(self, on: bool) -> None:
        """Frame it as chosen, or not."""
        self.is_chosen = on
        self.set_lit(on)
        self.setAccessibleDescription("chosen" if on else "")

    def say(self, *, is_right: bool) -> None:
        """Say whether it was right; a wrong one that was not chosen stays quiet."""
        words = "right answer" if is_right else "not this" if self.is_chosen else ""
        if is_right and self.is_chosen:
            words = "right"
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if not words:
            self._text.setProperty("kind", "muted")
        else:
            self._verdict.setText(("✓ " if is_right else "✗ ") + words)
            self._verdict.setProperty("kind", "mark_good" if is_right else "mark_bad")
            self._verdict.show()
        for each in (self._text, self._verdict):
            each.style().unpolish(each)
            each.style().polish(each)
        self.setAccessibleDescription(words)
        self.set_lit(is_right)


class Answers(QWidget):
    """The means to answer one question. `given` is emitted when an answer is complete."""

    given = Signal()

    def __init__(self, question: Question, brush: Brush | None) -> None:
        super().__init__()
        self.question = question
        self.cards: list[OptionCard] = []
        self.line: QLineEdit | None = None
        self.hint = label("", "muted")
        self.hint.hide()
        self._hints = list(question.hints)
        self._passing: list[QWidget] = []
        self._lines = column(self, gap=8)
        kind = question.answer
        if kind in (AnswerKind.ONE_OF, AnswerKind.SOME_OF):
            self._add_options(question.options)
        elif kind is AnswerKind.TYPED:
            self._add_line()
        elif kind is AnswerKind.PAINT and brush is not None:
            self._add_brush(brush)
        else:
            self._add_words("Click on the map. By keyboard: arrow keys move a pointer, Space chooses.")
        self._lines.addWidget(self.hint)
        self.hint_button = QPushButton("Hint (Ctrl+H)")
        self.hint_button.clicked.connect(self.show_hint)
        self.submit = QPushButton("Answer (Enter)")
        self.submit.setProperty("kind", "primary")
        self.submit.clicked.connect(self.given)
        self.skip = QPushButton("I don't know (Ctrl+D)")
        flow = Flow(8)
        for button in (self.submit, self.skip, self.hint_button):
            flow.addWidget(button)
        self._lines.addLayout(flow)
        # only now: a button without a parent that is made visible is a window of its own for a moment
        self.hint_button.setVisible(bool(self._hints))
        self.submit.setVisible(kind in (AnswerKind.SOME_OF, AnswerKind.TYPED, AnswerKind.PAINT))

    def _add_options(self, options: Sequence[Option]) -> None:
        if self.question.answer is AnswerKind.SOME_OF:
            self._add_words("Choose all that are right.")
        for number, option in enumerate(options, start=1):
            card = OptionCard(number, option)
            card.pressed.connect(lambda each=card: self.choose(each))
            self.cards.append(card)
            self._lines.addWidget(card)

    def _add_line(self) -> None:
        self.line = QLineEdit()
        self.line.setPlaceholderText("Name of the muscle")
        self.line.setAccessibleName("Your answer")
        self._lines.addWidget(self.line)
        self._add_words("English, Latin or an older name; spelling is forgiven, the side is not.")

    def _add_brush(self, brush: Brush) -> None:
        self._add_words(
            "Paint with the left button, take away with the right one (or Erase). Wheel: zoom; middle button:"
            " move. By keyboard: arrow keys and Space. Ctrl+Z takes a stroke back."
        )
        sizes = Segments("Brush", [(str(n), f"{2 * r:.0f} mm") for n, r in enumerate(RADII)], str(brush.size))
        sizes.chosen.connect(lambda text: setattr(brush, "size", int(text)))
        erase = QPushButton("Erase")
        erase.setCheckable(True)
        erase.setChecked(brush.erasing)
        erase.toggled.connect(lambda on: setattr(brush, "erasing", on))
        undo = QPushButton("Undo")
        undo.clicked.connect(brush.undo)
        self._passing += [sizes, erase, undo]
        across = QHBoxLayout()
        across.addWidget(sizes)
        across.addStretch(1)
        tools = QHBoxLayout()
        tools.addWidget(erase)
        tools.addWidget(undo)
        tools.addStretch(1)
        self._lines.addLayout(across)
        self._lines.addLayout(tools)

    def _add_words(self, text: str) -> None:
        words = label(text, "muted")
        self._passing.append(words)
        self._lines.addWidget(words)

    # -- what is answered --------------------------------------------------------------------------
    def choose(self, card: OptionCard) -> None:
        """Choose an option, or take it back where several may be chosen."""
        if self.question.answer is AnswerKind.SOME_OF:
            card.choose(not card.is_chosen)
            return
        for each in self.cards:
            each.choose(each is card)
        self.given.emit()

    def choose_number(self, number: int) -> None:
        """Choose an option by its number."""
        if 1 <= number <= len(self.cards):
            self.choose(self.cards[number - 1])

    @property
    def chosen(self) -> list[str]:
        """Return the ids of the chosen options."""
        return [card.option.id for card in self.cards if card.is_chosen]

    @property
    def typed(self) -> str:
        """Return what was typed."""
        return self.line.text() if self.line is not None else ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing has been answered yet."""
        return not self.chosen and not self.typed.strip()

    def show_hint(self) -> None:
        """Show the next hint."""
        if not self._hints:
            return
        shown = self.hint.text()
        self.hint.setText(f"{shown}\n{self._hints.pop(0)}".strip())
        self.hint.show()
        self.hint_button.setEnabled(bool(self._hints))

    def close_answers(self, *, tell: bool) -> None:
        """Take nothing more; ``tell`` says which options were right."""
        for card in self.cards:
            if tell:
                card.say(is_right=card.option.id in self.question.right)
            else:
                card.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if self.line is not None:
            self.line.setReadOnly(True)
        for each in (self.submit, self.skip, self.hint_button, *self._passing):
            each.hide()

    def take_focus(self) -> None:
        """Let the keyboard begin where the answer is given."""
        if self.line is not None:
            self.line.setFocus()
        elif self.cards:
            self.cards[0].setFocus()
