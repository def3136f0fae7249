"""From a message to a ParsedLine: finds its catalogue row and builds its facts; keeps the rest."""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from wvatui.core.lines import SURROGATE
from wvatui.core.log.catalogue import FIELDS, TEXT
from wvatui.core.log.fact_ranges import beyond
from wvatui.core.log.facts import Fact
from wvatui.core.log.parsed_line import Content, ParsedLine
from wvatui.core.log.row import CatalogueRow
from wvatui.core.log.values import text_of
from wvatui.core.structs import replace

NO_FIELDS: Mapping[str, Any] = {}

BUILD_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)
"""Errors that a fact builder may raise on a damaged line; the line then has no facts."""

TEMPLATE_WIDTH = 120
"""Longest template of an unknown line, characters."""
_TEMPLATE_READ = 600
"""Characters of a line that its template is made from."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"' r"|'[^']*'")
_ID = re.compile(
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|https?://\S+"
    r"|\b[a-z0-9]+(?:-[a-z0-9]+)*-[a-z0-9]{5,10}-[a-z0-9]{5}\b"
    r"|\b(?=[a-z]*\d)[0-9a-z]{5,}(?:-[0-9a-z]+)+\b"
    r"|\b0x[0-9a-fA-F]+\b"
)
_NAME = re.compile(
    r"((?:pod|variant|model|modelID|name|namespace|server|deployment)[=:] ?)[^\s,;|]+"
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

_decode = msgspec.json.Decoder().decode


def load(text: str) -> Any:
    """The JSON value of `text`, or None.

    Of duplicate keys the last counts (controller-runtime writes its own `namespace` before the
    caller's). NaN and infinity, which are no JSON, are accepted; lone surrogates, which no file
    and no terminal takes, become U+FFFD.
    """
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        pass
    try:
        return _whole(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    """`value` without lone surrogates."""
    if isinstance(value, str):
        return value if value.isascii() else SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def template(text: str) -> str:
    """`text` with its changing parts replaced by `#`, cut to `TEMPLATE_WIDTH` characters."""
    short = _UNSAFE.sub(" ", text[:_TEMPLATE_READ])
    short = _QUOTED.sub("#", short)
    short = _ID.sub("#", short)
    short = _NAME.sub(r"\1#", short)
    short = " ".join(_NUMBER.sub("#", short).split())
    return short[: TEMPLATE_WIDTH - 1] + "…" if len(short) > TEMPLATE_WIDTH else short


def unknown(
    at: float | None,
    level: str,
    message: str,
    dialect: str,
    caller: str = "",
    error: str = "",
) -> ParsedLine:
    """A line that no row matches."""
    content = Content(level, message, "unknown", dialect, template(message), (), caller, error)
    return ParsedLine(content, at)


REWORDED = "+reworded"
"""Suffix of the template for a line that differs from its row in words that releases exchange."""


def text_line(at: float | None, level: str, message: str, dialect: str) -> ParsedLine:
    """A line whose values are all inside its message."""
    row = TEXT.match(message)
    if row is None:
        row = FIELDS.match(message)
    name = row.id if row is not None else ""
    if row is None:
        row = TEXT.match_reworded(message)
        if row is None:
            return unknown(at, level, message, dialect)
        name = row.id + REWORDED
    facts: tuple[Fact, ...] = ()
    if row.facts is not None:
        try:
            facts = row.facts(message)
        except BUILD_ERRORS:
            facts = ()
    return ParsedLine(_content(level, message, dialect, name, facts), at)


def _content(
    level: str,
    message: str,
    dialect: str,
    name: str,
    facts: tuple[Fact, ...],
    caller: str = "",
    error: str = "",
) -> Content:
    """The content of a known line; if a number is impossible, that instead of any facts."""
    wrong = beyond(facts) if facts else ""
    if wrong:
        facts = ()
    return Content(level, message, "known", dialect, name, facts, caller, error, wrong)


def find_row(message: str) -> CatalogueRow | None:
    """The row of a message with structured fields."""
    row = FIELDS.match(message)
    if row is None and message:
        # Some messages end in a space or a colon that encoders and terminals lose.
        row = FIELDS.match(message.rstrip(" -:")) or TEXT.match(message)
    return row


def fields_line(
    at: float | None,
    level: str,
    message: str,
    dialect: str,
    caller: str,
    source: str | Mapping[str, Any],
) -> ParsedLine:
    """A line with structured fields; `source` is their JSON text or the fields themselves.

    Text that is no JSON object stands for fields that are cut off or damaged. It is only decoded
    where the row has facts in it or the line carries an error.
    """
    row, mark = find_row(message), ""
    if row is None:
        row, mark = FIELDS.match_reworded(message), REWORDED
    fields: Mapping[str, Any] = NO_FIELDS
    lacks_fields = False
    if source.__class__ is str:
        if source and (
            row is None or row.fields is not None or row.refine is not None or '"error"' in source
        ):
            decoded = load(source)
            fields = decoded if isinstance(decoded, dict) else NO_FIELDS
            lacks_fields = decoded is not fields and row is not None and row.fields is not None
    else:
        fields = source  # type: ignore[assignment]
    error = text_of(fields, "error") if fields else ""
    if row is None:
        line = unknown(at, level, message, dialect, caller, error)
        return ParsedLine(_in_namespace(line.content, fields), at)
    name = row.id
    facts: tuple[Fact, ...] = ()
    try:
        if row.fields is not None:
            facts = row.fields(fields)
        elif row.facts is not None:
            facts = row.facts(message)
        if row.refine is not None:
            name += row.refine(fields)
    except BUILD_ERRORS:
        facts = ()
    content = _content(level, message, dialect, name + mark, facts, caller, error)
    if lacks_fields:
        content = replace(content, lacks_fields=True)
    return ParsedLine(content if facts else _in_namespace(content, fields), at)


_OF_MODEL = ("modelID", "variant", "variantName", "VariantAutoscaling")


def _in_namespace(content: Content, fields: Mapping[str, Any]) -> Content:
    """`content` with the namespace in the fields, and whether the fields name a model."""
    namespace = text_of(fields, "namespace") if fields else ""
    if not namespace:
        return replace(content, of_model=True) if "modelID" in fields else content
    of_model = any(name in fields for name in _OF_MODEL)
    return replace(content, namespace=namespace, of_model=of_model)
