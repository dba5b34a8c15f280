"""Regions of the skin: read from data/regions.csv, digits split, borders smoothed, given to cells.

The anatomy folder has one region a triangle with stepped borders. Here fingers and toes are split
by the plane through their axis, and borders are smoothed over the cells about as far as the source's
triangles are wide, so that a border on the trunk moves by millimetres and one on the face does not.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, diags

from mapmaker.data_faults import DataError, Fault, Spot
from mapmaker.problems import MapmakerError
from mapmaker.skin import FineSkin, Floats, Ints, SourceSkin
from mapmaker.skin_cells import SkinCells
from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.regions import Region
from myomap.anatomy.views import Figure

SIDES = {"R": Laterality.RIGHT, "L": Laterality.LEFT, "M": Laterality.MIDLINE}
#: Cells within this distance of the midline, over the skin, are of neither side.
MIDLINE_STRIP_MM = 5.0
_SMOOTHING_ROUNDS = 8
_NAMES = (
    "region",
    "id",
    "ta_latin",
    "name_en",
    "name_plain",
    "side",
    "body_part",
    "part_of",
    "source_region",
)

#: Digits: the landmarks along the back of each, whose normals say which side is the back.
FINGERS = {
    "thumb": ("mcp_1_dorsal", "ip_1_dorsal"),
    "index_finger": ("mcp_2_dorsal", "pip_2_dorsal", "dip_2_dorsal"),
    "middle_finger": ("mcp_3_dorsal", "pip_3_dorsal", "dip_3_dorsal"),
    "ring_finger": ("mcp_4_dorsal", "pip_4_dorsal", "dip_4_dorsal"),
    "little_finger": ("mcp_5_dorsal", "pip_5_dorsal", "dip_5_dorsal"),
}
TOES = {
    "second_toe": ("mtp_2_dorsal", "toe_tip_2"),
    "third_toe": ("mtp_3_dorsal", "toe_tip_3"),
    "fourth_toe": ("mtp_4_dorsal", "toe_tip_4"),
    "little_toe": ("mtp_5_dorsal", "toe_tip_5"),
}


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One row of data/regions.csv."""

    number: int
    name: str
    """Without its side: ``temporal``."""
    side: Laterality
    name_la: str
    name_en: str
    plain: str
    body_part: str
    part_of: tuple[str, ...]
    """Names that mean this region too, with others: ``thumb`` for ``thumb_palmar``."""
    source: str

    @property
    def id(self) -> str:
        """The id that the program knows: ``temporal.right``."""
        return f"{self.name}.{self.side}"


class RegionTable(Sequence[RegionRow]):
    """All regions by number, and what the names used in data mean."""

    def __init__(self, rows: Sequence[RegionRow]) -> None:
        """Index the rows, which are in the order of their numbers."""
        self._rows = tuple(rows)
        self.number = {row.id: row.number for row in rows}
        self._meaning: dict[str, list[RegionRow]] = {}
        for row in rows:
            for name in (row.name, *row.part_of):
                self._meaning.setdefault(name, []).append(row)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        """Return the row with that number."""
        return self._rows[index]

    def __len__(self) -> int:
        """Return the number of regions."""
        return len(self._rows)

    @property
    def names(self) -> Mapping[str, Sequence[RegionRow]]:
        """The rows that each name without a side means."""
        return self._meaning

    def numbers_of(self, name: str, side: Laterality) -> tuple[int, ...]:
        """Return the regions of that name on a side; those of the midline belong to either."""
        rows = self._meaning.get(name, [])
        return tuple(r.number for r in rows if r.side in (side, Laterality.MIDLINE))

    @property
    def mirror(self) -> NDArray[np.int16]:
        """The number of each region's partner."""
        return np.array([self.number[f"{r.name}.{r.side.mirrored()}"] for r in self._rows], np.int16)


