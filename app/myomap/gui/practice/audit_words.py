"""Lines of the audit in words: who did what to whose record, with the names that belong to the ids now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from myomap.records.practice import WITH_PIN, AuditLine, Deed, Practice
from myomap.records.values import Kind, Patient, Practitioner, Visit

_WORDS = {
    Deed.SAW: "looked at",
    Deed.UNDID: "took back",
    Deed.REDID: "did again",
    Deed.SIGNED_IN: "signed in",
    Deed.BACKED_UP: "backed up",
    Deed.PASSPHRASE_CHANGED: "changed the passphrase",
    Deed.PIN_SET: "set a PIN",
    Deed.PIN_REMOVED: "removed a PIN",
    Deed.PIN_WRONG: "gave a wrong PIN",
    Deed.SHOWED: "showed on the patient’s screen",
    Deed.UNLOCKED: "opened",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the audit in words."""

    at: datetime
    who: str
    deed: str
    about: str
    """Whose record, and what."""
    words: str
    """What alone: for a page that is about one patient anyway."""


def tell(practice: Practice, lines: Iterable[AuditLine]) -> tuple[Told, ...]:
    """Return lines in words, with the names that belong to the ids as they are kept now."""
    people = {each.id: each.name for each in practice.practitioners(archived=True)}
    known: dict[str, str] = {"practice": "", **people}
    told = []
    for line in lines:
        if line.subject not in known:
            known[line.subject] = _name(practice, line.subject)
        words = _words(line)
        whose = "" if line.deed is Deed.SIGNED_IN else known[line.subject]
        told.append(
            Told(
                line.at,
                people.get(line.actor, "somebody who no longer works here" if line.actor else "the program"),
                _WORDS.get(line.deed, str(line.deed).replace("_", " ")),
                " · ".join(part for part in (whose, words) if part),
                words,
            )
        )
    return tuple(told)


def _words(line: AuditLine) -> str:
    """Return what a line says besides its subject, without ids and digests."""
    if line.words.startswith("visit of ") or line.deed is Deed.SIGNED:
        return "visit"
    if line.deed is Deed.SIGNED_IN:
        return (
            line.words if WITH_PIN in line.words else ", ".join(filter(None, ("without a PIN", line.words)))
        )
    return "" if line.deed is Deed.AMENDED else line.words


def _name(practice: Practice, id: str) -> str:
    """Return whose record an id belongs to; empty where it is erased."""
    held = practice.current(Kind.PATIENT, id)
    if held is None:
        visit = practice.current(Kind.VISIT, id)
        held = practice.current(Kind.PATIENT, visit.patient) if isinstance(visit, Visit) else None
        if isinstance(held, Patient) and isinstance(visit, Visit):
            return f"{held.name}, {visit.on.isoformat()}"
    if isinstance(held, Patient | Practitioner):
        return held.name
    return ""


__all__ = ["Told", "tell"]
