"""The tables of structures: structures.csv, layers.csv, variants.csv and names.csv.

``variants.csv`` has what no mesh shows but a pattern needs (sternalis, scalenus minimus, a ligament).
``names.csv`` (id, name_en, name_la; optional synonyms separated by “;”, plain) names structures and
whole muscles; what it leaves out is named from its id.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mapmaker.data_faults import FaultLog, Spot, nearest, read_utf8
from myomap.anatomy.structures import Layer, Structure, StructureKind

_STRUCTURES = ("id", "kind", "muscle", "part", "sided", "meshes")
_LAYERS = ("id", "layer")
_VARIANTS = ("id", "kind", "muscle", "part", "sided", "layer", "variant")
_NAMES = ("id", "name_en", "name_la")


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called."""

    english: str
    latin: str
    synonyms: tuple[str, ...] = ()
    plain: str = ""


@dataclass(frozen=True, slots=True)
class StructureTables:
    """Structures in the order of their tables, the meshes that draw each, and names by id."""

    structures: tuple[Structure, ...]
    meshes: Mapping[str, tuple[str, ...]]
    names: Mapping[str, Name]

    def name(self, key: str) -> Name:
        """Return the name of a structure or muscle, made from its id if the table has none."""
        return self.names.get(key) or Name(spoken_id(key), "")


def spoken_id(key: str) -> str:
    """Return an id as words: ``gluteus-medius`` → “Gluteus medius”."""
    return key.replace("-", " ").capitalize()


def rows_of(
    path: Path, file: str, columns: Collection[str], log: FaultLog, optional: Collection[str] | None = ()
) -> Iterator[tuple[Spot, dict[str, str]]]:
    """Yield the rows of a CSV file with their lines; wrong columns and ragged rows are faults.

    With ``optional`` None any further column is accepted.
    """
    text = read_utf8(path, file, log)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text), strict=True)
    header: list[str] | None = None
    start = 1
    try:
        for row in reader:
            spot, start = Spot(file, start), reader.line_num + 1
            if not row:
                continue
            if header is None:
                header = [cell.strip() for cell in row]
                missing = [c for c in columns if c not in header]
                allowed = [*columns, *(header if optional is None else optional)]
                unknown = [c for c in header if c not in allowed]
                for column in missing:
                    log.add(spot, f"the column “{column}” is missing")
                for column in unknown:
                    log.add(spot, f"the column “{column}” is unknown{nearest(column, allowed)}")
                if missing or unknown:
                    return
            elif len(row) != len(header):
                log.add(spot, f"the row has {len(row)} cells, the header {len(header)}")
            else:
                yield spot, dict(zip(header, (cell.strip() for cell in row), strict=True))
    except csv.Error as error:
        log.add(Spot(file, start), f"this is not CSV: {error}")
    if header is None and not log.faults:
        log.add(Spot(file, 1), "the file is empty")


def read_structure_tables(root: Path, log: FaultLog) -> StructureTables:
    """Read the tables in the data folder; a table that is not there yet counts as empty."""
    names = _read_names(root, log)
    layers = _read_layers(root, log)
    structures: dict[str, Structure] = {}
    meshes: dict[str, tuple[str, ...]] = {}
    for file, columns in (("structures.csv", _STRUCTURES), ("variants.csv", _VARIANTS)):
        if not (root / file).is_file():
            continue
        for spot, row in rows_of(root / file, file, columns, log):
            key = row["id"]
            if not key:
                log.add(spot, "“id” is empty")
            elif key in structures:
                log.add(spot, f"the structure “{key}” is here twice")
            else:
                mesh_ids = tuple(row.get("meshes", "").split())
                made = _structure(spot, row, layers, names, mesh_ids, log)
                if made:
                    structures[key], meshes[key] = made, mesh_ids
    for key, (spot, _) in layers.items():
        if key not in structures:
            log.add(spot, f"there is no structure “{key}”{nearest(key, structures)}")
    known = {*structures, *(s.muscle for s in structures.values() if s.muscle)}
    for key, (spot, _) in names.items():
        if key not in known:
            log.add(spot, f"there is no structure or muscle “{key}”{nearest(key, known)}")
    return StructureTables(
        tuple(structures.values()), meshes, {key: name for key, (_, name) in names.items()}
    )


def _structure(
    spot: Spot,
    row: Mapping[str, str],
    layers: Mapping[str, tuple[Spot, Layer]],
    names: Mapping[str, tuple[Spot, Name]],
    meshes: tuple[str, ...],
    log: FaultLog,
) -> Structure | None:
    key, before = row["id"], len(log.faults)
    if row["kind"] not in list(StructureKind):
        log.add(spot, f"“kind” is “{row['kind']}”, it should be one of: {', '.join(StructureKind)}")
    if row["sided"] not in ("0", "1"):
        log.add(spot, f"“sided” is “{row['sided']}”, it should be 1 (left and right) or 0 (midline)")
    if row["kind"] == "muscle" and not row["muscle"]:
        log.add(spot, f"“{key}” is a muscle but “muscle” is empty")
    layer = _layer(spot, row["layer"], log) if "layer" in row else None
    if "layer" not in row:
        if key in layers:
            layer = layers[key][1]
        else:
            log.add(spot, f"layers.csv has no layer for “{key}”")
    if layer is None or len(log.faults) > before:
        return None
    name = names[key][1] if key in names else Name(spoken_id(key), "")
    return Structure(
        id=key,
        kind=StructureKind(row["kind"]),
        layer=layer,
        name_en=name.english,
        name_la=name.latin,
        sided=row["sided"] == "1",
        muscle=row["muscle"] or None,
        part=row["part"],
        fma=tuple(mesh for mesh in meshes if mesh.startswith("FMA")),
        source=_drawn_from(meshes),
        variant=row.get("variant", "0") == "1",
    )


def _drawn_from(meshes: tuple[str, ...]) -> str:
    if not meshes:
        return "drawn from its description"
    if meshes[0].startswith("O3M_"):
        return "Open3DModel"
    return "Z-Anatomy" if meshes[0].startswith("ZA_") else "BodyParts3D"


def _layer(spot: Spot, word: str, log: FaultLog) -> Layer | None:
    if word in list(Layer):
        return Layer(word)
    log.add(spot, f"“layer” is “{word}”, it should be one of: {', '.join(Layer)}")
    return None


def _read_layers(root: Path, log: FaultLog) -> dict[str, tuple[Spot, Layer]]:
    layers: dict[str, tuple[Spot, Layer]] = {}
    if not (root / "layers.csv").is_file():
        return layers
    for spot, row in rows_of(root / "layers.csv", "layers.csv", _LAYERS, log):
        if row["id"] in layers:
            log.add(spot, f"the structure “{row['id']}” is here twice")
        layer = _layer(spot, row["layer"], log)
        if layer is not None:
            layers[row["id"]] = (spot, layer)
    return layers


def _read_names(root: Path, log: FaultLog) -> dict[str, tuple[Spot, Name]]:
    names: dict[str, tuple[Spot, Name]] = {}
    if not (root / "names.csv").is_file():
        return names
    table = rows_of(root / "names.csv", "names.csv", _NAMES, log, ("synonyms", "plain"))
    for spot, row in table:
        key = row["id"]
        if key in names:
            log.add(spot, f"“{key}” is named twice")
        if not row["name_en"]:
            log.add(spot, f"“{key}” has no English name")
        synonyms = tuple(word.strip() for word in row.get("synonyms", "").split(";") if word.strip())
        names[key] = (spot, Name(row["name_en"], row["name_la"], synonyms, row.get("plain", "")))
    return names