def read_regions(path: Path) -> RegionTable:
    """Read data/regions.csv; DataError names the line that is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            found = [(reader.line_num, row) for row in reader]
            missing = [name for name in _NAMES if name not in (reader.fieldnames or ())]
    except (OSError, UnicodeDecodeError) as error:
        raise MapmakerError(f"The list of regions {path} cannot be read ({error}).") from None
    faults = [Fault(Spot(path.name, 1), f"the column “{name}” is missing") for name in missing]
    rows: list[RegionRow] = []
    for line, row in found if not missing else []:
        if row["side"] not in SIDES:
            faults.append(Fault(Spot(path.name, line), f"“side” is “{row['side']}”, it should be R, L or M"))
            continue
        if row["region"] != str(len(rows)):
            faults.append(
                Fault(Spot(path.name, line), f"“region” should be {len(rows)}, regions count from 0")
            )
        suffix = "" if row["side"] == "M" else f"_{row['side']}"
        if not row["id"].endswith(suffix):
            faults.append(Fault(Spot(path.name, line), f"the id “{row['id']}” should end with “{suffix}”"))
        rows.append(
            RegionRow(
                number=len(rows),
                name=row["id"].removesuffix(suffix),
                side=SIDES[row["side"]],
                name_la=row["ta_latin"],
                name_en=row["name_en"],
                plain=row["name_plain"],
                body_part=row["body_part"],
                part_of=tuple(row["part_of"].split()),
                source=row["source_region"],
            )
        )
    if faults:
        raise DataError(faults)
    return RegionTable(rows)


def read_source_regions(anatomy: Path) -> dict[int, tuple[str, Laterality]]:
    """Return name and side of each number in face_region.npy."""
    path = anatomy / "regions.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found = {}
        for row in rows:
            suffix = "" if row["side"] == "M" else f"_{row['side']}"
            found[int(row["region"])] = (row["id"].removesuffix(suffix), SIDES[row["side"]])
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise MapmakerError(f"The list of regions {path} is missing or damaged ({error}).") from None
    return found


def _axis_offset(points: Floats, toward: Floats) -> Floats:
    """Return how far each point of a digit lies beside the digit's axis, in a direction."""
    centre = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - centre, full_matrices=False)
    along = (points - centre) @ axes[0]
    toward = toward - (toward @ axes[0]) * axes[0]
    toward = toward / np.linalg.norm(toward)
    side = points @ toward
    edges = np.quantile(along, np.linspace(0, 1, 11))
    slot = np.clip(np.searchsorted(edges, along) - 1, 0, 9)
    # The middle of each slice is half-way between its extremes: palms have more triangles than backs.
    low = np.array([np.quantile(side[slot == k], 0.03) for k in range(10)])
    high = np.array([np.quantile(side[slot == k], 0.97) for k in range(10)])
    middle = np.interp(along, (edges[1:] + edges[:-1]) / 2, (low + high) / 2)
    return np.asarray(side - middle)


def right_face_regions(
    source: SourceSkin,
    fine: FineSkin,
    table: RegionTable,
    source_names: Mapping[int, tuple[str, Laterality]],
    landmark_vertex: Mapping[str, int],
) -> NDArray[np.int16]:
    """Return the region of each fine triangle of the right half, digits split, borders as they come."""
    half = fine.half
    source_number = source.face_region[fine.parent[:half]]
    centre = fine.xyz[Figure.MALE][fine.faces[:half]].mean(axis=1)
    out = np.full(half, -1, np.int16)
    by_source: dict[str, list[RegionRow]] = {}
    for row in table:
        if row.side is not Laterality.LEFT:
            by_source.setdefault(row.source, []).append(row)
    right = {n: name for n, (name, side) in source_names.items()}

    def number(name: str) -> int:
        return table.number[f"{name}.right"]

    def place(mark: str) -> Floats:
        return np.asarray(fine.xyz[Figure.MALE][landmark_vertex[mark]])

    for code in np.unique(source_number):
        here = np.flatnonzero(source_number == code)
        name = right[int(code)]
        if name in FINGERS:
            back = np.mean([fine.normals[landmark_vertex[m]] for m in FINGERS[name]], axis=0)
            dorsal = _axis_offset(centre[here], back) > 0
            out[here] = np.where(dorsal, number(f"{name}_dorsal"), number(f"{name}_palmar"))
        elif name == "great_toe":
            dorsal = _axis_offset(centre[here], np.array([0.0, 1.0, 0.0])) > 0
            out[here] = np.where(dorsal, number("great_toe_dorsal"), number("great_toe_plantar"))
        elif name == "lesser_toes":
            ends = [(place(a), place(b)) for a, b in TOES.values()]
            off = np.column_stack([_to_line(centre[here][:, [0, 2]], a[[0, 2]], b[[0, 2]]) for a, b in ends])
            toe = off.argmin(axis=1)
            for k, toe_name in enumerate(TOES):
                mine = here[toe == k]
                dorsal = _axis_offset(centre[mine], np.array([0.0, 1.0, 0.0])) > 0
                out[mine] = np.where(dorsal, number(f"{toe_name}_dorsal"), number(f"{toe_name}_plantar"))
        elif len(by_source.get(name, ())) == 1:
            out[here] = by_source[name][0].number
        else:
            raise MapmakerError(f"data/regions.csv has no region for “{name}” of the anatomy folder.")
    return out


