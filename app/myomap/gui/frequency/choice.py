"""Which drawings make the group: period, patients, and what is drawn."""

from datetime import date

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QWidget

from myomap.gui.forms import Choice, DateLine, Field
from myomap.gui.parts import column, heading, label, link, row
from myomap.records.group import Wanted, Which
from myomap.records.values import Quality, Sex
from myomap.report.wording import QUALITY_WORDS

#: How long the window waits for another change before it reads.
PAUSE_MS = 350
#: What a field has around its text, both sides.
_DAY_EDGE_PX = 28
#: Age bands: value, words, youngest, oldest.
AGES: tuple[tuple[str, str, int | None, int | None], ...] = (
    ("child", "Under 18", None, 17),
    ("18", "18 to 29", 18, 29),
    ("30", "30 to 44", 30, 44),
    ("45", "45 to 59", 45, 59),
    ("60", "60 to 74", 60, 74),
    ("75", "75 or older", 75, None),
)


class GroupChoice(QWidget):
    """Fields that say which drawings are wanted; each change is told after a short pause."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.which = Choice(
            "Which drawings of each patient",
            [(str(Which.LAST), "Last"), (str(Which.FIRST), "First"), (str(Which.ALL), "All")],
            str(Which.LAST),
            optional=False,
        )
        self.since, self.until = DateLine(name="From day"), DateLine(name="Until day")
        self.since_field, self.until_field = Field("From day", self.since), Field("Until day", self.until)
        self.sex = Choice(
            "Sex", [(str(Sex.FEMALE), "Female"), (str(Sex.MALE), "Male"), (str(Sex.OTHER), "Other")]
        )
        self.age = Choice("Age at the visit", [(value, words) for value, words, _, _ in AGES])
        self.quality = Choice("How it feels", [(str(q), QUALITY_WORDS[q]) for q in Quality])
        self.strength = Choice("At least so strong", [(str(n), str(n)) for n in range(1, 11)], keys=True)
        for button in self.strength.buttons.values():
            button.setProperty("kind", "number")
        self.archived = QCheckBox("Archived patients too")
        self.problem = label("", "problem")
        self.problem.hide()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self.changed)
        self._lay_out()
        for choice in (self.which, self.sex, self.age, self.quality, self.strength):
            choice.chosen.connect(lambda _: self._soon.start())
        for line in (self.since, self.until):
            line.textChanged.connect(lambda _: self._soon.start())
        self.archived.toggled.connect(lambda _: self._soon.start())

    def _lay_out(self) -> None:
        lines = column(self, margin=16, gap=8)
        lines.addWidget(heading("Which drawings of each patient"))
        lines.addWidget(self.which)
        self._days = row(gap=8)
        self._days.addWidget(self.since_field, 1)
        self._days.addWidget(self.until_field, 1)
        lines.addLayout(self._days)
        lines.addSpacing(6)
        lines.addWidget(heading("Which patients"))
        lines.addWidget(label("Sex", "small"))
        lines.addWidget(self.sex)
        lines.addWidget(label("Age at the visit", "small"))
        lines.addWidget(self.age)
        lines.addWidget(self.archived)
        lines.addSpacing(6)
        lines.addWidget(heading("Only what is drawn"))
        lines.addWidget(label("How it feels", "small"))
        lines.addWidget(self.quality)
        lines.addWidget(label("At least so strong, of 10", "small"))
        lines.addWidget(self.strength)
        lines.addWidget(self.problem)
        lines.addLayout(row(link("Choose all again", self.reset), None))
        lines.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Days stand side by side where each can be read whole."""
        super().resizeEvent(event)
        day = self.since.fontMetrics().horizontalAdvance("2026-12-30") + _DAY_EDGE_PX
        beside = self.width() >= 2 * day + self._days.spacing() + 32
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._days.direction() is not wanted:
            self._days.setDirection(wanted)

    def reset(self) -> None:
        """Ask for everybody's last drawing again."""
        self.which.set_current(str(Which.LAST))
        for choice in (self.sex, self.age, self.quality, self.strength):
            choice.set_current("")
        for line in (self.since, self.until):
            line.clear()
        self.archived.setChecked(False)
        self._soon.start()

    def forget(self) -> None:
        """Ask for everybody's last drawing again, without telling."""
        self.reset()
        self._soon.stop()
        self.wanted()  # takes the sentences away

    def wanted(self) -> Wanted | None:
        """Return what is chosen; None, with a sentence beside the field, where that cannot be."""
        since, until = self._day(self.since, self.since_field), self._day(self.until, self.until_field)
        ages = {value: (youngest, oldest) for value, _, youngest, oldest in AGES}
        youngest, oldest = ages.get(self.age.current, (None, None))
        made = Wanted(
            which=Which(self.which.current),
            since=since[0],
            until=until[0],
            sexes=frozenset({Sex(self.sex.current)} if self.sex.current else ()),
            youngest=youngest,
            oldest=oldest,
            archived=self.archived.isChecked(),
            qualities=frozenset({Quality(self.quality.current)} if self.quality.current else ()),
            intensity=int(self.strength.current or 0),
        )
        self.problem.setText(made.problem())
        self.problem.setVisible(bool(made.problem()))
        return made if since[1] and until[1] and not made.problem() else None

    @staticmethod
    def _day(line: DateLine, field: Field) -> tuple[date | None, bool]:
        try:
            day = line.value()
        except ValueError as error:
            field.show_problem(str(error))
            return None, False
        field.show_problem("")
        return day, True
