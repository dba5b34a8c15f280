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
from itertools import pairwise

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
#: Patterns whose additions to a set differ by less than this (of the drawing) add the same.
_NEARLY = 0.02
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
    large = len(drawing) > _LARGE
    kinds = (ESSENTIAL, ONLY_SPILLOVER, *((SOFT_ESSENTIAL, SOFT_WHOLE) if large else ()))
    essential, only_spillover, *soft = index.sums(drawing, *kinds)
    drawn = float((drawing.weights.astype(np.float64) * index.area_mm2[drawing.ids]).sum())
    alike = _likeness(index, drawing, soft)
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


def _likeness(
    index: PatternIndex, drawing: Cells, soft: Sequence[NDArray[np.float64]] = ()
) -> NDArray[np.float64]:
    """Return for each pattern how alike the shapes are; the drawing's own length is left out.

    Blurring costs the drawing's size. Of a large one the edges are a small part: there the patterns' blur is enough,
    and its sums are given.
    """
    norms = index.norms if soft else index.soft_norms
    if not soft:
        soft = index.sums(index.blur.on_own_sides(drawing, _LEAST_SOFT), SOFT_ESSENTIAL, SOFT_WHOLE)
    best: NDArray[np.float64] = np.maximum(soft[0] / norms[:, 0], soft[1] / norms[:, 1])
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
    parts = _parts(index, drawing, [match.key for match in considered])
    weight = drawing.weights.astype(np.float64) * index.area_mm2[drawing.ids]
    weight /= weight.sum()
    covered = np.zeros(len(drawing), np.float32)

    def gain(number: int) -> float:
        cells, value = parts[number]
        # not @: BLAS starts threads for it, which wait for each other on a busy machine
        return float(np.einsum("c,c->", weight[cells], np.maximum(value - covered[cells], 0)))

    # What a pattern adds only falls while others are taken: who could not be the best any more is not asked again.
    most = np.array([gain(number) for number in range(len(considered))])
    chosen: list[Cover] = []
    together = 0.0
    while together < enough and len(chosen) < 8:
        if chosen:
            most = _asked_again(most, gain)
        # Among patterns that add nearly the same, the one more like the drawing.
        best = int(np.flatnonzero(most >= most.max() - _NEARLY)[0])
        if most[best] < least:
            break
        cells, value = parts[best]
        covered[cells] = np.maximum(covered[cells], value)
        together += float(most[best])
        chosen.append(Cover(considered[best].key, float(most[best]), together))
    return chosen


def _asked_again(most: NDArray[np.float64], gain: Callable[[int], float]) -> NDArray[np.float64]:
    """Return what each pattern adds now, exactly for all that add nearly as much as the best, at most as said else."""
    asked = np.zeros(len(most), bool)
    now = most.copy()
    while True:
        known = float(now[asked].max(initial=-1.0))
        open_ = np.flatnonzero(~asked & (now >= known - _NEARLY))
        if not len(open_):
            return now
        first = int(open_[np.argmax(now[open_])])
        now[first], asked[first] = gain(first), True


def _parts(
    index: PatternIndex, drawing: Cells, keys: Sequence[PatternKey]
) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Return for each pattern the cells of the drawing that it covers (as places in it), and how much of each."""
    numbers = {key: number for number, key in enumerate(index.keys)}
    place_of = np.full(len(index.keys), len(keys), np.int16)
    place_of[[numbers[key] for key in keys]] = np.arange(len(keys))
    at, count = index.cells.of(drawing.ids)
    place = place_of[index.cells.pattern[at]]
    kept = np.flatnonzero(place < len(keys))
    cells = np.repeat(np.arange(len(drawing)), count)[kept]
    at, place = at[kept], place[kept]
    value = np.maximum(
        index.cells.values[ESSENTIAL][at], SPILLOVER_WEIGHT * index.cells.values[ONLY_SPILLOVER][at]
    )
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(keys) + 1))
    return [(cells[part], value[part]) for part in (order[a:b] for a, b in pairwise(ends))]
