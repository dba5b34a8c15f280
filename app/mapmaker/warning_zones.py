"""Skin over the lung and the kidney, as zones of both sides: data/warning_zones.yaml."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.data_faults import FaultLog
from mapmaker.pattern_reader import SkinReader, Vocabulary
from mapmaker.yaml_lines import Entry, read_yaml
from mapmaker.zones import PointError, ZoneMaker
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells
from myomap.surface.outlines import Zone

FILE = "warning_zones.yaml"
_KEYS = ("path", "radius", "regions", "above")


def warning_zones(data_dir: Path, maker: ZoneMaker) -> dict[str, Zone]:
    """Return each warning's zone on both sides; DataError with every fault of the file."""
    log = FaultLog()
    names = maker.stage.table.names
    vocabulary = Vocabulary(landmarks=None, regions=None, structures={}, drawn=(), muscles=())
    reader = SkinReader(vocabulary, log)
    top = read_yaml(data_dir / FILE, FILE, log, ("warning_zones",))
    made: dict[str, Zone] = {}
    for entry in top.entries("warning_zones", ("id", "essential", "spillover")) if top else ():
        parts: list[Cells] = []
        for kind in ("essential", "spillover"):
            inside = np.zeros(len(maker.stage.cells), bool)
            for part in entry.entries(kind, _KEYS):
                try:
                    inside |= _part(part, reader, maker)
                except PointError as error:
                    part.fault(str(error))
                for name in part.texts("regions"):
                    if name not in names:
                        part.fault(f"there is no region “{name}”")
            right = Cells.of(np.flatnonzero(inside))
            parts.append(right.union(right.mirrored(maker.stage.cells.mirror)))
        made[entry.text("id")] = Zone(parts[0], parts[1].minus(parts[0]))
    log.raise_if_any()
    return made


def _part(part: Entry, reader: SkinReader, maker: ZoneMaker) -> NDArray[np.bool_]:
    if "above" in part:
        points = [reader.point(item, "above") for item in part.list_of("above")]
        return _above(maker.path(points), part.texts("regions"), maker)
    points = [reader.point(item, "path") for item in part.list_of("path")]
    radius = part.number_of("radius", 1, 150)
    if not points:
        raise PointError("“path” or “above” is missing")
    vertices, _ = maker.walk.within(maker.path(points), radius)
    near = np.zeros(len(maker.stage.fine.mirror), bool)
    near[vertices] = True
    return np.asarray(near[maker.stage.cells.vertex])


def _above(path: NDArray[np.int64], regions: tuple[str, ...], maker: ZoneMaker) -> NDArray[np.bool_]:
    """Cells of the right half in these regions that lie above a line running from front to back."""
    stage = maker.stage
    line = stage.fine.xyz[Figure.MALE][path]
    middle = (line[0, 2] + line[-1, 2]) / 2
    around = np.arctan2(-line[:, 0], line[:, 2] - middle)
    order = np.argsort(around)
    centre = stage.cells.xyz[Figure.MALE]
    level = np.interp(np.arctan2(-centre[:, 0], centre[:, 2] - middle), around[order], line[order, 1])
    numbers = [row.number for name in regions for row in stage.table.names.get(name, ())]
    right = np.arange(len(centre)) < len(centre) // 2
    return np.asarray(right & np.isin(stage.region, numbers) & (centre[:, 1] > level))
