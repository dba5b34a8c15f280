"""A sheet: all that is drawn and hit of one view and layer, read from the atlas off the window's thread."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.anatomy.views import View
from myomap.gui.map.paths import path_of

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

    from myomap.surface.atlas_source import AtlasSource

#: A figure that takes less of its page than this, across or down, is not what the view shows.
LEAST_CONTENT = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One structure of a sheet: its shape in view mm and the same as a path."""

    key: StructureKey
    kind: StructureKind
    shape: "BaseGeometry"
    path: QPainterPath
    bounds: tuple[float, float, float, float]


@dataclass(eq=False)
class Sheet:
    """The outlines of one view and layer. Nothing of it changes once it is made."""

    view: View
    layer: Layer
    pieces: Sequence[Piece]
    tone: Path
    tendon: Path | None
    base: QPainterPath
    """The figure's silhouette where the skin layer has one: skin shown behind other layers."""
    tree: "STRtree"
    by_key: dict[StructureKey, Piece] = field(default_factory=dict)

    @cached_property
    def content(self) -> QRectF:
        """Return what a close-up shows of the page: the figure without the page's margins. Else the page."""
        if self.view.group == "whole_body" or Layer.SKIN not in self.view.layers:
            return self.rect
        figure = self.base.boundingRect()
        if self.pieces:
            bounds = np.array([piece.bounds for piece in self.pieces])
            (left, top), (right, bottom) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
            figure = figure.united(QRectF(left, top, right - left, bottom - top))
        page = self.rect
        if figure.width() < LEAST_CONTENT * page.width() or figure.height() < LEAST_CONTENT * page.height():
            return page  # the skin is cut open there: other layers reach further
        edge = 0.02 * max(figure.width(), figure.height())
        return figure.adjusted(-edge, -edge, edge, edge).intersected(page)

    @property
    def rect(self) -> QRectF:
        """Return the view's page in mm."""
        return QRectF(0, 0, self.view.frame.width, self.view.frame.height)

    @property
    def is_skin(self) -> bool:
        """Tell whether the pieces are regions of the skin and not structures."""
        return self.layer is Layer.SKIN

    def hit(self, x: float, y: float) -> StructureKey | None:
        """Return the structure at a point in view mm; the sheet's shapes do not overlap."""
        # with a predicate one call does it all: no slower when several bounds lie over each other
        found = self.tree.query(shapely.points(x, y), predicate="intersects")
        return self.pieces[found[0]].key if len(found) else None

    def nearest(self, x: float, y: float, within: float) -> StructureKey | None:
        """Return the structure at a point, or the nearest one that is no further away than this (view mm)."""
        found = self.hit(x, y)
        if found is not None or not self.pieces:
            return found
        near = self.tree.query_nearest(shapely.points(x, y), max_distance=within, all_matches=False)
        return self.pieces[near[0]].key if len(near) else None

    def close_by(self, x: float, y: float, within: float) -> tuple[StructureKey, ...]:
        """Return the other muscles round a point, nearest first: what a click may have been meant for."""
        at = shapely.points(x, y)
        hit = self.hit(x, y)
        near = [
            (float(shapely.distance(self.pieces[each].shape, at)), each)
            for each in self.tree.query(at, predicate="dwithin", distance=within)
            if self.pieces[each].kind is StructureKind.MUSCLE and self.pieces[each].key != hit
        ]
        return tuple(self.pieces[each].key for _, each in sorted(near))


def read_sheet(atlas: "AtlasSource", view_id: str, layer: Layer) -> Sheet:
    """Read a sheet; raises AtlasError and UnknownIdError."""
    outlines = atlas.outlines(view_id, layer)  # raises for an unknown view
    view = atlas.views[view_id]
    structures = atlas.structures
    pieces = []
    for outline in outlines:
        structure = structures.get(outline.key.structure)
        # the skin layer's keys are regions, and some are named like a muscle (sternocleidomastoid)
        kind = structure.kind if structure and layer is not Layer.SKIN else StructureKind.SKIN
        pieces.append(
            Piece(
                outline.key, kind, outline.shape, path_of(outline.shape), outline.shape.bounds,
            )
        )  # fmt: skip
    base = QPainterPath()
    if layer is not Layer.SKIN and Layer.SKIN in view.layers:
        for outline in atlas.outlines(view_id, Layer.SKIN):
            base.addPath(path_of(outline.shape))
    tone = atlas.tone(view_id, layer)
    tendon = tone.with_suffix(".tendon.jpg")
    return Sheet(
        view=view,
        layer=layer,
        pieces=tuple(pieces),
        tone=tone,
        tendon=tendon if tendon.is_file() else None,
        base=base,
        tree=shapely.STRtree([piece.shape for piece in pieces]),
        by_key={piece.key: piece for piece in pieces},
    )


class SheetShelf:
    """The sheets last used, shared by all maps of the window; safe in any thread."""

    def __init__(self, atlas: "AtlasSource", keep: int = 12) -> None:
        self.atlas = atlas
        self._keep = keep
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, Layer], Sheet] = OrderedDict()

    def ready(self, view_id: str, layer: Layer) -> Sheet | None:
        """Return a sheet if it has been read already."""
        with self._lock:
            sheet = self._kept.get((view_id, layer))
            if sheet is not None:
                self._kept.move_to_end((view_id, layer))
            return sheet

    def read(self, view_id: str, layer: Layer) -> Sheet:
        """Return a sheet, reading it if need be."""
        sheet = self.ready(view_id, layer)
        if sheet is None:
            sheet = read_sheet(self.atlas, view_id, layer)
            with self._lock:
                self._kept[(view_id, layer)] = sheet
                while len(self._kept) > self._keep:
                    self._kept.popitem(last=False)
        return sheet
