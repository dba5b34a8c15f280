"""Drawings from files: every bad one is a sentence, a crooked one is repaired and said so."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myomap.lookup.drawing_file import DrawingError, drawing_from, read_drawing

VIEW = "male.anterior"


def square(x: float, y: float, size: float) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size]]


def on_body(atlas: Any) -> tuple[float, float]:
    frame = atlas.views[VIEW].frame
    return frame.width * 0.5, frame.height * 0.35


def test_polygons_and_geojson_give_the_same_cells(atlas: Any) -> None:
    x, y = on_body(atlas)
    ring = square(x, y, 60)
    plain = drawing_from({"view": VIEW, "polygons": [ring]}, atlas)
    feature = {
        "type": "Feature",
        "properties": {"view": VIEW},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    geojson = drawing_from({"type": "FeatureCollection", "features": [feature]}, atlas)
    assert len(plain.cells) > 50
    assert (plain.cells.ids == geojson.cells.ids).all()


def test_two_views_of_the_same_place_are_counted_once(atlas: Any) -> None:
    x, y = on_body(atlas)
    one = drawing_from({"view": VIEW, "polygons": [square(x, y, 60)]}, atlas)
    twice = drawing_from({"view": VIEW, "polygons": [square(x, y, 60), square(x, y, 60)]}, atlas)
    assert atlas.skin.area_of(one.cells) == pytest.approx(atlas.skin.area_of(twice.cells))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ([], "JSON object"),
        ({"view": VIEW, "polygons": []}, "empty"),
        ({"view": VIEW, "polygons": [[[0, 0], [1, 1]]]}, "three points"),
        ({"view": VIEW, "polygons": [[[0, 0], [1, "a"], [1, 1]]]}, "two numbers"),
        ({"view": VIEW, "polygons": [[[0, 0], [float("nan"), 1], [1, 1]]]}, "not a number"),
        ({"view": VIEW, "polygons": [[[0, 0], [float("inf"), 1], [1, 1]]]}, "not a number"),
        ({"view": VIEW, "polygons": [[[0, 0], [1, 1], [2, 2]]]}, "no area"),
        ({"view": VIEW, "polygons": [square(-500, -500, 20)]}, "beside the body"),
        ({"view": VIEW, "polygons": [square(1e9, 0, 20)]}, "beyond 100 m"),
        ({"polygons": [square(0, 0, 20)]}, "does not say its view"),
        ({"view": "male.nowhere", "polygons": [square(0, 0, 20)]}, "no view"),
        ({"view": VIEW, "type": "Point", "coordinates": [1, 2]}, "no polygon"),
        ({"view": VIEW, "polygons": {"a": 1}}, "must be a list"),
        ({"type": "FeatureCollection", "features": None}, "must be a list"),
        ({"view": VIEW, "type": "Polygon", "coordinates": []}, "three points"),
        ({"view": VIEW, "polygons": [[[10**400, 0], [1, 0], [1, 1]]]}, "two numbers"),
    ],
)
def test_bad_drawings_are_refused_in_a_sentence(atlas: Any, written: Any, says: str) -> None:
    with pytest.raises(DrawingError, match=says):
        drawing_from(written, atlas)


def test_a_self_crossing_outline_is_repaired_and_said_so(atlas: Any) -> None:
    x, y = on_body(atlas)
    bow = [[x, y], [x + 60, y + 60], [x + 60, y], [x, y + 60]]
    made = drawing_from({"view": VIEW, "polygons": [bow]}, atlas)
    assert made.cells
    assert any("crossed itself" in r for r in made.repairs)


def test_a_million_point_scribble_is_simplified_in_reasonable_memory(atlas: Any) -> None:
    x, y = on_body(atlas)
    angle = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    ring = np.column_stack([x + 40 * np.cos(angle), y + 40 * np.sin(angle)]).round(4)
    made = drawing_from({"view": VIEW, "polygons": [ring.tolist()]}, atlas)
    assert any("1,000,000 points" in r for r in made.repairs)
    assert atlas.skin.area_of(made.cells) == pytest.approx(np.pi * 40 * 40, rel=0.35)


def test_a_scribble_of_a_million_lines_that_cross_each_other_is_read_and_says_what_is_taken(
    atlas: Any,
) -> None:
    """Repairing it as an outline would take hours and all memory: it has some 10¹¹ crossings."""
    import resource

    x, y = on_body(atlas)
    k = np.arange(1_000_000)
    ring = np.column_stack([x + 40 * np.sin(0.7 * k) * np.sin(0.001 * k), y + 40 * np.cos(0.31 * k)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = drawing_from({"view": VIEW, "polygons": [ring.tolist()]}, atlas)
    assert any("crosses itself all over" in r for r in made.repairs)
    assert 500 < atlas.skin.area_of(made.cells) < 2 * 80 * 80
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000, "kB"
    small = drawing_from({"view": VIEW, "polygons": [ring[:200].tolist()]}, atlas)
    assert any("every part that it encloses" in r for r in small.repairs)


def test_a_drawing_of_another_map_version_says_so(atlas: Any) -> None:
    x, y = on_body(atlas)
    made = drawing_from({"view": VIEW, "map_version": "older", "polygons": [square(x, y, 60)]}, atlas)
    assert any("older" in r for r in made.repairs)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe not utf-8", b"{", b"[" * 100_000, b"", b"[1" + b"0" * 5000 + b"]"]
)
def test_a_file_that_is_no_json_is_refused_in_a_sentence(atlas: Any, tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "drawing.json"
    path.write_bytes(body)
    with pytest.raises(DrawingError, match="not JSON"):
        read_drawing(path, atlas)


def test_a_good_file_is_read(atlas: Any, tmp_path: Path) -> None:
    x, y = on_body(atlas)
    path = tmp_path / "drawing.json"
    path.write_text(json.dumps({"view": VIEW, "polygons": [square(x, y, 50)]}), "utf-8")
    assert read_drawing(path, atlas).cells


def test_a_file_that_never_ends_is_refused(atlas: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myomap.lookup.drawing_file.LARGEST_BYTES", 100_000)
    with pytest.raises(DrawingError, match="too large"):
        read_drawing(Path("/dev/zero"), atlas)


def test_a_file_with_a_byte_order_mark_is_read(atlas: Any, tmp_path: Path) -> None:
    file = tmp_path / "drawing.json"
    file.write_text(json.dumps({"view": VIEW, "polygons": [square(*on_body(atlas), 60)]}), "utf-8-sig")
    assert read_drawing(file, atlas).cells


def test_collections_without_end_are_refused(atlas: Any) -> None:
    inside: dict[str, Any] = {"type": "Polygon", "coordinates": [square(*on_body(atlas), 60)]}
    for _ in range(5000):
        inside = {"type": "GeometryCollection", "geometries": [inside]}
    with pytest.raises(DrawingError, match="too many collections"):
        drawing_from({**inside, "view": VIEW}, atlas)


def test_what_a_file_says_moves_no_terminal(atlas: Any) -> None:
    with pytest.raises(DrawingError) as refused:
        drawing_from({"view": "male\x1b[31m\n", "polygons": [square(0, 0, 60)]}, atlas)
    assert "\x1b" not in str(refused.value)
    assert "\n" not in str(refused.value)


_NUMBER = st.one_of(
    st.integers(-900, 1900),
    st.floats(allow_nan=True),
    st.integers(10**300, 10**400),
    st.none(),
    st.text(max_size=3),
)
_RING = st.one_of(st.lists(st.lists(_NUMBER, max_size=3), max_size=6), _NUMBER)
_SHAPE = st.fixed_dictionaries(
    {},
    optional={
        "view": st.sampled_from([VIEW, "male.posterior", "", 5, None]),
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection", "Point", None]),
        "polygons": st.one_of(st.lists(_RING, max_size=3), _RING),
        "coordinates": st.one_of(
            st.lists(_RING, max_size=3), st.lists(st.lists(_RING, max_size=2), max_size=2)
        ),
        "geometry": _NUMBER,
        "features": st.one_of(_NUMBER, st.lists(st.dictionaries(st.text(max_size=3), _NUMBER), max_size=2)),
        "map_version": _NUMBER,
        "properties": st.one_of(_NUMBER, st.dictionaries(st.just("view"), _NUMBER)),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.one_of(_SHAPE, _NUMBER, st.lists(_NUMBER)))
def test_whatever_a_file_holds_it_is_a_drawing_or_a_sentence(atlas: Any, written: Any) -> None:
    said = ""
    try:
        drawn = bool(drawing_from(written, atlas).cells)
    except DrawingError as error:
        drawn, said = False, str(error)
    assert drawn or said.strip().endswith(".")
