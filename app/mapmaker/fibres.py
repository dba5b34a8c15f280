"""Which way the fibres of a muscle run and where it turns to tendon, from the shape of its mesh.

Each muscle gets a length coordinate: the smoothest function on its surface that runs from one end to
the other (first non-constant eigenvector of the surface's Laplacian). Its gradient is the direction of
the fibres, its level lines are cross-sections. Where the cross-section is small beside the belly, there
is tendon. Both are numbers a vertex, so they travel with the mesh to another figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, eigsh, splu
from scipy.spatial import cKDTree

from mapmaker.meshes import Mesh, MeshSet
from mapmaker.prepare import Faces, Points, vertex_normals
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey, StructureKind

#: Muscles of expression go into the skin by their fibres: they have no tendon to show.
NO_TENDON = frozenset(
    [
        "buccinator", "corrugator-supercilii", "depressor-anguli-oris", "depressor-labii-inferioris",
        "depressor-septi-nasi", "levator-anguli-oris", "levator-labii-superioris",
        "levator-labii-superioris-alaeque-nasi", "mentalis", "nasalis", "occipitofrontalis-frontalis",
        "occipitofrontalis-occipitalis", "orbicularis-oculi-orbital", "orbicularis-oculi-palpebral",
        "orbicularis-oris", "platysma", "procerus", "risorius", "temporoparietalis", "zygomaticus-major",
        "zygomaticus-minor", "external-anal-sphincter", "diaphragm", "external-intercostal",
        "internal-intercostal", "innermost-intercostal", "rotatores", "multifidus", "sternalis",
        "palmaris-brevis", "gluteus-maximus", "internal-oblique", "external-oblique",
        "transversus-abdominis",
    ]
)  # fmt: skip

#: Fibres that do not run along the longest way of the mesh. x is given for the left side (outward).
DIRECTION: Mapping[str, tuple[float, float, float]] = {
    "external-oblique": (-0.55, -0.75, 0.25),
    "internal-oblique": (-0.6, 0.75, 0.2),
    "transversus-abdominis": (-1.0, 0.0, 0.6),
    "serratus-anterior": (0.2, 0.35, -1.0),
    "external-intercostal": (-0.4, -0.8, 0.4),
    "internal-intercostal": (0.4, -0.8, -0.4),
    "gluteus-maximus": (0.75, -0.6, 0.2),
    "quadratus-lumborum": (0.1, 1.0, 0.0),
    "rectus-abdominis": (0.0, 1.0, 0.0),
    "iliotibial-tract": (0.0, 1.0, 0.0),
    "linea-alba": (0.0, 1.0, 0.0),
    "masseter-superficial": (0.1, -1.0, -0.35),
    "masseter-deep": (0.1, -1.0, -0.2),
    "vastus-lateralis": (-0.25, -1.0, 0.2),
    "vastus-medialis": (0.35, -1.0, 0.1),
}

#: Their fibres run from the brow over the head to the nape.
OVER_THE_HEAD = frozenset(
    ["half-of-epicranial-aponeurosis", "occipitofrontalis-frontalis", "occipitofrontalis-occipitalis"]
)

#: Share of the length that is tendon at the lower and at the upper end, where the shape of the mesh
#: does not tell (recalled; the tendon of the finger extensors widens into slips).
TENDON_SHARE: Mapping[str, tuple[float, float]] = {
    "extensor-digitorum": (0.43, 0.03),
    "extensor-digiti-minimi": (0.42, 0.04),
    "extensor-indicis": (0.5, 0.02),
    "extensor-pollicis-longus": (0.48, 0.02),
    "extensor-pollicis-brevis": (0.42, 0.02),
    "extensor-carpi-radialis-longus": (0.5, 0.02),
    "extensor-carpi-radialis-brevis": (0.4, 0.06),
    "extensor-carpi-ulnaris-humeral-head": (0.25, 0.05),
    "extensor-carpi-ulnaris-ulnar-head": (0.2, 0.02),
    "abductor-pollicis-longus": (0.28, 0.02),
    "palmaris-longus": (0.55, 0.05),
    "flexor-carpi-radialis": (0.45, 0.05),
    "flexor-carpi-ulnaris-humeral-head": (0.22, 0.05),
    "flexor-pollicis-longus": (0.45, 0.02),
    "flexor-digitorum-superficialis-humeroulnar-head": (0.3, 0.05),
    "extensor-hallucis-longus": (0.48, 0.02),
    "extensor-digitorum-brevis": (0.35, 0.03),
    "extensor-hallucis-brevis": (0.35, 0.03),
    "fibularis-brevis": (0.25, 0.02),
    "fibularis-tertius": (0.35, 0.02),
    "gracilis": (0.22, 0.05),
    "soleus": (0.14, 0.05),
    "sartorius": (0.06, 0.03),
    "longissimus-thoracis": (0.1, 0.02),
    "iliocostalis-lumborum": (0.08, 0.02),
    "sternocleidomastoid": (0.1, 0.07),
    "semimembranosus": (0.16, 0.24),
}

#: Fans: the fibres meet at one end, the mean of the 3 % of the mesh farthest in this direction (x outward
#: on the left); then the length of the tendon there in mm.
FAN: Mapping[str, tuple[tuple[float, float, float], float]] = {
    "pectoralis-major-sternocostal": ((1.0, 0.35, -0.3), 26),
    "pectoralis-major-clavicular": ((1.0, -0.4, -0.3), 22),
    "pectoralis-major-abdominal": ((1.0, 0.6, -0.3), 22),
    "pectoralis-minor": ((0.5, 1.0, 0.0), 18),
    "latissimus-dorsi": ((0.6, 0.6, 0.8), 30),
    "trapezius-ascending": ((0.9, 0.5, 0.0), 22),
    "trapezius-descending": ((1.0, -0.35, 0.1), 14),
    "trapezius-transverse": ((1.0, 0.1, 0.2), 14),
    "gluteus-medius": ((0.8, -1.0, 0.2), 26),
    "gluteus-minimus": ((0.8, -1.0, 0.4), 22),
    "temporalis": ((-0.1, -1.0, 0.15), 16),
    "infraspinatus": ((1.0, 0.45, 0.2), 24),
    "supraspinatus": ((1.0, 0.1, 0.2), 22),
    "subscapularis": ((1.0, 0.3, 0.4), 20),
    "iliacus": ((0.0, -1.0, 0.0), 24),
    "deltoid-clavicular": ((0.3, -1.0, 0.0), 18),
    "deltoid-acromial": ((0.1, -1.0, 0.0), 26),
    "deltoid-spinal": ((0.4, -1.0, 0.3), 20),
    "serratus-posterior-inferior": ((-1.0, -0.6, 0.0), 45),
}


@dataclass(frozen=True, slots=True, eq=False)
class Fibres:
    """Numbers a vertex of one mesh: ``length`` in mm from one end, ``tendon`` 0 (flesh) to 1."""

    length: NDArray[np.float32]
    tendon: NDArray[np.float32]


@njit(cache=True)
def _thickness(points, inward, corners, limit):  # type: ignore[no-untyped-def]
    """Return per point the distance along `inward` to the nearest triangle met, or `limit`."""
    found = np.full(points.shape[0], limit)
    for n in range(points.shape[0]):
        ox, oy, oz = points[n, 0], points[n, 1], points[n, 2]
        dx, dy, dz = inward[n, 0], inward[n, 1], inward[n, 2]
        best = limit
        for f in range(corners.shape[0]):
            ax, ay, az = corners[f, 0, 0], corners[f, 0, 1], corners[f, 0, 2]
            if abs(ax - ox) > best + 15 or abs(ay - oy) > best + 15 or abs(az - oz) > best + 15:
                continue
            e1x, e1y, e1z = corners[f, 1, 0] - ax, corners[f, 1, 1] - ay, corners[f, 1, 2] - az
            e2x, e2y, e2z = corners[f, 2, 0] - ax, corners[f, 2, 1] - ay, corners[f, 2, 2] - az
            px, py, pz = dy * e2z - dz * e2y, dz * e2x - dx * e2z, dx * e2y - dy * e2x
            det = e1x * px + e1y * py + e1z * pz
            if abs(det) < 1e-9:
                continue
            tx, ty, tz = ox - ax, oy - ay, oz - az
            u = (tx * px + ty * py + tz * pz) / det
            if u < 0.0 or u > 1.0:
                continue
            qx, qy, qz = ty * e1z - tz * e1y, tz * e1x - tx * e1z, tx * e1y - ty * e1x
            v = (dx * qx + dy * qy + dz * qz) / det
            if v < 0.0 or u + v > 1.0:
                continue
            t = (e2x * qx + e2y * qy + e2z * qz) / det
            if 0.05 < t < best:
                best = t
        found[n] = best
    return found


def laplacian(vertices: Points, faces: Faces) -> tuple[csr_matrix, Points]:
    """Return the cotangent stiffness matrix and the lumped mass (area) of each vertex."""
    count = len(vertices)
    corners = vertices[faces]
    rows, columns, values = [], [], []
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    for k in range(3):
        i, j, o = faces[:, (k + 1) % 3], faces[:, (k + 2) % 3], k
        first, second = corners[:, (o + 1) % 3] - corners[:, o], corners[:, (o + 2) % 3] - corners[:, o]
        cosine = (first * second).sum(axis=1)
        sine = np.maximum(np.linalg.norm(np.cross(first, second), axis=1), 1e-9)
        weight = np.clip(cosine / sine / 2, 0.02, 8)  # keeps slivers from turning the matrix indefinite
        rows += [i, j]
        columns += [j, i]
        values += [weight, weight]
    w = coo_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count, count)
    ).tocsr()
    stiffness = diags(np.asarray(w.sum(axis=1)).ravel()) - w
    mass = np.zeros(count)
    for k in range(3):
        np.add.at(mass, faces[:, k], area / 3)
    return stiffness.tocsr(), np.maximum(mass, 1e-6)


def face_gradient(vertices: Points, faces: Faces, values: Points) -> tuple[Points, Points]:
    """Return the gradient of a vertex function on each face (n, 3) and the faces' areas."""
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    normal = np.cross(b - a, c - a)
    double = np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    unit = normal / double
    fa, fb, fc = values[faces].T[..., None]
    gradient = (fa * np.cross(unit, c - b) + fb * np.cross(unit, a - c) + fc * np.cross(unit, b - a)) / double
    return gradient, double[:, 0] / 2


