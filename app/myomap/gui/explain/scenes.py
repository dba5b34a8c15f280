"""What may be shown to the patient: released values only, in plain words; nobody's name, no Latin."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.gui.shown import PointKey
from myomap.records.values import Moment, Site, VisitRecord

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource


@dataclass(frozen=True, slots=True)
class Scene:
    """One muscle for the patient's screen."""

    title: str
    text: str
    key: PointKey | None
    site: Site
    view: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that was released to the patient's screen."""

    scenes: tuple[Scene, ...]
    before: int | None
    after: int | None
    figure: Figure


def scene_of(atlas: "AtlasSource", site: Site, figure: Figure, *, needled: bool) -> Scene:
    """Return what the patient is told about one site."""
    from myomap.lookup.pattern_index import PatternKey
    from myomap.report.best_view import best_view

    muscle = atlas.muscles.get(site.muscle)
    name = (muscle.plain if muscle else "") or "this muscle"
    side = {"left": "on your left side", "right": "on your right side"}.get(site.laterality, "")
    point = atlas.trigger_points.get(site.trigger_point)
    key = PointKey(point.id, site.laterality) if point is not None and point.pain else None
    words = [f"There is a tight, tender knot in this muscle{f' {side}' if side else ''}."]
    if key is not None:
        words.append("It can send pain from the cross to the coloured place.")
    if needled:
        words.append("Today it was treated with a thin needle.")
    patterns = (PatternKey(key.point, key.laterality),) if key is not None else ()
    view, layer = best_view(atlas, patterns, (site.key,), figure=figure)
    if not atlas.outlines(view, Layer.SUPERFICIAL):
        view = f"{figure}.{'anterior' if site.view.endswith('anterior') else 'posterior'}"
        layer = Layer.SUPERFICIAL
    return Scene(f"{name[:1].upper()}{name[1:]}", " ".join(words), key, site, view, layer)


def released(atlas: "AtlasSource", record: VisitRecord, figure: Figure) -> Shown:
    """Return what of a visit is for the patient's eyes: the muscles and two numbers."""
    sites: dict[tuple[str, Laterality, str], tuple[Site, bool]] = {}
    for needling in record.needlings:
        site = needling.site
        sites[(site.muscle, site.laterality, site.trigger_point)] = (site, True)
    for finding in record.findings:
        site = finding.site
        sites.setdefault((site.muscle, site.laterality, site.trigger_point), (site, False))

    def score(moment: Moment) -> int | None:
        found = record.pain(moment)
        return int(found.value) if found is not None else None

    scenes = tuple(scene_of(atlas, s, figure, needled=n) for s, n in sites.values())
    return Shown(scenes, score(Moment.BEFORE), score(Moment.AFTER), figure)
