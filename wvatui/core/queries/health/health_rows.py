"""One row per source: its status, how long it has been silent, and what is wrong, in words."""

from typing import NamedTuple

from msgspec.structs import replace

from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.kube_object import bare
from wvatui.core.lines import clean, many
from wvatui.core.rows.health_views import HealthRow
from wvatui.core.rows.views import Level
from wvatui.core.state.linking import state_links
from wvatui.core.state.replicas import ENDED
from wvatui.core.state.source_health import SourceHealth
from wvatui.core.state.state import State

TITLES = {
    "log": "controller log",
    "pods": "pod metrics",
    "epp": "gateway (EPP)",
    "jobs": "load jobs",
    "workloads": "workloads",
    "autoscalers": "autoscalers",
    "variants": "variants",
    "targets": "scale targets",
    "controller": "controller",
    "configmaps": "thresholds",
    "events": "events",
}
_LEVELS: dict[str, Level] = {
    "ok": "ok",
    "starting": "warn",
    "waiting": "warn",
    "retrying": "bad",
    "denied": "bad",
    "guarded": "warn",
    "down": "bad",
    "absent": "off",
    "ended": "off",
}
_OF_WVA = ("controller", "log", "lease", "configmaps")
_NOT_INSTALLED = "WVA is not installed here, and nothing waits for it"
_LOOKING = ("starting", "waiting")
"""Statuses of a source that has not found its object yet."""
_STALE_S = {"log": 180.0, "pods": 30.0, "epp": 30.0}
"""Silence longer than this, seconds, is trouble even with status ok."""


def health(state: State) -> tuple[HealthRow, ...]:
    """One row per source, in the order in which they first reported."""
    return tuple(health_of(state, source) for source in expected(state))


def expected(state: State) -> list[SourceHealth]:
    """The sources that can report something; without those of WVA where it plays no part.

    Where WVA's kind is not installed either, a denied right to read it counts as absent.
    """
    sources = list(state.sources.values())
    if not any(s.source in _OF_WVA for s in sources) or not is_without_wva(state):
        return sources
    kinds = [s.status for s in sources if s.source == "variants"]
    is_absent = bool(kinds) and set(kinds) == {"absent"}
    return [
        _absent(s) if is_absent and s.source in _OF_WVA and _is_trouble(s) else s
        for s in sources
        if s.source not in _OF_WVA or s.status not in _LOOKING
    ]


def _is_trouble(source: SourceHealth) -> bool:
    return _LEVELS.get(source.status) == "bad"


def _absent(source: SourceHealth) -> SourceHealth:
    """The source as absent, even if a right was denied to it."""
    return replace(
        source, status="absent", text=_NOT_INSTALLED, retry_at=None, verb="", resource=""
    )


def health_of(state: State, source: SourceHealth) -> HealthRow:
    """The row of one source."""
    heard = _heard(state, source)
    age = None if heard is None else max(0.0, state.now - heard)
    level: Level = _LEVELS.get(source.status, "warn")
    text = source.text or source.status
    listened = _listening(state, source)
    if listened is not None and (silent := listened.trouble(state.now)):
        level, text = "warn", silent
    if source.retry_at is not None and source.retry_at > state.now:
        text += f"; next try in {source.retry_at - state.now:.0f} s"
    if source.source == "pods" and level == "ok":
        text = _spacing(state, source) or text
    if source.source == "epp" and level == "ok":
        seen = _gateway(state, source.namespace)
        if source.guarded:
            guard = f"token wanted by {', '.join(map(bare, source.guarded))}"
            level, seen = "warn", f"{seen}; {guard}" if seen else guard
        text = seen or text
    if source.source == "pods" and source.status == "waiting" and _is_at_zero(state, source):
        level, text = "off", "no pod to ask: scaled to zero"
    return HealthRow(
        source=clean(source.key),
        title=title_of(source),
        level=level,
        age_s=age,
        text=clean(text),
    )


def _is_at_zero(state: State, source: SourceHealth) -> bool:
    """Whether there is no model pod because every variant is scaled to zero."""
    links = [each for each in state_links(state) if source.namespace in ("", each.namespace)]
    pods = (
        pod
        for name, pod in state.pods.items()
        if name not in state.gone and source.namespace in ("", pod.namespace)
    )
    return (
        bool(links)
        and all(each.workload is not None and each.workload.spec == 0 for each in links)
        and not any(pod.role == "model" and pod.phase not in ENDED for pod in pods)
    )


def title(source: str) -> str:
    """The name of a source for people."""
    return TITLES.get(source, clean(source))


def title_of(source: SourceHealth) -> str:
    """As `title`, with the namespace of a source that covers a single one."""
    where = f" ({clean(source.namespace)})" if source.namespace else ""
    return f"{title(source.source)}{where}"


class Listening(NamedTuple):
    """A source with status ok, and what its silence would mean."""

    source: str
    title: str
    heard_at: float
    limit_s: float

    def trouble(self, now: float) -> str:
        """Words for a silence that is too long at `now`; "" for none."""
        age = now - self.heard_at
        return f"silent for {age:.0f} s" if age > self.limit_s else ""


def listening(state: State) -> list[Listening]:
    """The sources whose rows change by time alone, in the order of the rows."""
    return [
        note for each in state.sources.values() if (note := _listening(state, each)) is not None
    ]


def _listening(state: State, source: SourceHealth) -> Listening | None:
    limit, heard = _STALE_S.get(source.source), _heard(state, source)
    if limit is None or heard is None or _LEVELS.get(source.status) != "ok":
        return None
    return Listening(clean(source.key), title_of(source), heard, limit)


def _heard(state: State, source: SourceHealth) -> float | None:
    # Poll rounds cover all namespaces.
    key = source.source if source.source == "pods" else source.key
    times = (state.heard.get(key), source.heard_at)
    return max((at for at in times if at is not None), default=None)


def _gateway(state: State, namespace: str) -> str:
    """The newest values of the endpoint pickers of a namespace ("": all), in words: requests queued
    and in flight, how full the pool is."""
    own = f"{namespace}/" if namespace else ""
    newest = [ring[-1] for pod, ring in state.epp.items() if ring and pod.startswith(own)]
    fresh = [event for event in newest if state.now - event.at <= _STALE_S["epp"]]
    parts = []
    for title, name, form in (
        ("gateway queue", "queue", ".0f"),
        ("in flight", "running", ".0f"),
        ("pool saturation", "saturation", ".0%"),
        ("pool KV", "kv", ".0%"),
    ):
        values = [getattr(e, name) for e in fresh if getattr(e, name) is not None]
        if values:
            whole = max(values) if name in ("saturation", "kv") else sum(values)
            least = "at least " if len(values) < len(fresh) else ""
            parts.append(f"{title} {least}{whole:{form}}")
    return ", ".join(parts)


def _spacing(state: State, source: SourceHealth) -> str:
    """The achieved spacing of poll rounds, in words; rounds cover all namespaces."""
    rounds = state.rounds.last(20)
    if len(rounds) < 3:
        return ""
    span = (rounds[-1].at - rounds[0].at) / (len(rounds) - 1)
    skipped = sum(item.skipped for item in rounds)
    late = f", {many(skipped, 'round')} skipped" if skipped else ""
    pods = "" if source.namespace else f"{rounds[-1].answered}/{rounds[-1].pods} "
    return f"{pods}{_polled(state)} answer, every {span:.1f} s{late}"


def _polled(state: State) -> str:
    """What is polled, in words."""
    head = state.header
    if head is None:
        return "pods"
    return (
        "engines" if head.endpoints else f"pods with {head.selector}" if head.selector else "pods"
    )
