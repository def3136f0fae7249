"""Generated events of every kind, as hostile as a cluster could make them."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from wvatui.core import events as ev

NAMES = st.sampled_from(["ms-decode-abc", "ms-decode-xyz", "b[/nope]", "\x1b[31mred", "名前"])
TEXT = st.one_of(
    st.sampled_from(
        [
            "",
            '{"level":"INFO","ts":"2025-11-28T19:47:45.587Z","msg":"Grouped VAs by model: '
            'modelCount=1, totalVAs=1"}',
            '{"level":"INFO","ts":"2025-11-28T19:47:45.601Z","msg":"KV cache metric: '
            'pod=ms-decode-abc, usage=0.512 (51.2%)"}',
            '{"level":"INFO","ts":"2025-11-28T19:47:45.602Z","msg":"Processing decision: '
            'variant=ms-decode, action=scale-up, current=1→target=2"}',
            '{"level":"INFO","ts":"2025-11-28T19:48:15.602Z","msg":"Processing decision: '
            'variant=ms-decode, action=no-change, current=2→target=2"}',
            "I0807 20:20:19.509309       1 leaderelection.go:257] attempting to acquire lease",
            "\x1b]0;owned\x07 [bold]x[/nope] \u202e\u0000",
        ]
    ),
    st.text(max_size=30),
)
RATIO = st.one_of(st.none(), st.floats(0, 1.2, allow_nan=False))
COUNT = st.one_of(st.none(), st.integers(0, 2**40))
STAGES = st.builds(
    ev.Stage, st.floats(0, 1e4), st.one_of(st.none(), st.floats(0, 1e4)), RATIO, st.just("")
)
RAW = st.one_of(
    st.just(ev.NO_HISTOGRAM),
    st.lists(st.integers(0, 50), min_size=4, max_size=4).map(
        lambda counts: msgspec.Raw(msgspec.json.encode([1, 2.5, *counts]))
    ),
)


def _kwargs(kind: type[ev.Event]) -> dict[str, st.SearchStrategy[Any]]:
    if kind is ev.Scrape:
        return {
            "pod": NAMES,
            "kv": RATIO,
            "running": COUNT,
            "waiting": COUNT,
            "generation_tokens": COUNT,
            "ttft": RAW,
            "itl": RAW,
            "success": st.one_of(st.none(), st.dictionaries(NAMES, st.integers(0, 9), max_size=2)),
        }
    special: dict[type[ev.Event], dict[str, st.SearchStrategy[Any]]] = {
        ev.Header: {"namespace": NAMES, "label": TEXT, "interval_s": st.floats(0, 10)},
        ev.Footer: {"next": st.sampled_from(["", "run.2.jsonl"])},
        ev.Tick: {},
        ev.Mark: {"note": TEXT, "about": st.one_of(st.none(), st.floats(0, 1e6))},
        ev.Notice: {"code": st.sampled_from(["restart", "leader-change"]), "text": TEXT},
        ev.Gap: {"source": NAMES, "since": st.floats(0, 1e6), "until": st.floats(0, 1e6)},
        ev.Source: {"source": NAMES, "status": st.sampled_from(["ok", "denied", "retrying"])},
        ev.Log: {"line": TEXT, "stream": st.sampled_from(["controller", "job"])},
        ev.Bounds: {"id": st.just(1), "le": st.just((0.1, 0.5, 1.0))},
        ev.ScrapeFailure: {"pod": NAMES, "why": st.sampled_from(["starting", "refused"])},
        ev.Engine: {"pod": NAMES, "model": TEXT},
        ev.PollRound: {"pods": st.integers(0, 9), "answered": st.integers(0, 9)},
        ev.Epp: {"pod": NAMES, "queue": st.one_of(st.none(), st.floats(0, 9))},
        ev.Variant: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "model": TEXT,
            "source": st.sampled_from(["VariantAutoscaling", "HorizontalPodAutoscaler"]),
            "target_name": st.just("ms-decode"),
        },
        ev.Workload: {
            "kind": st.just("Deployment"),
            "name": st.just("ms-decode"),
            "namespace": st.just("ns"),
            "spec": COUNT,
            "ready": COUNT,
            "selector": st.just({"app": "ms"}),
        },
        ev.Pod: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "phase": st.just("Running"),
            "ready": st.booleans(),
            "labels": st.just({"app": "ms"}),
            "reason": TEXT,
            "role": st.sampled_from(["model", ""]),
        },
        ev.Autoscaler: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "desired": COUNT,
            "target_kind": st.just("Deployment"),
            "target_name": st.just("ms-decode"),
        },
        ev.ScaledObject: {"name": NAMES, "namespace": st.just("ns"), "paused": TEXT},
        ev.Lease: {"name": NAMES, "namespace": st.just("ns"), "holder": TEXT},
        ev.Config: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "data": st.dictionaries(st.just("default"), TEXT, max_size=1),
        },
        ev.KubeEvent: {"reason": TEXT, "message": TEXT, "name": NAMES},
        ev.Job: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "uid": st.sampled_from(["", "u1"]),
            "status": st.sampled_from(["pending", "running", "succeeded", "failed"]),
            "started_at": st.one_of(st.none(), st.floats(1.7e9, 1.8e9)),
            "title": TEXT,
            "tool": TEXT,
            "reason": TEXT,
            "stages": st.lists(STAGES, max_size=3).map(tuple),
        },
        ev.JobProgress: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "done": COUNT,
            "total": COUNT,
            "uid": st.sampled_from(["", "u1"]),
            "text": TEXT,
        },
        ev.JobResult: {
            "name": NAMES,
            "namespace": st.just("ns"),
            "tool": TEXT,
            "report": TEXT,
            "uid": st.sampled_from(["", "u1"]),
        },
        ev.Experiment: {
            "name": TEXT,
            "phase": st.sampled_from(["load", "tail"]),
            "stages": st.lists(
                st.builds(ev.PlannedStage, TEXT, st.floats(0, 1e4), st.floats(0, 1e4)), max_size=2
            ).map(tuple),
        },
        ev.Deleted: {
            "kind": st.sampled_from(["pod", "hpa", "variant", "workload", "config", "job"]),
            "name": NAMES,
            "namespace": st.just("ns"),
        },
        ev.Unknown: {"kind": st.just("later"), "raw": st.just('{"k":"later","at":1764359265.0}')},
    }
    return special[kind]


def events_of(kind: type[ev.Event], at: st.SearchStrategy[float]) -> st.SearchStrategy[ev.Event]:
    """Events of one kind."""
    return st.builds(kind, at, **_kwargs(kind))


# Made when the first one is drawn: making all of them takes long.
ANY_EVENT = st.deferred(lambda: st.one_of([events_of(kind, st.just(0.0)) for kind in ev.EVENTS]))


def sessions(max_size: int = 40) -> st.SearchStrategy[list[ev.Event]]:
    """Sessions: events of all kinds, ascending in time."""
    steps = st.sampled_from([0.0, 0.5, 2.0, 61.0, 2000.0])

    def timed(pairs: list[tuple[ev.Event, float]]) -> list[ev.Event]:
        at, out = 1_764_359_265.0, []
        for event, step in pairs:
            at += step
            out.append(msgspec.structs.replace(event, at=at))
        return out

    return st.lists(st.tuples(ANY_EVENT, steps), max_size=max_size).map(timed)
