"""Everything known of one pod: facts, its Kubernetes events, its last metrics page."""

from wvatui.core import events as ev
from wvatui.core.explain.limits import in_force, thresholds_over
from wvatui.core.lines import clean, many
from wvatui.core.metrics import histogram
from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.metrics.scrape_fields import cache_tokens, rate
from wvatui.core.queries.pods.kube_event_rows import kube_event_rows
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.queries.pods.replica_rows import link_rows, replicas, saturated
from wvatui.core.queries.pods.window import WINDOW_S
from wvatui.core.rows.views import (
    FactRow,
    Level,
    PodDetail,
    RankRow,
    ReplicaRow,
    SampleRow,
    Thresholds,
)
from wvatui.core.state.history import History
from wvatui.core.state.links import Link
from wvatui.core.state.replicas import is_of_pages
from wvatui.core.state.session_window import endpoints_of, is_outside
from wvatui.core.state.state import State, Watched

_GOOD: dict[str, Level] = {
    "ok": "ok",
    "warm": "warn",
    "saturated": "bad",
    "unknown": "warn",
    "unread": "warn",
    "unreachable": "bad",
    "pending": "warn",
    "creating": "warn",
    "starting": "warn",
    "not ready": "bad",
    "draining": "off",
    "gone": "off",
}
_FAILURES = {
    "starting": "answers, but the engine is not up yet",
    "refused": "connection refused",
    "timeout": "no answer in time",
    "denied": "not allowed to read it",
    "guarded": "it wants credentials of its own",
    "gone": "the pod is gone",
    "error": "an answer that is no metrics page",
}


def pod_detail(state: State, pod: str) -> PodDetail:
    """Everything known of `pod`; that is little where only the controller's log names it."""
    item = next((item for item in pod_links(state) if pod in item.all_pods), None)
    rows = link_rows(state, item, pod) if item is not None else list(replicas(state))
    row = next((row for row in rows if row.pod == clean(pod)), None)
    watched, listed = state.watched.get(pod), state.pods.get(pod)
    last = watched.history.last if watched else None
    over = thresholds_over(state, *((item.model, item.namespace) if item else ()))
    return PodDetail(
        pod=clean(pod),
        row=row,
        facts=tuple(_facts(state, pod, listed, item, row, watched)),
        kube_events=kube_event_rows(state, lambda kind, name: kind == "Pod" and name == pod),
        samples=tuple(_samples(last)) if last else (),
        ranks=_ranks(last, in_force(over, last.at)) if last else (),
        sample_at=last.at if last else None,
        sample_age_s=max(0.0, state.now - last.at) if last else None,
        sample_source=_page(last, watched),
        failure=_failure(watched, last, state.now),
    )


def _facts(
    state: State,
    name: str,
    pod: ev.Pod | None,
    item: Link | None,
    row: ReplicaRow | None,
    watched: Watched | None,
) -> list[FactRow]:
    """The facts, the most important first, as a small screen does not show all."""
    facts: list[FactRow] = []
    status = row.state if row else "gone" if name in state.gone else ""
    if status:
        words = row.state_text if row and row.state_text else status
        facts.append(FactRow("state", words, level=_GOOD[status]))
    if name in state.gone:
        facts.append(FactRow("gone since", age_s=max(0.0, state.now - state.gone[name])))
    outside = is_outside(state.header)
    only_pages = pod is not None and is_of_pages(pod)
    if pod is not None and not outside:
        facts += [_NO_OBJECT] if only_pages else _of_life(state, pod)
    if watched is not None and watched.failures:
        facts.append(FactRow("failed polls", f"{watched.failures} since it last answered"))
    variant = clean(item.name) if item else row.variant if row else ""
    if not outside:
        facts.append(FactRow("variant", variant or ("none" if item else "")))
    facts += _of_engine(watched.engine if watched else None)
    last = watched.history.last if watched else None
    if last is not None and last.lora is not None:
        facts.append(FactRow("LoRA", _adapters(last.lora)))
    facts += _work_facts(watched.history if watched else None, state.now)
    owner = item.workload if item else None
    facts += _arguments_fact(owner, watched.engine if watched else None)
    if owner is not None and owner.image:
        facts.append(FactRow("image", clean(owner.image), source=owner.kind))
    facts.append(FactRow("model", _model(item, row, watched)))
    if row is not None and row.accelerator:
        facts.append(FactRow("accelerator", row.accelerator))
    if outside:
        return [*facts, FactRow("address", clean(endpoints_of(state.header).get(name, "")))]
    if pod is not None and not only_pages:
        phase = pod.phase if pod.ready or not pod.phase else f"{pod.phase}, not ready"
        facts.append(FactRow("phase", clean(phase)))
        facts.append(FactRow("address", clean(pod.ip)))
        if pod.owner_name:
            facts.append(FactRow("owner", clean(f"{pod.owner_kind}/{pod.owner_name}")))
    return facts


