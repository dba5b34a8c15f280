"""On a real X server an edit takes Ctrl+K for “cut to the end of the line”; the palette opens all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.outside import Node, Outside, require, until

pytestmark = pytest.mark.slow


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    require()
    with Outside(tmp_path) as screen:
        screen.take_keys()
        screen.wait_for("Settings", "check box")  # the last place that is added: the start is over
        yield screen


def test_the_palette_opens_over_a_text_that_is_being_typed_and_gives_the_keyboard_back(
    outside: Outside, tmp_path: Path
) -> None:
    outside.write("temple", "Search the atlas")
    outside.key("Escape")  # the list of results; the words stay
    outside.key("Home", "ctrl+k")
    _keyboard_in(outside, "What are you looking for?")
    outside.key("Escape")
    assert outside._length(_keyboard_in(outside, "Search the atlas")) == len("temple")


def _keyboard_in(outside: Outside, name: str) -> Node:
    """Wait until a field has the keyboard; a list beside it may say that one of its rows has it too."""

    def there() -> Node | None:
        node = outside.find(name, "text")
        return node if node is not None and outside._has_keys(node) else None

    found = until(there, f"the keyboard in “{name}”")
    assert isinstance(found, Node)
    return found


def test_the_places_are_told_before_the_look(outside: Outside, tmp_path: Path) -> None:
    names = [node.name for node in outside.walk()]
    assert names.index("Atlas") < names.index("Visit") < names.index("Settings") < names.index("Look")
