"""Mend the known limits of the anatomy meshes before anything is drawn from them.

What is mended and why is told in the README of the anatomy folder (“Known limits”): the meshes'
mirror plane lies beside that of the skin, the obliques bury rectus abdominis in its sheath, the
iliotibial tract has a gap at mid-thigh, and sternalis is missing. Beyond that list, what is called
rotatores is multifidus once more (`rotators`). All lengths are millimetres.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter
from scipy.spatial import cKDTree

from mapmaker.meshes import Mesh, MeshSet
from mapmaker.rotators import rotators
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey, StructureKind
from myomap.errors import MyomapError

Points = NDArray[np.float64]
Faces = NDArray[np.int64]

#: The meshes' own mirror plane (median of 330 left-right pairs); the skin mirrors on x = 0.
MIRROR_PLANE_MM = 0.68

#: Bury rectus abdominis in its sheath; outermost first.
SHEATHS = ("external-oblique", "internal-oblique", "transversus-abdominis")
#: What sternalis lies on.
UNDER_STERNALIS = (
    "pectoralis-major-sternocostal",
    "pectoralis-major-abdominal",
    "pectoralis-major-clavicular",
    "body-of-sternum",
    "manubrium",
    "rectus-abdominis",
    "external-oblique",
)
ROTATORS = "rotatores"
#: The bones that the rotatores of the chest lie on, from above down.
CHEST_SPINE = tuple(
    f"{place}-thoracic-vertebra"
    for place in (
        "first", "second", "third", "fourth", "fifth", "sixth",
        "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    )
)  # fmt: skip
TRACT = "iliotibial-tract"
#: What the bridge of the iliotibial tract lies on.
UNDER_TRACT = (
    "vastus-lateralis",
    "vastus-intermedius",
    "biceps-femoris-short-head",
    "biceps-femoris-long-head",
)

#: Over this length the bridge of the iliotibial tract loses the thickness of a piece.
THINNING_MM = 60.0

#: A map cell nothing was drawn into.
EMPTY = -1e6


@dataclass(frozen=True, slots=True)
class HeightMap:
    """The outermost surface along one axis, on a 1 mm grid of the two other axes."""

    origin: tuple[float, float]
    height: NDArray[np.float64]
    """(n, m); `EMPTY` where no surface is."""

    def at(self, first: Points, second: Points) -> Points:
        """Return bilinear heights at points of the grid's two axes, `EMPTY` off the surface."""
        where = np.stack([first - self.origin[0], second - self.origin[1]])
        full = map_coordinates(self.height, where, order=1, mode="constant", cval=EMPTY)
        nearest = map_coordinates(self.height, where, order=0, mode="constant", cval=EMPTY)
        found: Points = np.where(full < EMPTY / 1e3, nearest, full)
        return found


def scatter_on_faces(vertices: Points, faces: Faces, step: float = 0.8) -> Points:
    """Return points spread over every triangle so that no gap between them exceeds about `step` mm."""
    corners = vertices[faces]
    longest = np.maximum(
        np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1),
        np.linalg.norm(corners[:, 2] - corners[:, 0], axis=1),
    )
    rows = np.clip(np.ceil(longest / step).astype(int), 1, 64)
    spread = []
    for count in np.unique(rows):
        a, b, c = np.moveaxis(corners[rows == count], 1, 0)
        i, j = (g.ravel() for g in np.meshgrid(np.arange(count + 1), np.arange(count + 1)))
        inside = i + j <= count
        u, v = i[inside, None] / count, j[inside, None] / count
        spread.append((a[:, None] + u * (b - a)[:, None] + v * (c - a)[:, None]).reshape(-1, 3))
    return np.concatenate(spread)


def height_map(meshes: list[tuple[Points, Faces]], axis: int, sign: float = 1.0) -> HeightMap:
    """Return the outermost of `meshes` seen along `axis` (0 x, 1 y, 2 z) from its `sign` end.

    Heights are ``sign`` × coordinate, so larger always lies nearer the viewer.
    """
    points = np.concatenate([scatter_on_faces(v, f) for v, f in meshes])
    others = [k for k in range(3) if k != axis]
    plane = points[:, others]
    low = np.floor(plane.min(axis=0)) - 2
    cells = np.rint(plane - low).astype(int)
    grid = np.full(tuple(cells.max(axis=0) + 3), EMPTY)
    np.maximum.at(grid, (cells[:, 0], cells[:, 1]), sign * points[:, axis])
    return HeightMap((float(low[0]), float(low[1])), grid)


