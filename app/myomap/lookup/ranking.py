"""Ranks the patterns against a drawing and finds the fewest that explain it.

How the order comes about (it is stated on the screen and in the PDF): drawing and pattern are
compared as shapes on the skin, their edges blurred by about 15 mm, since people repeat the extent
of a drawing well and its exact place badly (Barbero 2015; Jaccard 0.42-0.76 in evidence.md). The
likeness is the cosine between the two blurred shapes, once for the essential zone alone and once
with spillover counting half; the better one counts. A pattern's own essential zone is therefore
always its own best match. Equal likeness goes by the published order. The numbers that are said come
from the shapes as drawn and as published: nothing is blurred there. Listed is what shares something with
the drawing, and what lies so near beside it that the blurred shapes are alike (a toe drawn one toe too
far); of such a pattern it is said that nothing of it is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.lookup.pattern_index import (
    ESSENTIAL,
    ONLY_SPILLOVER,
    SOFT_ESSENTIAL,
    SOFT_WHOLE,
    SPILLOVER_WEIGHT,
    PatternIndex,
    PatternKey,
)
from myomap.surface.cells import Cells

#: Said wherever ranked patterns are shown.
SORT_ORDER = (
    "Sorted by how alike drawing and published pattern are on the skin (edges blurred by 15 mm, "
    "spillover counting half), then by published order. A look-up in published figures, "
    "not a probability and not a diagnosis."
)

#: Said of a pattern that shares nothing with the drawing.
BESIDE_WORDS = "lies just beside the drawing: nothing of it is drawn"

#: Likenesses closer than this are equal, and go by the published order.
_TIE = 1e-5
#: Patterns that share less of the drawing than this are not listed.
_LEAST_SHARE = 0.005
#: What shares nothing is listed where it is at least so much like the drawing as the best one is. Measured with
#: 0.2 to 0.4: the same patterns of small zones on foot and hand come in, nothing else.
_BESIDE = 0.3
#: A blurred drawing is cut off here: far enough out that a dab on a single cell is still something.
_LEAST_SOFT = 1e-3
#: A drawing of more cells than this (about 2 % of the skin) is large.
_LARGE = 4000


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that overlaps the drawing. Shares are 0 to 1, by area of skin."""

    key: PatternKey
    likeness: float
    """Sort value only, never shown as a number: see the module's text."""
    essential_drawn: float
    """How much of the pattern's essential zone is drawn."""
    covered_essential: float
    """How much of the drawing lies in its essential zone."""
    covered_spillover: float
    """How much of the drawing lies in its spillover only."""
    order: int
    """Published order."""
    beside: bool = False
    """It shares nothing with the drawing, but lies within the blur beside it."""

    @property
    def covered(self) -> float:
        """How much of the drawing the pattern covers, essential or spillover."""
        return self.covered_essential + self.covered_spillover

    @property
    def reasons(self) -> tuple[str, ...]:
        """The numbers in words."""
        if self.beside:
            return (BESIDE_WORDS,)
        said = [f"{_percent(self.essential_drawn)} of its essential zone is drawn"]
        said.append(f"its essential zone takes in {_percent(self.covered_essential)} of the drawing")
        if self.covered_spillover >= _LEAST_SHARE:
            said.append(f"its spillover a further {_percent(self.covered_spillover)}")
        return tuple(said)


@dataclass(frozen=True, slots=True)
class Cover:
    """A member of the smallest set of patterns that explain the drawing."""

    key: PatternKey
    adds: float
    """Share of the drawing that it adds to those before it."""
    together: float
    """Share of the drawing that it and those before it cover."""


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{round(100 * share)} %"


