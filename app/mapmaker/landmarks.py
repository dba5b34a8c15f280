"""Landmarks: named places of the skin, read from the anatomy folder and added to by data/landmarks."""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mapmaker.data_faults import FaultLog
from mapmaker.pattern_reader import SkinReader, Vocabulary
from mapmaker.problems import MapmakerError
from mapmaker.skin import FineSkin, SourceSkin
from mapmaker.strokes import LandmarkSource
from mapmaker.yaml_lines import Entry, read_yaml
from myomap.anatomy.views import Figure


def read_landmarks(anatomy: Path, source: SourceSkin, fine: FineSkin) -> dict[str, int]:
    """Return the fine vertex of each landmark of landmarks.csv (right side and midline).

    The landmark's own triangle decides, so nothing jumps to skin that is near only through the air.
    """
    path = anatomy / "landmarks.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        faces = np.array([int(row["face"]) for row in rows])
        weights = np.array([[float(row[f"bary{k}"]) for k in range(3)] for row in rows])
        names = [row["id"] for row in rows]
        middle = [row["side"] == "M" for row in rows]
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise MapmakerError(f"The list of landmarks {path} is missing or damaged ({error}).") from None
    if (
        not len(faces)
        or faces.min() < 0
        or faces.max() >= len(source.faces)
        or not np.isfinite(weights).all()
    ):
        raise MapmakerError(f"The list of landmarks {path} names triangles that the skin does not have.")
    points = (source.xyz[Figure.MALE][source.faces[faces]] * weights[:, :, None]).sum(axis=1)
    order = np.argsort(fine.parent, kind="stable")
    sorted_parent = fine.parent[order]
    found: dict[str, int] = {}
    for name, face, point, in_middle in zip(names, faces, points, middle, strict=True):
        inside = order[np.searchsorted(sorted_parent, face) : np.searchsorted(sorted_parent, face, "right")]
        found[name] = nearest_vertex(fine, np.unique(fine.faces[inside]), point, in_middle)
    return found


def nearest_vertex(fine: FineSkin, among: Iterable[int], point: np.ndarray, in_middle: bool) -> int:
    """Return the one of some fine vertices that is nearest to a point; for the midline, one on it."""
    vertices = np.asarray(list(among), np.int64)
    own = fine.mirror[vertices] == vertices
    if in_middle and own.any():
        vertices = vertices[own]
    off = ((fine.xyz[Figure.MALE][vertices] - point) ** 2).sum(axis=1)
    vertex = int(vertices[off.argmin()])
    return vertex if vertex < fine.right_vertices or in_middle else int(fine.mirror[vertex])


def read_added(
    data_dir: Path, given: Iterable[str], log: FaultLog
) -> tuple[list[LandmarkSource], dict[str, bool]]:
    """Return the landmarks of data/landmarks, and of every landmark's id whether it is sided.

    For the preview, which draws even while the rest of the data cannot be read yet.
    """
    entries: list[Entry] = []
    for path in sorted((data_dir / "landmarks").glob("*.yaml")):
        top = read_yaml(path, path.relative_to(data_dir).as_posix(), log, ("*",))
        entries += top.entries("landmarks", ("id", "name_en", "side", "at")) if top else []
    known = dict.fromkeys(given, True)
    known |= {entry.text("id", ""): entry.text("side", "R") != "M" for entry in entries}
    vocabulary = Vocabulary(landmarks=known, regions=None, structures={}, drawn=(), muscles=())
    reader = SkinReader(vocabulary, log)
    added = []
    for entry in entries:
        at = entry.need("at")
        if at is not None:
            point = reader.point(at, "at")
            added.append(
                LandmarkSource(entry.text("id"), entry.text("name_en"), entry.text("side"), point, entry.spot)
            )
    return added, known
