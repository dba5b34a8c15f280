"""The grey tone images under the outlines: form, light, fibres and tendon of every view and layer.

``<figure>/<view>/<layer>.jpg`` is 8-bit grey and is MULTIPLIED over flat fills (white leaves a fill as
it is). ``<layer>.coarse.jpg`` is the same at an eighth of the size, for the first paint.
``<layer>.tendon.jpg`` is a mask at `TENDON_PX_PER_MM`: 255 where muscle has turned to tendon; the token
`tendon` is laid over the muscle's fill by it, before the tone is multiplied. All cover the view's frame.
"""

import hashlib
import json
import multiprocessing
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mapmaker import shading
from mapmaker.fibres import Fibres, all_fibres, directions, trust
from mapmaker.meshes import Mesh
from mapmaker.plates import Sources, meshes_in
from mapmaker.prepare import vertex_normals
from mapmaker.raster import project, render
from mapmaker.skin_art import FINE, SkinArt, marks_of, reduce
from mapmaker.views import Plate
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKind
from myomap.anatomy.views import Figure

Grey = NDArray[np.uint8]

TENDON_PX_PER_MM = 1.5
QUALITY = 64
#: Lie in a cleft between muscles and are yet no hole: shadows there are kept faint.
SEAMS = frozenset(["linea-alba"])
#: Of a close-up.
PIXELS = 2.2e6
#: How far the grooves of the meshes are deepened.
RELIEF = 1.9


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """The images of one view and layer, [height, width] uint8, white where nothing is drawn."""

    grey: Grey
    coarse: Grey
    tendon: Grey | None


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What the shading needs of a mesh beside its vertices, all a vertex."""

    normals: NDArray[np.float32]
    along: NDArray[np.float32]
    tendon: NDArray[np.float32]
    closed: bool
    """Nothing of its inside can be seen, so faces that look away need not be drawn."""


def form_of(mesh: Mesh, fibres: Fibres) -> Form:
    """Return normals with deepened relief, the direction of the fibres and the share of tendon."""
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    normals = vertex_normals(vertices, faces)
    if mesh.kind is StructureKind.BONE:
        amount, rounds = 1.15, 3
    elif mesh.kind is StructureKind.CONNECTIVE:
        amount, rounds = 1.0, 6
    else:
        amount, rounds = RELIEF, 6
    smooth = spread(normals, faces, rounds)
    deep = smooth + amount * (normals - smooth)
    deep /= np.maximum(np.linalg.norm(deep, axis=1, keepdims=True), 1e-9)
    along = (
        np.zeros_like(mesh.vertices)
        if mesh.kind is StructureKind.BONE
        else trust(mesh) * spread(directions(mesh, fibres.length).astype(np.float64), faces, 3)
    )
    return Form(deep.astype(np.float32), along.astype(np.float32), fibres.tendon, is_closed(faces))


def is_closed(faces: NDArray[np.int64]) -> bool:
    """Tell whether every edge has its two faces, one each way round."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = int(faces.max()) + 1
    there, back = edges @ np.array([count, 1]), edges @ np.array([1, count])
    return bool(np.array_equal(np.sort(there), np.sort(back)))


def facing(plate: Plate, drawn: Sequence[Mesh], forms: Mapping[str, Form], scale: float) -> list[Mesh]:
    """Return the meshes that are seen at all, of closed ones only the faces that look at the viewer."""
    rough = render(plate.view.frame, min(scale, 3.0) / 2, drawn, plate.clip)
    seen = np.unique(rough.label)
    toward = np.array(plate.view.frame.toward, np.float32)
    kept = []
    for mesh in (drawn[k] for k in seen if k >= 0):
        if forms[mesh.id].closed and plate.clip is None:
            a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
            mesh = replace(mesh, faces=mesh.faces[np.cross(b - a, c - a) @ toward > 0])
            if not len(mesh.faces):
                continue
        kept.append(mesh)
    return kept


