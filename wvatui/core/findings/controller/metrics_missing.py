"""A replica without metrics, which the controller counts as empty or leaves out of its rule."""

import re
from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.complaints import holds_in_cycles
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.kube_object import bare
from wvatui.core.lines import many, verb
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import LogEntry

READY_S = 90.0
"""Seconds that a replica must have been ready: three cycles and a scrape."""
SETTLED_S = 30.0
"""Seconds that a replica must have been ready before its metrics page was missed."""
NEARLY = 0.95
"""Share of one replica's capacity that must be missing from the supply."""
FAILURES = 3
"""Failed scrapes in a row."""
SAID = 120
"""Characters of an error shown in a title; the evidence has the whole text."""
_CAUSES = {
    "starting": "the engine is still starting",
    "refused": "the connection is refused",
    "timeout": "no answer in time",
    "tls": "what answers does not speak http",
}
"""The meaning of each `ScrapeFailure.why`; for any other the failure's own text is shown."""
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\[?[0-9a-f:]{6,}\]?(?::\d+)?")
SHOWN = 4
"""How many replicas are shown individually, where several fail in the same way."""
_PROMETHEUS = (
    "Query Prometheus failed",
    "Error querying Prometheus",
    "prometheus query failed",
    "Failed to connect to Prometheus",
)
"""The controller's own messages, v0.0.5 to HEAD."""
_WORDS = (
    "Pod missing KV cache metrics",
    "Pod missing queue metrics",
    "Filtering pod from stale",
    "stale pod(s)",
    "Metrics unavailable for VA",
    "No capacity metrics available",
    "No saturation metrics available",
    "metrics are stale",
)
"""The controller's messages that mean nothing before there was a replica to be scraped."""


def _find(look: FindingContext) -> Iterator[Finding]:
    yield from _unread(look)
    yield from _silent_engines(look)
    yield from _unseen(look)
    yield from _uncounted(look)
    yield from _told(look)


def _unread(look: FindingContext) -> Iterator[Finding]:
    """Ready replicas whose metrics page cannot be read; those that fail alike are one finding."""
    groups: dict[str, list[tuple[ev.Pod, str]]] = {}
    for pod, failure in _failing(look):
        cause = _cause(pod, failure)
        groups.setdefault(_ADDRESS.sub("ADDRESS", cause), []).append((pod, cause))
    for alike, members in groups.items():
        pods = [pod for pod, _ in members]
        first, cause = members[0]
        name = bare(first.name)
        who, about = f"{first.name} is ready and its", f"Pod/{first.namespace}/{name}/page"
        if len(pods) > 1:
            who, about = f"{len(pods)} replicas are ready and their", f"pages/{alike}"
        variants = {look.variant_of(pod) for pod in pods}
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{who} metrics cannot be read: {cause}",
            about=about,
            evidence=tuple(fact for pod in pods[:SHOWN] for fact in _page(look, pod)),
            advice="is /metrics served, and on which port? kubectl get --raw"
            f" /api/v1/namespaces/{first.namespace}/pods/{name}:{_port(first)}/proxy/metrics",
            variant=variants.pop() if len(variants) == 1 else "",
        )


def _cause(pod: ev.Pod, failure: ev.ScrapeFailure) -> str:
    """Why a page cannot be read, in the same words for every pod that fails alike."""
    said = " ".join(failure.text.replace(pod.name, "POD").split())
    if failure.why in _CAUSES:
        return _CAUSES[failure.why]
    if not said:
        return f"{failure.why}, and nothing says more"
    return said if len(said) <= SAID else f"{said[: SAID - 1]}…"


def _failing(look: FindingContext) -> Iterator[tuple[ev.Pod, ev.ScrapeFailure]]:
    """Replicas that have been ready for a while but fail repeatedly, each with its last failure."""
    if look.is_cut_off:
        return  # their pages may be fine
    limit_s = fresh_s(look.state.header)
    for pod in look.model_pods:
        ready_s = look.age(pod.ready_at)
        if not pod.ready or pod.deleting_at is not None or (ready_s or 0.0) < SETTLED_S:
            continue
        watched = look.state.watched.get(pod.name)
        failure = watched.failure if watched is not None else None
        if (
            watched is None
            or failure is None
            or watched.failures < FAILURES
            or failure.why == "denied"
            or _was_cut_off(look, failure.at)
        ):
            continue
        last = watched.history.last
        if last is not None and look.now - last.at <= limit_s:
            continue
        if failure.why != "guarded":  # found by another rule
            yield pod, failure


