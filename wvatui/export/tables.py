"""Whole tables of a session, row by row over time, for CSV, JSON, Parquet and data frames alike.

Each table has one row in `TABLES`. Times are UTC ISO 8601 with milliseconds; a missing value is
None or "".
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from wvatui.core import events as ev
from wvatui.core.decisions.decide import SAME_S
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.thresholds.own_maximum import with_own_maximum
from wvatui.core.fold.fold import fold
from wvatui.core.metrics.histogram import read
from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.metrics.scrape_fields import HISTOGRAMS, NUMBERS
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.scaling_rows import action
from wvatui.core.state.session_window import window_of
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import UsageError
from wvatui.export.load_tables import Lacking, Load, Results, ScalingSteps, Stages
from wvatui.export.stamp import iso
from wvatui.export.table import Table, TableRow, moment, timed

BATCH = 2_000


class RecordingTables(Protocol):
    """The recording to export."""

    def batches(self, count: int) -> Iterable[list[ev.Event]]:
        """All events, in lists of `count`."""


class _Replicas(Table):
    """The ladder of each variant, one row whenever a rung changed."""

    columns = timed("namespace variant target desired spec ready serving current")

    def end(self, state: State) -> None:
        for (namespace, name), ring in sorted(state.ladder.items()):
            for step in ring:
                self.rows.append(
                    moment(step.at, state)
                    | {"namespace": namespace, "variant": name}
                    | {rung: getattr(step, rung) for rung in self.columns[4:]}
                )


class _Pods(Table):
    """Each replica at each polling round (or at each cycle of a controller's log)."""

    columns = timed(
        "namespace model variant pod state kv_ratio running waiting ttft_p95_ms itl_p95_ms "
        "tokens_per_s saturated sample_age_s source"
    )

    def state(self, state: State) -> None:
        for row in replica_rows.replicas(state):
            values = {name: getattr(row, name) for name in self.columns[2:]} | {"pod": row.name}
            self.rows.append(moment(state.now, state) | values)


class _Decisions(Table):
    """Each decision of each decider; repetitions of a decision are counted in its row."""

    columns = timed(
        "namespace model variant action current target reason accelerator repeats decider "
        "decided_by wanted won held_by held_until certainty verdict sentence"
    )

    def end(self, state: State) -> None:
        made = [each for each in scaling_decisions(state) if not each.context]
        for d in with_own_maximum(state, made):
            values = {name: getattr(d, name) for name in self.columns[2:] if hasattr(d, name)}
            until = next((held.until for held in d.held if held.until is not None), None)
            values |= {
                "action": action(d),
                "current": d.before,
                "target": d.after,
                "repeats": d.looks,
                "held_by": ", ".join(held.brake for held in d.held),
                "held_until": None if until is None else iso(until),
            }
            self.rows.append(moment(d.at, state) | values)


class _Cycles(Table):
    """Each analysis of each cycle, V1 and V2 in one table."""

    columns = timed(
        "model analyzer role replicas non_saturated spare_kv spare_queue scale_up scale_down_safe "
        "supply demand utilization required spare reason namespace"
    )

    def end(self, state: State) -> None:
        rows: list[TableRow] = []
        for ring in state.analysed.values():
            for a in ring:
                where = a.namespace or state.namespace
                row: TableRow = moment(a.at, state) | {"model": a.model, "namespace": where}
                if a.v1 is not None:
                    row |= {
                        "analyzer": "V1",
                        "role": a.v1.role,
                        "replicas": a.v1.total,
                        "non_saturated": a.v1.non_saturated,
                        "spare_kv": a.v1.spare_kv,
                        "spare_queue": a.v1.spare_queue,
                        "scale_up": a.v1.scale_up,
                        "scale_down_safe": a.v1.scale_down_safe,
                        "reason": a.v1.reason,
                    }
                if a.v2 is not None:
                    row |= {
                        "analyzer": a.v2.analyzer,
                        "supply": a.v2.supply,
                        "demand": a.v2.demand,
                        "utilization": a.v2.utilization,
                        "required": a.v2.required,
                        "spare": a.v2.spare,
                    }
                rows.append(row)
        self.rows = sorted(rows, key=lambda row: (row["time"], row["model"], row["analyzer"]))


def _scrape_columns(metric: Metric) -> tuple[str, ...]:
    """The columns of a metric in the table of scrapes."""
    if metric.kind == "histogram":
        unit = "_s" if metric.unit == "s" else ""
        return (f"{metric.id}_sum{unit}", f"{metric.id}_count")
    return (f"{metric.id}_ratio",) if metric.unit == "ratio" else (metric.id,)


class _Looks(Table):
    """Scrapes of pods, as recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.began = 0.0
        self._namespace: str | None = None

    def begin(self, event: ev.Event) -> None:
        """Note the start, and the namespace where a single one is watched, from the first event."""
        if self._namespace is None:
            self.began = event.at
            self._namespace = window_of(event if isinstance(event, ev.Header) else None).one

    def _pod(self, pod: str) -> TableRow:
        where, _, name = pod.rpartition("/")
        return {"pod": name, "namespace": where or self._namespace}


class _Scrapes(_Looks):
    """Each scrape of a pod as recorded: counters are totals, histograms a sum and a count."""

    columns = (
        "time",
        "t_plus_s",
        "pod",
        *(c for m in METRICS for c in _scrape_columns(m)),
        "took_ms",
        "miss",
        "namespace",
    )

    def event(self, event: ev.Event) -> None:
        self.begin(event)
        row: TableRow = {"time": iso(event.at), "t_plus_s": round(event.at - self.began, 3)}
        if isinstance(event, ev.Scrape):
            row |= self._pod(event.pod)
            for metric in METRICS:
                names = _scrape_columns(metric)
                if metric.kind != "histogram":
                    row[names[0]] = NUMBERS[metric.id](event)
                elif (observed := read(HISTOGRAMS[metric.id](event))) is not None:
                    row |= dict(zip(names, (observed[1], sum(observed[2])), strict=True))
            self.rows.append(row | {"took_ms": event.took_ms})
        elif isinstance(event, ev.ScrapeFailure):
            self.rows.append(
                row | self._pod(event.pod) | {"miss": event.why, "took_ms": event.took_ms}
            )


class _Gateway(_Looks):
    """Each scrape of an endpoint picker."""

    columns = timed("pod queue running saturation ready_pods kv pods_waiting took_ms namespace")

    def event(self, event: ev.Event) -> None:
        self.begin(event)
        if isinstance(event, ev.Epp):
            values = {name: getattr(event, name) for name in self.columns[3:-1]}
            values |= self._pod(event.pod)
            time = {"time": iso(event.at), "t_plus_s": round(event.at - self.began, 3)}
            self.rows.append(time | values)


class _Logs(Table):
    """Each line of the controller's log, raw and parsed."""

    columns = timed("level kind template message error pod raw namespace")

    def __init__(self) -> None:
        super().__init__()
        self._next = 0

    def state(self, state: State) -> None:
        new = state.log.total - self._next
        self._next = state.log.total
        for entry in state.log.last(new):
            self.rows.append(
                moment(entry.at, state)
                | {name: getattr(entry, name) for name in self.columns[2:7]}
                | {"pod": entry.stream, "raw": entry.raw, "namespace": entry.namespace}
            )

    end = state


class _Events(Table):
    """Every event that the timeline shows."""

    columns = timed("kind text")

    def end(self, state: State) -> None:
        for row in session_rows.events(state):
            self.rows.append(moment(row.at, state) | {"kind": row.kind, "text": row.text})


TABLES: dict[str, Callable[[], Table]] = {
    "replicas": _Replicas,
    "pods": _Pods,
    "decisions": _Decisions,
    "cycles": _Cycles,
    "scrapes": _Scrapes,
    "gateway": _Gateway,
    "logs": _Logs,
    "events": _Events,
    "load": Load,
    "stages": Stages,
    "results": Results,
    "scaling": ScalingSteps,
    "lacking": Lacking,
}
"""Every table there is."""


def must_be_a_table(name: str) -> None:
    """Raise UsageError for a table that does not exist."""
    if name not in TABLES:
        raise UsageError(f"there is no table {name!r}", hint=f"tables: {', '.join(TABLES)}, all")


def collect(recording: RecordingTables, table: str = "all") -> dict[str, Table]:
    """The rows of one table, or of all, by table name.

    Reads the recording once. Raises UsageError for a table that does not exist.
    """
    if table != "all":
        must_be_a_table(table)
    names = list(TABLES) if table == "all" else [table]
    tables = {name: TABLES[name]() for name in names}
    state = EMPTY
    pending: list[ev.Event] = []
    sampled_at = 0.0
    for batch in recording.batches(BATCH):
        for event in batch:
            for each in tables.values():
                each.event(event)
            pending.append(event)
            # A round ends a moment of polling; where nothing is polled, a tick does.
            moment = type(event) is ev.PollRound or (
                type(event) is ev.Tick and event.at - sampled_at >= SAME_S and not state.rounds
            )
            if moment:
                sampled_at = event.at
                state, pending = fold(state, pending), []
                for each in tables.values():
                    each.state(state)
    state = fold(state, pending)
    for each in tables.values():
        each.end(state)
    return tables