def _to_line(points: Floats, a: Floats, b: Floats) -> Floats:
    along = (b - a) / np.linalg.norm(b - a)
    off = points - a
    return np.asarray(np.abs(off[:, 0] * along[1] - off[:, 1] * along[0]))


def cell_regions(
    source: SourceSkin, fine: FineSkin, cells: SkinCells, right_faces: NDArray[np.int16], table: RegionTable
) -> NDArray[np.int16]:
    """Return the region of each cell after smoothing the borders; the left mirrors the right."""
    count, half = len(cells), len(cells) // 2
    areas = fine.areas()[: fine.half]
    partner = table.mirror
    rows = np.concatenate([cells.of_face[: fine.half], cells.of_face[: fine.half] + half])
    columns = np.concatenate([right_faces, partner[right_faces]])
    share = coo_matrix((np.concatenate([areas, areas]), (rows, columns)), shape=(count, len(table))).tocsr()
    share = diags(1 / cells.area_mm2) @ share
    # How wide the source's triangles are here: so much may a border move.
    points = source.xyz[Figure.MALE][source.faces]
    width = np.linalg.norm(points - np.roll(points, -1, axis=1), axis=2).max(axis=1)
    coarse = np.bincount(cells.of_face, width[fine.parent] * fine.areas(), minlength=count) / cells.area_mm2
    move = np.clip((coarse - 2.0) / 10.0, 0.02, 0.9)
    degree = np.diff(cells.starts)
    row = np.repeat(np.arange(count), degree)
    around = csr_matrix((1.0 / degree[row], (row, cells.neighbours)), shape=(count, count))
    step = diags(1 - move) + diags(move) @ around
    for _ in range(_SMOOTHING_ROUNDS):
        share = step @ share
    region = np.asarray(share.argmax(axis=1)).reshape(-1).astype(np.int16)
    region[half:] = partner[region[:half]]
    return region


def cell_laterality(fine: FineSkin, cells: SkinCells, distance_from_midline: Floats) -> NDArray[np.uint8]:
    """Return each cell's side; within `MIDLINE_STRIP_MM` of the midline over the skin it is midline."""
    half = len(cells) // 2
    side = np.repeat(
        np.array([LATERALITY_CODES[Laterality.RIGHT], LATERALITY_CODES[Laterality.LEFT]], np.uint8), half
    )
    near = distance_from_midline[cells.vertex[:half]] <= MIDLINE_STRIP_MM
    side[np.concatenate([near, near])] = LATERALITY_CODES[Laterality.MIDLINE]
    return side


def region_documents(table: RegionTable, region: NDArray[np.int16], area_mm2: Floats) -> tuple[Region, ...]:
    """Return the regions as the program knows them, with their areas on the male figure."""
    area = np.bincount(region, area_mm2, minlength=len(table)) / 100.0
    return tuple(
        Region(
            id=row.id,
            number=row.number,
            name_en=row.name_en,
            name_la=row.name_la,
            plain=row.plain,
            laterality=row.side,
            area_cm2=round(float(area[row.number]), 1),
            body_part=row.body_part,
        )
        for row in table
    )


def source_face_regions(
    source: SourceSkin, fine: FineSkin, cells: SkinCells, region: NDArray[np.int16]
) -> Ints:
    """Return int32[f] the region number of each triangle of the source skin: what most of it is."""
    label = region[cells.of_face].astype(np.int64)
    code = fine.parent.astype(np.int64) * 1000 + label
    unique, inverse = np.unique(code, return_inverse=True)
    weight = np.bincount(inverse, fine.areas())
    order = np.lexsort((unique, -weight, unique // 1000))
    parents = unique[order] // 1000
    first = np.concatenate([[True], parents[1:] != parents[:-1]])
    out = np.zeros(len(source.faces), np.int32)
    out[parents[first]] = unique[order][first] % 1000
    return out
