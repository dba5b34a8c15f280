"""A student's progress in a small SQLite file of its own. No patient's word is ever in it.

Every answer is one transaction, synced to the disk before the next question is asked (WAL with
``synchronous=FULL``): a pulled plug loses no answer. A file that is damaged, foreign or newer is never
written to.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from myomap.errors import MyomapError
from myomap.study.deck_file import deck_from, deck_values
from myomap.study.decks import Deck
from myomap.study.ports import DayCount, ProgressUnreachableError
from myomap.study.schedule import CardState, Review, StudySettings

_T = TypeVar("_T")
#: “MyoS”, so that a foreign file is known at once.
APPLICATION_ID = 0x4D796F53
FORMAT = 1
_KEPT = "The file was not changed."
_TABLES = """
CREATE TABLE card (
    card TEXT PRIMARY KEY, due REAL NOT NULL, first REAL, last REAL, stability REAL NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE review (
    id INTEGER PRIMARY KEY, card TEXT NOT NULL, question TEXT NOT NULL, at REAL NOT NULL,
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4), score REAL NOT NULL, seconds REAL NOT NULL,
    practice INTEGER NOT NULL
);
CREATE INDEX review_at ON review (at);
CREATE TABLE deck (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE note (at REAL NOT NULL, words TEXT NOT NULL);
"""


class StudyFileError(MyomapError):
    """Progress that could not be read or saved."""


class StudyFileUnreachableError(StudyFileError, ProgressUnreachableError):
    """The file is held by another program, or its folder cannot be written."""


#: What SQLite says of a file that is not whole; all else is a matter of the place that it lies in.
_NOT_WHOLE = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FORMAT}
)


class StudyFile:
    """An open file of progress; implements study.session.Progress. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it where there is none. StudyFileError says why it cannot be."""
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=3)
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or error
            raise StudyFileUnreachableError(
                f"Your progress in {path} cannot be opened ({why}).",
                safe=_KEPT,
                todo="Check that the folder exists and that you may write in it.",
            ) from error
        try:
            self._open()
        except BaseException:
            self._db.close()
            raise

    def _open(self) -> None:
        try:
            application = self._db.execute("PRAGMA application_id").fetchone()[0]
            written = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if application != APPLICATION_ID and tables:
                raise StudyFileError(
                    f"{self.path} is no file of Myomap's progress.", safe=_KEPT, todo="Move it elsewhere."
                )
            if written > FORMAT:
                raise StudyFileError(
                    f"Your progress was written by a newer Myomap (format {written}, this one reads {FORMAT}).",
                    safe=_KEPT,
                    todo="Update Myomap.",
                )
            if tables:
                fault = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if fault != "ok":
                    raise self._damaged(str(fault))
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            if not tables:
                self._db.executescript(
                    f"BEGIN IMMEDIATE;{_TABLES}PRAGMA application_id = {APPLICATION_ID};"
                    f"PRAGMA user_version = {FORMAT};COMMIT;"
                )
            self._db.execute("SELECT card, due, first, last, stability, state FROM card LIMIT 1").fetchall()
        except sqlite3.DatabaseError as error:
            raise self._refused(error) from error

    def _refused(self, error: sqlite3.Error) -> StudyFileError:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _NOT_WHOLE:
            return self._damaged(str(error))
        return StudyFileUnreachableError(
            f"Your progress in {self.path} cannot be read and written now ({error}).",
            safe=_KEPT,
            todo="Close other windows of Myomap, and see that its folder may be written in and has room.",
        )

    def _damaged(self, why: str) -> StudyFileError:
        return StudyFileError(
            f"Your progress in {self.path} is damaged ({why}).",
            safe=_KEPT,
            todo="Put back a copy of it, or begin anew: the damaged file is then kept beside it.",
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def _write(self, deed: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do something whole or not at all."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                done = deed(self._db)
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise StudyFileError(
                    f"The answer could not be saved ({error}).",
                    safe="Everything before it is safe; the question is asked again.",
                    todo="Free some space, or close the program that holds the file.",
                ) from error
            return done

    # -- answers -----------------------------------------------------------------------------------
    def states(self) -> dict[str, CardState]:
        """Return what is remembered of every card that was ever answered."""
        rows = self._read("SELECT card, due, state, first, last, stability FROM card")
        return {
            card: CardState(card, _time(due), state, _maybe(first), _maybe(last), stability)
            for card, due, state, first, last, stability in rows
        }

    def save(self, review: Review, state: CardState) -> None:
        """Keep an answer and what it does to its card, together."""

        def deed(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO review (card, question, at, rating, score, seconds, practice) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (review.card, review.question, review.at.timestamp(), review.rating, review.score, review.seconds,
                 review.is_practice),
            )  # fmt: skip
            if not review.is_practice:
                db.execute(_PUT_CARD, _row(state))

        self._write(deed)

    def move(self, states: Sequence[CardState], why: str) -> None:
        """Keep cards whose dates were moved, and why. The log of answers stays as it is."""

        def deed(db: sqlite3.Connection) -> None:
            db.executemany(_PUT_CARD, [_row(s) for s in states])
            db.execute("INSERT INTO note VALUES (?, ?)", (datetime.now(UTC).timestamp(), why))

        self._write(deed)

    def reviews(self) -> list[Review]:
        """Return every answer, oldest first."""
        rows = self._read(
            "SELECT card, question, at, rating, score, seconds, practice FROM review ORDER BY at, id"
        )
        return [
            Review(c, q, _time(at), r, score, s, bool(practice)) for c, q, at, r, score, s, practice in rows
        ]

    def slept_over(self, most: int, since: float) -> tuple[int, list[bool]]:
        """Return how many answers were given on a later day than the card's first, and the latest of them.

        Practice is left out: a card is asked once a day, so all but its first answer were slept over.
        """
        later = "FROM review r JOIN card c ON c.card = r.card WHERE r.practice = 0 AND r.at > c.first + 1 AND r.at > ?"
        count = int(self._read(f"SELECT count(*) {later}", since)[0][0])
        rows = self._read(f"SELECT r.rating > 1 {later} ORDER BY r.at DESC, r.id DESC LIMIT ?", since, most)
        return count, [bool(known) for (known,) in reversed(rows)]

    def days(self) -> dict[date, DayCount]:
        """Return how many answers were given on each day, by this computer's clock."""
        rows = self._read(
            "SELECT date(at, 'unixepoch', 'localtime') AS day, count(*), sum(rating > 1) FROM review GROUP BY day"
        )
        return {date.fromisoformat(day): DayCount(count, right) for day, count, right in rows}

    # -- decks and settings ------------------------------------------------------------------------
    def settings(self) -> StudySettings:
        """Return what the student aims at; what cannot be read is the default."""
        try:
            read = json.loads(self.value("settings") or "{}")
            made = StudySettings(
                float(read.get("retention", 0.9)),
                int(read.get("new_per_day", 20)),
                tuple(float(p) for p in read.get("parameters", ())),
            )
        except (ValueError, TypeError, AttributeError):
            return StudySettings()
        good = 0.7 <= made.retention <= 0.97 and 0 <= made.new_per_day <= 9999
        return made if good and len(made.parameters) in (0, 21) else StudySettings()

    def keep_settings(self, settings: StudySettings) -> None:
        """Keep what the student aims at."""
        self.keep_value("settings", json.dumps(asdict(settings)))

    def value(self, name: str) -> str:
        """Return a remembered choice; empty where there is none."""
        rows = self._read("SELECT value FROM setting WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def keep_value(self, name: str, value: str) -> None:
        """Remember a choice."""
        self._write(lambda db: db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value)))

    def decks(self) -> dict[str, Deck]:
        """Return the student's own decks by name; one that cannot be read is left out, and left alone."""
        made = {}
        for name, body in self._read("SELECT name, body FROM deck ORDER BY name"):
            try:
                made[name] = deck_from(json.loads(body))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
        return made

    def keep_deck(self, deck: Deck) -> None:
        """Keep a deck under its name."""
        body = json.dumps(deck_values(deck))
        self._write(lambda db: db.execute("INSERT OR REPLACE INTO deck VALUES (?, ?)", (deck.name, body)))

    def drop_deck(self, name: str) -> None:
        """Forget a deck; progress stays with the cards."""
        self._write(lambda db: db.execute("DELETE FROM deck WHERE name = ?", (name,)))


_PUT_CARD = "INSERT OR REPLACE INTO card (card, due, first, last, stability, state) VALUES (?, ?, ?, ?, ?, ?)"


def _row(state: CardState) -> tuple[object, ...]:
    first, last = (at.timestamp() if at is not None else None for at in (state.first, state.last))
    return (state.card, state.due.timestamp(), first, last, state.stability, state.state)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)


def set_aside(path: Path, now: datetime) -> Path:
    """Put a file that cannot be read beside itself, so that a new one can begin; return where it is.

    Nothing is deleted. OSError where it cannot be moved.
    """
    aside = path.with_name(f"{path.stem}-damaged-{now:%Y%m%d-%H%M%S}{path.suffix}")
    path.rename(aside)
    for end in ("-wal", "-shm"):
        beside = path.with_name(path.name + end)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + end))
    return aside
