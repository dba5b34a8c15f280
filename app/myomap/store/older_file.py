"""Whether a practice is the one that was closed here last, or an older state, or another copy of it.

A sync program, a backup tool or a person may put an older file in its place: nothing in it says so. So the number and
digest of the last audit line are noted beside the practice's folder, and compared when it is opened again. A sync
program that met two writers leaves a second file beside the records: that is told too.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from myomap.records.errors import PracticeFileError
from myomap.store import rows
from myomap.store.backups import RECORDS
from myomap.store.safe_files import write_whole

FOLDER = "last-seen"


class LastSeen:
    """The note about one practice."""

    def __init__(self, folder: Path, practice: str) -> None:
        """Take the practice's folder and its id; the note lies beside the folder, for that may be put back whole."""
        self._folder = folder
        self._path = folder.parent / FOLDER / f"{practice}.json"

    def note(self, tx: Connection) -> None:
        """Remember how far the practice is now. What cannot be written is not compared later, and nothing else."""
        seq, digest = tx.execute(select(rows.audit_head.c.seq, rows.audit_head.c.digest)).one()
        seen = {"seq": seq, "digest": digest, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True, mode=0o700)
            write_whole(self._path, json.dumps(seen).encode(), lasting=False)

    def forget(self) -> None:
        """A backup was put in place on purpose."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def cautions(self, tx: Connection) -> Sequence[PracticeFileError]:
        """Return what somebody must know before they go on; ask before anything is written."""
        return (*self.older(tx), *_clock(tx), *self._others())

    def older(self, tx: Connection) -> list[PracticeFileError]:
        """Return what is told where these records are not what was closed here last."""
        try:
            seen = json.loads(self._path.read_text("utf-8"))
            seq, digest, at = int(seen["seq"]), str(seen["digest"]), datetime.fromisoformat(seen["at"])
        except (OSError, ValueError, KeyError, TypeError):
            return []
        now = tx.execute(select(rows.audit_head.c.seq)).scalar_one()
        line = select(rows.audit.c.digest).where(rows.audit.c.seq == seq)
        if now >= seq and tx.execute(line).scalar() == digest:
            return []
        when = f"{at.astimezone():%Y-%m-%d %H:%M}"
        return [
            PracticeFileError(
                f"These records are not the ones that were open here on {when}: something of them is missing.",
                safe="Nothing was changed now. Perhaps a sync program, a backup tool or somebody put an older file in"
                " their place.",
                todo="Look for the newer file, or at the backups in Settings, before you write on: what is written"
                " into these records will not be in the others.",
            )
        ]

    def _others(self) -> list[PracticeFileError]:
        try:
            stem = RECORDS.removesuffix(".db")
            found = sorted(each.name for each in self._folder.glob(f"{stem}?*.db") if each.name != RECORDS)
        except OSError:
            found = []
        if not found:
            return []
        return [
            PracticeFileError(
                f"Beside the records lies another file of theirs: {', '.join(found[:3])}.",
                safe="It was not touched, and what is in it is not in these records. A sync program makes such a file"
                " where two computers wrote at once.",
                todo="Use these records on one computer, or on a server. Whoever looks after your Myomap can open the"
                " other file as a practice of its own and compare.",
            )
        ]


def _clock(tx: Connection) -> list[PracticeFileError]:
    """Tell of a clock that was set back: visits would be begun, and things signed, on a day that is long past."""
    last = tx.execute(select(rows.audit.c.at).order_by(rows.audit.c.seq.desc()).limit(1)).scalar()
    now = datetime.now(UTC)
    if not last or now >= datetime.fromisoformat(last) - timedelta(days=1):
        return []
    return [
        PracticeFileError(
            f"This computer’s clock says {now.astimezone():%Y-%m-%d %H:%M}, but these records were last written on"
            f" {datetime.fromisoformat(last).astimezone():%Y-%m-%d %H:%M}.",
            safe="Nothing is lost, and the order of what is written stays right.",
            todo="Set the clock before you begin a visit or sign: both would bear the wrong day.",
        )
    ]


__all__ = ["LastSeen"]
