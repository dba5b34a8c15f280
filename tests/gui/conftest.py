"""A small made-up atlas (a paper doll) so that the window's tests run fast and without the real one."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from PIL import Image
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union
from tests.gui.leftovers import no_widgets_left

from myomap.anatomy.knowledge import (
    EvidenceCard,
    Exercise,
    ExerciseKind,
    InReach,
    Lesson,
    RiskClass,
    Safety,
)
from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.regions import Region
from myomap.anatomy.sources import Citation, Confidence, Fact, Source, State
from myomap.anatomy.structures import Layer, Muscle, Structure, StructureKind
from myomap.anatomy.trigger_points import HowToFind, Palpation, TriggerPoint
from myomap.anatomy.views import Direction, Figure, Frame, View
from myomap.store.atlas_file import AtlasFile
from myomap.store.atlas_schema import APPLICATION_ID, FORMAT, TABLES, pack_array, pack_shapes

BOOK = Citation("made-up-book", page="1")
CELL = 6.0
LAYERS = (Layer.SKIN, Layer.SUPERFICIAL, Layer.INTERMEDIATE, Layer.DEEP, Layer.SKELETON)


def _fact(text: str, state: State = State.RECALLED) -> Fact:
    return Fact(text, BOOK, state)


def _oval(x: float, y: float, rx: float, ry: float) -> Polygon:
    return shapely.affinity.scale(Point(x, y).buffer(1, 24), rx, ry)


def _mirror(shape: BaseGeometry) -> BaseGeometry:
    return shapely.affinity.scale(shape, -1, 1, origin=(0, 0))


def body() -> BaseGeometry:
    """Return the doll's outline in body mm (x = patient's left, y = up)."""
    side = unary_union(
        [
            _oval(-190, 1150, 45, 330).intersection(box(-400, 800, 0, 1480)),
            _oval(-205, 760, 38, 70),
            _oval(-95, 480, 75, 480),
            _oval(-110, 25, 60, 25),
        ]
    )
    trunk = unary_union([_oval(0, 1240, 170, 230), _oval(0, 950, 155, 150), box(-45, 1400, 45, 1560)])
    return unary_union([_oval(0, 1630, 78, 110), trunk, side, _mirror(side)])


#: What lies on the right, in body mm; x < 0. Front and back of the doll have their own muscles.
FRONT = {
    "sternocleidomastoid": box(-44, 1440, -6, 1550),
    "pectoralis-major": box(-150, 1250, -6, 1390),
    "rectus-femoris": box(-150, 520, -50, 800),
    "temporalis": _oval(-58, 1660, 18, 40),
}
BACK = {
    "trapezius-descending": Polygon([(-6, 1560), (-6, 1390), (-160, 1390), (-60, 1480)]),
    "trapezius-transverse": Polygon([(-6, 1388), (-6, 1250), (-130, 1388)]),
    "infraspinatus": box(-150, 1150, -70, 1240),
    "gluteus-maximus": box(-150, 820, -6, 990),
    "gastrocnemius-lateral-head": box(-160, 250, -96, 420),
    "gastrocnemius-medial-head": box(-94, 250, -40, 420),
}
DEEP = {"levator-scapulae": box(-70, 1380, -12, 1500), "gluteus-minimus": box(-130, 900, -50, 970)}
BONE = {"femur": box(-120, 500, -80, 900)}

MUSCLES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "trapezius": ("trapezius", "musculus trapezius", "neck", ("upper trap", "neck knot")),
    "sternocleidomastoid": ("sternocleidomastoid", "musculus sternocleidomastoideus", "neck", ("SCM",)),
    "pectoralis-major": ("pectoralis major", "musculus pectoralis major", "chest", ("pec",)),
    "rectus-femoris": ("rectus femoris", "musculus rectus femoris", "thigh", ("quadriceps",)),
    "temporalis": ("temporalis", "musculus temporalis", "head", ()),
    "infraspinatus": ("infraspinatus", "musculus infraspinatus", "shoulder", ()),
    "gluteus-maximus": ("gluteus maximus", "musculus gluteus maximus", "hip", ()),
    "gluteus-minimus": ("gluteus minimus", "musculus gluteus minimus", "hip", ("pseudo-sciatica",)),
    "gastrocnemius": ("gastrocnemius", "musculus gastrocnemius", "leg", ("calf",)),
    "levator-scapulae": ("levator scapulae", "musculus levator scapulae", "neck", ("stiff neck",)),
}


def _muscle_of(structure: str) -> str:
    for name in sorted(MUSCLES, key=len, reverse=True):
        if structure.startswith(name):
            return name
    return structure


class Doll:
    """The doll's cells: a sheet of squares in front (z = 60) and one behind (z = -60)."""

    def __init__(self) -> None:
        outline = body()
        xs = np.arange(-250, 250, CELL) + CELL / 2 - 2
        ys = np.arange(0, 1746, CELL) + CELL / 2
        gx, gy = np.meshgrid(xs, ys)
        inside = shapely.contains_xy(outline, gx, gy) & shapely.contains_xy(outline, -gx, gy)
        half = np.column_stack([gx[inside], gy[inside]])
        half = half[half[:, 0] < 0]
        both = np.concatenate([half, half * [-1, 1]])
        front = np.column_stack([both, np.full(len(both), 60.0)])
        self.xyz = np.concatenate([front, front * [1, 1, -1]]).astype(np.float32)
        n, k = len(self.xyz), len(half)
        index = np.arange(n)
        block = index // k
        self.mirror = (np.where(block % 2 == 0, index + k, index - k)).astype(np.int32)
        self.laterality = np.where(
            self.xyz[:, 0] < 0, LATERALITY_CODES[Laterality.RIGHT], LATERALITY_CODES[Laterality.LEFT]
        ).astype(np.uint8)
        head = self.xyz[:, 1] > 1520
        self.region = (np.where(head, 0, 2) + self.laterality).astype(np.int16)

    def cells_near(self, x: float, y: float, z: float, radius: float) -> np.ndarray[Any, Any]:
        distance = np.hypot(self.xyz[:, 0] - x, self.xyz[:, 1] - y)
        return np.flatnonzero((distance < radius) & (np.sign(self.xyz[:, 2]) == np.sign(z))).astype(np.int32)


