"""“python -m mapmaker check”: tells an editor of data/ what is wrong, one sentence and line each."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from mapmaker.knowledge import DataError, Knowledge, load_knowledge


def main(argv: Sequence[str] | None = None) -> int:
    """Check a data folder; returns 0 if it is right, 1 with every fault printed if it is not."""
    parser = argparse.ArgumentParser(
        prog="python -m mapmaker check", description="Check the authored data: one sentence a fault."
    )
    default = Path(__file__).resolve().parents[2] / "data"
    parser.add_argument(
        "data", nargs="?", type=Path, default=default, help=f"the folder (default: {default})"
    )
    parser.add_argument("--anatomy", type=Path, help="the folder with landmarks.csv and regions.csv")
    wanted = parser.parse_args(argv)
    if not wanted.data.is_dir():
        sys.stderr.write(f"There is no folder {wanted.data}.\n")
        return 1
    try:
        known = load_knowledge(wanted.data, wanted.anatomy)
    except DataError as error:
        for fault in error.faults:
            sys.stdout.write(f"{wanted.data}/{fault}\n")
        count = len(error.faults)
        sys.stdout.write(f"{count} fault{'' if count == 1 else 's'} found; nothing was changed.\n")
        return 1
    sys.stdout.write(summary(known))
    return 0


def summary(known: Knowledge) -> str:
    """Return what was read and what is still missing, a line each."""
    muscles = cast(dict[str, Any], known.coverage["muscles"])
    rows = cast(dict[str, Any], known.coverage["rows"])
    lines = [
        f"The data is right: {len(known.structures)} structures, {len(known.muscles)} muscles, "
        f"{len(known.trigger_points)} trigger points, {len(known.safety)} safety entries, "
        f"{len(known.exercises)} exercises, {len(known.evidence)} evidence cards, "
        f"{len(known.lessons)} lessons, {len(known.screening)} screening items, "
        f"{len(known.sources)} sources.",
        *known.notes,
    ]
    for words, missing in (
        ("lines of patterns.csv without a trigger point", [str(row) for row in rows["missing"]]),
        ("muscles without facts", muscles["not_described"]),
        ("muscles without safety", muscles["without_safety"]),
        ("muscles without an exercise", muscles["without_exercise"]),
    ):
        if missing:
            shown = ", ".join(missing[:8]) + (" …" if len(missing) > 8 else "")
            lines.append(f"Not there yet: {len(missing)} {words} ({shown}).")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
