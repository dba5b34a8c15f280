"""“Record that the right upper trapezius was needled with two twitches, pain 7 to 3, and print the patient's page.”

Once by mouse and once by keyboard alone, on the committed atlas, with a practice file; then all is there again.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from tests.e2e.driver import PASSPHRASE, Program, wait

from myomap.anatomy.laterality import Laterality
from myomap.records.values import Moment, TriggerPointState, Twitch

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PICTURES = Path(os.environ["MYOMAP_PICTURES"]) if "MYOMAP_PICTURES" in os.environ else None


def _found(program: Program) -> Any:
    """Return the visit as the practice keeps it."""
    program.idle()
    practice = program.session.practice
    (line,) = practice.search("")
    return practice.visit(practice.visits(line.id)[0].id)


def _check(record: Any) -> None:
    (finding,) = record.findings
    (needling,) = record.needlings
    assert finding.state is TriggerPointState.ACTIVE
    assert needling.site.structure == "trapezius-descending"
    assert needling.site.laterality is Laterality.RIGHT
    assert needling.site.words.startswith("RIGHT")
    assert needling.twitch is Twitch.MANY
    scores = {s.moment: s.value for s in record.pain_scores}
    assert scores == {Moment.BEFORE: 7, Moment.AFTER: 3}
    assert record.needled.code == "20560"


def _check_page(path: Path) -> None:
    from pypdf import PdfReader

    words = " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())
    assert "right side" in words.lower()
    assert "Test Patient 01" in words


def _restart(home: Path) -> Any:
    again = Program(home)
    again.window.go_to("patients")
    page = again.gate().unlock
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: again.session.is_open)
    record = _found(again)
    again.clinic.open_visit(record.visit.id)
    wait(lambda: again.clinic.desk.record is not None)
    again.idle()
    return again, record


@pytest.mark.slow
def test_by_mouse(qapp: Any, tmp_path: Path) -> None:
    program = Program(tmp_path, PICTURES)
    window, click = program.window, program.click
    click(window._rail_buttons["patients"])
    page = program.gate().welcome
    program.picture("01-first-start")
    for line, text in (
        (page.practice_name, "Test practice"),
        (page.person, "Test Clinician"),
        (page.licence, "L-1"),
        (page.first, PASSPHRASE),
        (page.second, PASSPHRASE),
    ):
        click(line)
        program.type(text)
    page.certified.click()
    click(page.certificate)
    program.type("DN-1")
    click(page.go)
    wait(lambda: bool(program.gate().recovery.key))
    program.picture("02-recovery-key")
    click(program.gate().recovery.go)
    wait(lambda: program.session.is_open)
    program.idle()
    patients = program.clinic.patients
    click(patients.list.new)
    click(patients.form.name)
    program.type("Test Patient 01")
    click(patients.form.sex.buttons["male"])
    program.picture("03-new-patient")
    click(patients.form.save)
    wait(lambda: patients.page.patient is not None)
    program.idle()
    click(patients.page.new)
    wait(lambda: program.clinic.desk.record is not None)
    visit = program.visit
    program.idle()
    program.picture("04-visit")

    step = visit.steps["screen"]
    click(step.given.buttons["yes"])
    click(visit.steps["pain"].head)
    click(visit.steps["pain"].intensity.buttons["6"])
    program.idle()
    atlas = program.context.open_atlas()
    zone = atlas.zone("trapezius-descending-1", Laterality.RIGHT).essential
    x, y = atlas.view_map("male.anterior").centre(zone)
    program.drag_map(0, [(x, y - 8), (x + 2, y + 6)])
    wait(lambda: bool(visit.steps["pain"].lookup.rows))
    program.idle()
    program.picture("05-where-it-hurts")
    assert "RIGHT" in visit.steps["pain"].words.text()
    click(visit.steps["before"].head)
    click(visit.steps["before"].pain.buttons["7"])
    program.picture("06-before")
    click(visit.steps["findings"].head)
    wait(lambda: visit.maps.panels[1].map.sheet.layer == "superficial")
    piece = next(
        p for p in visit.maps.panels[1].map.sheet.pieces if str(p.key) == "trapezius-descending.right"
    )
    at = piece.shape.representative_point()
    program.click_map(1, at.x, at.y)
    program.idle()
    (card,) = visit.steps["findings"].cards.values()
    for choice in (card.band, card.spot, card.referred, card.own):
        click(choice.buttons["yes"])
    program.picture("07-findings")
    click(visit.steps["needling"].head)
    program.idle()
    click(visit.steps["needling"].offers.itemAt(0).widget())
    program.idle()
    (needle,) = visit.steps["needling"].cards.values()
    click(needle.needle.buttons["0.25 × 40 mm"])
    click(needle.twitch.buttons["many"])
    program.picture("08-needling")
    click(visit.steps["after"].head)
    click(visit.steps["after"].pain.buttons["3"])
    program.picture("09-after")
    click(visit.steps["plan"].head)
    program.idle()
    click(next(iter(visit.steps["plan"].boxes.values())))
    program.picture("10-plan")
    click(visit.steps["sign"].head)
    program.picture("11-sign")
    click(visit.steps["sign"].button)
    wait(lambda: program.clinic.desk.signed)
    click(visit.steps["hand_over"].head)
    for name in ("page", "report"):
        click(visit.steps["hand_over"].buttons[name])
        wait(lambda: not program.context.pool.busy)
    program.idle()
    program.picture("12-hand-over")
    _check(_found(program))
    assert all(path.is_file() for path in program.saved)
    _check_page(program.saved[0])
    program.close()
    again, record = _restart(tmp_path)
    _check(record)
    assert record.visit.is_signed
    assert again.visit.steps["needling"].head.line.text() == "1 muscle · 20560"
    assert len(again.visit.maps.pad.cells()) > 0
    again.close()


def _named(text: str) -> Any:
    return lambda widget: (
        text.lower() in widget.accessibleName().lower()
        or (isinstance(widget, QPushButton) and text.lower() in widget.text().lower())
    )


@pytest.mark.slow
def test_by_keyboard_alone(qapp: Any, tmp_path: Path) -> None:
    program = Program(tmp_path)
    key, control = Qt.Key, Qt.KeyboardModifier.ControlModifier
    alt = Qt.KeyboardModifier.AltModifier
    program.key(key.Key_N, control)  # a new patient leads to making the practice first
    assert program.window.place == "patients"
    program.gate().focus()
    program.type("Test practice")
    for name, text in (("your name", "Test Clinician"), ("licence", "L-1")):
        program.tab_to(_named(name))
        program.type(text)
    program.tab_to(lambda w: w is program.gate().welcome.certified)
    program.key(key.Key_Space)
    program.tab_to(_named("certification (number"))
    program.type("DN-1")
    program.tab_to(lambda w: w is program.gate().welcome.first)
    program.type(PASSPHRASE)
    program.key(key.Key_Tab)
    program.type(PASSPHRASE)
    program.key(key.Key_Return)
    wait(lambda: bool(program.gate().recovery.key))
    program.tab_to(_named("I have kept it"))
    program.key(key.Key_Space)
    wait(lambda: program.session.is_open)
    program.idle()
    program.key(key.Key_N, control)
    program.type("Test Patient 01")
    program.key(key.Key_Return)
    wait(lambda: program.clinic.patients.page.patient is not None)
    program.idle()
    program.tab_to(_named("new visit"))
    program.key(key.Key_Space)
    wait(lambda: program.clinic.desk.record is not None)
    program.idle()
    visit = program.visit
    assert visit.isAncestorOf(QApplication.focusWidget())
    for _ in range(2):  # to the measures before
        program.key(key.Key_Down, alt)
    assert visit.current == "before"
    program.tab_to(_named("pain before"))
    program.type("7")
    program.key(key.Key_Down, alt)
    program.tab_to(_named("find a muscle"))
    program.type("right upper trapezius TrP1")
    program.idle()
    program.key(key.Key_Return)
    program.idle()
    assert len(visit.steps["findings"].cards) == 1
    for name in ("taut band", "tender spot", "referred pain", "their own pain"):
        program.tab_to(_named(name))
        program.key(key.Key_Right)
        program.key(key.Key_Space)
    program.key(key.Key_Down, alt)
    program.tab_to(_named("needled:"))
    program.key(key.Key_Space)
    program.idle()
    program.tab_to(_named("local twitch"))
    for _ in range(2):
        program.key(key.Key_Right)
    program.key(key.Key_Space)
    program.key(key.Key_Down, alt)
    program.tab_to(_named("pain after"))
    program.type("3")
    for _ in range(2):
        program.key(key.Key_Down, alt)
    assert visit.current == "sign"
    program.idle()
    program.tab_to(_named("sign this visit"))
    program.key(key.Key_Space)
    wait(lambda: program.clinic.desk.signed)
    program.key(key.Key_Down, alt)
    program.tab_to(_named("patient's page"))
    program.key(key.Key_Space)
    wait(lambda: bool(visit.steps["hand_over"].written))
    _check(_found(program))
    _check_page(program.saved[0])
    program.close()
    again, record = _restart(tmp_path)
    _check(record)
    again.close()
