"""Colours of the maps by token, from palette.json (a copy of data/palette.yaml; a test compares)."""

import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PATH = Path(__file__).with_name("palette.json")


@cache
def _written() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    loaded: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(_PATH.read_text("utf-8"))
    return loaded


def palette(name: str) -> Mapping[str, str]:
    """Return token → ``#rrggbb`` or ``#rrggbbaa`` of ``light``, ``dark``, ``print``, ``colour_blind``."""
    return _written()["sets"][name]


@cache
def fill_token(structure: str, kind: str) -> str:
    """Return the token that a structure is filled with; ``kind`` is a StructureKind.

    A muscle's red hangs on its id alone, so it is the same in every view, side and figure.
    """
    if kind == "muscle":
        if structure == "sternalis":
            return "muscle_variant"
        return f"muscle_{1 + zlib.crc32(structure.encode()) % 6}"
    if kind == "connective":
        return "tendon"
    if kind == "bone":
        cartilage = "cartilage" in structure or "disk" in structure
        return "cartilage" if cartilage else "bone"
    return "skin"


#: How each quality of pain is drawn: a colour that stays apart for colour-blind eyes (after Okabe and
#: Ito) and a hatch, so that it is never told by colour alone.
QUALITY_INKS: Mapping[str, tuple[str, str]] = {
    "ache": ("#0072b2", "solid"),
    "pressure": ("#56749a", "vertical"),
    "burning": ("#d55e00", "waves"),
    "stabbing": ("#b1185e", "cross"),
    "throbbing": ("#8a2be2", "rings"),
    "tingling": ("#b58900", "dots"),
    "numb": ("#4d5358", "lines"),
    "cramp": ("#007a5e", "back_lines"),
    "other": ("#6b4f2a", "slashes"),
}