def _frames() -> dict[str, tuple[Direction, Frame, str, Laterality | None, tuple[str, str], str]]:
    wide, tall = 520.0, 1780.0
    return {
        "anterior": (
            Direction.ANTERIOR,
            Frame((1, 0, 0), (0, 1, 0), (0, 0, 1), -260, 1760, wide, tall),
            "Anterior view",
            Laterality.RIGHT,
            ("", ""),
            "whole_body",
        ),
        "posterior": (
            Direction.POSTERIOR,
            Frame((-1, 0, 0), (0, 1, 0), (0, 0, -1), -260, 1760, wide, tall),
            "Posterior view",
            Laterality.LEFT,
            ("", ""),
            "whole_body",
        ),
        "head_posterior": (
            Direction.POSTERIOR,
            Frame((-1, 0, 0), (0, 1, 0), (0, 0, -1), -180, 1760, 360, 420),
            "Head and neck from behind",
            Laterality.LEFT,
            ("", ""),
            "head_neck",
        ),
        "right_lateral": (
            Direction.RIGHT,
            Frame((0, 0, 1), (0, 1, 0), (-1, 0, 0), -160, 1760, 320, tall),
            "Right side",
            None,
            ("back", "front"),
            "whole_body",
        ),
    }


def _project(shape: BaseGeometry, frame: Frame) -> BaseGeometry:
    sign = frame.right[0]
    return shapely.affinity.affine_transform(shape, [sign, 0, 0, -1, -frame.left_edge, frame.top_edge])


