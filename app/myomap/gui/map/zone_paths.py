"""Cells as paths in a view, kept for the zones that are looked at again and again."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import shapely
from PySide6.QtGui import QPainterPath

from myomap.gui.map.paths import path_of
from myomap.gui.shown import PointKey

if TYPE_CHECKING:
    from myomap.anatomy.trigger_points import Place
    from myomap.anatomy.views import View
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.cells import Cells

#: Outlines of what a needle can reach are smoothed by this much.
WARNING_SMOOTH_MM = 5.0


def project(view: "View", xyz: tuple[float, float, float]) -> tuple[float, float]:
    """Return where a body point is drawn, in view mm."""
    frame = view.frame
    across = sum(a * b for a, b in zip(xyz, frame.right, strict=True)) - frame.left_edge
    down = frame.top_edge - sum(a * b for a, b in zip(xyz, frame.up, strict=True))
    return across, down


class ZonePaths:
    """Outlines of zones by view, and what is seen of the skin in each view. Shared by all maps."""

    def __init__(self, atlas: "AtlasSource", keep: int = 400) -> None:
        self._atlas, self._keep = atlas, keep
        self._zones: OrderedDict[tuple[str, PointKey], tuple[QPainterPath, QPainterPath]] = OrderedDict()
        self._warnings: dict[tuple[str, str], QPainterPath] = {}
        self._margins: dict[str, Cells] = {}
        self._lock = threading.Lock()

    def zone(self, view_id: str, key: PointKey) -> tuple[QPainterPath, QPainterPath]:
        """Return the essential and the spillover path of a trigger point in a view."""
        at = (view_id, key)
        if at not in self._zones:
            zone = self._atlas.zone(key.point, key.laterality)
            self._zones[at] = (self.cells(view_id, zone.essential), self.cells(view_id, zone.spillover))
            while len(self._zones) > self._keep:
                self._zones.popitem(last=False)
        return self._zones[at]

    def warning(self, view_id: str, name: str) -> QPainterPath | None:
        """Return where ``lung`` or ``kidney`` lies in a view, with a margin; None before it is outlined."""
        return self._warnings.get((view_id, name))

    def outline_warning(self, view_id: str, name: str) -> QPainterPath:
        """Outline ``lung`` or ``kidney`` with a smooth margin. Takes long: call it off the window's thread.

        What the margin's own smoothing would cut is laid over it again: no place over the organ is lost.
        """
        from myomap.surface.margin import with_margin

        cells = self._atlas.warning_zone(name).essential
        with self._lock:
            if name not in self._margins:
                self._margins[name] = with_margin(self._atlas.skin, cells)
        seen = self._atlas.view_map(view_id)
        shape = shapely.union(seen.outline(self._margins[name], 0.5, WARNING_SMOOTH_MM), seen.outline(cells))
        path = QPainterPath() if shape.is_empty else path_of(shape)
        self._warnings[(view_id, name)] = path
        return path

    def region(self, view_id: str, number: int) -> QPainterPath:
        """Return a region of the skin, by its number, as it is seen in a view."""
        from myomap.surface.cells import Cells

        return self.cells(view_id, Cells.of(np.flatnonzero(self._atlas.skin.region == number)))

    def cells(self, view_id: str, cells: "Cells") -> QPainterPath:
        """Return the smooth outline of cells as seen in a view."""
        if not cells:
            return QPainterPath()
        shape = self._atlas.view_map(view_id).outline(cells)
        return QPainterPath() if shape.is_empty else path_of(shape)

    def is_seen(self, view: "View", place: "Place") -> bool:
        """Tell whether a trigger point is seen in a view: the skin that hides it there is its own or near it."""
        from myomap.surface.sight import is_seen

        return is_seen(self._atlas, view.id, place)
