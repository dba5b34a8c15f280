"""What the window remembers on this machine: theme, text size, figure, views, its place on the screen.

One readable JSON file in the home folder. A bad value falls back by itself and never voids the file.
Nothing about patients is kept here.
"""

import json
import logging
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale

from myomap.records.people import Paper

_LOG = logging.getLogger(__name__)
FILE = "window.json"
#: Where printers hold Letter (Unicode CLDR, supplemental data, paperSize US-Letter; recalled).
_ON_LETTER = {
    QLocale.Country[name]
    for name in (
        "UnitedStates", "Canada", "Mexico", "Belize", "Chile", "Colombia", "CostaRica", "ElSalvador",
        "Guatemala", "Nicaragua", "Panama", "Philippines", "PuertoRico", "Venezuela",
    )
}  # fmt: skip


@dataclass(slots=True)
class WindowSettings:
    """Each setting declared once, with its default."""

    theme: str = "system"
    text_scale: float = 1.0
    colour_blind: bool = False
    figure: str = "male"
    layer: str = "superficial"
    left_view: str = "anterior"
    right_view: str = "posterior"
    tree_shown: bool = True
    tree_pinned: bool = False
    atlas_one_map: bool = False
    visit_one_map: bool = False
    """Only one of the two maps is wanted there, though there is room for both."""
    geometry: str = ""
    paper: str = str(Paper.A4)
    """What plates, charts and exams are made for; a new practice begins with it."""
    remembered: bool = False
    """The practice's key was put into this computer's keyring."""
    ask_passphrase: bool = False
    """It was locked when it was last used: the keyring does not open it, the passphrase does."""
    database: str = ""
    """The address of a server that holds the practice, without any password; empty for the folder here."""
    explain_on: str = "other"
    """Which screen the patient looks at: the other, this one, asked each time, or one by its name."""
    explain_screen: str = ""


_CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("system", "light", "dark", "high_contrast"),
    "figure": ("male", "female"),
    "layer": ("skin", "superficial", "intermediate", "deep", "skeleton"),
    "paper": tuple(Paper),
    "explain_on": ("other", "this", "ask", "named"),
}


def _good(name: str, default: Any, value: Any) -> bool:
    if name in _CHOICES and value not in _CHOICES[name]:
        return False
    if name == "text_scale":
        return isinstance(value, int | float) and 0.8 <= value <= 2.0
    return type(value) is type(default)


def usual_paper(here: QLocale) -> Paper:
    """Return the paper that printers hold in a country."""
    return Paper.LETTER if here.territory() in _ON_LETTER else Paper.A4


def load(home: Path) -> WindowSettings:
    """Read the settings; whatever is missing or wrong is the default."""
    made = WindowSettings(paper=str(usual_paper(QLocale.system())))
    try:
        read = json.loads((home / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return made
    except (OSError, ValueError):
        _LOG.warning("the window's settings could not be read; defaults are used")
        return made
    if not isinstance(read, dict):
        return made
    for each in fields(made):
        value = read.get(each.name, getattr(made, each.name))
        if _good(each.name, getattr(made, each.name), value):
            setattr(made, each.name, value)
        else:
            _LOG.warning("the setting %s has a value that is not understood; the default is used", each.name)
    return made


def save(home: Path, settings: WindowSettings) -> bool:
    """Write the settings whole or not at all; tell whether it could be done."""
    target = home / FILE
    beside = target.with_suffix(f".{os.getpid()}.tmp")
    try:
        home.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(asdict(settings), indent=1) + "\n", "utf-8")
        beside.replace(target)
    except OSError:
        _LOG.warning("the window's settings could not be written")
        return False
    return True
