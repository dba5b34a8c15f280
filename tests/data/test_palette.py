"""The palette that the program loads is the reviewed one; words on the map can be read."""

from pathlib import Path

import pytest
import yaml

from myomap.palette import QUALITY_INKS, fill_token, palette
from myomap.records.values import Quality

REVIEWED = yaml.safe_load((Path(__file__).parents[2] / "data" / "palette.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", list(REVIEWED["sets"]))
def test_the_programs_copy_is_the_reviewed_palette(name: str) -> None:
    assert dict(palette(name)) == REVIEWED["sets"][name]


@pytest.mark.parametrize("name", list(REVIEWED["sets"]))
def test_every_fill_has_a_colour(name: str) -> None:
    tokens = {fill_token(s, "muscle") for s in ("sternalis", "trapezius-descending", "soleus")}
    tokens |= {
        fill_token("femur", "bone"),
        fill_token("linea-alba", "connective"),
        fill_token("temporal", "skin"),
    }
    assert tokens <= set(palette(name))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", list(REVIEWED["sets"]))
def test_side_letters_and_marks_are_legible(name: str) -> None:
    tokens = palette(name)
    assert contrast(tokens["side_letter"], tokens["paper"]) >= 4.5
    assert contrast(tokens["mark"], tokens["mark_halo"]) >= 4.5


def test_every_quality_has_its_own_colour_and_hatch() -> None:
    inks = [QUALITY_INKS[str(q)] for q in Quality]
    assert len(set(inks)) == len(inks)
    assert all(contrast(colour, "#ffffff") >= 3 for colour, _ in inks)
