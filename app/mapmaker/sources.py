"""What maps are drawn from: the meshes of each figure, the skin's regions, the reviewed tables."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from mapmaker import figures, prepare
from mapmaker.meshes import MeshSet, SkinMesh, load_meshes, load_skin
from mapmaker.skin_classes import SkinClasses, smooth_regions
from mapmaker.skin_stage import SkinStage, load_stage
from mapmaker.views import Plate, load_plates
from myomap.anatomy.structures import Layer, StructureKind
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

#: Code that decides what is drawn; what is drawn is kept by a hash of it.
_CODE = ("labels", "coverage", "curves", "raster", "draw", "skin_classes")


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
    def region_names(self) -> Mapping[str, str]:
        """English names of skin regions, without their side."""
        return {row.name: row.name_en.partition(",")[0] for row in self.stage.table}

    @cached_property
    def stage(self) -> SkinStage:
        """The divided skin, on which cells, zones and regions stand."""
        return load_stage(self.anatomy, self.tables, self.root / "build")

    @cached_property
    def skin_classes(self) -> SkinClasses:
        """The regions of the skin with smooth borders."""
        return smooth_regions(self.stage, self.skin(Figure.MALE))

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

    def digest(self, plate: Plate) -> str:
        """Return a hash of everything that a plate's drawing depends on.

        Meshes count as they are after mending, and only those that the view may show, so work on one
        structure draws only the views that show it. Carried meshes count by what they are made from.
        """
        state = hashlib.sha256(self._common.encode())
        state.update(json.dumps(asdict(plate), sort_keys=True, default=sorted).encode())
        if plate.view.figure is not Figure.MALE:
            state.update(self._carried.encode())
        for mesh in self.meshes(Figure.MALE):
            structure = mesh.key.structure
            if plate.shows_structure(structure, mesh.key.laterality):
                layer = self.layers.get(structure, "")
                state.update(f"{mesh.key} {layer} {self._mesh_hashes[mesh.id]}".encode())
        return state.hexdigest()[:24]

    @cached_property
    def _common(self) -> str:
        return self.stage.digest + _hash_of(Path(__file__).with_name(f"{name}.py") for name in _CODE)

    @cached_property
    def _carried(self) -> str:
        skins = (self.anatomy / f"skin_{figure}.npz" for figure in Figure)
        return _hash_of([Path(__file__).with_name("figures.py"), *skins])

    @cached_property
    def _mesh_hashes(self) -> Mapping[str, str]:
        return {
            mesh.id: hashlib.sha256(mesh.vertices.tobytes() + mesh.faces.tobytes()).hexdigest()
            for mesh in self.meshes(Figure.MALE)
        }


def _hash_of(paths: Iterable[Path]) -> str:
    state = hashlib.sha256()
    for path in paths:
        try:
            state.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise MyomapError(
                f"The file {path} is missing or cannot be read.", safe="The old maps stay as they were."
            ) from error
    return state.hexdigest()
