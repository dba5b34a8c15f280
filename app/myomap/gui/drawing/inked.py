"""Which ink lies on which cell: strokes in order, later ones on top, taken back as quickly as they are put on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from myomap.records.values import Quality, Stroke
from myomap.surface.cells import Cells

_QUALITIES = tuple(Quality)
#: Intensities 0 to 10, and one that nobody has said.
_STEPS = 12
_UNSAID = _STEPS - 1
#: What a cell without ink has.
BARE = -1


def code_of(quality: Quality, intensity: int | None) -> int:
    """Return the number of an ink."""
    return _QUALITIES.index(quality) * _STEPS + (_UNSAID if intensity is None else intensity)


def ink_of(code: int) -> tuple[Quality, int | None]:
    """Return the quality and intensity of an ink's number; None where nobody has said how strong it is."""
    step = code % _STEPS
    return _QUALITIES[code // _STEPS], None if step == _UNSAID else step


class Inked:
    """What strokes leave on the skin. What a stroke covered is remembered, so undo costs one stroke."""

    def __init__(self, count: int) -> None:
        """``count``: cells of the skin."""
        self._codes = np.full(count, BARE, np.int16)
        self._strokes: tuple[Stroke, ...] = ()
        self._under: list[tuple[NDArray[np.int32], NDArray[np.int16]]] = []

    @property
    def codes(self) -> NDArray[np.int16]:
        """The ink of every cell, BARE where there is none."""
        return self._codes

    def show(self, strokes: Sequence[Stroke]) -> None:
        """Take the strokes, oldest first; only those that differ from what is shown are worked on."""
        given = tuple(strokes)
        held = self._strokes
        same = min(len(given), len(held))
        if given[:same] != held[:same]:
            same = next(k for k in range(same) if given[k] is not held[k] and given[k] != held[k])
        while len(self._under) > same:
            ids, before = self._under.pop()
            self._codes[ids] = before
        for stroke in given[same:]:
            ids = np.fromiter(stroke.cells, np.int32, len(stroke.cells))
            ids = ids[(ids >= 0) & (ids < len(self._codes))]
            self._under.append((ids, self._codes[ids]))
            self._codes[ids] = BARE if stroke.erases else code_of(stroke.quality, stroke.intensity)
        self._strokes = given

    def drawn(self) -> Cells:
        """Return all cells that are drawn, each once."""
        return drawn_in(self._codes)

    @property
    def has_unsaid(self) -> bool:
        """Tell whether there is ink left of which nobody has said how strong the pain is."""
        if not any(stroke.intensity is None and not stroke.erases for stroke in self._strokes):
            return False
        return bool(((self._codes >= 0) & (self._codes % _STEPS == _UNSAID)).any())


def drawn_in(codes: NDArray[np.int16]) -> Cells:
    """Return the cells that have an ink."""
    return Cells.of_sorted(np.flatnonzero(codes >= 0))
