"""The anatomy meshes, checked as they are read. Units: body millimetres (x left, y up, z forward)."""

import csv
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey, StructureKind
from myomap.errors import MyomapError

_SAFE = "The old maps stay as they were."
_SIDES = {"L": Laterality.LEFT, "R": Laterality.RIGHT, "M": Laterality.MIDLINE}
_FILES = {
    "muscles": StructureKind.MUSCLE,
    "bones": StructureKind.BONE,
    "connective": StructureKind.CONNECTIVE,
}
#: data/structures.csv of the checkout: which meshes draw which structure.
STRUCTURES = Path(__file__).resolve().parents[2] / "data" / "structures.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """One mesh: ``vertices`` float32[n, 3] in body mm, ``faces`` int32[m, 3] indices into them."""

    id: str
    name: str
    kind: StructureKind
    key: StructureKey
    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]

    @property
    def laterality(self) -> Laterality:
        """The side of its structure."""
        return self.key.laterality


@dataclass(frozen=True, eq=False)
class MeshSet:
    """All meshes in the order of the files."""

    meshes: tuple[Mesh, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Mesh]:
        """Meshes by their id."""
        return {mesh.id: mesh for mesh in self.meshes}

    @cached_property
    def by_key(self) -> Mapping[StructureKey, tuple[Mesh, ...]]:
        """All meshes of each structure and side."""
        found: dict[StructureKey, list[Mesh]] = {}
        for mesh in self.meshes:
            found.setdefault(mesh.key, []).append(mesh)
        return {key: tuple(meshes) for key, meshes in found.items()}

    def __iter__(self) -> Iterator[Mesh]:
        """Iterate over the meshes."""
        return iter(self.meshes)

    def __len__(self) -> int:
        """Return the number of meshes."""
        return len(self.meshes)


@dataclass(frozen=True, slots=True, eq=False)
class SkinMesh:
    """The skin of a figure or a part of it: ``vertices`` float32[n, 3] mm, ``faces`` int32[m, 3]."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]


def load_meshes(folder: Path, structures: Path = STRUCTURES) -> MeshSet:
    """Read muscles, bones and connective tissue; MyomapError names what is wrong in one sentence."""
    structure_of = _structures(structures)
    meshes: list[Mesh] = []
    seen: set[str] = set()
    for stem, kind in _FILES.items():
        arrays = read_arrays(folder / f"{stem}.npz", ("ids", "V", "F", "voff", "foff"))
        rows = _index(folder / f"{stem}_index.csv")
        ids = [str(text) for text in arrays["ids"]]
        if ids != [row["id"] for row in rows]:
            raise MyomapError(f"{stem}_index.csv does not list the meshes of {stem}.npz.", safe=_SAFE)
        for place, row in enumerate(rows):
            meshes.append(_mesh(stem, kind, arrays, place, row, structure_of))
            seen.add(row["id"])
    lost = sorted(set(structure_of) - seen)
    if lost:
        raise MyomapError(f"The mesh “{lost[0]}” of {structures.name} is not in {folder}.", safe=_SAFE)
    return MeshSet(tuple(meshes))


def load_skin(folder: Path, figure: str) -> SkinMesh:
    """Read the skin of a figure; MyomapError names what is wrong."""
    path = folder / f"skin_{figure}.npz"
    arrays = read_arrays(path, ("V", "F"))
    return SkinMesh(*_checked(arrays["V"], arrays["F"], path.name))


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Read named arrays of an .npz; MyomapError if it is missing, truncated or incomplete."""
    if not path.is_file():
        raise MyomapError(f"The mesh file {path} is missing.", safe=_SAFE)
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except KeyError as error:
        raise MyomapError(f"The mesh file {path} has no array {error}.", safe=_SAFE) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> MyomapError:
    if isinstance(error, FileNotFoundError):
        return MyomapError(f"The mesh file {path} is missing.", safe=_SAFE)
    return MyomapError(f"The mesh file {path} is damaged or cut short ({error}).", safe=_SAFE)


def _structures(path: Path) -> dict[str, str]:
    """Return the structure id of every mesh id."""
    found: dict[str, str] = {}
    for row in _index(path):
        for mesh in row["meshes"].split():
            found[mesh] = row["id"]
    return found


def _index(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _mesh(
    stem: str,
    kind: StructureKind,
    arrays: Mapping[str, NDArray[np.generic]],
    place: int,
    row: Mapping[str, str],
    structure_of: Mapping[str, str],
) -> Mesh:
    mesh_id = row["id"]
    if mesh_id not in structure_of:
        raise MyomapError(f"The mesh “{mesh_id}” of {stem}.npz is in no row of structures.csv.", safe=_SAFE)
    if row["side"] not in _SIDES:
        raise MyomapError(f"The mesh “{mesh_id}” has the unknown side “{row['side']}”.", safe=_SAFE)
    voff, foff = arrays["voff"], arrays["foff"]
    vertices = arrays["V"][int(voff[place]) : int(voff[place + 1])]
    faces = arrays["F"][int(foff[place]) : int(foff[place + 1])]
    vertices, faces = _checked(vertices, faces, f"“{mesh_id}” of {stem}.npz")
    key = StructureKey(structure_of[mesh_id], _SIDES[row["side"]])
    return Mesh(mesh_id, row["name"], kind, key, vertices, faces)


def _checked(
    vertices: NDArray[np.generic], faces: NDArray[np.generic], what: str
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return vertices in millimetres and faces; the meshes of the files are in metres."""
    if vertices.ndim != 2 or not len(vertices) or not len(faces):
        raise MyomapError(f"The mesh {what} is empty.", safe=_SAFE)
    if not np.isfinite(vertices.astype(np.float64)).all():
        raise MyomapError(f"The mesh {what} has vertices that are not numbers (NaN).", safe=_SAFE)
    whole = faces.astype(np.int64)
    if whole.min() < 0 or whole.max() >= len(vertices):
        raise MyomapError(f"The mesh {what} has a face with a vertex that does not exist.", safe=_SAFE)
    scaled = np.ascontiguousarray(vertices.astype(np.float32) * np.float32(1000.0))
    return scaled, np.ascontiguousarray(whole.astype(np.int32))
