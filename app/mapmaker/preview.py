"""Pictures of authored patterns for those who write them: `python -m mapmaker.preview --file …`.

Reads one or more pattern files (whatever else in data/ may be unfinished), draws each trigger point's
zones on the shaded skin, and writes a PNG a pattern and a contact sheet a file.
"""

import argparse
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker import meshes as mesh_files
from mapmaker.data_faults import DataError, Fault, FaultLog
from mapmaker.landmarks import read_added
from mapmaker.pattern_reader import PATTERN_KEYS, SkinReader, Vocabulary
from mapmaker.places import Flesh, PlaceError, place_in_mesh, place_near
from mapmaker.prepare import prepare
from mapmaker.raster import project, render
from mapmaker.skin import Floats
from mapmaker.skin_stage import SkinStage, load_stage
from mapmaker.strokes import InMesh, NearPoint, PatternSource
from mapmaker.yaml_lines import Entry, read_yaml
from mapmaker.zones import PointError, ZoneMaker
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.views import Figure, Frame
from myomap.errors import MyomapError
from myomap.surface.outlines import Zone

Image = NDArray[np.uint8]

_ROOT = Path(__file__).resolve().parents[2]
_TILE = 460
#: Below this a picture from below or above shows the feet alone.
_FOOT_MM = 130.0
_DIRECTIONS = {
    "anterior": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "posterior": ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "right": ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
    "left": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "from below": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "from above": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
}


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the preview reads of a trigger point."""

    source: PatternSource
    caption: str
    essential_words: str
    spillover_words: str
    sided: bool


@dataclass(frozen=True, slots=True, eq=False)
class _SkinPicture:
    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]


def read_sketches(path: Path, data_dir: Path, reader: SkinReader, log: FaultLog) -> list[Sketch]:
    """Read the strokes of a pattern file; faults go to the log."""
    file = (
        path.resolve().relative_to(data_dir.resolve()).as_posix() if data_dir in path.parents else path.name
    )
    top = read_yaml(path, file, log, ("*",))
    sketches = []
    for name in ("trigger_points", "patterns"):
        for entry in top.entries(name, (*PATTERN_KEYS, "*")) if top and name in top else ():
            sketches.append(_sketch(entry, reader))
    return sketches


def _sketch(entry: Entry, reader: SkinReader) -> Sketch:
    key, structure = entry.text("id"), entry.text("structure", "")
    place: InMesh | NearPoint = InMesh(0.5, 0.5, 0.5)
    inside = (
        entry.values["place"].entry("place", ("along", "across", "depth", "near"))
        if "place" in entry
        else None
    )
    if inside is not None and "near" in inside:
        place = NearPoint(reader.point(inside.values["near"], "near"), inside.number_of("depth", 0, 1, 0.0))
    elif inside is not None:
        place = InMesh(*(inside.number_of(k, 0, 1, 0.5) for k in ("along", "across", "depth")))
    source = PatternSource(
        key,
        structure,
        place,
        reader.strokes(entry, "essential"),
        reader.strokes(entry, "spillover"),
        entry.file,
        entry.spot.line,
    )
    return Sketch(
        source,
        f"{key}  {entry.text('title', '')}",
        entry.text("essential_words", ""),
        entry.text("spillover_words", ""),
        entry.truth_of("sided", True),
    )


class Sheet:
    """Draws patterns on the skin; what does not depend on the pattern is kept between them."""

    def __init__(self, stage: SkinStage, maker: ZoneMaker, anatomy: Path, data_dir: Path) -> None:
        """Prepare the skin for drawing; meshes are read when the first point needs them."""
        self._stage, self._maker = stage, maker
        self._anatomy, self._data_dir = anatomy, data_dir
        self._meshes: mesh_files.MeshSet | None = None
        points = stage.fine.xyz[Figure.MALE].astype(np.float32)
        self._skin = _SkinPicture(points, stage.fine.faces)
        self._centres = stage.cells.xyz[Figure.MALE]
        self._tree = cKDTree(stage.fine.xyz[Figure.MALE])
        flat = points[stage.fine.faces]
        normal = np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0])
        self._normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        smooth = stage.fine.normals[stage.fine.faces].mean(axis=1).astype(np.float32)
        self._smooth = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
        self._centre_of_face = flat.mean(axis=1)
        self._region_name = [row.name for row in stage.table]

    def point(self, source: PatternSource) -> tuple[Floats | None, str]:
        """Return where the trigger point lies on the right, or why it cannot be found."""
        if self._meshes is None:
            raw = mesh_files.load_meshes(self._anatomy, self._data_dir / "structures.csv")
            self._meshes = prepare(raw)  # as the atlas is compiled
        key = StructureKey(source.structure, Laterality.RIGHT)
        found = self._meshes.by_key.get(key) or self._meshes.by_key.get(
            StructureKey(source.structure, Laterality.MIDLINE), ()
        )
        try:
            if isinstance(source.place, NearPoint):
                skin_point = self._stage.fine.xyz[Figure.MALE][self._maker.vertex(source.place.near)]
                if not found:
                    return skin_point, "no mesh: drawn on the skin"
                flesh = Flesh.of([(m.vertices, m.faces) for m in found], mirrored=False)
                return place_near(flesh, skin_point, source.place.depth), ""
            if not found:
                return None, f"no mesh for “{source.structure}”"
            flesh = Flesh.of([(m.vertices, m.faces) for m in found], mirrored=False)
            return place_in_mesh(flesh, self._tree, source.place), ""
        except (PlaceError, PointError) as error:
            return None, str(error)

    def picture(self, sketch: Sketch, zone: Zone) -> Image:
        """Draw one pattern: every direction from which some of it is seen, words below."""
        point, trouble = self.point(sketch.source)
        paint = np.zeros((len(self._stage.cells), 2), np.float32)
        paint[zone.essential.ids, 0] = zone.essential.weights
        paint[zone.spillover.ids, 1] = zone.spillover.weights
        ids = np.concatenate([zone.essential.ids, zone.spillover.ids])
        tiles = []
        around = self._centres[ids] if len(ids) else np.zeros((0, 3))
        if point is not None:
            around = np.concatenate([around, point[None]])
        if len(around):
            drawn = [self._tile(name, around, paint, point) for name in self._seen_from(ids, zone)]
            most = max(seen for _, seen in drawn)
            tiles = [picture for picture, seen in drawn if seen >= 0.04 * most]
        row = np.concatenate(tiles, axis=1) if tiles else np.full((_TILE, _TILE, 3), 255, np.uint8)
        areas = self._stage.cells.area_mm2
        sizes = [float(areas[c.ids] @ c.weights) / 100 for c in (zone.essential, zone.spillover)]
        lines = [
            sketch.caption,
            *self._wrapped(f"ESSENTIAL {sizes[0]:.0f} cm2: {sketch.essential_words}", row),
        ]
        if sketch.spillover_words or len(zone.spillover):
            lines += self._wrapped(f"SPILLOVER {sizes[1]:.0f} cm2: {sketch.spillover_words}", row)
        lines += self._wrapped(f"touches: {self._touched(zone)}", row)
        if trouble:
            lines.append(f"POINT: {trouble}")
        return np.concatenate([row, _words(lines, row.shape[1])])

    @staticmethod
    def _wrapped(text: str, row: Image) -> list[str]:
        return textwrap.wrap(text, max(30, row.shape[1] // 8))

    def _touched(self, zone: Zone) -> str:
        areas = self._stage.cells.area_mm2
        parts = []
        for cells in (zone.essential, zone.spillover):
            share = np.bincount(
                self._stage.region[cells.ids],
                areas[cells.ids] * cells.weights,
                minlength=len(self._region_name),
            )
            total = max(float(share.sum()), 1e-9)
            order = [k for k in np.argsort(-share) if share[k] > 0.01 * total]
            parts.append(", ".join(f"{self._stage.table[int(k)].id} {share[k] / total:.0%}" for k in order))
        return " | ".join(part or "nothing" for part in parts)

    def _seen_from(self, ids: NDArray[np.int32], zone: Zone) -> list[str]:
        """Directions that show at least a tenth of the zone face on, the best first, at most five."""
        normal = self._stage.fine.normals[self._stage.cells.vertex[ids]]
        area = self._stage.cells.area_mm2[ids]
        low = len(ids) > 0 and float(self._centres[ids, 1].max()) < 130
        chosen = []
        for name, (_, _, toward) in _DIRECTIONS.items():
            if name == "from above" and not low:
                continue
            facing = normal @ np.array(toward) > 0.35
            share = float(facing @ area / max(area.sum(), 1e-9))
            if name == "from below" and not low:
                # The sole or the perineum, where much of the essential zone lies there.
                first = np.arange(len(ids)) < len(zone.essential)
                below = float((facing & first) @ area / max(float(area[first].sum()), 1e-9))
                if max(share, below) < 0.3:
                    continue
                share = max(share, below)
            if share > 0.08 or not len(ids):
                chosen.append((share, name))
        chosen.sort(reverse=True)
        kept = {name for _, name in chosen[:4]} or {"anterior"}
        return [name for name in _DIRECTIONS if name in kept]

    def _tile(
        self, name: str, around: Floats, paint: NDArray[np.float32], point: Floats | None
    ) -> tuple[Image, float]:
        """Return the picture and how many square millimetres of paint are seen in it."""
        right, up, toward = (np.array(axis, float) for axis in _DIRECTIONS[name])
        feet = name in ("from below", "from above") and bool((around[:, 1] < _FOOT_MM).any())
        if feet:
            around = around[around[:, 1] < _FOOT_MM]
        across, high = around @ right, around @ up
        size = max(float(np.ptp(across)), float(np.ptp(high))) + 70.0
        size = max(size, 120.0)
        middle = ((across.min() + across.max()) / 2, (high.min() + high.max()) / 2)
        frame = Frame(
            tuple(right), tuple(up), tuple(toward),
            middle[0] - size / 2, middle[1] + size / 2, size, size,
        )  # fmt: skip
        scale = _TILE / size
        # Only what faces the viewer and lies in the picture; an arm before the trunk is left out.
        u = self._centre_of_face @ right.astype(np.float32)
        v = self._centre_of_face @ up.astype(np.float32)
        inside = (np.abs(u - middle[0]) < size / 2 + 4) & (np.abs(v - middle[1]) < size / 2 + 4)
        inside &= self._normal @ toward.astype(np.float32) > -0.1
        inside &= self._not_in_the_way(name, paint)
        if feet:
            inside &= self._centre_of_face[:, 1] < _FOOT_MM
        kept = np.flatnonzero(inside)
        shown = _SkinPicture(self._skin.vertices, np.ascontiguousarray(self._skin.faces[kept]))
        buffers = render(frame, scale, [shown])  # type: ignore[list-item]
        side = buffers.triangle.shape[0]
        image = np.full((side, side, 3), 255, np.float32)
        drawn = buffers.triangle >= 0
        face = kept[buffers.triangle[drawn]]
        light = toward + 0.35 * up - 0.25 * right
        light = light / np.linalg.norm(light)
        shade = 0.35 + 0.65 * np.clip(self._smooth[face] @ light, 0, 1)
        cell = self._stage.cells.of_face[face]
        colour = np.array([203, 218, 232], np.float32) * shade[:, None]
        rows, columns = np.nonzero(drawn)
        dots = ((rows // 3 + columns // 3) % 2 == 0).astype(np.float32)
        red = paint[cell, 0][:, None]
        speckle = (paint[cell, 1] * (0.25 + 0.6 * dots))[:, None]
        colour = colour * (1 - 0.85 * red) + np.array([40, 30, 215], np.float32) * shade[:, None] * 0.85 * red
        colour = colour * (1 - speckle) + np.array([40, 90, 240], np.float32) * shade[:, None] * speckle
        image[drawn] = colour
        picture = np.ascontiguousarray(np.clip(image, 0, 255).astype(np.uint8))
        if picture.shape[0] != _TILE:
            picture = np.asarray(cv2.resize(picture, (_TILE, _TILE)), np.uint8)
        if point is not None:
            x, y, _ = project(frame, point[None].astype(np.float32), scale)[0]
            at = (int(x), int(y))
            cv2.drawMarker(picture, at, (255, 255, 255), cv2.MARKER_TILTED_CROSS, 17, 4, cv2.LINE_AA)
            cv2.drawMarker(picture, at, (0, 0, 0), cv2.MARKER_TILTED_CROSS, 15, 2, cv2.LINE_AA)
        edge = {
            "anterior": ("R", "L"),
            "posterior": ("L", "R"),
            "from below": ("R", "L"),
            "from above": ("R", "L"),
        }
        words = edge.get(name, ("back", "front") if name == "right" else ("front", "back"))
        label = f"{words[0]} < {name} > {words[1]}"
        cv2.putText(picture, label, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.48, (90, 40, 0), 1, cv2.LINE_AA)
        cv2.rectangle(picture, (0, 0), (_TILE - 1, _TILE - 1), (210, 210, 210), 1)
        seen = float((paint[cell].max(axis=1) > 0.3).sum()) / scale**2
        return picture, seen

    def _not_in_the_way(self, name: str, paint: NDArray[np.float32]) -> NDArray[np.bool_]:
        """In side views hide the arm where the zone is on the trunk, and the far limbs' other side."""
        shown = np.ones(len(self._stage.fine.faces), bool)
        if name not in ("left", "right"):
            return shown
        half = len(self._stage.cells) // 2
        if name == "left" and not paint[half:].any():
            # The inner side of the right leg, without the left leg before it.
            shown = self._stage.cells.of_face < half
        limb = {"anterior_arm", "posterior_arm", "anterior_elbow", "posterior_elbow", "anterior_forearm"}
        limb |= {"posterior_forearm", "anterior_wrist", "posterior_wrist", "palm", "dorsum_hand"}
        body_part = [row.name in limb or bool({"thumb"} & set(row.part_of)) or "finger" in row.name
                     for row in self._stage.table]  # fmt: skip
        arm = np.array(body_part)[self._stage.region]
        weight = paint.max(axis=1) * self._stage.cells.area_mm2
        if float(weight[arm].sum()) > 0.25 * float(weight.sum()):
            # Of the arms only the one that is drawn on; the trunk stays behind it.
            return shown
        return np.asarray(shown & ~arm[self._stage.cells.of_face])