def _point(number: str, muscle: str, structure: str, title: str, order: int, words: str) -> TriggerPoint:
    return TriggerPoint(
        id=f"{structure}-{order}",
        muscle=muscle,
        structure=structure,
        number=number,
        title=title,
        body_part=MUSCLES[muscle][2],
        order=order,
        find=HowToFind(
            "Sitting, arm supported.", "Mid-way along the free edge.", Palpation.PINCER, State.RECALLED
        ),
        essential_words=words,
        spillover_words="side of the head",
        source=Citation("made-up-book", figure="1"),
        checked=State.FIGURE,
        confidence=Confidence.HIGH,
        satellites=("temporalis",),
    )


#: id → (muscle, structure, title, words, place, essential centre+radius, spillover centre+radius)
POINTS = {
    "TrP1": ("trapezius", "trapezius-descending", "descending part, TrP1", "temple; side of neck",
             (-70, 1430, -55), (-60, 1650, 60, 30), (-40, 1500, -60, 60)),
    "TrP2": ("trapezius", "trapezius-transverse", "transverse part, TrP2", "back of neck",
             (-60, 1340, -55), (-30, 1500, -60, 40), (-60, 1420, -60, 60)),
    "SCM": ("sternocleidomastoid", "sternocleidomastoid", "sternal division", "forehead",
            (-25, 1500, 55), (-40, 1690, 60, 30), (-40, 1610, 60, 60)),
    "Glmin": ("gluteus-minimus", "gluteus-minimus", "posterior part", "back of thigh and calf",
              (-90, 930, -20), (-100, 650, -60, 60), (-100, 350, -60, 70)),
}  # fmt: skip


