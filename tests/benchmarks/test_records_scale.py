"""The large practice in small: that the benchmark measures what it says. No absolute times.

Run it large with tests/benchmarks/records_scale.py.
"""

import importlib.util
from pathlib import Path

from myomap.store.memory_practice import memory_practice


def test_the_benchmark_of_a_large_practice_measures_everything(tmp_path: Path) -> None:
    path = Path(__file__).with_name("records_scale.py")
    spec = importlib.util.spec_from_file_location("records_scale", path)
    assert spec is not None
    assert spec.loader is not None
    scale = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scale)
    practice = memory_practice()
    some = scale.fill(practice, 40, 2)
    assert practice.count_patients() == 40
    found = dict(_until_backup(scale.measure(practice, some)))
    assert {"search_as_you_type", "open_visit", "add_stroke_to_500", "undo"} <= found.keys()
    # A drawing of 500 strokes is saved a stroke at a time: the last must not cost many times the first.
    assert found["add_stroke_to_500"]["median_ms"] < 10 * found["add_stroke_to_100"]["median_ms"]
    practice.close()


def _until_backup(measures):  # type: ignore[no-untyped-def]
    for name, found in measures:
        yield name, found
        if name == "undo":
            return