def vertex_normals(vertices: Points, faces: Faces) -> Points:
    """Return unit normals, weighted by the area of the faces around each vertex."""
    corners = vertices[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, faces[:, k], face_normals)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: Points = normals / np.maximum(length, 1e-12)
    return unit


def subdivide(vertices: Points, faces: Faces) -> tuple[Points, Faces]:
    """Split every triangle in four at the middles of its edges (no smoothing)."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middles = vertices[unique].mean(axis=1)
    ab, bc, ca = (inverse.reshape(3, -1) + len(vertices)).astype(np.int64)
    a, b, c = faces.T
    split = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    return np.concatenate([vertices, middles]), split


def raise_before(
    vertices: Points, faces: Faces, sheath: list[tuple[Points, Faces]], clearance: float = 1.2
) -> tuple[Points, Faces]:
    """Lift the front of a muscle out of the `sheath` that buries it (rectus abdominis).

    The front takes on the sheath's own relief, which carries the tendinous intersections; the back
    stays. Faces are split once, so that the relief has somewhere to live.
    """
    vertices, faces = subdivide(vertices, faces)
    own = height_map([(vertices, faces)], axis=2)
    cover = height_map(sheath, axis=2)
    xs = own.origin[0] + np.arange(own.height.shape[0])
    ys = own.origin[1] + np.arange(own.height.shape[1])
    grid_x, grid_y = np.meshgrid(xs, ys, indexing="ij")
    above = cover.at(grid_x, grid_y)
    both = (own.height > EMPTY / 2) & (above > EMPTY / 2)
    gap = np.where(both, np.clip(above - own.height, 0, 12), 0)
    weight = gaussian_filter(both.astype(float), 2.5)
    smooth = gaussian_filter(gap, 2.5) / np.maximum(weight, 1e-3)
    lift = HeightMap(own.origin, np.where(weight > 0.02, smooth, 0)).at(vertices[:, 0], vertices[:, 1])
    facing = np.clip((vertex_normals(vertices, faces)[:, 2] + 0.15) / 0.5, 0, 1)
    # What belongs to the front sheet but leans sideways still has to come along.
    near_front = np.clip(1 - (own.at(vertices[:, 0], vertices[:, 1]) - vertices[:, 2]) / 8, 0, 1)
    raised = vertices.copy()
    raised[:, 2] += np.where(lift > EMPTY / 2, lift + clearance, clearance) * np.maximum(facing, near_front)
    return raised, faces


def drape_behind(vertices: Points, faces: Faces, muscle: tuple[Points, Faces]) -> tuple[Points, Faces]:
    """Move the part of a sheath that passes before a muscle behind it (transversus, below the arcuate line).

    Drawn without rectus abdominis it would stand off from the belly as a flap.
    """
    behind = height_map([muscle], axis=2, sign=-1)
    known = behind.height > EMPTY / 2
    weight = gaussian_filter(known.astype(float), 4.0)
    level = gaussian_filter(np.where(known, -behind.height, 0), 4.0) / np.maximum(weight, 1e-3)
    # Beside the muscle the sheath goes free by and by.
    free = 12 * np.clip(1 - weight / 0.5, 0, 1)
    back = HeightMap(behind.origin, np.where(weight > 0.05, level + free, -EMPTY))
    limit = back.at(vertices[:, 0], vertices[:, 1])
    limit = np.where(np.abs(limit) < 1e5, limit, np.inf) - 0.5
    draped = vertices.copy()
    draped[:, 2] = np.minimum(vertices[:, 2], limit)
    return draped, faces


def cut_before(vertices: Points, faces: Faces, front: HeightMap, inset: int = 3) -> tuple[Points, Faces]:
    """Drop the faces of a sheath that still lie before `front` (z), `inset` mm inside its border."""
    covered = (front.height > EMPTY / 2).astype(float)
    inner = 1 - maximum_filter(1 - covered, size=2 * inset + 1)
    height = HeightMap(front.origin, np.where(inner > 0, front.height, -EMPTY))
    middle = vertices[faces].mean(axis=1)
    where = height.at(middle[:, 0], middle[:, 1])
    before = (np.abs(where) < 1e5) & (middle[:, 2] > where - 0.3)
    return vertices, faces[~before]


def keep_where(vertices: Points, faces: Faces, value: Points) -> tuple[Points, Faces]:
    """Return the part of a surface where a vertex function is positive, cut along its zero line."""
    count = (value[faces] > 0).sum(axis=1)
    kept = [faces[count == 3]]
    new: list[Points] = []
    base = len(vertices)
    for face in faces[(count == 1) | (count == 2)]:
        ring: list[int] = []
        for k in range(3):
            a, b = int(face[k]), int(face[(k + 1) % 3])
            if value[a] > 0:
                ring.append(a)
            if (value[a] > 0) != (value[b] > 0):
                share = value[a] / (value[a] - value[b])
                new.append(vertices[a] + share * (vertices[b] - vertices[a]))
                ring.append(base + len(new) - 1)
        kept += [np.array([[ring[0], ring[k], ring[k + 1]]]) for k in range(1, len(ring) - 1)]
    joined = np.concatenate([vertices, np.array(new)]) if new else vertices
    return joined, np.concatenate(kept).astype(np.int64)


def uncover(
    cover: tuple[Points, Faces], muscle: tuple[Points, Faces], reach: float = 6.5
) -> tuple[Points, Faces]:
    """Open a fascia over the muscle in it: what lies within `reach` mm of the muscle is cut away."""
    vertices, faces = subdivide(*cover)
    distance, _ = cKDTree(scatter_on_faces(*muscle, step=2.0)).query(vertices)
    return keep_where(vertices, faces, distance - reach)


def bridge(
    upper: tuple[Points, Faces],
    lower: tuple[Points, Faces],
    muscles: list[tuple[Points, Faces]],
    side: float,
    columns: int = 24,
) -> tuple[Points, Faces]:
    """Loft the strip that closes the gap of the iliotibial tract between its two pieces.

    `upper`, `lower`: the two pieces; `muscles`: what the strip lies on; `side`: +1 left, −1 right.
    The strip runs from 9 mm over the upper piece to 9 mm over the lower one, is stretched between them
    and lies 0.8 mm above the muscles where they bulge. At its ends it is nearly as thick as the pieces and
    hidden behind their back edges, and it is 1.4 mm where it has left them `THINNING_MM` behind, so that those
    edges run out instead of ending in a step. Its two ends stay open, so that no rim catches the light there.
    """

    def end(points: Points, y: float) -> Points:
        """Outer face, height, z and inner face of a piece at a height, a column each."""
        near = points[np.abs(points[:, 1] - y) < 1.2]
        z = np.linspace(near[:, 2].min() + 1.2, near[:, 2].max() + 0.3, columns)
        at = [side * near[np.abs(near[:, 2] - k) < 2.5, 0] for k in z]
        out = gaussian_filter(np.array([k.max() for k in at]) + 0.7, 0.7, mode="nearest")
        inside = gaussian_filter(np.array([k.min() for k in at]) + 0.7, 0.7, mode="nearest")
        return np.stack([out, np.full(columns, y), z, inside], axis=1)

    high, low = scatter_on_faces(*upper), scatter_on_faces(*lower)
    rim_above, rim_below = high[:, 1].min(), low[:, 1].max()
    top, bottom = end(high, rim_above + 9), end(low, rim_below - 9)
    rows = int(np.ceil((top[0, 1] - bottom[0, 1]) / 3)) + 1
    share = np.linspace(0, 1, rows)[:, None]
    y = top[0, 1] * (1 - share) + bottom[0, 1] * share + np.zeros(columns)
    z = top[:, 2] * (1 - share) + bottom[:, 2] * share
    # Between the rims of the pieces, not between its own ends: else it steps down where a piece ends.
    between = np.clip((rim_above - y) / (rim_above - rim_below), 0, 1)
    rims = end(high, rim_above + 1.2), end(low, rim_below - 1.2)
    straight = rims[0][:, 0] * (1 - between) + rims[1][:, 0] * between
    ground = height_map(muscles, axis=0, sign=side).at(y, z) + 0.8
    free = np.clip(np.minimum(share, 1 - share) * (rows - 1) * 3 / 40, 0, 1)
    out = np.where(ground > straight, straight + (ground - straight) * free, straight)
    soft = gaussian_filter(out, (7.0, 3.0), mode="nearest")
    out = np.maximum(out * (1 - free) + soft * free, np.where(free > 0.5, ground, -np.inf))
    # Its ends dive under the pieces, and it covers their rims, so that no step shows where it begins.
    from_end = np.minimum(share, 1 - share) * (rows - 1) * 3 + np.zeros(columns)
    piece = height_map([upper, lower], axis=0, sign=side).at(y, z)
    laid = piece + np.clip(0.2 * from_end - 0.8, -0.8, 0.5)
    over = (piece > EMPTY / 2) & (from_end < 12)
    out = gaussian_filter(np.where(over, laid, out), (1.5, 1.0), mode="nearest") * (from_end < 30) + out * (
        from_end >= 30
    )
    out = np.where(over, np.where(from_end > 5, np.maximum(out, laid), np.minimum(out, laid)), out)
    outer = np.stack([side * out, y, z], axis=-1).reshape(-1, 3)
    thick = np.full_like(out, 1.4)
    for gap, rim in zip((rim_above - y, y - rim_below), rims, strict=True):
        run_out = np.clip(1 - gap / THINNING_MM, 0, 1) ** 2
        thick += run_out * np.maximum(out - 1.4 - rim[:, 3], 0)
    inner = outer - np.stack([side * thick.ravel(), 0 * thick.ravel(), 0 * thick.ravel()], axis=-1)
    vertices, made = closed_sheet(outer, inner, rows, columns, flip=side < 0)
    sheets = 4 * (rows - 1) * (columns - 1)
    ends = np.ptp(vertices[made][:, :, 1], axis=1) < 0.01
    return vertices, made[(np.arange(len(made)) < sheets) | ~ends]


def closed_sheet(
    outer: Points, inner: Points, rows: int, columns: int, *, flip: bool
) -> tuple[Points, Faces]:
    """Close two rows × columns grids of points into one thin body; `flip` turns its faces round."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    sheet = np.concatenate([np.stack(q, axis=-1).reshape(-1, 3) for q in ((a, b, c), (a, c, d))])
    other = sheet[:, ::-1] + rows * columns
    rim = np.concatenate([index[0, :], index[1:, -1], index[-1, -2::-1], index[-2:0:-1, 0]])
    following = np.roll(rim, -1)
    below, below_next = rim + rows * columns, following + rows * columns
    wall = np.concatenate(
        [np.stack([rim, below, below_next], axis=1), np.stack([rim, below_next, following], axis=1)]
    )
    faces = np.concatenate([sheet, other, wall]).astype(np.int64)
    return np.concatenate([outer, inner]), faces[:, ::-1] if flip else faces


