"""Turns the maps to what somebody asked for by name: the right view, the right layer, near enough to see it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import View
from myomap.gui.context import Context
from myomap.gui.map.figures import view_of
from myomap.gui.map.pair import MapPair
from myomap.gui.map.panel import MapPanel
from myomap.gui.shown import PointKey

if TYPE_CHECKING:
    from myomap.report.crop import Box

#: A muscle is seen well where it covers this much of the screen (pixels squared) …
_WELL_PX2 = 1600.0
#: … and this share of it is not hidden by others.
_WELL_SHARE = 0.35
#: A muscle smaller than this share of a close-up's page is brought nearer.
_SMALL = 0.3


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
        self._turned: tuple[MapPanel, str, str] | None = None
        """The map that was turned, from which view, to which."""
        self._zoomed: tuple[MapPanel, float] | None = None
        """The map that was brought near, and its scale then."""
        self._asked = 0
        for panel in self._panels:
            panel.map.sheet_changed.connect(self._come_near)

    def show_chosen(self) -> None:
        """Turn to a layer and a view in which what is chosen is seen best."""
        shown = self._context.shown
        key, point = shown.selected, shown.point
        structure = self._context.open_atlas().structures.get(key.structure) if key is not None else None
        if key is None or structure is None:
            return
        if point is None:
            shown.set_layer(structure.layer)  # at once: the view follows when it is found
        self._look((point,) if point is not None else (), (key,), None if point else structure.layer)

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

    def _look(self, points: Sequence[PointKey], keys: tuple[StructureKey, ...], own: Layer | None) -> None:
        """Find the best view off-thread: it takes a part of a second. ``own``: the layer to keep to."""
        from myomap.lookup.pattern_index import PatternKey
        from myomap.report.best_view import best_view
        from myomap.report.crop import boxes_of, subject_crop

        atlas, figure = self._context.open_atlas(), self._context.shown.figure
        patterns = tuple(PatternKey(each.point, each.laterality) for each in points)
        self._asked += 1
        asked = self._asked

        def look() -> "tuple[str, Layer, Box | None]":
            view_id, layer = best_view(atlas, patterns, keys, figure=figure)
            if own in atlas.views[view_id].layers:
                seen = {outline.key for outline in atlas.outlines(view_id, own)}
                layer = own if not keys or seen.intersection(keys) else layer
            box = subject_crop(atlas, view_id, patterns, keys)
            if box is None and not patterns and keys:
                box = _around_small(boxes_of(atlas, view_id, (), keys), atlas.views[view_id])
            return view_id, layer, box

        def turn(found: "tuple[str, Layer, Box | None]") -> None:
            if asked == self._asked:  # nothing else has been asked for meanwhile
                self._turn_to(*found)

        self._context.pool.run(look, turn, topic="best view")

    def _turn_to(self, view_id: str, layer: Layer, box: "Box | None") -> None:
        name = view_id.partition(".")[2]
        turned = self._turned
        panel = next((each for each in self._panels if each.view_name == name), None)
        if panel is None:
            panel = turned[0] if turned is not None else self._maps.front
        if turned is not None and (turned[0] is not panel or turned[0].view_name != turned[2]):
            # the other map shows it: this one goes back, unless somebody has turned it since
            if turned[0].view_name == turned[2]:
                turned[0].show_view(turned[1])
            self._turned = turned = None
        if panel.view_name != name:
            self._turned = (panel, turned[1] if turned is not None else panel.view_name, name)
            panel.show_view(name)
        self._maps.bring(panel)
        self._context.shown.set_layer(layer)
        self._go_back(unless=panel if box is not None else None)
        self._near = (view_id, box) if box is not None else None
        self._come_near()

    def _go_back(self, *, unless: MapPanel | None) -> None:
        """Show the whole page again of a map that was brought near, unless somebody has zoomed it since."""
        if self._zoomed is None or self._zoomed[0] is unless:
            return
        panel, scale = self._zoomed
        self._zoomed = None
        if abs(panel.map.scale_px - scale) < 1e-6:
            panel.map.fit()

    def _come_near(self) -> None:
        """Zoom to what was asked for once its view is on show; a person may zoom on from there."""
        if self._near is None:
            return
        view_id, box = self._near
        for panel in self._panels:
            sheet = panel.map.sheet
            if sheet is not None and sheet.view.id == view_id and panel.map.shown == (view_id, sheet.layer):
                left, top, right, bottom = box
                panel.map.show_rect(QRectF(left, top, right - left, bottom - top))
                self._zoomed, self._near = (panel, panel.map.scale_px), None
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
