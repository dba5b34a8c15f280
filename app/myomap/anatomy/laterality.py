"""Sides of the body: the patient's own left and right, never the viewer's."""

from enum import StrEnum


class Laterality(StrEnum):
    """The patient's own side; part of the identity of structures, cells, zones and marks."""

    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"

    def mirrored(self) -> "Laterality":
        """The other side; the midline is its own mirror."""
        if self is Laterality.LEFT:
            return Laterality.RIGHT
        if self is Laterality.RIGHT:
            return Laterality.LEFT
        return self

    @property
    def spoken(self) -> str:
        """The side as it is read back to the clinician: RIGHT, LEFT, or nothing for the midline."""
        return "" if self is Laterality.MIDLINE else self.value.upper()


#: The number of each laterality in the arrays of the compiled atlas.
LATERALITY_CODES: dict[Laterality, int] = {
    Laterality.RIGHT: 0,
    Laterality.LEFT: 1,
    Laterality.MIDLINE: 2,
}
