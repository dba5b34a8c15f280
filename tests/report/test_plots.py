"""Plots: round ticks that hold the values, and words where there is nothing to plot."""

from datetime import date

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
