"""data/coverage.csv: for every muscle the view and layer that show most of it, and how much."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mapmaker.plates import SILHOUETTE, Sources, read_packs
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKind
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

_COLUMNS = ("muscle", "view", "layer", "visible_mm2", "views", "note")
_ORDER = {layer: k for k, layer in enumerate(Layer)}
#: Muscles that nothing draws, and why.
_WHY_NOT = {"scalenus-minimus": "a variant without a mesh: named with its pattern, drawn nowhere"}


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a muscle is seen best: area in mm² of its right side or midline, all parts together."""

    muscle: str
    view: str
    layer: str
    area: float
    views: int
    """In how many views of the male figure it can be clicked."""


def measured(build_dir: Path, sources: Sources) -> tuple[Seen, ...]:
    """Measure the packs of the male figure; a muscle that is seen nowhere has an empty view."""
    muscle_of = _muscles(sources)
    areas: dict[str, dict[tuple[str, str], float]] = {muscle: {} for muscle in muscle_of.values()}
    for view, pack in read_packs(build_dir).items():
        if not view.startswith(f"{Figure.MALE}."):
            continue
        one_side = any(word in view for word in ("left_hand", "left_foot"))
        for layer, (keys, shapes) in pack.items():
            if layer in (SILHOUETTE, Layer.SKIN, Layer.SKELETON):
                continue
            for key, shape in zip(keys, shapes, strict=True):
                if one_side or key.structure not in muscle_of or key.laterality is Laterality.LEFT:
                    continue
                found = areas[muscle_of[key.structure]]
                found[(view, layer)] = found.get((view, layer), 0.0) + shape.area
    return tuple(_best(muscle, found) for muscle, found in sorted(areas.items()))


def _best(muscle: str, found: Mapping[tuple[str, str], float]) -> Seen:
    if not found:
        return Seen(muscle, "", "", 0.0, 0)
    # The first of those that show nearly as much: the outermost layer, the plainest view.
    most = max(found.values())
    good = [place for place, area in found.items() if area >= 0.95 * most]
    view, layer = min(good, key=lambda place: (_ORDER[Layer(place[1])], place[0].count("_"), place[0]))
    return Seen(muscle, view, layer, found[(view, layer)], len({place[0] for place in found}))


def _muscles(sources: Sources) -> dict[str, str]:
    found = {}
    for name in ("structures.csv", "variants.csv"):
        with (sources.tables / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["kind"] == StructureKind.MUSCLE:
                    found[row["id"]] = row["muscle"]
    return found


def write(seen: tuple[Seen, ...], path: Path) -> None:
    """Write the table; MyomapError if a muscle is seen nowhere and no reason is known."""
    lost = [s.muscle for s in seen if not s.view and s.muscle not in _WHY_NOT]
    if lost:
        raise MyomapError(f"No view shows the muscle “{lost[0]}” ({len(lost)} in all).")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for s in seen:
        note = "" if s.view else _WHY_NOT[s.muscle]
        table.writerow([s.muscle, s.view, s.layer, f"{s.area:.0f}", s.views, note])
    path.write_text(text.getvalue(), "utf-8")
