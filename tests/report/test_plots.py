"""Plots: round ticks that hold the values, and words where there is nothing to plot."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myomap.report.plots import Plot, Series, TimeMark, nice_ticks, plot_svg


@given(st.floats(-1e4, 1e4), st.floats(0, 1e4))
def test_ticks_enclose_the_values_and_are_few(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= low + span - 1e-6
    assert 2 <= len(ticks) <= 9


def test_an_empty_plot_says_so() -> None:
    assert "Nothing was measured yet" in plot_svg(Plot("Pain", "0-10", (), 0, 10))


def test_what_was_needled_is_marked_on_the_time_axis() -> None:
    points = ((date(2026, 1, 1), 7.0), (date(2026, 1, 20), 3.0))
    mark = TimeMark(date(2026, 1, 1), "RIGHT trapezius & <more>")
    svg = plot_svg(Plot("Pain", "0-10", (Series("before", points),), 0, 10, (mark,)))
    assert "RIGHT trapezius &amp; &lt;more&gt;" in svg
    assert svg.count("<circle") >= 2


def test_series_differ_by_shape_and_dash_not_by_colour_alone() -> None:
    points = ((date(2026, 1, 1), 7.0), (date(2026, 1, 20), 3.0))
    svg = plot_svg(Plot("Pain", "0-10", (Series("before", points), Series("after", points)), 0, 10))
    assert 'stroke-dasharray="5 3"' in svg
    assert "<rect" in svg


def _texts(svg: str) -> list[tuple[float, float, str]]:
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)<', svg)
    return [(float(x), float(y), words) for x, y, words in found]


@pytest.mark.parametrize("days", [(1, 13, 25, 37, 49), (1, 40, 48), (1, 2, 3), (1, 30, 59, 88, 90)])
def test_days_never_run_into_each_other_and_the_first_and_last_are_told(days: tuple[int, ...]) -> None:
    first = date(2026, 1, 13)
    points = tuple((first + timedelta(days=day - 1), 5.0) for day in days)
    svg = plot_svg(Plot("Pain", "0-10", (Series("before", points),), 0, 10, width=380))
    told = [(x, words) for x, _, words in _texts(svg) if words.endswith("2026")]
    assert told[0][1] == "13 Jan 2026"
    assert all(b - a > 70 for (a, _), (b, _) in pairwise(told))
    if days[-1] > 20:
        last = points[-1][0]
        assert told[-1][1] == f"{last.day} {last:%b %Y}"


def test_a_legend_too_long_for_a_line_takes_two_and_nothing_is_cut() -> None:
    points = ((date(2026, 1, 1), 120.0), (date(2026, 1, 20), 130.0))
    both = (Series("before", points), Series("after", points))
    words = "norm 180° (AAOS 1965, recalled)"
    for width, rows in ((380.0, 2), (680.0, 1)):
        svg = plot_svg(Plot("Abduction", "°", both, 0, 180, norm=180, norm_words=words, width=width))
        told = [(x, y, w) for x, y, w in _texts(svg) if w in ("before", "after", words)]
        assert len({y for _, y, _ in told}) == rows
        assert all(x + 6.4 * len(w) <= width for x, _, w in told)
