"""What the atlas covers, what of it is from memory, and what of the manual is not there and why."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from mapmaker.data_faults import FaultLog
from mapmaker.yaml_lines import read_yaml
from myomap.anatomy.sources import Citation, State
from myomap.anatomy.structures import Muscle
from myomap.anatomy.trigger_points import TriggerPoint

FILE = "coverage.yaml"


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Something of the manual that is not in the atlas."""

    what: str
    why: str
    rows: tuple[int, ...] = ()


def read_not_covered(root: Path, log: FaultLog, lines: tuple[int, int]) -> tuple[NotCovered, ...]:
    """Read coverage.yaml; nothing if it is not there."""
    if not (root / FILE).is_file():
        return ()
    top = read_yaml(root / FILE, FILE, log, ("not_covered",))
    if top is None:
        return ()
    return tuple(
        NotCovered(
            entry.text("what"),
            entry.text("why"),
            tuple(int(item.number("rows", *lines)) for item in entry.list_of("rows")),
        )
        for entry in top.entries("not_covered", ("what", "why", "rows"))
    )


def coverage_reports(
    *,
    points: Sequence[TriggerPoint],
    muscles: Sequence[Muscle],
    described: Collection[str],
    documents: Mapping[str, Sequence[Any]],
    not_covered: Sequence[NotCovered],
    lines: tuple[int, int],
) -> dict[str, object]:
    """Return JSON-like reports by id, for “myomap atlas --json”.

    ``described`` are the muscles that data/muscles has; ``documents`` are all documents by kind.
    """
    rows = {point.order for point in points} | {row for gap in not_covered for row in gap.rows}
    with_safety = {one.muscle for one in documents.get("safety", ())}
    exercised = {key for one in documents.get("exercise", ()) for key in one.muscles}
    with_point = {point.muscle for point in points}
    return {
        "counts": {kind: len(found) for kind, found in documents.items()},
        "by_body_part": dict(Counter(point.body_part for point in points)),
        "states": {kind: dict(_states(found)) for kind, found in documents.items()},
        "recalled": {
            "trigger_points": [p.id for p in points if p.checked is State.RECALLED],
            "evidence": _ids(documents.get("evidence", ()), State.RECALLED),
            "screening": _ids(documents.get("screening", ()), State.RECALLED),
        },
        "without_source": [where for kind, found in documents.items() for where in _unsourced(found, kind)],
        "rows": {
            "published": lines[1] - lines[0] + 1,
            "covered": len(rows),
            "missing": [row for row in range(lines[0], lines[1] + 1) if row not in rows],
        },
        "muscles": {
            "all": len(muscles),
            "with_trigger_point": len(with_point),
            "not_described": [m.id for m in muscles if m.id not in described],
            "without_safety": [m.id for m in muscles if m.id not in with_safety],
            "without_exercise": [m.id for m in muscles if m.id not in exercised],
            "without_trigger_point": [m.id for m in muscles if m.id not in with_point],
        },
        "not_covered": [{"what": gap.what, "why": gap.why, "rows": list(gap.rows)} for gap in not_covered],
    }


def _ids(found: Sequence[Any], state: State) -> list[str]:
    return [one.id for one in found if one.state is state]


def _states(found: object) -> Counter[str]:
    """Count the states of all facts inside documents, however deep."""
    counts: Counter[str] = Counter()
    if isinstance(found, State):
        counts[found.value] += 1
    elif isinstance(found, (tuple, list)):
        for one in found:
            counts.update(_states(one))
    elif is_dataclass(found) and not isinstance(found, type):
        for field in fields(found):
            counts.update(_states(getattr(found, field.name)))
    return counts


def _unsourced(found: object, where: str) -> list[str]:
    """Return where facts name no work; the checker refuses them, so this is empty."""
    if isinstance(found, Citation):
        return [] if found.work else [where]
    if isinstance(found, (tuple, list)):
        return [one for item in found for one in _unsourced(item, where)]
    if is_dataclass(found) and not isinstance(found, type):
        here = f"{where}/{getattr(found, 'id', '')}".rstrip("/")
        return [one for field in fields(found) for one in _unsourced(getattr(found, field.name), here)]
    return []
