"""Choosing what to study: body part, joint, layer, nerve or an own list; kinds of question; how hard."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QWidget,
)

from myomap.anatomy.structures import Layer
from myomap.gui.columns import Columns, Hints
from myomap.gui.context import Context
from myomap.gui.forms import Pick
from myomap.gui.parts import Segments, column, heading, label, row
from myomap.gui.study.controls import Choices, enter_presses
from myomap.gui.study.words import DIFFICULTIES, DIFFICULTY_TIPS, JOINT_WORDS, KINDS, count_words
from myomap.gui.words import LAYERS, part_order, part_words
from myomap.study.decks import Deck, Difficulty, muscles_of, nerves_in_atlas
from myomap.study.questions import QuestionKind

if TYPE_CHECKING:
    from myomap.study.makers import QuestionMaker

_ROLE = Qt.ItemDataRole.UserRole


class DeckPage(QWidget):
    """Builds a deck and tells how many cards it has."""

    chosen = Signal(object, bool)
    """The deck, and whether it is to be kept under its name."""
    left = Signal()

    def __init__(self, context: Context, maker: "QuestionMaker", deck: Deck) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context, self._maker, self._deck = context, maker, deck
        atlas = context.open_atlas()
        parts = sorted({m.body_part for m in atlas.muscles.values()}, key=part_order)
        layers = [(str(each), LAYERS[each]) for each in Layer if each not in (Layer.SKIN, Layer.SKELETON)]
        self.parts = Choices("Body part", [(p, part_words(p)) for p in parts], deck.body_parts)
        self.joints = Choices("Joint", list(JOINT_WORDS.items()), deck.joints)
        self.layers = Choices("Layer", layers, frozenset(str(each) for each in deck.layers))
        every = frozenset(str(k) for k in QuestionKind)
        kinds = frozenset(str(k) for k in deck.kinds)
        self.kinds = Choices(
            "Kind of question",
            [(str(k), words) for k, words in KINDS.items()],
            frozenset() if kinds == every else kinds,
        )
        self.nerve = Pick("Nerve")
        self.nerve.addItem("Any nerve", "")
        for name in nerves_in_atlas(atlas):
            self.nerve.addItem(name, name)
        if deck.nerves:
            self.nerve.setCurrentIndex(max(0, self.nerve.findData(next(iter(deck.nerves)))))
        self.difficulty = Segments(
            "How hard", [(str(d), w) for d, w in DIFFICULTIES.items()], str(deck.difficulty)
        )
        for value, tip in DIFFICULTY_TIPS.items():
            self.difficulty.buttons[str(value)].setToolTip(tip)
        self.name = QLineEdit("" if deck.name == "Everything" else deck.name)
        self.name.setPlaceholderText("Name of the deck")
        self.name.setAccessibleName("Name of the deck")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find a muscle")
        self.filter.setAccessibleName("Find a muscle")
        self.muscles = QListWidget()
        self.muscles.setAccessibleName("Own list of muscles")
        self.muscles.setObjectName("results")  # framed, as other lists on a page
        self._fill_muscles(deck)
        self.count = label("", "strong")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(60)
        self._later.timeout.connect(self._recount)
        self._lay_out()
        self._connect()
        self._dress()
        context.look.changed.connect(self._dress)
        self._recount()
        enter_presses(self)

    def _fill_muscles(self, deck: Deck) -> None:
        atlas = self._context.open_atlas()
        for muscle in sorted(atlas.muscles.values(), key=lambda m: m.name_en):
            item = QListWidgetItem(muscle.name_en)
            item.setData(_ROLE, muscle.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            on = muscle.id in deck.muscles
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.muscles.addItem(item)

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("page")
        lines = column(inside, margin=32, gap=10)
        back = QPushButton("Back (Esc)")
        back.clicked.connect(self.left)
        back.setShortcut("Escape")
        lines.addLayout(row(label("Choose what to study", "title"), None, back))
        lines.addWidget(label("Whatever is left open means all.", "muted"))
        kinds, own = QWidget(), QWidget()
        left, right = column(kinds, gap=8), column(own, gap=8)
        for words, widget in (
            ("Body part", self.parts),
            ("Joint it moves", self.joints),
            ("Layer", self.layers),
            ("Nerve", self.nerve),
            ("Kinds of question", self.kinds),
            ("How hard", self.difficulty),
        ):
            if left.count():
                left.addSpacing(8)  # a heading is nearer to its own than to what is above
            left.addWidget(heading(words))
            # a control as wide as its words would hold the whole column to its width
            narrow = widget is self.difficulty
            left.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag(0))
        left.addStretch(1)
        right.addWidget(heading("My own list of muscles"))
        right.addWidget(label("Only these, where any is ticked.", "small"))
        right.addWidget(self.filter)
        self.muscles.setMinimumHeight(320)
        self.muscles.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.muscles.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        right.addWidget(self.muscles, 1)
        lines.addWidget(Columns(((kinds, 3), (own, 2)), lambda: self._context.look.px(640), gap=32), 1)
        self.use = QPushButton("Study this")
        self.use.setProperty("kind", "primary")
        self.keep = QPushButton("Keep it as a deck")
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what can be reached is on it
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        outer = column(self, gap=0)
        outer.addWidget(scroll, 1)
        foot = QFrame()
        foot.setObjectName("bar")
        across = row(gap=8)
        across.addWidget(self.count, 3)
        across.addWidget(self.name, 4)
        across.addWidget(self.keep)
        across.addWidget(self.use)
        across.setContentsMargins(32, 8, 32, 8)
        foot.setLayout(across)
        self.name.setMinimumWidth(110)
        self.name.setMaximumWidth(self._context.look.px(260))
        Hints(self.name, "Name of the deck", "Its name")
        outer.addWidget(foot)

    def take_focus(self) -> None:
        """Let the keyboard begin with the first choice."""
        next(iter(self.parts.buttons.values())).setFocus()

    def _connect(self) -> None:
        for choices in (self.parts, self.joints, self.layers, self.kinds):
            choices.changed.connect(self._later.start)
        self.nerve.currentIndexChanged.connect(self._later.start)
        self.difficulty.chosen.connect(self._later.start)
        self.muscles.itemChanged.connect(self._later.start)
        self.filter.textChanged.connect(self._filter)
        self.name.textChanged.connect(self._recount)
        self.use.clicked.connect(lambda: self.chosen.emit(self.deck(), False))
        self.keep.clicked.connect(lambda: self.chosen.emit(self.deck(), True))

    def _dress(self) -> None:
        chrome = self._context.look.chrome
        self.muscles.setStyleSheet(
            "QListWidget::indicator { width: 14px; height: 14px; border-radius: 4px;"
            f" border: 1px solid {chrome.muted}; background: {chrome.panel}; }}"
            f" QListWidget::indicator:checked {{ background: {chrome.accent}; border-color: {chrome.accent}; }}"
        )

    def _items(self) -> list[QListWidgetItem]:
        return [self.muscles.item(n) for n in range(self.muscles.count())]

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for item in self._items():
            item.setHidden(wanted not in item.text().casefold())

    def deck(self) -> Deck:
        """Return the deck that is chosen."""
        nerve = str(self.nerve.currentData() or "")
        kinds = frozenset(QuestionKind(each) for each in self.kinds.chosen) or frozenset(QuestionKind)
        return Deck(
            name=self.name.text().strip() or self._described(),
            body_parts=self.parts.chosen,
            layers=frozenset(Layer(each) for each in self.layers.chosen),
            nerves=frozenset({nerve} if nerve else ()),
            joints=self.joints.chosen,
            muscles=frozenset(
                item.data(_ROLE) for item in self._items() if item.checkState() is Qt.CheckState.Checked
            ),
            kinds=kinds,
            difficulty=Difficulty(self.difficulty.current),
        )

    def _described(self) -> str:
        said = [part_words(p) for p in sorted(self.parts.chosen, key=part_order)]
        said += [JOINT_WORDS[j] for j in self.joints.chosen]
        said += [LAYERS[Layer(each)] for each in self.layers.chosen]
        said += [str(self.nerve.currentData())] if self.nerve.currentData() else []
        own = sum(item.checkState() is Qt.CheckState.Checked for item in self._items())
        said += [count_words(own, "muscle")] if own else []
        kinds = [KINDS[QuestionKind(k)] for k in KINDS if str(k) in self.kinds.chosen]
        said += kinds if 0 < len(kinds) <= 2 else []
        return ", ".join(said) or "Everything"

    def _recount(self) -> None:
        deck = self.deck()
        cards = len(self._maker.cards(deck))
        muscles = len(muscles_of(self._context.open_atlas(), deck))
        self.count.setText(f"{count_words(cards, 'card')} of {count_words(muscles, 'muscle')}")
        self.use.setEnabled(cards > 0)
        self.keep.setEnabled(cards > 0 and bool(self.name.text().strip()))
        self.keep.setToolTip("" if self.name.text().strip() else "Give it a name first")
