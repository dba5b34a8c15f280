"""Commands that ask the atlas: counts, pictures, look-ups, regions."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.errors import MyomapError, UnknownIdError
from myomap.lookup.by_region import cells_of_regions, named_region
from myomap.lookup.drawing_file import read_drawing
from myomap.lookup.pattern_index import PatternKey, build_index
from myomap.lookup.ranking import SORT_ORDER, covering_set, rank
from myomap.report.best_view import best_view
from myomap.report.crop import subject_crop
from myomap.report.frequency_picture import bands_in_words, frequency_picture
from myomap.report.map_svg import MapPicture
from myomap.report.picture_file import write_picture
from myomap.resources import atlas_path, bodymaps
from myomap.store.atlas_file import AtlasFile
from myomap.surface.frequency import frequency_map


def open_atlas() -> AtlasFile:
    """Open the packaged atlas; AtlasError if it is missing or damaged."""
    return AtlasFile(atlas_path(), bodymaps())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _print_json(value: Any) -> None:
    _say(json.dumps(value, ensure_ascii=False, indent=2))


def atlas(options: argparse.Namespace) -> int:
    """Print what the atlas holds."""
    counted = counts(open_atlas())
    if options.json:
        _print_json(counted)
        return 0
    _say(f"Atlas, map version {counted['map_version']}")
    for name, value in counted["counts"].items():
        _say(f"  {value:6} {name.replace('_', ' ')}")
    _say("Trigger points by body part: " + ", ".join(f"{k} {v}" for k, v in counted["by_body_part"].items()))
    recalled = counted["recalled"]
    _say(
        "Written from memory, not yet read in the source: "
        + ", ".join(f"{v} {k}" for k, v in recalled.items())
    )
    for row in counted["not_covered"]:
        _say(f"Not covered: {row.get('what', '')}: {row.get('why', '')}")
    return 0


def counts(found: AtlasFile) -> dict[str, Any]:
    """Return counts by body part, what has no source, what is recalled, what is not covered and why."""
    points = found.trigger_points.values()
    facts = [
        fact
        for muscle in found.muscles.values()
        for fact in (muscle.origin, muscle.insertion, muscle.action, muscle.nerve)
        if fact is not None
    ]
    advice = [fact for safety in found.safety.values() for fact in safety.advice]
    without = [p.id for p in points if not p.source.work]
    without += [f"{e.id}" for e in found.exercises.values() if not e.source.work]
    covered: dict[str, Any] = dict(found.coverage())
    not_covered = covered.pop("not_covered", [])
    return {
        "map_version": found.map_version,
        "counts": {
            "structures": len(found.structures),
            "muscles": len(found.muscles),
            "trigger_points": len(found.trigger_points),
            "views": len(found.views),
            "regions": len(found.regions),
            "skin_cells": len(found.skin),
            "safety": len(found.safety),
            "exercises": len(found.exercises),
            "evidence": len(found.evidence),
            "lessons": len(found.lessons),
            "screening": len(found.screening),
            "sources": len(found.sources),
        },
        "by_body_part": dict(Counter(p.body_part for p in points)),
        "by_confidence": dict(Counter(str(p.confidence) for p in points)),
        "without_source": without,
        "recalled": {
            "patterns": sum(p.checked == "recalled" for p in points),
            "muscle facts": sum(f.state == "recalled" for f in facts),
            "safety advice": sum(f.state == "recalled" for f in advice),
            "exercises": sum(e.state == "recalled" for e in found.exercises.values()),
            "evidence cards": sum(e.state == "recalled" for e in found.evidence.values()),
        },
        "not_covered": not_covered,
        "coverage": covered,
    }


def show(options: argparse.Namespace) -> int:
    """Draw one muscle, structure or trigger point into a file."""
    found = open_atlas()
    side = Laterality(options.side)
    patterns, selected = subject(found, options.id, side)
    view, layer = best_view(found, patterns, selected, view=options.view, layer=options.layer)
    crop = subject_crop(found, view, patterns, selected) if options.view is None else None
    picture = MapPicture(
        view=view, layer=layer, patterns=patterns, selected=selected, crop=crop, colours="light"
    )
    write_picture(found, picture, options.out, paper=options.paper)
    _say(f"{options.out}: {found.views[view].title}, {layer} layer, {side} side")
    return 0


def subject(
    found: AtlasFile, name: str, side: Laterality
) -> tuple[tuple[PatternKey, ...], tuple[StructureKey, ...]]:
    """Return the patterns and structures that an id means; UnknownIdError with what comes close."""

    def keys(structures: tuple[str, ...]) -> tuple[StructureKey, ...]:
        return tuple(
            StructureKey(s, side if found.structures[s].sided else Laterality.MIDLINE)
            for s in structures
            if s in found.structures
        )

    def of_point(point_id: str) -> PatternKey:
        point = found.trigger_points[point_id]
        return PatternKey(point_id, side if point.sided else Laterality.MIDLINE)

    if name in found.trigger_points:
        point = found.trigger_points[name]
        if point.only is not None and point.only != side:
            raise MyomapError(
                f"“{name}” is described on the {point.only} side only.", todo=f"Say --side {point.only}."
            )
        return (of_point(name),), keys((point.structure,))
    if name in found.muscles:
        points = [p.id for p in found.trigger_points.values() if p.muscle == name and p.only in (None, side)]
        return tuple(of_point(p) for p in points), keys(found.muscles[name].structures)
    if name in found.structures:
        points = [
            p.id for p in found.trigger_points.values() if p.structure == name and p.only in (None, side)
        ]
        return tuple(of_point(p) for p in points), keys((name,))
    from rapidfuzz import process

    known = [*found.trigger_points, *found.muscles, *found.structures]
    close = ", ".join(match[0] for match in process.extract(name, known, limit=4))
    raise UnknownIdError(f"The atlas has no “{name}”.", todo=f"Close to it: {close}.")


def lookup(options: argparse.Namespace) -> int:
    """Print the published patterns that overlap regions or a drawing."""
    found = open_atlas()
    if bool(options.region) == bool(options.drawing):
        raise MyomapError("Say either --region (once or more) or --drawing FILE.")
    repairs: tuple[str, ...] = ()
    if options.drawing:
        drawn = read_drawing(Path(options.drawing), found)
        cells, repairs = drawn.cells, drawn.repairs
    else:
        regions = [named_region(found, r, options.side) for r in options.region]
        cells = cells_of_regions(found.skin, regions, options.side)
    index = build_index(found)
    matches = rank(index, cells)
    shown = matches[: options.limit] if options.limit > 0 else matches
    cover = covering_set(index, cells, matches)
    rows: list[dict[str, Any]] = []
    for place, match in enumerate(shown, 1):
        point = found.trigger_points[match.key.trigger_point]
        rows.append(
            {
                "place": place,
                "trigger_point": point.id,
                "muscle": found.muscles[point.muscle].name_en
                if point.muscle in found.muscles
                else point.muscle,
                "title": point.title,
                "side": str(match.key.laterality),
                "essential_drawn": round(match.essential_drawn, 4),
                "drawing_in_essential": round(match.covered_essential, 4),
                "drawing_in_spillover": round(match.covered_spillover, 4),
                "published_order": point.order,
                "source": {
                    "work": point.source.work,
                    "chapter": point.source.chapter,
                    "figure": point.source.figure,
                },
                "checked": str(point.checked),
                "confidence": str(point.confidence),
                "reasons": list(match.reasons),
            }
        )
    if options.json:
        _print_json(
            {
                "map_version": found.map_version,
                "area_cm2": round(found.skin.area_of(cells) / 100, 1),
                "sort_order": SORT_ORDER,
                "repairs": list(repairs),
                "matches": rows,
                "covering_set": [
                    {
                        "trigger_point": c.key.trigger_point,
                        "side": str(c.key.laterality),
                        "adds": round(c.adds, 4),
                    }
                    for c in cover
                ],
            }
        )
        return 0
    for repair in repairs:
        _say(repair)
    _say(SORT_ORDER)
    for row in rows:
        _say(
            f"{row['place']:3}. {str(row['side']).upper()} {row['muscle']}, {row['title']}: "
            f"{'; '.join(row['reasons'])}"
        )
    if not rows:
        _say("No published pattern overlaps this.")
    return 0


def regions(options: argparse.Namespace) -> int:
    """Print the regions and the published sets."""
    found = open_atlas()
    rows = [
        {
            "id": r.id, "name": r.name_en, "latin": r.name_la, "plain": r.plain,
            "side": str(r.laterality), "area_cm2": round(r.area_cm2, 1), "body_part": r.body_part,
        }
        for r in found.regions.values()
    ]  # fmt: skip
    sets = {
        s.id: {
            "title": s.title,
            "source": s.source,
            "areas": [
                {
                    "id": a.id,
                    "name": a.name_en,
                    "side": str(a.laterality),
                    "area_cm2": round(a.area_cm2, 1),
                    "group": a.group,
                }
                for a in s.areas
            ],
        }
        for s in found.region_sets.values()
    }
    if options.json:
        _print_json({"map_version": found.map_version, "regions": rows, "sets": sets})
        return 0
    for row in rows:
        _say(f"{row['id']:34} {row['area_cm2']:7.1f} cm²  {row['name']}")
    for name, made in sets.items():
        _say(f"{name}: {made['title']}, {len(made['areas'])} areas")
    return 0


def frequency(options: argparse.Namespace) -> int:
    """Draw how many of several drawings cover each place."""
    found = open_atlas()
    if options.view not in found.views:
        raise UnknownIdError(
            f"There is no view “{options.view}”.", todo=f"There are: {', '.join(found.views)}."
        )
    drawn = [read_drawing(path, found) for path in options.drawings]
    counted = frequency_map((d.cells for d in drawn), len(found.skin))
    write_picture(found, frequency_picture(found, counted, options.view), options.out, paper=options.paper)
    _say(f"{options.out}: {bands_in_words(counted)}")
    return 0
