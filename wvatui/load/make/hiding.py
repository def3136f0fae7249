"""Hides the secrets of objects, both where the objects are shown and in texts about them.

In addition to the rules of `wvatui.core.redact`, the values of variables, data and annotations
whose names resemble key, token, secret or password are secret, as are all data of a Secret and
variables taken from one. A value hidden once is hidden wherever it occurs again.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from wvatui.core import events as ev
from wvatui.core.events.redact_event import redacted_value
from wvatui.core.redact import HIDDEN, is_secret, redacted_text

LEAST = 6
"""Least characters of a value that is searched for elsewhere: shorter ones occur in other words."""
LINE = 15
"""Lines longer than this are searched for separately, where a value has several."""
_NAME = re.compile(
    r"(?:key|secret|passw(?:or)?d|pwd|credential|(?:api|auth|access|hf|bearer)[-_.]?token)s?\Z"
    r"|(?<![a-z])token\Z",
    re.I,
)
_COUNTED = re.compile(r"(?:max|min|num|prompt|input|output|eos|bos|pad|total)[-_.]?token\Z", re.I)
_NAMED = frozenset(("data", "stringData", "binaryData", "annotations", "labels"))
"""Tables whose keys are names chosen by a user."""
_LINE = re.compile(
    r"(?P<head>(?<![\w.-])[\w.-]*(?i:key|secret|password|token)[\"']?[ \t]*[:=][ \t]*[\"']?)"
    r"(?P<value>[^\s\"',;}{$]+)"
)


def _is_named(name: Any) -> bool:
    return isinstance(name, str) and (
        is_secret(name) or (_NAME.search(name) is not None and _COUNTED.search(name) is None)
    )


class HiddenValues:
    """The secrets of some objects."""

    def __init__(self, objects: Iterable[Mapping[str, Any]] = ()) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.learn(objects)

    def learn(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Hide the secrets of these objects, too."""
        for obj in objects:
            self._look(obj, inside_secret=obj.get("kind") == "Secret")
        values = sorted((v for v in self._values if len(v) >= LEAST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, values))) if values else None

    def _look(self, value: Any, *, inside_secret: bool = False) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key in _NAMED and isinstance(item, dict):
                    for name, content in item.items():
                        if (inside_secret and key != "annotations") or _is_named(name):
                            self._take(content)
                self._look(item, inside_secret=inside_secret)
            if _is_named(value.get("name")):
                self._take(value.get("value"))
        elif isinstance(value, list):
            for item in value:
                self._look(item, inside_secret=inside_secret)
        elif isinstance(value, str):
            for match in _LINE.finditer(value):
                if not match["value"].isdigit():
                    self._take(match["value"])

    def _take(self, value: Any) -> None:
        if value is None or isinstance(value, bool | dict | list):
            return
        text = str(value)
        texts = [text]
        with suppress(ValueError):
            texts.append(base64.b64decode(text, validate=True).decode())
        for each in texts:
            self._values.add(each)
            self._values.add(base64.b64encode(each.encode("utf-8", "replace")).decode())
            if "\n" in each:  # a log has one entry per line
                self._values |= {line for line in map(str.strip, each.splitlines()) if line[LINE:]}

    def text(self, text: str) -> str:
        """`text` with the known secrets hidden, and anything that looks like a credential."""
        plain = redacted_text(text)
        return self._pattern.sub(HIDDEN, plain) if self._pattern is not None else plain

    def event(self, event: ev.Event) -> ev.Event:
        """`event` with the known secrets hidden."""
        if self._pattern is None:
            return event
        hidden: ev.Event = self._in(event)
        return hidden

    def _in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._pattern.sub(HIDDEN, value) if self._pattern is not None else value
        if isinstance(value, tuple):
            return tuple(map(self._in, value))
        if isinstance(value, msgspec.Struct):
            parts = {name: self._in(getattr(value, name)) for name in value.__struct_fields__}
            return msgspec.structs.replace(value, **parts)
        return value

    def shown(self, obj: Mapping[str, Any]) -> dict[str, Any]:
        """An object with its secrets hidden."""
        shown: dict[str, Any] = self._shown(redacted_value(dict(obj)), obj.get("kind") == "Secret")
        return shown

    def _shown(self, value: Any, inside_secret: bool) -> Any:
        if isinstance(value, list | tuple):
            return [self._shown(item, inside_secret) for item in value]
        if isinstance(value, str):
            hidden = self.text(value)
            return _LINE.sub(rf"\g<head>{HIDDEN}", hidden) if "\n" in hidden else hidden
        if not isinstance(value, dict):
            return value
        is_variable = _is_named(value.get("name"))
        shown: dict[Any, Any] = {}
        for key, item in value.items():
            if key == "secretKeyRef" or (is_variable and key == "value" and item):
                shown[key] = HIDDEN
            elif key in _NAMED and isinstance(item, dict):
                everything = inside_secret and key != "annotations" and key != "labels"
                shown[key] = {
                    name: HIDDEN
                    if (everything or _is_named(name)) and not isinstance(content, dict)
                    else self._shown(content, inside_secret)
                    for name, content in item.items()
                }
            else:
                shown[key] = self._shown(item, inside_secret)
        return shown
