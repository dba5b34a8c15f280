"""Which patterns have a named region, without a drawing."""

from collections.abc import Sequence

import numpy as np

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.regions import Region
from myomap.errors import UnknownIdError
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin


def cells_of_regions(skin: Skin, regions: Sequence[Region], side: str | None = None) -> Cells:
    """Return the cells of the regions; with a side, of a region of the midline that side's half and the midline."""
    inside = np.isin(skin.region, [r.number for r in regions])
    if side is not None:
        inside &= skin.laterality != LATERALITY_CODES[Laterality(side).mirrored()]
    return Cells.of_sorted(np.flatnonzero(inside))


def _check_side(region: Region, side: str | None) -> None:
    """Refuse a region of one side that is asked for on the other: it would find nothing, which is no answer."""
    if side is not None and region.laterality is Laterality(side).mirrored():
        raise UnknownIdError(
            f"The region “{region.id}” is on the {region.laterality.value}.",
            todo=f"Leave --side out, or say --side {region.laterality.value}.",
        )


def named_region(atlas: AtlasSource, name: str, side: str | None) -> Region:
    """Find ``temporal`` + ``right``, or ``temporal.right``; UnknownIdError names what comes close."""
    regions = atlas.regions
    tried = [name] if side is None else [f"{name}.{side}", name]
    tried.append(f"{name}.midline")
    for key in tried:
        if key in regions:
            _check_side(regions[key], side)
            return regions[key]
    stems = sorted({key.rpartition(".")[0] for key in regions})
    if name in stems:
        raise UnknownIdError(f"The region “{name}” has two sides.", todo="Say --side right or --side left.")
    near = [s for s in stems if name.lower()[:4] in s] or stems
    raise UnknownIdError(f"There is no region “{name}”.", todo=f"There are: {', '.join(near[:12])}.")
