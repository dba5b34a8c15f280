"""The practice of this window: opening, locking, who works, and one thread through which all changes go.

Nothing here knows SQL: bootstrap gives a function that returns the PracticePlace.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QWidget

from myomap.gui.practice.backing_up import BackingUp
from myomap.gui.workers import Pool
from myomap.records.edits import Edit
from myomap.records.errors import LockedError, ServerAwayError
from myomap.records.idle import IdleClock
from myomap.records.place import InventedPlace, PracticePlace
from myomap.records.practice import Deed, Practice
from myomap.records.values import Paper, PracticeSettings, Practitioner

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource

#: How often a server that is away is asked whether it is back.
KNOCK_MS = 3_000
#: How often the clocks are looked at; after sleep so long passes at the most before it locks.
IDLE_CHECK_MS = 2_000
LOCK_KEYS = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_L)
_SIGNS_OF_LIFE = frozenset({
    QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TabletMove, QEvent.Type.TabletPress,
})  # fmt: skip


class State(StrEnum):
    """Where the window stands with its practice."""

    LOOKING = "looking"
    """Not known yet."""
    NONE = "none"
    """There is none; one can be made."""
    SHUT = "shut"
    """There is one; the passphrase opens it."""
    LOCKED = "locked"
    """It was open and locked itself."""
    WHO = "who"
    """Open, but nobody is signed in."""
    OPEN = "open"
    FAILED = "failed"
    """It cannot be reached; ``failure`` says why."""


class Session(QObject):
    """One practice, one worker thread. Signals come on the window's thread."""

    state_changed = Signal()
    settings_changed = Signal()
    people_changed = Signal()
    patients_changed = Signal()
    """A patient or a visit was added or changed: lists read again."""
    before_lock = Signal()
    """Words that are being typed must be told now."""
    upgraded = Signal(object)
    """The practice was brought up to date when it was opened: Upgraded."""
    server_changed = Signal()
    """The server went away, or is there again: `away` says which."""
    erased = Signal(str)
    """A patient was erased for good: their id."""

    def __init__(self, find_place: Callable[[], PracticePlace]) -> None:
        super().__init__()
        self._find_place = find_place
        self.place: PracticePlace | None = None
        self.invented: InventedPlace | None = None
        """The place, while somebody looks around with invented patients."""
        self.around: Callable[[], None] | None = None  # begins looking around, where that can be
        self._practice: Practice | None = None
        self.state = State.LOOKING
        self.failure: Exception | None = None
        self.settings = PracticeSettings()
        self.people: tuple[Practitioner, ...] = ()
        self.with_pin: frozenset[str] = frozenset()
        """Who has a PIN, as far as is known here; the practice itself asks in any case."""
        self.worker = Pool(threads=1)
        self.clock = IdleClock()
        """Measures how long nobody was there. The practice has one of its own, for programs without a window."""
        self._told_of: Practice | None = None
        self.away: ServerAwayError | None = None
        self.made_name = ""
        """The name of the practice that is being made, for its recovery sheet."""
        self.doing = "Looking for the records …"  # what the window waits for while it is `LOOKING`
        self.server_password = ""
        """The password of the server's login, where it was typed; never written anywhere but the keyring."""
        self._knocking = QTimer(self)
        self._knocking.setInterval(KNOCK_MS)
        self._knocking.timeout.connect(self.knock)
        self._turn = 0
        self._closed = self._asking = False
        self._idle = QTimer(self)
        self._idle.setInterval(IDLE_CHECK_MS)
        self._idle.timeout.connect(self.check_idle)
        self.backups = BackingUp()

    # -- what is there -------------------------------------------------------------------------
    @property
    def practice(self) -> Practice:
        """Return the open practice; LockedError where there is none."""
        if self._practice is None or self.state not in (State.OPEN, State.WHO):
            raise LockedError("The practice is not open.", todo="Open it first.")
        return self._practice

    @property
    def is_open(self) -> bool:
        """Tell whether records can be read."""
        return self.state is State.OPEN

    @property
    def needs_pin(self) -> bool:
        """Tell whether who works now has a PIN, which is asked before signing."""
        return self.actor is not None and self.actor.id in self.with_pin

    @property
    def actor(self) -> Practitioner | None:
        """Who is signed in."""
        return self._practice.actor if self._practice is not None and self.is_open else None

    def _set_state(self, state: State) -> None:
        if state is not State.OPEN:
            self._turn += 1  # what was asked before is not answered any more: it may name a patient
        self.state = state
        running = state in (State.OPEN, State.WHO)
        self._idle.start() if running else self._idle.stop()
        self.backups.follow(self._practice if running else None)
        self.state_changed.emit()

    def look(self) -> None:
        """Find out whether there is a practice."""
        self.doing = "Looking for the records …"

        def find() -> tuple[PracticePlace, bool]:
            place = self.place or self._find_place()
            return place, place.exists()

        def found(outcome: tuple[PracticePlace, bool]) -> None:
            self.place, there = outcome
            if self.state in (State.LOOKING, State.FAILED):
                self._set_state(State.SHUT if there else State.NONE)

        self.worker.run(find, found, self._on_failed)

    def look_elsewhere(self) -> None:
        """Close what is open; look at the place that is set now (another server, or the folder here)."""
        if self.state in (State.OPEN, State.WHO):
            self.before_lock.emit()
        self._leave()
        self._set_state(State.LOOKING)
        self.look()

    def look_around(self, place: InventedPlace, atlas: "AtlasSource") -> None:
        """Open a practice with invented patients, made now; what was open is closed before."""
        self._leave()
        self.place = self.invented = place
        self._set_state(State.LOOKING)
        self.doing = "Inventing patients …"
        self.worker.run(lambda: place.fill(atlas), self._take, self._on_failed)

    def _leave(self) -> None:
        if self._practice is not None:
            self.worker.run(self._practice.close, lambda _: None, lambda _: None)
        if self.invented is not None:
            self.worker.run(self.invented.throw_away, lambda _: None, lambda _: None)
        self._practice = self.place = self.invented = None
        self._set_away(None)

    def _on_failed(self, error: Exception) -> None:
        self.failure = error
        self._set_state(State.FAILED)

    # -- opening -------------------------------------------------------------------------------
    def create(
        self,
        passphrase: str,
        name: str,
        owner: Practitioner,
        paper: Paper,
        on_made: Callable[[str], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Make the practice; ``on_made`` gets its recovery key. `admit` then lets people in."""
        place, self.made_name = self.place, name
        assert place is not None

        def made(outcome: tuple[Practice, str]) -> None:
            self._practice = outcome[0]
            on_made(outcome[1])

        self.worker.run(lambda: place.create(passphrase, name=name, owner=owner, paper=paper), made, on_error)

    def open(self, passphrase: str, on_error: Callable[[Exception], None]) -> None:
        """Open with the passphrase, or unlock what was open."""
        place, practice = self.place, self._practice
        assert place is not None

        def opened() -> Practice:
            if practice is not None:
                practice.unlock(passphrase)
                return practice
            return place.open(passphrase)

        self.worker.run(opened, self._take_newest, on_error)

    def _take_newest(self, practice: Practice) -> None:
        """Take what was opened; if the keyring was faster, the second one is closed again."""
        if self._practice is not None and self._practice is not practice:
            self.worker.run(practice.close, lambda _: None, lambda _: None)
        else:
            self._take(practice)

    def take_if_shut(self, practice: Practice) -> None:
        """Take a practice that the keyring opened, unless somebody was faster or the window is closing."""
        if self._closed:
            practice.close()
        elif self.state is State.SHUT and self._practice is None:
            self._take(practice)
        else:
            self.worker.run(practice.close, lambda _: None, lambda _: None)

    def open_with_recovery_key(self, key: str, new: str, on_error: Callable[[Exception], None]) -> None:
        """Open with the printed key and set a new passphrase."""
        place, practice = self.place, self._practice
        assert place is not None

        def opened() -> Practice:
            if practice is not None:
                practice.close()
            return place.open_with_recovery_key(key, new)

        self.worker.run(opened, self._take, on_error)

    def take(self, practice: Practice, place: PracticePlace | None = None) -> None:
        """Use a practice that is open already (tests)."""
        self.place = place or self.place
        self._take(practice)

    def restore(self, backup: Path, passphrase: str, on_error: Callable[[Exception], None]) -> None:
        """Put a backup in place of the records; what was open is closed first."""
        place, practice = self.place, self._practice
        assert place is not None
        self.before_lock.emit()

        def work() -> Practice:
            if practice is not None:
                practice.close()
            return place.restore(backup, passphrase)

        def failed(error: Exception) -> None:
            self.look()  # is there a practice to open, or none, as before?
            on_error(error)

        self._practice = None
        self.doing = "Restoring the backup, and checking it page by page …"
        self._set_state(State.LOOKING)
        self.worker.run(work, self._take, failed)

    def admit(self) -> None:
        """Go on with the practice that was just made."""
        if self._practice is not None:
            self._take(self._practice)

    def _take(self, practice: Practice) -> None:
        self._practice = practice

        def read() -> tuple[PracticeSettings, tuple[Practitioner, ...], frozenset[str]]:
            return (practice.settings, *people_of(practice))

        def known(outcome: tuple[PracticeSettings, tuple[Practitioner, ...], frozenset[str]]) -> None:
            if practice.is_locked:
                return  # it was locked again before it was read
            self.settings, self.people, self.with_pin = outcome
            self.clock.touch()
            self._set_away(None)
            self._set_state(State.OPEN if practice.actor is not None else State.WHO)
            if practice.upgraded is not None and practice is not self._told_of:
                self._told_of = practice
                self.upgraded.emit(practice.upgraded)
            self.settings_changed.emit()
            self.people_changed.emit()

        self.worker.run(read, known, self._on_failed)

    def sign_in(self, practitioner: str, on_error: Callable[[Exception], None], *, pin: str = "") -> None:
        """Say who works now; PinError where that person has a PIN and it is not this one."""
        practice = self._practice
        assert practice is not None

        def done(_: object) -> None:
            if self._practice is practice and self.state is State.WHO:
                self._set_state(State.OPEN)

        self.worker.run(lambda: practice.sign_in(practitioner, pin), done, on_error)

    def change_person(self) -> None:
        """Ask again who works here."""
        if self.state is State.OPEN:
            self.before_lock.emit()
            self._set_state(State.WHO)

    # -- locking -------------------------------------------------------------------------------
    def touch(self) -> None:
        """Somebody is there."""
        self.clock.touch()
        if self._practice is not None and self.is_open:
            self._practice.touch()

    def watch(self, window: QWidget) -> None:
        """Take every key and movement in a window, and in each that opens later, as a sign of life."""
        self._watch_handle(window.windowHandle())
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch_handle)

    def _watch_handle(self, handle: QWindow | None) -> None:
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _SIGNS_OF_LIFE:
            return False
        # The first movement after sleep must not pass for somebody who was there all the time.
        if self.check_idle():
            return True
        if isinstance(event, QKeyEvent) and event.keyCombination() == LOCK_KEYS:
            self.lock()  # also from a dialog or the patient's screen, where the window's shortcut is not heard
            return True
        idle = self.clock.idle_s()
        if idle > 1:
            self.touch()
        return False

    def check_idle(self) -> bool:
        """Lock if nobody was there for long enough; tell whether it did."""
        if self.state not in (State.OPEN, State.WHO):
            return False
        if self.clock.idle_s() < self.settings.lock_after_minutes * 60:
            return False
        self.lock()
        return True

    def lock(self) -> None:
        """Lock now. The window is emptied at once; what was typed is saved before the key is forgotten."""
        practice = self._practice
        if practice is None or self.state not in (State.OPEN, State.WHO):
            return
        self.before_lock.emit()
        self.settings = PracticeSettings(name=self.settings.name)
        self._set_state(State.LOCKED)

        def locked(_: object) -> None:
            if not practice.is_locked and self._practice is practice and self.state is State.LOCKED:
                self._take(practice)  # a practice in memory has no key to forget

        def failed(_: Exception) -> None:
            locked(None)

        self.worker.run(practice.lock, locked, failed)

    def _on_locked(self) -> None:
        """The practice turned out to be locked."""
        if self._practice is not None and self._practice.is_locked and self.state is not State.LOCKED:
            self.settings = PracticeSettings(name=self.settings.name)
            self._set_state(State.LOCKED)

    def close(self) -> None:
        """Save, close, and wait for it."""
        self.before_lock.emit()
        self._leave()
        self.backups.close()
        self.worker.finish()
        self._closed = True
        self.state = State.SHUT  # nobody is told: the window is going

    # -- changing and reading ------------------------------------------------------------------
    def read(
        self,
        work: Callable[[Practice], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None] | None = None,
        *,
        topic: str = "",
    ) -> None:
        """Ask the practice something off the window's thread, after all changes made so far.

        Once it has locked, or somebody else takes over, nothing is answered; the work is done all the same.
        """
        practice, turn = self.practice, self._turn

        def done(outcome: Any) -> None:
            self._set_away(None)
            if self._turn == turn:
                on_done(outcome)

        def failed(error: Exception) -> None:
            if isinstance(error, ServerAwayError):
                self._set_away(error)
            if isinstance(error, LockedError):
                self._on_locked()  # it locked between the question and the answer
            if on_error is not None:
                on_error(error)
            elif not isinstance(error, LockedError | ServerAwayError):
                raise error  # that the server is away stands above the records already

        self.worker.run(lambda: work(practice), done, failed, topic=topic)

    def _set_away(self, error: ServerAwayError | None) -> None:
        if (self.away is None) != (error is None):
            self.away = error
            self._knocking.start() if error is not None else self._knocking.stop()
            self.server_changed.emit()

    def knock(self) -> None:
        """Ask whether the server is back."""
        practice = self._practice
        if practice is None or not self.is_open or self.away is None:
            self._knocking.stop()
            return
        if self._asking:
            return
        self._asking = True

        def back(_: object) -> None:
            self._asking = False
            self._set_away(None)
            self.patients_changed.emit()  # lists are read again

        def still_away(_: Exception) -> None:
            self._asking = False

        self.worker.run(practice.count_patients, back, still_away)

    def apply(self, edit: Edit, on_done: Callable[[], None], on_error: Callable[[Exception], None]) -> None:
        """Carry out an edit that belongs to no open visit (patients, practitioners, settings)."""

        def work(practice: Practice) -> PracticeSettings:
            practice.apply(edit)
            return practice.settings

        def done(settings: PracticeSettings) -> None:
            self.settings = settings
            kinds = {change.kind.value for change in edit.changes}
            if "settings" in kinds:
                self.settings_changed.emit()
            if "practitioner" in kinds:
                self._read_people()
            self.patients_changed.emit()
            on_done()

        self.read(work, done, on_error)

    def reread(self) -> None:
        """Read settings, people and lists again: something was taken back."""

        def known(settings: PracticeSettings) -> None:
            self.settings = settings
            self.settings_changed.emit()
            self.patients_changed.emit()

        self.read(lambda practice: practice.settings, known)
        self._read_people()

    def _read_people(self) -> None:
        def known(outcome: tuple[tuple[Practitioner, ...], frozenset[str]]) -> None:
            self.people, self.with_pin = outcome
            self.people_changed.emit()

        self.read(people_of, known)

    def learn_pins(self) -> None:
        """Read again who has a PIN: it was set or removed, perhaps on another machine."""
        if self.is_open:
            self._read_people()

    def note(self, deed: Deed, subject: str, words: str = "") -> None:
        """Write to the audit that something was exported, printed or shown."""
        self.read(lambda practice: practice.note_deed(deed, subject, words), lambda _: None)


def people_of(practice: Practice) -> tuple[tuple[Practitioner, ...], frozenset[str]]:
    """Return who works here, and who of them has a PIN."""
    people = tuple(practice.practitioners())
    return people, frozenset(each.id for each in people if practice.has_pin(each.id))
