"""The words beside an atlas plate: which muscle, what it shows, where that is published."""

from collections.abc import Iterable, Sequence
from typing import Any

from myomap.anatomy.sources import Citation, State
from myomap.lookup.pattern_index import PatternKey
from myomap.report.map_svg import MapPicture, title_of
from myomap.surface.atlas_source import AtlasSource

#: Every document with a map says whose work the map is made from (its licence asks for it).
MAP_CREDIT = (
    "Maps: from BodyParts3D (DBCLS), Z-Anatomy and Open3DModel, changed: scaled, warped to one frame, "
    "decimated, projected. CC BY-SA 4.0."
)


def plate_values(atlas: AtlasSource, picture: MapPicture, paper: str) -> dict[str, Any]:
    """Return what the template ``plate`` prints."""
    view = atlas.views[picture.view]
    names = [structure_words(atlas, k.structure, str(k.laterality)) for k in picture.selected]
    title = names[0] if len(names) == 1 else _muscle_title(atlas, picture) or title_of(view)
    legend = [
        "Solid: essential zone. Stippled: spillover. X: the trigger point. "
        "R and L are the patient's own right and left."
    ]
    lines = _pattern_lines(atlas, picture.patterns)
    parts: list[dict[str, Any]] = []
    if lines:
        parts.append({"heading": "Referred pain, as published", "lines": lines})
    parts.append({"heading": "Legend", "lines": legend})
    sources = works_words(atlas, [p.source for p in _points(atlas, picture)])
    parts.append({"heading": "Sources", "lines": [*sources, MAP_CREDIT], "small": True})
    return {
        "title": title,
        "subtitle": f"{title_of(view)}, {picture.layer} layer",
        "paper": {"a4": "a4", "letter": "us-letter"}.get(paper, paper),
        "map": {"file": "map.svg", "alt": alt_text(atlas, picture), "caption": title_of(view)},
        "parts": parts,
        "foot": "Myomap atlas. Education and documentation; not a diagnosis.",
    }


def _pattern_lines(atlas: AtlasSource, patterns: Sequence[PatternKey]) -> list[str]:
    """Return a line for each pattern; points that send pain to the same place share one."""
    shared: dict[str, list[str]] = {}
    for key in patterns:
        words = point_words(atlas, key)
        shared.setdefault(words["line"].removeprefix(words["name"]), []).append(words["name"])
    made = []
    for rest, names in shared.items():
        muscle = names[0].partition(", ")[0]
        others = [name.removeprefix(f"{muscle}, ") for name in names[1:]]
        made.append("; ".join([names[0], *others]) + rest)
    return made


def works_words(atlas: AtlasSource, citations: Iterable[Citation]) -> list[str]:
    """Return the works, each once, with all its places that are used."""
    places: dict[str, dict[str, None]] = {}
    for citation in citations:
        work = citation_words(atlas, Citation(citation.work))
        place = citation_words(atlas, citation).removeprefix(work.rstrip(".")).strip(" ,.")
        places.setdefault(work, {})[place] = None
    return [
        f"{work.rstrip('.')}{', ' if any(found) else ''}{'; '.join(sorted(p for p in found if p))}."
        for work, found in sorted(places.items())
    ]


def structure_words(atlas: AtlasSource, structure: str, laterality: str) -> str:
    """Return ``RIGHT trapezius, descending part``."""
    found = atlas.structures.get(structure)
    name = found.name_en if found else structure
    if laterality != "midline":
        name = name[:1].lower() + name[1:]
    side = "" if laterality == "midline" else laterality.upper() + " "
    return f"{side}{name}"


def point_words(atlas: AtlasSource, key: PatternKey) -> dict[str, str]:
    """Return the words of one pattern on one side."""
    point = atlas.trigger_points[key.trigger_point]
    muscle = atlas.muscles[point.muscle].name_en if point.muscle in atlas.muscles else point.muscle
    side = "" if key.laterality == "midline" else str(key.laterality).upper() + " "
    title = point.title_under(muscle)
    line = f"{side}{muscle}, {title}. Essential zone: {point.essential_words}."
    if point.spillover_words:
        line += f" Spillover: {point.spillover_words}."
    if point.checked is State.RECALLED:
        line += " (Written from memory, not yet compared with the figure.)"
    return {"name": f"{side}{muscle}, {title}", "line": line}


def citation_words(atlas: AtlasSource, citation: Citation) -> str:
    """Return the work with chapter and figure."""
    work = atlas.sources.get(citation.work)
    words = work.citation.rstrip(".") if work else citation.work
    if citation.chapter:
        words += f", chapter {citation.chapter}"
    if citation.figure:
        words += f", figure {citation.figure}"
    if citation.page:
        words += f", page {citation.page}"
    return words + "."


def alt_text(atlas: AtlasSource, picture: MapPicture) -> str:
    """Return in words what is on the map: view, side, structures, patterns, marks."""
    said = [f"{title_of(atlas.views[picture.view])}, {picture.layer} layer"]
    if picture.selected:
        names = ", ".join(structure_words(atlas, k.structure, str(k.laterality)) for k in picture.selected)
        said.append(f"highlighted: {names}")
    said += [point_words(atlas, key)["line"] for key in picture.patterns]
    if picture.inks:
        said.append(f"the patient's drawing in {len(picture.inks)} areas")
    return "; ".join(said)


def _points(atlas: AtlasSource, picture: MapPicture) -> list[Any]:
    return [atlas.trigger_points[k.trigger_point] for k in picture.patterns]


def _muscle_title(atlas: AtlasSource, picture: MapPicture) -> str:
    muscles = {
        atlas.structures[k.structure].muscle for k in picture.selected if k.structure in atlas.structures
    }
    if len(muscles) != 1:
        return ""
    muscle = atlas.muscles.get(muscles.pop() or "")
    if muscle is None:
        return ""
    side = picture.selected[0].laterality
    return f"{'' if side == 'midline' else str(side).upper() + ' '}{muscle.name_en}"
