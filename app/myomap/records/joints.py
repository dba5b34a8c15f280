"""Joints and movements whose range is measured, how far they can go at all, and published norms.

The norms are those commonly quoted from the American Academy of Orthopaedic Surgeons (Joint Motion,
1965); they are written from memory (state ``recalled``) and shown as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from myomap.anatomy.sources import State

NORM_SOURCE = "AAOS 1965, recalled"
NORM_STATE = State.RECALLED


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of a joint. ``most`` is what no joint passes (angles beyond it are refused)."""

    id: str
    name: str
    norm: float
    most: float


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint or a part of the spine. ``sided`` tells whether there is a left and a right one."""

    id: str
    name: str
    sided: bool
    movements: tuple[Movement, ...]

    def movement(self, id: str) -> Movement | None:
        """Return a movement by its id, None where the joint has no such movement."""
        return next((each for each in self.movements if each.id == id), None)


def _m(id: str, norm: float, most: float) -> Movement:
    return Movement(id, id.replace("_", " ").capitalize(), norm, most)


_ALL = (
    Joint(
        "neck",
        "Neck",
        False,
        (
            _m("flexion", 45, 110),
            _m("extension", 45, 130),
            _m("side_bending", 45, 90),
            _m("rotation", 60, 120),
        ),
    ),
    Joint(
        "trunk",
        "Trunk",
        False,
        (
            _m("flexion", 80, 160),
            _m("extension", 25, 100),
            _m("side_bending", 35, 90),
            _m("rotation", 45, 110),
        ),
    ),
    Joint(
        "shoulder",
        "Shoulder",
        True,
        (
            _m("flexion", 180, 220),
            _m("extension", 60, 120),
            _m("abduction", 180, 220),
            _m("inner_rotation", 70, 130),
            _m("outer_rotation", 90, 150),
        ),
    ),
    Joint("elbow", "Elbow", True, (_m("flexion", 150, 175), _m("extension", 0, 40))),
    Joint("forearm", "Forearm", True, (_m("pronation", 80, 130), _m("supination", 80, 130))),
    Joint(
        "wrist",
        "Wrist",
        True,
        (
            _m("flexion", 80, 130),
            _m("extension", 70, 130),
            _m("radial_deviation", 20, 60),
            _m("ulnar_deviation", 30, 80),
        ),
    ),
    Joint(
        "hip",
        "Hip",
        True,
        (
            _m("flexion", 120, 170),
            _m("extension", 30, 90),
            _m("abduction", 45, 120),
            _m("adduction", 30, 70),
            _m("inner_rotation", 45, 100),
            _m("outer_rotation", 45, 120),
            _m("straight_leg_raise", 80, 170),
        ),
    ),
    Joint("knee", "Knee", True, (_m("flexion", 135, 175), _m("extension", 0, 40))),
    Joint(
        "ankle",
        "Ankle",
        True,
        (
            _m("dorsiflexion", 20, 70),
            _m("plantarflexion", 50, 110),
            _m("inversion", 35, 90),
            _m("eversion", 15, 60),
        ),
    ),
    Joint("jaw", "Jaw", False, (_m("opening_angle", 35, 70),)),
)

#: Every joint by its id, head to foot.
JOINTS: Mapping[str, Joint] = {joint.id: joint for joint in _ALL}
#: Norms that the 1965 book does not give; offered without a norm.
WITHOUT_NORM = frozenset({("jaw", "opening_angle"), ("hip", "straight_leg_raise")})


def norm(joint: str, movement: str) -> tuple[float, str] | None:
    """Return the norm in degrees and its source, None where none is offered.

    >>> norm("neck", "rotation")
    (60, 'AAOS 1965, recalled')
    """
    known = JOINTS.get(joint)
    found = known.movement(movement) if known else None
    if found is None or (joint, movement) in WITHOUT_NORM:
        return None
    return found.norm, NORM_SOURCE