def length_coordinate(vertices: Points, faces: Faces) -> Points:
    """Return the length coordinate (mm), by connected piece; 0 on pieces too small to have one."""
    stiffness, mass = laplacian(vertices, faces)
    count, piece = connected_components(stiffness, directed=False)
    length = np.zeros(len(vertices))
    for number in range(count):
        here = np.flatnonzero(piece == number)
        if len(here) < 12:
            continue
        sub, weight = stiffness[here][:, here], mass[here]
        shifted = splu((sub + diags(weight * 1e-6)).tocsc())
        inverse = LinearOperator(sub.shape, matvec=shifted.solve)
        start = vertices[here] @ np.array([0.3, 1.0, 0.2])  # a fixed start keeps the result the same
        try:
            _, vectors = eigsh(
                sub, k=2, M=diags(weight), sigma=-1e-6, OPinv=inverse, v0=start - start.mean() + 1e-3
            )
        except (RuntimeError, ArithmeticError):
            continue
        mode = vectors[:, 1]
        mode = mode * np.sign(np.corrcoef(mode, vertices[here, 1])[0, 1] or 1.0)
        span = np.ptp(mode)
        extent = _extent(vertices[here], mode)
        if span > 0:
            # Level lines are even near the middle and crowd at the ends: the arccos of the mode undoes it.
            length[here] = np.arccos(np.clip(1 - 2 * (mode - mode.min()) / span, -1, 1)) / np.pi * extent
    return length


