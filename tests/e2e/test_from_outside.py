"""The real program on a real (if bare) X server, driven from outside as a person and a screen reader drive it.

“Record that the right upper trapezius was needled with two twitches, pain 7 to 3, and print the patient's page.”
Once by mouse and once by keyboard alone. What came of it is read from the practice's file afterwards.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.outside import Outside, require, until

from myomap.anatomy.laterality import Laterality
from myomap.records.values import Moment, TriggerPointState, Twitch

PASSPHRASE = "a made up passphrase"
PATIENT = "Test Patient 01"
PICTURES = Path(os.environ["MYOMAP_PICTURES"]) if "MYOMAP_PICTURES" in os.environ else None
pytestmark = pytest.mark.slow


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    require()
    with Outside(tmp_path) as screen:
        screen.take_keys()
        screen.wait_for("Settings", "check box")  # the last place that is added: the start is over
        yield screen


def _look(outside: Outside, name: str) -> None:
    if PICTURES is not None:
        outside.picture(PICTURES / f"real-{name}.png")


def _record(home: Path) -> Any:
    """Open the practice anew, past the program, and return its only visit."""
    from myomap.store.practice_folder import PracticeFolder

    practice = PracticeFolder(home / "myomap" / "practice").open(PASSPHRASE)
    try:
        practice.sign_in(practice.practitioners()[0].id)
        (line,) = practice.search("")
        assert line.name == PATIENT
        (visit,) = practice.visits(line.id)
        return practice.visit(visit.id)
    finally:
        practice.close()


def _check(record: Any, home: Path) -> None:
    (finding,) = record.findings
    (needling,) = record.needlings
    assert finding.state is TriggerPointState.ACTIVE
    assert needling.site.structure == "trapezius-descending"
    assert needling.site.laterality is Laterality.RIGHT
    assert needling.twitch is Twitch.MANY
    assert {s.moment: s.value for s in record.pain_scores} == {Moment.BEFORE: 7, Moment.AFTER: 3}
    assert record.visit.is_signed
    (page,) = home.glob("*.pdf")
    from pypdf import PdfReader

    words = " ".join(" ".join(each.extract_text() for each in PdfReader(page).pages).split())
    assert "right side" in words.lower()
    assert PATIENT in words


def _cut_off(outside: Outside) -> None:
    """End the program as a power cut does: what was signed must not hang on a clean end."""
    assert outside.program.poll() is None
    outside.program.kill()
    outside.program.wait()


def test_a_whole_visit_by_mouse_on_a_real_screen(outside: Outside, tmp_path: Path) -> None:
    click, write = outside.click, outside.write
    click("Patients", "check box")
    write("Test practice", "Name of the practice")
    write("Test Clinician", "Your name")
    write("L-1", "Licence number")
    click("I am certified for dry needling")
    write("DN-1", "Certification (number or name)")
    write(PASSPHRASE, "Passphrase")
    write(PASSPHRASE, "Passphrase once more")
    click("Make the practice")
    click("I have kept it")
    click("New patient", "push button")
    write(PATIENT, "Name")
    click("Sex: Male")
    click("Save", "push button")
    click("New visit", "push button")
    outside.wait_for("Where it hurts")
    _look(outside, "visit")
    click("Where it hurts")
    _draw(outside)
    click("Measures before")
    click("Pain before: 7")
    click("Findings")
    write("right upper trapezius TrP1", "Find a muscle or trigger point")
    outside.key("Return")
    for name in ("Taut band", "Tender spot", "Referred pain", "Their own pain"):
        click(f"{name}: Yes", whole=False)
    _look(outside, "findings")
    click("Needling")
    click("Needled:", whole=False)
    click("Needle (mm): 0.25 × 40", whole=False)
    click("Local twitch: Two or more", whole=False)
    click("Measures after")
    click("Pain after: 3")
    click("Sign")
    click("Sign this visit")
    click("Sign", "push button")
    click("Hand over")
    click("Patient's page …", "push button")
    outside.wait_for("Save", "push button")
    _look(outside, "dialog")
    click("Save", "push button")
    until(lambda: list(tmp_path.glob("*.pdf")), "the patient's page in the home folder")
    _look(outside, "hand-over")
    _cut_off(outside)
    record = _record(tmp_path)
    _check(record, tmp_path)
    assert record.strokes


def _draw(outside: Outside) -> None:
    """Draw on the patient's right side, once the pen is in hand; the page says in words what was drawn."""
    outside.wait_for("Quality: Aching")
    outside.click("How strong: 6")

    def drawn() -> bool:
        chart = outside.seen(outside.wait_for("Body map: Anterior view"))
        x, y = chart.middle
        outside.drag([(x - 40, y - 60), (x - 30, y - 50), (x - 25, y - 35), (x - 25, y - 20)])
        try:
            until(lambda: outside.find("RIGHT", "label", whole=False), "the side that was drawn, in words", 5)
        except AssertionError:
            return False  # the map was not there yet: a person draws again
        return True

    until(drawn, "a drawing on the map")
    # the patterns come below it and move the steps that follow: a person waits for them as well
    outside.wait_for("Published patterns (", "label", whole=False)
    outside.settle("Measures before")


