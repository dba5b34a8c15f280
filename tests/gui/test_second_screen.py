"""The patient's screen: which one it is, and what happens when it is unplugged while something is explained.

Screens belong to the whole program, so each story is a program of its own: with two made-up screens, or on an
X server whose monitors come and go.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_BEGIN = """
import json, sys, time
from datetime import date
from pathlib import Path
from PySide6.QtWidgets import QApplication, QWidget
from myomap import bootstrap
from myomap.anatomy.views import Figure
from myomap.demo import demo_visits
from myomap.gui.explain.scenes import released
from myomap.gui.explain.window import ExplainWindow

def wait(so, most=20.0):
    end = time.monotonic() + most
    while not so():
        assert time.monotonic() < end, "it did not come about"
        app.processEvents()
        time.sleep(0.005)

app = bootstrap.make_application()
context = bootstrap.make_context(Path(sys.argv[1]))
window = bootstrap.make_window(context)
window.show()
atlas = bootstrap.open_atlas()
window.set_atlas(atlas)
told = []
context.prompts.tell = lambda message: told.append(message.title + " " + message.text)
shown = released(atlas, demo_visits(atlas, today=date(2026, 3, 2))[0], Figure.FEMALE)
closed = []

def explain(on="other", name=""):
    context.settings.explain_on, context.settings.explain_screen = on, name
    made = ExplainWindow(context, shown)
    made.closed.connect(lambda: closed.append(True))
    made.open_on(next((s for s in app.screens() if s.name() == "desk"), None))
    app.processEvents()
    return made

def words(widget):
    from PySide6.QtWidgets import QLabel
    return " ".join(each.text() for each in widget.findChildren(QLabel))
"""


def run(story: str, home: Path, **environment: str) -> Any:
    """Run a story as a program; return what its last line says."""
    done = subprocess.run(
        [sys.executable, "-c", f"{_BEGIN}\n{story}", str(home)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "app")} | environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def two(tmp_path: Path) -> str:
    """A platform with two screens."""
    each = {"y": 0, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    screens = [
        {"name": "desk", "x": 0, "width": 1440, "height": 900, **each},
        {"name": "patient", "x": 1440, "width": 1920, "height": 1080, **each},
    ]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": screens}))
    return f"offscreen:configfile={tmp_path / 'screens.json'}"


def test_explain_fills_the_screen_that_is_chosen_and_falls_back(two: str, tmp_path: Path) -> None:
    story = """
found = {}
for on, name in (("other", ""), ("this", ""), ("named", "patient"), ("named", "desk"), ("named", "not there")):
    made = explain(on, name)
    found[on + name] = [made.screen().name(), made.geometry().width()]
    made.close()
print(json.dumps(found))
"""
    assert run(story, tmp_path, QT_QPA_PLATFORM=two) == {
        "other": ["patient", 1920],
        "this": ["desk", 1440],
        "namedpatient": ["patient", 1920],
        "nameddesk": ["desk", 1440],
        "namednot there": ["patient", 1920],
    }


def test_explain_asks_on_which_screen_and_shows_nothing_before_the_answer(two: str, tmp_path: Path) -> None:
    story = """
made = explain("ask")
before = made.isVisible()
signs = [w for w in app.topLevelWidgets() if w.accessibleName().startswith("Screen ") and w.isVisible()]
places = [w.screen().name() for w in signs if w.isWindow()]
made.question.choices[1].click()
app.processEvents()
after = [made.isVisible(), made.screen().name()]
made.close()
made = explain("ask")
made.question.reject()
app.processEvents()
print(json.dumps([before, sorted(set(places)), after, len(closed)]))
"""
    assert run(story, tmp_path, QT_QPA_PLATFORM=two) == [False, ["desk", "patient"], [True, "patient"], 2]


def test_the_choice_is_made_in_the_settings_and_kept_by_the_screens_name(two: str, tmp_path: Path) -> None:
    story = """
from myomap.gui.settings import load
from myomap.gui.settings_place.screen_part import ScreenPart
part = ScreenPart(context)
part.choice.buttons["named:patient"].click()
kept = load(context.home)
context.settings.explain_screen = "a screen at home"
part.refresh()
print(json.dumps([kept.explain_on, kept.explain_screen, part.said.text(), part.choice.current]))
"""
    on, name, said, current = run(story, tmp_path, QT_QPA_PLATFORM=two)
    assert (on, name) == ("named", "patient")
    assert "a screen at home is not connected" in said
    assert current == "other"


@pytest.fixture
def monitors() -> Iterator[tuple[str, Any]]:
    """An X server with two monitors; the second value calls xrandr."""
    missing = [tool for tool in ("Xvfb", "xrandr") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (Debian: xvfb, x11-xserver-utils)")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "2880x900x24", "-noreset", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    display = ":" + server.stdout.readline().decode().strip()

    def xrandr(*words: str) -> None:
        subprocess.run(
            ["xrandr", *words], env=os.environ | {"DISPLAY": display}, capture_output=True, check=True
        )

    try:
        xrandr("--setmonitor", "desk", "1440/380x900/240+0+0", "screen")
        xrandr("--setmonitor", "patient", "1440/380x900/240+1440+0", "none")
        yield display, xrandr
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


_UNPLUG = """
import subprocess
def unplug(name):
    subprocess.run(["xrandr", "--delmonitor", name], check=True)
    wait(lambda: name not in [s.name() for s in app.screens()])
    for _ in range(20):
        app.processEvents()
assert {s.name() for s in app.screens()} == {"desk", "patient"}
"""


def test_unplugging_the_patients_screen_closes_the_view_and_says_so(
    monitors: tuple[str, Any], tmp_path: Path
) -> None:
    story = f"""{_UNPLUG}
made = explain()
wait(lambda: made.isVisible())
on = made.screen().name()
unplug("patient")
left = [w for w in app.topLevelWidgets() if isinstance(w, ExplainWindow) and w.isVisible()]
again = explain()
print(json.dumps([on, len(closed), len(left), window.isVisible(), told, again.screen().name()]))
"""
    on, closed, left, there, told, again = run(
        story, tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=monitors[0], QT_LOGGING_RULES="*=false"
    )
    assert on == "patient"
    assert closed == 1
    assert left == 0
    assert there
    assert len(told) == 1
    assert "unplugged" in told[0]
    assert "Test" not in told[0]  # nobody is named on whatever screen is left
    assert again == "desk"


def test_unplugging_the_clinicians_screen_leaves_the_view_over_the_records(
    monitors: tuple[str, Any], tmp_path: Path
) -> None:
    story = f"""{_UNPLUG}
made = explain()
wait(lambda: made.isVisible())
unplug("desk")
print(json.dumps([made.isVisible(), made.screen().name(), len(closed), told, "Test Patient" in words(made)]))
"""
    assert run(story, tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=monitors[0], QT_LOGGING_RULES="*=false") == [
        True,
        "patient",
        0,
        [],
        False,
    ]