def strap(
    path: Points, half_width: Points, thickness: float, ground: HeightMap, columns: int = 14
) -> tuple[Points, Faces]:
    """Lay a thin muscle along `path` (n, 2: x, y from above down) on the `ground` seen from the front.

    `half_width` (n,) mm. The belly is `thickness` mm high in its middle and thins to its rim.
    """
    across = np.linspace(-1, 1, columns)
    along = np.gradient(path, axis=0)
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    plane = path[:, None] + across[None, :, None] * half_width[:, None, None] * normal[:, None]
    base = ground.at(plane[..., 0], plane[..., 1])
    base = np.where(base < EMPTY / 2, np.median(base[base > EMPTY / 2]), base)
    base = np.maximum(gaussian_filter(base, (2.0, 1.5), mode="nearest"), base)
    belly = (
        thickness
        * np.sqrt(np.clip(1 - across**2, 0, 1))[None, :]
        * np.clip(half_width / half_width.max(), 0.3, 1)[:, None]
    )
    outer = np.concatenate([plane, (base + 0.5 + belly)[..., None]], axis=-1).reshape(-1, 3)
    inner = np.concatenate([plane, (base - 0.6)[..., None]], axis=-1).reshape(-1, 3)
    rows = len(path)
    vertices, faces = closed_sheet(outer, inner, rows, columns, flip=False)
    front = vertex_normals(vertices, faces)[: rows * columns, 2].mean()
    return vertices, faces if front > 0 else faces[:, ::-1]