_NO_OBJECT = FactRow("readiness", "unknown: of the pod only its metrics pages were imported")


def _model(item: Link | None, row: ReplicaRow | None, watched: Watched | None) -> str:
    engine = watched.engine.model if watched and watched.engine else ""
    return clean((item.model if item else "") or engine) or (row.model if row else "")


def _of_life(state: State, pod: ev.Pod) -> list[FactRow]:
    facts: list[FactRow] = []
    if pod.reason:
        facts.append(FactRow("reason", clean(pod.reason), level="warn"))
    if pod.created_at is not None:
        facts.append(FactRow("created", age_s=max(0.0, state.now - pod.created_at)))
    start = _start(pod)
    if start:
        facts.append(FactRow("start", start))
    facts.append(FactRow("restarts", str(pod.restarts), level="warn" if pod.restarts else None))
    facts.append(FactRow("node", clean(pod.node)))
    return facts


def _start(pod: ev.Pod) -> str:
    """How long each step of its start took, in words."""
    parts: list[str] = []
    before = pod.created_at
    for words, at in (
        ("scheduled", pod.scheduled_at),
        ("running", pod.started_at),
        ("ready", pod.ready_at),
    ):
        if at is None or before is None or at < before:
            continue
        parts.append(f"{words} +{at - before:.0f}s")
        before = at
    return ", ".join(parts)


def _of_engine(engine: ev.Engine | None) -> list[FactRow]:
    if engine is None:
        return []
    name = clean(engine.engine) + (f" on port {engine.port}" if engine.port else "")
    name += f" at {clean(engine.path)}" if engine.path else ""
    name += f" by {engine.scheme}" if engine.scheme else ""
    facts = [FactRow("engine", name, source="its metrics page")]
    tokens = cache_tokens(engine)
    if tokens is not None:
        shape = ""
        if engine.blocks is not None and engine.block_size is not None:
            shape = f" ({engine.blocks} blocks of {engine.block_size})"
        if engine.ranks:
            shape += f" in {many(len(engine.ranks), 'engine')}"
        facts.append(FactRow("KV cache", f"{tokens} tokens{shape}"))
    return facts


def _adapters(lora: ev.Lora) -> str:
    """LoRA adapters in words."""
    parts = [
        f"{what} {', '.join(map(clean, names))}"
        for what, names in (("running", lora.running), ("waiting", lora.waiting))
        if names
    ]
    if lora.most is not None:
        parts.append(f"at most {lora.most} in a batch")
    return "; ".join(parts) or "no adapter is in use"


def _ranks(look: ev.Scrape, limits: Thresholds) -> tuple[RankRow, ...]:
    """The engines of a pod, each judged separately."""
    models = {rank.model for rank in look.ranks if rank.model}
    return tuple(
        RankRow(
            name=clean(_rank_name(rank)),
            model=clean(rank.model) if len(models) > 1 else "",
            kv_ratio=rank.kv,
            running=rank.running,
            waiting=rank.waiting,
            saturated=saturated(rank.kv, rank.waiting, limits),
            miss=clean(_FAILURES.get(rank.why, rank.why)),
        )
        for rank in look.ranks
    )


def _rank_name(rank: ev.RankScrape) -> str:
    engine = f"engine {rank.engine}" if rank.engine else ""
    parts = [rank.pod, f"port {rank.port}" if rank.port else "", engine]
    return ", ".join(part for part in parts if part)


