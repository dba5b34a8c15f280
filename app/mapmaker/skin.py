"""The skin as a mesh: read, checked, split into fine triangles, mirror-symmetric by construction.

The source mesh is symmetric in its topology, so only the right half (x < 0) is split and given
cells; the left half is its copy. Vertices on the midline are their own mirror and lie on x = 0.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.problems import MapmakerError
from myomap.anatomy.views import Figure

#: Edges longer than this on either figure are halved until none is left.
LONGEST_EDGE_MM = 2.2

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SourceSkin:
    """The skin as delivered, in millimetres.

    ``xyz[figure]`` (v, 3); ``faces`` (f, 3); ``mirror`` (v,) each vertex's partner;
    ``face_region`` (f,) numbers of regions.csv; ``digest`` a hash of all of it.
    """

    xyz: dict[Figure, Floats]
    faces: Ints
    mirror: Ints
    face_region: NDArray[np.int16]
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class FineSkin:
    """The skin split into triangles with edges of at most `LONGEST_EDGE_MM`, on both figures.

    ``xyz[figure]`` (v, 3) mm; ``faces`` (f, 3): the first half are the right side's, the second half
    are their mirror images in the same order; ``mirror`` (v,); ``parent`` (f,) the triangle of the
    source skin that each came from; ``normals`` (v, 3) on the male figure, outward.
    """

    xyz: dict[Figure, Floats]
    faces: Ints
    mirror: Ints
    parent: Ints
    normals: Floats

    @property
    def half(self) -> int:
        """The number of triangles of one side."""
        return len(self.faces) // 2

    @property
    def right_vertices(self) -> int:
        """The number of vertices of the right side, midline included; they come first."""
        return int(self.faces[: self.half].max()) + 1

    def areas(self, figure: Figure = Figure.MALE) -> Floats:
        """Return mm² of each triangle."""
        p = self.xyz[figure][self.faces]
        return np.asarray(
            np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2, np.float64
        )


def _read(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[np.generic]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except FileNotFoundError:
        raise MapmakerError(f"The mesh {path} is missing.") from None
    except KeyError as error:
        raise MapmakerError(f"The mesh {path} lacks the array {error}.") from None
    except Exception as error:
        raise MapmakerError(f"The mesh {path} cannot be read ({error}).") from None


def read_skin(anatomy: Path) -> SourceSkin:
    """Read both figures; MapmakerError names the file that is missing or damaged."""
    xyz: dict[Figure, Floats] = {}
    faces: Ints | None = None
    mirror: Ints | None = None
    digest = hashlib.sha256()
    for figure in Figure:
        path = anatomy / f"skin_{figure}.npz"
        arrays = _read(path, ("V", "F", "mirror_index"))
        points = np.asarray(arrays["V"], np.float64) * 1000.0
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise MapmakerError(f"The mesh {path} has vertices that are no numbers.")
        if faces is None:
            faces = np.asarray(arrays["F"], np.int32)
            mirror = np.asarray(arrays["mirror_index"], np.int32)
        elif not np.array_equal(faces, arrays["F"]):
            raise MapmakerError(f"The mesh {path} has other triangles than the male skin.")
        if faces.min() < 0 or faces.max() >= len(points) or len(points) != len(arrays["mirror_index"]):
            raise MapmakerError(f"The mesh {path} names vertices that it does not have.")
        if np.abs(points[mirror] * (-1, 1, 1) - points).max() > 1e-3:
            raise MapmakerError(f"The mesh {path} is not mirror-symmetric.")
        xyz[figure] = points
        digest.update(points.tobytes())
        digest.update(faces.tobytes())
    assert faces is not None
    assert mirror is not None
    path = anatomy / "face_region.npy"
    try:
        face_region = np.load(path, allow_pickle=False).astype(np.int16)
    except (OSError, ValueError) as error:
        raise MapmakerError(f"The file {path} is missing or damaged ({error}).") from None
    if face_region.shape != (len(faces),):
        raise MapmakerError(f"The file {path} does not have one region a triangle.")
    digest.update(face_region.tobytes())
    return SourceSkin(xyz, faces, mirror, face_region, digest.hexdigest()[:16])


def right_half(skin: SourceSkin) -> NDArray[np.bool_]:
    """Tell for each source triangle whether it is of the right side, by topology.

    By topology and not by x, because some triangles of the crotch poke across the midline.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(skin.mirror)
    middle = skin.mirror == np.arange(count)
    a = np.concatenate([skin.faces[:, 0], skin.faces[:, 1], skin.faces[:, 2]])
    b = np.concatenate([skin.faces[:, 1], skin.faces[:, 2], skin.faces[:, 0]])
    kept = ~(middle[a] | middle[b])
    graph = coo_matrix((np.ones(kept.sum(), np.int8), (a[kept], b[kept])), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    mean_x = np.bincount(part, skin.xyz[Figure.MALE][:, 0]) / np.bincount(part)
    right_vertex = (mean_x[part] < 0) & ~middle
    return np.asarray(right_vertex[skin.faces].any(axis=1))


def _split_once(
    points: list[Floats], faces: Ints, parent: Ints, longest: float
) -> tuple[list[Floats], Ints, Ints, bool]:
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    code = edges[:, 0].astype(np.int64) * len(points[0]) + edges[:, 1]
    unique, inverse = np.unique(code, return_inverse=True)
    ends = np.column_stack([unique // len(points[0]), unique % len(points[0])])
    lengths = np.max([np.linalg.norm(p[ends[:, 0]] - p[ends[:, 1]], axis=1) for p in points], axis=0)
    long = lengths > longest
    if not long.any():
        return points, faces, parent, False
    number = np.full(len(unique), -1, np.int64)
    number[long] = len(points[0]) + np.arange(long.sum())
    points = [np.concatenate([p, (p[ends[long, 0]] + p[ends[long, 1]]) / 2]) for p in points]
    middle = number[inverse].reshape(-1, 3)
    lengths = lengths[inverse].reshape(-1, 3)
    # Turn each triangle so that its longest split edge is edge 0: the cut is then always the same.
    turn = np.argmax(np.where(middle >= 0, lengths, -1.0), axis=1)
    order = (turn[:, None] + np.arange(3)) % 3
    corner = np.take_along_axis(faces, order, axis=1)
    cut = np.take_along_axis(middle, order, axis=1)
    a, b, c = corner.T
    m, n, o = cut.T
    new: list[NDArray[np.int64]] = []
    of: list[Ints] = []

    def add(rows: NDArray[np.bool_], *triangles: tuple[NDArray[np.int64], ...]) -> None:
        for triangle in triangles:
            new.append(np.column_stack([t[rows] for t in triangle]))
            of.append(parent[rows])

    add(m < 0, (a, b, c))
    add((m >= 0) & (n < 0) & (o < 0), (a, m, c), (m, b, c))
    add((m >= 0) & (n >= 0) & (o < 0), (a, m, c), (m, b, n), (m, n, c))
    add((m >= 0) & (n < 0) & (o >= 0), (m, b, c), (a, m, o), (m, c, o))
    add((m >= 0) & (n >= 0) & (o >= 0), (a, m, o), (m, b, n), (m, n, o), (o, n, c))
    return points, np.concatenate(new).astype(np.int32), np.concatenate(of), True


def split_fine(skin: SourceSkin, longest: float = LONGEST_EDGE_MM) -> FineSkin:
    """Split the right half and mirror it."""
    right = right_half(skin)
    used = np.unique(skin.faces[right])
    renumber = np.full(len(skin.mirror), -1, np.int32)
    renumber[used] = np.arange(len(used))
    points = [skin.xyz[figure][used] for figure in Figure]
    faces = renumber[skin.faces[right]]
    parent = np.flatnonzero(right).astype(np.int32)
    more = True
    while more:
        points, faces, parent, more = _split_once(points, faces, parent, longest)
    # Only vertices with x = 0 by mirror are of the midline; a midpoint of a midline edge is too.
    middle = _middle_vertices(faces, len(points[0]))
    for p in points:
        p[middle, 0] = 0.0
    count = len(points[0])
    mirror_right = np.where(middle, np.arange(count), count + np.cumsum(~middle) - 1).astype(np.int32)
    mirror = np.concatenate([mirror_right, np.flatnonzero(~middle).astype(np.int32)])
    whole = [np.concatenate([p, p[~middle] * (-1.0, 1.0, 1.0)]) for p in points]
    left = mirror_right[faces][:, ::-1]
    twin = _twin_faces(skin)
    all_faces = np.ascontiguousarray(np.concatenate([faces, left]), np.int32)
    xyz = dict(zip(Figure, whole, strict=True))
    normals = vertex_normals(xyz[Figure.MALE], all_faces)
    return FineSkin(xyz, all_faces, mirror, np.concatenate([parent, twin[parent]]), normals)


def _middle_vertices(faces: Ints, count: int) -> NDArray[np.bool_]:
    """Vertices of edges that belong to one triangle only: where the half was cut from its mirror."""
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    _, first, times = np.unique(
        edges[:, 0].astype(np.int64) * count + edges[:, 1], return_index=True, return_counts=True
    )
    middle = np.zeros(count, bool)
    middle[edges[first[times == 1]].reshape(-1)] = True
    return middle


def _twin_faces(skin: SourceSkin) -> Ints:
    """Return the mirror image of each source triangle."""
    key = np.sort(skin.faces, axis=1)
    twin = np.sort(skin.mirror[skin.faces], axis=1)
    count = np.int64(len(skin.mirror))
    code = (key[:, 0] * count + key[:, 1]) * count + key[:, 2]
    wanted = (twin[:, 0] * count + twin[:, 1]) * count + twin[:, 2]
    order = np.argsort(code)
    return np.asarray(order[np.searchsorted(code, wanted, sorter=order)], np.int32)


def vertex_normals(points: Floats, faces: Ints) -> Floats:
    """Return outward unit normals, weighted by the area of the triangles around."""
    p = points[faces]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    total = np.column_stack(
        [
            sum(np.bincount(faces[:, k], normal[:, axis], minlength=len(points)) for k in range(3))
            for axis in range(3)
        ]
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-12), np.float64)
