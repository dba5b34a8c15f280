"""A map as one self-contained SVG: plate, outlines, zones, drawing and marks, with its sides.

Everything that leaves the program as a picture or in a PDF is drawn from this; nothing of Qt.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor, log2
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import View
from myomap.lookup.pattern_index import PatternKey
from myomap.palette import fill_token, palette
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.sight import is_seen

#: Left, top, right, bottom.
Bounds = tuple[float, float, float, float]
#: Zones are contoured where a cell's weight passes this.
ZONE_LEVEL = 0.5
#: How strongly the skin's silhouette is shown behind the other layers.
GHOST = 0.3
#: How much of the tone a drawing to shade by hand keeps: the face and the folds, no more.
BREATH = 0.3
#: Details of outlines smaller than this on paper (mm) are left out of documents.
FINEST_MM = 0.09
#: Dots an inch at which a printed map is crisp.
DPI = 300.0


@dataclass(frozen=True, slots=True)
class PointMark:
    """A numbered mark at a place of the view (mm); ``label`` is printed beside it."""

    x: float
    y: float
    label: str
    cross: bool = False
    """True for a trigger point's X, False for a numbered disc."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """A drawn area in view millimetres with its quality: ``token`` a colour, ``hatch`` a pattern's name."""

    shape: BaseGeometry
    colour: str
    hatch: str = "solid"
    opacity: float = 0.6
    coarse: float = 1.0
    """How many times as large as usual its hatch is."""


@dataclass(frozen=True, slots=True, eq=False)
class MapPicture:
    """What is to be drawn. ``crop`` is (left, top, right, bottom) in view millimetres."""

    view: str
    layer: Layer
    patterns: tuple[PatternKey, ...] = ()
    marks: tuple[PointMark, ...] = ()
    inks: tuple[Ink, ...] = ()
    selected: tuple[StructureKey, ...] = ()
    crop: tuple[float, float, float, float] | None = None
    colours: str = "print"
    tone: str = "full"
    """``full``, ``coarse`` (small pictures) or ``none``: the grey image beneath."""
    grain: float = 0.0
    """Pixels of the grey image a view mm, as it is printed; 0: as fine as it is."""
    line_drawing: bool = False
    """A white body with a firm outline and a breath of the tone, to shade by hand."""
    places: bool = True
    """Whether each pattern's trigger point is marked with an X."""
    plate: bool = True
    """False: only what is drawn over the plate, for a picture that has one already."""
    letters: float = 1.0
    """How large the side letters are against their usual size."""
    mark_size: float = 1.0
    """How large numbers and crosses are against their usual size."""
    extra: tuple[str, ...] = field(default=())
    """Further SVG elements, already escaped."""


def map_svg(atlas: AtlasSource, picture: MapPicture, *, background: bool = True) -> str:
    """Return the map as SVG, one unit a millimetre; UnknownIdError for an unknown view."""
    found = atlas.views.get(picture.view)
    if found is None:
        atlas.outlines(picture.view, picture.layer)
        raise KeyError(picture.view)
    tokens = palette(picture.colours)
    left, top, right, bottom = picture.crop or (0.0, 0.0, found.frame.width, found.frame.height)
    width, height = right - left, bottom - top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}mm" height="{height:.2f}mm" '
        f'viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}">',
        f"<title>{escape(title_of(found))}</title>",
        _patterns_defs(tokens, picture.inks),
    ]
    if background:
        parts.append(
            f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" '
            f'fill="{tokens["paper"][:7]}"/>'
        )
    if picture.plate:
        parts.append(_plate(atlas, found, picture, tokens))
    parts.extend(_zones(atlas, picture, tokens))
    parts.extend(_ink(ink, number) for number, ink in enumerate(picture.inks))
    scale = mark_scale(picture.mark_size, width, height)
    parts.extend(_places(atlas, found, picture, tokens, scale))
    parts.extend(_mark(mark, tokens, scale) for mark in picture.marks)
    parts.extend(picture.extra)
    box = (left, top, right, bottom)
    # over a plate of its own the letters have the bare page beneath, and Qt would paint a halo over them
    halo = tokens["mark_halo"] if picture.plate else ""
    parts.append(side_letters(found, box, tokens["side_letter"], picture.letters, halo))
    parts.append("</svg>")
    return "".join(parts)


