"""Making a practice: one page, under a minute."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from myomap.gui.forms import DateLine, Field, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label, row
from myomap.gui.practice.session import Session
from myomap.records.checks import check
from myomap.records.values import Paper, Practitioner, Role, new_id

LEAST_PASSPHRASE = 10
#: Below the title and the words at the head of the page.
_BELOW_WORDS = 2
WIDTH = 620
_GAP = 12


class Room(QWidget):
    """As much room below a page as its parts would take that are hidden: nothing moves when they are shown.

    They would be as wide as ``like``.
    """

    def __init__(self, parts: Sequence[QWidget], gap: int, like: QWidget) -> None:
        super().__init__()
        self._parts, self._gap, self._like = parts, gap, like
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:
        if any(not part.isHidden() for part in self._parts):
            return QSize(0, 0)
        for part in self._parts:
            for each in (part, *part.findChildren(QWidget)):
                each.ensurePolished()  # what was never shown does not know its type size yet
        wide = self._like.width()
        return QSize(0, max(part.heightForWidth(wide) for part in self._parts) + self._gap)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


def centred(inside: QWidget, width: int = WIDTH, room: QWidget | None = None) -> QScrollArea:
    """Return a page that scrolls, with its content in the middle; ``room`` lies below it."""
    page = QWidget()
    page.setObjectName("page")
    inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    inside.setMaximumWidth(width)
    inside.setMinimumWidth(width)
    lines = column(page, margin=24)
    lines.addStretch(1)
    lines.addLayout(row(None, inside, None))
    if room is not None:
        lines.addWidget(room)
    lines.addStretch(2)
    scroll = QScrollArea()
    scroll.setObjectName("page")
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes to the fields on it, and it follows them
    scroll.setWidget(page)
    scroll.setWidgetResizable(True)
    return scroll


def secret(name: str) -> QLineEdit:
    """Return a field for a passphrase."""
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setAccessibleName(name)
    return made


class WelcomePage(QWidget):
    """The first start: everything that a practice needs on one page."""

    made = Signal(str)
    """The practice is there: its recovery key."""

    def __init__(self, session: Session, paper: Callable[[], Paper] = lambda: Paper.A4) -> None:
        super().__init__()
        self._paper = paper
        self.setObjectName("paper")
        self._session = session
        self.practice_name = QLineEdit()
        self.person = QLineEdit()
        self.licence = QLineEdit()
        self.jurisdiction = QLineEdit()
        self.certificate = QLineEdit()
        self.until = DateLine(name="Certification valid until")
        self.first, self.second = secret("Passphrase"), secret("Passphrase once more")
        self.certified = QCheckBox("I am certified for dry needling")
        self.go = QPushButton("Make the practice")
        self.go.setProperty("kind", "primary")
        self.go.setDefault(True)
        self.shown = QCheckBox("Show what I type")
        self.shown.toggled.connect(self._on_shown)
        self.problem = label("", "problem")
        self._fields = {
            "practice": Field("Name of the practice", self.practice_name),
            "name": Field("Your name", self.person),
            "licence_number": Field("Licence number", self.licence),
            "jurisdiction": Field("Valid in (country, state)", self.jurisdiction),
            "needling_certificate": Field("Certification (number or name)", self.certificate),
            "needling_until": Field("Valid until (empty: without end)", self.until),
            "first": Field(
                "Passphrase", self.first, f"At least {LEAST_PASSPHRASE} characters; several words are best."
            ),
            "second": Field("Passphrase once more", self.second),
        }
        self._certificate = [self._fields[name] for name in ("needling_certificate", "needling_until")]
        self.room = Room(self._certificate, _GAP, self._fields["licence_number"])
        self._lay_out()
        self.certified.toggled.connect(self._on_certified)
        self._on_certified(False)
        self.go.clicked.connect(self._make)
        for line in (self.practice_name, self.person, self.licence, self.jurisdiction, self.second):
            line.returnPressed.connect(self._make)

    def _lay_out(self) -> None:
        lines = column(self, margin=28, gap=12)
        lines.addWidget(label("Make your practice", "title"))
        lines.addWidget(
            label(
                "Patients and visits are kept in one encrypted file on this computer. Only the passphrase or the"
                " printed recovery key opens it. The atlas works without it.",
                "muted",
            )
        )
        self._lines = lines
        grid = QGridLayout()
        grid.setSpacing(_GAP)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._fields["practice"], 0, 0, 1, 2)
        grid.addWidget(self._fields["name"], 1, 0, 1, 2)
        grid.addWidget(self._fields["licence_number"], 2, 0)
        grid.addWidget(self._fields["jurisdiction"], 2, 1)
        grid.addWidget(self.certified, 3, 0, 1, 2)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._fields["needling_certificate"], 4, 0, top)
        grid.addWidget(self._fields["needling_until"], 4, 1, top)
        grid.addWidget(self._fields["first"], 5, 0, top)
        grid.addWidget(self._fields["second"], 5, 1, top)
        grid.addWidget(self.shown, 6, 0, 1, 2)
        lines.addLayout(grid)
        self.problem.hide()
        lines.addWidget(self.problem)
        lines.addLayout(row(None, self.go))

    def offer_around(self, begin: Callable[[], None]) -> None:
        """Offer to look around with invented patients first, above the form."""
        self.around = QPushButton("Look around with invented patients")
        self.around.setToolTip(
            "A full practice with drawings and courses, to try everything; nothing of it is kept"
        )
        self.around.clicked.connect(lambda: begin())
        words = label("Not ready for that? See a full practice first; nothing of it is kept.", "muted")
        across = row(gap=12)
        across.addWidget(words, 1)
        across.addWidget(self.around)
        self._lines.insertLayout(_BELOW_WORDS, across)

    def add_way(self, words: str, widget: QWidget) -> None:
        """Add another way to begin, folded away below."""
        self._lines.addWidget(Fold(words, lambda inside: inside.addWidget(widget)))

    def _on_shown(self, on: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
        for line in (self.first, self.second):
            line.setEchoMode(mode)

    def _on_certified(self, on: bool) -> None:
        for field in self._certificate:
            field.setVisible(on)
        self.room.updateGeometry()

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by field; shows it too."""
        found: dict[str, str] = {}
        until = None
        try:
            until = self.until.value() if self.certified.isChecked() else None
        except ValueError as error:
            found["needling_until"] = str(error)
        if self.certified.isChecked() and not self.certificate.text().strip():
            found["needling_certificate"] = "Write its number or name."
        owner = self._owner(None if "needling_until" in found else until)
        found |= {p.field: p.sentence for p in check(owner) if p.field not in found}
        if len(self.first.text()) < LEAST_PASSPHRASE:
            found["first"] = f"The passphrase needs at least {LEAST_PASSPHRASE} characters."
        elif self.first.text() != self.second.text():
            found["second"] = "The two passphrases are not the same."
        for name, field in self._fields.items():
            field.show_problem(found.get(name, ""))
        first = next((field for name, field in self._fields.items() if name in found), None)
        if first is not None:
            first.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        return found

    def _owner(self, until: object) -> Practitioner:
        from datetime import date

        certified = self.certified.isChecked()
        return Practitioner(
            new_id(),
            self.person.text().strip(),
            Role.OWNER,
            self.licence.text().strip(),
            self.jurisdiction.text().strip(),
            self.certificate.text().strip() if certified else "",
            needling_until=until if isinstance(until, date) else None,
        )

    def _make(self) -> None:
        self.problem.hide()
        if self.problems() or not self.go.isEnabled():
            return
        until = self.until.value() if self.certified.isChecked() else None
        self.go.setEnabled(False)
        self.go.setText("Making it …")
        passphrase = self.first.text()
        self._session.create(
            passphrase,
            self.practice_name.text().strip(),
            self._owner(until),
            self._paper(),
            self._on_made,
            self._on_error,
        )

    def _on_made(self, recovery_key: str) -> None:
        self._free()
        # set, not cleared: what was in the field must not come back by undo
        self.first.setText("")
        self.second.setText("")
        self.shown.setChecked(False)
        self.made.emit(recovery_key)

    def _on_error(self, error: Exception) -> None:
        self._free()
        message = message_for(error)
        self.problem.setText(f"{message.title} {message.text}")
        self.problem.show()

    def _free(self) -> None:
        self.go.setEnabled(True)
        self.go.setText("Make the practice")
