"""Plates: the shapes of every view and layer, as SVG and as packs for the compiled atlas.

A pack is `build/packs/<view id>.npz`: for each layer and for `silhouette` the keys and the packed
shapes. What was drawn is kept by a hash of everything it depends on, so a second build is fast.
"""

import csv
import io
import multiprocessing
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mapmaker.coverage import Drawing
from mapmaker.draw import draw_plate, meshes_in, mirrored_shapes, silhouettes
from mapmaker.sources import Sources
from mapmaker.svg import style_sheet, write_svg
from mapmaker.views import Plate
from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError
from myomap.store.atlas_schema import pack_shapes, unpack_shapes

__all__ = ["SILHOUETTE", "Pack", "Sources", "build", "meshes_in", "read_pack", "read_packs"]

SILHOUETTE = "silhouette"
Pack = dict[str, tuple[list[StructureKey], list[BaseGeometry]]]


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
    sources.meshes(Figure.MALE)  # first, so that a damaged folder is told at once
    kept = {plate.view.id: cache / plate.view.id / sources.digest(plate) for plate in wanted}
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
    style = style_sheet(sources.tables / "palette.yaml")
    names = spoken_names(sources)
    packs.mkdir(parents=True, exist_ok=True)
    for plate in wanted:
        drawn = read_drawings(kept[plate.view.id] / "drawing.npz")
        folder = assets / plate.view.figure / plate.view.name
        folder.mkdir(parents=True, exist_ok=True)
        for layer in plate.view.layers:
            skin = layer is Layer.SKIN
            kinds = dict.fromkeys(sources.region_names, StructureKind.SKIN) if skin else sources.kinds
            text = write_svg(
                plate.view,
                layer,
                drawn[layer],
                kinds,
                sources.region_names if skin else names,
                style,
            )
            (folder / f"{layer}.svg").write_text(text, "utf-8")
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


def _make(plate: Plate, sources: Sources, folder: Path) -> None:
    """Draw one view into a folder: a mirrored view is the flipped drawing of the other."""
    if plate.mirror_of is not None:
        source = next(p for p in sources.plates if p.view.id == plate.mirror_of)
        drawn = {layer: d.mirrored() for layer, d in draw_plate(source, sources).items()}
        hidden = mirrored_shapes(*silhouettes(source, sources), plate.view.frame.width)
    else:
        drawn = draw_plate(plate, sources)
        hidden = silhouettes(plate, sources)
    write_drawings(folder / "drawing.npz", drawn)
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
    rows = [(str(layer), d.keys, d.shapes) for layer, d in drawn.items()]
    rows.append((SILHOUETTE, tuple(hidden[0]), tuple(hidden[1])))
    for name, keys, shapes in rows:
        arrays[f"keys.{name}"] = np.array(" ".join(map(str, keys)))
        arrays[f"pack.{name}"] = np.frombuffer(pack_shapes(list(shapes)), np.uint8)
    _save(path, arrays)


def write_drawings(path: Path, drawn: Mapping[Layer, Drawing]) -> None:
    """Keep the drawings of a view, so that SVGs are written anew without drawing again."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for layer, drawing in drawn.items():
        words, arcs, starts = drawing.parts()
        arrays[f"words.{layer}"] = np.frombuffer(words.encode(), np.uint8)
        arrays[f"arcs.{layer}"] = arcs.astype(np.int32)
        arrays[f"starts.{layer}"] = starts
    _save(path, arrays)


def read_drawings(path: Path) -> dict[Layer, Drawing]:
    """Return the drawings that `write_drawings` kept."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {
                Layer(name.removeprefix("words.")): Drawing.of_parts(
                    archive[name].tobytes().decode(),
                    archive[name.replace("words.", "arcs.")],
                    archive[name.replace("words.", "starts.")],
                )
                for name in archive.files
                if name.startswith("words.")
            }
    except (OSError, ValueError, KeyError) as error:
        raise MyomapError(
            f"The kept drawing {path} is damaged ({error}).", todo="Delete build/ and make maps again."
        ) from error


def _save(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
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
