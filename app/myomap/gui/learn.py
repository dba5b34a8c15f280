"""The Learn place: lessons, evidence, red flags, sources, and what the atlas does not cover."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from myomap.anatomy.knowledge import Lesson, ScreeningItem
from myomap.gui.atlas.list_page import LessonPage
from myomap.gui.atlas.muscle_page import evidence_card
from myomap.gui.context import Context
from myomap.gui.parts import Card, chip, column, heading, label, links, row, state_chip, wrapped
from myomap.gui.words import part_words, sentence, source_words
from myomap.gui.wrapping_tree import WrappingTree

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource

_KEY = Qt.ItemDataRole.UserRole + 1
_KINDS = {
    "absolute": ("Do not needle", "danger"),
    "relative": ("Take care", "caution"),
    "red_flag": ("Red flag", "danger"),
}
_COUNTS = {
    "muscle": "muscles described",
    "trigger_point": "trigger points with a pattern",
    "structure": "structures drawn",
    "safety": "muscles with safety notes",
    "exercise": "exercises",
    "evidence": "findings of studies",
    "lesson": "lessons",
    "source": "sources",
}
#: What a topic of the evidence answers: a word like “Wishes” says nothing to somebody who looks for an answer.
TOPICS = {
    "reliability": "Can examiners find trigger points?",
    "criteria": "What makes a trigger point?",
    "controversy": "Is the theory true? The dispute",
    "effect": "Does needling help?",
    "twitch": "Is the local twitch needed?",
    "soreness": "How sore is it afterwards?",
    "safety": "How often does something go wrong?",
    "claims": "Claims often heard, and what is known",
    "coding": "Procedure codes (United States)",
    "body maps": "Body maps, pain drawings and fibromyalgia",
    "measures": "Measuring: pressure, movement, pain",
    "wishes": "What clinicians and patients want of pain drawings",
}
#: What a newcomer reads, in this order, whatever the audience; every other lesson follows in the file's order.
BEGIN = (
    "what-is-dry-needling-patient",
    "what-is-a-trigger-point-patient",
    "why-it-refers-patient",
    "local-twitch-patient",
    "not-acupuncture-patient",
    "does-it-work-patient",
    "why-exercise-patient",
    "right-for-you",
    "next-24-hours",
    "how-to-read-the-map-patient",
    "how-lookup-works",
)
#: Key, words and what makes the page.
Row = tuple[str, str, Callable[[], QWidget]]
#: Reading lines are at most this wide.
READING_PX = 720


class LearnPlace(QWidget):
    """A list on the left, one page to read on the right. Needs the open atlas."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("page")
        self._pages: dict[str, Callable[[], QWidget]] = {}
        self._places: dict[str, QModelIndex] = {}
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tree = WrappingTree()
        self.tree.setHeaderHidden(True)
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setAccessibleName("Lessons, evidence and sources")
        left = QVBoxLayout(side)
        left.setContentsMargins(12, 16, 4, 8)
        left.addWidget(label("Learn", "title"))
        left.addWidget(self.tree, 1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("inspector")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName("Page")
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setHandleWidth(1)
        across.addWidget(side)
        across.addWidget(self._scroll)
        across.setSizes([340, 1000])
        across.setStretchFactor(1, 1)
        across.setChildrenCollapsible(False)
        lines = QHBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(across)
        self._fill(context.open_atlas())
        context.look.changed.connect(self._refresh)

    def _fill(self, atlas: "AtlasSource") -> None:
        model = QStandardItemModel(self)
        first = [atlas.lessons[each] for each in BEGIN if each in atlas.lessons]
        self._group(model, "Begin here", [self._lesson_row(atlas, each) for each in first])
        for audience, words in (
            ("both", "For everybody"),
            ("patient", "For patients"),
            ("student", "For students"),
        ):
            lessons = [e for e in atlas.lessons.values() if e.audience == audience and e not in first]
            self._group(model, words, [self._lesson_row(atlas, each) for each in lessons])
        topics = dict.fromkeys(each.topic for each in atlas.evidence.values())
        found: list[Row] = [
            (f"evidence:{t}", TOPICS.get(t, sentence(t)), partial(self._evidence, t)) for t in topics
        ]
        self._group(model, "The state of the evidence", found)
        kinds = [kind for kind in _KINDS if any(each.kind == kind for each in atlas.screening.values())]
        screening: list[Row] = [
            (
                f"screening:{kind}",
                _KINDS[kind][0] if kind != "red_flag" else "Red flags",
                partial(self._screening, kind),
            )
            for kind in kinds
        ]
        self._group(model, "Before needling", screening)
        about: list[Row] = [
            ("coverage", "What the atlas covers, and what not", self._coverage),
            ("sources", "Sources", self._sources),
        ]
        self._group(model, "About this atlas", about)
        self.tree.setModel(model)
        self.tree.expandAll()
        self.tree.selectionModel().currentChanged.connect(self._on_current_changed)
        if self._pages:
            self.show_page(next(iter(self._pages)))

    @staticmethod
    def _lesson_row(atlas: "AtlasSource", lesson: "Lesson") -> Row:
        return f"lesson:{lesson.id}", sentence(lesson.title), partial(LessonPage, atlas, lesson)

    def _group(self, model: QStandardItemModel, title: str, rows: Iterable[Row]) -> None:
        group = QStandardItem(title)
        group.setEditable(False)
        group.setSelectable(False)
        font = group.font()
        font.setBold(True)
        group.setFont(font)
        for key, text, page in rows:
            item = QStandardItem(text)
            item.setEditable(False)
            item.setData(key, _KEY)
            item.setToolTip(text)
            group.appendRow(item)
            self._pages[key] = page
        if group.rowCount():
            model.appendRow(group)
            for at in range(group.rowCount()):
                self._places[group.child(at).data(_KEY)] = group.child(at).index()

    def show_page(self, key: str) -> None:
        """Show a page: ``lesson:ID``, ``evidence:TOPIC``, ``screening:KIND``, ``coverage``, ``sources``."""
        self.tree.setCurrentIndex(self._places[key])

    def _on_current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        key = current.data(_KEY)
        if key in self._pages:
            self._read(self._pages[key](), self._after(current))

    def _after(self, current: QModelIndex) -> QModelIndex:
        """Return the next page of the same group; an invalid index after the last."""
        return current.siblingAtRow(current.row() + 1)

    def _refresh(self) -> None:
        self._on_current_changed(self.tree.currentIndex(), QModelIndex())

    def _read(self, page: QWidget, after: QModelIndex) -> None:
        page.setMaximumWidth(self._context.look.px(READING_PX))
        inside = page.layout()
        if after.isValid() and isinstance(inside, QVBoxLayout):
            go_on = links([(after.data(_KEY), f"Next: {after.data()}")], self.show_page)
            inside.insertWidget(inside.count() - 1, go_on)  # above the room that stretches
        holder = QWidget()
        holder.setObjectName("inspector_body")
        lines = QHBoxLayout(holder)
        lines.setContentsMargins(24, 16, 24, 16)
        lines.addWidget(page, 1)
        lines.addStretch(0)
        self._scroll.setWidget(holder)
        self._scroll.verticalScrollBar().setValue(0)

    # -- pages ---------------------------------------------------------------------------------

    def _page(self, title: str, says: str) -> tuple[QWidget, Any]:
        page = QWidget()
        lines = column(page, margin=20, gap=10)
        lines.addWidget(label(title, "title"))
        if says:
            lines.addWidget(label(says, "muted"))
        return page, lines

    def _evidence(self, topic: str) -> QWidget:
        atlas = self._context.open_atlas()
        page, lines = self._page(
            TOPICS.get(topic, sentence(topic)),
            "One card a study or review: what it found, and whether it speaks for or against.",
        )
        for card in atlas.evidence.values():
            if card.topic == topic:
                lines.addWidget(evidence_card(atlas, card))
        lines.addStretch(1)
        return page

    def _screening(self, kind: str) -> QWidget:
        atlas = self._context.open_atlas()
        words, mark = _KINDS[kind]
        page, lines = self._page("Red flags" if kind == "red_flag" else words, "Ask before needling.")
        for item in atlas.screening.values():
            if item.kind == kind:
                lines.addWidget(self._question(atlas, item, words, mark))
        lines.addStretch(1)
        return page

    @staticmethod
    def _question(atlas: "AtlasSource", item: ScreeningItem, words: str, mark: str) -> QWidget:
        card = Card()
        card.body.addWidget(label(item.question, "strong"))
        card.body.addWidget(label(item.action, selectable=True))
        card.body.addLayout(wrapped(chip(words, mark), state_chip(item.state)))
        card.body.addWidget(label(source_words(atlas, item.source), "small", selectable=True))
        return card

    def _coverage(self) -> QWidget:
        covered: Mapping[str, Any] = self._context.open_atlas().coverage()
        page, lines = self._page(
            "What the atlas covers, and what not",
            "Counted when the atlas was made. What is marked “from memory” has not yet been read in its source.",
        )
        for kind, count in covered.get("counts", {}).items():
            if kind in _COUNTS:
                line = row(label(str(count), "strong", wrap=False), label(_COUNTS[kind]), gap=8)
                line.setStretch(1, 1)
                lines.addLayout(line)
        lines.addWidget(heading("Trigger points by body part"))
        parts = covered.get("by_body_part", {})
        lines.addWidget(label(" · ".join(f"{part_words(part)} {count}" for part, count in parts.items())))
        lines.addWidget(heading("Not covered"))
        for gap in covered.get("not_covered", []):
            card = Card()
            card.body.addWidget(label(str(gap.get("what", "")), "strong"))
            card.body.addWidget(label(str(gap.get("why", "")), selectable=True))
            lines.addWidget(card)
        lines.addStretch(1)
        return page

    def _sources(self) -> QWidget:
        page, lines = self._page("Sources", "Works that the atlas takes facts from.")
        for source in sorted(self._context.open_atlas().sources.values(), key=lambda each: each.citation):
            marks = [f"doi:{source.doi}" if source.doi else "", f"PMID {source.pmid}" if source.pmid else ""]
            said = " ".join(part for part in (source.citation, *marks) if part)
            lines.addWidget(label(said, selectable=True))
        lines.addStretch(1)
        return page
