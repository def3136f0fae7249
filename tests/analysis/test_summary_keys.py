"""The keys of `summary -o json`: every session has all of them, with the right type, or null where
nothing was measured; and the text shows the same values."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.test_polled_summary import START, session, workload
from tests.cli.cli import run
from tests.core.folding import HEAD
from tests.fixtures import ROOT
from tests.recording.enveloped import ENVELOPED
from tests.small_logs import LOGS
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.core.lines import many

NUMBERS = (
    *("kv_peak", "replica_s", "span", "replicas_avg", "replicas_max", "replica_seconds"),
    *("polled_kv_mean", "polled_kv_peak", "waiting_max", "span_s", "cost"),
    *(f"{name}_{q}_ms" for name in ("ttft", "itl") for q in ("p50", "p95", "p99")),
)
"""Keys whose value is a number, or null if it was not measured."""
COUNTS = (
    *("kv", "cycles", "ups", "downs", "target_changes"),
    *("gaps", "restarts", "out_of_order", "repeated"),
)
"""Keys whose value is a count, which is never null."""


def keda() -> Iterable[ev.Event]:
    """KEDA wakes a workload after 60 s: one replica for 30 s, and none again."""
    yield ev.Header(START, started_at=START, namespace="ns", interval_s=10.0)
    target = {"target_kind": "Deployment", "target_name": "d"}
    yield ev.ScaledObject(START, name="so", namespace="ns", **target)  # type: ignore[arg-type]
    yield workload(0, 0)
    for at in range(0, 121, 10):
        if at == 60:
            yield workload(60, 1)
            yield ev.Pod(START + 60, name="a", namespace="ns", role="model", labels={"app": "d"})
        if at == 90:
            yield ev.Deleted(START + 90, kind="pod", namespace="ns", name="a")
            yield workload(90, 0)
        if 60 <= at < 90:
            yield ev.Scrape(START + at, pod="a", kv=0.25, waiting=2)
        yield ev.Tick(START + at)


def history() -> Iterable[ev.Event]:
    """A quiet minute, with two cycles in the controller's log before it."""
    yield ev.Header(START, started_at=START, namespace="ns", interval_s=10.0)
    for line in HEAD.splitlines():
        yield ev.Log(START + 0.5, line=line)
    yield ev.Tick(START + 60)


def broken_off() -> Iterable[ev.Event]:
    """The HPA's session, in which the scrapes of a pod fail for a while."""
    for event in session():
        if isinstance(event, ev.Scrape) and event.pod == "b" and 30 < event.at - START < 80:
            yield ev.ScrapeFailure(event.at, pod="b", why="refused")
        else:
            yield event


def restarted() -> list[str]:
    """A log of a present release in which the controller restarts after ten silent minutes."""
    start = '{{"level":"info","ts":"2026-09-01T08:{}:05Z","msg":"Starting manager"}}'
    lines = [start.format("00"), *LOGS["HEAD"][:18], start.format("13")]
    return lines + [line.replace("T08:0", "T08:1") for line in LOGS["HEAD"][18:]]


def recording(events: Iterable[ev.Event]) -> str:
    return "".join(encode(event).decode() + "\n" for event in events)


