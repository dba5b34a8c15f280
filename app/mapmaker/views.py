"""Views as mapmaker needs them: the published value and how its plate is drawn (data/views.yaml)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Direction, Figure, Frame, View
from myomap.errors import MyomapError


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the body that a view shows alone or leaves out.

    ``structures`` are structure ids; ``regions`` are names of skin regions or their beginnings
    (``thumb`` also means ``thumb_palmar``).
    """

    structures: frozenset[str]
    regions: tuple[str, ...] = ()

    def has_region(self, region: str) -> bool:
        """Tell whether a skin region (its name without side) belongs to this part."""
        return any(region == r or region.startswith(f"{r}_") for r in self.regions)


@dataclass(frozen=True, slots=True)
class Clip:
    """A plane; what lies beyond it (``normal · p > limit``, body mm) is cut away."""

    normal: tuple[float, float, float]
    limit: float


@dataclass(frozen=True)
class Plate:
    """A view and how its plate is drawn.

    ``mirror_of`` is the id of the view of which this one is the exact mirror (x -> -x).
    ``absent`` are structures left out because they would hide what the view is for: platysma and the
    scalp muscles everywhere but in their own views, and those that the view's own row names.
    ``lift_mm`` are structures to be drawn nearer to the viewer than their meshes are.
    """

    view: View
    px_per_mm: float
    simplify_mm: float
    only: Part | None = None
    hide: Part | None = None
    absent: frozenset[str] = frozenset()
    lift_mm: tuple[tuple[str, float], ...] = ()
    clip: Clip | None = None
    mirror_of: str | None = None

    @cached_property
    def size_px(self) -> tuple[int, int]:
        """Height and width of the label image."""
        frame = self.view.frame
        return round(frame.height * self.px_per_mm), round(frame.width * self.px_per_mm)

    def shows_structure(self, structure: str, laterality: Laterality) -> bool:
        """Tell whether a structure on a side may be drawn at all in this view."""
        if self.only is not None and (structure not in self.only.structures or not self._on_side(laterality)):
            return False
        if structure in self.absent:
            return False
        return self.hide is None or structure not in self.hide.structures

    def shows_region(self, region: str) -> bool:
        """Tell whether the skin of a region is drawn; its id ends in ``_R`` or ``_L`` or has no side."""
        sides = {"_R": Laterality.RIGHT, "_L": Laterality.LEFT}
        side = sides.get(region[-2:], Laterality.MIDLINE)
        if self.only is not None and not (self.only.has_region(region) and self._on_side(side)):
            return False
        return self.hide is None or not self.hide.has_region(region)

    @property
    def cut_in_view(self) -> bool:
        """Tell whether the skin ends within the picture; hands and feet are cut beyond their frames."""
        cut = self.only is not None or self.hide is not None
        return cut and self.clip is None and self.view.group not in ("hand", "foot")

    def _on_side(self, laterality: Laterality) -> bool:
        shown = self.view.shows
        return shown is Laterality.MIDLINE or laterality in (shown, Laterality.MIDLINE)


def load_plates(path: Path) -> tuple[Plate, ...]:
    """Read data/views.yaml: every view of every figure in published order, ids unique.

    Raises MyomapError naming the file and the view that cannot be read.
    """
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise MyomapError(f"The list of views {path} cannot be read ({error.strerror}).") from error
    except yaml.YAMLError as error:
        raise MyomapError(f"The list of views {path} is not valid YAML ({error}).") from error
    parts = {name: _part(body) for name, body in document.get("parts", {}).items()}
    lift = tuple((name, float(mm)) for name, mm in sorted(document.get("lift_mm", {}).items()))
    apart = {row["with_part"] for row in document["views"] if "with_part" in row}
    plates: dict[str, Plate] = {}
    for row in document["views"]:
        try:
            made = _mirrored(row, plates) if "mirror_of" in row else _authored(row, parts, apart, lift)
        except (KeyError, ValueError, TypeError) as error:
            name = row.get("name", "without a name")
            raise MyomapError(f"The view “{name}” in {path} cannot be read ({error!r}).") from error
        for plate in made:
            if plate.view.id in plates:
                raise MyomapError(f"The view “{plate.view.id}” is in {path} twice.")
            plates[plate.view.id] = plate
    order = {figure: k for k, figure in enumerate(Figure)}
    return tuple(sorted(plates.values(), key=lambda plate: order[plate.view.figure]))