def mark_scale(size: float, width: float, height: float) -> float:
    """Return how many view mm a mark's millimetre is on a picture of this size."""
    return size * max(width, height) / 420


def grain_for(printed_mm: float, shown_mm: float) -> float:
    """Return the `MapPicture.grain` of ``shown_mm`` of a view printed ``printed_mm`` long."""
    return DPI / 25.4 * printed_mm / shown_mm if shown_mm > 0 else 0.0


def title_of(view: View) -> str:
    """Return the view's title with its figure."""
    return f"{view.title} ({view.figure} figure)"


#: Words like “front” are so large beside R and L; smaller than the second they are not printed.
_WORDS, _LEAST_WORDS = 0.78, 0.45
#: How wide a letter of a word is against its height, on average.
_LETTER_WIDE = 0.56
#: Where a whole body seen from the side has room for words, from the top down.
_SHIN, _NAPE = 0.88, 0.135


def side_letters(view: View, box: Bounds, colour: str, scale: float = 1.0, halo: str = "#ffffff") -> str:
    """Return R and L at the edges of the map; for a lateral view its side and the words front and back."""
    left, top, right, bottom = box
    size = scale * min(max(right - left, bottom - top) / 26, (right - left) / 6.5)
    pad = size * 0.25
    edge = (
        f'stroke="{halo[:7]}" stroke-opacity="0.7" stroke-width="{size * 0.12:.2f}" paint-order="stroke" '
        if halo
        else ""
    )

    def text(words: str, x: float, y: float, *, end: bool = False, share: float = 1.0) -> str:
        anchor = ' text-anchor="end"' if end else ""
        return (
            f'<text font-family="Atkinson Hyperlegible" font-weight="700" '
            f'font-size="{size * share:.2f}" fill="{colour[:7]}" '
            f'{edge}x="{x:.2f}" y="{y:.2f}"{anchor}>{escape(words)}</text>'
        )

    high, low = top + size * 1.05, bottom - size * 0.4
    drawn = ""
    if view.viewer_left is not None:
        first, last = ("R", "L") if view.viewer_left == "right" else ("L", "R")
        drawn = text(first, left + pad, high) + text(last, right - pad, high, end=True)
    else:
        first, last = view.edge_words
        wide = _LETTER_WIDE * _WORDS * size * (len(first) + len(last) + 1)
        share = _WORDS * min(1.0, (right - left - 2 * pad) / wide)
        if (
            share >= _LEAST_WORDS
        ):  # too small to be read, or one over the other: the side is said all the same
            one, other = (
                (top + at * (bottom - top) for at in _word_lines(view, box))
                if _is_tall(box)
                else (high, high)
            )
            drawn = text(first, left + pad, one, share=share) + text(
                last, right - pad, other, end=True, share=share
            )
    if view.shows != "midline":
        drawn += text(str(view.shows).upper()[:1], left + pad, low)
    return f'<g class="sides">{drawn}</g>'


def _is_tall(box: Bounds) -> bool:
    """Tell whether a page is so tall and narrow that a head fills its top."""
    return box[3] - box[1] >= 2.5 * (box[2] - box[0])


def _word_lines(view: View, box: Bounds) -> tuple[float, float]:
    """Return how far down the words at the left and right stand on a tall page, where the body leaves them room.

    A whole body leaves it before the shin and behind the neck.
    """
    if box[3] - box[1] < 0.95 * view.frame.height:
        return _SHIN, _SHIN
    return tuple(_NAPE if words == "back" else _SHIN for words in view.edge_words)  # type: ignore[return-value]


def path_of(shape: BaseGeometry) -> str:
    """Return the ``d`` of a polygon or multipolygon, to 0.01 mm, with relative lines."""
    pieces: list[str] = []
    for polygon in shapely.get_parts(shape):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            grid = np.rint(shapely.get_coordinates(ring) * 100).astype(np.int64)
            steps = np.diff(grid, axis=0)[:-1]
            lines = " ".join(f"{x / 100:g} {y / 100:g}" for x, y in steps.tolist())
            pieces.append(f"M{grid[0, 0] / 100:g} {grid[0, 1] / 100:g}l{lines}z")
    return "".join(pieces)