def plain(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


NOT_POLLED = dict.fromkeys(set(NUMBERS) - {"kv_peak", "replica_s", "span", "span_s"})
DECIDED = {"cycles": 6, "ups": 1, "downs": 1, "target_changes": 2, "replica_s": 660, "span": 300}
UNDECIDED = {**dict.fromkeys(DECIDED, 0), "replica_s": None, "span": None, "kv": 0, "kv_peak": None}
UNTROUBLED = {"gaps": 0, "restarts": 0, "out_of_order": 0, "repeated": 0, "envelope": None}

CASES: dict[str, tuple[Callable[[], str], dict[str, Any]]] = {
    "an HPA alone": (
        lambda: recording(session(cost=20.0)),
        {
            **UNDECIDED,
            **UNTROUBLED,
            "replicas_avg": 1.8,
            "replicas_max": 3,
            "replica_seconds": 180.0,
            "span_s": 100.0,
            "cost": 1.0,
            "polled_kv_mean": 0.375,
            "polled_kv_peak": 0.5,
            "waiting_max": 10,
            "ttft_p50_ms": 145.0,
            "itl_p50_ms": None,
            "namespaces": ["ns"],
        },
    ),
    "KEDA alone, from zero": (
        lambda: recording(keda()),
        {
            **UNDECIDED,
            **UNTROUBLED,
            **NOT_POLLED,
            "replicas_avg": 0.25,
            "replicas_max": 1,
            "replica_seconds": 30.0,
            "span_s": 120.0,
            "polled_kv_mean": 0.25,
            "polled_kv_peak": 0.25,
            "waiting_max": 2,
            "namespaces": ["ns"],
        },
    ),
    "a log of 2025": (
        lambda: plain(LOGS["v0.4.2"]),
        {
            **DECIDED,
            **UNTROUBLED,
            **NOT_POLLED,
            "kv": 6,
            "kv_peak": 0.5,
            "span_s": 300.12,
            "namespaces": [],
        },
    ),
    "a log of 2026": (
        lambda: plain(LOGS["HEAD"]),
        {
            **DECIDED,
            **UNTROUBLED,
            **NOT_POLLED,
            "kv": 0,
            "kv_peak": None,
            "span_s": 300.0,
            "namespaces": ["ns"],
        },
    ),
    "a controller that starts again after a silence": (
        lambda: plain(restarted()),
        {
            **DECIDED,
            **UNTROUBLED,
            **NOT_POLLED,
            "replica_s": 660 + 3 * 600,
            "span": 900,
            "gaps": 1,
            "restarts": 1,
            "span_s": 905.0,
        },
    ),
    "a log in an envelope, its halves swapped": (
        lambda: ENVELOPED["stern"](LOGS["HEAD"][18:] + LOGS["HEAD"][:18]),
        {**DECIDED, **NOT_POLLED, "out_of_order": 18, "envelope": "stern", "gaps": 0},
    ),
    "two files that overlap": (
        lambda: plain(LOGS["HEAD"][:24] + LOGS["HEAD"][12:]),
        {**DECIDED, **NOT_POLLED, "raw_dec": 6, "lines": 36, "out_of_order": 0, "repeated": 12},
    ),
    "history before the session": (
        lambda: recording(history()),
        {**UNDECIDED, **UNTROUBLED, **NOT_POLLED, "span_s": 60.0, "namespaces": ["ns"]},
    ),
    "a pod that does not answer for a while": (
        lambda: recording(broken_off()),
        {**UNDECIDED, **UNTROUBLED, "gaps": 1, "replica_seconds": 180.0, "polled_kv_peak": 0.5},
    ),
}
"""Name → (what is opened, keys that its summary must have, with their values)."""


def test_a_gap_that_is_most_of_the_length_is_told_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "s.log"
    later = [line.replace("2026-09-01T", "2026-09-08T") for line in LOGS["HEAD"]]
    path.write_text(plain([*LOGS["HEAD"], *later]), encoding="utf-8")
    assert "168h05m, 167h55m of it without any event, " in run("summary", str(path)).out
    assert "longest_gap_s" in json.loads(run("summary", str(path), "-o", "json").out)


@pytest.mark.parametrize("name", CASES)
def test_every_key_is_there_with_its_value_and_the_text_has_the_same(
    name: str, tmp_path: Path
) -> None:
    make, expected = CASES[name]
    path = tmp_path / "s.jsonl"
    path.write_text(make(), encoding="utf-8")
    numbers = json.loads(run("summary", str(path), "-o", "json").out)
    assert {key: numbers[key] for key in expected} == expected
    for key in NUMBERS:
        assert numbers[key] is None or type(numbers[key]) in (int, float), key
    for key in COUNTS:
        assert type(numbers[key]) is int, key
    assert numbers["namespaces"] == sorted(numbers["namespaces"])
    text = run("summary", str(path)).out
    missing = [words for words in spoken(numbers) if words not in text]
    assert not missing, text
    assert "None" not in text
    # The text leaves out what did not happen: no line was reordered, and there was no envelope.
    said = ("in order of time" in text, "there again" in text, "envelope  " in text)
    handled = (numbers["out_of_order"], numbers["repeated"], numbers["envelope"])
    assert said == tuple(map(bool, handled))


def spoken(n: dict[str, Any]) -> Iterable[str]:
    """The parts of the text that must contain each measured value."""
    if n["cycles"]:
        changes = many(n["target_changes"], "target change")
        yield f"{many(n['cycles'], 'cycle')}, {changes};"
        yield f" {many(n['ups'], 'cycle')} said scale-up, {n['downs']} scale-down"
        yield f"{n['replica_s']} replica-seconds over {n['span']} s"
    if n["kv"]:
        yield f"peak {n['kv_peak']:.1%} on {many(n['pods'], 'pod')} ({many(n['kv'], 'sample')})"
    if n["replicas_avg"] is not None:
        yield f"{n['replicas_avg']:.2f} on average, at most {n['replicas_max']}"
        yield f"{n['replica_seconds']:.0f} replica-seconds over {n['span_s']:.0f} s"
    if n["cost"] is not None:
        yield f"cost {n['cost']:.4g}"
    if n["polled_kv_peak"] is not None:
        yield f"polled KV        mean {n['polled_kv_mean']:.1%}, peak {n['polled_kv_peak']:.1%}"
        yield f"polled waiting   at most {n['waiting_max']} in all pods together"
    for name in ("ttft", "itl"):
        for quantile in ("p50", "p95", "p99"):
            if n[f"{name}_{quantile}_ms"] is not None:
                yield f"{quantile} {n[f'{name}_{quantile}_ms']:.1f} ms"
    yield many(n["gaps"], "gap")
    yield many(n["restarts"], "restart")
    if n["namespaces"]:
        yield f"namespace {', '.join(n['namespaces'])}"
    if n["out_of_order"]:
        yield f"{n['out_of_order']} put in order of time"
    if n["repeated"]:
        yield f"{n['repeated']} more that were there again"
    if n["envelope"]:
        yield f"envelope         {n['envelope']}"


def test_without_wva_it_says_how_long_changes_took_from_the_metric_on() -> None:
    text = run("summary", str(ROOT / "recordings" / "keda-queue.jsonl")).out
    for step in ("metric to ready", "metric to token", "metric to drained"):
        assert f"\n    {step} " in text
