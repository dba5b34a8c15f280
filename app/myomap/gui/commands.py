"""What the palette can do beyond going to a place: the visit's steps, its documents, pages to read, a blank chart.

Each has the words by which people look for it. What needs a visit leads to the visit when none is open.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myomap.gui.visit.documents import Document
    from myomap.gui.visit.handover import HandOverStep
    from myomap.gui.visit.place import VisitPlace
    from myomap.gui.window import MainWindow

#: The visit's steps: key, what the palette says, other words for it.
_STEPS = (
    ("screen", "Visit: screen and consent", ("screening", "red flags of this patient", "informed consent")),
    ("pain", "Visit: where it hurts", ("pain drawing", "draw pain", "body chart")),
    (
        "before",
        "Visit: measures before",
        ("NRS before", "range of motion", "pressure threshold", "pain score"),
    ),
    ("findings", "Visit: findings", ("palpation", "taut band", "record a trigger point")),
    ("needling", "Visit: needling", ("dry needling", "needle", "twitch", "LTR")),
    ("after", "Visit: measures after", ("NRS after", "pain now")),
    ("plan", "Visit: plan and notes", ("exercises", "next appointment", "notes", "advice")),
    ("sign", "Visit: sign", ("signature", "finish the visit", "lock the visit")),
    ("hand_over", "Visit: hand over", ("print", "export", "CSV", "JSON", "documents")),
)
#: Documents of the visit: key in `visit.documents`, what the palette says, other words for it.
_PAPERS = (
    ("report", "the visit report", ("PDF of the visit", "save report", "letter")),
    ("page", "the patient's page", ("handout", "take home", "patients page")),
    ("course", "the course", ("progress report", "PDF of the course")),
)
#: Pages of Learn: key, what the palette says, other words for it.
_PAGES = (
    ("screening:red_flag", "Read: red flags", ("danger signs", "when to refer", "cancer", "fracture")),
    ("screening:absolute", "Read: when not to needle", ("contraindications", "absolute")),
    (
        "screening:relative",
        "Read: when to take care with needles",
        ("precautions", "anticoagulants", "pregnancy"),
    ),
    ("coverage", "Read: what the atlas covers, and what not", ("limits", "missing muscles")),
    ("sources", "Read: sources", ("references", "books", "citations")),
)
#: Other words for what the window and the clinic add themselves, by the action's id.
ALSO: dict[str, tuple[str, ...]] = {
    "larger": ("bigger text", "zoom text", "text size", "font size"),
    "smaller": ("text size", "font size"),
    "theme-dark": ("dark mode", "night mode"),
    "theme-light": ("light mode", "day mode"),
    "theme-high_contrast": ("accessibility", "contrast"),
    "theme-system": ("look",),
    "colours": ("colour blind", "color blind", "accessibility"),
    "warnings": ("pneumothorax", "danger zones", "lung", "kidney", "pleura"),
    "fit": ("zoom out", "reset the maps"),
    "figure-female": ("woman",),
    "figure-male": ("man",),
    "layer-skeleton": ("bones",),
    "lock": ("log out", "lock the screen", "leave"),
    "who": ("switch user", "practitioner", "log in"),
    "new-patient": ("add a patient", "register", "new client"),
    "group-map": ("statistics", "all drawings", "pain map of a group", "frequency map", "heat map"),
    "go-patients": ("patient list", "find a patient", "new visit", "begin a visit", "appointments"),
    "go-visit": ("current visit", "record", "session", "encounter"),
    "go-settings": (
        *("preferences", "options", "backup", "backups", "logo", "passphrase", "paper", "second screen"),
        *("practice name", "practitioners", "units", "export all", "screen"),
    ),
    "go-learn": ("lessons", "evidence", "help", "manual"),
    "go-study": ("quiz", "flash cards", "exam", "train"),
    "undo": ("take back",),
    "look-around": ("demo", "example patients", "try it out", "tour"),
}


def add_commands(window: "MainWindow") -> None:
    """Add the actions to a window; they ask for the clinic when they are done, not before."""
    for key, title, also in _STEPS:
        window.add_action(f"visit-{key}", title, partial(_with_visit, window, partial(_open, key)), also=also)
    for key, title, also in _PAPERS:
        for verb, deed in (("Write", _write), ("Print", _print)):
            window.add_action(
                f"{verb.lower()}-{key}",
                f"{verb} {title}",
                partial(_with_visit, window, partial(deed, key)),
                also=also,
            )
    window.add_action(
        "explain",
        "Explain on the patient's screen",
        partial(_with_visit, window, lambda visit: visit.explain()),
        also=("patient view", "second screen", "show the patient"),
    )
    window.add_action(
        "blank-chart",
        "Write a blank pain chart",
        partial(_blank_chart, window),
        also=("empty body chart", "print chart", "pain drawing form", "paper form"),
    )
    read: Callable[[str], object] = window.atlas_place.inspector.wanted_page.emit
    for key, title, also in _PAGES:
        window.add_action(f"read-{key}", title, partial(read, key), also=also)


def _with_visit(window: "MainWindow", deed: "Callable[[VisitPlace], object]") -> None:
    """Do something with the visit that is open; without one the Visit says what to do first."""
    window.go_to("visit" if window.has_place("visit") else "atlas")
    clinic = window.clinic
    if clinic is not None and clinic.session.is_open and clinic.desk.record is not None:
        deed(clinic.visit_place())


def _open(key: str, visit: "VisitPlace") -> None:
    visit.open_step(key)
    visit.focus_step()


def _write(key: str, visit: "VisitPlace") -> None:
    step, document = _hand_over(key, visit)
    step.choose_file(document)


def _print(key: str, visit: "VisitPlace") -> None:
    step, document = _hand_over(key, visit)
    step.choose_printer(document)


def _hand_over(key: str, visit: "VisitPlace") -> "tuple[HandOverStep, Document]":
    from myomap.gui.visit.documents import DOCUMENTS
    from myomap.gui.visit.handover import HandOverStep

    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    assert isinstance(step, HandOverStep)
    return step, next(document for document in DOCUMENTS if document.key == key)


def _blank_chart(window: "MainWindow") -> None:
    """Write an empty chart: it needs neither a patient nor a practice."""
    folder = next((f for f in (Path.home() / "Documents", Path.home()) if f.is_dir()), Path.home())
    window.context.prompts.save_file(
        "Write a blank pain chart", folder / "pain-chart.pdf", "PDF (*.pdf)", partial(_make_chart, window)
    )


def _make_chart(window: "MainWindow", path: Path) -> None:
    from myomap.gui.messages import message_for
    from myomap.records.values import Paper, PracticeSettings

    context, clinic = window.context, window.clinic
    atlas, figure = context.open_atlas(), context.shown.figure
    settings = PracticeSettings(paper=Paper(context.settings.paper))
    if clinic is not None and clinic.session.is_open:
        settings = clinic.session.settings

    def make() -> None:
        from myomap.report.blank_chart import blank_chart
        from myomap.report.picture_file import write_whole

        made = blank_chart(atlas, settings, made_at=datetime.now().astimezone(), figure=figure)
        write_whole(path, made.body)

    context.pool.run(
        make,
        lambda _: context.prompts.say(f"Written: {path.name}, in {path.parent}."),
        lambda error: context.prompts.tell(message_for(error)),
        owner=window,
    )