def spread(values: NDArray[np.float64], faces: NDArray[np.int64], rounds: int) -> NDArray[np.float64]:
    """Return vertex values averaged with those of their neighbours, `rounds` times."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    count = np.maximum(np.bincount(edges[:, 0], minlength=len(values)), 1)[:, None]
    for _ in range(rounds):
        total = np.stack(
            [np.bincount(edges[:, 0], values[edges[:, 1], k], len(values)) for k in range(values.shape[1])],
            axis=1,
        )
        values = 0.5 * values + 0.5 * total / count
    return values


def scale_of(plate: Plate) -> float:
    """Return pixels a millimetre of the tone image: 2.5 for the whole body, up to 6 for close-ups.

    A close-up has about `PIXELS`, so that a large one (the trunk) is not dearer than a small one.
    """
    if plate.view.group == "whole_body":
        return 2.5
    return float(np.clip(np.sqrt(PIXELS / (plate.view.frame.width * plate.view.frame.height)), 2.5, 6.0))


def tone(
    plate: Plate, drawn: Sequence[Mesh], forms: Mapping[str, Form], px_per_mm: float | None = None
) -> Tone:
    """Draw the tone of one view from the meshes of one layer.

    `forms` by mesh id; `px_per_mm` of the result, else `scale_of`.
    """
    scale = px_per_mm or scale_of(plate)
    frame = plate.view.frame
    drawn = facing(plate, drawn, forms, scale)
    buffers = render(frame, scale * FINE, drawn, plate.clip)
    # Meshes of one structure are one thing: no line parts them.
    place = {key: k for k, key in enumerate(sorted({mesh.key for mesh in drawn}))}
    group = np.array([*(place[mesh.key] for mesh in drawn), -1], np.int32)
    thing = group[buffers.label]
    axes = np.array([frame.right, frame.up, frame.toward])
    face_start, faces, points, normals, along, tendon = _gather(plate, drawn, forms, scale * FINE, axes)
    gloss = np.array([0.10 if mesh.kind is StructureKind.MUSCLE else 0.05 for mesh in drawn], np.float32)
    fine = shading.light(
        buffers.label, buffers.triangle, face_start, faces, points, normals,
        shading.KEY_LIGHT / np.linalg.norm(shading.KEY_LIGHT),
        shading.FILL_LIGHT / np.linalg.norm(shading.FILL_LIGHT), gloss, plate.clip is not None,
    )  # fmt: skip
    ink = shading.borders(thing, buffers.depth, 0.5, 0.30, 0.50)
    fine *= 1 - np.clip(shading.blur(ink, 0.24 * scale * FINE / 2), 0, 0.6)
    covered = (buffers.label >= 0).astype(np.float32)
    share = reduce(covered)
    lit = np.where(share > 0, reduce(fine * covered) / np.maximum(share, 1e-3), 1).astype(np.float32)

    half = FINE // 2
    height, width = lit.shape
    label = np.ascontiguousarray(thing[half::FINE, half::FINE][:height, :width])
    depth = np.ascontiguousarray(buffers.depth[half::FINE, half::FINE][:height, :width])
    values = np.concatenate([along, tendon, normals], axis=1).astype(np.float32)
    felt = shading.interpolate(buffers.label, buffers.triangle, face_start, faces, points, values, FINE, 0.0)
    felt = felt[:height, :width]
    sky = shading.sky(depth, label, shading.slope_of_normals(felt[..., 4:7], scale), scale, SKY)
    kinds = np.zeros(len(place), bool)
    for mesh in drawn:
        kinds[place[mesh.key]] |= mesh.kind is not StructureKind.BONE
    fibrous = np.where(label >= 0, kinds[label], False)
    grain, coarse_grain = _grain(lit, felt, label, fibrous, scale)
    sinew = np.clip(felt[..., 3], 0, 1)
    texture = 1 + fibrous * (1 - 0.45 * sinew) * (0.075 * grain + 0.055 * coarse_grain)
    around = sky * shading.hollow(depth, label, scale)
    seams = np.array([key.structure in SEAMS for key in place])
    around = np.where((label >= 0) & seams[label], 1 - 0.3 * (1 - around), around)
    value = np.clip(lit, 0, 1.15) * around * texture
    image = shading.finish(value, share, label)
    mask = None
    if sinew.max(initial=0) > 0.3:
        ragged = np.clip((sinew - 0.5 + 0.16 * coarse_grain * (sinew > 0.02)) / 0.35 + 0.5, 0, 1) * (
            label >= 0
        )
        size = round(frame.width * TENDON_PX_PER_MM), round(frame.height * TENDON_PX_PER_MM)
        mask = np.rint(
            255 * cv2.resize(ragged.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        ).astype(np.uint8)
    return Tone(image, coarse_of(image), mask)


def coarse_of(image: Grey) -> Grey:
    """Return the image at an eighth of its size."""
    size = max(1, round(image.shape[1] / 8)), max(1, round(image.shape[0] / 8))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _gather(
    plate: Plate,
    drawn: Sequence[Mesh],
    forms: Mapping[str, Form],
    px_per_mm: float,
    axes: NDArray[np.float64],
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float32],
    NDArray[np.float32],
    NDArray[np.float32],
]:
    """Return all drawn meshes as one: first face of each, faces, pixel points, normals, fibres, tendon."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in drawn)])
    face_start = np.cumsum([0, *(len(mesh.faces) for mesh in drawn)])[:-1]
    faces = np.concatenate(
        [mesh.faces.astype(np.int64) + at for mesh, at in zip(drawn, starts, strict=False)]
    )
    points = np.concatenate([project(plate.view.frame, mesh.vertices, px_per_mm) for mesh in drawn])
    chosen = [forms[mesh.id] for mesh in drawn]
    normals = np.concatenate([form.normals for form in chosen]) @ axes.T
    along = np.concatenate([form.along for form in chosen]) @ axes.T
    tendon = np.concatenate([form.tendon for form in chosen])[:, None]
    return face_start, faces, points, normals.astype(np.float32), along.astype(np.float32), tendon


