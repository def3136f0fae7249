"""Variants are declared but the controller logs nothing: it is missing, down or stuck."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from statistics import median

from wvatui.core import events as ev
from wvatui.core.decisions.deciders import waiting_for_wva
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.findings.pods.failing_probes import CRASHES
from wvatui.core.kube_object import bare
from wvatui.core.lines import many
from wvatui.core.state.links import is_decision_metric
from wvatui.core.state.source_health import SourceHealth

LEAST_S = 150.0
"""Silence shorter than this is none: the longest default cycle is 60 s (v0.4.2)."""
CYCLES = 4.0
"""… and neither is a silence of fewer cycles than this."""
START_S = 45.0
"""Seconds that a controller may need to become ready."""
SEEN_S = 5.0
"""What is seen this early in a session, seconds, existed before it."""


def _find(look: FindingContext) -> Iterator[Finding]:
    state = look.state
    if not state.variants or not state.sources:
        return  # nothing depends on a controller, or only a log was recorded
    pods = look.controllers
    source = state.sources.get("controller")
    if not pods:
        if (
            source is not None
            and source.status == "waiting"
            and look.now - state.first_at >= SEEN_S
        ):
            yield from _absent(look, source)
        return
    names = tuple(map(look.readiness, pods))
    if not any(pod.ready for pod in pods):
        crashed = [pod for pod in pods if pod.reason in CRASHES]
        if crashed:
            yield _crash(look, crashed)
        elif all(_waited_s(look, pod) > START_S for pod in pods):
            title = "no pod of the controller is ready"
            yield _finding(title, names, _LOOK.format(pods[0].namespace))
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


def _waited_s(look: FindingContext, pod: ev.Pod) -> float:
    """For how long a pod has not been ready, seconds; at most since it was made."""
    said = look.condition_since("pod", pod, "state")
    since = look.now if said is None else said.since
    if pod.created_at is not None and since - look.state.first_at < SEEN_S:
        since = pod.created_at  # it had not been ready before the session either
    return look.now - since


_LOOK = "kubectl -n {} get pods, then their logs; is the controller stuck, or starved of CPU?"


def _absent(look: FindingContext, source: SourceHealth) -> Iterator[Finding]:
    """The finding of a missing controller, which only blocks scalers that read its metric and get
    no value."""
    waiting = waiting_for_wva(look.state)
    if not waiting:
        return  # an HPA or KEDA decides by metrics of its own
    emitted = any(
        is_decision_metric(metric.name) and metric.current is not None
        for hpa in look.state.hpas.values()
        for metric in hpa.metrics
    )
    evidence = (Evidence(source.text, "controller", "cluster", look.age(source.since)),)
    if emitted or source.verb:
        title = "the WVA controller was not found where you may look"
        yield replace(_finding(title, evidence, _PLACE), severity="warning")
        return
    who = f"{', '.join(waiting)} wait{'s' * (len(waiting) == 1)}"
    yield _finding(f"no WVA controller is here, and {who} for its decisions", evidence, _GO)


def _crash(look: FindingContext, crashed: list[ev.Pod]) -> Finding:
    """The finding of a crashing controller: how it ended, and the last lines of its log."""
    pod = max(crashed, key=lambda pod: pod.last_exit_at or 0.0)
    newest = next((entry for entry in look.lines if entry.kind != "blank"), None)
    how = ", ".join(filter(None, (pod.reason, pod.last_exit)))
    ended = f"{how}, {many(pod.restarts, 'restart')}"
    return _finding(
        f"the controller crashes: {how}",
        (
            Evidence(ended, f"Pod/{pod.name}", "lastState", look.age(pod.last_exit_at)),
            *((look.line(newest),) if newest is not None else ()),
        ),
        f"kubectl -n {pod.namespace} logs {bare(pod.name)} --previous: its last line says why",
    )


_PLACE = (
    "say where it runs: --controller-namespace NAME, or ask for the right to list pods in all"
    " namespaces: kubectl auth can-i list pods -A"
)
_GO = (
    "say where it runs: --controller-namespace NAME; where there is none, let the HPA or KEDA go by"
    " a metric that exists, such as the endpoint picker's queue"
)


def _silence(look: FindingContext) -> tuple[float | None, float]:
    """(seconds since its last line, usual seconds between cycles)."""
    starts = [cycle.at for cycle in look.state.cycles.last(20)]
    steps = [b - a for a, b in pairwise(starts)]
    limit_s = max(LEAST_S, CYCLES * median(steps)) if steps else LEAST_S
    newest = look.state.log[-1].at if look.state.log else None
    heard = look.state.heard.get("log")
    if newest is not None and heard is not None:
        # A log that arrives late is not silent.
        newest = max(newest, heard)
    if newest is None:
        source = look.state.sources.get("log")
        newest = source.since if source is not None else None
    return look.age(newest), limit_s


def _finding(title: str, evidence: tuple[Evidence, ...], advice: str) -> Finding:
    return Finding(RULE.id, "blocked", title, "controller", evidence, advice)


RULE = FindingRule("controller-silent", "the controller is silent", "blocker", _find, rank=120)
