"""Samples without the labels by which the controller joins them: `pod` against `pod_name`.

Messages: WVA v0.8.0 internal/collector/replica_metrics.go:917, HEAD :756 and :1035.
"""

import re
from collections.abc import Iterator

from wvatui.core.findings.complaints import holds_in_cycles
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, Severity
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many
from wvatui.core.state.state import LogEntry

_NO_LABEL = "missing both 'pod' and 'pod_name' labels"
_NO_RATE = "pod/pod_name label mismatch"
_POD = re.compile(r'"pod": ?"([^"]+)"|\bpod=([\w.-]+)')
READY_S = 120.0
"""Seconds before a replica can have a rate; before that the messages mean nothing."""
RATE_S = 120.0
"""Requests that a gateway passed on within this time, seconds, give a rate."""
TIMES = 3
"""Cycles in which the messages must have been logged for one replica."""
_ADVICE = (
    "one side says pod, the other pod_name: mend the relabelling (metricRelabelings of the"
    " ServiceMonitor or PodMonitor, honorLabels) so that both carry the pod's own name"
)


def _find(look: FindingContext) -> Iterator[Finding]:
    yield from _said(look)
    yield from _strangers(look)


def _said(look: FindingContext) -> Iterator[Finding]:
    """Findings from the controller's repeated messages about replicas that do get requests."""
    said: dict[str, list[LogEntry]] = {}
    certainty = _certainty(look)
    for entry in look.lines_that(_is_about_labels):
        if _NO_LABEL in entry.message:
            said.setdefault("", []).append(entry)
        elif certainty and _NO_RATE in entry.message and (found := _POD.search(entry.raw)):
            said.setdefault(found[1] or found[2], []).append(entry)
    said = {pod: lines for pod, lines in said.items() if holds_in_cycles(look, lines[0])}
    for pod in [name for name in said if name and not _serves(look, name, said[name])]:
        del said[pod]
    if not said:
        return
    pods = ", ".join(sorted(filter(None, said))) or "a series without a pod"
    entries = [entry for each in said.values() for entry in each]
    yield Finding(
        rule=RULE.id,
        severity="blocked" if "" in said or certainty is None else certainty,
        title="the controller cannot join its metrics: labels pod and pod_name do not match",
        about="controller/labels",
        evidence=(
            look.line(max(entries, key=lambda entry: entry.at)),
            Evidence(
                f"{many(len(entries), 'such line')} in five minutes, of {pods}",
                "controller",
                "controller log",
            ),
        ),
        advice=_ADVICE,
    )


def _is_about_labels(entry: LogEntry) -> bool:
    return _NO_LABEL in entry.message or _NO_RATE in entry.message


def _certainty(look: FindingContext) -> Severity | None:
    """The severity of a missing rate: blocked where requests run through an endpoint picker,
    warning where its page does not show that, None where no picker passes requests on."""
    pickers = {
        pod.name
        for pod in look.state.pods.values()
        if pod.role == "epp" and pod.ready and pod.name not in look.state.gone
    }
    if not pickers:
        return None
    running = [
        one.running
        for name, trail in look.state.epp.items()
        for one in trail.last(100)
        if name in pickers and look.now - one.at <= RATE_S and one.running is not None
    ]
    if not running:
        return "warning"
    return "blocked" if any(running) else None


def _serves(look: FindingContext, name: str, entries: list[LogEntry]) -> bool:
    """Whether a replica has been ready for a while, has requests, and still lacks a rate."""
    if len(entries) < TIMES or look.now - entries[0].at > 120.0:
        return False
    pod, watched = look.state.pods.get(name), look.state.watched.get(name)
    if (
        pod is None
        or pod.ready_at is None
        or entries[0].at - pod.ready_at < READY_S
        or watched is None
    ):
        return False
    looks = watched.history.since(look.now - 60.0)
    return any(one.running for one in looks)


def _strangers(look: FindingContext) -> Iterator[Finding]:
    """Findings of samples under names that no replica has."""
    cycle = look.state.cycles[-1] if look.state.cycles else None
    known = {pod.name for pod in look.state.pods.values() if pod.role == "model"}
    if cycle is None or not known or look.now - cycle.last_at > 180.0:
        return
    sampled = sorted({*cycle.kv, *cycle.waiting})
    if sampled and not known & set(sampled) and any(pod.ready for pod in look.model_pods):
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"the controller samples {sampled[0]}, and no replica has that name",
            about="controller/labels",
            evidence=(
                Evidence(
                    f"samples of {', '.join(sampled[:3])}",
                    "last cycle",
                    "controller log",
                    look.age(cycle.at),
                ),
                Evidence(
                    f"{many(len(known), 'replica')}, such as {min(known)}", "namespace", "objects"
                ),
            ),
            advice=_ADVICE,
        )


RULE = FindingRule(
    "label-mismatch", "labels of metrics do not match (pod, pod_name)", "blocker", _find, rank=140
)
