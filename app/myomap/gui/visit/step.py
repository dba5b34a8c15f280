"""One step of the path: a head that is always seen, and a body that opens below it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Choice, Fold, LineEntry, Pick, TextEntry, entries
from myomap.gui.parts import Elided, column, label, row
from myomap.gui.practice.session import Session
from myomap.gui.reading_order import order_tabs
from myomap.gui.visit.desk import Desk
from myomap.records.edits import Ref
from myomap.records.values import Site, VisitRecord

if TYPE_CHECKING:
    from myomap.gui.visit.maps import Maps
    from myomap.lookup.pattern_index import PatternIndex


@dataclass(frozen=True, slots=True)
class Draft:
    """What stood in a field and could not be kept, or was not added yet."""

    step: str
    fold: str
    """The title of the part that must be opened to see it."""
    text: str


class Bench:
    """What every step works with."""

    def __init__(self, context: Context, session: Session, desk: Desk, maps: "Maps") -> None:
        self.context, self.session, self.desk, self.maps = context, session, desk, maps
        self.drafts: dict[str, dict[str, Draft]] = {}
        """What nobody has yet, for each visit and field; it comes back when the visit is opened again."""
        self.index: PatternIndex | None = None
        """The look-up's index, once somebody has drawn."""
        self.open_step: Callable[[str], None] = lambda _: None
        self.unkept: Callable[[], list[str]] = list
        """The names of fields of the open visit with words that nobody has yet."""
        self.search: Callable[[str], object] = lambda _: []
        self.show_in_atlas: Callable[[str, str], None] = lambda _point, _side: None

    @property
    def record(self) -> VisitRecord:
        """The visit that lies open."""
        assert self.desk.record is not None
        return self.desk.record


class Head(QFrame):
    """Number, title and one line that says what the step holds."""

    pressed = Signal()

    def __init__(self, number: int, title: str) -> None:
        super().__init__()
        self.setProperty("kind", "step_head")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.number = label(str(number), "step_number", wrap=False)
        self.number.setFixedSize(24, 24)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "strong", wrap=False)
        self.line = Elided("", "muted")
        inside = row(self.number, self.title, gap=10)
        inside.addWidget(self.line, 1)
        inside.setContentsMargins(10, 8, 10, 8)
        self.setLayout(inside)

    def show_line(self, text: str, done: bool) -> None:
        """Say what the step holds."""
        self.line.show_text(text)
        self.setAccessibleDescription(text)
        if bool(self.number.property("done")) != done:
            self.number.setProperty("done", done)
            self.number.style().unpolish(self.number)
            self.number.style().polish(self.number)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


