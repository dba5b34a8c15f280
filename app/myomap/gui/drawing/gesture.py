"""One movement on a map while it goes on: its points, how wide the pen is, and the cells under it so far."""

from typing import TYPE_CHECKING

import numpy as np
import shapely

from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.view_map import Trail

Points = tuple[tuple[float, float], ...]

#: A lasso's stroke has no width of its own.
NO_RADIUS = 0.1
#: A stroke is kept with at most so many points; its cells are those of all of them.
MOST_POINTS = 4000


class Gesture:
    """A stroke of the brush, or (closed) a line that goes round an area."""

    def __init__(self, view_id: str, *, erases: bool = False, closed: bool = False) -> None:
        self.view_id, self.erases, self.closed = view_id, erases, closed
        self.points: list[tuple[float, float]] = []
        self.radii: list[float] = []
        self._trail: Trail | None = None
        self._read = 0

    def add(self, place: tuple[float, float], radius: float) -> None:
        """Go on to a place."""
        self.points.append(place)
        self.radii.append(radius)

    @property
    def radius(self) -> float:
        """The mean radius: what the record says of a stroke whose pressure changed."""
        return NO_RADIUS if self.closed or not self.radii else sum(self.radii) / len(self.radii)

    def cells(self, atlas: "AtlasSource") -> Cells:
        """Return the cells under it so far; a brush looks only at what came since it was last asked."""
        view_map = atlas.view_map(self.view_id)
        if self.closed:
            return view_map.cells_within(self.points) if len(self.points) > 3 else Cells.empty()
        if self._trail is None:
            self._trail = view_map.trail()
        for first, last in self._runs():
            self._trail.add(self.points[max(0, first - 1) : last], self.radii[last - 1])
        self._read = len(self.points)
        return self._trail.cells()

    def _runs(self) -> list[tuple[int, int]]:
        """Return the unread points in runs of about the same width."""
        runs: list[tuple[int, int]] = []
        first = self._read
        for at in range(self._read, len(self.points)):
            if abs(self.radii[at] - self.radii[first]) > 0.5:
                runs.append((first, at))
                first = at
        if first < len(self.points):
            runs.append((first, len(self.points)))
        return runs


def thinned(points: Points) -> Points:
    """Return a stroke's line with at most `MOST_POINTS` points, as near to the drawn one as that allows."""
    if len(points) <= MOST_POINTS:
        return points
    drawn: NDArray[np.float64] = np.asarray(points, np.float64)
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(drawn) < 2:
        return points[:MOST_POINTS]
    line = shapely.linestrings(drawn)
    tolerance = 0.3
    kept = drawn
    while len(kept) > MOST_POINTS and tolerance < 20:
        kept = shapely.get_coordinates(shapely.simplify(line, tolerance, preserve_topology=False))
        tolerance *= 2
    if len(kept) > MOST_POINTS:
        kept = kept[:: len(kept) // MOST_POINTS + 1]
    return tuple((round(x, 2), round(y, 2)) for x, y in kept.tolist())
