"""Exams: made from a deck or opened from a file; the result with PDF and CSV."""

import secrets
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QScrollArea, QWidget

from myomap.gui.context import Context
from myomap.gui.parts import Card, column, heading, label, row
from myomap.gui.study.controls import NumberBox, enter_presses
from myomap.gui.study.words import KINDS, count_words, told_and_asked
from myomap.study.exam import MOST_MINUTES, Exam, right_words

if TYPE_CHECKING:
    from myomap.report.exam import ExamSheet


class ExamSetup(QWidget):
    """What an exam is made of."""

    begun = Signal()
    kept = Signal()
    opened = Signal()
    left = Signal()

    def __init__(self, context: Context, deck_name: str, cards: int) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context = context
        inside = QWidget()
        inside.setObjectName("page")
        lines = column(inside, margin=32, gap=12)
        back = QPushButton("Back (Esc)")
        back.clicked.connect(self.left)
        back.setShortcut("Escape")
        lines.addLayout(row(label("Exam", "title"), None, back))
        lines.addWidget(
            label(
                "Nothing is told until the end, and nothing counts for your daily cards. The same number gives the "
                "same questions; for a class, hand out one file.",
                "muted",
            )
        )
        self.who = QLineEdit()
        self.who.setPlaceholderText("for the result; kept nowhere else")
        self.who.setAccessibleName("Your name")
        who = Card()
        who.setMaximumWidth(context.look.px(640))
        self._add_line(who, "Your name", self.who)
        lines.addWidget(who)
        card = Card()
        card.setMaximumWidth(context.look.px(640))
        card.body.addWidget(heading(f"From the deck · {deck_name} · {count_words(cards, 'card')}"))
        self.title = QLineEdit(f"Exam: {deck_name}")
        self.title.setAccessibleName("Title of the exam")
        self.count = NumberBox("Number of questions", 1, min(200, max(1, cards)), 20)
        self.minutes = NumberBox("Minutes, 0 for no limit", 0, MOST_MINUTES, 15)
        self.seed = NumberBox("Number that decides the questions", 0, 999_999, secrets.randbelow(1_000_000))
        for words, widget in (
            ("Title", self.title),
            ("Questions", self.count),
            ("Minutes (0: no limit)", self.minutes),
            ("Number that decides the questions", self.seed),
        ):
            self._add_line(card, words, widget)
        begin = QPushButton("Begin the exam")
        begin.setProperty("kind", "primary")
        begin.clicked.connect(self.begun)
        keep = QPushButton("Save as a file for a class …")
        keep.clicked.connect(self.kept)
        card.body.addLayout(row(begin, keep, None))
        lines.addWidget(card)
        other = Card()
        other.setMaximumWidth(context.look.px(640))
        other.body.addWidget(heading("From a file"))
        open_file = QPushButton("Open an exam file …")
        open_file.clicked.connect(self.opened)
        other.body.addLayout(row(open_file, None))
        lines.addWidget(other)
        lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        column(self).addWidget(scroll)
        enter_presses(self)

    def _add_line(self, card: Card, words: str, widget: QWidget) -> None:
        widget.setMinimumWidth(self._context.look.px(130))
        line = row(gap=12)
        line.addWidget(label(words), 4)
        line.addWidget(widget, 5)
        card.body.addLayout(line)


class ExamResult(QWidget):
    """How an exam went, question by question."""

    pdf_wanted = Signal()
    csv_wanted = Signal()
    left = Signal()

    def __init__(self, context: Context, exam: Exam, who: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.sheet = sheet_of(exam, who)
        inside = QWidget()
        inside.setObjectName("page")
        lines = column(inside, margin=32, gap=10)
        back = QPushButton("Back (Esc)")
        back.clicked.connect(self.left)
        back.setShortcut("Escape")
        lines.addLayout(row(label(exam.paper.title, "title"), None, back))
        sheet = self.sheet
        points = "1 point" if sheet.points == 1 else f"{sheet.points:.3g} points"
        score = f"{sheet.right} of {len(sheet.lines)} right · {points} · {sheet.percent} %"
        lines.addWidget(label(score, "question"))
        if len(exam.answers) < len(exam.questions):
            missing = len(exam.questions) - len(exam.answers)
            lines.addWidget(
                label(f"{count_words(missing, 'question')} not answered: counted as wrong.", "muted")
            )
        pdf, table = QPushButton("Save as PDF…"), QPushButton("Save as CSV…")
        pdf.clicked.connect(self.pdf_wanted)
        table.clicked.connect(self.csv_wanted)
        lines.addLayout(row(pdf, table, None))
        for number, line in enumerate(sheet.lines, start=1):
            card = Card()
            verdict = label(
                "✓ right" if line.is_right else "✗ not right",
                "mark_good" if line.is_right else "mark_bad",
                wrap=False,
            )
            card.body.addLayout(row(label(f"{number} · {line.kind}", "small", wrap=False), None, verdict))
            for text, is_asked in told_and_asked(line.prompt):
                card.body.addWidget(label(text, "strong" if is_asked else ""))
            card.body.addWidget(label(f"Your answer: {line.answered or 'none'}"))
            if not line.is_right:
                card.body.addWidget(label(f"Right would be: {line.right}"))
            lines.addWidget(card)
        lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        column(self).addWidget(scroll)
        enter_presses(self)


def sheet_of(exam: Exam, who: str) -> "ExamSheet":
    """Return an exam that is over as what is printed."""
    from myomap.report.exam import ExamLine, ExamSheet

    exam.finish()
    assert exam.ended is not None
    lines = tuple(
        ExamLine(
            KINDS[a.question.kind],
            a.question.prompt,
            a.words,
            right_words(a.question),
            1.0 if a.grade.is_right else a.grade.score,
            a.grade.is_right,
            a.seconds,
            a.question.source,
        )
        for a in exam.all_answers()
    )
    return ExamSheet(
        exam.paper.title, who.strip(), exam.begun, exam.ended, exam.paper.minutes, exam.paper.seed,
        exam.paper.map_version, lines,
    )  # fmt: skip
