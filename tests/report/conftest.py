"""What the tests of whole pages share: the atlas as documents are made from it, and the demo's visits."""

from collections.abc import Iterator
from datetime import date

import pytest

from myomap.demo import demo_visits
from myomap.gui.tone_reader import read_part
from myomap.records.values import VisitRecord
from myomap.resources import atlas_path, bodymaps
from myomap.store.atlas_file import AtlasFile


@pytest.fixture(scope="module")
def fine() -> Iterator[AtlasFile]:
    """The atlas as the window opens it: its grey pictures are read as large as they are printed."""
    opened = AtlasFile(atlas_path(), bodymaps(), read_part)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def visits(fine: AtlasFile) -> list[VisitRecord]:
    return demo_visits(fine, today=date(2026, 3, 2))