def _plate(atlas: AtlasSource, view: View, picture: MapPicture, tokens: Mapping[str, str]) -> str:
    """Return fills, tone and outlines of the layer."""
    known: Any = atlas  # an open atlas is hashed by identity
    drawn = [
        (key, d)
        for key, d, bounds in _layer_paths(known, view.id, picture.layer, _coarseness(picture.grain))
        if picture.crop is None or _touch(bounds, picture.crop)
    ]
    if picture.line_drawing:
        return _line_drawing(atlas, view, picture, tokens)
    parts = []
    if picture.layer is not Layer.SKIN and (ghost := _skin_path(known, view.id)):
        parts.append(f'<path fill="{tokens["skin"][:7]}" fill-opacity="{GHOST}" d="{ghost}"/>')
    parts.append("<g>")
    for key, d in drawn:
        kind = "skin" if picture.layer is Layer.SKIN else str(atlas.structures[key.structure].kind)
        fill = tokens[fill_token(key.structure, kind)][:7]
        parts.append(f'<path fill="{fill}" d="{d}"/>')
    parts.append("</g>")
    parts.append(_tones(atlas, view, picture, tokens))
    weight = 0.0011 * max(view.frame.width, view.frame.height) * 0.35
    hairline = 0.25 if picture.layer is Layer.SKIN else 0.75
    parts.append(
        f'<g fill="none" stroke="{tokens["outline"][:7]}" stroke-opacity="{hairline}" '
        f'stroke-width="{weight:.3f}" stroke-linejoin="round">'
    )
    for key, d in drawn:
        parts.append(f'<path id={quoteattr(str(key))} d="{d}"/>')
    parts.append("</g>")
    chosen = set(picture.selected)
    if chosen:
        parts.append(
            f'<g fill="{tokens["selected"][:7]}" fill-opacity="0.35" '
            f'stroke="{tokens["selected_line"][:7]}" stroke-width="{2.5 * weight:.3f}">'
        )
        parts.extend(f'<path d="{d}"/>' for key, d in drawn if key in chosen)
        hidden = chosen - {key for key, _ in drawn}
        parts.append("</g>")
        for outline in atlas.silhouettes(view.id):
            if outline.key in hidden:
                parts.append(
                    f'<path fill="none" stroke="{tokens["silhouette"][:7]}" stroke-width="{2 * weight:.3f}" '
                    f'stroke-dasharray="{6 * weight:.2f} {4 * weight:.2f}" d="{path_of(outline.shape)}"/>'
                )
    return "".join(parts)


def _tones(atlas: AtlasSource, view: View, picture: MapPicture, tokens: Mapping[str, str]) -> str:
    """Return the grey image, and the white of tendons under it, of what the picture shows."""
    tone = atlas.tone(view.id, picture.layer)
    tendon = tone.with_suffix(".tendon.jpg")
    if picture.tone == "coarse":
        coarse = tone.with_suffix(".coarse.jpg")
        tone = coarse if coarse.is_file() else tone
    if picture.tone == "none" or not tone.is_file():
        return ""
    drawn = ""
    if tendon.is_file() and not picture.line_drawing:
        drawn = (
            f'<mask id="tendon">{_image(atlas, view, picture, tendon)}</mask>'
            f'<rect width="{view.frame.width:.2f}" height="{view.frame.height:.2f}" '
            f'fill="{tokens["tendon"][:7]}" mask="url(#tendon)"/>'
        )
    style = "mix-blend-mode:multiply"
    if picture.line_drawing:
        style += f";opacity:{BREATH}"
    return drawn + _image(atlas, view, picture, tone, f' style="{style}"')


def _image(atlas: AtlasSource, view: View, picture: MapPicture, path: Path, more: str = "") -> str:
    """Return a grey image as an element: only the part in sight, as fine as it is printed, where it can be read so."""
    frame = view.frame
    box = picture.crop or (0.0, 0.0, frame.width, frame.height)
    part = (
        max(0.0, box[0] / frame.width), max(0.0, box[1] / frame.height),
        min(1.0, box[2] / frame.width), min(1.0, box[3] / frame.height),
    )  # fmt: skip
    read = None
    if picture.grain > 0 and atlas.tone_reader is not None:
        read = atlas.tone_reader(path, part, round(picture.grain * (part[3] - part[1]) * frame.height))
    body, part = (read.body, read.part) if read else (path.read_bytes(), (0.0, 0.0, 1.0, 1.0))
    return (
        f'<image x="{part[0] * frame.width:.3f}" y="{part[1] * frame.height:.3f}" '
        f'width="{(part[2] - part[0]) * frame.width:.3f}" height="{(part[3] - part[1]) * frame.height:.3f}" '
        f'preserveAspectRatio="none"{more} href="data:image/jpeg;base64,{base64.b64encode(body).decode()}"/>'
    )


