"""Plots as SVG: one look in the window and in the PDF, with axes, ticks and words of our own.

A plot's marks are told apart by shape and line, never by colour alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

#: Colours that stay apart for colour-blind eyes (after Okabe and Ito), with the dash and dot of each.
_STYLES = (
    ("#0072b2", "", "circle"),
    ("#d55e00", "5 3", "square"),
    ("#007a5e", "2 2", "triangle"),
    ("#8a2be2", "7 2 2 2", "diamond"),
    ("#6b4f2a", "1 3", "circle"),
    ("#b1185e", "9 3", "square"),
)

#: A range narrower than this is no range: ticks within it could not be told apart.
_LEAST_SPAN = 1e-6

#: Room that a day's label takes.
_DAY_WIDTH = 72.0
#: A row of the legend is so tall.
_LEGEND_ROW = 18.0


#: The same on a dark ground, each at least 4.5 : 1 against it.
_DARK_STYLES = (
    ("#6fc3f7", "", "circle"),
    ("#ffa45c", "5 3", "square"),
    ("#4fd8a8", "2 2", "triangle"),
    ("#cda6ff", "7 2 2 2", "diamond"),
    ("#dcb77e", "1 3", "circle"),
    ("#ff93c4", "9 3", "square"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot: values by day, in order."""

    name: str
    points: tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True)
