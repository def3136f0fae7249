"""Event to one JSON line and back: the only place that knows how an event is written.

What is written can always be read again: lone surrogates become U+FFFD; NaN, infinity and numbers
beyond what their field may hold (`ranges`) are left out. An event of a kind that this version does
not know is kept, and written again, unchanged.
"""

import math
from typing import Any, Union

import msgspec

from wvatui.core.events import EVENTS, NO_HISTOGRAM, Event, Scrape, Unknown
from wvatui.core.lines import SURROGATE
from wvatui.core.ranges import COUNT_LIMIT, Moment


class DamagedLine(ValueError):  # noqa: N818 - the state of a line, not a malfunction
    """A line that is no event. `reason` says what is wrong with it, in words for the user."""

    @property
    def reason(self) -> str:
        """What is wrong with it."""
        return str(self)


class _Kind(msgspec.Struct):
    """The two fields that every event has."""

    k: str
    at: Moment


_KNOWN = tuple(kind for kind in EVENTS if kind is not Unknown)
_TAGS = frozenset(str(kind.__struct_config__.tag) for kind in _KNOWN)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Union[_KNOWN]).decode  # noqa: UP007 - made of a tuple
_decode_kind = msgspec.json.Decoder(_Kind).decode


def encode(event: Event) -> bytes:
    """One JSON line without its newline.

    A number that is not finite or out of its range is left out (in a Scrape it is counted in
    `bad`); a number that its field requires becomes 0.
    """
    if type(event) is Unknown:
        return _text(event.raw).replace("\n", " ").encode()
    try:
        line = _encode(event)
        _decode(line)
    except (UnicodeEncodeError, OverflowError, msgspec.DecodeError):
        return _encode(_cleaned(event))
    # msgspec writes NaN and infinity as null; a field that is absent is not written at all.
    if b"null" in line:
        return _encode(_cleaned(event))
    return line


def decode(line: bytes | memoryview) -> Event:
    """The event of one line; `events.Unknown` for a kind that is not known.

    Raises DamagedLine.
    """
    try:
        event: Event = _decode(line)
    except msgspec.ValidationError as error:
        return _unknown(bytes(line), str(error))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedLine(str(error)) from None
    except RecursionError:
        raise DamagedLine("nested too deeply") from None
    return event


def decode_all(lines: list[bytes]) -> list[Event] | None:
    """The events of `lines`; None where one of them is damaged or of a later version.

    Twice as fast as `decode` line by line, which then says which line it is.
    """
    try:
        return list(map(_decode, lines))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _unknown(line: bytes, reason: str) -> Unknown:
    """An event of a later version; DamagedLine when the kind is known and the content wrong."""
    try:
        event = _decode_kind(line)
        raw = line.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DamagedLine(reason) from None
    if event.k in _TAGS:
        raise DamagedLine(reason)
    return Unknown(event.at, kind=event.k, raw=raw)


def _text(text: str) -> str:
    return SURROGATE.sub("\ufffd", text)


def _cleaned(event: Event) -> Event:
    """`event` without the values that cannot be written."""
    changes: dict[str, Any] = {}
    lost = 0
    for info in msgspec.structs.fields(event):
        value = getattr(event, info.name)
        if isinstance(value, msgspec.Raw):
            if not bytes(value):
                changes[info.name] = NO_HISTOGRAM
            continue
        clean = _clean(value)
        if not _fits(clean, info.type):
            clean = type(value)() if info.default is msgspec.NODEFAULT else info.default
        if clean is not value:
            changes[info.name] = clean
            lost += isinstance(value, int | float)
    if lost and isinstance(event, Scrape):
        changes["bad"] = min(event.bad + lost, COUNT_LIMIT)
    return msgspec.structs.replace(event, **changes) if changes else event


def _fits(value: Any, kind: Any) -> bool:
    """Whether a field of type `kind` accepts `value` when it is read again."""
    try:
        msgspec.convert(msgspec.to_builtins(value), kind)
    except msgspec.ValidationError:
        return False
    return True


def _clean(value: Any) -> Any:
    """One value of a field; the same object when it was clean."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, msgspec.Struct):
        pairs = {name: getattr(value, name) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **{name: _clean(v) for name, v in pairs.items()})
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, tuple):
        items = (_clean(item) for item in value)
        return tuple(item for item in items if item is not None)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
