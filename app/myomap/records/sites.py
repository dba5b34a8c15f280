"""A place on the body that something was found or done at."""

from dataclasses import dataclass

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey


@dataclass(frozen=True, slots=True)
class Site:
    """A structure on one side, where possible with its trigger point and the spot on a view.

    ``words`` is the read-back (“RIGHT upper trapezius, posterior view”) as it was shown when the
    site was chosen: the record stays readable when the atlas changes.
    """

    structure: str
    laterality: Laterality
    muscle: str
    """The muscle that the structure is, or is a part of; what is counted when needled."""
    words: str
    trigger_point: str = ""
    view: str = ""
    x: float | None = None
    """Millimetres in the view, to the right."""
    y: float | None = None
    """Millimetres in the view, downward."""
    cell: int = -1
    map_version: str = ""

    @property
    def key(self) -> StructureKey:
        """The structure and side."""
        return StructureKey(self.structure, self.laterality)