def test_a_whole_visit_by_keyboard_alone_on_a_real_screen(outside: Outside, tmp_path: Path) -> None:
    key, write, to = outside.key, outside.write, outside.tab_to
    key("ctrl+n")  # a new patient leads to making the practice first
    until(lambda: (n := outside.focused()) and n.name == "Name of the practice", "the first field")
    write("Test practice")
    for name, text in (("Your name", "Test Clinician"), ("Licence", "L-1")):
        to(name)
        write(text)
    to("I am certified")
    key("space")
    to("Certification (number")
    write("DN-1")
    to("Passphrase")
    write(PASSPHRASE)
    to("Passphrase once more")
    write(PASSPHRASE)
    key("Return")
    outside.wait_for("I have kept it")
    to("I have kept it")
    key("space")
    outside.wait_for("Search patients")
    key("ctrl+n")
    until(lambda: (n := outside.focused()) and n.name == "Name", "the patient's name")
    write(PATIENT)
    key("Return")
    outside.wait_for("New visit", "push button")
    to("New visit")
    key("space")
    outside.wait_for("Where it hurts")
    until(lambda: (n := outside.focused()) and n.path, "the keyboard in the visit")
    key("alt+Down", "alt+Down")  # to the measures before
    to("Pain before")
    key("7")
    key("alt+Down")
    to("Find a muscle")
    write("right upper trapezius TrP1")
    key("Return")
    outside.wait_for("Taut band", "panel")
    for name in ("Taut band", "Tender spot", "Referred pain", "Their own pain"):
        to(name)
        key("Right", "space")
    key("alt+Down")
    to("Needled:")
    key("space")
    outside.wait_for("Local twitch", "panel")
    to("Local twitch")
    key("Right", "Right", "space")
    key("alt+Down")
    to("Pain after")
    key("3")
    key("alt+Down", "alt+Down")
    to("Sign this visit")
    key("space")
    outside.wait_for("Sign", "push button")
    outside.take_keys()
    key("Return")
    outside.wait_for("Signed", "label")
    outside.take_keys()
    key("alt+Down")
    to("Patient's page")
    key("space")
    outside.wait_for("Save", "push button")
    outside.take_keys("patient")
    key("Return")
    until(lambda: list(tmp_path.glob("*.pdf")), "the patient's page in the home folder")
    _cut_off(outside)
    _check(_record(tmp_path), tmp_path)


#: What a person can do something with; each needs a name that a screen reader can say.
_USED = {
    "push button",
    "check box",
    "radio button",
    "toggle button",
    "text",
    "combo box",
    "tree",
    "table",
    "tree item",
}


def _nameless(outside: Outside) -> list[str]:
    found = [node for node in outside.walk() if node.role in _USED and not node.name.strip()]
    return [f"{node.role} at {outside.box(node.path)}" for node in found]


def _names(outside: Outside, role: str) -> set[str]:
    return {node.name for node in outside.walk() if node.role == role}


def test_a_screen_reader_finds_the_map_s_twin_and_can_use_it(outside: Outside, tmp_path: Path) -> None:
    outside.wait_for("Muscles by body part, with their trigger points", "tree")
    assert {"Head", "Shoulder", "Hip", "Foot"} <= _names(outside, "tree item")
    assert outside.find("Body map: Anterior view")
    assert {"patient's right side", "patient's left side"} <= _names(outside, "label")
    outside.click("Shoulder", "tree item")
    outside.key("Right")
    outside.wait_for("Trapezius, 7 trigger points", "tree item")
    outside.click("Infraspinatus, 4 trigger points", "tree item")
    outside.wait_for("Infraspinatus", "label")
    outside.wait_for("RIGHT", "label")
    outside.click("Side: Left", "check box")
    outside.wait_for("LEFT", "label")
    assert outside.find("RIGHT", "label") is None
    outside.click("Infraspinatus, 4 trigger points", "tree item")
    outside.key("Right", "Down")  # to its first trigger point
    outside.wait_for("LEFT infraspinatus", "panel", whole=False)
    assert _nameless(outside) == []


def test_whatever_can_be_used_has_a_name_in_every_place(outside: Outside, tmp_path: Path) -> None:
    found = {}
    for place, holds in (
        ("Learn", ""),
        ("Study", ""),
        ("Settings", ""),
        ("Patients", "Name of the practice"),
    ):
        outside.click(place, "check box")
        if holds:
            outside.wait_for(holds, "text")
        until(lambda: len(_names(outside, "label")) > 3, f"the words of {place}")
        _look(outside, place.lower())
        if nameless := _nameless(outside):
            found[place] = nameless
    assert found == {}


def test_the_screen_shows_a_figure_in_colour(outside: Outside, tmp_path: Path) -> None:
    from PIL import Image

    def coloured() -> bool:
        seen = Image.open(outside.picture(tmp_path / "screen.png")).convert("RGB")
        box = outside.seen(outside.wait_for("Body map: Anterior view"))
        chart = seen.crop((box.x, box.y, box.x + box.width, box.y + box.height))
        counted = chart.getcolors(1 << 24) or []
        reddish = sum(n for n, (r, g, b) in counted if r > g + 40 and r > b + 30)
        return len(counted) > 2000 and reddish > 0.05 * box.width * box.height

    until(coloured, "the muscles' colours on the map")
