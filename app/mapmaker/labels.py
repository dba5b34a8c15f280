"""Label images made clean: votes for smooth borders, no specks, no corners that touch diagonally.

A label image is int32[h, w]; -1 is where nothing is drawn.
"""

import heapq
from typing import Any

import cv2
import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

Labels = NDArray[np.int32]
NOTHING = -1


def clean(labels: Labels, sigma_px: float, least_px: int) -> Labels:
    """Return the image with voted borders and every connected piece at least ``least_px`` large."""
    image = vote(labels, sigma_px)
    for _ in range(4):
        image = without_specks(image, least_px)
        if not open_diagonals(image):
            break
    return image


def vote(labels: Labels, sigma_px: float) -> Labels:
    """Give each pixel the label whose Gaussian-blurred mask is highest there (the argmax).

    Each label is blurred only in its own box, so the cost is the sum of the boxes.
    """
    best = np.zeros(labels.shape, np.float32)
    winner = np.full(labels.shape, NOTHING, np.int32)
    reach = int(np.ceil(4 * sigma_px)) + 1
    height, width = labels.shape
    boxes = _boxes(labels + 1, int(labels.max(initial=NOTHING)) + 2)
    for index, (top, bottom, left, right) in enumerate(boxes):
        if bottom < top:
            continue
        y0, y1 = max(0, top - reach), min(height, bottom + 1 + reach)
        x0, x1 = max(0, left - reach), min(width, right + 1 + reach)
        mask = (labels[y0:y1, x0:x1] == index - 1).astype(np.float32)
        blurred = cv2.GaussianBlur(mask, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
        here = best[y0:y1, x0:x1]
        better = blurred > here
        here[better] = blurred[better]
        winner[y0:y1, x0:x1][better] = index - 1
    return winner


@numba.njit(cache=True)
def _boxes(shifted: Labels, count: int) -> NDArray[np.int64]:
    boxes = np.empty((count, 4), np.int64)
    for k in range(count):
        boxes[k, 0], boxes[k, 1] = shifted.shape[0], -1
        boxes[k, 2], boxes[k, 3] = shifted.shape[1], -1
    for row in range(shifted.shape[0]):
        for column in range(shifted.shape[1]):
            k = shifted[row, column]
            boxes[k, 0] = min(boxes[k, 0], row)
            boxes[k, 1] = max(boxes[k, 1], row)
            boxes[k, 2] = min(boxes[k, 2], column)
            boxes[k, 3] = max(boxes[k, 3], column)
    return boxes


@numba.njit(cache=True)
def components(labels: Labels) -> tuple[Labels, int]:
    """Number the 4-connected pieces of equal label in reading order: int32[h, w] and their count."""
    height, width = labels.shape
    parent = np.empty(height * width, np.int32)
    out = np.empty((height, width), np.int32)
    count = 0
    for row in range(height):
        for column in range(width):
            value = labels[row, column]
            up = out[row - 1, column] if row > 0 and labels[row - 1, column] == value else -1
            left = out[row, column - 1] if column > 0 and labels[row, column - 1] == value else -1
            if up < 0 and left < 0:
                parent[count] = count
                out[row, column] = count
                count += 1
                continue
            if up < 0 or left < 0:
                out[row, column] = max(up, left)
                continue
            a, b = up, left
            while parent[a] != a:
                a = parent[a]
            while parent[b] != b:
                b = parent[b]
            root = min(a, b)
            parent[a], parent[b] = root, root
            parent[up], parent[left] = root, root
            out[row, column] = root
    number = np.empty(count, np.int32)
    kept = 0
    for k in range(count):
        root = k
        while parent[root] != root:
            root = parent[root]
        if root == k:
            number[k] = kept
            kept += 1
        else:
            number[k] = number[root]
    for row in range(height):
        for column in range(width):
            out[row, column] = number[out[row, column]]
    return out, kept


def without_specks(labels: Labels, least_px: int) -> Labels:
    """Give every piece smaller than ``least_px`` to the label with which it shares most border.

    The smallest goes first; pieces that grow together in this way are weighed anew.
    """
    pieces, count = components(labels)
    size, value = _measured(pieces, labels, count)
    small = size < least_px
    if count < 2 or not small.any():
        return labels
    around: dict[int, dict[int, int]] = {int(k): {} for k in np.flatnonzero(small)}
    pairs = _small_cracks(pieces, small)
    found, lengths = np.unique(pairs[:, 0] * np.int64(count) + pairs[:, 1], return_counts=True)
    for code, length in zip(found.tolist(), lengths.tolist(), strict=True):
        around[code // count][code % count] = length
    parent: dict[int, int] = {}

    def root(piece: int) -> int:
        while piece in parent:
            piece = parent[piece]
        return piece

    waiting = [(int(size[k]), k) for k in around]
    heapq.heapify(waiting)
    while waiting:
        extent, piece = heapq.heappop(waiting)
        if piece in parent or size[piece] != extent:
            continue
        shared: dict[int, int] = {}
        touching = {root(other) for other in around[piece]} - {piece}
        for other, length in around[piece].items():
            if root(other) != piece:
                label = int(value[root(other)])
                shared[label] = shared.get(label, 0) + length
        if not shared:
            continue
        label = max(shared, key=lambda k: (shared[k], k))
        joined = sorted((other for other in touching if value[other] == label), key=lambda k: (-size[k], k))
        home = joined[0]
        for other in (piece, *joined[1:]):
            parent[other] = home
            size[home] += size[other]
            if home in around:
                for neighbour, length in around.get(other, {}).items():
                    around[home][neighbour] = around[home].get(neighbour, 0) + length
        if size[home] < least_px:
            heapq.heappush(waiting, (int(size[home]), home))
    final = value.copy()
    for piece in parent:
        final[piece] = value[root(piece)]
    return final[pieces]


@numba.njit(cache=True)
def _measured(pieces: Labels, labels: Labels, count: int) -> tuple[NDArray[np.int64], Labels]:
    size = np.zeros(count, np.int64)
    value = np.zeros(count, np.int32)
    for row in range(pieces.shape[0]):
        for column in range(pieces.shape[1]):
            size[pieces[row, column]] += 1
            value[pieces[row, column]] = labels[row, column]
    return size, value


@numba.njit(cache=True)
def _small_cracks(pieces: Labels, small: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a row (small piece, neighbour) for each unit of border of every small piece."""
    height, width = pieces.shape
    total = 0
    out = np.empty((0, 2), np.int64)
    for turn in range(2):
        used = 0
        for row in range(height):
            for column in range(width):
                a = pieces[row, column]
                for k in range(2):
                    r, c = row + k, column + 1 - k
                    if r >= height or c >= width:
                        continue
                    b = pieces[r, c]
                    if a == b:
                        continue
                    if small[a]:
                        if turn:
                            out[used, 0], out[used, 1] = a, b
                        used += 1
                    if small[b]:
                        if turn:
                            out[used, 0], out[used, 1] = b, a
                        used += 1
        if turn == 0:
            total = used
            out = np.empty((total, 2), np.int64)
    return out


def fill_holes(labels: Labels) -> None:
    """Give what is enclosed and empty to the nearest label, in place."""
    empty = labels == NOTHING
    holes = ndimage.binary_fill_holes(~empty) & empty
    if holes.any():
        rows, columns = np.nonzero(holes)
        box = (
            slice(max(0, rows.min() - 1), rows.max() + 2),
            slice(max(0, columns.min() - 1), columns.max() + 2),
        )
        nearest = ndimage.distance_transform_edt(empty[box], return_distances=False, return_indices=True)
        filled = labels[box][tuple(nearest)]
        labels[box][holes[box]] = filled[holes[box]]


@numba.njit(cache=True)
def open_diagonals(labels: Labels) -> int:
    """Change pixels in place until no label touches itself only across a corner; returns how many.

    Then at every corner each label around it is one run of pixels, and every border a simple line.
    """
    height, width = labels.shape
    total = 0
    for _ in range(50):
        changed = 0
        for row in range(height - 1):
            for column in range(width - 1):
                a, b = labels[row, column], labels[row, column + 1]
                c, d = labels[row + 1, column], labels[row + 1, column + 1]
                if a == d and b != a and c != a:
                    if c == NOTHING:
                        labels[row + 1, column] = a
                    else:
                        labels[row, column + 1] = a
                    changed += 1
                elif b == c and a != b and d != b:
                    if d == NOTHING:
                        labels[row + 1, column + 1] = b
                    else:
                        labels[row, column] = b
                    changed += 1
        total += changed
        if changed == 0:
            break
    return total


@numba.njit(cache=True)
def nearest_class(
    triangle: Labels,
    points: NDArray[np.float64],
    faces: Labels,
    classes: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> Labels:
    """Give each pixel the class that weighs most there, interpolated over its triangle.

    ``points`` as `raster.project` makes them; ``classes`` and ``weights`` [vertices, k]: the k
    heaviest classes of each vertex.
    """
    height, width = triangle.shape
    out = np.full((height, width), -1, np.int32)
    many = classes.shape[1]
    for row in range(height):
        for column in range(width):
            f = triangle[row, column]
            if f < 0:
                continue
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            x, y = column + 0.5, row + 0.5
            ax, ay = points[a, 0], points[a, 1]
            bx, by = points[b, 0], points[b, 1]
            cx, cy = points[c, 0], points[c, 1]
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            wa = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
            wb = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
            wc = 1.0 - wa - wb
            most = -1.0
            for i in range(3 * many):
                corner = a if i < many else (b if i < 2 * many else c)
                label = classes[corner, i % many]
                if label < 0:
                    continue
                total = 0.0
                for k in range(many):
                    if classes[a, k] == label:
                        total += wa * weights[a, k]
                    if classes[b, k] == label:
                        total += wb * weights[b, k]
                    if classes[c, k] == label:
                        total += wc * weights[c, k]
                if total > most or (total == most and label < out[row, column]):
                    most = total
                    out[row, column] = label
    return out


def class_weights(faces: Labels, face_class: NDArray[Any], vertices: int) -> "sparse.csr_matrix[np.float64]":
    """Return [vertices, classes]: the share of each class among the faces around a vertex."""
    count = int(face_class.max()) + 1
    of_corner = np.repeat(face_class.astype(np.int64), 3)
    ones = np.ones(len(of_corner))
    weight = sparse.coo_matrix((ones, (faces.ravel(), of_corner)), shape=(vertices, count)).tocsr()
    return (sparse.diags(1.0 / np.maximum(np.asarray(weight.sum(1)).ravel(), 1)) @ weight).tocsr()


def spread_weights(
    weight: "sparse.csr_matrix[np.float64]", faces: Labels, width: NDArray[Any], rounds: int
) -> "sparse.csr_matrix[np.float64]":
    """Move each vertex's weights toward the mean of its neighbours, round by round.

    ``width`` mm of each class: where classes are wide the move is full, where they are narrow it is
    small, so a border on the thigh is smoothed widely and a toe keeps its shape.
    """
    vertices = weight.shape[0]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ones = np.ones(len(edges))
    around = sparse.coo_matrix((ones, (edges[:, 0], edges[:, 1])), shape=(vertices, vertices)).tocsr()
    around = ((around + around.T) > 0).astype(np.float64) + sparse.identity(vertices)
    around = sparse.diags(1.0 / np.asarray(around.sum(1)).ravel()) @ around
    move = np.clip((weight @ width - 20.0) / 60.0, 0.08, 1.0)
    step = (sparse.diags(1.0 - move) + sparse.diags(move) @ around).tocsr()
    for _ in range(rounds):
        weight = step @ weight
    return weight.tocsr()


def heaviest(
    weight: "sparse.csr_matrix[np.float64]", keep: int = 5
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the ``keep`` heaviest classes [vertices, keep] (-1 for none) and their weights."""
    vertices = weight.shape[0]
    weight.sort_indices()
    classes = np.full((vertices, keep), -1, np.int32)
    weights = np.zeros((vertices, keep), np.float32)
    many = np.diff(weight.indptr)
    alone = np.flatnonzero(many == 1)
    classes[alone, 0] = weight.indices[weight.indptr[alone]]
    weights[alone, 0] = weight.data[weight.indptr[alone]]
    for row in np.flatnonzero(many > 1):
        start, end = weight.indptr[row], weight.indptr[row + 1]
        order = np.argsort(-weight.data[start:end], kind="stable")[:keep]
        classes[row, : len(order)] = weight.indices[start:end][order]
        weights[row, : len(order)] = weight.data[start:end][order]
    return classes, weights