class Step(QFrame):
    """A step; subclasses fill `build`, `refresh` and `summary`."""

    key: ClassVar[str]
    title: ClassVar[str]
    picks: ClassVar[bool] = False
    """A click on the map means something in this step."""
    shut: ClassVar[bool] = True
    """Nothing can be put into it once the visit is signed."""

    def __init__(self, number: int, bench: Bench) -> None:
        super().__init__()
        self.setProperty("kind", "step")
        self.bench = bench
        self.head = Head(number, self.title)
        self.body: QWidget | None = None
        self._lines = column(self, gap=0)
        self._lines.addWidget(self.head)
        self._order = QTimer(self)
        self._order.setSingleShot(True)
        self._order.setInterval(20)
        self._order.timeout.connect(self._tidy)

    @property
    def is_open(self) -> bool:
        """Tell whether its body is seen."""
        return self.body is not None and not self.body.isHidden()

    def set_open(self, on: bool) -> None:
        """Show or hide the body; made the first time."""
        if on and self.body is None:
            self.body = QWidget()
            inside = column(self.body, gap=10)
            inside.setContentsMargins(14, 6, 14, 16)
            self.build(inside)
            self._lines.addWidget(self.body)
            self.body.installEventFilter(self)
        if self.body is not None:
            self.body.setVisible(on)
        if bool(self.property("open")) != on:
            self.setProperty("open", on)
            self.style().unpolish(self)
            self.style().polish(self)
        if on:
            self.refresh(frozenset())
            self._shut()
            self._open_drafts()
            self._order.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._order.start()
        return False

    def _tidy(self) -> None:
        self._bring_back_drafts()
        self._shut()
        self.order_tabs()

    def _shut(self) -> None:
        """Let nothing be put into a signed visit, in parts that were folded away either; all can be read."""
        if not self.shut or not self.bench.desk.signed or self.body is None:
            return
        for each in self.body.findChildren(QWidget):
            button = isinstance(each, QPushButton) and not each.property("kind")
            if button or isinstance(each, LineEntry | TextEntry | Choice | Pick | QCheckBox):
                each.setEnabled(False)

    # -- what nobody has yet -------------------------------------------------------------------
    def unkept(self) -> list[TextEntry | LineEntry]:
        """Return the fields with words that are not in the record: not added yet, or refused."""
        return [each for each in entries(self.body) if each.unkept] if self.body is not None else []

    def keep_drafts(self, visit: str) -> None:
        """Remember what nobody has yet; the visit is put away."""
        for each in self.unkept():
            folds, above = [], each.parentWidget()
            while above is not None and above is not self:
                folds += [above.title] if isinstance(above, Fold) else []
                above = above.parentWidget()
            text = each.words() if isinstance(each, TextEntry) else each.text()
            held = self.bench.drafts.setdefault(visit, {})
            held[each.accessibleName()] = Draft(self.key, "\n".join(folds), text)

    def _own_drafts(self) -> dict[str, Draft]:
        record = self.bench.desk.record
        held = self.bench.drafts.get(record.visit.id, {}) if record is not None else {}
        return {name: draft for name, draft in held.items() if draft.step == self.key}

    def _open_drafts(self) -> None:
        wanted = {fold for draft in self._own_drafts().values() for fold in draft.fold.split("\n")}
        for fold in self.findChildren(Fold) if wanted else ():
            if fold.title in wanted:
                fold.head.setChecked(True)

    def _bring_back_drafts(self) -> None:
        drafts = self._own_drafts()
        if not drafts or self.body is None:
            return
        held = self.bench.drafts[self.bench.record.visit.id]
        for each in entries(self.body):
            draft = drafts.get(each.accessibleName())
            if draft is not None and not each.unkept:
                each.setPlainText(draft.text) if isinstance(each, TextEntry) else each.setText(draft.text)
                each.flush()
                del held[each.accessibleName()]

    def order_tabs(self) -> None:
        """Let Tab go through the body from top to bottom, then to the next step's head."""
        if self.body is not None and self.is_open:
            order_tabs(self.body, self.head)

    def show_record(self, refs: frozenset[Ref]) -> None:
        """Follow a change of the record."""
        text, done = self.summary(self.bench.record)
        self.head.show_line(text, done)
        if self.is_open:
            self.refresh(refs)
            self._shut()

    def forget(self) -> None:
        """Drop the body: another visit, or the lock; nothing of a patient stays."""
        self._order.stop()
        if self.body is not None:
            for each in entries(self.body):
                each.retire()
            self.body.hide()
            self.body.deleteLater()
            self.body = None
        self.head.show_line("", False)
        self.setProperty("open", False)

    # -- for subclasses ------------------------------------------------------------------------
    def build(self, lines: QVBoxLayout) -> None:
        """Make the body's widgets."""

    def refresh(self, refs: frozenset[Ref]) -> None:
        """Show what is kept now; ``refs`` say what changed, empty for everything."""

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        """Return the line of the head, and whether there is anything in the step."""
        return "", False

    def take_site(self, site: Site) -> None:
        """A place on the map was chosen while this step was open."""

    def show_taking(self, finder: QWidget, hint: QLabel, asks: str, signed: str) -> None:
        """Ask for sites while they can be taken; once signed nothing is asked, only ``signed`` is said."""
        locked = self.bench.desk.signed
        finder.setVisible(not locked)
        hint.setText(signed if locked else asks)
        hint.setVisible(bool(hint.text()))

    def tell(self) -> None:
        """Tell words that are being typed, but leave alone what is being composed."""
        for each in entries(self.body) if self.body is not None else ():
            each.tell()

    def flush(self) -> None:
        """Tell words that are being typed at once."""
        for each in entries(self.body) if self.body is not None else ():
            each.flush()