def _was_cut_off(look: FindingContext, at: float) -> bool:
    """Whether the API server did not answer at that time: a page missed then may have been fine."""
    stretches = (silent for silent in look.state.silent if silent.kind == "objects")
    return any(silent.since <= at <= silent.until for silent in stretches)


def _page(look: FindingContext, pod: ev.Pod) -> Iterator[Evidence]:
    """Evidence of the last success and failure of a pod's page."""
    watched = look.state.watched[pod.name]
    failure, last = watched.failure, watched.history.last
    if failure is not None:
        yield Evidence(
            f"{failure.text or failure.why}, {many(watched.failures, 'time')} in a row",
            f"Pod/{pod.name}",
            "metrics page",
            look.age(failure.at),
        )
    since = f"its last page is {look.now - last.at:.0f} s old" if last else "no page was read"
    yield Evidence(since, f"Pod/{pod.name}", "metrics page", look.age(last.at) if last else None)


def _port(pod: ev.Pod) -> int:
    """The most likely port of its metrics."""
    return pod.ports[0] if pod.ports else 8000


def _silent_engines(look: FindingContext) -> Iterator[Finding]:
    """Engines of a pod that no longer answer, while others of the pod still do."""
    limit_s = fresh_s(look.state.header)
    for pod in look.model_pods:
        watched = look.state.watched.get(pod.name)
        if watched is None or pod.deleting_at is not None:
            continue
        last = watched.history.last
        if last is None or not any(rank.why for rank in last.ranks):
            continue
        looks = watched.history.since(look.now - limit_s)[-FAILURES:]
        lost = [{(r.pod, r.port) for r in one.ranks if r.why} for one in looks]
        silent = set.intersection(*lost) if len(lost) == FAILURES else set()
        if not silent:
            continue
        newest = looks[-1]
        words = [
            f"{f'{rank.pod} ' if rank.pod else ''}port {rank.port}: {rank.text or rank.why}"
            for rank in newest.ranks
            if (rank.pod, rank.port) in silent
        ]
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{len(silent)} of {many(len(newest.ranks), 'engine')} of {pod.name}"
            f" {verb(len(silent), 'do')} not answer",
            about=f"Pod/{pod.namespace}/{bare(pod.name)}/engines",
            evidence=tuple(
                Evidence(text, f"Pod/{pod.name}", "metrics page", look.age(newest.at))
                for text in words[:4]
            ),
            advice="what they hold is in no sum, and the controller may count the pod by the others"
            f" alone: kubectl -n {pod.namespace} logs {bare(pod.name)}",
            variant=look.variant_of(pod),
        )


def _unseen(look: FindingContext) -> Iterator[Finding]:
    """Ready replicas for which the controller had no sample in its last cycle."""
    cycle = look.state.cycles[-1] if look.state.cycles else None
    if cycle is None or not (cycle.kv or cycle.waiting) or look.now - cycle.last_at > 180.0:
        return
    sampled = {*cycle.kv, *cycle.waiting}
    known = {pod.name for pod in look.model_pods}
    if not sampled & known:
        return  # samples under other names are found by another rule
    lost = [
        pod
        for pod in look.model_pods
        if pod.name not in sampled
        and pod.deleting_at is None
        and pod.ready
        and pod.ready_at is not None
        and cycle.at - pod.ready_at >= READY_S
        and _shares_model(look, pod.name, sampled)
    ]
    for pod in lost:
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"the controller has no metrics of {pod.name}, which is ready",
            about=f"Pod/{pod.namespace}/{bare(pod.name)}/sample",
            evidence=(
                Evidence(
                    f"samples of {many(len(sampled), 'replica')}, none of it",
                    "last cycle",
                    "controller log",
                    look.age(cycle.at),
                ),
                Evidence("ready", f"Pod/{pod.name}", "object", look.age(pod.ready_at)),
            ),
            advice="does Prometheus scrape it (ServiceMonitor, PodMonitor, labels, port)? ask for"
            f' up{{pod="{bare(pod.name)}"}} and vllm:kv_cache_usage_perc{{pod="{bare(pod.name)}"}}',
            variant=look.variant_of(pod),
        )


def _shares_model(look: FindingContext, pod: str, sampled: set[str]) -> bool:
    """Whether the controller had samples of the pod's model at all in that cycle."""
    model = next((item.model for item in look.links if pod in item.pods), None)
    return (
        any(item.model == model and sampled & set(item.pods) for item in look.links)
        if model is not None
        else False
    )