#: Radius in mm, strength and number of samples: contact shadows, grooves, large forms.
SKY = ((1.6, 0.55, 12), (6.0, 0.75, 20), (22.0, 0.6, 24))


def _grain(
    lit: NDArray[np.float32],
    felt: NDArray[np.float32],
    label: NDArray[np.int32],
    fibrous: NDArray[np.bool_],
    scale: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return fine and coarse streaks along the fibres, each of mean 0 and spread about 1."""
    prior = np.stack([felt[..., 0], -felt[..., 1]], axis=-1) * fibrous[..., None]
    cosine, sine = shading.fibre_direction(lit, prior.astype(np.float32), label, 2.2 * scale)
    noise = np.random.default_rng(1).standard_normal(label.shape, np.float32)
    fine = shading.streak(noise, label, cosine, sine, min(18, int(4.5 * scale)))
    # Broad streaks need no more than half the resolution.
    half = [np.ascontiguousarray(image[::2, ::2]) for image in (label, cosine, sine)]
    wide = shading.blur(np.random.default_rng(4).standard_normal(half[0].shape, np.float32), 0.14 * scale)
    wide /= wide.std()
    coarse = shading.streak(wide, half[0], half[1], half[2], int(4.5 * scale)) * 0.5
    coarse = cv2.resize(coarse, label.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(fine, -2.5, 2.5), np.clip(coarse, -2.5, 2.5)


#: What a tone depends on beside its view.
_CODE = (
    "tones", "shading", "fibres", "prepare", "rotators", "figures", "skin_art", "skin_strokes", "draw",
    "raster", "meshes",
)  # fmt: skip


def build(
    sources: Sources,
    out: Path,
    cache: Path,
    only: str | None = None,
    workers: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the tone images of every view and layer under `out`, ``<figure>/<view>/<layer>.jpg``.

    `only` is a view's id or name. What was drawn before is taken from `cache` while its inputs are the
    same. Raises MyomapError where `Sources` cannot be read.
    """
    wanted = [p for p in sources.plates if only is None or only in (p.view.id, p.view.name)]
    code = _code_digest(sources)
    kept_in = {plate.view.id: cache / plate.view.id / _key(plate, sources, code) for plate in wanted}
    missing = [(p, kept_in[p.view.id]) for p in wanted if not (kept_in[p.view.id] / "done").is_file()]
    if missing:
        painter = Painter(sources, {plate.view.figure for plate, _ in missing})
        missing.sort(
            key=lambda pair: -pair[0].view.frame.width * pair[0].view.frame.height * scale_of(pair[0]) ** 2
        )
        if workers > 1 and len(missing) > 1:
            # Forked, so that every worker has the meshes; each view is a task of its own.
            context = multiprocessing.get_context("fork")
            _SHARED[0] = painter
            with context.Pool(workers) as pool:
                for name in pool.imap_unordered(_paint_one, missing):
                    say(f"shaded {name}")
            _SHARED[0] = None
        else:
            for plate, kept in missing:
                painter.paint(plate, kept)
                say(f"shaded {plate.view.id}")
    for plate in wanted:
        kept = kept_in[plate.view.id]
        folder = out / plate.view.figure / plate.view.name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.jpg"):
            old.unlink()
        for path in sorted(kept.glob("*.jpg")):
            shutil.copyfile(path, folder / path.name)


#: The painter of this build; forked workers find it here.
_SHARED: list["Painter | None"] = [None]


def _paint_one(task: tuple[Plate, Path]) -> str:
    painter = _SHARED[0]
    assert painter is not None
    painter.paint(*task)
    return task[0].view.id


def _key(plate: Plate, sources: Sources, code: str) -> str:
    """Return the name under which a view's images are kept: a hash of all that they depend on."""
    body: dict[str, object] = asdict(plate)
    body["px_per_mm"], body["simplify_mm"] = scale_of(plate), QUALITY  # the outlines' own do not matter
    body["drawn"] = {
        structure: [str(layer), *(s for s in Laterality if plate.shows_structure(structure, s))]
        for structure, layer in sorted(sources.layers.items())
    }
    text = json.dumps(body, sort_keys=True, default=sorted)
    return hashlib.sha256(f"{code} {text}".encode()).hexdigest()[:24]


def _code_digest(sources: Sources) -> str:
    """Return a hash of everything that any tone depends on."""
    here = Path(__file__).parent
    state = hashlib.sha256()
    files = [here / f"{name}.py" for name in _CODE]
    files.append(sources.tables / "structures.csv")
    files += sorted(path for path in sources.anatomy.iterdir() if path.suffix in (".npz", ".npy", ".csv"))
    for path in files:
        state.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()


class Painter:
    """Draws the tones of any view; holds the forms of all meshes of the figures it was made for."""

    def __init__(self, sources: Sources, figures: Collection[Figure]) -> None:
        self._sources = sources
        fibres = all_fibres(sources.meshes(Figure.MALE))
        self._forms = {
            figure: {mesh.id: form_of(mesh, fibres[mesh.id]) for mesh in sources.meshes(figure)}
            for figure in sorted(figures)
        }
        sources.prime()
        marks = marks_of(sources)
        self._skins = {figure: SkinArt(sources, figure, marks) for figure in sorted(figures)}

    def draw(self, plate: Plate, layer: Layer) -> Tone:
        """Return the tone of a view and layer."""
        if layer is Layer.SKIN:
            drawn = meshes_in(plate, Layer.SUPERFICIAL, self._sources)
            beneath = tone(plate, drawn, self._forms[plate.view.figure], 1.1).grey / np.float32(255)
            grey = self._skins[plate.view.figure].draw(plate, scale_of(plate), beneath)
            return Tone(grey, coarse_of(grey), None)
        return tone(plate, meshes_in(plate, layer, self._sources), self._forms[plate.view.figure])

    def paint(self, plate: Plate, folder: Path) -> None:
        """Write the images of every layer of a view; older ones of the view are dropped."""
        if folder.parent.is_dir():
            shutil.rmtree(folder.parent)
        folder.mkdir(parents=True)
        for layer in plate.view.layers:
            made = self.draw(plate, layer)
            write_jpeg(folder / f"{layer}.jpg", made.grey, QUALITY)
            write_jpeg(folder / f"{layer}.coarse.jpg", made.coarse, 60)
            if made.tendon is not None:
                write_jpeg(folder / f"{layer}.tendon.jpg", made.tendon, 55)
        (folder / "done").write_text("")


def write_jpeg(path: Path, image: Grey, quality: int) -> None:
    """Write a grey JPEG."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    _, body = cv2.imencode(".jpg", image, options)
    path.write_bytes(body.tobytes())
