"""Puts the places that need a practice into the window: patients, visit, settings; lock, actions, finding patients."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QMenu, QToolTip, QVBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.finder import CommandPalette
from myomap.gui.messages import Message, message_for
from myomap.gui.practice.aside import in_time
from myomap.gui.practice.away import AwayBanner
from myomap.gui.practice.gate import Gated
from myomap.gui.practice.left_behind import LeftBanner
from myomap.gui.practice.looking_again import LookingAgain
from myomap.gui.practice.looking_around import LookingAround
from myomap.gui.practice.outliving import Outliving
from myomap.gui.practice.remembering import Remembering
from myomap.gui.practice.session import Session, State
from myomap.gui.shown import PointKey
from myomap.gui.toast import Toast
from myomap.gui.visit.desk import Desk
from myomap.records.edits import PRACTICE_SCOPE

if TYPE_CHECKING:
    from myomap.gui.patients.place import PatientsPlace
    from myomap.gui.practice.screen_lock import ScreenLock
    from myomap.gui.settings_place.place import SettingsPlace
    from myomap.gui.visit.place import VisitPlace
    from myomap.gui.window import MainWindow
    from myomap.lookup.search import Found
    from myomap.records.place import InventedPlace
    from myomap.records.practice import PatientLine, Upgraded
    from myomap.records.server import ServerDoors


#: Said where the window is closed while something waits that outlives it.
KEPT = "What waits is kept encrypted on this computer, and offered when the practice is opened here again."


class LatePlace(QWidget):
    """A gated place whose content is built when it is first shown with the practice open."""

    def __init__(self, clinic: "Clinic", name: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self._clinic, self._name = clinic, name
        self.gated = Gated(clinic.window.context, clinic.session, clinic.remembering)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        # the visit's own place says itself where something waits for a choice
        to_visit = None if name == "visit" else clinic.open_visit
        self.banner = AwayBanner(clinic.session, clinic.desk, to_visit, clinic.outliving)
        self.left = LeftBanner(clinic.window.context, clinic.outliving)
        lines.addWidget(self.banner)
        lines.addWidget(self.left)
        lines.addWidget(self.gated, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clinic.on_shown(self._name)
        if not self._clinic.session.is_open:
            self.gated.gate.focus()


class Clinic(QObject):
    """The window's clinical side. One session, one visit on the desk."""

    def __init__(
        self,
        window: "MainWindow",
        session: Session,
        doors: "ServerDoors | None" = None,
        database: str = "",
        invent: "Callable[[], InventedPlace] | None" = None,
    ) -> None:
        """``doors`` lead to servers; ``database`` is the address given at the start, if any.

        ``invent`` makes a place for invented patients, to look around in.
        """
        super().__init__(window)
        self._doors, self._database = doors, database
        self.window, self.session = window, session
        self.remembering = Remembering(window.context, session)
        self.desk = Desk(session)
        self.outliving = Outliving(session, self.desk)
        self.looking_again = LookingAgain(session)
        self.around = LookingAround(window, window.context, session, invent, self._leave_invented)
        self.visit: VisitPlace | None = None
        self.patients: PatientsPlace | None = None
        self.settings: SettingsPlace | None = None
        self._late = {name: LatePlace(self, name) for name in ("visit", "patients")}
        window.add_place("visit", "Visit", "visit", self._late["visit"])
        window.add_place("patients", "Patients", "patients", self._late["patients"])
        window.add_action("lock", "Lock the practice", session.lock, "Ctrl+L")
        self._lock_button = window.add_rail_button("Lock", "lock", "Lock the practice (Ctrl+L)", session.lock)
        self._lock_button.hide()
        self._who_button = window.add_rail_button("Who", "person", "", session.change_person)
        self._who_button.hide()
        session.people_changed.connect(self._show_who)
        self._may_close = False
        self.screen_lock: ScreenLock | None = None
        window.installEventFilter(self)
        window.add_action("new-patient", "New patient", self.new_patient, "Ctrl+N")
        window.add_action("look-around", "Look around with invented patients", self._look_around)
        window.add_action("group-map", "Where our patients hurt", self.show_group)
        window.add_action("who", "Change who works here", session.change_person)
        window.add_action("undo", "Undo in the visit", partial(self._turn_in_sight, self.desk.undo))
        window.add_action("redo", "Redo in the visit", partial(self._turn_in_sight, self.desk.redo))
        window.add_finder(self._find_patients)
        window.patient_found.connect(self.open_patient)
        window.closing.connect(session.close)
        window.closing.connect(self.outliving.finish)
        window.closing.connect(self._stop_hearing)
        self.desk.removed.connect(self.open_patient)
        session.state_changed.connect(self._on_state_changed)
        session.backups.worried.connect(self._on_backup_worry)
        session.upgraded.connect(self._on_upgraded)
        for found in (self.outliving.damaged, self.looking_again.cautioned):
            found.connect(lambda error: window.context.prompts.tell(message_for(error)))
        self._begin()
        QTimer.singleShot(0, lambda: session.watch(window))

    def _begin(self) -> None:
        """Find the practice, or go straight among invented patients where the start asked for them."""
        if self.window.context.look_around:
            self.window.go_to("patients")
            self.around.begin()
        else:
            self.session.look()

    def _look_around(self) -> None:
        self.window.go_to("patients")
        self.around.ask_begin()

    def _leave_invented(self) -> None:
        self._leave_records()
        self.desk.forget_practice(self.around.practice)

    def _leave_records(self) -> None:
        self.desk.close()
        self.window.go_to("patients")

    # -- places --------------------------------------------------------------------------------
    def on_shown(self, name: str) -> None:
        """Build what is shown for the first time."""
        if self.session.state in (State.LOOKING, State.FAILED) and self.session.place is None:
            self.session.look()
        if self.session.is_open:
            self._build(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close when all is saved; ask if something cannot be, or was typed and not added."""
        if watched is not self.window or event.type() != QEvent.Type.Close or self._may_close:
            return False
        self.session.before_lock.emit()
        why = self.desk.hopeless
        drafts = [
            each for place in (self.visit, self.patients) if place is not None for each in place.unkept()
        ]
        if not self.desk.unsaved and not drafts:
            return False
        event.ignore()
        if not why and self.desk.unsaved:
            self.desk.settle(self.window.close)  # what is on its way; it takes a moment
            return True
        safe = bool(why) and self.outliving.keep_now()
        text = f"{why} {KEPT if safe else 'What was typed last would be lost.'}" if why else ""
        if drafts:
            text = f"{text} Not added, or not kept as it is: {'; '.join(drafts[:8])}.".strip()
        loses = bool(drafts) or not safe
        self.window.context.prompts.ask(
            "Not everything is saved yet.",
            text,
            "Close and lose it" if loses else "Close",
            self._close_anyway,
            danger=loses,
        )
        return True

    def _close_anyway(self) -> None:
        self._may_close = True
        self.window.close()

    def _on_state_changed(self) -> None:
        self._lock_button.setVisible(self.session.state in (State.OPEN, State.WHO))
        self._show_who()
        if not self.session.is_open:
            self._take_away()
        elif self.screen_lock is None:
            self._hear_desktop()
        if self.session.is_open and self.window.place in self._late:
            self._build(self.window.place)

    def _show_who(self) -> None:
        """Offer to change who works here where more than one person does."""
        actor = self.session.actor
        self._who_button.setVisible(actor is not None and len(self.session.people) > 1)
        if actor is not None:
            self._who_button.setToolTip(f"{actor.name} works here now. Change who it is.")

    def _take_away(self) -> None:
        """Close what lies over the places and may name a patient; forget what was copied from here."""
        kinds = (QDialog, QMenu, Toast, CommandPalette)
        for over in [each for kind in kinds for each in self.window.findChildren(kind)]:
            over.close()
        for toast in self.window.findChildren(Toast):
            toast.deleteLater()
        QToolTip.hideText()
        if self.session.state is not State.LOCKED:
            return
        clipboard = QGuiApplication.clipboard()
        if clipboard.ownsClipboard():
            clipboard.clear()
        if clipboard.supportsSelection() and clipboard.ownsSelection():
            clipboard.clear(QClipboard.Mode.Selection)

    def move(self) -> None:
        """Go to the place of the records that is set now, once everything of this one is saved."""
        self.session.before_lock.emit()

        def go() -> None:
            if self.desk.unsaved and self.session.is_open:
                self.window.context.prompts.tell(
                    Message(
                        "Not everything is saved yet.",
                        "The records stay where they are until it is. It is tried again; then choose the place anew.",
                    )
                )
                return
            self._leave_records()
            self.session.look_elsewhere()

        self.desk.settle(go)

    def _on_upgraded(self, upgraded: "Upgraded") -> None:
        self.window.context.prompts.say(
            f"The records were brought up to date. How they were before is in {upgraded.backup}."
        )

    def _on_backup_worry(self, error: Exception) -> None:
        """Say once in passing that backups need somebody; the settings show it for as long as it lasts."""
        self.window.context.prompts.say(f"{message_for(error).title} See Settings, Backups.")

    # -- the desktop ---------------------------------------------------------------------------
    def _hear_desktop(self) -> None:
        """Lock with the desktop's screen, where it tells. Only once records are open: before, no bus is opened."""
        from myomap.gui.practice.screen_lock import ScreenLock

        self.screen_lock = ScreenLock()
        self.screen_lock.locked.connect(self.session.lock)
        self.screen_lock.heard_changed.connect(self._on_heard)
        self.screen_lock.start()

    def _on_heard(self) -> None:
        if self.settings is not None and self.session.is_open:
            self.settings.access.refresh()

    def _stop_hearing(self) -> None:
        if self.screen_lock is not None:
            self.screen_lock.stop()

    @property
    def heard(self) -> tuple[str, ...]:
        """What of the desktop's lock is listened to, in words."""
        return self.screen_lock.heard if self.screen_lock is not None else ()

    def _build(self, name: str) -> None:
        if name == "visit":
            self.visit_place()
        else:
            self.patients_place()

    def add_settings(self) -> None:
        """Add the settings, last in the rail."""
        from myomap.gui.settings_place.place import SettingsPlace
        from myomap.gui.settings_place.server_part import ServerPart

        self.settings = SettingsPlace(self.window.context, self.session, self.remembering, lambda: self.heard)
        self.settings.add_server(
            ServerPart(self.window.context, self.session, self._doors, self.move, self._database)
        )
        self.settings.wants_practice.connect(partial(self.window.go_to, "patients"))
        self.window.add_place("settings", "Settings", "settings", self.settings)

    def visit_place(self) -> "VisitPlace":
        """Return the visit place, built when first asked for."""
        if self.visit is None:
            from myomap.gui.visit.place import VisitPlace

            self.visit = VisitPlace(self.window.context, self.session, self.desk)
            self.visit.bench.search = self.window.search
            self.visit.bench.show_in_atlas = self.show_in_atlas
            self.visit.wants_patient.connect(self.open_patient)
            self.visit.wants_list.connect(partial(self.window.go_to, "patients"))
            self._late["visit"].gated.set_content(self.visit)
        return self.visit

    def patients_place(self) -> "PatientsPlace":
        """Return the patients' place, built when first asked for."""
        if self.patients is None:
            from myomap.gui.patients.place import PatientsPlace

            self.patients = PatientsPlace(self.window.context, self.session)
            self.patients.visit_chosen.connect(self.open_visit)
            for keys, back in (("Ctrl+Z", True), ("Ctrl+Shift+Z", False)):
                shortcut = QShortcut(QKeySequence(keys), self.patients)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(partial(self.undo_in_practice, back=back))
            self._late["patients"].gated.set_content(self.patients)
        return self.patients

    # -- going places --------------------------------------------------------------------------
    def open_visit(self, visit: str) -> None:
        """Put a visit on the desk and show it."""
        self.visit_place()
        self.window.go_to("visit")
        self.desk.open(visit)

    def open_patient(self, patient: str) -> None:
        """Show a patient's page."""
        self.window.go_to("patients")
        if self.session.is_open:
            self.patients_place().open_patient(patient)

    def new_patient(self) -> None:
        """Show the form for a new patient."""
        self.window.go_to("patients")
        if self.session.is_open:
            self.patients_place().new_patient()

    def show_group(self) -> None:
        """Show the map of everybody's drawings."""
        self.window.go_to("patients")
        if self.session.is_open:
            self.patients_place().show_group()

    def undo_in_practice(self, *, back: bool = True) -> None:
        """Take back (or do again) the last change of patients, people or settings."""
        session = self.session
        if not session.is_open:
            return

        def turned(applied: object) -> None:
            session.reread()
            if applied is None:
                word = "undo" if back else "redo"
                self.window.context.prompts.tell(Message(f"There is nothing to {word} here.", ""))

        session.read(
            lambda practice: practice.undo(PRACTICE_SCOPE) if back else practice.redo(PRACTICE_SCOPE),
            turned,
            lambda error: self.window.context.prompts.tell(message_for(error)),
        )

    def _turn_in_sight(self, turn: Callable[[], None]) -> None:
        """Undo or redo in the visit on the desk, and show it: nothing of a patient changes unseen."""
        self.window.go_to("visit")
        turn()

    def show_in_atlas(self, point: str, side: str) -> None:
        """Open a trigger point in the atlas."""
        self.window.go_to("atlas")
        self.window.atlas_place.inspector.choose_point(PointKey(point, Laterality(side)))

    def _find_patients(self, text: str) -> "list[Found]":
        from myomap.lookup.search import Entry, Found, Kind

        session = self.session
        if not session.is_open or session.away is not None or len(text.strip()) < 2:
            return []
        practice = session.practice
        found: Sequence[PatientLine] = ()
        lines = in_time(lambda: practice.search(text.strip(), limit=5), found)
        return [
            Found(
                Entry(
                    Kind.PATIENT,
                    line.id,
                    line.name[:120],
                    f"born {line.birth_date}" if line.birth_date else "",
                ),
                None,
                0.0,
            )
            for line in lines
        ]
