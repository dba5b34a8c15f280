"""Everything about the skin that does not depend on the patterns, made once and kept in build/."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker import landmarks, skin, skin_cells, skin_regions
from mapmaker.geodesic import Geodesics
from mapmaker.skin import FineSkin, Floats, Ints
from mapmaker.skin_cells import SkinCells
from mapmaker.skin_regions import RegionTable
from myomap.anatomy.views import Figure

#: Raised when the stage is made differently from the same sources.
STAGE = 3


@dataclass(frozen=True, slots=True, eq=False)
class SkinStage:
    """The divided skin.

    ``region`` int16[n] and ``laterality`` uint8[n] a cell; ``source_region`` int32[f] the region of
    each triangle of skin_*.npz; ``landmark`` the fine vertex of each landmark of the anatomy folder;
    ``digest`` changes when cells, regions or sides do.
    """

    fine: FineSkin
    cells: SkinCells
    table: RegionTable
    region: NDArray[np.int16]
    laterality: NDArray[np.uint8]
    source_region: Ints
    landmark: dict[str, int]
    digest: str

    def geodesics(self) -> Geodesics:
        """Return distances over the male skin, on which zones are authored."""
        return Geodesics(self.fine.xyz[Figure.MALE], self.fine.faces)


def load_stage(anatomy: Path, data_dir: Path, build_dir: Path) -> SkinStage:
    """Return the stage, from build/ where its sources are unchanged."""
    source = skin.read_skin(anatomy)
    table = skin_regions.read_regions(data_dir / "regions.csv")
    parts = [str(STAGE), source.digest, str(skin.LONGEST_EDGE_MM), str(skin_cells.SEED_GAP_MM)]
    for path in (anatomy / "regions.csv", anatomy / "landmarks.csv", data_dir / "regions.csv"):
        parts.append(hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none")
    key = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
    kept = build_dir / "skin" / f"{key}.npz"
    if not kept.is_file():
        arrays = _make(anatomy, source, table)
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_name(f"{key}.{os.getpid()}.partial.npz")
        np.savez(partial, **arrays)  # type: ignore[arg-type]
        partial.replace(kept)
        for old in kept.parent.glob("*.npz"):
            if old != kept and "partial" not in old.name:
                old.unlink(missing_ok=True)
    return _read(kept, table)


def _make(anatomy: Path, source: skin.SourceSkin, table: RegionTable) -> dict[str, NDArray[np.generic]]:
    fine = skin.split_fine(source)
    cells = skin_cells.make_cells(fine)
    marks = landmarks.read_landmarks(anatomy, source, fine)
    names = skin_regions.read_source_regions(anatomy)
    right_faces = skin_regions.right_face_regions(source, fine, table, names, marks)
    region = skin_regions.cell_regions(source, fine, cells, right_faces, table)
    middle = np.flatnonzero(fine.mirror == np.arange(len(fine.mirror)))
    from_middle = Geodesics(fine.xyz[Figure.MALE], fine.faces).distance(middle, 12.0)
    return {
        "male": fine.xyz[Figure.MALE],
        "female": fine.xyz[Figure.FEMALE],
        "faces": fine.faces,
        "mirror": fine.mirror,
        "parent": fine.parent,
        "normals": fine.normals,
        "of_face": cells.of_face,
        "area_mm2": cells.area_mm2,
        "cell_male": cells.xyz[Figure.MALE],
        "cell_female": cells.xyz[Figure.FEMALE],
        "vertex": cells.vertex,
        "cell_mirror": cells.mirror,
        "starts": cells.starts,
        "neighbours": cells.neighbours,
        "region": region,
        "laterality": skin_regions.cell_laterality(fine, cells, from_middle),
        "source_region": skin_regions.source_face_regions(source, fine, cells, region),
        "mark_names": np.array(list(marks)),
        "mark_vertices": np.array(list(marks.values()), np.int64),
    }


def _read(path: Path, table: RegionTable) -> SkinStage:
    with np.load(path, allow_pickle=False) as a:
        fine = FineSkin(
            {Figure.MALE: a["male"], Figure.FEMALE: a["female"]},
            a["faces"], a["mirror"], a["parent"], a["normals"],
        )  # fmt: skip
        xyz: dict[Figure, Floats] = {Figure.MALE: a["cell_male"], Figure.FEMALE: a["cell_female"]}
        cells = SkinCells(
            a["of_face"], a["area_mm2"], xyz, a["vertex"], a["cell_mirror"], a["starts"], a["neighbours"]
        )
        region, laterality = a["region"], a["laterality"]
        digest = hashlib.sha256()
        for array in (cells.area_mm2, xyz[Figure.MALE], xyz[Figure.FEMALE], cells.mirror, region, laterality):
            digest.update(np.ascontiguousarray(array).tobytes())
        marks = dict(zip(a["mark_names"].tolist(), a["mark_vertices"].tolist(), strict=True))
        return SkinStage(
            fine, cells, table, region, laterality, a["source_region"], marks, digest.hexdigest()[:16]
        )