class TimeMark:
    """Something that was done on a day, marked on the time axis."""

    day: date
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What is plotted. ``low`` and ``high`` are the least range of the value axis."""

    title: str
    unit: str
    series: tuple[Series, ...]
    low: float
    high: float
    marks: tuple[TimeMark, ...] = ()
    norm: float | None = None
    norm_words: str = ""
    width: float = 680.0
    height: float = 220.0
    ink: str = "#1d2428"
    quiet: str = "#56636b"
    grid: str = "#d9dfe2"
    paper: str = "#ffffff"
    dark: bool = False
    """Whether ``paper`` is dark: the lines are light then."""


def plot_svg(plot: Plot) -> str:
    """Return the plot as SVG; a sentence instead of axes where there is no value."""
    points = [p for s in plot.series for p in s.points]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plot.width:g} {plot.height:g}" '
        f'width="{plot.width:g}" height="{plot.height:g}" font-family="Atkinson Hyperlegible" font-size="12">'
        f"<title>{escape(plot.title)}</title>"
    )
    if not points:
        return (
            f'{head}<text x="{plot.width / 2:g}" y="{plot.height / 2:g}" text-anchor="middle" '
            f'fill="{plot.quiet}">Nothing was measured yet.</text></svg>'
        )
    left, right, top, bottom = 46.0, 14.0, 14.0, 40.0 if plot.marks else 28.0
    told = _legend_rows(plot, left) if len(plot.series) > 1 or plot.norm is not None else []
    legend = _LEGEND_ROW * len(told)
    inner_w, inner_h = plot.width - left - right, plot.height - top - bottom - legend
    first = min([p[0] for p in points] + [m.day for m in plot.marks])
    last = max([p[0] for p in points] + [m.day for m in plot.marks])
    days = max((last - first).days, 1)
    ticks = nice_ticks(min([plot.low] + [p[1] for p in points]), max([plot.high] + [p[1] for p in points]))
    low, high = ticks[0], ticks[-1]

    def x_of(day: date) -> float:
        if first == last:
            return left + inner_w / 2
        return left + inner_w * (0.03 + 0.94 * (day - first).days / days)

    def y_of(value: float) -> float:
        return top + inner_h * (1 - (value - low) / (high - low))

    parts = [head]
    for tick in ticks:
        y = y_of(tick)
        parts.append(f'<path d="M{left:g} {y:.1f}H{plot.width - right:g}" stroke="{plot.grid}"/>')
        parts.append(
            f'<text x="{left - 7:g}" y="{y + 4:.1f}" text-anchor="end" fill="{plot.quiet}">{tick:g}</text>'
        )

    def label_of(day: date) -> float:
        # a label at the edge of the picture stays inside it
        return min(max(x_of(day), _DAY_WIDTH / 2), plot.width - _DAY_WIDTH / 2)

    for day in _day_ticks(sorted({p[0] for p in points}), label_of):
        parts.append(
            f'<text x="{label_of(day):.1f}" y="{top + inner_h + 16:.1f}" text-anchor="middle" '
            f'fill="{plot.quiet}">{day.day} {day:%b %Y}</text>'
        )
    if plot.norm is not None and low <= plot.norm <= high:
        parts.append(
            f'<path d="M{left:g} {y_of(plot.norm):.1f}H{plot.width - right:g}" stroke="{plot.ink}" '
            'stroke-width="1.2" stroke-dasharray="2 4"/>'
        )
    for mark in plot.marks:
        x = x_of(mark.day)
        base = top + inner_h
        parts.append(
            f'<path d="M{x:.1f} {top:g}V{base:.1f}" stroke="{plot.quiet}" stroke-opacity="0.35"/>'
            f'<path d="M{x:.1f} {base + 20:.1f}l4 8h-8z" fill="{plot.ink}">'
            f"<title>{escape(mark.words)}</title></path>"
        )
    for number, series in enumerate(plot.series):
        parts.append(_line(plot, series, number, x_of, y_of))
    for number, entries in enumerate(told):
        y = plot.height - 6 - _LEGEND_ROW * (len(told) - 1 - number)
        parts.append(_legend(plot, entries, left, y))
    parts.append("</svg>")
    return "".join(parts)


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round ticks that enclose the range."""
    if high - low < _LEAST_SPAN * max(1.0, abs(low)):
        high = low + 1
    raw = (high - low) / (most - 1)
    magnitude = 10.0 ** _floor_log10(raw)
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw - 1e-12)
    first = int(low // step) * step
    ticks = [first]
    while ticks[-1] < high - 1e-9:
        ticks.append(round(ticks[-1] + step, 10))
    return ticks


def _floor_log10(value: float) -> int:
    from math import floor, log10

    return floor(log10(value))


def _day_ticks(days: Sequence[date], x_of: Callable[[date], float]) -> list[date]:
    """Return the days whose labels do not run into each other, the first and the last among them."""
    kept: list[date] = []
    for day in days:
        if not kept or x_of(day) - x_of(kept[-1]) > _DAY_WIDTH:
            kept.append(day)
    if days and kept[-1] != days[-1]:
        while len(kept) > 1 and x_of(days[-1]) - x_of(kept[-1]) <= _DAY_WIDTH:
            kept.pop()
        if x_of(days[-1]) - x_of(kept[-1]) > _DAY_WIDTH:
            kept.append(days[-1])
    return kept


def _style(plot: Plot, number: int) -> tuple[str, str, str]:
    styles = _DARK_STYLES if plot.dark else _STYLES
    return styles[number % len(styles)]


def _line(plot: Plot, series: Series, number: int, x_of: object, y_of: object) -> str:
    assert callable(x_of)
    assert callable(y_of)
    colour, dash, shape = _style(plot, number)
    places = [(x_of(day), y_of(value)) for day, value in series.points]
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    parts = [f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>']
    parts += [_dot(shape, x, y, colour, plot.paper) for x, y in places]
    return "".join(parts)


def _dot(shape: str, x: float, y: float, colour: str, paper: str) -> str:
    paint = f'fill="{colour}" stroke="{paper}" stroke-width="1"'
    if shape == "square":
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" {paint}/>'
    if shape == "triangle":
        return f'<path d="M{x:.1f} {y - 5:.1f}l5 9h-10z" {paint}/>'
    if shape == "diamond":
        return f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z" {paint}/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.4" {paint}/>'


def _legend_words(plot: Plot, number: int | None) -> str:
    """Return what a line of the legend says; None stands for the norm."""
    return plot.series[number].name if number is not None else plot.norm_words or f"norm {plot.norm:g}"


def _legend_wide(words: str) -> float:
    return 40 + 6.4 * len(words)


def _legend_rows(plot: Plot, left: float) -> list[list[int | None]]:
    """Return the legend in rows that have room."""
    entries: list[int | None] = [*range(len(plot.series)), *([None] if plot.norm is not None else [])]
    rows: list[list[int | None]] = [[]]
    x = left
    for entry in entries:
        wide = _legend_wide(_legend_words(plot, entry)) - 12  # nothing follows the last
        if rows[-1] and x + wide > plot.width:
            rows.append([])
            x = left
        rows[-1].append(entry)
        x += wide + 12
    return rows


def _legend(plot: Plot, entries: Sequence[int | None], x: float, y: float) -> str:
    parts = []
    for number in entries:
        words = _legend_words(plot, number)
        if number is None:
            parts.append(
                f'<path d="M{x:.1f} {y - 4:.1f}h22" stroke="{plot.ink}" stroke-width="1.2" stroke-dasharray="2 4"/>'
            )
        else:
            colour, dash, shape = _style(plot, number)
            parts.append(
                f'<path d="M{x:.1f} {y - 4:.1f}h22" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
                f"{_dot(shape, x + 11, y - 4, colour, plot.paper)}"
            )
        parts.append(f'<text x="{x + 28:.1f}" y="{y:.1f}" fill="{plot.ink}">{escape(words)}</text>')
        x += _legend_wide(words)
    return "".join(parts)
