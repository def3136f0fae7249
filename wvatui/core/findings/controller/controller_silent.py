"""Variants are declared and the controller says nothing: it is not there, down, or stuck."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext

LEAST_S = 150.0
"""Silence shorter than this is none: the longest default cycle is 60 s (v0.4.2)."""
CYCLES = 4.0
"""… nor one of fewer than so many cycles."""
START_S = 45.0
"""A session needs a moment to find the controller and its log."""


def _find(look: FindingContext) -> Iterator[Finding]:
    state = look.state
    if not state.variants or not state.sources:
        return  # nobody waits for a controller, or only a log was recorded
    pods = [p for p in state.pods.values() if p.role == "controller" and p.name not in state.gone]
    source = state.sources.get("controller")
    if not pods:
        if source is None or source.status != "waiting" or look.now - state.first_at < 5.0:
            return
        yield _finding(
            "variants are declared and no WVA controller is here",
            (Evidence(source.text, "controller", "cluster", look.age(source.since)),),
            "install it, or say where it runs: --controller-namespace",
        )
        return
    names = tuple(
        Evidence(
            "ready" if p.ready else p.reason or p.phase or "not ready", f"Pod/{p.name}", "object"
        )
        for p in pods
    )
    if not any(pod.ready for pod in pods) and look.now - state.first_at > START_S:
        yield _finding("no pod of the controller is ready", names, _LOOK.format(pods[0].namespace))
        return
    silent_s, limit_s = _silence(look)
    log = state.sources.get("log")
    if silent_s is None or silent_s <= limit_s or log is None or log.status != "ok":
        return
    newest = state.log[-1] if state.log else None
    said = (look.line(newest),) if newest is not None else ()
    yield _finding(
        f"the controller has written nothing for {silent_s:.0f} s",
        (
            *said,
            Evidence(f"a silence of {limit_s:.0f} s would be usual", "controller", "computed"),
            *names,
        ),
        _LOOK.format(pods[0].namespace),
    )


_LOOK = "kubectl -n {} get pods, then their logs; is the controller stuck, or starved of CPU?"


def _silence(look: FindingContext) -> tuple[float | None, float]:
    """(seconds since its last line, seconds that are usual)."""
    starts = [cycle.at for cycle in look.state.cycles.last(20)]
    steps = [b - a for a, b in pairwise(starts)]
    limit_s = max(LEAST_S, CYCLES * median(steps)) if steps else LEAST_S
    newest = look.state.log[-1].at if look.state.log else None
    heard = look.state.heard.get("log")
    if newest is not None and heard is not None:
        # A log that is read late is not silent.
        newest = max(newest, heard)
    if newest is None:
        source = look.state.sources.get("log")
        newest = source.since if source is not None else None
    return look.age(newest), limit_s


def _finding(title: str, evidence: tuple[Evidence, ...], advice: str) -> Finding:
    return Finding(RULE.id, "blocked", title, "controller", evidence, advice)


RULE = FindingRule("controller-silent", "the controller is silent", "blocker", _find, rank=120)
