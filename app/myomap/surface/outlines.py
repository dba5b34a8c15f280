"""Outlines: what is drawn of a structure in a view and layer."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from myomap.anatomy.structures import StructureKey
from myomap.surface.cells import Cells


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The visible part of a structure in one view and layer, in view millimetres (y down)."""

    key: StructureKey
    shape: BaseGeometry


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A pattern's two zones on one side of the body."""

    essential: Cells
    spillover: Cells
