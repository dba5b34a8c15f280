"""A drawing in words: side, regions and extent, as they are read back to the clinician."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.regions import Region
from myomap.surface.cells import Cells
from myomap.surface.skin import RegionShare, Skin

#: So many places are named; what lies elsewhere is counted.
MOST_PLACES = 4
#: A region with less of the drawing than this, and less than `_LEAST_MM2`, is not named.
_LEAST_SHARE = 0.04
_LEAST_MM2 = 150.0
#: One side of a midline region is named where the other has less than this share of it.
_ONE_SIDED = 0.12


class SkinAndRegions(Protocol):
    """What of the atlas is needed to speak of cells (AtlasSource has it)."""

    @property
    def skin(self) -> Skin:
        """The cells of the skin."""
        ...

    @property
    def regions(self) -> Mapping[str, Region]:
        """Skin regions by id."""
        ...


def read_back(atlas: SkinAndRegions, cells: Cells, most: int = MOST_PLACES) -> str:
    """Return e.g. “RIGHT temple and RIGHT back of neck, 61 cm², 0.4 % of the skin”.

    ``most`` places are named, the rest counted; a record names them all.
    """
    if not cells:
        return "nothing drawn"
    return f"{places_in_words(atlas, cells, most)}, {extent_in_words(atlas.skin, cells)}"


def extent_in_words(skin: Skin, cells: Cells) -> str:
    """Return e.g. “61 cm², 0.4 % of the skin”."""
    area = skin.area_of(cells) / 100
    share = 100 * skin.share_of(cells)
    size = f"{area:.0f} cm²" if area >= 10 else f"{area:.1f} cm²"
    return f"{size}, {share:.1f} % of the skin" if share >= 0.05 else f"{size}, under 0.1 % of the skin"


def places_in_words(atlas: SkinAndRegions, cells: Cells, most: int = MOST_PLACES) -> str:
    """Return the regions with their sides, the largest first: “RIGHT temple and forehead”."""
    words = named_places(atlas, cells)
    if len(words) > most:
        rest = len(words) - most + 1
        words = [*words[: most - 1], f"{rest} more regions"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def named_places(atlas: SkinAndRegions, cells: Cells) -> list[str]:
    """Return each region with its side, the largest first: “RIGHT temple”, “forehead”."""
    by_number = {region.number: region for region in atlas.regions.values()}
    touched = atlas.skin.regions_touched(cells)
    named: dict[str, dict[str, float]] = {}
    for k, share in enumerate(touched):
        if k and share.share < _LEAST_SHARE and share.area_mm2 < _LEAST_MM2:
            continue
        region = by_number[share.region]
        word = plain_word(region)
        for side, area in _sides(region, share).items():
            sides = named.setdefault(word, {})
            sides[side] = sides.get(side, 0.0) + area
    phrases = [(sum(sides.values()), _with_side(word, sides)) for word, sides in named.items()]
    phrases.sort(key=lambda pair: -pair[0])
    return [phrase for _, phrase in phrases]


def plain_word(region: Region) -> str:
    """Return a region's plain name without its side, in small letters: “back of neck”."""
    word = region.plain.removesuffix(f" ({region.laterality})").strip()
    return word[:1].lower() + word[1:]


def sides_of(skin: Skin, cells: Cells) -> tuple[Laterality, ...]:
    """Return the sides on which a noticeable part of the cells lies, RIGHT first; none if midline only."""
    area = skin.area_mm2[cells.ids].astype(np.float64) * cells.weights
    total = float(area.sum())
    code = skin.laterality[cells.ids]
    return tuple(
        side
        for side in (Laterality.RIGHT, Laterality.LEFT)
        if float(area[code == LATERALITY_CODES[side]].sum()) > 0.02 * total
    )


def _sides(region: Region, share: RegionShare) -> dict[str, float]:
    if region.laterality is not Laterality.MIDLINE:
        return {region.laterality.spoken: share.area_mm2}
    both = share.right_mm2 + share.left_mm2
    # Between the sides, or on both of them: no side is named.
    if both < 0.3 * share.area_mm2:
        return {"": share.area_mm2}
    if share.left_mm2 < _ONE_SIDED * both:
        return {Laterality.RIGHT.spoken: share.area_mm2}
    if share.right_mm2 < _ONE_SIDED * both:
        return {Laterality.LEFT.spoken: share.area_mm2}
    return {"": share.area_mm2}


def _with_side(word: str, sides: Mapping[str, float]) -> str:
    if len(sides) > 1 and "" not in sides:
        return f"RIGHT and LEFT {word}"
    side = next(iter(sides))
    return f"{side} {word}" if side and len(sides) == 1 else word
