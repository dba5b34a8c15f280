"""`python -m mapmaker`: 3D anatomy to assets/bodymaps and data/atlas.sqlite.

Everything is made in a temporary folder and moved into place at the end: if anything fails, the old
maps stay as they were.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mapmaker import check, compile, manifest, plates, sheets, tones, visible
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
            sheets.write(options.out, options.root, options.only, say)
            return 0
        _build(options.anatomy, options.out, options.only, options.stage, options.workers)
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
    parser.add_argument("--workers", type=int, default=2, help="how many views are drawn at once")
    parser.add_argument("--stage", choices=STAGES, default="all")
    return parser


def _verify(root: Path) -> int:
    faults = manifest.verify(root)
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201
    say("the maps belong together" if not faults else f"{len(faults)} files do not belong to the build")
    return 1 if faults else 0


def _build(anatomy: Path, out: Path, only: str | None, stage: str, workers: int) -> None:
    if not anatomy.is_dir():
        raise MyomapError(f"The anatomy folder {anatomy} is missing.", safe="The old maps stay as they were.")
    build = out / "build"
    fresh = build / f"fresh.{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    bodymaps, atlas = out / "assets" / "bodymaps", out / "data" / "atlas.sqlite"
    stages = STAGES[:-1] if stage == "all" else (stage,)
    try:
        sources = plates.Sources(anatomy, out)
        if "skin" in stages:
            say(f"skin {sources.stage.digest}")
        if "plates" in stages:
            cache = build / "cache" / "plates"
            made = plates.build(sources, fresh / "bodymaps", fresh / "packs", cache, only, workers, say)
            say(f"plates of {len(made)} views")
            # Packs are no assets: the atlas is compiled from them.
            _replace_into(fresh / "packs", build / "packs")
        if "tones" in stages:
            tones.build(sources, fresh / "bodymaps", build / "cache" / "tones", only, workers, say)
        if "atlas" in stages:
            compile.build(out / "data", build, anatomy, fresh / "atlas.sqlite", say)
        _replace_into(fresh / "bodymaps", bodymaps)
        if "atlas" in stages:
            (fresh / "atlas.sqlite").replace(atlas)
        if stage in ("all", "plates") and only is None:
            visible.write(visible.measured(build, sources), out / "data" / "coverage.csv")
        if stage == "all" and only is None:
            _drop_strays(sources, bodymaps)
            manifest.write(out, bodymaps, anatomy, {"data/atlas.sqlite": atlas})
            say("manifest written")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _drop_strays(sources: plates.Sources, bodymaps: Path) -> None:
    """Remove maps of views and layers that are no longer in views.yaml."""
    wanted = {f"{p.view.figure}/{p.view.name}/{layer}" for p in sources.plates for layer in p.view.layers}
    for path in sorted(bodymaps.glob("*/*/*")):
        layer = path.name.partition(".")[0]
        if path.is_file() and f"{path.parent.parent.name}/{path.parent.name}/{layer}" not in wanted:
            path.unlink()
    for folder in sorted(bodymaps.glob("*/*")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _replace_into(fresh: Path, folder: Path) -> None:
    """Move every file of a finished stage over the old one."""
    for path in sorted(fresh.rglob("*")) if fresh.is_dir() else []:
        if path.is_file():
            target = folder / path.relative_to(fresh)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


if __name__ == "__main__":
    sys.exit(main())
