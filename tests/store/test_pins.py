"""A person's PIN: asked when they sign in, sign and amend; slow to guess; a way out when forgotten."""

import threading
from pathlib import Path

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import PRACTICE_SCOPE, add
from myomap.records.errors import NotAllowedError, PassphraseError, PinError, RefusedError
from myomap.records.practice import Deed
from myomap.records.values import Practitioner, Role, new_id
from myomap.store import pins
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
PIN = "2468"


@pytest.fixture
def second() -> Practitioner:
    return Practitioner(new_id(), "Test Second", Role.CLINICIAN, licence_number="L-2")


def _visit(practice: StoredPractice) -> str:
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.apply(fill_visit(visit))
    return visit


def _no_wait(practice: StoredPractice) -> None:
    """Let the time pass that the next try must wait."""
    practice._tries._until.clear()
    with practice.database.write() as tx:
        tx.exec_driver_sql("UPDATE pin SET until = ''")


def _deeds(practice: StoredPractice) -> list[Deed]:
    return [line.deed for line in practice.audit(limit=50)]


def test_without_a_pin_all_is_as_before(any_practice: StoredPractice, owner: Practitioner) -> None:
    visit = _visit(any_practice)
    assert not any_practice.has_pin(owner.id)
    assert not any_practice.needs_pin
    assert not any_practice.sign(visit).with_pin
    any_practice.amend(visit, reason="Test", text="More.")


def test_signing_and_amending_ask_for_it_and_the_signature_says_so(
    any_practice: StoredPractice, owner: Practitioner
) -> None:
    visit = _visit(any_practice)
    any_practice.set_pin(PIN)
    assert any_practice.needs_pin
    for call in (any_practice.sign, lambda visit: any_practice.amend(visit, reason="Test", text="More.")):
        with pytest.raises(PinError) as caught:
            call(visit)
        assert caught.value.is_missing
    with pytest.raises(PinError, match="wrong"):
        any_practice.sign(visit, "1357")
    assert not any_practice.visit(visit).visit.is_signed
    with pytest.raises(PinError, match="wait"):
        any_practice.sign(visit, PIN)
    _no_wait(any_practice)
    assert any_practice.sign(visit, PIN).with_pin
    assert any_practice.visit(visit).visit.signature is not None
    assert any_practice.amend(visit, reason="Test", text="More.", pin=PIN).amendments
    assert any_practice.verify_audit().is_whole
    assert {Deed.PIN_SET, Deed.PIN_WRONG, Deed.SIGNED} <= set(_deeds(any_practice))


def test_somebody_else_cannot_become_this_person(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner
) -> None:
    any_practice.apply(add(second))
    any_practice.set_pin(PIN)
    any_practice.sign_in(second.id)
    with pytest.raises(PinError):
        any_practice.sign_in(owner.id)
    with pytest.raises(PinError):
        any_practice.sign_in(owner.id, "1357")
    assert any_practice.actor == second
    line = next(each for each in any_practice.audit(limit=5) if each.deed is Deed.PIN_WRONG)
    assert (line.actor, line.subject) == (second.id, owner.id)
    _no_wait(any_practice)
    any_practice.sign_in(owner.id, PIN)
    assert any_practice.actor == owner
    assert any_practice.audit(limit=1)[0].words.split(", ")[0] == "with PIN"


def test_each_wrong_try_waits_longer_also_after_a_restart(
    place: PracticeFolder, practice: StoredPractice, owner: Practitioner
) -> None:
    practice.set_pin(PIN)
    waits = []
    for _ in range(12):
        _no_wait(practice)
        with pytest.raises(PinError) as caught:
            practice.sign_in(owner.id, "1357")
        waits.append(caught.value.wait_s)
    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert waits[-1] == 300
    again = place.open(PASSPHRASE)
    with pytest.raises(PinError, match="wait") as caught:
        again.sign_in(owner.id, PIN)
    assert 290 < caught.value.wait_s <= 300
    again.close()


def test_a_clock_set_back_or_on_neither_shuts_out_nor_lets_in(
    practice: StoredPractice, owner: Practitioner
) -> None:
    practice.set_pin(PIN)
    with pytest.raises(PinError):
        practice.sign_in(owner.id, "1357")
    with practice.database.write() as tx:  # it ran on for a year and was set right again
        tx.exec_driver_sql("UPDATE pin SET until = '2999-01-01T00:00:00+00:00'")
    with pytest.raises(PinError) as caught:
        practice.sign_in(owner.id, PIN)
    assert caught.value.wait_s <= 1
    with practice.database.write() as tx:  # it was set on past the wait: this window still waits
        tx.exec_driver_sql("UPDATE pin SET until = '2000-01-01T00:00:00+00:00'")
    with pytest.raises(PinError, match="wait"):
        practice.sign_in(owner.id, PIN)