def _uncounted(look: FindingContext) -> Iterator[Finding]:
    """Findings in V2 of a supply that is too small for the ready replicas.

    supply = sum of counted replicas times their capacity; HEAD counts replicas with metrics.
    """
    for model in sorted({link.model for link in look.links if link.model}):
        ring = look.state.analysed.get(f"{model} saturation")
        newest = ring[-1] if ring else None
        result = newest.v2 if newest is not None else None
        if newest is None or result is None or result.supply is None:
            continue
        if look.now - newest.at > 180.0:
            continue
        known = {v.name: v.per_replica for v in result.variants if v.per_replica}
        links = [link for link in look.links if link.model == model]
        ready = {link.name: _settled(look, link.pods, newest.at) for link in links}
        if not known or set(known) != set(ready):
            continue
        expected = sum(len(ready[name]) * known[name] for name in known)
        missing = (expected - result.supply) / min(known.values())
        if missing < NEARLY:
            continue
        names = sorted(name for pods in ready.values() for name in pods)
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"the controller counts {many(round(missing), 'replica')} of {model}"
            " fewer than are ready: it has no metrics of them",
            about=f"model/{model}/supply",
            evidence=(
                Evidence(
                    f"supply {result.supply:.0f}, capacities "
                    + ", ".join(
                        f"{name} {value:.0f} a replica" for name, value in sorted(known.items())
                    ),
                    "last analysis",
                    "controller log",
                    look.age(newest.at),
                ),
                Evidence(
                    f"{many(len(names), 'replica', 'are')} ready for"
                    f" {READY_S:.0f} s or more, which would give {expected:.0f}",
                    ", ".join(names[:4]),
                    "objects",
                ),
            ),
            advice="does Prometheus scrape them (ServiceMonitor, PodMonitor, labels, port)? ask for"
            " count(vllm:kv_cache_usage_perc) by (pod)",
            variant=links[0].name if len(links) == 1 else "",
        )


def _was_settled(look: FindingContext, pod: ev.Pod) -> bool:
    """Whether an existing replica has been ready for long enough to be scraped."""
    ready_s = look.age(pod.ready_at)
    return pod.ready and (ready_s is None or ready_s >= READY_S)


def _settled(look: FindingContext, pods: tuple[str, ...], at: float) -> list[str]:
    """Existing replicas that had been ready for a while at that moment."""
    found = []
    for name in pods:
        pod = look.state.pods[name]
        is_there = name not in look.state.gone and pod.deleting_at is None
        if is_there and pod.ready and pod.ready_at is not None and at - pod.ready_at >= READY_S:
            found.append(name)
    return found


def _lacks_prometheus(entry: LogEntry) -> bool:
    return any(words in entry.message for words in _PROMETHEUS)


def _lacks_metrics(entry: LogEntry) -> bool:
    return _lacks_prometheus(entry) or any(words in entry.message for words in _WORDS)


def _told(look: FindingContext) -> Iterator[Finding]:
    """Findings from what the controller itself reports, in its log and on its objects."""
    may_have = not look.sees_replicas or any(_was_settled(look, p) for p in look.model_pods)
    lines = look.lines_that(_lacks_metrics if may_have else _lacks_prometheus)
    entry = next(iter(lines), None)
    if entry is not None and look.now - entry.at <= 120.0 and holds_in_cycles(look, entry):
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title="the controller says that metrics are missing or stale",
            about="controller/metrics",
            evidence=(
                look.line(entry),
                Evidence(
                    f"{many(len(lines), 'such line')} in five minutes",
                    "controller",
                    "controller log",
                ),
            ),
            advice="does Prometheus scrape every replica, under the model name and namespace that"
            " the variant declares?",
        )
    for variant in look.state.variants.values():
        told = condition_of(variant.conditions, "MetricsAvailable")
        age = look.age(told.since) if told is not None else None
        if told is None or told.status != "False" or (age is not None and age < 45.0):
            continue
        link = next((item for item in look.links if item.variant is variant), None)
        if link is not None and link.workload is not None and link.workload.spec == 0:
            continue  # scaled to zero: there is nothing to scrape
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"the controller has no metrics of {variant.name}: {told.reason}",
            about=f"{variant.source}/{variant.namespace}/{variant.name}/metrics",
            evidence=(look.condition(told, f"{variant.source}/{variant.name}"),),
            advice="does Prometheus scrape its replicas, under this model name and namespace?",
            variant=variant.name,
        )


RULE = FindingRule(
    "metrics-missing", "metrics of a replica are missing or stale", "blocker", _find, rank=130
)
