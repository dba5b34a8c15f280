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
