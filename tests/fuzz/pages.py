"""Checks metrics pages: a valid one, a damaged one, the valid one again, read, folded and drawn."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import msgspec

from tests.fuzz.bounds import Fault, bounded
from tests.fuzz.damage import LINES as WAYS
from tests.fuzz.damage import NUMBERS, Lines, damaged
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.core.fold.fold import fold
from wvatui.core.metrics.scrape import EPP_METRICS, METRICS, BoundsBook, read_epp, read_page
from wvatui.core.queries.charts import charts
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import pod_detail, replica_rows
from wvatui.core.state.state import EMPTY

AT = 1_788_249_600.0
POD = "pod-0"
_PARTS = ("", "_bucket", "_sum", "_count")


def read(page: bytes, picker: bool, number: int) -> list[ev.Event]:
    """The events of a page that is the `number`-th of its pod."""
    at = AT + 2.0 * number
    if picker:
        return read_epp(page, at=at, pod=POD, took_ms=3)
    return read_page(page, at=at, pod=POD, took_ms=3, bounds=BoundsBook())


def check(whole: bytes, broken: bytes, picker: bool) -> None:
    """Raises Fault for a fault of the reader, the fold or a view."""
    with bounded():
        told: list[ev.Event] = [
            ev.Header(AT, started_at=AT, namespace="ns"),
            ev.Pod(
                AT, name=POD, namespace="ns", role="epp" if picker else "model", phase="Running"
            ),
        ]
        for number, page in enumerate((whole, broken, whole)):
            for event in read(page, picker, number):
                _finite(event, type(event).__name__)
                told.append(decode(encode(event)))
            told.append(ev.Tick(AT + 2.0 * number + 1))
        state = fold(EMPTY, told)
        rows = (
            replica_rows.replicas(state),
            pod_detail.pod_detail(state, POD),
            health_rows.health(state),
        )
        _finite(rows, "rows")
        json.dumps(summary(state, "page"), allow_nan=False)
        for name in charts.CHARTS:
            view = charts.chart(state, name, since=AT, until=AT + 8, columns=40)
            for series in view.series:
                _finite(series, name)


def check_one_line(whole: bytes, picker: bool, dice: Random) -> None:
    """Raises Fault if a damaged line changes what is read from other lines."""
    lines = whole.split(b"\n")
    at = dice.choice([i for i, line in enumerate(lines) if line and not line.startswith(b"#")])
    name, space, value = lines[at].rpartition(b" ")
    spoiled = dice.choice(
        (
            b"",
            b"{" * 9,
            name,
            name + b" many",
            value,
            name + b'{le="',
            name + space + dice.choice(NUMBERS).encode(),
            lines[at].replace(b'"', b"", 1),
            lines[at][::-1],
            b"\xff" + lines[at],
            lines[at] + b"}",
        )
    )
    broken = b"\n".join([*lines[:at], spoiled, *lines[at + 1 :]])
    metrics = EPP_METRICS if picker else METRICS
    touched = {
        metric.id
        for metric in metrics
        for named in metric.names
        for part in _PARTS
        if any(line.startswith((named + part).encode()) for line in (lines[at], spoiled))
    } | ({"prefix_queries"} if re.search(b"prompt_tokens|cached_tokens", lines[at]) else set())
    with bounded():
        before, after = (_last(read(page, picker, 0)) for page in (whole, broken))
    if after is None and len(touched) >= 1:
        return
    for metric in metrics:
        if metric.id not in touched and _value(before, metric.id) != _value(after, metric.id):
            raise Fault(
                f"{metric.id}: {lines[at][:150]!r} became {spoiled[:150]!r}, and it changed"
            )


def _last(events: list[ev.Event]) -> ev.Event | None:
    return events[-1] if events else None


def _value(event: ev.Event | None, field: str) -> object:
    value = getattr(event, field, None)
    return bytes(value)[bytes(value).find(b",") :] if isinstance(value, msgspec.Raw) else value


def _finite(value: Any, where: str) -> None:
    """Raises Fault for a NaN or an infinite number in an event or in rows."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Fault(f"{value} in {where}")
    if isinstance(value, Mapping):
        value = tuple(value.values())
    elif isinstance(value, msgspec.Struct):
        value = [getattr(value, name) for name in value.__struct_fields__]
    elif is_dataclass(value):
        value = [getattr(value, part.name) for part in fields(value)]
    for inner in value if isinstance(value, (list, tuple)) else ():
        _finite(inner, where)


def broken(dice: Random, whole: bytes) -> bytes:
    lines: Lines = damaged(dice, whole.split(b"\n"), WAYS)
    return b"\n".join(lines)
