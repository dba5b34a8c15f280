"""Where a practice is or can be made; myomap.store implements these ports.

Everything raises RecordsError subclasses (records.errors) with words for people. All methods may be
called from any thread.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from myomap.records.practice import BackupPreview, Practice
from myomap.records.values import Paper, Practitioner

if TYPE_CHECKING:  # arrays: the window is painted before they are imported
    from myomap.surface.atlas_source import AtlasSource


class PracticePlace(Protocol):
    """Where a practice is or can be made: a folder on this machine, or a server."""

    @property
    def where(self) -> str:
        """For people: the folder, or the server without any password."""
        ...

    def exists(self) -> bool:
        """Tell whether a practice is there."""
        ...

    def create(
        self, passphrase: str, *, name: str, owner: Practitioner, paper: Paper = Paper.A4
    ) -> tuple[Practice, str]:
        """Make a practice with its first practitioner signed in; return it and its recovery key to print."""
        ...

    def open(self, passphrase: str) -> Practice:
        """Open; PassphraseError, PracticeFileError."""
        ...

    def open_with_recovery_key(self, recovery_key: str, new_passphrase: str) -> Practice:
        """Open with the printed key and set a new passphrase."""
        ...

    def open_remembered(self) -> Practice | None:
        """Open with the key in this computer's keyring, None if it is not there or does not fit."""
        ...

    def can_remember(self) -> bool:
        """Tell whether there is a keyring that can be used; may take long, so ask off the window's thread."""
        ...

    def remember(self, practice: Practice, on: bool) -> bool:
        """Put the key into the keyring, or take it out; False where there is no keyring."""
        ...

    def change_passphrase(self, old: str, new: str, *, by: str = "") -> None:
        """Change the passphrase; the records are not touched. ``by``: who does it, for the audit."""
        ...

    def new_recovery_key(self, passphrase: str, *, by: str = "") -> str:
        """Return a new recovery key to print; the one before opens the practice no more (old backups it does)."""
        ...

    def preview(self, backup: Path, passphrase: str) -> BackupPreview:
        """Open a backup and tell what is in it (passphrase or recovery key of its time)."""
        ...

    def restore(self, backup: Path, passphrase: str) -> Practice:
        """Put a backup in place; what was there is kept beside it as a backup. Close the practice first."""
        ...

    def wait_s(self) -> float:
        """Return how many seconds the next try of a passphrase must wait, 0 if none."""
        ...


class InventedPlace(PracticePlace, Protocol):
    """Where a practice with invented patients is made for one session; nothing of it is kept."""

    def fill(self, atlas: "AtlasSource") -> Practice:
        """Make it, with patients, visits and somebody signed in."""
        ...

    def throw_away(self) -> None:
        """Remove all of it. Close the practice first."""
        ...


__all__ = ["InventedPlace", "PracticePlace"]
