"""What maps are drawn from: the meshes of each figure, the skin's regions, the reviewed tables."""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mapmaker import figures, labels, prepare
from mapmaker.meshes import Mesh, MeshSet, SkinMesh, load_meshes, load_skin
from mapmaker.skin_stage import SkinStage, load_stage
from mapmaker.views import Plate, load_plates
from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

_DEPTH = {layer: k for k, layer in enumerate(Layer)}
#: Code that decides what is drawn; what is drawn is kept by a hash of it.
_CODE = ("labels", "coverage", "curves", "raster", "draw", "sources", "views", "meshes", "prepare", "figures")


#: How often the classes of skin vertices are averaged with their neighbours: on the skin as
#: delivered, then on the fine skin.
SKIN_ROUNDS = (7, 5)


@dataclass(frozen=True, slots=True, eq=False)
class SkinClasses:
    """The regions of the fine skin with smooth borders.

    ``classes`` (indices into ``keys``) and ``weights`` as `labels.heaviest` makes them.
    """

    keys: tuple[StructureKey, ...]
    classes: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Sources:
    """What plates are drawn from: the anatomy folder and the reviewed tables of a checkout."""

    anatomy: Path
    root: Path
    _figures: dict[Figure, MeshSet] = field(default_factory=dict)
    _skins: dict[Figure, SkinMesh] = field(default_factory=dict)

    @property
    def tables(self) -> Path:
        """The folder of the reviewed tables."""
        return self.root / "data"

    @cached_property
    def plates(self) -> tuple[Plate, ...]:
        """Every view and how it is drawn."""
        return load_plates(self.tables / "views.yaml")

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """The last layer, from outside in, in which each structure is still there."""
        rows = [*self._rows("layers.csv"), *self._rows("variants.csv")]
        return {row["id"]: Layer(row["layer"]) for row in rows}

    @cached_property
    def kinds(self) -> Mapping[str, StructureKind]:
        """The kind of each structure."""
        rows = [*self._rows("structures.csv"), *self._rows("variants.csv")]
        return {row["id"]: StructureKind(row["kind"]) for row in rows}

    @cached_property
    def variants(self) -> frozenset[str]:
        """Structures that not everybody has."""
        return frozenset(row["id"] for row in self._rows("variants.csv") if row["variant"] == "1")

    @cached_property
    def region_names(self) -> Mapping[str, str]:
        """English names of skin regions, without their side."""
        return {row.name: row.name_en.partition(",")[0] for row in self.stage.table}

    @cached_property
    def stage(self) -> SkinStage:
        """The divided skin, on which cells, zones and regions stand."""
        return load_stage(self.anatomy, self.tables, self.root / "build")

    @cached_property
    def skin_classes(self) -> SkinClasses:
        """The regions of the skin, by key, as weights of the fine skin's vertices.

        They are spread on the skin as delivered, whose triangles are as wide as its steps, then
        carried to the fine skin and rounded there.
        """
        stage = self.stage
        keys = [StructureKey(row.name, row.side) for row in stage.table]
        order = sorted(range(len(keys)), key=lambda k: keys[k])
        place = np.empty(len(keys), np.int32)
        place[order] = np.arange(len(keys), dtype=np.int32)
        of_face = place[stage.region[stage.cells.of_face]]
        width = np.sqrt(np.bincount(of_face, stage.fine.areas(), minlength=len(keys)))
        source = self.skin(Figure.MALE)
        weight = labels.class_weights(source.faces, place[stage.source_region], len(source.vertices))
        width = width[: weight.shape[1]]
        weight = labels.spread_weights(weight, source.faces, width, SKIN_ROUNDS[0])
        weight = (_onto_fine(stage, source) @ weight).tocsr()
        faces = np.ascontiguousarray(stage.fine.faces, np.int32)
        weight = labels.spread_weights(weight, faces, width, SKIN_ROUNDS[1])
        return SkinClasses(tuple(keys[k] for k in order), *labels.heaviest(weight))

    def _rows(self, name: str) -> list[dict[str, str]]:
        try:
            with (self.tables / name).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        except OSError as error:
            raise MyomapError(f"The table {self.tables / name} cannot be read ({error.strerror}).") from error

    def meshes(self, figure: Figure) -> MeshSet:
        """The mended meshes, carried to the figure's skin."""
        if Figure.MALE not in self._figures:
            self._figures[Figure.MALE] = prepare.prepare(load_meshes(self.anatomy))
        if figure not in self._figures:
            self._figures[figure] = figures.carried(
                self._figures[Figure.MALE], self.skin(Figure.MALE), self.skin(figure)
            )
        return self._figures[figure]

    def skin(self, figure: Figure) -> SkinMesh:
        """The skin of the figure."""
        if figure not in self._skins:
            self._skins[figure] = load_skin(self.anatomy, figure)
        return self._skins[figure]

    def prime(self) -> None:
        """Make what all views need, before workers are forked."""
        assert self.plates, self.layers
        assert self.skin_classes.keys, self.kinds

    @cached_property
    def digest(self) -> str:
        """A hash of every file that any plate depends on."""
        here = Path(__file__).parent
        files = [here / f"{name}.py" for name in _CODE]
        files += [
            self.tables / n
            for n in ("layers.csv", "structures.csv", "variants.csv", "palette.yaml", "regions.csv")
        ]
        names = ("muscles", "bones", "connective", "skin_male", "skin_female")
        files += [self.anatomy / f"{name}.npz" for name in names]
        files += [self.anatomy / name for name in ("face_region.npy", "regions.csv")]
        state = hashlib.sha256(self.stage.digest.encode())
        for path in files:
            try:
                state.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
            except OSError as error:
                raise MyomapError(
                    f"The file {path} is missing or cannot be read.", safe="The old maps stay as they were."
                ) from error
        return state.hexdigest()