def write_atlas(folder: Path) -> tuple[Path, Path]:
    """Write the doll's atlas and tone pictures; return the paths of both."""
    doll, bodymaps = Doll(), folder / "bodymaps"
    path = folder / "atlas.sqlite"
    db = sqlite3.connect(path)
    db.executescript(TABLES)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {FORMAT}")
    db.execute("INSERT INTO meta VALUES ('map_version', 'doll-1')")

    def put(kind: str, values: dict[str, Any]) -> None:
        rows = [(kind, key, i, msgspec.json.encode(v)) for i, (key, v) in enumerate(values.items())]
        db.executemany("INSERT INTO document VALUES (?, ?, ?, ?)", rows)

    drawn = {**FRONT, **BACK, **DEEP}
    layer_of = {**dict.fromkeys([*FRONT, *BACK], Layer.SUPERFICIAL), **dict.fromkeys(DEEP, Layer.DEEP)}
    structures = {
        name: Structure(name, StructureKind.MUSCLE, layer_of[name], name.replace("-", " "), f"m. {name}",
                        True, _muscle_of(name), name.removeprefix(_muscle_of(name)).strip("-").replace("-", " "))
        for name in drawn
    }  # fmt: skip
    structures["femur"] = Structure("femur", StructureKind.BONE, Layer.SKELETON, "femur", "femur", True)
    put("structure", structures)
    put("muscle", {
        key: Muscle(key, en, la, part, synonyms, origin=_fact("Where it begins."), insertion=_fact("Where it ends."),
                    action=_fact(f"Moves the {part}.", State.SEEN), nerve=_fact("Its nerve."), segments=("C3", "C4"),
                    works_with=tuple(m for m in MUSCLES if m != key)[:2],
                    structures=tuple(s for s in drawn if _muscle_of(s) == key), plain=f"muscle of the {part}")
        for key, (en, la, part, synonyms) in MUSCLES.items()
    })  # fmt: skip
    points = {
        (tp := _point(number, muscle, structure, title, order, words)).id: tp
        for order, (number, (muscle, structure, title, words, *_)) in enumerate(POINTS.items(), start=1)
    }
    put("trigger_point", points)
    put("source", {"made-up-book": Source("made-up-book", "Nobody N. A made-up book. 2020.", 2020)})
    put("safety", {"trapezius": Safety("trapezius", RiskClass.HIGH,
                                       (InReach("apex of the lung", "lung", "Pincer grip, away from the chest."),),
                                       (_fact("Lift the muscle off the chest."),))})  # fmt: skip
    put("exercise", {"stretch-trapezius": Exercise("stretch-trapezius", ExerciseKind.STRETCH, ("trapezius",),
                                                   "Ear to shoulder", "Let the ear sink.", "3 × 30 s",
                                                   "Stop at dizziness.", BOOK, State.RECALLED)})  # fmt: skip
    put("evidence", {"e1": EvidenceCard("e1", "trapezius", "Does needling help?", "A little, for a while.", BOOK,
                                        State.SECONDARY, "mixed")})  # fmt: skip
    put(
        "lesson",
        {"l1": Lesson("l1", "What is a trigger point?", "patient", ("A tender spot in a tight band.",))},
    )
    put("region", {
        f"{name}.{side}": Region(f"{name}.{side}", base + LATERALITY_CODES[side], en, la, en, side, 100.0, part)
        for name, base, en, la, part in (("head", 0, "head", "caput", "head"),
                                         ("trunk", 2, "trunk and limbs", "truncus", "trunk"))
        for side in (Laterality.RIGHT, Laterality.LEFT)
    })  # fmt: skip

    views: dict[str, View] = {}
    for figure in Figure:
        for name, (direction, frame, title, left, words, group) in _frames().items():
            shows = Laterality.RIGHT if name == "right_lateral" else Laterality.MIDLINE
            view = View(f"{figure}.{name}", figure, name, title, direction, frame, LAYERS, Layer.SUPERFICIAL,
                        group, shows, left, words)  # fmt: skip
            views[view.id] = view
            _draw(db, view, doll, bodymaps)
    put("view", views)

    for (_, _, _, _, place, essential, spillover), point in zip(POINTS.values(), points, strict=True):
        for kind, (x, y, z, radius) in (("essential", essential), ("spillover", spillover)):
            cells = doll.cells_near(x, y, z, radius)
            weights = np.full(len(cells), 255, np.uint8)
            db.execute(
                "INSERT INTO zone VALUES (?, ?, ?, ?)", (point, kind, pack_array(cells), pack_array(weights))
            )
        for figure in Figure:
            for side, sign in ((Laterality.RIGHT, 1), (Laterality.LEFT, -1)):
                x, y, z = place[0] * sign, *place[1:]
                near = np.argmin(np.abs(doll.xyz - [x, y, np.sign(z) * 60]).sum(axis=1))
                depth = 60 - abs(z)
                db.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           (point, side, figure, x, y, z, int(near), depth))  # fmt: skip
    for name, y in (("lung", 1300), ("kidney", 1080)):
        cells = np.unique(np.concatenate([doll.cells_near(x, y, -60, 50) for x in (-80, 80)]))
        db.execute("INSERT INTO zone VALUES (?, 'essential', ?, ?)",
                   (f"warning:{name}", pack_array(cells), pack_array(np.full(len(cells), 255, np.uint8))))  # fmt: skip
    count = len(doll.xyz)
    arrays = {
        "area_mm2": np.full(count, CELL * CELL, np.float32),
        "region": doll.region,
        "laterality": doll.laterality,
        "mirror": doll.mirror,
        "starts": np.zeros(count + 1, np.int32),
        "neighbours": np.zeros(0, np.int32),
        **{f"xyz.{figure}": doll.xyz for figure in Figure},
    }
    db.executemany("INSERT INTO skin VALUES (?, ?)", [(k, pack_array(v)) for k, v in arrays.items()])
    db.commit()
    db.close()
    return path, bodymaps


