"""The compiled atlas data/atlas.sqlite: everything that the program loads, written in one go.

`build` reads the authored data, the skin stage and the packs of the plates, and replaces the file
only when all of it has worked. The same sources give the same bytes.
"""

import hashlib
import inspect
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mapmaker.cell_rasters import cell_rasters
from mapmaker.figures import Carrier, carrier
from mapmaker.knowledge import Knowledge, load_knowledge
from mapmaker.meshes import MeshSet, load_meshes
from mapmaker.place_finder import PlaceFinder, with_skin_above
from mapmaker.prepare import prepare
from mapmaker.region_sets import read_region_sets
from mapmaker.skin import Floats, read_skin
from mapmaker.skin_regions import region_documents
from mapmaker.skin_stage import SkinStage, load_stage
from mapmaker.views import Plate, load_plates
from mapmaker.warning_zones import warning_zones
from mapmaker.zones import ZoneMaker, zones_of
from myomap.anatomy.regions import Region, RegionSet
from myomap.anatomy.trigger_points import Place
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError
from myomap.store.atlas_schema import APPLICATION_ID, FORMAT, TABLES, pack_array
from myomap.surface.blur import Blur
from myomap.surface.cells import Cells
from myomap.surface.outlines import Zone
from myomap.surface.skin import Skin

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: counts for the log."""

    map_version: str
    bytes: int
    zones: int
    places: int
    views: int
    packs: int


def skin_of(stage: SkinStage, set_area: Mapping[str, NDArray[np.int16]]) -> Skin:
    """Return the skin as the program knows it."""
    cells = stage.cells
    return Skin(
        area_mm2=_rounded(cells.area_mm2, 256),
        region=stage.region,
        laterality=stage.laterality,
        mirror=cells.mirror,
        starts=cells.starts,
        neighbours=cells.neighbours,
        # To a sixteenth of a millimetre: finer digits are noise that does not compress.
        xyz={f: _rounded(cells.xyz[f], 16) for f in Figure},
        set_area=dict(set_area),
    )


def _rounded(values: Floats, parts: int) -> NDArray[np.float32]:
    return (np.rint(values * parts) / parts).astype(np.float32)


#: Views that joined after the first published map. Their frames must stay as they are, as nothing tells.
LATER_VIEWS = frozenset(["female.pelvic_floor"])


def map_version(stage: SkinStage, plates: Iterable[Plate]) -> str:
    """Return the version that drawings are kept with: a hash of the cells and of every view's frame.

    Names and borders of regions are left out: a drawing means the same cells whatever they are called. So
    are `LATER_VIEWS`, since a further view changes nothing that was drawn before.
    """
    cells = stage.cells
    state = hashlib.sha256()
    for array in (cells.area_mm2, cells.mirror, *(cells.xyz[figure] for figure in Figure)):
        state.update(np.ascontiguousarray(array).tobytes())
    known = [plate.view for plate in plates if plate.view.id not in LATER_VIEWS]
    frames = [(view.id, asdict(view.frame)) for view in known]
    state.update(json.dumps(sorted(frames), sort_keys=True).encode())
    return state.hexdigest()[:12]


def build(data_dir: Path, build_dir: Path, anatomy: Path, out: Path, say: Say = lambda _: None) -> Made:
    """Write the atlas. Raises MyomapError (DataError with file and line) and leaves the old file then."""
    knowledge = load_knowledge(data_dir, anatomy)
    plates = load_plates(data_dir / "views.yaml")
    say("skin")
    stage = load_stage(anatomy, data_dir, build_dir)
    sets, set_area = read_region_sets(data_dir, stage)
    skin = skin_of(stage, set_area)
    regions = region_documents(stage.table, stage.region, stage.cells.area_mm2)
    say("zones")
    maker = ZoneMaker(stage, knowledge.landmarks)
    sided = {point.id: point.sided for point in knowledge.trigger_points}
    zones = zones_of(maker, knowledge.patterns, sided)
    warnings = warning_zones(data_dir, maker)
    say("places")
    places = _places(maker, knowledge, anatomy, build_dir)
    say("cell rasters")
    rasters = _kept_rasters(plates, stage, build_dir)
    version = map_version(stage, plates)
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        database = sqlite3.connect(partial)
        try:
            database.execute("PRAGMA page_size = 8192")
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {FORMAT}")
            database.executescript(TABLES)
            say("writing")
            _write_documents(database, knowledge, plates, regions, sets)
            _write_skin(database, skin)
            _write_zones(database, zones, warnings, Blur(skin))
            _write_places(database, places)
            database.executemany("INSERT INTO cell_raster VALUES (?, ?, ?)", rasters)
            packs = _write_packs(database, build_dir, plates)
            meta = {"map_version": version, "skin": stage.digest, "cells": str(len(skin))}
            database.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
            database.commit()
            database.execute("VACUUM")
        finally:
            database.close()
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    count = sum(len(p) for p in places.values())
    return Made(version, out.stat().st_size, len(zones), count, len(plates), packs)


def _places(
    maker: ZoneMaker, knowledge: Knowledge, anatomy: Path, build_dir: Path
) -> dict[Figure, tuple[Place, ...]]:
    meshes: MeshSet = prepare(load_meshes(anatomy))
    finder = PlaceFinder(maker, meshes)
    sources = {pattern.trigger_point: pattern for pattern in knowledge.patterns}
    male = finder.all_on_male(knowledge.trigger_points, sources)
    made = {Figure.MALE: with_skin_above(maker.stage, Figure.MALE, male)}
    points = np.array([point for point, _ in male.values()]).reshape(-1, 3)
    carried = _carried(points, anatomy, build_dir)
    female = {key: (new, male[key][1]) for key, new in zip(male, carried, strict=True)}
    made[Figure.FEMALE] = with_skin_above(maker.stage, Figure.FEMALE, female)
    return made


def _carried(points: Floats, anatomy: Path, build_dir: Path) -> Floats:
    """Carry points inside the male skin to the female one; the field is kept, as it takes long to make."""
    source = read_skin(anatomy)
    male, female, faces = source.xyz[Figure.MALE], source.xyz[Figure.FEMALE], source.faces.astype(np.int64)
    code = hashlib.sha256(Path(inspect.getfile(carrier)).read_bytes()).hexdigest()
    key = hashlib.sha256(f"{source.digest} {code}".encode()).hexdigest()[:16]
    kept = build_dir / "carried" / f"{key}.npz"
    if not kept.is_file():
        made = carrier(male, female, faces)
        _keep(kept, {"low": made.low, "step": np.array(made.step), "field": made.field})
    with np.load(kept, allow_pickle=False) as field:
        across = Carrier(field["low"], float(field["step"]), field["field"], female, faces)
    return np.asarray(across.carry(points) if len(points) else points, np.float64)


def _keep(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as the only .npz of their folder; another process never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.stem}.{os.getpid()}.partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(path)
    for old in path.parent.glob("*.np[yz]"):
        if old != path and "partial" not in old.name:
            old.unlink(missing_ok=True)


def _kept_rasters(
    plates: Iterable[Plate], stage: SkinStage, build_dir: Path
) -> list[tuple[str, float, bytes]]:
    """Return (view, pixels a mm, packed raster); drawn again only when skin or views change."""
    plates = tuple(plates)
    words = [
        stage.digest,
        "lzma",
        *(f"{p.view.id} {p.view.frame} {p.view.group} {_parts(p)}" for p in plates),
    ]
    key = hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
    kept = build_dir / "cell_rasters" / f"{key}.npz"
    if not kept.is_file():
        arrays: dict[str, NDArray[np.generic]] = {}
        for plate, px, raster in cell_rasters(plates, stage):
            arrays[f"raster.{plate.view.id}"] = np.frombuffer(pack_array(raster), np.uint8)
            arrays[f"px.{plate.view.id}"] = np.array(px)
        _keep(kept, arrays)
    with np.load(kept, allow_pickle=False) as made:
        return [
            (p.view.id, float(made[f"px.{p.view.id}"]), made[f"raster.{p.view.id}"].tobytes()) for p in plates
        ]


def _parts(plate: Plate) -> str:
    parts = [sorted(part.regions) if part else None for part in (plate.only, plate.hide)]
    return f"{parts} {plate.clip} {plate.mirror_of} {plate.view.shows}"


def _write_documents(
    database: sqlite3.Connection,
    knowledge: Knowledge,
    plates: Iterable[Plate],
    regions: Iterable[Region],
    sets: Iterable[RegionSet],
) -> None:
    documents: dict[str, list[tuple[str, Any]]] = {
        kind: [(_id_of(document), document) for document in found]
        for kind, found in knowledge.documents.items()
    }
    documents["view"] = [(plate.view.id, plate.view) for plate in plates]
    documents["region"] = [(region.id, region) for region in regions]
    documents["region_set"] = [(each.id, each) for each in sets]
    documents["coverage"] = list(knowledge.coverage.items())
    for kind, found in sorted(documents.items()):
        database.executemany(
            "INSERT INTO document VALUES (?, ?, ?, ?)",
            [(kind, key, place, msgspec.json.encode(body)) for place, (key, body) in enumerate(found)],
        )


def _id_of(document: Any) -> str:
    return str(document.muscle if not hasattr(document, "id") else document.id)


def _write_skin(database: sqlite3.Connection, skin: Skin) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "area_mm2": skin.area_mm2,
        "region": skin.region,
        "laterality": skin.laterality,
        "mirror": skin.mirror,
        "starts": skin.starts,
        "neighbours": skin.neighbours,
        **{f"xyz.{figure}": points for figure, points in skin.xyz.items()},
        **{f"set.{name}": area for name, area in skin.set_area.items()},
    }
    database.executemany(
        "INSERT INTO skin VALUES (?, ?)", [(name, pack_array(a)) for name, a in sorted(arrays.items())]
    )


def _write_zones(
    database: sqlite3.Connection, zones: Mapping[str, Zone], warnings: Mapping[str, Zone], blur: Blur
) -> None:
    def write(owner: str, kind: str, cells: Cells) -> None:
        if cells:
            weights = np.clip(np.rint(cells.weights * 255), 1, 255).astype(np.uint8)
            row = (owner, kind, pack_array(cells.ids), pack_array(weights))
            database.execute("INSERT INTO zone VALUES (?, ?, ?, ?)", row)

    for owner, zone in zones.items():
        for kind, cells in (("essential", zone.essential), ("spillover", zone.spillover)):
            write(owner, kind, cells)
            write(owner, f"{kind}_soft", blur.on_own_sides(cells))
    for name, zone in warnings.items():
        write(f"warning:{name}", "essential", zone.essential)
        write(f"warning:{name}", "spillover", zone.spillover)


def _write_places(database: sqlite3.Connection, places: Mapping[Figure, tuple[Place, ...]]) -> None:
    for figure, found in places.items():
        database.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(p.trigger_point, str(p.laterality), str(figure), *p.xyz, p.cell, p.depth) for p in found],
        )


def _write_packs(database: sqlite3.Connection, build_dir: Path, plates: Iterable[Plate]) -> int:
    """Copy the shapes of every view that has been drawn; views without a pack have no outlines yet."""
    count = 0
    for plate in plates:
        path = build_dir / "packs" / f"{plate.view.id}.npz"
        if not path.is_file():
            continue
        with np.load(path, allow_pickle=False) as pack:
            layers = [name.removeprefix("keys.") for name in pack.files if name.startswith("keys.")]
            rows = [
                (plate.view.id, layer, str(pack[f"keys.{layer}"]), pack[f"pack.{layer}"].tobytes())
                for layer in layers
            ]
        database.executemany("INSERT INTO outline_pack VALUES (?, ?, ?, ?)", rows)
        count += 1
    return count


def main() -> int:
    """Compile with the usual folders: ``python -m mapmaker.compile``."""
    root = Path(__file__).resolve().parents[2]
    anatomy = root.parent / "shared" / "anatomy"
    try:
        made = build(root / "data", root / "build", anatomy, root / "data" / "atlas.sqlite", print)
    except MyomapError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(made)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
