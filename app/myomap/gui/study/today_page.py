"""The first screen of Study: what is due, one button to begin, the decks."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from myomap.gui.columns import Columns
from myomap.gui.context import Context
from myomap.gui.flow import Flow
from myomap.gui.parts import Card, Segments, clear, column, heading, label, link, row
from myomap.gui.study.controls import NumberBox, enter_presses
from myomap.gui.study.words import DIFFICULTY_WORDS, FIGURES, count_words
from myomap.study.decks import Deck
from myomap.study.figures import Figures
from myomap.study.schedule import StudySettings
from myomap.study.session import Today


class TodayPage(QWidget):
    """Shows counts and offers what can be done; the place decides what happens."""

    started = Signal()
    deck_chosen = Signal(str)
    deck_edited = Signal()
    deck_dropped = Signal(str)
    more_wanted = Signal()
    progress_wanted = Signal()
    exam_wanted = Signal()
    lesson_wanted = Signal(str)
    anki_wanted = Signal(str)
    """``export`` or ``import``."""
    settings_changed = Signal(object)
    figures_chosen = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context = context
        inside = QWidget()
        inside.setObjectName("page")
        self._lines = column(inside, margin=32, gap=16)
        self._scroll = QScrollArea()
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what can be reached is on it
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        column(self).addWidget(self._scroll)
        self.start = QPushButton()
        enter_presses(self, lambda: self.start.click())

    def show_today(
        self,
        deck: Deck,
        today: Today,
        decks: Sequence[tuple[Deck, Today, bool]],
        settings: StudySettings,
        figures: Figures,
        notices: Sequence[str],
    ) -> None:
        """Show a deck's day; ``decks`` with whether each is the student's own; ``notices`` as they are."""
        clear(self._lines)
        self._lines.addWidget(label("Study", "title"))
        for notice in notices:
            card = Card("caution_card")
            card.body.addWidget(label(notice, selectable=True))
            self._lines.addWidget(card)
        beside, under = QWidget(), QWidget()
        left, right = column(beside, gap=16), column(under, gap=12)
        left.addWidget(self._today_card(deck, today))
        left.addWidget(self._more_card(settings, figures))
        left.addStretch(1)
        self._fill_decks(right, deck, decks)
        right.addStretch(1)
        self._lines.addWidget(Columns(((beside, 3), (under, 4)), lambda: self._context.look.px(700)))
        self._lines.addStretch(1)
        # what had the focus is gone, and Qt scrolls to whatever takes it next
        QTimer.singleShot(0, lambda: self._scroll.verticalScrollBar().setValue(0))

    def _today_card(self, deck: Deck, today: Today) -> Card:
        card = Card()
        card.body.setContentsMargins(24, 20, 24, 20)
        card.body.setSpacing(12)
        card.body.addWidget(heading(f"Today · {deck.name}"))
        counts = [f"{count_words(today.due, 'card')} due"] if today.due else []
        counts += [f"{today.new} new"] if today.new and today.due else []
        counts += [count_words(today.new, "new card")] if today.new and not today.due else []
        big = label(", ".join(counts) or "Nothing is due", "title")
        card.body.addWidget(big)
        waiting = today.due + today.new
        if today.learnt == 0 and waiting:
            words = (
                "Nothing has been asked yet. Ten questions take about two minutes; what you know comes back "
            )
            words += "seldom, what you do not know comes back soon."
        elif waiting:
            minutes = max(1, round(waiting * 10 / 60))
            words = f"About {count_words(minutes, 'minute')}. {today.learnt} of {today.cards} cards begun."
        elif today.cards == 0:
            words = "This deck has no cards. Choose or make another one."
        else:
            words = f"Done for today: {today.learnt} of {today.cards} cards begun."
        card.body.addWidget(label(words, "muted"))
        self.start = QPushButton("Start" if today.done == 0 else "Go on")
        self.start.setProperty("kind", "primary")
        self.start.setMinimumHeight(self._context.look.px(36))
        self.start.clicked.connect(self.started)
        if not waiting and today.cards > today.learnt:
            self.start.setText("Ten more new cards")
            self.start.clicked.disconnect()
            self.start.clicked.connect(self.more_wanted)
        self.start.setEnabled(bool(waiting) or today.cards > today.learnt)
        card.body.addWidget(self.start)
        done = f"{count_words(today.done, 'answer')} today" if today.done else ""
        streak = f"{today.streak} days in a row" if today.streak > 1 else ""
        if done or streak:
            card.body.addWidget(label(" · ".join(each for each in (done, streak) if each), "small"))
        return card

    def _more_card(self, settings: StudySettings, figures: Figures) -> Card:
        card = Card()
        card.body.setContentsMargins(24, 16, 24, 20)
        card.body.setSpacing(10)
        card.body.addWidget(heading("More"))
        buttons = []
        for text, deed in (("Progress", self.progress_wanted.emit), ("Exam …", self.exam_wanted.emit)):
            button = QPushButton(text)
            button.clicked.connect(deed)
            buttons.append(button)
        card.body.addLayout(row(*buttons, None))
        card.body.addWidget(label("For a class: nothing is saved, the answer comes", "muted"))
        lesson = []
        for value, text in (("after", "after asking"), ("before", "before asking"), ("only", "only answers")):
            button = QPushButton(text)
            button.setAccessibleName(f"Lesson: {text}")
            button.clicked.connect(lambda _=False, value=value: self.lesson_wanted.emit(value))
            lesson.append(button)
        wrapped = Flow(6)
        for button in lesson:
            wrapped.addWidget(button)
        card.body.addLayout(wrapped)
        card.body.addWidget(label("Anki package", "muted"))
        card.body.addLayout(
            row(
                link("Export this deck …", lambda: self.anki_wanted.emit("export")),
                link("Import a deck …", lambda: self.anki_wanted.emit("import")),
                None,
            )
        )
        new = NumberBox("New cards a day", 0, 200, settings.new_per_day)
        aim = NumberBox("How much you want to remember", 70, 97, round(100 * settings.retention))
        for each in (new, aim):
            each.setFixedWidth(self._context.look.px(84))

        def changed() -> None:
            self.settings_changed.emit(StudySettings(aim.value() / 100, new.value(), settings.parameters))

        new.editingFinished.connect(changed)
        aim.editingFinished.connect(changed)
        card.body.addLayout(row(label("New cards a day", wrap=False), None, new))
        card.body.addLayout(row(label("Aim to remember (%)", wrap=False), None, aim))
        drawn = Segments("Figure", [(str(f), words) for f, words in FIGURES.items()], str(figures))
        drawn.setToolTip("Close-ups of hands, feet and deep layers are drawn for the male figure only")
        drawn.chosen.connect(self.figures_chosen)
        card.body.addLayout(row(label("Figure", wrap=False), None, drawn))
        return card

    def _fill_decks(
        self, lines: QVBoxLayout, current: Deck, decks: Sequence[tuple[Deck, Today, bool]]
    ) -> None:
        make = QPushButton("Choose what to study …")
        make.setToolTip("Body part, joint, layer, nerve or your own list; kinds of question; how hard")
        make.clicked.connect(self.deck_edited)
        lines.addLayout(row(heading("Decks"), None, make))
        for deck, today, own in decks:
            card = Card(active=True)
            card.body.setContentsMargins(16, 10, 16, 10)
            card.setAccessibleName(f"Deck {deck.name}: {today.due} due, {today.new} new")
            card.set_lit(deck == current)
            card.pressed.connect(lambda name=deck.name: self.deck_chosen.emit(name))
            name = label(deck.name, "strong", wrap=False)
            counts = label(f"{today.due} due · {today.new} new", "muted", wrap=False)
            counts.setAlignment(Qt.AlignmentFlag.AlignRight)
            drop = link("Forget", partial(self.deck_dropped.emit, deck.name)) if own else None
            widgets = [name, None, counts] + ([drop] if drop is not None else [])
            card.body.addLayout(row(*widgets))
            kinds = f"{today.learnt} of {today.cards} cards begun · {DIFFICULTY_WORDS[deck.difficulty]}"
            card.body.addWidget(label(kinds, "small"))
            lines.addWidget(card)