def _draw(db: sqlite3.Connection, view: View, doll: Doll, bodymaps: Path) -> None:
    frame = view.frame
    lateral = view.direction is Direction.RIGHT
    whole = box(60, 0, 260, 1780) if lateral else _project(body(), frame)
    page = box(0, 0, frame.width, frame.height)
    whole = whole.intersection(page)
    front = view.direction is Direction.ANTERIOR
    near = {} if lateral else (FRONT if front else BACK)
    far = {} if lateral else (BACK if front else FRONT)
    shown = {
        Layer.SKIN: {},
        Layer.SUPERFICIAL: near,
        Layer.INTERMEDIATE: {},
        Layer.DEEP: {} if lateral or front else DEEP,
        Layer.SKELETON: {} if lateral else BONE,
    }
    silhouettes = {} if lateral else {**near, **far, **DEEP}

    def both(parts: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
        out = {}
        for name, shape in parts.items():
            for side, placed in (("right", shape), ("left", _mirror(shape))):
                cut = _project(placed, frame).intersection(whole)
                if not cut.is_empty:
                    out[f"{name}.{side}"] = cut
        return out

    for layer, parts in shown.items():
        pack = both(parts)
        db.execute("INSERT INTO outline_pack VALUES (?, ?, ?, ?)",
                   (view.id, layer, " ".join(pack), pack_shapes(list(pack.values()))))  # fmt: skip
        tone = np.full((int(frame.height), int(frame.width)), 255, np.uint8)
        ys, xs = np.mgrid[: tone.shape[0], : tone.shape[1]]
        inside = shapely.contains_xy(whole, xs, ys)
        tone[inside] = (215 + 30 * np.sin(xs / 9 + ys / 23))[inside].astype(np.uint8)
        target = bodymaps / view.figure / view.name / f"{layer}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tone).save(target, quality=85)
    pack = both(silhouettes)
    db.execute("INSERT INTO outline_pack VALUES (?, 'silhouette', ?, ?)",
               (view.id, " ".join(pack), pack_shapes(list(pack.values()))))  # fmt: skip
    xyz = doll.xyz
    px = xyz @ np.array(frame.right) - frame.left_edge
    py = frame.top_edge - xyz @ np.array(frame.up)
    facing = xyz @ np.array(frame.toward) > 0
    per_mm = 0.5
    raster = np.full((int(frame.height * per_mm), int(frame.width * per_mm)), -1, np.int32)
    for dx in range(-2, 2):
        for dy in range(-2, 2):
            col = ((px + dx + 0.5) * per_mm).astype(int)
            row = ((py + dy + 0.5) * per_mm).astype(int)
            ok = facing & (col >= 0) & (row >= 0) & (col < raster.shape[1]) & (row < raster.shape[0])
            raster[row[ok], col[ok]] = np.flatnonzero(ok)
    db.execute("INSERT INTO cell_raster VALUES (?, ?, ?)", (view.id, per_mm, pack_array(raster)))


@pytest.fixture(scope="session")
def doll_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_atlas(tmp_path_factory.mktemp("doll"))


@pytest.fixture
def doll(doll_files: tuple[Path, Path]) -> Iterator[AtlasFile]:
    atlas = AtlasFile(*doll_files)
    yield atlas
    atlas.close()


@pytest.fixture
def window(qapp: Any, doll: AtlasFile, doll_files: tuple[Path, Path], tmp_path: Path) -> Iterator[Any]:
    """Return the window on the doll's atlas, shown and settled, in the light theme."""
    from myomap.bootstrap import make_context, make_window
    from myomap.gui.picture import settle
    from myomap.gui.theme import ThemeName

    with no_widgets_left():
        context = make_context(tmp_path)
        context.look.choose(ThemeName.LIGHT)
        made = make_window(context, doll_files[1])
        made.resize(1280, 800)
        made.show()
        made.set_atlas(doll)
        settle(made)
        yield made
        made.close()