def _line_drawing(atlas: AtlasSource, view: View, picture: MapPicture, tokens: Mapping[str, str]) -> str:
    """Return a white body with a firm outline, and so little tone that a pencil is seen on it."""
    known: Any = atlas
    whole = _skin_path(known, view.id)
    weight = 0.0016 * max(view.frame.width, view.frame.height)
    return (
        f'<path fill="#ffffff" d="{whole}"/>{_tones(atlas, view, picture, tokens)}'
        f'<path fill="none" stroke="{tokens["outline"][:7]}" stroke-width="{weight:.2f}" '
        f'stroke-linejoin="round" d="{whole}"/>'
    )


def _coarseness(grain: float) -> float:
    """Return by how much outlines may be simplified (view mm): what print cannot show, in steps of two."""
    return 2.0 ** floor(log2(FINEST_MM * DPI / 25.4 / grain)) if grain > 0 else 0.0


@lru_cache(maxsize=16)
def _layer_paths(
    atlas: Any, view: str, layer: Layer, coarse: float
) -> tuple[tuple[StructureKey, str, Bounds], ...]:
    outlines = atlas.outlines(view, layer)
    shapes = [o.shape for o in outlines]
    if coarse > 0 and shapes:
        shapes = [*shapely.coverage_simplify(shapes, coarse)]  # neighbours keep one border
    return tuple(
        (o.key, path_of(shape), shape.bounds)
        for o, shape in zip(outlines, shapes, strict=True)
        if not shape.is_empty
    )


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


@lru_cache(maxsize=16)
def _skin_path(atlas: Any, view: str) -> str:
    """Return the silhouette of the skin, so that a zone beside the muscles is not drawn on nothing."""
    if Layer.SKIN not in atlas.views[view].layers:
        return ""
    whole = shapely.union_all([o.shape.buffer(0.3) for o in atlas.outlines(view, Layer.SKIN)])
    return path_of(shapely.simplify(whole, 0.3))


def _zones(atlas: AtlasSource, picture: MapPicture, tokens: Mapping[str, str]) -> Sequence[str]:
    parts: list[str] = []
    if not picture.patterns:
        return parts
    seen = atlas.view_map(picture.view)
    for key in picture.patterns:
        zone = atlas.zone(key.trigger_point, key.laterality)
        for name, cells in (("spillover", zone.spillover), ("essential", zone.essential)):
            shape = seen.outline(cells, level=ZONE_LEVEL)
            if shape.is_empty:
                continue
            line = tokens[f"{name}_line"][:7]
            fill = "url(#stipple)" if name == "spillover" else tokens["essential"][:7]
            opacity = _alpha(tokens["essential"]) if name == "essential" else 1.0
            parts.append(
                f'<path class="{name}" fill="{fill}" fill-opacity="{opacity:.2f}" stroke="{line}" '
                f'stroke-width="0.8" stroke-opacity="0.8" fill-rule="evenodd" d="{path_of(shape)}"/>'
            )
    return parts


def _places(
    atlas: AtlasSource, view: View, picture: MapPicture, tokens: Mapping[str, str], scale: float
) -> Sequence[str]:
    if not picture.patterns or not picture.places:
        return ()
    wanted = {(k.trigger_point, k.laterality) for k in picture.patterns}
    seen = atlas.view_map(picture.view)
    parts = []
    for place in atlas.places(view.figure):
        if (place.trigger_point, place.laterality) not in wanted:
            continue
        x, y = seen.project(np.array([place.xyz]))[0]
        if not (0 <= x <= view.frame.width and 0 <= y <= view.frame.height):
            continue
        if not is_seen(atlas, picture.view, place):
            continue
        parts.append(_mark(PointMark(float(x), float(y), "", cross=True), tokens, scale))
    return parts


