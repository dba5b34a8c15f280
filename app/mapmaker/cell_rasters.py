"""Which cell of the skin is seen at each pixel of a view."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.raster import render
from mapmaker.skin_stage import SkinStage
from mapmaker.views import Plate
from myomap.anatomy.laterality import Laterality

#: Pixels a millimetre by the view's group; the rest gets `_CLOSE_UP`.
_WHOLE_BODY = {"whole_body": 1.0, "trunk": 1.0, "hand": 3.0, "foot": 3.0}
_CLOSE_UP = 2.0
_SUFFIX = {Laterality.RIGHT: "_R", Laterality.LEFT: "_L", Laterality.MIDLINE: ""}


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]


def pixels_per_mm(plate: Plate) -> float:
    """Return the resolution of a view's cell raster."""
    return _WHOLE_BODY.get(plate.view.group, _CLOSE_UP)


def shown_regions(plate: Plate, stage: SkinStage) -> NDArray[np.bool_]:
    """Tell for each region number whether its skin is drawn in the view."""
    return np.array([plate.shows_region(f"{row.name}{_SUFFIX[row.side]}") for row in stage.table])


def cell_raster(plate: Plate, stage: SkinStage) -> NDArray[np.int32]:
    """Return int32[h, w]: the cell nearest to the viewer at each pixel's middle, -1 where none is."""
    seen = shown_regions(plate, stage)[stage.region][stage.cells.of_face]
    kept = np.flatnonzero(seen)
    part = _Part(
        stage.fine.xyz[plate.view.figure].astype(np.float32), np.ascontiguousarray(stage.fine.faces[kept])
    )
    buffers = render(plate.view.frame, pixels_per_mm(plate), [part], plate.clip)  # type: ignore[list-item]
    drawn = buffers.triangle >= 0
    raster = np.full(buffers.triangle.shape, -1, np.int32)
    raster[drawn] = stage.cells.of_face[kept[buffers.triangle[drawn]]]
    return raster


def cell_rasters(
    plates: Iterable[Plate], stage: SkinStage
) -> Iterator[tuple[Plate, float, NDArray[np.int32]]]:
    """Yield every view with its resolution and raster; a mirrored view has the mirror's exact raster."""
    made: dict[str, NDArray[np.int32]] = {}
    padded = np.append(stage.cells.mirror, np.int32(-1))
    for plate in plates:
        if plate.mirror_of is not None and plate.mirror_of in made:
            raster = np.ascontiguousarray(padded[made[plate.mirror_of]][:, ::-1])
        else:
            raster = cell_raster(plate, stage)
        made[plate.view.id] = raster
        yield plate, pixels_per_mm(plate), raster
