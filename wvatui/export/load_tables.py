"""The tables of load and of scaling.

Load: statistics of each stage, and the results that the jobs measured. Scaling: how long each step
of each change took, and when there were too few replicas.
"""

from dataclasses import replace

from wvatui.core.kube_object import bare
from wvatui.core.queries.load import load_rows, result_rows, stage_stats
from wvatui.core.queries.scaling import scaling
from wvatui.core.rows.load_views import StageRow
from wvatui.core.state.state import State
from wvatui.export.stamp import iso
from wvatui.export.table import Table, TableRow, moment, timed


class ScalingSteps(Table):
    """Each step of each change of replicas, one row per step of the change or of a replica; unknown
    steps are empty."""

    columns = timed("namespace variant direction before after outcome pod step lag_s replicas")

    def end(self, state: State) -> None:
        for event in reversed(scaling.scaling(state, None).events):
            base: TableRow = {name: getattr(event, name) for name in self.columns[2:8]}
            for pod, steps in (("", event.steps), *((p.pod, p.steps) for p in event.pods)):
                for step in steps:
                    row: TableRow = {} if step.at is None else moment(step.at, state)
                    row |= base | {"pod": bare(pod), "step": step.id}
                    row["lag_s"] = None if step.lag_s is None else round(step.lag_s, 3)
                    row["replicas"] = step.taken if step.of else None
                    self.rows.append(row)


class Lacking(Table):
    """Each stretch of time with fewer ready replicas than wanted."""

    columns = timed("namespace variant until length_s lacking wanted_by is_open")

    def end(self, state: State) -> None:
        for gap in reversed(scaling.scaling(state, None).gaps):
            row: TableRow = moment(gap.since, state)
            row |= {name: getattr(gap, name) for name in self.columns if hasattr(gap, name)}
            row |= {"until": iso(gap.until), "length_s": round(gap.until - gap.since, 3)}
            self.rows.append(row)


class Load(Table):
    """Each load job, whoever created it, with the requests that its tool counted."""

    columns = timed(
        "namespace job kind tool profile made_by target model status until length_s stages ok "
        "failed"
    )

    def end(self, state: State) -> None:
        for job in reversed(load_rows.jobs(state)):
            began = job.started_at if job.started_at is not None else job.created_at
            row: TableRow = {} if began is None else moment(began, state)
            row |= {name: getattr(job, name) for name in self.columns[2:] if hasattr(job, name)}
            row |= {"job": job.title or job.name, "made_by": job.source, "until": iso(job.ended_at)}
            if job.ended_at is not None and job.started_at is not None:
                row["length_s"] = round(job.ended_at - job.started_at, 3)
            self.rows.append(row)


class Stages(Table):
    """Each stage of load, whoever created it, with the servers' statistics for its time."""

    columns = timed(
        "length_s stage jobs sources state offered_per_s achieved_per_s ok failed counted_by "
        "ttft_p50_ms ttft_p95_ms itl_p50_ms itl_p95_ms running_mean running_max waiting_mean "
        "waiting_max kv_mean kv_max replicas_min replicas_max replicas_mean pods namespace"
    )

    def __init__(self) -> None:
        super().__init__()
        self._ended: dict[tuple[str, float, float], StageRow] = {}
        self._due = 0.0

    def state(self, state: State) -> None:
        """Keep the statistics of each stage when it ends, as later not all of them are known any
        more."""
        if not state.jobs or state.now < self._due:
            return
        self._due = state.now + 60.0
        for row in stage_stats.stage_rows(state, ended_after=state.now - 600.0):
            if row.state == "done":
                self._ended[row.namespace, row.since, row.until] = row

    def end(self, state: State) -> None:
        for row in stage_stats.stage_rows(state):
            kept = self._ended.get((row.namespace, row.since, row.until), row)
            # The report arrives after the stage; for requests the client's numbers take precedence.
            numbers = (
                replace(
                    kept,
                    ok=row.ok,
                    failed=row.failed,
                    achieved=row.achieved,
                    counted_by=row.counted_by,
                )
                if row.counted_by == "client"
                else kept
            )
            self.rows.append(moment(row.since, state) | stage_numbers(numbers))


def stage_numbers(row: StageRow) -> TableRow:
    """A stage as columns."""
    names = ("ok", "failed", "counted_by", *Stages.columns[12:])
    return {
        "length_s": round(row.until - row.since, 3),
        "stage": row.label,
        "jobs": " + ".join(row.titles),
        "sources": ", ".join(row.sources),
        "state": row.state,
        "offered_per_s": row.offered,
        "achieved_per_s": _rounded(row.achieved),
    } | {name: _rounded(getattr(row, name)) for name in names}


class Results(Table):
    """Each benchmark that a job reported, beside the servers' counts over the same time."""

    columns = timed(
        "job stage tool dialect since until ok failed requests_per_s output_tokens_per_s "
        "client_ttft_mean_ms client_ttft_p95_ms server_ttft_mean_ms server_ttft_p95_ms "
        "ttft_client_minus_server_ms client_itl_mean_ms client_itl_p95_ms server_itl_mean_ms "
        "server_itl_p95_ms itl_client_minus_server_ms server_pods namespace"
    )

    def end(self, state: State) -> None:
        for row in reversed(result_rows.job_results(state)):
            client, server = row.client, row.server
            values: TableRow = {
                "job": row.title,
                "stage": row.stage,
                "tool": row.tool,
                "dialect": row.dialect,
                "since": iso(row.since),
                "until": iso(row.until),
                "ok": client.ok,
                "failed": client.failed,
                "requests_per_s": client.requests_per_s,
                "output_tokens_per_s": client.output_tokens_per_s,
                "client_ttft_mean_ms": client.ttft_ms.mean,
                "client_ttft_p95_ms": client.ttft_ms.p95,
                "server_ttft_mean_ms": server.ttft_mean_ms,
                "server_ttft_p95_ms": server.ttft_p95_ms,
                "ttft_client_minus_server_ms": row.ttft_gap_ms,
                "client_itl_mean_ms": client.itl_ms.mean,
                "client_itl_p95_ms": client.itl_ms.p95,
                "server_itl_mean_ms": server.itl_mean_ms,
                "server_itl_p95_ms": server.itl_p95_ms,
                "itl_client_minus_server_ms": row.itl_gap_ms,
                "server_pods": server.pods,
                "namespace": row.namespace,
            }
            numbers = {name: _rounded(value) for name, value in values.items()}
            self.rows.append(moment(row.at, state) | numbers)


def _rounded(value: object) -> object:
    """A measured number rounded to six decimals; any other value as it is."""
    return round(value, 6) if isinstance(value, float) else value
