"""Parses command lines: --name value, --name=value, flags; and texts such as `kind=x,key=value`."""

import re
from typing import Any

import msgspec
import yaml


def switches(text: str) -> frozenset[str]:
    """The words of `text`, each the name of an option that takes no value."""
    return frozenset(text.split())


class Flags:
    """The options of a command in order; repeated ones accumulate."""

    def __init__(self, words: list[str], switches: frozenset[str] = frozenset()) -> None:
        """`switches`: names that take no value."""
        self.words: list[str] = []
        self._found: dict[str, list[str]] = {}
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            if not word.startswith("-") or re.fullmatch(r"-\d.*", word) or word == "-":
                self.words.append(word)
                continue
            name, equals, value = word.lstrip("-").partition("=")
            name = name.replace("_", "-")
            if equals:
                self._found.setdefault(name, []).append(value)
            elif name in switches or at >= len(words) or words[at].startswith("--"):
                self._found.setdefault(name, []).append("true")
            else:
                self._found.setdefault(name, []).append(words[at])
                at += 1

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def last(self, *names: str) -> str | None:
        """The last value given under one of these names; None without any."""
        given = [values[-1] for name, values in self._found.items() if name in names]
        return given[-1] if given else None

    def all(self, *names: str) -> list[str]:
        """Every value given under these names."""
        return [value for name in names for value in self._found.get(name, ())]

    def number(self, name: str, otherwise: float) -> float:
        """A number. Raises ValueError when it is none."""
        value = self.last(name)
        return otherwise if value is None else float(value)

    def whole(self, name: str, otherwise: int) -> int:
        """A whole number. Raises ValueError when it is none."""
        value = self.last(name)
        return otherwise if value is None else int(value)

    def names(self) -> list[str]:
        """The options that were given."""
        return list(self._found)


def pairs(text: str) -> dict[str, Any]:
    """`a=1,b=two,c=[1,2]`, or JSON. Numbers become numbers."""
    text = text.strip()
    if text.startswith(("{", "[")):
        try:
            document = msgspec.json.decode(text)
        except msgspec.DecodeError:
            document = _yaml(text)
        if isinstance(document, list):
            document = document[0] if document else {}
        return document if isinstance(document, dict) else {}
    result: dict[str, Any] = {}
    for part in re.split(r",(?![^\[]*\])", text):
        key, equals, value = part.partition("=")
        if equals:
            result[key.strip()] = scalar(value.strip())
    return result


def scalar(text: str) -> Any:
    """A number, a list or a text."""
    if text.startswith("["):
        return [scalar(part.strip()) for part in text.strip("[]").split(",") if part.strip()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def document(content: bytes) -> dict[str, Any]:
    """A YAML or JSON mapping; empty when it is none."""
    data = _yaml(content.decode("utf-8", "replace"))
    return data if isinstance(data, dict) else {}


def as_yaml(content: bytes) -> bytes:
    """JSON as YAML."""
    return yaml.safe_dump(msgspec.json.decode(content)).encode()
