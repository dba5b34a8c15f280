"""The sheet with the recovery key, to print and put where only its owner finds it."""

from datetime import datetime

from myomap.report.typeset import PRINT_PPI, Typeset, typeset
from myomap.report.wording import one_line

WHY = (
    "Only the passphrase or this key opens the records. Nobody else has a copy: not the maker of Myomap, and not"
    " this computer. Keep it away from the computer, as you would keep the key of a safe."
)
STEPS = (
    "Start Myomap and go to Patients.",
    "Choose “I have forgotten it: use the recovery key”.",
    "Type the nine groups. Small letters and spaces do no harm; O is read as 0, I and L as 1.",
    "Set a new passphrase. This key stays valid.",
)


def recovery_sheet(
    key: str, *, practice: str, where: str, made_at: datetime, paper: str = "a4", form: str = "pdf"
) -> Typeset:
    """Set the sheet as a PDF, or as pictures to print (``form``). Nothing is written to a file here."""
    values = {
        "title": "Recovery key",
        "paper": paper,
        "why": WHY,
        "groups": key.split("-"),
        "steps": list(STEPS),
        "facts": [
            {"name": "Practice", "value": one_line(practice) or "Myomap"},
            {"name": "Records", "value": one_line(where)},
            {"name": "Made", "value": f"{made_at:%Y-%m-%d %H:%M}"},
        ],
        "foot": "Recovery key of a Myomap practice",
    }
    return typeset("recovery", values, {}, made_at=made_at, form=form, ppi=PRINT_PPI)
