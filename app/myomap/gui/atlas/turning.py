"""Turns the maps to what somebody asked for by name: the right view, the right layer, near enough to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import View
from myomap.gui.context import Context
from myomap.gui.map.figures import view_of
from myomap.gui.map.pair import MapPair
from myomap.gui.map.panel import MapPanel
from myomap.gui.shown import PointKey

if TYPE_CHECKING:
    from myomap.lookup.pattern_index import PatternKey
    from myomap.report.crop import Box
    from myomap.surface.atlas_source import AtlasSource

#: A muscle is seen well where it covers this much of the screen (pixels squared) …
_WELL_PX2 = 1600.0
#: … and this share of it is not hidden by others.
_WELL_SHARE = 0.35
#: Nearer by less than this is not worth losing the rest of the view.
_WORTH = 1.2
#: A muscle smaller than this share of a close-up's page is brought nearer.
_SMALL = 0.3


@dataclass(frozen=True, slots=True)
class _Look:
    """Where something is seen best: view, layer, the part of it, and where a point is that this view hides."""

    view: str
    layer: Layer
    box: "Box | None"
    where: str
    seeing: frozenset[str]
    """Those of the views on show in which the point is seen."""


def _shows_point(atlas: "AtlasSource", view_id: str, patterns: "Sequence[PatternKey]") -> bool:
    from myomap.surface.sight import is_seen

    wanted = {(each.trigger_point, each.laterality) for each in patterns}
    places = atlas.places(atlas.views[view_id].figure)
    return any((p.trigger_point, p.laterality) in wanted and is_seen(atlas, view_id, p) for p in places)


def _around_small(boxes: "Sequence[Box]", view: View) -> "Box | None":
    """Return a part of a close-up round something that is small in it."""
    if view.group == "whole_body" or not boxes:
        return None
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    page = max(view.frame.width, view.frame.height)
    side = max(right - left, bottom - top)
    if side > _SMALL * page:
        return None
    side = max(2.5 * side, _SMALL * page)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    return (x, y, x + side, y + side)


class Turner(QObject):
    """Turns a map, and turns it back once something else is asked for that the other map shows."""

    def __init__(self, context: Context, maps: MapPair, panels: Sequence[MapPanel]) -> None:
        super().__init__(maps)
        self._context, self._maps, self._panels = context, maps, tuple(panels)
        self._near: tuple[str, Box] | None = None
        self._turned: dict[MapPanel, tuple[str, str]] = {}
        """The maps that were turned, from which view, to which."""
        self._zoomed: MapPanel | None = None
        """The map that was brought near."""
        self._asked = 0
        for panel in self._panels:
            panel.map.sheet_changed.connect(self._come_near)
        context.shown.selected_changed.connect(self._drop)

    def _drop(self) -> None:
        """Something else is chosen: what is still being looked for would turn it away."""
        self._asked += 1

    def show_chosen(self) -> None:
        """Turn to a layer and a view in which what is chosen is seen best."""
        shown = self._context.shown
        key, point = shown.selected, shown.point
        structure = self._context.open_atlas().structures.get(key.structure) if key is not None else None
        if key is None or structure is None:
            return
        if point is not None:
            self._look((point,), (key,), None)
            return
        shown.set_layer(structure.layer)  # at once: the view follows when it is found
        self._look((), self._parts(key), structure.layer, instead=self._points(key))

    def _parts(self, key: StructureKey) -> tuple[StructureKey, ...]:
        """Return all parts of a muscle on one side, the chosen one first."""
        atlas = self._context.open_atlas()
        muscle = atlas.muscles.get(atlas.structures[key.structure].muscle or "")
        others = muscle.structures if muscle is not None else ()
        return (key, *(StructureKey(each, key.laterality) for each in others if each != key.structure))

    def _points(self, key: StructureKey) -> tuple[PointKey, ...]:
        """Return the trigger points of something that no map has drawn: a variant, a ligament."""
        atlas = self._context.open_atlas()
        points = [p for p in atlas.trigger_points.values() if p.structure == key.structure]
        return tuple(PointKey(p.id, key.laterality if p.sided else Laterality.MIDLINE) for p in points)

    def reveal(self) -> None:
        """Turn only if what is chosen is not seen well as it is; a trigger point has its own best view."""
        shown = self._context.shown
        if shown.selected is None:
            return
        if shown.point is None and (panel := self._seen_well(shown.selected)) is not None:
            self._maps.bring(panel)
            return
        self.show_chosen()

    def show_points(self, points: Sequence[PointKey]) -> None:
        """Turn to where several patterns are seen."""
        if points:
            skin = Layer.SKIN if self._context.shown.layer is Layer.SKIN else None
            self._look(tuple(points), (), skin)

    def _look(
        self,
        points: Sequence[PointKey],
        keys: tuple[StructureKey, ...],
        own: Layer | None,
        *,
        instead: Sequence[PointKey] = (),
    ) -> None:
        """Find the best view off-thread: it takes a part of a second. ``own``: the layer to keep to.

        ``instead`` is looked for where the maps have not drawn the structures.
        """
        from myomap.lookup.pattern_index import PatternKey
        from myomap.report.best_view import best_view
        from myomap.report.crop import boxes_of, subject_crop

        atlas, figure = self._context.open_atlas(), self._context.shown.figure
        patterns = tuple(PatternKey(each.point, each.laterality) for each in points)
        undrawn = tuple(PatternKey(each.point, each.laterality) for each in instead)
        self._asked += 1
        asked = self._asked

        here = [panel.view_name for panel in self._panels]

        def look() -> _Look:
            view_id, layer = best_view(atlas, patterns, keys, figure=figure)
            if undrawn and not any(outline.key in keys for outline in atlas.silhouettes(view_id)):
                view_id, layer = best_view(atlas, undrawn, (), figure=figure)
                return _Look(view_id, layer, subject_crop(atlas, view_id, undrawn, ()), "", frozenset())
            if own in atlas.views[view_id].layers:
                seen = {outline.key for outline in atlas.outlines(view_id, own)}
                layer = own if not keys or seen.intersection(keys) else layer
            box = subject_crop(atlas, view_id, patterns, keys)
            if box is None and not patterns and keys:
                box = _around_small(boxes_of(atlas, view_id, (), keys), atlas.views[view_id])
            where, seeing = "", frozenset[str]()
            if patterns and keys and not _shows_point(atlas, view_id, patterns):
                # it hurts in front and is needled from behind: the other map shows where
                where, _ = best_view(atlas, (), keys, figure=figure)
                views = {name: view_of(atlas, figure, name) for name in here}
                seeing = frozenset(n for n, v in views.items() if v and _shows_point(atlas, v.id, patterns))
            return _Look(view_id, layer, box, where, seeing)

        def turn(found: _Look) -> None:
            if asked == self._asked:  # nothing else has been asked for meanwhile
                self._turn_to(found)

        self._context.pool.run(look, turn, topic="best view")

    def _turn_to(self, found: _Look) -> None:
        name = found.view.partition(".")[2]
        origins = {p: names for p, names in self._turned.items() if p.view_name == names[1]}
        panel = next((each for each in self._panels if each.view_name == name), None)
        panel = panel or next(iter(origins), self._maps.front)
        wanted = {panel: name}
        other = next(each for each in self._panels if each is not panel)
        if found.where and (origins.get(other, (other.view_name,))[0] not in found.seeing):
            wanted[other] = found.where.partition(".")[2]
        self._turned = {}
        for each in self._panels:
            before = origins[each][0] if each in origins else each.view_name
            view_name = wanted.get(each, before)  # what was turned for something else goes back
            if view_name != before:
                self._turned[each] = (before, view_name)
            each.show_view(view_name)
        self._maps.bring(panel)
        self._context.shown.set_layer(found.layer)
        self._go_back(unless=panel if found.box is not None else None)
        self._near = (found.view, found.box) if found.box is not None else None
        self._come_near()

    def _go_back(self, *, unless: MapPanel | None) -> None:
        """Show the whole page again of a map that was brought near, unless somebody has zoomed it since."""
        if self._zoomed is None or self._zoomed is unless:
            return
        panel, self._zoomed = self._zoomed, None
        if panel.map.is_as_asked:
            panel.map.fit()

    def _come_near(self) -> None:
        """Zoom to what was asked for once its view is on show; a person may zoom on from there."""
        if self._near is None:
            return
        view_id, box = self._near
        if not any(panel.map.shown is not None and panel.map.shown[0] == view_id for panel in self._panels):
            self._near = None  # somebody has turned it away before it came
            return
        for panel in self._panels:
            sheet = panel.map.sheet
            if sheet is not None and sheet.view.id == view_id and panel.map.shown == (view_id, sheet.layer):
                left, top, right, bottom = box
                panel.map.show_rect(QRectF(left, top, right - left, bottom - top))
                self._zoomed, self._near = panel, None
                if panel.map.zoom < _WORTH:
                    panel.map.fit()  # no nearer, only moved
                return

    def _seen_well(self, key: StructureKey) -> MapPanel | None:
        """Return the map on show that has a structure in sight, large enough and not mostly hidden."""
        atlas, layer = self._context.open_atlas(), self._context.shown.layer
        for panel in self._panels:
            sheet = panel.map.sheet
            view = view_of(atlas, self._context.shown.figure, panel.view_name)
            if not self._maps.is_on_show(panel) or sheet is None or view is None or sheet.view.id != view.id:
                continue
            piece = sheet.by_key.get(key) if sheet.layer is layer and not sheet.is_skin else None
            if piece is None or piece.shape.area * panel.map.scale_px**2 < _WELL_PX2:
                continue
            left, top, right, bottom = piece.bounds
            if not panel.map.sight().contains(QRectF(left, top, right - left, bottom - top)):
                continue
            whole = sum(o.shape.area for o in atlas.silhouettes(view.id) if o.key == key)
            if piece.shape.area >= _WELL_SHARE * whole:
                return panel
        return None