def rank(
    index: PatternIndex,
    drawing: Cells,
    *,
    accept: Callable[[PatternKey], bool] | None = None,
) -> list[Match]:
    """Return the patterns that overlap the drawing, most alike first; empty for an empty drawing.

    ``accept`` keeps some patterns only (a body part, not yet treated …).
    """
    if not drawing:
        return []
    at, weight = index.entries_of(drawing)
    pattern = index.pattern[at]
    values = index.values[at]
    count = len(index.keys)

    def total(column: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.bincount(pattern, column * weight, minlength=count).astype(np.float64)

    essential = total(values[:, ESSENTIAL])
    only_spillover = total(values[:, ONLY_SPILLOVER])
    drawn = float((drawing.weights.astype(np.float64) * index.area_mm2[drawing.ids]).sum())
    alike = _likeness(index, drawing)
    best = float(alike.max(initial=0.0))
    shares = essential + only_spillover > _LEAST_SHARE * min(drawn, 2000.0)
    touched = np.flatnonzero(shares | ((alike >= _BESIDE * best) & (best > 0)))
    matches = [
        Match(
            key=index.keys[p],
            likeness=float(alike[p] / best) if best > 0 else 0.0,
            essential_drawn=min(1.0, float(essential[p] / max(index.essential_mm2[p], 1e-9))),
            covered_essential=min(1.0, float(essential[p] / drawn)),
            covered_spillover=min(1.0, float(only_spillover[p] / drawn)),
            order=int(index.orders[p]),
            beside=not bool(shares[p]),
        )
        for p in touched
        if accept is None or accept(index.keys[p])
    ]
    return sorted(matches, key=lambda m: (-round(m.likeness / _TIE), m.order, m.key))


def _likeness(index: PatternIndex, drawing: Cells) -> NDArray[np.float64]:
    """Return for each pattern how alike the shapes are; the drawing's own length is left out.

    Blurring costs the drawing's size. Of a large one the edges are a small part: there the patterns' blur is enough.
    """
    large = len(drawing) > _LARGE
    soft = drawing if large else index.blur.on_own_sides(drawing, _LEAST_SOFT)
    norms = index.norms if large else index.soft_norms
    at, weight = index.entries_of(soft)
    pattern, count = index.pattern[at], len(index.keys)
    found = [
        np.bincount(pattern, index.values[at, column] * weight, minlength=count) / norms[:, which]
        for which, column in enumerate((SOFT_ESSENTIAL, SOFT_WHOLE))
    ]
    best: NDArray[np.float64] = np.maximum(*found)
    return best


def covering_set(
    index: PatternIndex,
    drawing: Cells,
    matches: Sequence[Match],
    *,
    enough: float = 0.9,
    least: float = 0.05,
    among: int = 60,
) -> list[Cover]:
    """Return the fewest patterns that together explain the drawing, greedily.

    Each step takes the pattern that adds most (spillover counting half), the better match where two
    add nearly the same, until ``enough`` of the drawing is covered or the best adds under ``least``.
    """
    if not drawing or not matches:
        return []
    considered = matches[:among]
    numbers = {key: p for p, key in enumerate(index.keys)}
    columns = {numbers[m.key]: c for c, m in enumerate(considered)}
    column_of = np.full(len(index.keys), -1, np.int64)
    column_of[list(columns)] = list(columns.values())
    at, _ = index.entries_of(drawing)
    column = column_of[index.pattern[at]]
    kept = column >= 0
    cell_rows = np.repeat(np.arange(len(drawing)), index.starts[drawing.ids + 1] - index.starts[drawing.ids])[
        kept
    ]
    at, column = at[kept], column[kept]
    found = index.values[at]
    value = np.maximum(found[:, ESSENTIAL], SPILLOVER_WEIGHT * found[:, ONLY_SPILLOVER])
    table = np.zeros((len(drawing), len(considered)), np.float32)
    table[cell_rows, column] = value
    weight = drawing.weights.astype(np.float64) * index.area_mm2[drawing.ids]
    weight /= weight.sum()
    covered = np.zeros(len(drawing), np.float32)
    chosen: list[Cover] = []
    together = 0.0
    while together < enough and len(chosen) < 8:
        # not @: BLAS starts threads for it, which wait for each other on a busy machine
        gains = np.einsum("c,cp->p", weight, np.maximum(table - covered[:, None], 0))
        # Among patterns that add nearly the same, the one more like the drawing.
        near = np.flatnonzero(gains >= gains.max() - 0.02)
        best = int(near[0])
        if gains[best] < least:
            break
        covered = np.maximum(covered, table[:, best])
        together += float(gains[best])
        chosen.append(Cover(considered[best].key, float(gains[best]), together))
    return chosen
