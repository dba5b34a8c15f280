"""Where invented patients lie while somebody looks around: an encrypted file under a key that nobody knows.

Each session has a folder of its own in the home folder, with a file that is locked for as long as the program
lives. It is removed when the session ends; what a crash left behind is removed at the next start, and is
unreadable until then.
"""

import logging
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, NoReturn

from myomap.anatomy.views import Figure
from myomap.records.edits import Change, Edit, add, change, together
from myomap.records.errors import NotAllowedError
from myomap.records.practice import Applied, BackupPreview, Practice
from myomap.records.values import Patient, PracticeSettings, Practitioner, Sex
from myomap.store import key_file
from myomap.store.invented.patients import PRACTICE_NAME, cast, clinician, marked
from myomap.store.invented.visits import visits_of
from myomap.store.practice_folder import PracticeFolder, greet
from myomap.store.practice_store import StoredPractice
from myomap.store.safe_files import hold
from myomap.surface.atlas_source import AtlasSource

_LOG = logging.getLogger(__name__)

#: The folder in the home folder.
FOLDER = "invented"

#: How many days ago the last visit of each patient was.
_LAST_DAYS_AGO = (0, 0, 1, 2, 3, 6, 7, 8, 10, 14, 21, 30)


class InventedPractice(StoredPractice):
    """A practice in which whatever is named says that it is invented, however it is named."""

    own_passphrase = ""

    def apply(self, edit: Edit, *given: Any, **named: Any) -> Applied:
        """Carry out an edit, its names marked."""
        changes = tuple(_marked(change) for change in edit.changes)
        return super().apply(replace(edit, changes=changes), *given, **named)

    def back_up(self, told: Callable[[float], None] | None = None) -> NoReturn:
        """Nothing of it is kept."""
        _refuse("are not backed up")

    def unlock(self, passphrase: str) -> None:
        """Open the lock, whatever was typed: nobody knows the passphrase, and nobody's record is behind it."""
        super().unlock(self.own_passphrase)


def _marked(change: Change) -> Change:
    after = change.after
    if isinstance(after, Patient | PracticeSettings):
        return replace(change, after=replace(after, name=marked(after.name or PRACTICE_NAME)))
    return change


class InventedFolder(PracticeFolder):
    """Implements records.place.InventedPlace in a folder that is thrown away."""

    def __init__(self, home: Path) -> None:
        """Take the home folder; nothing is made yet."""
        self._parent = home / FOLDER
        self._passphrase = secrets.token_urlsafe(32)
        self._held: Any = None
        self._practice: InventedPractice | None = None
        super().__init__(self._parent / secrets.token_hex(8))

    @property
    def where(self) -> str:
        """In words."""
        return "These are invented patients: no passphrase is asked."

    def fill(self, atlas: AtlasSource, *, today: date | None = None) -> InventedPractice:
        """Make the practice with its patients and their visits, its clinician signed in."""
        sweep(self._parent.parent)
        self.folder.mkdir(parents=True, mode=0o700)
        self._held = hold(self.folder)
        practice, _ = self.create(self._passphrase, name=PRACTICE_NAME, owner=clinician())
        assert isinstance(practice, InventedPractice)
        _fill(practice, atlas, today or date.today())
        return practice

    def throw_away(self) -> None:
        """Close and remove everything. What cannot be removed now is removed at the next start."""
        if self._practice is not None:
            self._practice.close()
        held, self._held = self._held, None
        if held is not None:
            held.close()
        _remove(self.folder)
        with suppress(OSError):
            self._parent.rmdir()

    # -- as a place -----------------------------------------------------------------------------
    def open(self, passphrase: str) -> StoredPractice:
        """Open it again, whatever was typed."""
        return super().open(self._passphrase)

    def _opened(self, key: bytes, text: key_file.KeyText) -> InventedPractice:
        """Open without backups: a copy of it would be kept."""
        practice = InventedPractice(self._database(key, text), uuid=text.uuid, reopen=self._reopen)
        practice.own_passphrase = self._passphrase
        self._practice = practice
        greet(practice)
        return practice

    def open_remembered(self) -> StoredPractice | None:
        """Nothing is remembered."""
        return None

    def can_remember(self) -> bool:
        """Nothing is remembered."""
        return False

    def remember(self, practice: Practice, on: bool) -> bool:
        """Nothing is remembered."""
        return False

    def open_with_recovery_key(self, recovery_key: str, new_passphrase: str) -> NoReturn:
        """There is no such key."""
        _refuse("have no recovery key")

    def change_passphrase(self, old: str, new: str, *, by: str = "") -> NoReturn:
        """There is none that anybody knows."""
        _refuse("have no passphrase")

    def new_recovery_key(self, passphrase: str, *, by: str = "") -> NoReturn:
        """There is no such key."""
        _refuse("have no recovery key")

    def preview(self, backup: Path, passphrase: str) -> BackupPreview:
        """No backup comes in here."""
        _refuse("take no backup")

    def restore(self, backup: Path, passphrase: str) -> NoReturn:
        """No backup comes in here: nobody's records among invented ones."""
        _refuse("take no backup")


def _refuse(what: str) -> NoReturn:
    raise NotAllowedError(
        f"Invented patients {what}.", safe="Nothing was changed.", todo="End looking around first."
    )


def _fill(practice: InventedPractice, atlas: AtlasSource, today: date) -> None:
    actor = practice.actor
    assert isinstance(actor, Practitioner)
    settings = practice.settings
    practice.apply(
        change(settings, replace(settings, phone="000 000 000", address="1 Example Street, Nowhere"))
    )
    for each, ago in zip(cast(), cycle(_LAST_DAYS_AGO)):
        practice.apply(add(each.patient))
        figure = Figure.FEMALE if each.patient.sex is Sex.FEMALE else Figure.MALE
        made = list(
            visits_of(atlas, each.patient, each.story, figure, actor.id, last=today - timedelta(days=ago))
        )
        for number, (visit, values) in enumerate(made, 1):
            edits = [add(visit, visit=each.patient.id), *(add(value, visit=visit.id) for value in values)]
            practice.apply(together("Invented visit", edits))
            if ago or number < len(made):  # today's lie open
                practice.sign(visit.id)


def sweep(home: Path) -> None:
    """Remove what sessions that ended in a crash left behind; one that is in use is left alone."""
    parent = home / FOLDER
    try:
        folders = [each for each in parent.iterdir() if each.is_dir()]
    except OSError:
        return
    for folder in folders:
        held = hold(folder)
        if held is not None:
            held.close()
            _remove(folder)
    with suppress(OSError):
        parent.rmdir()


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        _LOG.warning("an invented practice could not be removed (%s)", os.strerror(error.errno or 0))


__all__ = ["InventedFolder", "InventedPractice", "sweep"]
