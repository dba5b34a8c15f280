"""Speed of the look-up, documents and the frequency map. No absolute time is asserted.

Run with ``pytest tests/benchmarks --benchmark-enable``.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from myomap.demo import DEMO_PATIENT, DEMO_PRACTICE, demo_visits
from myomap.lookup.pattern_index import PatternIndex, build_index
from myomap.lookup.ranking import covering_set, rank
from myomap.report.patient_page import patient_page
from myomap.report.visit_report import ReportInput, visit_report
from myomap.surface.cells import Cells
from myomap.surface.frequency import GroupCounter, frequency_map

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(atlas: Any) -> PatternIndex:
    return build_index(atlas)


@pytest.fixture(scope="module")
def tenth_of_the_body(atlas: Any) -> Cells:
    """The trunk's back, about a tenth of the skin."""
    xyz = atlas.skin.xyz["male"]
    back = np.flatnonzero(
        (xyz[:, 2] < -20) & (np.abs(xyz[:, 0]) < 190) & (xyz[:, 1] > 1080) & (xyz[:, 1] < 1400)
    )
    cells = Cells.of(back)
    share = atlas.skin.area_of(cells) / atlas.skin.total_mm2
    assert 0.06 < share < 0.16
    return cells


def test_rank_a_tenth_of_the_body(benchmark: Any, index: PatternIndex, tenth_of_the_body: Cells) -> None:
    found = benchmark(rank, index, tenth_of_the_body)
    assert len(found) > 20


def test_a_large_drawing_costs_its_edge_not_its_area(index: PatternIndex, tenth_of_the_body: Cells) -> None:
    """Ranking it takes less than only summing what the patterns weigh in each of its cells (measured: a third)."""

    def by_cell() -> None:
        table = index.cells
        at, count = table.of(tenth_of_the_body.ids)
        weight = np.repeat(index.area_mm2[tenth_of_the_body.ids].astype(np.float64), count)
        for values in table.values:
            np.bincount(table.pattern[at], values[at] * weight, minlength=len(index.keys))

    def least(deed: Callable[[], object]) -> float:
        times = []
        for _ in range(15):
            begun = time.thread_time()
            deed()
            times.append(time.thread_time() - begun)
        return min(times)

    assert least(lambda: rank(index, tenth_of_the_body)) < 0.75 * least(by_cell)


def test_covering_set_of_a_tenth_of_the_body(
    benchmark: Any, index: PatternIndex, tenth_of_the_body: Cells
) -> None:
    matches = rank(index, tenth_of_the_body)
    assert benchmark(covering_set, index, tenth_of_the_body, matches)


def test_arrange_all_patterns(benchmark: Any, atlas: Any) -> None:
    made = benchmark.pedantic(build_index, args=(atlas,), rounds=2)
    assert len(made.keys) > 450


def test_visit_report_of_two_pages(benchmark: Any, atlas: Any) -> None:
    record = demo_visits(atlas, today=date(2026, 3, 2))[0]
    given = ReportInput(DEMO_PATIENT, record, DEMO_PRACTICE, "Demo Clinician", WHEN, "a4")
    visit_report(atlas, given)
    made = benchmark.pedantic(visit_report, args=(atlas, given), rounds=5)
    assert made.body.startswith(b"%PDF")
    benchmark.extra_info["bytes"] = len(made.body)


def test_patients_page(benchmark: Any, atlas: Any) -> None:
    record = demo_visits(atlas, today=date(2026, 3, 2))[0]
    given = ReportInput(DEMO_PATIENT, record, DEMO_PRACTICE, "Demo Clinician", WHEN, "a4")
    patient_page(atlas, given)
    made = benchmark.pedantic(patient_page, args=(atlas, given), rounds=5)
    assert made.body.startswith(b"%PDF")


def test_frequency_map_of_100000_drawings(benchmark: Any, atlas: Any) -> None:
    """Its memory is kept beside the time: drawings come one by one, as from a practice."""
    import tracemalloc

    chance = np.random.default_rng(7)
    pool = [chance.integers(0, len(atlas.skin), 800).astype(np.int32) for _ in range(200)]
    ready = [Cells.of(ids) for ids in pool]
    count = 100_000 if benchmark.enabled else 1_000

    def many() -> Any:
        return frequency_map((ready[n % len(ready)] for n in range(count)), len(atlas.skin))

    made = benchmark.pedantic(many, rounds=2)
    assert made.drawings == count
    tracemalloc.start()
    frequency_map((ready[n % len(ready)] for n in range(min(count, 20_000))), len(atlas.skin))
    benchmark.extra_info["peak_MB"] = round(tracemalloc.get_traced_memory()[1] / 1e6)
    tracemalloc.stop()


@pytest.mark.parametrize("each", [1, 5], ids=["one drawing each", "five drawings each"])
def test_group_map_of_100000_drawings(benchmark: Any, atlas: Any, each: int) -> None:
    """Counted by drawing, by person and by region, as the window does."""
    chance = np.random.default_rng(7)
    pool = [np.unique(chance.integers(0, len(atlas.skin), 800).astype(np.int32)) for _ in range(200)]
    count = 100_000 if benchmark.enabled else 1_000

    def many() -> Any:
        counter = GroupCounter(atlas.skin)
        for n in range(count):
            counter.add(str(n // each), pool[n % len(pool)])
        return counter.result()

    made = benchmark.pedantic(many, rounds=2)
    assert (made.drawings, made.persons) == (count, count // each)
