"""What can go wrong with records, in words for people."""

from dataclasses import dataclass

from myomap.errors import MyomapError
from myomap.records.values import Kind, Value


@dataclass(frozen=True, slots=True)
class Problem:
    """A field that cannot be kept as it is, with the sentence that stands beside it."""

    field: str
    sentence: str


class RecordsError(MyomapError):
    """Something about the records went wrong."""


class RefusedError(RecordsError):
    """A value has fields that cannot be right; nothing was changed."""

    def __init__(self, kind: Kind, problems: tuple[Problem, ...]) -> None:
        """Keep the problems, to be shown beside their fields."""
        super().__init__(" ".join(each.sentence for each in problems), safe="Nothing was changed.")
        self.kind = kind
        self.problems = problems


class ConflictError(RecordsError):
    """Somebody else changed the same thing meanwhile; nothing was changed.

    ``mine`` is what this edit wanted, ``theirs`` what is kept now, ``base`` what both started from
    (None: not there). ``edits.keep_mine`` makes the edit that puts mine over theirs.
    """

    def __init__(
        self, kind: Kind, id: str, *, base: Value | None, mine: Value | None, theirs: Value | None
    ) -> None:
        """Keep the three values for the choice."""
        super().__init__(
            f"This {kind.replace('_', ' ')} was changed somewhere else meanwhile.",
            safe="Nothing was overwritten.",
            todo="Choose which of the two to keep.",
        )
        self.kind, self.id = kind, id
        self.base, self.mine, self.theirs = base, mine, theirs


class SignedError(RecordsError):
    """The visit is signed: only amendments and follow-ups can be added."""


class NotAllowedError(RecordsError):
    """The person who is signed in may not do this."""


class SigningError(RecordsError):
    """The visit cannot be signed as it is; ``reasons`` are sentences."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Keep the reasons."""
        super().__init__(" ".join(reasons), safe="Nothing was changed.")
        self.reasons = reasons


class RetentionError(RecordsError):
    """The patient's record must still be kept."""


class LockedError(RecordsError):
    """The practice is locked."""


class PassphraseError(RecordsError):
    """The passphrase or recovery key is wrong, or it is too soon to try again.

    ``wait_s`` is how long the next try must wait.
    """

    def __init__(self, what: str, wait_s: float) -> None:
        """Keep the wait."""
        super().__init__(what, safe="The records are unchanged.")
        self.wait_s = wait_s


class PinError(RecordsError):
    """The person's PIN is wrong or was not given, or it is too soon to try again.

    ``wait_s`` is how long the next try must wait; ``is_missing`` where none was given: just ask for it.
    """

    def __init__(self, what: str, wait_s: float = 0.0, *, is_missing: bool = False) -> None:
        """Keep the wait."""
        super().__init__(what, safe="Nothing was changed.", todo="Enter the PIN." if is_missing else "")
        self.wait_s, self.is_missing = wait_s, is_missing


class SaveError(RecordsError):
    """It could not be saved (full disk, read-only folder, file gone, server away)."""


class ServerRefusedError(SaveError):
    """The server, or the way to it, is not one that records go to (certificate, login, database)."""


class BackupStoppedError(SaveError):
    """A backup was ended before it was whole, because the program closes; nothing of it is left."""


class ServerAwayError(SaveError):
    """The server that holds the practice cannot be reached, or hung up."""


class PracticeFileError(RecordsError):
    """The practice file is missing, damaged, from a newer version, or not one."""


class NotFoundError(RecordsError):
    """There is no such patient, visit or practitioner."""
