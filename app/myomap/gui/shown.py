"""What the window is looking at, shared by both maps, the tree and the inspector."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure


@dataclass(frozen=True, slots=True)
class PointKey:
    """A trigger point on one side."""

    point: str
    laterality: Laterality


class Shown(QObject):
    """Selection, hover, layer and figure. Signals say what changed; setters that change nothing are silent."""

    hovered_changed = Signal()
    selected_changed = Signal()
    """Another structure, or another region of the skin, or neither; or something else is close to the click."""
    points_changed = Signal()
    layer_changed = Signal()
    figure_changed = Signal()
    warnings_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hovered: StructureKey | None = None
        self.selected: StructureKey | None = None
        self.close_by: tuple[StructureKey, ...] = ()
        """What else the click may have been meant for: muscles round it that it did not choose."""
        self.region: str | None = None
        """Id of the chosen region of the skin; never together with a structure."""
        self.point: PointKey | None = None
        self.glance: PointKey | None = None
        self.layer = Layer.SUPERFICIAL
        self.figure = Figure.MALE
        self.warnings = False

    @property
    def lit(self) -> PointKey | None:
        """The trigger point whose zones are shown: the one under the pointer, else the chosen one."""
        return self.glance or self.point

    def hover(self, key: StructureKey | None) -> None:
        """The pointer is over a structure, or over none."""
        if key != self.hovered:
            self.hovered = key
            self.hovered_changed.emit()

    def select(self, key: StructureKey | None, *, close_by: tuple[StructureKey, ...] = ()) -> None:
        """Choose a structure; its trigger points are no longer lit."""
        if key == self.selected and self.region is None:
            if close_by != self.close_by:  # another click on the same may have been meant for something else
                self.close_by = close_by
                self.selected_changed.emit()
            return
        self.selected, self.region, self.close_by = key, None, close_by
        had_point = self.lit is not None
        self.point = self.glance = None
        self.selected_changed.emit()
        if had_point:
            self.points_changed.emit()

    def select_region(self, region: str | None) -> None:
        """Choose a region of the skin instead of a structure."""
        if region == self.region and self.selected is None:
            return
        self.selected, self.region, self.close_by = None, region, ()
        had_point = self.lit is not None
        self.point = self.glance = None
        self.selected_changed.emit()
        if had_point:
            self.points_changed.emit()

    def choose_point(self, key: StructureKey | None, point: PointKey | None) -> None:
        """Choose a trigger point together with the structure that it lies in."""
        if key is not None and key != self.selected:
            self.selected, self.region, self.close_by = key, None, ()
            self.glance = None
            self.point = point
            self.selected_changed.emit()
            self.points_changed.emit()
        elif point != self.point or self.glance is not None:
            self.point, self.glance = point, None
            self.points_changed.emit()

    def glance_at(self, point: PointKey | None) -> None:
        """Light a trigger point's zones while the pointer or the focus is on its row."""
        if point != self.glance:
            self.glance = point
            self.points_changed.emit()

    def set_layer(self, layer: Layer) -> None:
        """Show another layer in both maps."""
        if layer != self.layer:
            self.layer = layer
            self.layer_changed.emit()

    def set_figure(self, figure: Figure) -> None:
        """Show the other figure in both maps."""
        if figure != self.figure:
            self.figure = figure
            self.figure_changed.emit()

    def set_warnings(self, on: bool) -> None:
        """Show or hide what a needle can reach: lung, kidney."""
        if on != self.warnings:
            self.warnings = on
            self.warnings_changed.emit()
