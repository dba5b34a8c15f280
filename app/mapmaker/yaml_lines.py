"""YAML with line numbers: mappings that know where they stand and say what is wrong with a value.

An `Entry` never raises: a wrong value is noted in the fault log and a harmless one is returned, so
that one run of the checker finds everything.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from mapmaker.data_faults import FaultLog, Spot, nearest, read_utf8

_E = TypeVar("_E", bound=StrEnum)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_WORDS = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "null": "nothing"}


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return _WORDS.get(str(node.tag).removeprefix(_TAG), "something else")


class Value:
    """A node with the place where it stands."""

    def __init__(self, node: yaml.Node, file: str, log: FaultLog) -> None:
        """Wrap a node of a file."""
        self.node, self.file, self.log = node, file, log
        self.spot = Spot(file, node.start_mark.line + 1)

    def fault(self, sentence: str) -> None:
        """Note a fault on this line."""
        self.log.add(self.spot, sentence)

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single word, number or truth value."""
        return isinstance(self.node, yaml.ScalarNode)

    def text(self, what: str) -> str:
        """Return it as text; numbers are kept as they are written."""
        if self.is_scalar and str(self.node.tag).removeprefix(_TAG) not in ("bool", "null"):
            words = " ".join(str(self.node.value).split())
            if words:
                return words
            self.fault(f"“{what}” is empty")
        elif self.is_scalar and str(self.node.tag) == f"{_TAG}bool":
            self.fault(f"“{what}” should be text; put “{self.node.value}” in quotes if it is meant")
        else:
            self.fault(f"“{what}” should be text, not {_kind(self.node)}")
        return ""

    def number(self, what: str, low: float, high: float) -> float:
        """Return it as a number between two bounds; the lower bound if it is none."""
        if self.is_scalar and str(self.node.tag).removeprefix(_TAG) in ("int", "float"):
            try:
                number = float(str(self.node.value).replace("_", ""))
            except ValueError:
                number = float("nan")
            if low <= number <= high:
                return number
            self.fault(f"“{what}” is {self.node.value}, it should lie between {low:g} and {high:g}")
        else:
            self.fault(f"“{what}” should be a number, not {_kind(self.node)}")
        return low

    def truth(self, what: str) -> bool:
        """Return it as true or false."""
        if self.is_scalar and str(self.node.tag) == f"{_TAG}bool":
            return str(self.node.value).lower() in ("true", "yes", "on")
        self.fault(f"“{what}” should be true or false, not {_kind(self.node)}")
        return False

    def items(self, what: str) -> list["Value"]:
        """Return what it lists."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Value(child, self.file, self.log) for child in self.node.value]
        self.fault(f"“{what}” should be a list, not {_kind(self.node)}")
        return []

    def entry(self, what: str, known: Collection[str]) -> "Entry | None":
        """Return it as a mapping that may have these keys; None if it is none."""
        if isinstance(self.node, yaml.MappingNode):
            return Entry(self.node, self.file, self.log, known)
        self.fault(f"“{what}” should be a mapping of keys, not {_kind(self.node)}")
        return None


class Entry(Value):
    """A mapping whose keys are checked when it is made: unknown and doubled ones are faults."""

    def __init__(self, node: yaml.MappingNode, file: str, log: FaultLog, known: Collection[str]) -> None:
        """Read the keys; “*” among the known ones allows any."""
        super().__init__(node, file, log)
        self.values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key_value = Value(key_node, file, log)
            key = str(key_node.value) if key_value.is_scalar else ""
            if key in self.values:
                key_value.fault(f"the key “{key}” stands here twice")
            elif key not in known and "*" not in known:
                key_value.fault(f"the key “{key}” is unknown{nearest(key, known)}")
            else:
                self.values[key] = Value(value_node, file, log)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def need(self, key: str) -> Value | None:
        """Return a value that has to be there."""
        if key not in self.values:
            self.fault(f"“{key}” is missing")
            return None
        return self.values[key]

    def text(self, what: str, default: str | None = None) -> str:
        """Return a text; it may be left out only if there is a default."""
        if what not in self.values and default is not None:
            return default
        found = self.need(what)
        if found is None:
            return ""
        if default == "" and found.is_scalar and not str(found.node.value).strip():
            return ""
        return found.text(what)

    def number_of(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """Return a number between two bounds; it may be left out only if there is a default."""
        if key not in self.values and default is not None:
            return default
        found = self.need(key)
        return low if found is None else found.number(key, low, high)

    def truth_of(self, key: str, default: bool) -> bool:
        """Return true or false."""
        return self.values[key].truth(key) if key in self.values else default

    def choice(self, key: str, made: type[_E], default: _E | None = None) -> _E:
        """Return one of an enumeration's words; the first of them if the word is none."""
        if key not in self.values and default is not None:
            return default
        found = self.need(key)
        word = found.text(key) if found else ""
        words = [member.value for member in made]
        if word in words:
            return made(word)
        if found and word:
            found.fault(f"“{key}” is “{word}”, it should be one of: {', '.join(words)}")
        return next(iter(made))

    def list_of(self, key: str) -> list[Value]:
        """Return the items of a list that may be left out."""
        return self.values[key].items(key) if key in self.values else []

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list that may be left out."""
        return tuple(item.text(key) for item in self.list_of(key))

    def entries(self, key: str, known: Collection[str]) -> list["Entry"]:
        """Return the mappings of a list that may be left out."""
        found = (item.entry(key, known) for item in self.list_of(key))
        return [entry for entry in found if entry is not None]


def read_yaml(path: Path, file: str, log: FaultLog, known: Collection[str]) -> Entry | None:
    """Return the mapping that a YAML file holds, or None after noting why there is none."""
    text = read_utf8(path, file, log)
    if text is None:
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        log.add(Spot(file, mark.line + 1 if mark else 1), f"this is not YAML: {error.problem}")
        return None
    except yaml.YAMLError as error:
        log.add(Spot(file, 1), f"this is not YAML: {error}")
        return None
    if node is None:
        log.add(Spot(file, 1), "the file is empty")
        return None
    return Value(node, file, log).entry("the file", known)
