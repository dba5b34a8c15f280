"""A trigger point's title never says its muscle's name twice, on any list."""

from types import SimpleNamespace
from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.gui.words import point_name, point_title, structure_name


def test_titles_in_lists_do_not_repeat_the_muscle(atlas: Any) -> None:
    for point in atlas.trigger_points.values():
        muscle = atlas.muscles[point.muscle]
        title = point_title(atlas, point)
        assert title, point.id
        assert not title.casefold().startswith(f"{muscle.name_en.casefold()},"), point.id
        assert title.casefold() != muscle.name_en.casefold(), point.id


def test_a_point_called_as_its_muscle_is_the_whole_muscle(atlas: Any) -> None:
    point = atlas.trigger_points["obliquus-capitis-superior-1"]
    assert point_title(atlas, point) == "Whole muscle"
    assert point_name(atlas, point, Laterality.LEFT) == "LEFT obliquus capitis superior"


def test_titles_stay_apart_within_a_muscle(atlas: Any) -> None:
    by_muscle: dict[str, list[str]] = {}
    for point in atlas.trigger_points.values():
        by_muscle.setdefault(point.muscle, []).append(point_title(atlas, point))
    twice = {muscle: titles for muscle, titles in by_muscle.items() if len(set(titles)) != len(titles)}
    assert not twice


@pytest.mark.parametrize(
    ("muscle", "name", "part", "told"),
    [
        ("Trapezius", "Descending part of trapezius muscle", "descending part", "Descending part of trapezius muscle"),
        ("Trapezius", "Trapezius, descending part", "descending part", "Trapezius, descending part"),
        ("Lumbricals of the hand", "Third lumbrical of the hand", "third", "Third lumbrical of the hand"),
        ("Levator ani", "Puborectalis", "puborectalis", "Puborectalis (levator ani)"),
        ("Levator ani", "Sling of the rectum", "puborectal part", "Sling of the rectum (Levator ani, puborectal part)"),
    ],
)  # fmt: skip
def test_a_part_is_told_with_its_muscle_once(muscle: str, name: str, part: str, told: str) -> None:
    atlas: Any = SimpleNamespace(
        muscles={"m": SimpleNamespace(name_en=muscle)},
        structures={"s": SimpleNamespace(muscle="m", name_en=name, part=part)},
    )
    assert structure_name(atlas, "s") == told
