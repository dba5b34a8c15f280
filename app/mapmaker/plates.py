"""Plates: the shapes of every view and layer, as SVG and as packs for the compiled atlas.

A pack is `build/packs/<view id>.npz`: for each layer and for `silhouette` the keys and the packed
shapes. What was drawn is kept by a hash of everything it depends on, so a second build is fast.
"""

import csv
import hashlib
import io
import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from mapmaker import coverage, labels, raster
from mapmaker.coverage import Drawing, Style
from mapmaker.meshes import Mesh, MeshSet, SkinMesh, load_meshes, load_skin
from mapmaker.skin_stage import SkinStage, load_stage
from mapmaker.svg import style_sheet, write_svg
from mapmaker.views import Plate, load_plates
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.anatomy.views import Figure, Frame
from myomap.errors import MyomapError
from myomap.store.atlas_schema import pack_shapes, unpack_shapes

#: Votes for a label reach this far (standard deviation).
VOTE_MM = 0.4
#: No piece smaller than this is drawn; a little more than the 2 mm² that are promised.
LEAST_MM2 = 2.6
#: Greatest distance of a silhouette from the true one.
SILHOUETTE_MM = 0.4
SILHOUETTE = "silhouette"
_SUFFIX = {Laterality.RIGHT: "_R", Laterality.LEFT: "_L", Laterality.MIDLINE: ""}
_DEPTH = {layer: k for k, layer in enumerate(Layer)}
_CODE = ("labels", "coverage", "curves", "raster", "views", "meshes", "prepare", "figures", "svg", "plates")


Pack = dict[str, tuple[list[StructureKey], list[BaseGeometry]]]


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
        from mapmaker import figures, prepare

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


def label_meshes(plate: Plate, meshes: Sequence[Mesh]) -> tuple[labels.Labels, list[StructureKey]]:
    """Return the label image of a layer, indices into the keys that are returned with it."""
    buffers = raster.render(plate.view.frame, plate.px_per_mm, meshes, plate.clip)
    keys = sorted({mesh.key for mesh in meshes})
    place = {key: k for k, key in enumerate(keys)}
    lookup = np.array([*(place[mesh.key] for mesh in meshes), labels.NOTHING], np.int32)
    return lookup[buffers.label], keys


def label_skin(plate: Plate, sources: Sources) -> tuple[labels.Labels, list[StructureKey]]:
    """Return the label image of the skin's regions: those of the cells, their borders made smooth."""
    stage, skin = sources.stage, sources.skin_classes
    keys = skin.keys
    vertices = stage.fine.xyz[plate.view.figure].astype(np.float32)
    visible = np.array([plate.shows_region(key.structure + _SUFFIX[key.laterality]) for key in keys])
    some = visible[skin.classes[:, 0]]
    faces = np.ascontiguousarray(stage.fine.faces[some[stage.fine.faces].any(axis=1)], np.int32)
    buffers = raster.render(plate.view.frame, plate.px_per_mm, [SkinMesh(vertices, faces)], plate.clip)
    points = raster.project(plate.view.frame, vertices, plate.px_per_mm)
    # The classes are those of the whole skin, so a view that shows a part has the same borders.
    image = labels.nearest_class(buffers.triangle, points, faces, skin.classes, skin.weights)
    image[(image >= 0) & ~visible[image]] = labels.NOTHING
    return image, list(keys)


def draw_plate(plate: Plate, sources: Sources) -> dict[Layer, Drawing]:
    """Draw every layer of a view."""
    style = Style(VOTE_MM, plate.simplify_mm, flatten_mm=max(0.04, plate.simplify_mm / 4))
    px = plate.px_per_mm
    drawn = {}
    for layer in plate.view.layers:
        if layer is Layer.SKIN:
            image, keys = label_skin(plate, sources)
        else:
            image, keys = label_meshes(plate, meshes_in(plate, layer, sources))
        image = labels.clean(image, VOTE_MM * px, round(LEAST_MM2 * px * px))
        drawn[layer] = _checked(coverage.draw(image, keys, px, style), plate, layer)
    return drawn


def _checked(drawing: Drawing, plate: Plate, layer: Layer) -> Drawing:
    shapes = np.array(drawing.shapes)
    if not shapely.is_valid(shapes).all() or not shapely.coverage_is_valid(shapes):
        raise MyomapError(
            f"The outlines of {plate.view.id}, layer {layer}, overlap.",
            safe="The old maps stay as they were.",
        )
    return drawing


