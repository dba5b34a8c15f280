"""What the tests of the atlas's data share: the data itself, and where the list it was made from lies."""

from pathlib import Path

import pytest

from mapmaker.knowledge import Knowledge, load_knowledge

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def known() -> Knowledge:
    return load_knowledge(ROOT / "data")