def sternalis(ground: HeightMap, side: float) -> tuple[Points, Faces]:
    """Return sternalis, a variant muscle: a strap beside the breastbone over pectoralis major.

    It runs from the manubrium and the tendon of sternocleidomastoid to the costal cartilages 5-7 and
    the sheath of rectus abdominis (recalled). `side`: +1 left, −1 right.
    """
    share = np.linspace(0, 1, 60)
    x = side * (13 + 17 * share**1.4)
    y = 1312 - 124 * share
    half_width = 2.2 + 6.3 * np.sin(np.pi * np.clip(share * 1.05, 0, 1)) ** 0.8
    return strap(np.stack([x, y], axis=1), half_width, 3.0, ground)


def prepare(meshes: MeshSet) -> MeshSet:
    """Return the meshes with their known limits mended; the order of those given is kept.

    Raises MyomapError if a structure that is to be mended is not there.
    """
    moved = [
        replace(mesh, vertices=mesh.vertices - np.array([MIRROR_PLANE_MM, 0, 0], np.float32))
        for mesh in meshes
    ]
    current = MeshSet(tuple(moved))
    added: list[Mesh] = []
    changed: dict[str, Mesh] = {}
    for laterality, side in ((Laterality.RIGHT, -1.0), (Laterality.LEFT, 1.0)):
        rectus = _one(current, "rectus-abdominis", laterality)
        sheath = [_one(current, name, laterality) for name in SHEATHS]
        vertices, faces = raise_before(*_arrays(rectus), [_arrays(mesh) for mesh in sheath])
        changed[rectus.id] = _with(rectus, vertices, faces)
        front = height_map([(vertices, faces)], axis=2)
        for alba in _either(current, "linea-alba", laterality):
            if alba.id not in changed:
                covers = [
                    _arrays(mesh)
                    for name in SHEATHS[:2]
                    for side_of in (Laterality.RIGHT, Laterality.LEFT)
                    for mesh in _all(current, name, side_of)
                ]
                changed[alba.id] = _with(alba, *raise_before(*_arrays(alba), covers, 0.4))
        for mesh in sheath:
            body = _arrays(mesh)
            if mesh.key.structure == SHEATHS[-1]:
                body = drape_behind(*body, _arrays(rectus))
            changed[mesh.id] = _with(mesh, *cut_before(*body, front))

        upper, lower = sorted(_all(current, TRACT, laterality), key=lambda m: -float(m.vertices[:, 1].mean()))
        ground = [_arrays(_one(current, name, laterality)) for name in UNDER_TRACT]
        strip = bridge(_arrays(upper), _arrays(lower), ground, side)
        tensor = _arrays(_one(current, "tensor-fasciae-latae", laterality))
        changed[upper.id] = _with(upper, *uncover(_arrays(upper), tensor))
        added.append(
            _new(
                f"bridge_of_{upper.id}",
                f"{laterality} iliotibial tract (bridge)",
                upper.kind,
                upper.key,
                strip,
            )
        )

        copied = _one(current, ROTATORS, laterality)
        spine = [_either(current, name, laterality)[0].vertices.astype(np.float64) for name in CHEST_SPINE]
        first, *others = rotators(spine, side)
        changed[copied.id] = _with(copied, *first)
        added.extend(
            _new(f"{copied.id}_{k}", copied.name, copied.kind, copied.key, body)
            for k, body in enumerate(others, start=2)
        )

        chest = [changed.get(m.id, m) for name in UNDER_STERNALIS for m in _either(current, name, laterality)]
        key = StructureKey("sternalis", laterality)
        thin = sternalis(height_map([_arrays(mesh) for mesh in chest], axis=2), side)
        added.append(
            _new(f"sternalis_{laterality}", f"{laterality} sternalis", StructureKind.MUSCLE, key, thin)
        )
    return MeshSet((*(changed.get(mesh.id, mesh) for mesh in moved), *added))


