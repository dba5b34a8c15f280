"""Published divisions of the skin (WPI, 74 areas), made of regions: data/region_sets.yaml."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.data_faults import FaultLog, nearest
from mapmaker.skin_stage import SkinStage
from mapmaker.yaml_lines import Entry, Value, read_yaml
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.regions import RegionSet, RegionSetArea
from myomap.anatomy.views import Figure

FILE = "region_sets.yaml"
_GROUPS = ("", "upper", "lower", "axial")
#: key: (axis, sign); a cell is kept where sign * (centre - landmark) > 0 along the axis.
_BESIDE = {"above": (1, 1.0), "below": (1, -1.0), "front_of": (2, 1.0), "behind": (2, -1.0)}


def read_region_sets(
    data_dir: Path, stage: SkinStage
) -> tuple[tuple[RegionSet, ...], dict[str, NDArray[np.int16]]]:
    """Return the sets and for each int16[n], the area of every cell or -1.

    Raises DataError with every fault of the file.
    """
    log = FaultLog()
    top = read_yaml(data_dir / FILE, FILE, log, ("region_sets",))
    made: list[RegionSet] = []
    arrays: dict[str, NDArray[np.int16]] = {}
    for entry in top.entries("region_sets", ("id", "title", "source", "areas")) if top else ():
        areas, of_cell = _areas(entry, stage)
        key = entry.text("id")
        made.append(RegionSet(key, entry.text("title"), entry.text("source"), areas))
        arrays[key] = of_cell
    log.raise_if_any()
    return tuple(made), arrays


def _areas(entry: Entry, stage: SkinStage) -> tuple[tuple[RegionSetArea, ...], NDArray[np.int16]]:
    count = len(stage.cells)
    right = np.arange(count) < count // 2
    of_cell = np.full(count, -1, np.int16)
    areas: list[RegionSetArea] = []
    for row in entry.entries("areas", ("id", "name", "sided", "group", "of")):
        key, name, group = row.text("id"), row.text("name"), row.text("group", "")
        if group not in _GROUPS:
            row.values["group"].fault(f"“group” is “{group}”, it should be upper, lower or axial")
        named = np.zeros(count, bool)
        for item in row.list_of("of"):
            named |= _cells_of(item, stage)
        named &= of_cell < 0
        if not named.any():
            row.fault(f"the area “{key}” has no skin")
        sides = (
            ((Laterality.RIGHT, right), (Laterality.LEFT, ~right))
            if row.truth_of("sided", True)
            else ((Laterality.MIDLINE, np.ones(count, bool)),)
        )
        for side, half in sides:
            mine = named & half
            of_cell[mine] = len(areas)
            sided = side is not Laterality.MIDLINE
            areas.append(
                RegionSetArea(
                    id=f"{key}.{side}",
                    number=len(areas),
                    name_en=f"{name}, {side}" if sided else name,
                    laterality=side,
                    area_cm2=round(float(stage.cells.area_mm2[mine].sum()) / 100, 1),
                    group=f"{side}_{group}" if sided and group else group,
                )
            )
    return tuple(areas), of_cell


def _cells_of(item: Value, stage: SkinStage) -> NDArray[np.bool_]:
    if item.is_scalar:
        return _region(item, item.text("of"), stage)
    keys = ("region", *_BESIDE, "lateral_of", "medial_of")
    entry = item.entry("of", keys)
    if entry is None:
        return np.zeros(len(stage.cells), bool)
    found = _region(item, entry.text("region"), stage)
    centre = stage.cells.xyz[Figure.MALE]
    for key, (axis, sign) in _BESIDE.items():
        if key in entry:
            mark = entry.text(key)
            if mark not in stage.landmark:
                entry.values[key].fault(f"there is no landmark “{mark}”{nearest(mark, stage.landmark)}")
                continue
            level = stage.fine.xyz[Figure.MALE][stage.landmark[mark], axis]
            found &= sign * (centre[:, axis] - level) > 0
    if "lateral_of" in entry:
        found &= np.abs(centre[:, 0]) > entry.number_of("lateral_of", 0, 400)
    if "medial_of" in entry:
        found &= np.abs(centre[:, 0]) <= entry.number_of("medial_of", 0, 400)
    return found


def _region(item: Value, name: str, stage: SkinStage) -> NDArray[np.bool_]:
    names: Mapping[str, object] = stage.table.names
    if name not in names:
        item.fault(f"there is no region “{name}”{nearest(name, names)}")
        return np.zeros(len(stage.cells), bool)
    return np.isin(stage.region, [row.number for row in stage.table.names[name]])
