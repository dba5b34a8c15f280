"""“Remember on this computer”: the key in the desktop's keyring, a convenience that may fail in any way.

It opens the practice when Myomap starts. After a lock the passphrase is always asked, also when Myomap is
started anew: else closing it would be a way round the lock.
"""

import logging

from PySide6.QtCore import QObject, Signal

from myomap.gui.context import Context
from myomap.gui.practice.aside import Aside
from myomap.gui.practice.session import Session, State
from myomap.gui.settings import save
from myomap.records.place import PracticePlace
from myomap.records.practice import Practice

_LOG = logging.getLogger(__name__)

MEANING = (
    "The key goes into this computer’s keyring. Whoever can use your account here then opens the records by starting"
    " Myomap. After a lock the passphrase is asked all the same."
)
REFUSED = "This computer’s keyring did not take the key. The passphrase opens the records as before."


class Remembering(QObject):
    """Knows whether the key is remembered here, and carries out the wish."""

    changed = Signal()
    """Whether there is a keyring, or what is in it, is known anew."""
    trying = Signal(bool)
    """The keyring is being asked to open the practice."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self._aside = Aside()
        self._tried = False
        self._asked: PracticePlace | None = None
        self._wish: bool | None = None
        self.possible = False
        """There is a keyring that can be used, as far as is known."""
        session.state_changed.connect(self._on_state_changed)

    @property
    def on(self) -> bool:
        """Tell whether the key was put into the keyring."""
        return self._context.settings.remembered

    def wish(self, on: bool) -> None:
        """Take the wish of who is opening the practice; carried out once it is open."""
        self._wish = on if on != self.on else None

    def set(self, on: bool) -> None:
        """Put the key into the keyring, or take it out."""
        place, session = self._session.place, self._session
        if place is None or session.state not in (State.OPEN, State.WHO):
            return
        practice = session.practice
        if not on:
            self._keep(remembered=False)  # at once: a keyring that does not answer is not asked again
        self._aside.run(
            lambda: place.remember(practice, on),
            lambda done: self._on_set(on, bool(done)),
            lambda _: self._on_set(on, False),
        )

    def _on_set(self, on: bool, done: bool) -> None:
        if on and done:
            self._keep(remembered=True)
            self._context.prompts.say("This computer opens the practice from now on.")
        elif on:
            self._context.prompts.say(REFUSED)
        elif done:
            self._context.prompts.say("The key is out of this computer’s keyring.")
        else:
            self._context.prompts.say(
                "Myomap does not use the key in the keyring any more, but could not take it out."
            )
        self.changed.emit()

    def _keep(self, **values: bool) -> None:
        settings = self._context.settings
        if any(getattr(settings, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(settings, name, value)
            save(self._context.home, settings)
            self.changed.emit()

    # -- following the practice ----------------------------------------------------------------
    def _on_state_changed(self) -> None:
        state = self._session.state
        if self._session.invented is not None:
            return  # says nothing of the practice that is kept
        if state is State.LOCKED:
            self._keep(ask_passphrase=True)
        elif state in (State.OPEN, State.WHO):
            self._keep(ask_passphrase=False)
            self._find_ring()
            wish, self._wish = self._wish, None
            if wish is not None:
                self.set(wish)
        elif state is State.SHUT and not self._tried:
            self._tried = True
            self._find_ring()
            self._open_with_ring()

    def _find_ring(self) -> None:
        """Find out whether there is a keyring."""
        place = self._session.place
        if place is None or place is self._asked:
            return
        self._asked = place

        def known(possible: bool) -> None:
            self.possible = possible
            self.changed.emit()

        self._aside.run(place.can_remember, known)

    def _open_with_ring(self) -> None:
        """Have the keyring open the practice if it was asked to."""
        place, settings = self._session.place, self._context.settings
        if place is None or not settings.remembered or settings.ask_passphrase:
            return

        def opened(practice: Practice | None) -> None:
            self.trying.emit(False)
            if practice is not None:
                self._session.take_if_shut(practice)

        def failed(error: Exception) -> None:
            _LOG.info("the keyring did not open the practice (%s)", type(error).__name__)
            self.trying.emit(False)

        self.trying.emit(True)
        self._aside.run(place.open_remembered, opened, failed)
