"""YAML of files that people write: plain values, and the line on which each of them stands."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wvatui.errors import ConfigError

FILE_LIMIT = 2_000_000
VALUES_LIMIT = 200_000
Path_ = tuple[str | int, ...]
"""Keys and positions from the top: ("spec", "template") or ("workloads", 2, "name")."""


class _Loader(yaml.SafeLoader):
    """As Kubernetes reads YAML: no dates, and no merging of one key given twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a YAML file."""

    path: Path
    value: Any
    lines: dict[Path_, int]
    """The line, from 1, of each value (a key's own line, where it has one)."""

    def place(self, *where: str | int) -> str:
        """`file:line` of what stands at `where`, or of the nearest thing around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return f"{self.path}:{self.lines.get(where, 1)}"


def read(path: Path) -> list[Document]:
    """The documents of `path`, empty ones left out. Raises ConfigError: one line, file and line."""
    return parse(path, text_of(path))


def text_of(path: Path) -> str:
    """The text of `path`. Raises ConfigError when it is too large, no text, or cannot be read."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise ConfigError(f"{path}: too large for a YAML file ({FILE_LIMIT} bytes at most)")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not text: {error.reason}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def parse(path: Path, text: str) -> list[Document]:
    """The documents of `text`, which stands in `path`. Raises ConfigError."""
    found: list[Document] = []
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            lines: dict[Path_, int] = {}
            _note(path, node, (), lines, frozenset())
            value = loader.construct_document(node)
            if value is not None:
                found.append(Document(path, value, lines))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path}:{line}: not valid YAML: a control character") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}" if mark is not None else ""
        words = error.problem or error.context
        raise ConfigError(f"{path}{place}: not valid YAML: {words}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    return found


def _note(
    path: Path, node: yaml.Node, where: Path_, lines: dict[Path_, int], around: frozenset[int]
) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if id(node) in around:
        raise ConfigError(f"{path}:{node.start_mark.line + 1}: an alias contains itself")
    if len(lines) > VALUES_LIMIT:
        raise ConfigError(f"{path}: too much in it: aliases multiply")
    around |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, item in node.value:
            name = getattr(key, "value", "")
            if not isinstance(name, str):
                continue
            if name in seen and key.tag != "tag:yaml.org,2002:merge":
                line = key.start_mark.line + 1
                raise ConfigError(f"{path}:{line}: the key {name!r} is given twice")
            seen.add(name)
            lines.setdefault((*where, name), key.start_mark.line + 1)
            _note(path, item, (*where, name), lines, around)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note(path, item, (*where, index), lines, around)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand line by line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def written(value: Mapping[str, Any]) -> list[str]:
    """A table as lines of YAML, in its own order."""
    text: str = yaml.dump(
        dict(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text.rstrip("\n").split("\n")