def _words(lines: Sequence[str], width: int) -> Image:
    image = np.full((20 * len(lines) + 12, width, 3), 255, np.uint8)
    for k, line in enumerate(lines):
        plain = line.encode("ascii", "replace").decode()
        cv2.putText(image, plain, (8, 20 * k + 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return image


def _stacked(pictures: Sequence[Image]) -> Image:
    width = max(p.shape[1] for p in pictures)
    padded = [
        np.concatenate([p, np.full((p.shape[0], width - p.shape[1], 3), 255, np.uint8)], axis=1)
        for p in pictures
    ]
    return np.concatenate(padded)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pictures; return 1 if anything in the files is wrong (the rest is drawn)."""
    parser = argparse.ArgumentParser(prog="mapmaker.preview", description=__doc__)
    parser.add_argument("--file", type=Path, action="append", default=[], help="a pattern file; may repeat")
    parser.add_argument("--pattern", action="append", default=[], help="only this trigger point; may repeat")
    parser.add_argument("--out", type=Path, required=True, help="folder for the PNGs")
    parser.add_argument("--rows", type=int, default=5, help="patterns a contact sheet")
    parser.add_argument("--data", type=Path, default=_ROOT / "data")
    parser.add_argument("--anatomy", type=Path, default=_ROOT.parent / "shared" / "anatomy")
    parser.add_argument("--build", type=Path, default=_ROOT / "build")
    given = parser.parse_args(argv)
    try:
        return _draw(given)
    except MyomapError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2


def _draw(given: argparse.Namespace) -> int:
    data_dir = given.data.resolve()
    stage = load_stage(given.anatomy, data_dir, given.build)
    log = FaultLog()
    added, known = read_added(data_dir, stage.landmark, log)
    reader = SkinReader(_vocabulary(known, stage), log)
    files = [path.resolve() for path in given.file] or sorted((data_dir / "patterns").glob("*.yaml"))
    maker = ZoneMaker(stage, added)
    sheet = Sheet(stage, maker, given.anatomy, data_dir)
    given.out.mkdir(parents=True, exist_ok=True)
    faults: list[Fault] = []
    for path in files:
        pictures: list[Image] = []
        sketches = read_sketches(path, data_dir, reader, log)
        for sketch in sketches:
            if given.pattern and sketch.source.trigger_point not in given.pattern:
                continue
            try:
                zone = maker.pattern(sketch.source, sided=sketch.sided)
            except DataError as error:
                faults += error.faults
                continue
            picture = sheet.picture(sketch, zone)
            cv2.imwrite(str(given.out / f"{sketch.source.trigger_point}.png"), picture)
            pictures.append(picture)
        for start in range(0, len(pictures), given.rows):
            page = start // given.rows + 1
            target = given.out / f"sheet-{path.stem}-{page:02d}.png"
            cv2.imwrite(str(target), _stacked(pictures[start : start + given.rows]))
            print(target)  # noqa: T201
    for fault in sorted({*log.faults, *faults}):
        print(fault, file=sys.stderr)  # noqa: T201
    return 1 if log.faults or faults else 0


def _vocabulary(landmarks: Mapping[str, bool], stage: SkinStage) -> Vocabulary:
    regions = {
        name: any(row.side is not Laterality.MIDLINE for row in rows)
        for name, rows in stage.table.names.items()
    }
    return Vocabulary(landmarks=landmarks, regions=regions, structures={}, drawn=(), muscles=())


if __name__ == "__main__":
    raise SystemExit(main())
