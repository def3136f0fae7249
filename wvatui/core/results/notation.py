"""From the text of a report to data: JSON, JSON lines or YAML of any tool."""

import json
import re
from functools import cache
from typing import Any

from wvatui.core.results.loose import decode, without_large

YAML_LARGEST = 50_000_000
"""Most characters of YAML, which is read a hundred times slower than JSON."""
NODES = 5_000_000
"""Most values that a YAML text may expand to, since aliases can multiply its content."""
_YAML = re.compile(
    r"(?:---[^\n]*\n|%YAML[^\n]*\n|[ \t]*#[^\n]*\n|\s*\n)*[\"']?[A-Za-z_][\w ./-]*[\"']?:(?:\s|$)"
)
_POWER = re.compile(r"[-+]?\d+[eE][-+]?\d+$")
"""A float without a decimal point, which YAML 1.1 reads as text."""


def is_data(text: str) -> bool:
    """Whether `text` begins like JSON or like a mapping in YAML."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") or _YAML.match(text) is not None


def decoded(text: str) -> Any:
    """The data in a text; JSON lines, one object each, become a list.

    Raises ValueError, worded for the user, for damaged or other text.
    """
    text = text.lstrip("\ufeff")
    if text.lstrip()[:1] not in ("{", "["):
        return _yaml(text)
    try:
        return decode(text)
    except ValueError:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) < 2 or not _is_object(lines[0][1]):
            raise
    return [_line(number, line) for number, line in lines]


def reduced(report: str) -> tuple[str, bool]:
    """`report` as JSON without what is large or secret, and whether anything large was left out.

    What is neither JSON nor YAML stays as it is.
    """
    if not is_data(report):
        return report, False
    try:
        data = decoded(report)
    except ValueError:
        return report, False
    if not isinstance(data, dict | list):
        return report, False
    small, less = without_large(data)
    return json.dumps(small, separators=(",", ":"), ensure_ascii=False, default=str), less


def _is_object(line: str) -> bool:
    try:
        return isinstance(decode(line), dict)
    except ValueError:
        return False


def _line(number: int, line: str) -> Any:
    try:
        return decode(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def _yaml(text: str) -> Any:
    import yaml

    if len(text) > YAML_LARGEST:
        raise ValueError(f"more than {YAML_LARGEST // 1_000_000} MB of YAML: write it as JSON")
    try:
        data = yaml.load(text, Loader=_loader())
        return data if _weight(data, {}) <= NODES else _refused("it stands for too many values")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"not whole YAML: {where}{error.problem}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not whole YAML: {str(error).splitlines()[0]}") from None
    except (TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not whole YAML: {type(error).__name__}") from None


def _refused(why: str) -> Any:
    raise ValueError(f"not a report: {why}")


@cache
def _loader() -> Any:
    """A safe YAML loader that reads times and names as text, like JSON, and `1e-06` as a number."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [each for each in known if each[0] != "tag:yaml.org,2002:timestamp"]
        for first, known in base.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self: Any, node: Any, deep: bool = False) -> dict[str, Any]:
        parts = base.construct_mapping(self, node, deep=deep)
        return {str(name): value for name, value in parts.items()}

    own = {"yaml_implicit_resolvers": resolvers, "construct_mapping": construct_mapping}
    loader: Any = type("ReportLoader", (base,), own)
    loader.add_implicit_resolver("tag:yaml.org,2002:float", _POWER, list("-+0123456789"))
    return loader


def _weight(value: Any, known: dict[int, int]) -> int:
    """How many values `value` expands to. Raises RecursionError for one that contains itself."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) in known:
        if known[id(value)] < 0:
            raise RecursionError
        return known[id(value)]
    known[id(value)] = -1
    parts = value.values() if isinstance(value, dict) else value
    known[id(value)] = 1 + sum(_weight(part, known) for part in parts)
    return known[id(value)]
