"""The lock: idle time on the wall clock, and nothing readable while locked."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add
from myomap.records.errors import LockedError, PassphraseError, SaveError
from myomap.records.idle import IdleClock
from myomap.records.practice import Deed
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"


def test_a_locked_practice_tells_nothing_until_the_passphrase(practice: StoredPractice) -> None:
    patient = demo_patient()
    practice.apply(add(patient))
    record = practice.new_visit(patient.id)
    practice.lock()
    assert practice.is_locked
    calls: list[Callable[[], Any]] = [
        lambda: practice.search(),
        lambda: practice.patient(patient.id),
        lambda: practice.visit(record.visit.id),
        lambda: practice.apply(fill_visit(record.visit.id)),
        lambda: practice.undo(record.visit.id),
        lambda: practice.practitioners(),
        lambda: practice.audit(),
        lambda: practice.settings,
        lambda: practice.name,
        lambda: practice.back_up(),
        lambda: practice.export_patient(patient.id),
    ]
    for call in calls:
        with pytest.raises(LockedError):
            call()
    assert practice.back_up_if_due() is None
    with pytest.raises(PassphraseError):
        practice.unlock("not the passphrase")
    assert practice.is_locked


def test_what_could_not_be_unlocked_for_want_of_room_stays_locked_whatever_is_typed_next(
    practice: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.lock()

    def full(*_: object) -> None:
        raise SaveError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(practice, "note_deed", full)
        with pytest.raises(SaveError):
            practice.unlock(PASSPHRASE)
    assert practice.is_locked
    with pytest.raises(PassphraseError):
        practice.unlock("not the passphrase")


def test_unlocking_goes_on_where_it_was(practice: StoredPractice) -> None:
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.apply(fill_visit(visit))
    record = practice.visit(visit)
    practice.lock()
    practice.unlock(PASSPHRASE)
    assert practice.visit(visit) == record
    practice.undo(visit)
    deeds = [line.deed for line in practice.audit(limit=5)]
    assert {Deed.LOCKED, Deed.UNLOCKED} <= set(deeds)


def _clock(wall: list[float], steady: list[float]) -> IdleClock:
    return IdleClock(lambda: wall[0], lambda: steady[0])


@pytest.mark.parametrize(
    ("wall_passes", "steady_passes", "locks"),
    [
        (599, 599, False),
        (601, 601, True),
        (30_000, 5, True),  # slept: only the wall clock went on
        (-50_000, 601, True),  # the clock was set back meanwhile
        (-50_000, 5, False),
    ],
)
def test_it_locks_after_the_set_minutes(
    practice: StoredPractice, wall_passes: float, steady_passes: float, locks: bool
) -> None:
    wall, steady = [1e9], [50.0]
    practice._idle = _clock(wall, steady)
    assert not practice.lock_if_idle()
    wall[0] += wall_passes
    steady[0] += steady_passes
    assert practice.lock_if_idle() is locks


def test_somebody_there_keeps_it_open(practice: StoredPractice) -> None:
    wall, steady = [1e9], [50.0]
    practice._idle = _clock(wall, steady)
    for _ in range(10):
        wall[0] += 500
        practice.touch()
        assert not practice.lock_if_idle()


def test_the_key_is_forgotten_while_locked(practice: StoredPractice) -> None:
    db = practice.database
    key = db.key
    assert len(key) == 32
    practice.lock()
    assert db.key == b""
    assert key not in [value for value in vars(practice).values() if isinstance(value, bytes)]


def test_nothing_of_a_patient_or_key_goes_to_the_log(
    practice: StoredPractice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.apply(fill_visit(visit))
    practice.visit(visit)
    with pytest.raises(Exception, match="Nothing was changed") as caught, practice.database.write() as tx:
        tx.exec_driver_sql("INSERT INTO patient (id, name) VALUES (?, ?)", ("x", patient.name))
    key = practice.database.key.hex()
    practice.lock()
    practice.unlock(PASSPHRASE)
    for secret in (patient.name, "Knot like", key, PASSPHRASE):
        assert secret not in caplog.text
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value.__cause__)
