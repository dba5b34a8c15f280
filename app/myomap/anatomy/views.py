"""Figures and views: the projections in which the body is drawn."""

from dataclasses import dataclass
from enum import StrEnum

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer


class Figure(StrEnum):
    """The body drawn. Cells and ids are the same on every figure."""

    MALE = "male"
    FEMALE = "female"


class Direction(StrEnum):
    """Where the viewer stands."""

    ANTERIOR = "anterior"
    POSTERIOR = "posterior"
    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Frame:
    """How body millimetres become view millimetres (x to the right, y DOWN, from the view's top left).

    A body point p (x = patient's left, y = up, z = forward, mm) is drawn at
    ``(p · right - left_edge, top_edge - p · up)``; ``toward`` points at the viewer.
    """

    right: tuple[float, float, float]
    up: tuple[float, float, float]
    toward: tuple[float, float, float]
    left_edge: float
    top_edge: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class View:
    """A projection with a crop. ``id`` is ``figure.name``, e.g. ``male.anterior``."""

    id: str
    figure: Figure
    name: str
    """The view's id without the figure: ``anterior``, ``head_left_lateral``, ``right_hand_palmar`` …"""
    title: str
    """As it is printed: “Anterior view”, “Right hand, palmar”."""
    direction: Direction
    frame: Frame
    layers: tuple[Layer, ...]
    default_layer: Layer
    group: str
    """whole_body, head_neck, trunk, hand, foot, pelvis: how the view list is ordered."""
    shows: Laterality
    """Left or right for a view of one side (a hand, a lateral view); midline where both are seen."""
    viewer_left: Laterality | None
    """The patient's side at the viewer's left edge: RIGHT in anterior views, None in lateral ones."""
    edge_words: tuple[str, str] = ("", "")
    """Words for the viewer's left and right edge where they are not sides (“front”, “back”)."""
