"""What is shown over a map because of the selection: hover, muscle, silhouette, points, zones, warnings."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.map.items import CrossItem, Height, PatternItem, ShapeItem, hatch, pen, stipple
from myomap.gui.shown import PointKey, Shown

if TYPE_CHECKING:
    from myomap.anatomy.trigger_points import Place
    from myomap.gui.map.view import MapView
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.surface.atlas_source import AtlasSource

#: Deeper than this under the skin a trigger point's X is ringed.
DEEP_MM = 20.0
WARNINGS = ("lung", "kidney")


class Highlights(QObject):
    """Keeps the items over one map in step with `Shown`."""

    def __init__(self, view: "MapView", shown: Shown, atlas: "AtlasSource", zones: "ZonePaths") -> None:
        super().__init__(view)
        self._view, self._shown, self._atlas, self._zones = view, shown, atlas, zones
        self._hover = ShapeItem(Height.HOVER)
        self._selected = ShapeItem(Height.SELECTED)
        self._rest = ShapeItem(Height.SILHOUETTE)
        self._silhouette = ShapeItem(Height.SILHOUETTE)
        self._spillover = PatternItem(Height.SPILLOVER)
        self._essential = ShapeItem(Height.ESSENTIAL)
        self._warnings = [PatternItem(Height.WARNING) for _ in WARNINGS]
        self._crosses: dict[PointKey, CrossItem] = {}
        for item in (
            self._hover,
            self._selected,
            self._rest,
            self._silhouette,
            self._spillover,
            self._essential,
            *self._warnings,
        ):
            view.add_overlay(item)
        view.sheet_changed.connect(self.draw_all)
        shown.hovered_changed.connect(self.draw_hover)
        shown.selected_changed.connect(self.draw_selected)
        shown.points_changed.connect(self.draw_points)
        shown.warnings_changed.connect(self.draw_warnings)

    def draw_all(self) -> None:
        """Draw everything again: another sheet or theme."""
        self.draw_hover()
        self.draw_selected()
        self.draw_warnings()

    def draw_hover(self) -> None:
        """Show what is under the pointer, in whichever map it is."""
        sheet, key = self._view.sheet, self._shown.hovered
        piece = sheet.by_key.get(key) if sheet is not None and key is not None else None
        colours = self._view.look.map
        self._hover.show_path(
            piece.path if piece else None, pen(colours["selected_line"], 1.4), colours["hover"]
        )

    def draw_selected(self) -> None:
        """Show the chosen structure, thinly the other parts of its muscle, dashed what is hidden."""
        self._draw_structure()
        self._draw_crosses()
        self.draw_points()

    def _family(self, key: StructureKey) -> list[StructureKey]:
        structure = self._atlas.structures.get(key.structure)
        muscle = self._atlas.muscles.get(structure.muscle or "") if structure else None
        ids = muscle.structures if muscle else ()
        return [StructureKey(each, key.laterality) for each in ids if each != key.structure]

    def _draw_structure(self) -> None:
        sheet, key = self._view.sheet, self._shown.selected
        colours = self._view.look.map
        if sheet is not None and self._shown.region is not None:
            self._draw_region(self._shown.region)
            return
        if sheet is None or key is None:
            for item in (self._selected, self._rest, self._silhouette):
                item.show_path(None, pen(colours["selected_line"], 1))
            return
        piece = None if sheet.is_skin else sheet.by_key.get(key)
        self._selected.show_path(
            piece.path if piece else None, pen(colours["selected_line"], 2.2), colours["selected"]
        )
        rest = QPainterPath()
        for other in self._family(key):
            if not sheet.is_skin and (found := sheet.by_key.get(other)) is not None:
                rest.addPath(found.path)
        faint = QColor(colours["selected"])
        faint.setAlpha(faint.alpha() // 2)
        self._rest.show_path(rest, pen(colours["selected_line"], 1.0), faint)
        self._silhouette.show_path(
            self._hidden(key, piece is not None), pen(colours["silhouette"], 1.6, Qt.PenStyle.DashLine)
        )

    def _draw_region(self, region_id: str) -> None:
        sheet, colours = self._view.sheet, self._view.look.map
        assert sheet is not None
        region = self._atlas.regions.get(region_id)
        path = self._zones.region(sheet.view.id, region.number) if region else None
        for item in (self._rest, self._silhouette):
            item.show_path(None, pen(colours["selected_line"], 1))
        self._selected.show_path(path, pen(colours["selected_line"], 2.2), colours["selected"])

    def _hidden(self, key: StructureKey, partly_seen: bool) -> QPainterPath | None:
        from myomap.gui.map.paths import path_of

        sheet = self._view.sheet
        if sheet is None or (sheet.layer is Layer.SKELETON and not self._is_muscle(key)):
            return None
        for outline in self._atlas.silhouettes(sheet.view.id):
            if outline.key == key:
                piece = sheet.by_key.get(key)
                if partly_seen and piece is not None and piece.shape.area > 0.8 * outline.shape.area:
                    return None
                return path_of(outline.shape)
        return None

    def _is_muscle(self, key: StructureKey) -> bool:
        structure = self._atlas.structures.get(key.structure)
        return structure is not None and structure.muscle is not None

    def places(self) -> "list[tuple[PointKey, Place, QPointF]]":
        """Return the trigger points to mark: those of the chosen muscle and side that are seen here."""
        from myomap.gui.map.zone_paths import project

        sheet, wanted = self._view.sheet, self._wanted_points()
        if sheet is None or not wanted:
            return []
        out = []
        for place in self._atlas.places(sheet.view.figure):
            key = PointKey(place.trigger_point, place.laterality)
            if key in wanted and self._zones.is_seen(sheet.view, place):
                out.append((key, place, QPointF(*project(sheet.view, place.xyz))))
        return out

    def _wanted_points(self) -> set[PointKey]:
        key = self._shown.selected
        wanted = {self._shown.lit} if self._shown.lit is not None else set()
        structure = self._atlas.structures.get(key.structure) if key else None
        if key is not None and structure is not None and structure.muscle:
            for point in self._atlas.trigger_points.values():
                if point.muscle == structure.muscle:
                    side = key.laterality if point.sided else Laterality.MIDLINE
                    if point.only is None or point.only is side:
                        wanted.add(PointKey(point.id, side))
        return wanted

    def _draw_crosses(self) -> None:
        for item in self._crosses.values():
            self._view.remove_overlay(item)
        self._crosses = {}
        for key, place, at in self.places():
            cross = CrossItem(self._view.look.map, deep=place.depth > DEEP_MM)
            cross.setPos(at)
            self._view.add_overlay(cross)
            self._crosses[key] = cross

    def cross_at(self, at: QPointF, within_px: float = 11) -> PointKey | None:
        """Return the marked trigger point nearest to a place in view mm, if it is near enough."""
        best, nearest = None, within_px / self._view.scale_px
        for key, item in self._crosses.items():
            gap = QPointF(item.pos() - at)
            distance = (gap.x() ** 2 + gap.y() ** 2) ** 0.5
            if distance <= nearest:
                best, nearest = key, distance
        return best

    def draw_points(self) -> None:
        """Light the chosen or glanced-at trigger point: X, essential zone, spillover."""
        sheet, lit = self._view.sheet, self._shown.lit
        colours, ratio = self._view.look.map, self._view.devicePixelRatioF()
        if (lit is not None and lit not in self._crosses) or (lit is None and self._shown.selected is None):
            self._draw_crosses()
        for key, cross in self._crosses.items():
            cross.set_lit(key == lit)
        if sheet is None or lit is None:
            self._essential.show_path(None, pen(colours["essential_line"], 1))
            self._spillover.show_path(None, pen(colours["spillover_line"], 1))
            return
        essential, spillover = self._zones.zone(sheet.view.id, lit)
        self._essential.show_path(essential, pen(colours["essential_line"], 1.6), colours["essential"])
        self._spillover.show_pattern(
            spillover,
            pen(colours["spillover_line"], 1.1, Qt.PenStyle.DotLine),
            stipple(colours["spillover_line"], ratio),
        )

    def zone_rect(self) -> QRectF:
        """Return what the lit trigger point needs of the page; empty when nothing is lit here."""
        return self._essential.sceneBoundingRect() if self._essential.isVisible() else QRectF()

    def draw_warnings(self) -> None:
        """Show or hide what a needle can reach."""
        sheet = self._view.sheet
        colours, ratio = self._view.look.map, self._view.devicePixelRatioF()
        view_id = sheet.view.id if sheet is not None and self._shown.warnings else ""
        paths = [self._zones.warning(view_id, name) for name in WARNINGS] if view_id else []
        if view_id and None in paths:
            self._outline_warnings(view_id)
        for item, path in zip(self._warnings, paths or (None, None), strict=True):
            line = pen(colours["warning"], 1.6)
            item.show_pattern(path, line, hatch(colours["warning"], ratio))

    def _outline_warnings(self, view_id: str) -> None:
        zones = self._zones
        self._view.pool.run(
            lambda: [zones.outline_warning(view_id, name) for name in WARNINGS],
            lambda _: self.draw_warnings(),
            topic=f"warnings-{id(self)}",
            priority=2,
        )