def _arrays(mesh: Mesh) -> tuple[Points, Faces]:
    return mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)


def _with(mesh: Mesh, vertices: Points, faces: Faces) -> Mesh:
    return replace(mesh, vertices=vertices.astype(np.float32), faces=faces.astype(np.int32))


def _new(name: str, title: str, kind: StructureKind, key: StructureKey, body: tuple[Points, Faces]) -> Mesh:
    vertices, faces = body
    return Mesh(name, title, kind, key, vertices.astype(np.float32), faces.astype(np.int32))


def _all(meshes: MeshSet, structure: str, laterality: Laterality) -> tuple[Mesh, ...]:
    found = meshes.by_key.get(StructureKey(structure, laterality), ())
    if not found:
        raise MyomapError(
            f"There is no mesh of the {laterality} structure “{structure}”, which has to be mended.",
            safe="The old maps stay as they were.",
        )
    return found


def _one(meshes: MeshSet, structure: str, laterality: Laterality) -> Mesh:
    return _all(meshes, structure, laterality)[0]


def _either(meshes: MeshSet, structure: str, laterality: Laterality) -> tuple[Mesh, ...]:
    """Return the meshes of a structure of this side, or of the midline."""
    sides = (laterality, Laterality.MIDLINE)
    found = [mesh for side in sides for mesh in meshes.by_key.get(StructureKey(structure, side), ())]
    return tuple(found)
