"""The settings: this window first (works without a practice), then the practice while it is open."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QScrollArea, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Choice, Field
from myomap.gui.parts import column, heading, label, row
from myomap.gui.practice.remembering import Remembering
from myomap.gui.practice.session import Session
from myomap.gui.reading_order import KeptInOrder
from myomap.gui.settings import save
from myomap.gui.settings_place.access_part import AccessPart
from myomap.gui.settings_place.audit_part import AuditPart
from myomap.gui.settings_place.keeping_part import KeepingPart
from myomap.gui.settings_place.people_part import PeoplePart
from myomap.gui.settings_place.practice_part import PAPERS, PracticePart
from myomap.gui.settings_place.screen_part import ScreenPart
from myomap.gui.settings_place.server_part import ServerPart
from myomap.gui.theme import ThemeName

THEMES = [
    (str(ThemeName.SYSTEM), "As the system"),
    (str(ThemeName.LIGHT), "Light"),
    (str(ThemeName.DARK), "Dark"),
    (str(ThemeName.HIGH_CONTRAST), "High contrast"),
]
SIZES = [("0.9", "90 %"), ("1", "100 %"), ("1.25", "125 %"), ("1.5", "150 %"), ("2", "200 %")]


class SettingsPlace(QScrollArea):
    """One page."""

    wants_practice = Signal()

    def __init__(
        self,
        context: Context,
        session: Session,
        remembering: Remembering,
        heard: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("Settings, all of them")
        self._context, self._session = context, session
        page, inside = QWidget(), QWidget()
        page.setObjectName("page")
        inside.setMaximumWidth(820)
        across = row(gap=0)
        across.addStretch(1)
        across.addWidget(inside, 20, Qt.AlignmentFlag.AlignTop)
        across.addStretch(1)
        page.setLayout(across)
        self.setWidget(page)
        self.setWidgetResizable(True)
        look = context.look
        self.theme = Choice("Theme", THEMES, str(look.chosen), optional=False)
        self.text_size = Choice("Text size", SIZES, f"{look.text_scale:g}", optional=False)
        self.blind = QCheckBox("Colours for colour-blind users")
        self.blind.setChecked(look.colour_blind)
        self.paper = Choice("Paper", PAPERS, context.settings.paper, optional=False)
        self.server: ServerPart | None = None
        self.none = QWidget()
        nothing = column(self.none, gap=8)
        nothing.addWidget(heading("Practice"))
        nothing.addWidget(label("The practice is not open. Its settings are shown once it is.", "muted"))
        to_gate = QPushButton("Open or make the practice")
        to_gate.clicked.connect(self.wants_practice)
        nothing.addLayout(row(to_gate, None))
        self.practice = PracticePart(context, session)
        self.people = PeoplePart(context, session)
        self.access = AccessPart(context, session, remembering, heard)
        self.keeping = KeepingPart(context, session)
        self.audit = AuditPart(context, session)
        self._parts = (self.practice, self.people, self.access, self.keeping, self.audit)
        lines = column(inside, margin=20, gap=16)
        lines.addWidget(label("Settings", "title"))
        lines.addWidget(heading("This window"))
        lines.addWidget(Field("Theme", self.theme))
        lines.addWidget(Field("Text size", self.text_size))
        lines.addWidget(self.blind)
        lines.addWidget(Field("Paper of plates, exams and charts of no patient", self.paper))
        self.screens = ScreenPart(context)
        lines.addWidget(self.screens)
        for part in (self.none, *self._parts):
            lines.addWidget(part)
        lines.addStretch(1)
        self._lines = lines
        KeptInOrder(page)
        self.theme.chosen.connect(self._on_look)
        self.text_size.chosen.connect(self._on_look)
        self.paper.chosen.connect(self._on_paper)
        self.blind.toggled.connect(lambda _: self._on_look())
        look.changed.connect(self._show_look)
        session.state_changed.connect(self.refresh)
        session.before_lock.connect(self.flush)
        self.refresh()

    def add_server(self, part: ServerPart) -> None:
        """Add where the records are: it can be set with and without an open practice."""
        self.server = part
        self._lines.insertWidget(self._lines.count() - 1, part)
        self.refresh()

    def _on_look(self, _: str = "") -> None:
        look, settings = self._context.look, self._context.settings
        look.choose(
            ThemeName(self.theme.current),
            text_scale=float(self.text_size.current or look.text_scale),
            colour_blind=self.blind.isChecked(),
        )
        settings.theme, settings.text_scale = str(look.chosen), look.text_scale
        settings.colour_blind = look.colour_blind
        save(self._context.home, settings)

    def _on_paper(self, text: str) -> None:
        self._context.settings.paper = text
        save(self._context.home, self._context.settings)

    def _show_look(self) -> None:
        look = self._context.look
        self.theme.set_current(str(look.chosen))
        self.text_size.set_current(f"{look.text_scale:g}")
        self.blind.blockSignals(True)
        self.blind.setChecked(look.colour_blind)
        self.blind.blockSignals(False)

    def flush(self) -> None:
        """Tell words that are being typed at once."""
        part = self.practice
        for line in (part.name, part.phone, part.consent_version):
            line.flush()
        for text in (part.address, part.consent):
            text.flush()

    def refresh(self) -> None:
        """Show the practice's settings while it is open."""
        is_open = self._session.is_open
        self.none.setVisible(not is_open)
        if self.server is not None:
            self.server.refresh()
            if not is_open:
                self.server.forget()
        for part in self._parts:
            part.setVisible(is_open)
            if is_open:
                part.refresh()
        if not is_open:
            for part in (self.people, self.access, self.keeping, self.audit):
                part.forget()
