"""What could not be saved before the program ended, above the records until somebody says what becomes of it."""

from collections.abc import Sequence
from functools import reduce

from PySide6.QtWidgets import QFrame, QPlainTextEdit, QPushButton

from myomap.gui.context import Context
from myomap.gui.parts import column, label, row
from myomap.gui.practice.outliving import Outliving
from myomap.gui.visit.merging import lost_words
from myomap.records.edits import Edit
from myomap.records.waiting import LeftVisit, Step

#: More visits, or words of a visit, are counted and not listed.
_MOST_VISITS, _MOST_WORDS = 3, 4000
_SHOW, _HIDE = "Show what was typed", "Hide what was typed"
WORDS = "Not saved when Myomap ended"
HOW = "Each change is saved as its author’s; where the same thing was changed since, you are asked"


class LeftBanner(QFrame):
    """Names the visits, whose changes they are and since when; shows their words when asked. Empty while locked."""

    def __init__(self, context: Context, outliving: Outliving) -> None:
        super().__init__()
        self.setProperty("kind", "danger_card")
        self._context, self._outliving = context, outliving
        self.title = label("", "strong")
        self.visits = label("", "muted")
        self.typed = QPlainTextEdit()
        self.typed.setReadOnly(True)
        self.typed.setTabChangesFocus(True)
        self.typed.setAccessibleName("What was not saved")
        self.typed.setMinimumHeight(context.look.px(40))
        self.typed.setMaximumHeight(context.look.px(110))
        self.save = QPushButton("Save it now")
        self.save.setProperty("kind", "primary")
        self.save.setToolTip(HOW)
        self.show_words = QPushButton(_SHOW)
        self.throw_away = QPushButton("Throw away …")
        self.save.clicked.connect(outliving.save_left)
        self.show_words.clicked.connect(self._turn_words)
        self.throw_away.clicked.connect(self._ask)
        lines = column(self, margin=12, gap=6)
        for each in (self.title, self.visits, self.typed):
            lines.addWidget(each)
        self.typed.hide()
        lines.addLayout(row(self.save, self.show_words, self.throw_away, None))
        outliving.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        visits = self._outliving.left.visits
        self.setVisible(bool(visits))
        self.title.setText(WORDS if visits else "")
        more = len(visits) - _MOST_VISITS
        lines = [_line(each) for each in visits[:_MOST_VISITS]]
        self.visits.setText("\n".join([*lines, *([f"and {more} more visits"] if more > 0 else [])]))
        self._show_typed(bool(visits) and not self.typed.isHidden())

    def _turn_words(self) -> None:
        self._show_typed(self.typed.isHidden())

    def _show_typed(self, on: bool) -> None:
        shown = self._outliving.left.visits if on else ()
        self.typed.setPlainText("\n\n".join(_typed(each) for each in shown))
        self.typed.setVisible(on)
        self.visits.setVisible(not on)  # a low window has no room for both; the field names them, too
        self.show_words.setText(_HIDE if on else _SHOW)

    def _ask(self) -> None:
        self._context.prompts.ask(
            "Throw away what was not saved?",
            "Nothing brings it back. What is in the records stays as it is.",
            "Throw away",
            self._outliving.throw_left_away,
            danger=True,
        )


def _line(left: LeftVisit) -> str:
    """Return whose changes of which visit these are, and when they were made."""
    steps = left.waiting.steps
    number = "one change" if len(steps) == 1 else f"{len(steps)} changes"
    names = " and ".join(dict.fromkeys(step.author.name for step in steps if step.author.name)) or "somebody"
    who = left.name[:80] or "A patient who is not in the records any more"
    where = f"visit of {left.on}" if left.on is not None else "a visit that is not in the records any more"
    return f"{who}, {where}: {number} by {names}, {_span(steps)}"


def _span(steps: Sequence[Step]) -> str:
    times = sorted(step.since.astimezone() for step in steps)
    first, last = times[0], times[-1]
    if first.date() != last.date():
        return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
    until = f" to {last:%H:%M}" if f"{first:%H:%M}" != f"{last:%H:%M}" else ""
    return f"{first:%Y-%m-%d %H:%M}{until}"


def _typed(left: LeftVisit) -> str:
    edits = left.waiting.edits  # of what was typed on and on only the last state is shown
    words = "\n".join(lost_words(reduce(Edit.merged, edits))) if edits else ""
    return f"{_line(left)}\n{words if len(words) <= _MOST_WORDS else words[:_MOST_WORDS] + ' …'}"


__all__ = ["LeftBanner"]