def _page(last: ev.Scrape | None, watched: Watched | None) -> str:
    """Which pages gave the numbers, in words; empty: none did."""
    if last is None:
        return ""
    own = watched.engine.port if watched and watched.engine else 0
    read = dict.fromkeys((rank.pod, rank.port) for rank in last.ranks if not rank.why)
    pods, ports = {pod for pod, _ in read}, [port for _, port in read] or [own]
    if len(pods) > 1:
        where = f"pages of {len(pods)} pods"
    elif len(ports) > 1:
        where = f"pages on ports {', '.join(map(str, ports))}"
    else:
        where = "the pod's own page" + (f" port {ports[0]}" if ports[0] else "")
    bad = f", {last.bad} unreadable" if last.bad else ""
    return f"{where}, read in {last.took_ms} ms{bad}"


def _failure(watched: Watched | None, last: ev.Scrape | None, now: float) -> str:
    failure = watched.failure if watched else None
    if failure is None or (last is not None and failure.at < last.at):
        return ""
    why = _FAILURES.get(failure.why, failure.why)
    text = f": {failure.text}" if failure.text and failure.text != why else ""
    return clean(f"{why}{text}, {max(0.0, now - failure.at):.0f} s ago")


def _samples(scrape: ev.Scrape) -> list[SampleRow]:
    """One row per metric, in the table's order: counters as totals since the engine's start,
    histograms as count and mean."""
    return [_sample(scrape, metric) for metric in METRICS]


def _sample(scrape: ev.Scrape, metric: Metric) -> SampleRow:
    value = getattr(scrape, metric.id)
    if metric.kind == "histogram":
        distribution = histogram.read(value)
        if distribution is None:
            return SampleRow(metric.title, None, metric.unit)
        mean = histogram.mean(distribution)
        return SampleRow(
            metric.title, mean, metric.unit, f"lifetime mean of {sum(distribution[2])}"
        )
    if isinstance(value, dict):
        words = ", ".join(f"{clean(reason)} {count}" for reason, count in sorted(value.items()))
        return SampleRow(metric.title, float(sum(value.values())), metric.unit, words)
    number = None if value is None else float(value)
    return SampleRow(
        metric.title, number, metric.unit, "lifetime total" if metric.kind == "counter" else ""
    )


def _work_facts(history: History | None, now: float) -> list[FactRow]:
    """Tokens, preemptions and prefix cache hits; without those that its page does not have."""
    pair = history.window(now, WINDOW_S) if history is not None else None
    if pair is None:
        return []
    older, newer = pair
    facts: list[FactRow] = []
    tokens = rate(older, newer)
    if tokens is not None:
        facts.append(FactRow("tokens/s", f"{tokens:.0f}"))
    preempted = rate(older, newer, "preemptions")
    if preempted is not None:
        count = round(preempted * (newer.at - older.at))
        text = f"{count} in the last {newer.at - older.at:.0f} s"
        facts.append(FactRow("preemptions", text, level="warn" if count else None))
    if (hits := _hits(older, newer)) is not None:
        facts.append(FactRow("prefix cache", hits))
    return facts


def _hits(older: ev.Scrape, newer: ev.Scrape) -> str | None:
    """The share of prompt tokens found in the prefix cache; None: not on the page, or a counter was
    reset."""
    asked = rate(older, newer, "prefix_queries")
    hits = rate(older, newer, "prefix_hits")
    if asked is None or hits is None:
        return None
    return f"{100 * hits / asked:.0f} % of tokens hit" if asked else "nothing was looked up"


def _arguments_fact(workload: ev.Workload | None, engine: ev.Engine | None) -> list[FactRow]:
    """The command line of the serving container, from its workload; of several containers, the one
    with the engine's name in it."""
    lines = [" ".join(words) for words in workload.arguments.values()] if workload else []
    name = engine.engine.lower() if engine else ""
    named = [line for line in lines if name and name in line.lower()]
    text = (named or lines or [""])[0]
    return [FactRow("arguments", clean(text), source=workload.kind)] if text and workload else []
