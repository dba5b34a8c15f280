"""Contact sheets: every view and layer as a picture, from the packs and tone images of a build."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import shapely
import yaml
from numpy.typing import NDArray

from mapmaker.plates import Pack, read_pack
from mapmaker.views import Plate, load_plates
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.errors import MyomapError
from myomap.palette import fill_token

Image = NDArray[Any]
_TALL_PX = 1400
_SMALL_PX = 420
_FINE = 2
_SHIFT = 4


def write(out: Path, root: Path, only: str | None, say: Callable[[str], None]) -> None:
    """Write one PNG a view with all its layers, and one small sheet a figure, into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    tables = _Tables(root / "data")
    small: dict[str, list[Image]] = {}
    for plate in load_plates(root / "data" / "views.yaml"):
        if only is not None and only not in (plate.view.id, plate.view.name):
            continue
        path = root / "build" / "packs" / f"{plate.view.id}.npz"
        if not path.is_file():
            raise MyomapError(f"There is no pack {path}.", todo="Run “make maps” first.")
        pack = read_pack(path)
        tones = root / "assets" / "bodymaps" / plate.view.figure / plate.view.name
        scale = min(_TALL_PX / plate.view.frame.height, 6.0)
        row = [picture(plate, layer, pack, tables, tones, scale) for layer in plate.view.layers]
        sheet = _beside(row)
        cv2.imwrite(str(out / f"{plate.view.id}.png"), sheet)
        factor = _SMALL_PX / sheet.shape[0]
        small.setdefault(plate.view.figure, []).append(
            cv2.resize(sheet, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        )
        say(f"sheet {plate.view.id}")
    for figure, rows in small.items():
        cv2.imwrite(str(out / f"{figure}.png"), _wrapped(rows, 4200))


class _Tables:
    def __init__(self, folder: Path) -> None:
        self.kinds: dict[str, StructureKind] = {}
        for name in ("structures.csv", "variants.csv"):
            with (folder / name).open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    self.kinds[row["id"]] = StructureKind(row["kind"])
        palette = yaml.safe_load((folder / "palette.yaml").read_text("utf-8"))
        self.colours: Mapping[str, str] = palette["sets"]["light"]

    def fill(self, key: StructureKey, layer: Layer) -> tuple[int, int, int]:
        kind = StructureKind.SKIN if layer == Layer.SKIN else self.kinds[key.structure]
        return self.colour(fill_token(key.structure, kind))

    def colour(self, token: str) -> tuple[int, int, int]:
        """Return blue, green, red."""
        text = self.colours[token]
        return int(text[5:7], 16), int(text[3:5], 16), int(text[1:3], 16)


def picture(plate: Plate, layer: Layer, pack: Pack, tables: _Tables, tones: Path, scale: float) -> Image:
    """Draw one layer at ``scale`` pixels a millimetre: fills, tendons, tone, outlines, letters."""
    frame = plate.view.frame
    fine = scale * _FINE
    size = (round(frame.height * fine), round(frame.width * fine), 3)
    flat = np.empty(size, np.uint8)
    flat[:] = tables.colour("paper")
    keys, shapes = pack[str(layer)]
    rings = [
        [
            _points(ring.coords, fine)
            for part in shapely.get_parts(shape)
            for ring in (part.exterior, *part.interiors)
        ]
        for shape in shapes
    ]
    for key, lines in zip(keys, rings, strict=True):
        cv2.fillPoly(flat, lines, tables.fill(key, layer), cv2.LINE_AA, _SHIFT)
    drawn = _toned(flat, tones, layer, tables)
    for lines in rings:
        cv2.polylines(drawn, lines, True, tables.colour("outline"), 1, cv2.LINE_AA, _SHIFT)
    drawn = cv2.resize(drawn, None, fx=1 / _FINE, fy=1 / _FINE, interpolation=cv2.INTER_AREA)
    _letters(drawn, plate, tables)
    cv2.putText(
        drawn, f"{plate.view.id} {layer}", (4, drawn.shape[0] - 6), 0, 0.4, (90, 90, 90), 1, cv2.LINE_AA
    )
    return drawn


def _points(coordinates: Any, fine: float) -> NDArray[np.int32]:
    return np.rint(np.asarray(coordinates) * fine * (1 << _SHIFT)).astype(np.int32)


def _toned(flat: Image, tones: Path, layer: Layer, tables: _Tables) -> Image:
    size = (flat.shape[1], flat.shape[0])
    mask = cv2.imread(str(tones / f"{layer}.tendon.jpg"), cv2.IMREAD_GRAYSCALE)
    out: Image = flat.astype(np.float32)
    if mask is not None:
        share = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
        out = out * (1 - share) + np.array(tables.colour("tendon"), np.float32) * share
    tone = cv2.imread(str(tones / f"{layer}.jpg"), cv2.IMREAD_GRAYSCALE)
    if tone is not None:
        out *= cv2.resize(tone, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
    return out.astype(np.uint8)


def _letters(drawn: Image, plate: Plate, tables: _Tables) -> None:
    letter = {Laterality.LEFT: "L", Laterality.RIGHT: "R"}
    view = plate.view
    if view.viewer_left is not None:
        pair = (letter[view.viewer_left], letter[view.viewer_left.mirrored()])
    else:
        pair = (letter.get(view.shows, ""), "")
    for text, x in zip(pair, (8, drawn.shape[1] - 30), strict=True):
        cv2.putText(drawn, text, (x, 30), 0, 0.9, tables.colour("side_letter"), 2, cv2.LINE_AA)


def _beside(images: list[Image], gap: int = 8) -> Image:
    high = max(image.shape[0] for image in images)
    padded = [
        cv2.copyMakeBorder(i, 0, high - i.shape[0], 0, gap, cv2.BORDER_CONSTANT, value=(225, 225, 225))
        for i in images
    ]
    return np.hstack(padded)


def _wrapped(images: list[Image], wide: int) -> Image:
    rows: list[list[Image]] = [[]]
    for image in images:
        if rows[-1] and sum(i.shape[1] for i in rows[-1]) + image.shape[1] > wide:
            rows.append([])
        rows[-1].append(image)
    lines = [_beside(row) for row in rows]
    most = max(line.shape[1] for line in lines)
    value = (225, 225, 225)
    return np.vstack(
        [cv2.copyMakeBorder(i, 0, 8, 0, most - i.shape[1], cv2.BORDER_CONSTANT, value=value) for i in lines]
    )
