"""One SVG a view and layer: 1 unit = 1 mm, clickable paths by id, colours by token.

The tone image lies over the flat fills and is multiplied with them. Colours are custom properties
with the light set as what holds without a style sheet, so a page that shows the map may set them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import yaml

from mapmaker.coverage import Drawing, Face
from mapmaker.curves import Curve
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKind
from myomap.anatomy.views import View
from myomap.palette import fill_token

#: Control points this near to the chord (in `curves.UNIT_MM`) bend a cubic invisibly.
STRAIGHT = 3
_LETTER = {Laterality.LEFT: "L", Laterality.RIGHT: "R"}


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """Colours of the light set by token. Custom properties of the same names override them.

    They stand in an ``@supports`` block, because plain readers (Qt's, many converters) paint black what
    they cannot resolve.
    """

    light: Mapping[str, str]

    def of(self, tokens: Iterable[str]) -> str:
        """Return the style element's text for a map that uses these tokens."""
        used = sorted(set(tokens))
        plain = "".join(f".{t}{{fill:{self.light[t]}}}" for t in used)
        set_by_page = "".join(f".{t}{{fill:{self._or_set(t)}}}" for t in used)
        return (
            f"{plain}path{{stroke:{self.light['outline']};stroke-width:.25;stroke-linejoin:round;"
            "fill-rule:evenodd}.tone{mix-blend-mode:multiply;pointer-events:none}"
            f"text{{font:700 14px sans-serif;fill:{self.light['side_letter']}}}.words{{font-weight:400}}"
            f"@supports (fill:var(--a)){{{set_by_page}path{{stroke:{self._or_set('outline')};"
            "stroke-width:.8;vector-effect:non-scaling-stroke}"
            f"text{{fill:{self._or_set('side_letter')}}}}}"
        )

    def _or_set(self, token: str) -> str:
        return f"var(--{token.replace('_', '-')},{self.light[token]})"


def style_sheet(palette: Path) -> StyleSheet:
    """Read the light set of data/palette.yaml."""
    return StyleSheet(yaml.safe_load(palette.read_text("utf-8"))["sets"]["light"])


def write_svg(
    view: View,
    layer: Layer,
    drawing: Drawing,
    kinds: Mapping[str, StructureKind],
    names: Mapping[str, str],
    style: StyleSheet,
) -> str:
    """Return the SVG of one layer; ``kinds`` and ``names`` by structure id."""
    wide, high = _number(round(view.frame.width * 100)), _number(round(view.frame.height * 100))
    title = f"{view.title}, {layer}" if layer is not Layer.SKIN else f"{view.title}, skin"
    tokens = [fill_token(key.structure, kinds[key.structure]) for key in drawing.keys]
    laid = [] if layer in (Layer.SKIN, Layer.SKELETON) else ["tendon"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}mm" '
        f'height="{high}mm" data-view="{view.id}" data-layer="{layer}" role="img" '
        f"aria-label={quoteattr(title)}>\n<title>{escape(title)}</title>\n",
        f"<style>{style.of([*tokens, *laid])}</style>\n",
        f'<g id="{layer}">\n',
    ]
    for key, faces, token in zip(drawing.keys, drawing.faces, tokens, strict=True):
        spoken = " ".join(word for word in (key.laterality.spoken.lower(), names[key.structure]) if word)
        parts.append(
            f'<path id="{key}" class="{token}" data-structure="{key.structure}" '
            f'data-laterality="{key.laterality}" d="{path_of(faces, drawing.arcs)}">'
            f"<title>{escape(spoken)}</title></path>\n"
        )
    parts.append("</g>\n")
    if laid:
        # Where muscle turns to tendon; the mask is white there.
        parts.append(
            f'<mask id="tendon-mask"><image href="{layer}.tendon.jpg" width="{wide}" height="{high}" '
            f'preserveAspectRatio="none"/></mask>\n<rect class="tendon" width="{wide}" height="{high}" '
            'mask="url(#tendon-mask)" pointer-events="none"/>\n'
        )
    parts.append(f'<image class="tone" href="{layer}.jpg" width="{wide}" height="{high}"/>\n')
    parts.extend(_side_words(view))
    parts.append("</svg>\n")
    return "".join(parts)


def _side_words(view: View) -> Iterable[str]:
    """Yield the letters and words at the edges: L and R are the patient's own sides."""
    width, height = view.frame.width, view.frame.height
    size = max(6.0, min(24.0, width / 22))
    left = right = ""
    if view.viewer_left is not None:
        left, right = _LETTER[view.viewer_left], _LETTER[view.viewer_left.mirrored()]
    elif view.shows is not Laterality.MIDLINE:
        left = _LETTER[view.shows]
    for letter, x, anchor in ((left, size / 2, "start"), (right, width - size / 2, "end")):
        if letter:
            yield (
                f'<text class="side" x="{x:.1f}" y="{size * 1.3:.1f}" text-anchor="{anchor}" '
                f'style="font-size:{size:.1f}px">{letter}</text>\n'
            )
    for words, x, anchor in ((view.edge_words[0], 2.0, "start"), (view.edge_words[1], width - 2, "end")):
        if words:
            yield (
                f'<text class="words" x="{x:.1f}" y="{height - 2:.1f}" text-anchor="{anchor}" '
                f'style="font-size:{size / 2:.1f}px">{escape(words)}</text>\n'
            )


def path_of(faces: Sequence[Face], arcs: Sequence[Curve]) -> str:
    """Return path data: relative cubics, and lines where a cubic is straight."""
    out: list[str] = []
    at = np.zeros(2, np.int64)
    for face in faces:
        for ring in face.rings:
            pieces = [arcs[a] if forward else arcs[a][::-1] for a, forward in ring]
            start = pieces[0][0]
            out.append("m" + _pair(start - at, first=True))
            command = "m"
            for piece in pieces:
                controls = piece.reshape(-1, 2)
                for k in range(0, len(controls) - 1, 3):
                    a, b, c, d = controls[k : k + 4]
                    wanted = "l" if _is_straight(a, b, c, d) else "c"
                    offsets = [d - a] if wanted == "l" else [b - a, c - a, d - a]
                    text = "".join(_pair(o, first=False) for o in offsets)
                    if command != wanted:
                        out.append(wanted + text.removeprefix(" "))
                        command = wanted
                    else:
                        out.append(text)
            out.append("z")
            at = start
    return "M" + "".join(out)[1:]


def _is_straight(a: Curve, b: Curve, c: Curve, d: Curve) -> bool:
    """Tell whether a cubic leaves its chord by less than `STRAIGHT`, so that a line will do."""
    along = (d - a).astype(np.float64)
    length = float(np.hypot(along[0], along[1]))
    if length == 0:
        return False
    for control in (b - a, c - a):
        off = abs(along[0] * control[1] - along[1] * control[0]) / length
        at = float(along @ control) / length
        if off > STRAIGHT or at < 0 or at > length:
            return False
    return True


def _pair(offset: Curve, *, first: bool) -> str:
    x, y = _number(int(offset[0])), _number(int(offset[1]))
    lead = "" if first or x.startswith("-") else " "
    return f"{lead}{x}{'' if y.startswith('-') else ' '}{y}"


def _number(hundredths: int) -> str:
    """Return hundredths as a short decimal: ``-.5``, ``12``, ``3.07``."""
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    tail = f"{rest:02d}".rstrip("0")
    if not tail:
        return f"{sign}{whole}" if whole or not sign else "0"
    return f"{sign}{whole or ''}.{tail}"
