"""A group's frequency map as pictures and as a table: rings of how many of the drawings cover a place.

A ring is told by its colour (one hue that only grows darker, so that colour-blind eyes see the order), by
its pattern, and by the share that is written on it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from myomap.anatomy.structures import Layer
from myomap.report.map_svg import Bounds, Ink, MapPicture
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.frequency import FEW, SHARES, Band, FrequencyMap, GroupMap, bands_of

#: How each band is drawn, the rarest first: colours (after ColorBrewer's Blues) for light and for dark
#: grounds, pattern, opacity. On a dark ground more is lighter.
LIGHT = ("#5b93c4", "#3f7fb8", "#2c6aa8", "#1a5193", "#08306b")
DARK = ("#35618c", "#4b83b5", "#6fa8d8", "#a3cdf0", "#e6f3ff")
PATTERNS = ("dots", "lines", "cross", "solid", "solid")
OPACITY = (0.6, 0.8, 1.0, 0.75, 0.92)
#: Edges between bands wander from cell to cell: they are smoothed more than a single drawing is.
SMOOTH_MM = 4.0
FEW_WORDS = f"fewer than {FEW} people"


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """What is seen in a view of the places of one band."""

    band: Band
    shape: BaseGeometry

    def label(self, least: float) -> tuple[float, float, float] | None:
        """Return the middle of the widest place and the radius of its circle; None if that is too small."""
        parts = [p for p in shapely.get_parts(self.shape) if p.geom_type == "Polygon" and not p.is_empty]
        if not parts:
            return None
        circle = shapely.maximum_inscribed_circle(max(parts, key=lambda part: part.area), tolerance=2.0)
        (x, y), *_ = circle.coords
        return (x, y, circle.length) if circle.length >= least else None

    @property
    def share(self) -> str:
        """Return what is written on it: “25 %”; nothing on the rarest."""
        return f"{round(100 * SHARES[self.band.step])} %" if self.band.step else ""


def ring_picture(
    atlas: AtlasSource,
    view: str,
    found: Sequence[Ring],
    *,
    crop: Bounds | None = None,
    letter_mm: float = 0.0,
    coarse: float = 1.0,
) -> MapPicture:
    """Return the picture of a view's rings with their shares, ``letter_mm`` of the view high, and no legend.

    ``coarse`` is how many times as coarse as usual the patterns are, for a map that is printed small.
    """
    frame = atlas.views[view].frame
    size = letter_mm or max(frame.width, frame.height) / 130
    extra = []
    for ring in found:
        at = ring.label(size)
        if ring.share and at is not None:
            extra.append(_text(ring.share, *at[:2], size, middle=True, light=ring.band.step >= 3))
    return MapPicture(
        view=view,
        layer=Layer.SKIN,
        inks=tuple(replace(_ink(ring.band, ring.shape), coarse=coarse) for ring in found),
        crop=crop,
        colours="light",
        extra=tuple(extra),
    )


def rings(atlas: AtlasSource, found: FrequencyMap, view: str, few: int = 1) -> list[Ring]:
    """Return the rings of a view, the rarest first; a place lies in the highest band that it reaches."""
    seen = atlas.view_map(view)
    bands = bands_of(found.drawings, few)
    shapes = [seen.outline(found.from_count(band.least), 0.5, SMOOTH_MM) for band in bands]
    made = []
    for at, (band, shape) in enumerate(zip(bands, shapes, strict=True)):
        inner = shapes[at + 1] if at + 1 < len(shapes) else None
        left = shape if inner is None or inner.is_empty else shapely.difference(shape, inner)
        if not left.is_empty:
            made.append(Ring(band, left))
    return made


def band_words(band: Band, drawings: int) -> str:
    """Return a band in words: “54 to 106 of 214 drawings (25 to 49 %)”."""
    least, most = band.least, band.most
    count = f"{least}" if least == most else f"{least} to {most}"
    low, high = round(100 * least / drawings), int(100 * most / drawings)
    share = f"{low} %" if low >= high else f"{low} to {high} %"
    if not band.step:
        share = f"under {round(100 * SHARES[1])} %" if high < 100 * SHARES[1] else f"up to {high} %"
    return f"{count} of {drawings} drawings ({share})"


def frequency_picture(
    atlas: AtlasSource, found: FrequencyMap, view: str, *, few: int = 1, words: Sequence[str] = ()
) -> MapPicture:
    """Return the picture of a view with its legend below; ``words`` are further lines of the legend."""
    frame = atlas.views[view].frame
    small = max(frame.width, frame.height) / 130
    plain = ring_picture(atlas, view, rings(atlas, found, view, few), letter_mm=small)
    inks, extra = list(plain.inks), list(plain.extra)
    size = max(small, frame.width / 38)
    # clear of the letter that a side view has at its foot
    left = frame.width * (0.08 if atlas.views[view].shows == "midline" else 0.24)
    down = frame.height + 1.8 * size
    bands = bands_of(found.drawings, few)
    for band in bands:
        inks.append(_ink(band, shapely.box(left, down - 0.75 * size, left + 2.4 * size, down + 0.15 * size)))
        extra.append(_text(band_words(band, found.drawings), left + 3.2 * size, down, size))
        down += 1.5 * size
    for line in (_count_words(found), *words):
        for part in _broken(line, int((frame.width * 0.96 - left) / (0.5 * size))):
            extra.append(_text(part, left, down, size))
            down += 1.35 * size
    return replace(plain, inks=tuple(inks), crop=(0.0, 0.0, frame.width, down), extra=tuple(extra))


def _ink(band: Band, shape: BaseGeometry) -> Ink:
    return Ink(shape, LIGHT[band.step], PATTERNS[band.step], OPACITY[band.step])


def _text(words: str, x: float, y: float, size: float, *, middle: bool = False, light: bool = False) -> str:
    anchor = ' text-anchor="middle" font-weight="700"' if middle else ""
    fill, halo = ("#ffffff", "#08306b") if light else ("#12232e", "#ffffff")
    edge = f' stroke="{halo}" stroke-width="{size * 0.14:.2f}" paint-order="stroke"' if middle else ""
    down = y + size * 0.35 if middle else y
    return (
        f'<text font-family="Atkinson Hyperlegible" font-size="{size:.2f}" fill="{fill}"{edge} '
        f'x="{x:.2f}" y="{down:.2f}"{anchor}>{escape(words)}</text>'
    )


def _broken(line: str, longest: int) -> list[str]:
    lines = [""]
    for word in line.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= longest or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _count_words(found: FrequencyMap) -> str:
    many = "drawing" if found.drawings == 1 else "drawings"
    if not found.most:
        return f"{found.drawings} {many}; no place can be told."
    return f"{found.drawings} {many}; the place drawn most often is in {found.most} of them."


def bands_in_words(found: FrequencyMap) -> str:
    """Return the legend: how many drawings there are and what each band means."""
    bands = "; ".join(band_words(band, found.drawings) for band in bands_of(found.drawings))
    return f"{_count_words(found)} From outside to inside: {bands}." if bands else _count_words(found)


#: What the columns of `regions_csv` hold.
COLUMNS = (
    "region", "name", "side", "drawings", "of_drawings", "percent", "people", "of_people", "group",
)  # fmt: skip


def regions_csv(atlas: AtlasSource, group: GroupMap, words: str) -> bytes:
    """Return the regions that are drawn as CSV, with a UTF-8 mark so that spreadsheets read it.

    A region counts in a drawing that covers 1 cm² of it, or a tenth of a small one. One of fewer than `FEW`
    people is left out, as one that nobody drew.
    """
    by_number = {region.number: region for region in atlas.regions.values()}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in group.regions:
        region = by_number[each.number]
        share = f"{100 * each.drawings / group.drawings:.1f}"
        told = (each.drawings, group.drawings, share, each.persons, group.persons)
        writer.writerow((region.id, region.name_en, str(region.laterality), *told, words))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def checked(group: GroupMap) -> GroupMap:
    """Return the map for showing: one of too few people without anything on it."""
    if not group.is_hidden:
        return group
    empty = FrequencyMap(np.zeros_like(group.found.counts), group.drawings)
    return replace(group, found=empty, regions=())
