"""One run over one stretch of time: every figure that is compared, each computed once.

A figure maps who counted it to its value, the most trusted first: `client` before `servers`, polled
values before those in the log. Empty: no data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

from wvatui.analysis.compare.asked import Objective
from wvatui.analysis.compare.pod_limits import PodLimits
from wvatui.analysis.runs.run import Run
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.events import Scrape
from wvatui.core.explain.limits import in_force
from wvatui.core.kube_object import NamespacedName
from wvatui.core.queries.load.load_rows import stages
from wvatui.core.queries.load.result_rows import job_results
from wvatui.core.queries.load.stage_stats import SAME, served
from wvatui.core.queries.pods.polled import PolledSession, cut, polled_between, rounds
from wvatui.core.queries.pods.replica_rows import looks_saturated, saturated
from wvatui.core.queries.pods.replica_time import (
    ReplicaTime,
    believed_steps,
    ladder_steps,
    replica_time,
)
from wvatui.core.queries.pods.window import total_share
from wvatui.core.queries.scaling.moves import moves
from wvatui.core.queries.scaling.saturated_spans import TOGETHER_S, logged_looks
from wvatui.core.queries.scaling.scaling import gap_windows
from wvatui.core.results import Benchmark, Spread, bundle_requests
from wvatui.core.results.loose import number
from wvatui.core.rows.load_views import ResultRow
from wvatui.core.rows.views import Thresholds

Figure = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SizeMove:
    """One change of size that was decided."""

    at: float
    variant: NamespacedName
    by: int | None
    """Replicas added (or, below 0, removed); None: the log states only the direction."""
    up: bool


@dataclass(frozen=True, slots=True)
class ClientSide:
    """Reports of load generators; `benchmarks` is empty unless they cover the whole stretch."""

    benchmarks: tuple[Benchmark, ...] = ()

    def total(self, name: str) -> float | None:
        """The sum of a count; None where one report lacks it."""
        values = [getattr(benchmark, name) for benchmark in self.benchmarks]
        return sum(values) if values and None not in values else None

    def spread(self, name: str) -> Spread | None:
        """A distribution; None for several reports, whose quantiles cannot be combined."""
        return getattr(self.benchmarks[0], f"{name}_ms") if len(self.benchmarks) == 1 else None


@dataclass(frozen=True)
class MeasuredRun:
    """`run` over [since, until], UTC epoch seconds; `prices`: see `unit_costs`."""

    run: Run
    since: float
    until: float
    prices: Mapping[str, float] = field(default_factory=dict)

    # --- replicas

    @cached_property
    def _replicas(self) -> tuple[str, ReplicaTime]:
        state = self.run.state
        for source, steps in (("workloads", ladder_steps), ("log", believed_steps)):
            ran = replica_time(
                state, self.since, self.until, steps=steps(state), prices=self.prices
            )
            if ran.seconds is not None:
                return source, ran
        return "", ReplicaTime()

    def replicas(self, name: str) -> Figure:
        """A value of `ReplicaTime` by its name."""
        source, ran = self._replicas
        return _figure((source, getattr(ran, name)))

    @cached_property
    def moves(self) -> tuple[str, tuple[SizeMove, ...]]:
        """(source, changes of size): decisions; where there are none, changes of the spec."""
        state = self.run.state
        decisions = [each for each in scaling_decisions(state) if not each.context]
        if decisions:
            return "decisions", tuple(
                SizeMove(
                    each.at,
                    (each.namespace, each.variant),
                    None if each.before is None or each.after is None else each.after - each.before,
                    each.direction == "up",
                )
                for each in decisions
                if each.changes and self.since <= each.at <= self.until
            )
        of_spec = [
            SizeMove(at, key, after - before, after > before)
            for key, ring in state.ladder.items()
            for at, before, after in moves((rung.at, rung.spec) for rung in ring)
            if self.since <= at <= self.until
        ]
        is_known = any(rung.spec is not None for ring in state.ladder.values() for rung in ring)
        return "spec" if is_known else "", tuple(sorted(of_spec, key=lambda move: move.at))

    def of_moves(self, count: Callable[[Iterable[SizeMove]], float | None]) -> Figure:
        """The result of `count` for the changes of size."""
        source, made = self.moves
        return _figure((source, count(made)))

    def gaps(self, count: Callable[[list[float]], float]) -> Figure:
        """The result of `count` for the lengths (seconds) of stretches short of replicas."""
        state = self.run.state
        wished = any(
            rung.ready is not None
            and (rung.desired is not None or rung.target is not None or rung.spec is not None)
            for ring in state.ladder.values()
            for rung in ring
        )
        lengths = [
            min(gap.until, self.until) - max(gap.since, self.since)
            for gap in gap_windows(state)
            if gap.until > self.since and gap.since < self.until
        ]
        return _figure(("workloads", count(lengths))) if wished else {}

    @cached_property
    def boots(self) -> tuple[str, tuple[float, ...]]:
        """(source, seconds from a pod's creation until it was ready); where no pod's lifecycle is
        known, seconds from a higher target until that many replicas were ready."""
        lives = [
            life.ready_at - life.created_at
            for life in self.run.state.lifecycles.values()
            if life.created_at is not None
            and life.ready_at is not None
            and self.since <= life.created_at <= self.until
        ]
        if lives or self.run.state.lifecycles:
            return "pods", tuple(lives)
        return "replicas", tuple(self._rises())

    def _rises(self) -> Iterator[float]:
        for ring in self.run.state.ladder.values():
            rungs = list(ring)
            for at, before, wanted in moves((rung.at, rung.spec) for rung in rungs):
                if wanted < before or not self.since <= at <= self.until:
                    continue
                for rung in rungs:
                    if rung.at >= at and rung.spec is not None and rung.spec < wanted:
                        break
                    if rung.at >= at and rung.ready is not None and rung.ready >= wanted:
                        yield rung.at - at
                        break

    # --- pods

    @cached_property
    def polled(self) -> PolledSession:
        return polled_between(self.run.state, self.run.looks, self.since, self.until)

    @cached_property
    def _limits(self) -> PodLimits:
        return PodLimits(self.run.state)

    @property
    def limits(self) -> Mapping[str, tuple[Thresholds, ...]]:
        """By model, the thresholds that were in force in the stretch, ascending in time."""
        return self._limits.between(self.since, self.until)

    @cached_property
    def looks(self) -> tuple[tuple[Sequence[Scrape], Sequence[Scrape]], ...]:
        """By pod the scrapes inside the stretch, and the one before, from which they grew."""
        state = self.run.state
        return tuple(cut(state, own, self.since, self.until) for own in self.run.looks.values())

    @cached_property
    def loads(self) -> tuple[str, tuple[tuple[float | None, bool | None], ...]]:
        """(source, (KV ratio, saturated) of every sample of every pod). None: not measured;
        saturated is None where KV or queue is missing."""
        known = tuple(
            (look.kv, looks_saturated(look, in_force(over, look.at)))
            for pod, (_, own) in zip(self.run.looks, self.looks, strict=True)
            for over in [self._limits.over(pod)]
            for look in own
            if look.kv is not None or look.waiting is not None
        )
        if known:
            return "servers", known
        return "log", tuple(self._logged())

    def _logged(self) -> Iterator[tuple[float | None, bool | None]]:
        """The controller's samples: each KV ratio with the queue of the same pod and cycle."""
        state = self.run.state
        for pod in {*state.log_kv, *state.log_waiting}:
            over = self._limits.over(pod)
            for at, kv, queue in logged_looks(state, pod):
                if self.since <= at <= self.until:
                    yield kv, saturated(kv, queue, in_force(over, at))

    def kv(self, count: Callable[[list[float]], float | None], *, free: bool = False) -> Figure:
        """The result of `count` for the KV ratios of samples; `free`: of unsaturated ones."""
        source, samples = self.loads
        values = [kv for kv, full in samples if kv is not None and not (free and full is not False)]
        return _figure((source, count(values) if values else None))

    def saturated(self) -> Figure:
        """The share of samples that were saturated; no data where some cannot be judged, as the
        share of the others would be too high."""
        source, samples = self.loads
        judged = [full for _, full in samples if full is not None]
        return _figure((source, mean(judged) if len(judged) == len(samples) else None))

    def queue(self, name: str, count: Callable[[list[float]], float | None]) -> Figure:
        """Requests waiting in all pods. `name`: of the polled value in `PolledSession`; `count`:
        computes it from the log."""
        logged = sorted(
            (point.at, pod, point.value)
            for pod, ring in self.run.state.log_waiting.items()
            for point in ring
            if self.since <= point.at <= self.until
        )
        sums = [sum(values) for values in rounds(logged, TOGETHER_S)]
        return _figure(
            ("servers", getattr(self.polled, name)), ("log", count(sums) if sums else None)
        )

    def gateway_queue(self, count: Callable[[list[float]], float | None]) -> Figure:
        """The result of `count` for the requests that all endpoint pickers hold together."""
        looks = sorted(
            (look.at, pod, look.queue)
            for pod, own in self.run.pickers.items()
            for look in own
            if look.queue is not None and self.since <= look.at <= self.until
        )
        sums = [sum(values) for values in rounds(looks, self.run.round_s)]
        return _figure(("gateway", count(sums) if sums else None))

    # --- requests

    @cached_property
    def requests(self) -> tuple[Mapping[str, Any], ...]:
        """Individual requests sent in the stretch, where a bundle contains them."""
        reports = [r.event.report for ring in self.run.state.job_results.values() for r in ring]
        return tuple(
            request
            for report in reports
            for request in bundle_requests.requests_in(report)
            if (sent := number(request.get("t_arr"))) is not None
            and self.since <= sent <= self.until
        )

    @cached_property
    def client(self) -> ClientSide:
        """Reports of load generators; empty unless every job with load in the stretch reported
        exactly this stretch."""
        if self.requests:
            return ClientSide((bundle_requests.benchmark(self.requests),))
        state = self.run.state
        asked = {
            band.key
            for band in stages(state)
            if band.until > self.since and band.since < min(self.until, state.now)
        }
        inside = [row for row in job_results(state) if self._touches(row)]
        whole = bool(inside) and asked <= {row.key for row in inside}
        kept = all(ring.total == len(ring) for ring in state.job_results.values())
        if not kept or not whole or not all(map(self._holds, inside)):
            return ClientSide()
        return ClientSide(tuple(row.client for row in inside))

    def _touches(self, row: ResultRow) -> bool:
        since, until = row.since, row.until
        return since is None or until is None or (until > self.since and since < self.until)

    def _holds(self, row: ResultRow) -> bool:
        if row.since is None or row.until is None:
            return False
        slack = SAME * (row.until - row.since)
        return row.since >= self.since - slack and row.until <= self.until + slack

    @cached_property
    def counted(self) -> tuple[int | None, int | None]:
        """Requests answered and failed, as counted by the servers; None: unknown."""
        ok, failed, _, _ = served(pair for parts in self.looks for pair in pairwise(chain(*parts)))
        return ok, failed

    def answered(self) -> Figure:
        """Number of answered requests."""
        return _figure(("client", self.client.total("ok")), ("servers", self.counted[0]))

    def failed_ratio(self) -> Figure:
        """The share of requests that failed."""
        ok, failed = self.counted
        return _figure(
            ("client", _share(self.client.total("failed"), self.client.total("ok"))),
            ("servers", _share(failed, ok)),
        )

    def tokens(self) -> Figure:
        """Number of generated tokens."""
        return _figure(
            ("client", self.client.total("output_tokens")),
            ("servers", self.polled.tokens.get("generation_tokens")),
        )

    def latency(self, name: str, quantile: str) -> Figure:
        """A quantile in milliseconds. `name`: ttft, itl, e2e; `quantile`: p50, p95, p99."""
        spread = self.client.spread("latency" if name == "e2e" else name)
        return _figure(
            ("client", None if spread is None else getattr(spread, quantile)),
            ("servers", self.polled.latencies_ms.get(f"{name}_{quantile}")),
        )

    def within(self, objective: Objective) -> Figure:
        """The share of requests that met an objective."""
        if objective.metric == "error":
            return {who: 1.0 - ratio for who, ratio in self.failed_ratio().items()}
        shares = [self._meets(request, objective) for request in self.requests]
        known = [share for share in shares if share is not None]
        counts = self.polled.observed.get(objective.metric, {})
        share = total_share(counts, self.run.state.bounds, objective.limit)
        return _figure(("client", mean(known)), ("servers", share))

    @staticmethod
    def _meets(request: Mapping[str, Any], objective: Objective) -> bool | None:
        """None: it failed, or lacks the value. An answer of one token has no ITL to be late."""
        if not bundle_requests.is_ok(request):
            return None
        if objective.metric == "itl" and request.get("out_tok") == 1:
            return True
        took = bundle_requests.latencies_ms(request)[objective.metric]
        return None if took is None else took <= objective.limit

    def attained(self, asked: Sequence[Objective]) -> Figure:
        """The share of requests that met all of `asked`; without individual requests the lowest
        share that met one objective, an upper bound."""
        latencies = [objective for objective in asked if objective.metric != "error"]
        judged = [
            [bundle_requests.is_ok(request), *(self._meets(request, each) for each in latencies)]
            for request in self.requests
        ]
        met = [all(each) for each in judged if False in each or None not in each]
        met = met if len(met) == len(judged) else []
        each = [self.within(objective).get("servers") for objective in asked]
        known = [share for share in each if share is not None]
        least = min(known) if known and len(known) == len(each) else None
        return _figure(("client", mean(met)), ("servers", least))

    @property
    def load_s(self) -> float:
        """Seconds of the stretch in which load was offered."""
        end = self.run.load.until
        begin = max(self.since, self.run.load.since - self.run.load.warm_up_s)
        return (self.until if end is None else min(end, self.until)) - begin


def scaled(figure: Figure, factor: float) -> Figure:
    """A figure multiplied by `factor`."""
    return {source: value * factor for source, value in figure.items()}


def mean(values: list[float] | list[bool]) -> float | None:
    """None without values."""
    return sum(values) / len(values) if values else None


def _figure(*candidates: tuple[str, float | None]) -> Figure:
    return {source: float(value) for source, value in candidates if source and value is not None}


def _share(part: float | None, other: float | None) -> float | None:
    if part is None or other is None or part + other <= 0:
        return None
    return part / (part + other)
