"""A line with an impossible number yields no fact, but is kept, counted and reported."""

import json
from typing import Any, get_type_hints

import msgspec
import pytest

from tests.core.events.test_codec import numbers_of
from wvatui.core.events import Header, Log
from wvatui.core.fold.fold import fold
from wvatui.core.log import facts as fc
from wvatui.core.log.parser import forget, parse
from wvatui.core.state.state import EMPTY
from wvatui.session.headless import odd

AT = 1_782_299_006.0


def line(message: str, **fields: Any) -> str:
    head = {"level": "info", "ts": "2026-06-24T11:03:26Z", "caller": "a/b.go:1", "msg": message}
    return json.dumps({**head, **fields}, separators=(",", ":"))


@pytest.mark.parametrize("kind", [*fc.Fact.__subclasses__(), fc.VariantCapacity])
def test_every_number_of_a_fact_has_its_range(kind: type[msgspec.Struct]) -> None:
    hints = get_type_hints(kind, include_extras=True)
    assert {name: found for name, hint in hints.items() if (found := numbers_of(hint))} == {}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (line("Queue metric", pod="p", queueLength=-1), "waiting -1 is below 0"),
        (line("KV cache metric", pod="p", usage=1e40), "kv_ratio 1e+40 is above 9.223372037e+18"),
        (
            line("BuildVariantStates result", variant="v", currentReplicas=1e15),
            "current 1e+15 is above 2147483647",
        ),
        (
            line(
                "analyzer-result",
                modelID="m",
                analyzer="saturation",
                supply=5,
                demand=1,
                variants=[{"name": "v", "prc": 1e300}],
            ),
            "per_replica 1e+300 is above 9.223372037e+18",
        ),
        (
            line(
                "analyzer-result",
                modelID="m",
                analyzer="saturation",
                supply=5,
                demand=1,
                variants=[{"name": "v", "prc": 5e-324}],
            ),
            "per_replica 4.94066e-324 is nearer to 0 than 1e-100",
        ),
        (
            '{"level":"INFO","ts":"2026-06-24T11:03:26.000Z","msg":"Queue metric: pod=p, '
            'queueLength=99999999999999999"}',
            "waiting 1e+17 is above 9.007199255e+15",
        ),
    ],
)
def test_a_number_out_of_its_range_is_named_and_nothing_is_taken_from_its_line(
    raw: str, said: str
) -> None:
    forget()
    for _ in range(2):  # read, and remembered
        found = parse(raw)
        assert (found.content.facts, found.content.beyond) == ((), said)
        assert found.kind == "known"


def test_it_is_counted_and_told_with_the_first_place_and_the_other_lines_count() -> None:
    bad = line("Queue metric", pod="p", queueLength=-1)
    good = line("Queue metric", pod="p", queueLength=3)
    state = fold(EMPTY, [Header(AT), *(Log(AT, line=raw) for raw in (good, bad, good, bad, bad))])
    assert state.totals.beyond == 3
    assert state.totals.queue_samples == 2
    assert state.log.total == 5
    assert odd(["cut"], state) == [
        "cut",
        "log line 2: waiting -1 is below 0 and 2 more: passed over, no such number can be",
    ]


def test_times_of_no_year_are_no_times() -> None:
    for time in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        raw = line("Queue metric", pod="p", queueLength=3).replace("2026-06-24T11:03:26Z", time)
        assert parse(raw).at is None
        assert parse(raw).facts


@pytest.mark.parametrize(
    "message", ["Queue metric: pod=ms-\\ud800a, queueLength=3", "new \\udfff words"]
)
def test_half_a_character_is_replaced_where_the_line_is_read(message: str) -> None:
    forget()
    found = parse(f'{{"level":"INFO","ts":"2026-06-24T11:03:26.000Z","msg":"{message}"}}')
    assert "\ufffd" in found.message
    assert found.message.encode()
    assert [fact.pod for fact in found.facts if isinstance(fact, fc.PodQueue)] in (
        ["ms-\ufffda"],
        [],
    )