def silhouettes(plate: Plate, sources: Sources) -> tuple[list[StructureKey], list[BaseGeometry]]:
    """Return what each structure covers in a view, hidden or not."""
    px = min(plate.px_per_mm, 4.0)
    grouped: dict[StructureKey, list[Mesh]] = {}
    for mesh in sources.meshes(plate.view.figure):
        if plate.shows_structure(mesh.key.structure, mesh.key.laterality):
            grouped.setdefault(mesh.key, []).append(mesh)
    keys, shapes = [], []
    for key in sorted(grouped):
        window = _window(plate.view.frame, grouped[key], px)
        if window is None:
            continue
        frame, column, row = window
        buffers = raster.render(frame, px, grouped[key], plate.clip)
        image = np.where(buffers.label >= 0, 0, labels.NOTHING).astype(np.int32)
        image = labels.clean(image, VOTE_MM * px, round(2 * px * px))
        drawing = coverage.draw(image, [key], px, Style(0.6, SILHOUETTE_MM, flatten_mm=0.12))
        if drawing.keys:
            keys.append(key)
            moved = shapely.transform(drawing.shapes[0], _by(column / px, row / px))
            shapes.append(moved)
    return keys, shapes


def _by(x: float, y: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda points: points + np.array([x, y])


def _window(frame: Frame, meshes: Sequence[Mesh], px: float) -> tuple[Frame, int, int] | None:
    """Return the part of a frame that some meshes cover, on its pixel grid, with its first pixel."""
    points = np.concatenate([raster.project(frame, mesh.vertices, px)[:, :2] for mesh in meshes])
    low = np.maximum(np.floor(points.min(axis=0)) - 4, 0)
    most = np.array([round(frame.width * px), round(frame.height * px)])
    high = np.minimum(np.ceil(points.max(axis=0)) + 4, most)
    if (high - low < 6).any():
        return None
    column, row = int(low[0]), int(low[1])
    size = (high - low) / px
    part = Frame(
        right=frame.right,
        up=frame.up,
        toward=frame.toward,
        left_edge=frame.left_edge + column / px,
        top_edge=frame.top_edge - row / px,
        width=float(size[0]),
        height=float(size[1]),
    )
    return part, column, row


def mirrored_shapes(
    keys: Sequence[StructureKey], shapes: Sequence[BaseGeometry], width: float
) -> tuple[list[StructureKey], list[BaseGeometry]]:
    """Return shapes flipped within a view of a width, with the other side's keys, in key order."""
    pairs = [
        (
            StructureKey(key.structure, key.laterality.mirrored()),
            shapely.transform(shape, lambda p: np.column_stack([width - p[:, 0], p[:, 1]])),
        )
        for key, shape in zip(keys, shapes, strict=True)
    ]
    pairs.sort(key=lambda pair: pair[0])
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def build(
    sources: Sources,
    assets: Path,
    packs: Path,
    cache: Path,
    only: str | None = None,
    workers: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> list[Plate]:
    """Write the SVGs of every view under ``assets`` and its pack under ``packs``.

    Both folders belong to the caller, who moves them into place when everything has worked.
    """
    wanted = [p for p in sources.plates if only is None or only in (p.view.id, p.view.name)]
    if not wanted:
        raise MyomapError(f"There is no view “{only}”.", todo="data/views.yaml lists the views.")
    kept = {plate.view.id: cache / plate.view.id / _cache_key(plate, sources) for plate in wanted}
    missing = [plate for plate in wanted if not (kept[plate.view.id] / "done").is_file()]
    if missing:
        for figure in sorted({plate.view.figure for plate in missing}):
            sources.meshes(figure)
        sources.prime()
        missing.sort(key=lambda p: -p.size_px[0] * p.size_px[1])
        tasks = [(plate.view.id, kept[plate.view.id]) for plate in missing]
        # Forked, so that every worker has the meshes; each view is a task of its own.
        _SHARED[0] = sources
        if workers > 1 and len(tasks) > 1:
            with multiprocessing.get_context("fork").Pool(workers) as pool:
                for name in pool.imap_unordered(_draw_one, tasks):
                    say(f"drew {name}")
        else:
            for task in tasks:
                say(f"drew {_draw_one(task)}")
        _SHARED[0] = None
    for plate in wanted:
        folder = assets / plate.view.figure / plate.view.name
        folder.mkdir(parents=True, exist_ok=True)
        for layer in plate.view.layers:
            shutil.copyfile(kept[plate.view.id] / f"{layer}.svg", folder / f"{layer}.svg")
        packs.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept[plate.view.id] / "pack.npz", packs / f"{plate.view.id}.npz")
    return wanted


#: The sources of this build; forked workers find them here.
_SHARED: list[Sources | None] = [None]


def _draw_one(task: tuple[str, Path]) -> str:
    """Draw a view into its place in the cache, where nothing is half written."""
    name, kept = task
    sources = _SHARED[0]
    assert sources is not None
    plate = next(p for p in sources.plates if p.view.id == name)
    fresh = kept.with_name(f"{kept.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _make(plate, sources, fresh)
    (fresh / "done").write_text("")
    for old in kept.parent.iterdir():
        if old != fresh:
            shutil.rmtree(old)
    fresh.rename(kept)
    return name


def _cache_key(plate: Plate, sources: Sources) -> str:
    body = json.dumps(asdict(plate), sort_keys=True, default=sorted)
    return hashlib.sha256(f"{sources.digest} {body}".encode()).hexdigest()[:24]


def _make(plate: Plate, sources: Sources, folder: Path) -> None:
    """Draw one view into a folder: a mirrored view is the flipped drawing of the other."""
    style = style_sheet(sources.tables / "palette.yaml")
    if plate.mirror_of is not None:
        source = next(p for p in sources.plates if p.view.id == plate.mirror_of)
        drawn = {layer: d.mirrored() for layer, d in draw_plate(source, sources).items()}
        hidden = mirrored_shapes(*silhouettes(source, sources), plate.view.frame.width)
    else:
        drawn = draw_plate(plate, sources)
        hidden = silhouettes(plate, sources)
    for layer, drawing in drawn.items():
        skin = layer is Layer.SKIN
        names = sources.region_names if skin else spoken_names(sources)
        kinds = dict.fromkeys(names, StructureKind.SKIN) if skin else sources.kinds
        text = write_svg(plate.view, layer, drawing, kinds, names, sources.variants, style)
        (folder / f"{layer}.svg").write_text(text, "utf-8")
    write_pack(folder / "pack.npz", drawn, hidden)


def spoken_names(sources: Sources) -> Mapping[str, str]:
    """English names of structures: names.csv where it has one, else the id as words."""
    names = {key: key.replace("-", " ") for key in sources.kinds}
    path = sources.tables / "names.csv"
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            names.update({r["id"]: r["name_en"] for r in csv.DictReader(file) if r["id"] in names})
    return names


def write_pack(
    path: Path,
    drawn: Mapping[Layer, Drawing],
    hidden: tuple[Sequence[StructureKey], Sequence[BaseGeometry]],
) -> None:
    """Write the shapes of a view, all layers and silhouettes."""
    arrays: dict[str, NDArray[np.generic]] = {}
    rows: Iterator[tuple[str, Sequence[StructureKey], Sequence[BaseGeometry]]] = iter(
        [*((str(layer), d.keys, d.shapes) for layer, d in drawn.items()), (SILHOUETTE, *hidden)]
    )
    for name, keys, shapes in rows:
        arrays[f"keys.{name}"] = np.array(" ".join(map(str, keys)))
        arrays[f"pack.{name}"] = np.frombuffer(pack_shapes(list(shapes)), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    path.write_bytes(buffer.getvalue())


def read_packs(build_dir: Path) -> dict[str, Pack]:
    """Return for each view id the keys and shapes of its layers and of ``silhouette``.

    ``build_dir`` is the folder that holds ``packs``. Raises MyomapError for a damaged pack.
    """
    return {path.stem: read_pack(path) for path in sorted((build_dir / "packs").glob("*.npz"))}


def read_pack(path: Path) -> Pack:
    """Return the keys and shapes of one view's layers and of ``silhouette``."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [name.removeprefix("keys.") for name in archive.files if name.startswith("keys.")]
            return {
                name: (
                    [StructureKey.parse(text) for text in str(archive[f"keys.{name}"]).split()],
                    unpack_shapes(archive[f"pack.{name}"].tobytes()),
                )
                for name in names
            }
    except (OSError, ValueError, KeyError) as error:
        raise MyomapError(
            f"The pack {path} is damaged ({error}).", todo="Delete build/ and make maps again."
        ) from error