def load_views(path: Path) -> tuple[View, ...]:
    """Return the views of data/views.yaml alone; see `load_plates`."""
    return tuple(plate.view for plate in load_plates(path))


def _part(body: Mapping[str, str]) -> Part:
    return Part(frozenset(body["structures"].split()), tuple(body.get("regions", "").split()))


def _triple(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _authored(
    row: Mapping[str, Any],
    parts: Mapping[str, Part],
    apart: Collection[str],
    lift: tuple[tuple[str, float], ...],
) -> list[Plate]:
    absent = {s for name in apart if name != row.get("with_part") for s in parts[name].structures}
    absent.update(row.get("without", "").split())
    lift += tuple((name, float(mm)) for name, mm in sorted(row.get("lift_mm", {}).items()))
    layers = tuple(Layer(layer) for layer in row.get("layers", list(Layer)))
    viewer_left = row.get("viewer_left")
    clip = row.get("clip")
    made = []
    for figure, (u0, u1, v0, v1) in row["crop"].items():
        view = View(
            id=f"{figure}.{row['name']}",
            figure=Figure(figure),
            name=row["name"],
            title=row["title"],
            direction=Direction(row["direction"]),
            frame=Frame(
                right=_triple(row["right"]),
                up=_triple(row["up"]),
                toward=_triple(row["toward"]),
                left_edge=float(u0),
                top_edge=float(v1),
                width=float(u1 - u0),
                height=float(v1 - v0),
            ),
            layers=layers,
            default_layer=Layer(row["default_layer"]),
            group=row["group"],
            shows=Laterality(row["shows"]),
            viewer_left=None if viewer_left is None else Laterality(viewer_left),
            edge_words=tuple(row.get("edge_words", ("", ""))),
        )
        made.append(
            Plate(
                view=view,
                px_per_mm=float(row["px_per_mm"]),
                simplify_mm=float(row["simplify_mm"]),
                only=parts[row["only"]] if "only" in row else None,
                hide=parts[row["hide"]] if "hide" in row else None,
                absent=frozenset(absent),
                lift_mm=lift,
                clip=None if clip is None else Clip(_triple(clip["normal"]), float(clip["limit"])),
            )
        )
    return made


def _flip(vector: tuple[float, float, float]) -> tuple[float, float, float]:
    return (-vector[0] + 0.0, vector[1], vector[2])


def _mirrored(row: Mapping[str, Any], plates: Mapping[str, Plate]) -> list[Plate]:
    """The picture is flipped: a body point p is drawn where the other view draws its mirror image."""
    sources = [plate for plate in plates.values() if plate.view.name == row["mirror_of"]]
    if not sources:
        raise ValueError(f"it mirrors “{row['mirror_of']}”, which is not above it")
    opposite = {Direction.LEFT: Direction.RIGHT, Direction.RIGHT: Direction.LEFT}
    made = []
    for source in sources:
        old = source.view.frame
        # u' = -(u of the mirrored point): flip x, then let the picture's right point the other way
        right = tuple(-value + 0.0 for value in _flip(old.right))
        frame = replace(
            old,
            right=_triple(right),
            up=_flip(old.up),
            toward=_flip(old.toward),
            left_edge=-(old.left_edge + old.width),
        )
        view = replace(
            source.view,
            id=f"{source.view.figure}.{row['name']}",
            name=row["name"],
            title=row["title"],
            direction=opposite.get(source.view.direction, source.view.direction),
            frame=frame,
            shows=Laterality(row["shows"]),
            edge_words=tuple(row["edge_words"]),
        )
        clip = None if source.clip is None else replace(source.clip, normal=_flip(source.clip.normal))
        made.append(replace(source, view=view, clip=clip, mirror_of=source.view.id))
    return made
