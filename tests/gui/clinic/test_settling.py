"""Two windows change one patient or practitioner: neither's words are overwritten in silence."""

from dataclasses import replace
from typing import Any

import pytest

from myomap.gui.practice.settling import settle
from myomap.gui.settings_place.people_part import PersonForm
from myomap.records.edits import add, change
from myomap.records.values import Contact, Kind, Patient, Practitioner, Role, new_id


def _theirs(bench: Any, **values: Any) -> Patient:
    held = bench.practice.current(Kind.PATIENT, bench.patient.id)
    after: Patient = replace(held, **values)
    bench.practice.apply(change(held, after))
    return after


def _kept(bench: Any) -> Patient:
    bench.idle()
    found: Patient = bench.practice.current(Kind.PATIENT, bench.patient.id)
    return found


def _open(bench: Any) -> Any:
    bench.clinic.open_patient(bench.patient.id)
    place = bench.clinic.patients
    bench.wait(lambda: place.page.patient is not None and place.page.patient.id == bench.patient.id)
    bench.idle()
    return place


def test_archiving_keeps_what_another_window_wrote_meanwhile(bench: Any) -> None:
    """It once put the whole patient back as it was when the page was opened."""
    place = _open(bench)
    _theirs(bench, alerts=("an invented alert",), remarks="theirs")
    place.page._set_archived(place.page.patient, True)
    bench.wait(lambda: _kept(bench).archived)
    assert _kept(bench).alerts == ("an invented alert",)
    assert _kept(bench).remarks == "theirs"


def test_a_form_keeps_what_another_window_wrote_in_other_fields(bench: Any) -> None:
    place = _open(bench)
    before = place.page.patient
    _theirs(bench, alerts=("an invented alert",), contact=Contact(email="theirs@example.invalid"))
    place._save(before, replace(before, name="Test Patient 01 b", contact=Contact(phone="000 1")))
    bench.wait(lambda: _kept(bench).name == "Test Patient 01 b")
    assert _kept(bench).alerts == ("an invented alert",)
    assert _kept(bench).contact == Contact(phone="000 1", email="theirs@example.invalid")
    assert bench.asked == []


def test_what_both_changed_is_asked_with_both_and_cancelling_keeps_theirs(bench: Any) -> None:
    place = _open(bench)
    before = place.page.patient
    said: list[tuple[str, str]] = []
    bench.window.context.prompts.ask = lambda title, text, yes, on_yes, danger=False: (
        said.append((title, text)),
        bench.asked.append((title, on_yes)),
    )
    _theirs(bench, alerts=("their alert",), number="T-1", remarks="theirs")
    place._save(before, replace(before, alerts=("my alert",), number="M-1"))
    bench.wait(lambda: bool(bench.asked))
    text = said[0][1]
    for words in ("Alerts: yours “my alert”, theirs “their alert”", "Number: yours “M-1”, theirs “T-1”"):
        assert words in text
    assert _kept(bench).alerts == ("their alert",)
    bench.answer()
    bench.wait(lambda: _kept(bench).alerts == ("my alert",))
    assert _kept(bench).remarks == "theirs"


@pytest.mark.parametrize("field", ["licence_number", "name"])
def test_a_practitioner_changed_in_two_windows_is_settled_the_same_way(bench: Any, field: str) -> None:
    before = Practitioner(new_id(), "Test Second")
    bench.practice.apply(add(before))
    theirs = replace(before, name="Test Third")
    asked: list[Any] = []
    saved: list[Any] = []

    class Asking:
        def ask(self, *given: Any, **_: Any) -> None:
            asked.append(given)

    mine = replace(before, **{field: "Test Fourth"})
    settle(Asking(), before, mine, theirs, lambda now, both: saved.append((now, both)))  # type: ignore[arg-type]
    if field == "name":
        assert "yours “Test Fourth”, theirs “Test Third”" in asked[0][1]
        assert saved == []
    else:
        assert saved == [(theirs, replace(theirs, licence_number="Test Fourth"))]


def test_the_only_owner_who_resigns_is_told_beside_the_role(bench: Any) -> None:
    form = PersonForm(bench.window.context, bench.session)
    form.show_person(bench.session.actor)
    form.role.set_current("reader")
    form._save()
    bench.wait(lambda: "needs an owner" in form.fields["role"].problem.text())
    bench.idle()
    assert bench.practice.actor.role is Role.OWNER
    form.deleteLater()
