"""The atlas keeps what was used last, not everything that was ever looked at."""

from pathlib import Path

import pytest

from myomap.resources import atlas_path, bodymaps
from myomap.store import atlas_file
from myomap.store.atlas_file import AtlasFile


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> AtlasFile:
    monkeypatch.setattr(atlas_file, "KEPT_AT_MOST", {"view_map": 3, "outlines": 4})
    return AtlasFile(Path(atlas_path()), bodymaps())


def test_a_view_that_is_looked_at_again_is_the_same_object_while_it_is_kept(small: AtlasFile) -> None:
    first, second, third, fourth = [*small.views][:4]
    kept = small.view_map(first)
    small.view_map(second), small.view_map(third)
    assert small.view_map(first) is kept
    small.view_map(fourth)  # the one longest unused goes: the second
    assert small.view_map(first) is kept
    small.close()


def test_of_all_views_only_the_last_used_stay_in_memory(small: AtlasFile) -> None:
    for view in small.views.values():
        small.view_map(view.id)
        for layer in view.layers:
            small.outlines(view.id, layer)
        small.silhouettes(view.id)
    assert {kind: len(shelf) for kind, shelf in small._kept.items()} == {"view_map": 3, "outlines": 4}
    small.close()


def test_what_was_dropped_is_read_again_and_is_alike(small: AtlasFile) -> None:
    view, *others = small.views
    before = small.view_map(view), small.silhouettes(view)
    for other in others:
        small.view_map(other), small.silhouettes(other)
    again = small.view_map(view), small.silhouettes(view)
    assert again[0] is not before[0]
    assert (again[0].raster == before[0].raster).all()
    assert [o.key for o in again[1]] == [o.key for o in before[1]]
    assert all(a.shape.equals(b.shape) for a, b in zip(again[1], before[1], strict=True))
    small.close()
