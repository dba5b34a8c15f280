"""`python -m mapmaker`: 3D anatomy to assets/bodymaps and data/atlas.sqlite.

Everything is made in a temporary folder and moved into place at the end: if anything fails, the old
maps stay as they were.
"""

import argparse
import importlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mapmaker import check, manifest, plates
from myomap.errors import MyomapError

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("plates", "tones", "skin", "atlas", "all")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a stage, verify, or make contact sheets; 1 with a sentence on stderr if that fails."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["check"]:
        return check.main(words[1:])
    options = _parser().parse_args(words)
    try:
        if options.command == "verify":
            return _verify(options.out)
        if options.command == "sheet":
            from mapmaker import sheets

            sheets.write(options.out, options.root, options.only, say)
            return 0
        _build(options.anatomy, options.out, options.only, options.stage)
    except MyomapError as error:
        print(f"mapmaker: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def say(words: str) -> None:
    """Tell the terminal what is being done."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mapmaker", description=__doc__, epilog="“mapmaker check” checks the authored data."
    )
    parser.add_argument("command", nargs="?", choices=("build", "verify", "sheet"), default="build")
    parser.add_argument(
        "--anatomy", type=Path, default=ROOT.parent / "shared" / "anatomy", help="the folder of meshes"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT, help="the checkout to write to; for sheet: the folder of pictures"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="for sheet: the checkout to read from")
    parser.add_argument("--only", metavar="VIEW", help="one view: male.anterior, or anterior for all figures")
    parser.add_argument("--stage", choices=STAGES, default="all")
    return parser


def _verify(root: Path) -> int:
    faults = manifest.verify(root)
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201
    say("the maps belong together" if not faults else f"{len(faults)} files do not belong to the build")
    return 1 if faults else 0


def _build(anatomy: Path, out: Path, only: str | None, stage: str) -> None:
    if not anatomy.is_dir():
        raise MyomapError(f"The anatomy folder {anatomy} is missing.", safe="The old maps stay as they were.")
    build = out / "build"
    fresh = build / f"fresh.{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    bodymaps = out / "assets" / "bodymaps"
    try:
        sources = plates.Sources(anatomy, out)
        whole = {"all": STAGES[:-1]}.get(stage, (stage,))
        if "plates" in whole:
            made = plates.build(
                sources, fresh / "bodymaps", fresh / "packs", build / "cache" / "plates", only, say
            )
            say(f"plates of {len(made)} views")
        if "tones" in whole:
            importlib.import_module("mapmaker.tones").build(
                sources, fresh / "bodymaps", build / "cache" / "tones", only, say
            )
        _replace_into(fresh / "packs", build / "packs")
        _replace_into(fresh / "bodymaps", bodymaps)
        atlas = out / "data" / "atlas.sqlite"
        if "atlas" in whole or "skin" in whole:
            importlib.import_module("mapmaker.compile").build(
                sources, fresh / "atlas.sqlite", build, only, say
            )
            if (fresh / "atlas.sqlite").is_file():
                (fresh / "atlas.sqlite").replace(atlas)
        if only is None and stage == "all":
            manifest.write(out, bodymaps, anatomy, {"data/atlas.sqlite": atlas})
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace_into(fresh: Path, folder: Path) -> None:
    """Move every file of a finished stage over the old one."""
    for path in sorted(fresh.rglob("*")) if fresh.is_dir() else []:
        if path.is_file():
            target = folder / path.relative_to(fresh)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


if __name__ == "__main__":
    sys.exit(main())