def _mark(mark: PointMark, tokens: Mapping[str, str], scale: float) -> str:
    ink, halo = tokens["mark"][:7], tokens["mark_halo"][:7]
    x, y, r = mark.x, mark.y, 3.0 * scale
    label = ""
    if mark.cross:
        w = 2 * r
        d = f"M{x - r:.2f} {y - r:.2f}l{w:.2f} {w:.2f}M{x - r:.2f} {y + r:.2f}l{w:.2f} {-w:.2f}"
        line = f'<path d="{d}" fill="none" stroke-linecap="round" '
        shape = (
            f'{line}stroke="{halo}" stroke-width="{2.6 * scale:.2f}"/>'
            f'{line}stroke="{ink}" stroke-width="{1.3 * scale:.2f}"/>'
        )
        if mark.label:
            label = (
                f'<text x="{x + 1.6 * r:.2f}" y="{y + r:.2f}" font-family="Atkinson Hyperlegible" '
                f'font-size="{7 * scale:.2f}" font-weight="700" fill="{ink}" stroke="{halo}" '
                f'stroke-width="{1.2 * scale:.2f}" paint-order="stroke">{escape(mark.label)}</text>'
            )
        return f'<g class="mark">{shape}{label}</g>'
    radius = 5.2 * scale
    return (
        f'<g class="mark"><circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="{halo}" stroke="{ink}" '
        f'stroke-width="{0.9 * scale:.2f}"/><text x="{x:.2f}" y="{y + 2.4 * scale:.2f}" text-anchor="middle" '
        f'font-family="Atkinson Hyperlegible" font-weight="700" font-size="{6.6 * scale:.2f}" '
        f'fill="{ink}">{escape(mark.label)}</text></g>'
    )


def _ink(ink: Ink, number: int) -> str:
    solid = ink.hatch == "solid"
    fill = ink.colour if solid else f"url(#hatch-{number})"
    return (
        f'<path class="drawing" fill="{fill}" fill-opacity="{ink.opacity if solid else 1:.2f}" '
        f'stroke="{ink.colour}" stroke-width="0.9" fill-rule="evenodd" d="{path_of(ink.shape)}"/>'
    )


#: How each hatch is drawn in a tile of 4 mm, as on the screen (`gui.drawing.ink_picture.tile`).
HATCHES = {
    "lines": '<path d="M0 2H4" stroke="{c}" stroke-width="0.9"/>',
    "slashes": '<path d="M0 4L4 0M-1 1L1 -1M3 5L5 3" stroke="{c}" stroke-width="0.9"/>',
    "back_lines": '<path d="M0 0L4 4M-1 3L1 5M3 -1L5 1" stroke="{c}" stroke-width="0.9"/>',
    "cross": '<path d="M0 2H4M2 0V4" stroke="{c}" stroke-width="0.7"/>',
    "rings": '<circle cx="2" cy="2" r="1.3" stroke="{c}" stroke-width="0.7" fill="none"/>',
    "dots": '<circle cx="2" cy="2" r="0.9" fill="{c}"/>',
    "waves": '<path d="M0 2Q1 0.6 2 2T4 2" stroke="{c}" stroke-width="0.9" fill="none"/>',
    "vertical": '<path d="M2 0V4" stroke="{c}" stroke-width="0.9"/>',
}


def _patterns_defs(tokens: Mapping[str, str], inks: Sequence[Ink]) -> str:
    tile = '<pattern id="{i}" width="4" height="4" patternUnits="userSpaceOnUse">{body}</pattern>'
    dot = f'<circle cx="1" cy="1" r="0.75" fill="{tokens["spillover_line"][:7]}"/>'
    body = dot + f'<circle cx="3" cy="3" r="0.75" fill="{tokens["spillover_line"][:7]}"/>'
    defs = [tile.format(i="stipple", body=body)]
    for number, ink in enumerate(inks):
        if ink.hatch in HATCHES:
            wash = f'<rect width="4" height="4" fill="{ink.colour}" fill-opacity="{ink.opacity * 0.4:.2f}"/>'
            drawn = wash + HATCHES[ink.hatch].format(c=ink.colour)
            name = f"hatch-{number}"
            if ink.coarse != 1:
                name += f'" patternTransform="scale({ink.coarse:.2f})'
            defs.append(tile.format(i=name, body=drawn))
    return f"<defs>{''.join(defs)}</defs>"


def _alpha(colour: str) -> float:
    return int(colour[7:9], 16) / 255 if len(colour) == 9 else 1.0
