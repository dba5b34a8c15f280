"""Small words that every report prints the same way."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from myomap.records.values import Needling, Quality, Technique, Twitch

#: How each quality of pain is called, in the window and on paper.
QUALITY_WORDS: Mapping[Quality, str] = {
    Quality.ACHE: "Aching",
    Quality.PRESSURE: "Pressing",
    Quality.STABBING: "Stabbing",
    Quality.BURNING: "Burning",
    Quality.THROBBING: "Throbbing",
    Quality.TINGLING: "Tingling",
    Quality.NUMB: "Numb",
    Quality.CRAMP: "Cramping",
    Quality.OTHER: "Other",
}


def yes_no(value: bool | None) -> str:
    """Return yes, no, or nothing where it was not examined."""
    return "" if value is None else "yes" if value else "no"


def how_needled(needling: Needling) -> str:
    """Return technique and insertions, nothing of what nobody said: “rotation, 2×”."""
    technique = "" if needling.technique is Technique.NOT_ASKED else plain_words(needling.technique)
    times = "" if needling.insertions is None else f"{needling.insertions}×"
    return ", ".join(part for part in (technique, times) if part)


def twitch_words(twitch: Twitch) -> str:
    """Return what was seen of twitches, nothing where it was not asked."""
    return "" if twitch is Twitch.NOT_ASKED else str(twitch)


def plain_words(name: Any) -> str:
    """Return an id as words."""
    return str(name).replace("_", " ")


def number_words(value: float | None) -> str:
    """Return a number, nothing where there is none."""
    return "" if value is None else f"{value:g}"


def day_words(day: date) -> str:
    """Return a day as 3 March 2026."""
    return f"{day.day} {day:%B %Y}"


def moment_words(at: datetime, zone: tzinfo | None) -> str:
    """Return a day and time in the zone."""
    local = at.astimezone(zone) if zone is not None else at
    return f"{local.day} {local:%B %Y, %H:%M}"


def one_line(text: str) -> str:
    """Return an address on one line."""
    return ", ".join(part.strip() for part in text.splitlines() if part.strip())


def without_view(words: str) -> str:
    """Return the words of a site without the view they were marked in.

    >>> without_view("RIGHT trapezius, descending part, posterior view")
    'RIGHT trapezius, descending part'
    """
    site, _, last = words.rpartition(", ")
    return site if site and last.endswith(" view") else words
