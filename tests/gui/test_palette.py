"""The palette is reached from wherever one types, gives the keyboard back, and finds what a clinician asks for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from myomap.lookup.search import Kind


def _eager(kind: type[Any]) -> type[Any]:
    """An edit that takes every key for itself first, as edits do with Ctrl+K on an X server (not offscreen)."""

    class Eager(kind):  # type: ignore[misc]
        def event(self, event: QEvent) -> bool:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            return bool(super().event(event))

    return Eager


@pytest.fixture
def typing(window: Any, request: pytest.FixtureRequest) -> Any:
    """An edit in a place of the window, with words in it and the cursor before the last."""
    page = QWidget()
    lines = QVBoxLayout(page)
    edit = request.param()
    edit.setPlainText("pain at night") if hasattr(edit, "setPlainText") else edit.setText("pain at night")
    lines.addWidget(edit)
    window.add_place("notes", "Notes", "visit", page)
    window.go_to("notes")
    window.activateWindow()
    edit.setFocus()
    QApplication.processEvents()
    return edit


def _words(edit: Any) -> str:
    return str(edit.toPlainText() if hasattr(edit, "toPlainText") else edit.text())


@pytest.mark.parametrize(
    "typing", [_eager(kind) for kind in (QLineEdit, QPlainTextEdit, QTextEdit)], indirect=True
)
@pytest.mark.parametrize("key", [Qt.Key.Key_K, Qt.Key.Key_P])
def test_the_palette_opens_while_one_types_and_cuts_nothing(window: Any, typing: Any, key: Qt.Key) -> None:
    QTest.keyClick(typing, Qt.Key.Key_Home)
    QTest.keyClick(typing, key, Qt.KeyboardModifier.ControlModifier)
    assert window._palette is not None
    assert _words(typing) == "pain at night"
    assert window._palette.text.hasFocus()
    QTest.keyClick(window._palette.text, Qt.Key.Key_Escape)
    assert window._palette is None
    assert typing.hasFocus()
    QTest.keyClicks(typing, "no ")
    assert "no " in _words(typing)


@pytest.mark.parametrize("typing", [QLineEdit], indirect=True)
def test_other_keys_of_an_edit_are_its_own(window: Any, typing: Any) -> None:
    QTest.keyClick(typing, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert typing.selectedText() == "pain at night"


@pytest.mark.parametrize("typing", [QLineEdit], indirect=True)
def test_the_keyboard_comes_back_after_a_choice_by_mouse_and_after_its_field_is_gone(
    window: Any, typing: Any
) -> None:
    window.show_palette()
    QTest.keyClicks(window._palette.text, "larger text")
    results = window._palette.results
    results.setFocus()
    QTest.mouseClick(
        results.viewport(), Qt.MouseButton.LeftButton, pos=results.visualItemRect(results.item(0)).center()
    )
    assert window._palette is None
    assert typing.hasFocus()
    window.show_palette()
    typing.deleteLater()
    QApplication.sendPostedEvents(typing, 52)
    window._palette.close()
    assert window._palette is None


def test_the_rail_is_told_from_top_to_bottom(window: Any) -> None:
    page = QWidget()
    window.add_place("later", "Later", "visit", page)
    window.add_rail_button("Deed", "lock", "", lambda: None)
    QApplication.processEvents()
    rail = QAccessible.queryAccessibleInterface(window._rail)
    told = [rail.child(at).text(QAccessible.Text.Name) for at in range(rail.childCount())]
    seen = sorted(window._rail.findChildren(QToolButton), key=lambda each: each.y())
    assert told == ["Atlas", "Later", "Deed", "Look"]
    assert told == [each.accessibleName() for each in seen]
    chain, at = [], seen[0]
    for _ in range(len(seen)):
        chain.append(at)
        at = at.nextInFocusChain()
    assert chain == seen


@pytest.fixture(scope="module")
def real(qapp: Any, atlas: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The window on the committed atlas with all its places."""
    from myomap import bootstrap

    made = bootstrap.make_window(bootstrap.make_context(tmp_path_factory.mktemp("home")))
    made.set_atlas(atlas)
    bootstrap.add_places(made, "")
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize(
    ("asked", "kind", "title"),
    [
        ("headache at the temple", Kind.SYMPTOM, "Headache at the temple"),
        ("pain behind the eye", Kind.SYMPTOM, "Pain in or round the eye"),
        ("upper trap", Kind.TRIGGER_POINT, "Trapezius, upper part, TrP1"),
        ("right upper trapezius", Kind.MUSCLE, "Trapezius"),
        ("TrP2 infraspinatus", Kind.MUSCLE, "Infraspinatus"),
        ("ql", Kind.MUSCLE, "Quadratus lumborum"),
        ("left glute med", Kind.MUSCLE, "Gluteus medius"),
        ("sciatica", Kind.SYMPTOM, "Pain down the back or side of the leg (like sciatica)"),
        ("tennis elbow", Kind.SYMPTOM, "Elbow pain"),
        ("carpal tunnel", Kind.TRIGGER_POINT, "Pronator teres, whole muscle"),
        ("jaw clicking", Kind.SYMPTOM, "Jaw pain"),
        ("numb fingers", Kind.SYMPTOM, "Pain in the hand or fingers"),
        ("lumbar region left", Kind.REGION, "LEFT lumbar region"),
        ("print", Kind.ACTION, "Visit: hand over"),
        ("patients page", Kind.ACTION, "Write the patient's page"),
        ("backup", Kind.ACTION, "Go to Settings"),
        ("bigger text", Kind.ACTION, "Larger text"),
        ("night mode", Kind.ACTION, "Theme: dark"),
        ("contraindications", Kind.ACTION, "Read: when not to needle"),
        ("pneumothorax", Kind.ACTION, "Show or hide lung and kidney"),
        ("blank pain chart", Kind.ACTION, "Write a blank pain chart"),
        ("second screen", Kind.ACTION, "Explain on the patient's screen"),
    ],
)
def test_what_a_clinician_asks_for_is_among_the_first(real: Any, asked: str, kind: Kind, title: str) -> None:
    found = [(hit.entry.kind, hit.entry.title) for hit in real.search(asked)[:5]]
    assert (kind, title) in found


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("right upper trapezius", "upper part"),
        ("lower trapezius", "lower part"),
        ("clavicular scm", "clavicular"),
    ],
)
def test_the_part_that_is_asked_for_comes_before_the_muscle_and_its_other_parts(
    real: Any, asked: str, part: str
) -> None:
    assert part in real.search(asked)[0].entry.title


def test_nonsense_finds_nothing(real: Any) -> None:
    assert real.search("qqqq zzzz xxxx") == []


def test_every_action_leads_somewhere_without_a_practice(real: Any) -> None:
    real.context.prompts.save_file = lambda *words: None
    for id, (_, deed) in list(real._actions.items()):
        if id not in {"lock", "who", "new-patient"}:
            deed()
            QApplication.processEvents()


def test_a_blank_chart_is_written_without_a_patient(real: Any, tmp_path: Path) -> None:
    import time

    said: list[str] = []
    real.context.prompts.say = said.append
    real.context.prompts.save_file = lambda title, start, kinds, chosen: chosen(tmp_path / start.name)
    real._actions["blank-chart"][1]()
    end = time.monotonic() + 30
    while not said:
        assert time.monotonic() < end
        QApplication.processEvents()
    assert (tmp_path / "pain-chart.pdf").read_bytes().startswith(b"%PDF")
