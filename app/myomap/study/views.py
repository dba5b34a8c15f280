"""Which view and layer shows a muscle or a zone best. All views are measured once: asking again is quick."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Direction, Figure, View
from myomap.lookup.pattern_index import PatternKey
from myomap.surface.atlas_source import AtlasSource

#: A muscle is asked for where at least this much of it is seen (mm² of the view) …
LEAST_MM2 = 60.0
#: … and so much where its side is asked for: the whole width of the body is shown then …
LEAST_BOTH_MM2 = 400.0
#: … a layer further out is taken when it shows this share of the best layer's area …
OUTER_SHARE = 0.75
#: … and a close-up when it shows this share of what the best view shows.
CLOSE_SHARE = 0.8


#: A view in which something is taken away (the mandible, the arm) is shown only where the plain ones
#: show less than this share of what it shows: of a muscle, of a zone on the skin.
PLAIN_MUSCLE, PLAIN_ZONE = 0.7, 0.4
_SEEN = {
    Direction.ANTERIOR: "from the front",
    Direction.POSTERIOR: "from behind",
    Direction.LEFT: "from the left",
    Direction.RIGHT: "from the right",
    Direction.ABOVE: "from above",
    Direction.BELOW: "from below",
}


def is_plain(view: View) -> bool:
    """Tell whether a view shows the body as it is, with nothing taken away."""
    if view.group == "whole_body" or view.name.startswith("head_"):
        return True
    return view.group in ("hand", "foot") and not view.name.endswith("_deep")


def neutral_title(view: View) -> str:
    """Return a view's title without what it is made for: “Pterygoid muscles …” would be the answer."""
    return view.title if is_plain(view) else f"Close-up {_SEEN[view.direction]}"


def seen_words(view: View) -> str:
    """Return “from behind”."""
    return _SEEN[view.direction]


class ViewChooser:
    """Measures what each view of one figure shows. Views without maps are never chosen."""

    def __init__(self, atlas: AtlasSource, figure: Figure = Figure.MALE) -> None:
        self._atlas = atlas
        self._figure = figure
        self._zones: dict[PatternKey, tuple[str, ...]] = {}
        self._drawn: dict[tuple[str, Layer], frozenset[StructureKey]] = {}

    def prepare(self) -> None:
        """Measure everything now (about a second: call it off the window's thread)."""
        _ = self.areas, self._seen

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The views that are drawn."""
        return tuple(
            view.id
            for view in self._atlas.views.values()
            if view.figure is self._figure and self._atlas.outlines(view.id, view.default_layer)
        )

    @cached_property
    def areas(self) -> Mapping[StructureKey, Mapping[tuple[str, Layer], float]]:
        """What is seen of each structure in each view and layer, mm²."""
        found: dict[StructureKey, dict[tuple[str, Layer], float]] = {}
        for view in self.ids:
            for layer in self._atlas.views[view].layers:
                if layer is Layer.SKIN:
                    continue
                for outline in self._atlas.outlines(view, layer):
                    seen = found.setdefault(outline.key, {})
                    seen[(view, layer)] = seen.get((view, layer), 0.0) + float(outline.shape.area)
        return found

    @cached_property
    def _seen(self) -> Mapping[str, NDArray[np.float32]]:
        """Which share of each cell's area each view draws: 1 face on, little where it is seen edgeways."""
        found = {}
        area = np.maximum(self._atlas.skin.area_mm2, 1e-6)
        for view in self.ids:
            drawn = self._atlas.view_map(view)
            ids = drawn.raster[drawn.raster >= 0]
            pixels = np.bincount(ids, minlength=len(self._atlas.skin))
            found[view] = np.minimum(1.0, pixels / drawn.px_per_mm**2 / area).astype(np.float32)
        return found

    def of_structures(
        self, keys: tuple[StructureKey, ...], *, both_sides: bool = False
    ) -> tuple[str, Layer] | None:
        """Return the view and layer that show most of the structures, None where none shows enough.

        ``both_sides`` takes only views in which the patient's right and left are told apart by place.
        """
        total: dict[tuple[str, Layer], float] = {}
        for key in keys:
            for place, area in self.areas.get(key, {}).items():
                if not both_sides or self._shows_both(place[0], key):
                    total[place] = total.get(place, 0.0) + area
        least = LEAST_BOTH_MM2 if both_sides else LEAST_MM2
        total = {place: area for place, area in total.items() if area >= least}
        if not total:
            return None
        by_view: dict[str, float] = {}
        for (view, _), area in total.items():
            by_view[view] = max(by_view.get(view, 0.0), area)
        view = self._closest(self._plain(by_view, PLAIN_MUSCLE))
        layers = [layer for layer in self._atlas.views[view].layers if (view, layer) in total]
        most = max(total[(view, layer)] for layer in layers)
        return view, next(layer for layer in layers if total[(view, layer)] >= OUTER_SHARE * most)

    def drawn_in(self, view: str, layer: Layer) -> frozenset[StructureKey]:
        """Return the structures of which anything is seen in a view and layer."""
        place = (view, layer)
        if place not in self._drawn:
            self._drawn[place] = frozenset(key for key, seen in self.areas.items() if place in seen)
        return self._drawn[place]

    def _shows_both(self, view: str, key: StructureKey) -> bool:
        found = self._atlas.views[view]
        if found.viewer_left is None or found.shows is not Laterality.MIDLINE:
            return False
        other = StructureKey(key.structure, key.laterality.mirrored())
        return any(place[0] == view for place in self.areas.get(other, {}))

    def of_zone(self, key: PatternKey) -> tuple[str, ...]:
        """Return the views that show the essential zone, the best first; empty where no skin shows it."""
        if key not in self._zones:
            self._zones[key] = self._rank_zone(key)
        return self._zones[key]

    def _rank_zone(self, key: PatternKey) -> tuple[str, ...]:
        essential = self._atlas.zone(key.trigger_point, key.laterality).essential
        if not essential:
            return ()
        area = self._atlas.skin.area_mm2[essential.ids] * essential.weights
        shown = {view: float((area * seen[essential.ids]).sum()) for view, seen in self._seen.items()}
        most = max(shown.values(), default=0.0)
        if most <= 0:
            return ()
        shown = self._plain(shown, PLAIN_ZONE)
        best = self._closest(shown)
        # The other ways to look at it: whole views only, and only where they show a good part.
        views = self._atlas.views
        others = [
            view
            for view in sorted(shown, key=lambda v: -shown[v])
            if view != best
            and shown[view] >= 0.25 * most
            and views[view].direction is not views[best].direction
        ]
        kept: list[str] = []
        for view in others:
            if all(views[view].direction is not views[each].direction for each in kept):
                kept.append(view)
        return (best, *kept)

    def _plain(self, shown: Mapping[str, float], enough: float) -> dict[str, float]:
        """Return the plain views where they show enough, else all."""
        plain = {view: area for view, area in shown.items() if is_plain(self._atlas.views[view])}
        good = plain and max(plain.values()) >= enough * max(shown.values())
        return dict(plain if good else shown)

    def _closest(self, shown: Mapping[str, float]) -> str:
        """Return the view that shows most, the closest-up of those that show nearly as much."""
        most = max(shown.values())
        views = self._atlas.views

        def page(view: str) -> float:
            return views[view].frame.width * views[view].frame.height

        good = [view for view, area in shown.items() if area >= CLOSE_SHARE * most]
        return min(good, key=lambda view: (round(page(view) / 20_000), -shown[view], self.ids.index(view)))