def _extent(vertices: Points, mode: Points) -> float:
    """Return the distance between the two ends of a mode, in mm."""
    low, high = np.quantile(mode, [0.02, 0.98])
    return float(np.linalg.norm(vertices[mode >= high].mean(axis=0) - vertices[mode <= low].mean(axis=0)))


def tendon_weight(vertices: Points, faces: Faces, length: Points) -> Points:
    """Return 0 (flesh) … 1 (tendon) a vertex: how small the cross-section is beside the belly."""
    corners = vertices[faces]
    inward = -vertex_normals(vertices, faces)
    thick = _thickness(vertices, inward, corners, 60.0)
    gradient, area = face_gradient(vertices, faces, length)
    slope = np.linalg.norm(gradient, axis=1)
    span = float(np.ptp(length))
    if span < 15:
        return np.zeros(len(vertices))
    bins = int(np.clip(span / 5, 12, 60))
    edges = np.linspace(length.min(), length.max(), bins + 1)
    of_face = np.clip(np.digitize(length[faces].mean(axis=1), edges) - 1, 0, bins - 1)
    of_vertex = np.clip(np.digitize(length, edges) - 1, 0, bins - 1)
    perimeter = np.bincount(of_face, area * slope, bins) / (span / bins)
    depth = np.array(
        [np.quantile(thick[of_vertex == k], 0.7) if (of_vertex == k).any() else 0 for k in range(bins)]
    )
    section = np.convolve(np.pad(perimeter / 2 * depth, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    full = np.quantile(section, 0.9)
    small = np.clip((0.30 - section / max(full, 1e-6)) / 0.20, 0, 1)
    # From the belly outwards, what has once become tendon stays tendon (the slips to the fingers
    # together are wide again); a waist between two bellies stays flesh.
    peak = int(np.argmax(section))
    while peak + 1 < bins and section[peak + 1 :].max(initial=0) > 0.6 * full:
        peak += 1
    small[peak:] = np.maximum.accumulate(small[peak:])
    first = int(np.flatnonzero(section > 0.6 * full)[0])
    small[: first + 1] = np.maximum.accumulate(small[: first + 1][::-1])[::-1]
    small[first : peak + 1] = 0
    middles = (edges[:-1] + edges[1:]) / 2
    found: Points = np.interp(length, middles, small)
    return found


def fibres_of(mesh: Mesh) -> Fibres:
    """Return the fibres of a mesh; bones get zeros, tendons and aponeuroses a length alone."""
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    if mesh.kind is StructureKind.BONE:
        nothing = np.zeros(len(vertices), np.float32)
        return Fibres(nothing, nothing)
    structure = mesh.key.structure
    outward = np.array([-1.0 if mesh.key.laterality is Laterality.RIGHT else 1.0, 1, 1])
    tendon = np.zeros(len(vertices))
    if structure in FAN:
        toward, reach = FAN[structure]
        along = vertices @ (np.array(toward) * outward)
        tip = vertices[along >= np.quantile(along, 0.97)].mean(axis=0)
        distance = np.linalg.norm(vertices - tip, axis=1)
        near = distance - np.quantile(distance, 0.02)
        tendon = np.clip((reach - near) / 12 + 0.5, 0, 1)
        return _pack(distance.max() - distance, np.maximum(tendon, aponeurosis(structure, vertices)))
    length = length_coordinate(vertices, faces)
    if mesh.kind is StructureKind.MUSCLE and structure not in NO_TENDON:
        tendon = tendon_weight(vertices, faces, length)
        share = TENDON_SHARE.get(structure)
        if share is not None:
            along = length / max(float(length.max()), 1e-6)
            lower = np.clip((share[0] - along) / 0.05 + 0.5, 0, 1)
            upper = np.clip((along - 1 + share[1]) / 0.05 + 0.5, 0, 1)
            tendon = np.maximum(lower, upper)
    if structure in OVER_THE_HEAD:
        length = over_the_head(vertices)
    given = DIRECTION.get(structure)
    if given is not None:
        direction = np.array(given) * outward
        length = vertices @ (direction / np.linalg.norm(direction))
        length -= length.min()
    return _pack(length, np.maximum(tendon, aponeurosis(structure, vertices)))


def aponeurosis(structure: str, vertices: Points) -> Points:
    """Return the share of tendon of broad aponeuroses, by place on the male body in mm (recalled)."""
    x, y = np.abs(vertices[:, 0]), vertices[:, 1]
    if structure == "external-oblique":  # medial of the semilunar line, and below the spine of the ilium
        border = 92 - 16 * np.clip((y - 1060) / 110, 0, 1) + 45 * np.clip((955 - y) / 70, 0, 1)
        return np.clip((border - x) / 10 + 0.5, 0, 1) * (vertices[:, 2] > 0) * np.clip((1165 - y) / 25, 0, 1)
    if structure == "latissimus-dorsi":  # the thoracolumbar fascia: a diamond over the loin
        border = np.interp(y, [890, 930, 985, 1060, 1150], [40, 62, 66, 38, 3])
        return np.clip((border - x) / 10 + 0.5, 0, 1) * (vertices[:, 2] < -20)
    if structure.startswith("trapezius"):  # the bare patch round the vertebra prominens
        border = 26 - 0.42 * np.abs(y - 1372)
        return np.clip((border - x) / 9 + 0.5, 0, 1)
    if structure in CROSS_WRIST or structure.startswith(CROSS_WRIST_STEMS):
        return np.clip((850 - y) / 16, 0, 1)
    if structure in CROSS_ANKLE:
        return np.clip((108 - y) / 16, 0, 1)
    return np.zeros(len(vertices))


#: Muscles of the forearm and the leg that are tendon where they cross the wrist and the ankle.
CROSS_WRIST = frozenset(["palmaris-longus", "abductor-pollicis-longus", "flexor-pollicis-longus"])
CROSS_WRIST_STEMS = (
    "flexor-digitorum-superficialis",
    "flexor-digitorum-profundus",
    "flexor-carpi",
    "extensor-carpi",
    "extensor-indicis",
    "extensor-pollicis",
    "extensor-digiti-minimi",
)
CROSS_ANKLE = frozenset(
    [
        "tibialis-anterior",
        "tibialis-posterior",
        "extensor-hallucis-longus",
        "extensor-digitorum-longus",
        "flexor-hallucis-longus",
        "flexor-digitorum-longus",
        "fibularis-longus",
        "fibularis-brevis",
        "fibularis-tertius",
        "plantaris",
    ]
)


def over_the_head(vertices: Points) -> Points:
    """Return mm along an arc over the head from front to back: the way of the scalp's fibres."""
    arc = np.arctan2(vertices[:, 1] - 1540, vertices[:, 2] + 18) * 85
    return np.asarray(arc - arc.min(), np.float64)


def _pack(length: Points, tendon: Points) -> Fibres:
    return Fibres(length.astype(np.float32), tendon.astype(np.float32))


def all_fibres(meshes: MeshSet) -> dict[str, Fibres]:
    """Return the fibres of every mesh by id; the left takes those of the right, so that both agree."""
    found = {mesh.id: fibres_of(mesh) for mesh in meshes if mesh.key.laterality is not Laterality.LEFT}
    for mesh in meshes:
        if mesh.id in found:
            continue
        partners = meshes.by_key.get(StructureKey(mesh.key.structure, Laterality.RIGHT), ())
        if not partners or mesh.kind is StructureKind.BONE:
            found[mesh.id] = fibres_of(mesh)
            continue
        places = np.concatenate([partner.vertices for partner in partners])
        length = np.concatenate([found[partner.id].length for partner in partners])
        tendon = np.concatenate([found[partner.id].tendon for partner in partners])
        mirrored = mesh.vertices * np.array([-1, 1, 1], np.float32)
        distance, index = cKDTree(places).query(mirrored, k=3)
        weight = 1 / (distance + 0.2) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        found[mesh.id] = _pack((length[index] * weight).sum(axis=1), (tendon[index] * weight).sum(axis=1))
    return found


def trust(mesh: Mesh) -> float:
    """Return how far the length coordinate is to be believed against the relief of the mesh."""
    if mesh.kind is StructureKind.CONNECTIVE:
        return 3.0
    return 2.0 if mesh.key.structure in {*DIRECTION, *FAN, *OVER_THE_HEAD} else 1.0


def directions(mesh: Mesh, length: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unit direction of the fibres at each vertex, in the surface; zeros where there is none."""
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    gradient, area = face_gradient(vertices, faces, length.astype(np.float64))
    summed = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(summed, faces[:, k], gradient * area[:, None])
    size = np.linalg.norm(summed, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.where(size > 1e-9, summed / np.maximum(size, 1e-9), 0).astype(np.float32)
    return unit