def test_many_tries_at_once_are_one_try(
    place: PracticeFolder, practice: StoredPractice, owner: Practitioner
) -> None:
    practice.set_pin(PIN)
    others = [place.open(PASSPHRASE) for _ in range(8)]
    said: list[str] = []

    def attempt(other: StoredPractice, pin: str) -> None:
        try:
            other.sign_in(owner.id, pin)
        except PinError as error:
            said.append(error.what)

    threads = [threading.Thread(target=attempt, args=(each, f"135{n}")) for n, each in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 8
    assert sum("is wrong" in each for each in said) == 1
    for other in others:
        other.close()


def test_after_the_lock_and_at_the_start_nobody_is_who_has_a_pin(
    place: PracticeFolder, practice: StoredPractice, owner: Practitioner
) -> None:
    practice.set_pin(PIN)
    practice.lock()
    practice.unlock(PASSPHRASE)
    assert practice.actor is None
    with pytest.raises(NotAllowedError):
        practice.apply(add(demo_patient()))
    practice.sign_in(owner.id, PIN)
    practice.apply(add(demo_patient()))
    practice.close()
    again = place.open(PASSPHRASE)
    assert again.actor is None
    again.sign_in(owner.id, PIN)
    again.set_pin("", PIN)
    again.lock()
    again.unlock(PASSPHRASE)
    assert again.actor is not None
    again.close()


def test_changing_or_taking_it_away_needs_the_old_one(
    any_practice: StoredPractice, owner: Practitioner
) -> None:
    any_practice.set_pin(PIN)
    for new in ("1357", ""):
        with pytest.raises(PinError):
            any_practice.set_pin(new)
        with pytest.raises(PinError):
            any_practice.set_pin(new, "0001")
        _no_wait(any_practice)
    any_practice.set_pin("un café", PIN)
    any_practice.sign_in(owner.id, "un cafe\u0301")  # the same, as another keyboard makes it
    any_practice.set_pin("", "un café")
    assert not any_practice.has_pin(owner.id)
    any_practice.sign_in(owner.id)


@pytest.mark.parametrize("pin", ["1", "123", "0000", "x" * 65, "12\x0034", "12\ud80034"])
def test_a_pin_that_cannot_be_is_refused_with_a_sentence(memory: StoredPractice, pin: str) -> None:
    with pytest.raises(RefusedError) as caught:
        memory.set_pin(pin)
    assert caught.value.problems[0].field == "pin"
    assert caught.value.problems[0].sentence.endswith(".")
    assert not memory.needs_pin


@pytest.mark.parametrize("typed", ["12\x0034", "12\ud80034", "x" * 100_000])
def test_anything_may_be_typed_as_a_pin(memory: StoredPractice, owner: Practitioner, typed: str) -> None:
    memory.set_pin(PIN)
    with pytest.raises(PinError, match="wrong"):
        memory.sign_in(owner.id, typed)


def test_an_owner_takes_away_what_another_forgot(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner
) -> None:
    any_practice.apply(add(second))
    any_practice.set_pin(PIN)
    any_practice.sign_in(second.id)
    any_practice.set_pin("1357")
    with pytest.raises(NotAllowedError):
        any_practice.remove_pin(owner.id, pin="1357")
    any_practice.sign_in(owner.id, PIN)
    with pytest.raises(PinError):
        any_practice.remove_pin(second.id)
    any_practice.remove_pin(second.id, pin=PIN)
    line = any_practice.audit(limit=1)[0]
    assert (line.deed, line.actor, line.subject) == (Deed.PIN_REMOVED, owner.id, second.id)
    any_practice.sign_in(second.id)


@pytest.mark.parametrize("on", ["file", "server"])
def test_the_recovery_key_takes_away_what_the_only_owner_forgot(
    on: str, request: pytest.FixtureRequest, tmp_path: Path, owner: Practitioner
) -> None:
    there = (
        PracticeFolder(tmp_path / "local")
        if on == "file"
        else PracticeServer(request.getfixturevalue("server_url"), tmp_path / "local")
    )
    practice, recovery = there.create(PASSPHRASE, name="", owner=owner)
    practice.set_pin(PIN)
    practice.close()
    practice = there.open(PASSPHRASE)
    assert practice.actor is None
    for wrong in (PASSPHRASE, "ABCD", recovery[:-4] + "AAAA"):
        with pytest.raises(PassphraseError, match="no recovery key"):
            practice.remove_pin(owner.id, recovery_key=wrong)
    assert practice.has_pin(owner.id)
    practice.remove_pin(owner.id, recovery_key=recovery.lower())
    practice.sign_in(owner.id)
    assert practice.audit(limit=2)[1].words == "with the recovery key"
    practice.close()


def test_another_practices_recovery_key_takes_nothing_away(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path, owner: Practitioner
) -> None:
    theirs, recovery = PracticeFolder(tmp_path / "other").create(PASSPHRASE, name="", owner=owner)
    theirs.close()
    practice.set_pin(PIN)
    with pytest.raises(PassphraseError, match="wrong"):
        practice.remove_pin(owner.id, recovery_key=recovery)
    assert practice.has_pin(owner.id)


def test_taking_back_a_new_person_takes_their_pin_too(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner
) -> None:
    any_practice.apply(add(second))
    any_practice.sign_in(second.id)
    any_practice.set_pin(PIN)
    any_practice.sign_in(owner.id)
    any_practice.undo(PRACTICE_SCOPE)
    assert not any_practice.has_pin(second.id)
    any_practice.redo(PRACTICE_SCOPE)
    any_practice.sign_in(second.id)


def test_the_pin_is_kept_only_as_a_hash_and_goes_along_with_a_backup(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner
) -> None:
    practice.set_pin("a planted pin")
    with practice.database.read() as tx:
        hashed = pins.held(tx, owner.id)
        assert hashed.startswith("$argon2id$")
        for table in ("audit", "edit_log", "practitioner", "pin"):
            assert "planted" not in str(tx.exec_driver_sql(f"SELECT * FROM {table}").all())
    made = practice.back_up()
    practice.close()
    restored = place.restore(made.folder, PASSPHRASE)
    assert restored.has_pin(owner.id)
    assert restored.actor is None
    restored.close()