def _onto_fine(stage: SkinStage, source: SkinMesh) -> "sparse.csr_matrix[np.float64]":
    """Return [fine vertices, source vertices]: each fine vertex within the triangle it came from."""
    fine = stage.fine
    points = fine.xyz[Figure.MALE]
    parent = np.zeros(len(points), np.int64)
    parent[fine.faces.ravel()] = np.repeat(fine.parent, 3)
    corners = source.faces[parent]
    a, b, c = (source.vertices[corners[:, k]].astype(np.float64) for k in range(3))
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    wu, wv = (w * u).sum(1), (w * v).sum(1)
    det = np.maximum(uu * vv - uv * uv, 1e-12)
    s, t = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
    share = np.clip(np.column_stack([1 - s - t, s, t]), 0, 1)
    share /= share.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), 3)
    shape = (len(points), len(source.vertices))
    return sparse.coo_matrix((share.ravel(), (rows, corners.ravel())), shape=shape).tocsr()


def meshes_in(plate: Plate, layer: Layer, sources: Sources) -> list[Mesh]:
    """Return what is drawn in a layer: that layer's structures and everything deeper."""
    drawn = []
    for mesh in sources.meshes(plate.view.figure):
        structure = mesh.key.structure
        if structure not in sources.layers:
            raise MyomapError(f"The structure “{structure}” has no layer in layers.csv.")
        if _DEPTH[sources.layers[structure]] < _DEPTH[layer]:
            continue
        if plate.shows_structure(structure, mesh.key.laterality):
            drawn.append(_lifted(mesh, plate))
    return drawn


def _lifted(mesh: Mesh, plate: Plate) -> Mesh:
    """Return the mesh drawn nearer where its structure is lifted; seen straight on it keeps its shape."""
    for structure, millimetres in plate.lift_mm:
        if structure == mesh.key.structure:
            step = np.array(plate.view.frame.toward, np.float32) * np.float32(millimetres)
            return replace(mesh, vertices=mesh.vertices + step)
    return mesh
