"""A run as data frames: its tables, its decisions explained, other decisions tried on it."""

from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from wvatui.analysis.explaining import BATCH, explained
from wvatui.analysis.runs.run import Run, open_run
from wvatui.analysis.summary import summary
from wvatui.analysis.whatif.alternatives import alternatives, limit_of, spoken
from wvatui.analysis.whatif.trying import models_of, tried
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain import to_json
from wvatui.core.findings.over_time import found_over_time
from wvatui.core.lines import clean
from wvatui.core.whatif.report import csv_rows
from wvatui.errors import UsageError
from wvatui.export.column_kinds import kind_of
from wvatui.export.frames import typed
from wvatui.export.snapshot import COLUMNS, snapshot_rows
from wvatui.export.stamp import iso
from wvatui.export.table import TableRow, moment
from wvatui.export.tables import collect, must_be_a_table
from wvatui.recording import Reader, open_recording
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment_within


def open_frames(path: str | Path, *, namespace: str = "", label: str = "") -> "RunFrames":
    """Open a recording, a controller's log, a run folder or a benchmark's bundle.json.

    `namespace`: read this one only. `label`: replaces the run's own. Raises WvatuiError, with a
    one-line message, for a file that cannot be read.
    """
    return RunFrames(open_run(path, namespace=namespace, label=label), namespace)


class RunFrames:
    """One run. Every frame is indexed by UTC time and has units in the names of its columns; an
    unknown value is NA or NaN, never 0."""

    def __init__(self, run: Run, namespace: str = "") -> None:
        self.run = run
        """The analysed run; its attributes may change from release to release, as may those of
        `state`."""
        self.state = run.state
        self.namespace = namespace
        """The namespace that it was narrowed to; empty: none."""
        self._frames: dict[str, pd.DataFrame] = {}

    def __repr__(self) -> str:
        label = f" ({self.label})" if self.label else ""
        return f"<wvatui run {self.name}{label}, {self.duration_s:.0f} s>"

    # --- what it is

    @property
    def name(self) -> str:
        """The name of the file without its suffixes, or of the run's folder."""
        return self.run.name

    @property
    def label(self) -> str:
        """The run's kind, such as wva or hpa; empty: not labelled."""
        return self.run.label

    @property
    def repetition(self) -> int:
        """Its number among repetitions of one experiment; 0: unknown."""
        return self.run.repetition

    @property
    def path(self) -> Path:
        """The file that was read."""
        return self.run.path

    @property
    def notices(self) -> tuple[str, ...]:
        """Notices about the file, one line each."""
        return self.run.notices

    @property
    def started_at(self) -> pd.Timestamp:
        """T+0, in UTC: `t_plus_s` counts from it."""
        return pd.Timestamp(self.state.first_at, unit="s", tz="UTC")

    @property
    def duration_s(self) -> float:
        """From T+0 to the last event, seconds."""
        return self.state.now - self.state.first_at

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The numbers of `wvatui summary -o json`; None: not measured."""
        return summary(self.state, self.path.name)

    # --- its tables

    def table(self, name: str) -> pd.DataFrame:
        """A table of `wvatui export --table`, by its name. Raises WvatuiError for another name."""
        must_be_a_table(name)
        if not self._frames:
            with closing(self._reader()) as reader:
                made = collect(reader)
            self._frames = {key: typed(key, each.rows, each.columns) for key, each in made.items()}
        return self._frames[name].copy()

    @property
    def pods(self) -> pd.DataFrame:
        """Each replica at each polling round: state, KV cache, requests, p95 of TTFT and ITL."""
        return self.table("pods")

    @property
    def replicas(self) -> pd.DataFrame:
        """Target, desired, spec, ready and serving of each variant whenever one of them changed."""
        return self.table("replicas")

    @property
    def decisions(self) -> pd.DataFrame:
        """Each decision by WVA, an HPA, KEDA or a person, and what held it back."""
        return self.table("decisions")

    @property
    def cycles(self) -> pd.DataFrame:
        """Each analysis of each cycle of WVA's controller."""
        return self.table("cycles")

    @property
    def metrics(self) -> pd.DataFrame:
        """Each scrape of a pod as recorded: counters are totals since the engine started."""
        return self.table("scrapes")

    @property
    def events(self) -> pd.DataFrame:
        """Events of the session: decisions, marks, errors, gaps, notices and Kubernetes events."""
        return self.table("events")

    @property
    def load(self) -> pd.DataFrame:
        """Each load job, whoever created it."""
        return self.table("load")

    @property
    def stages(self) -> pd.DataFrame:
        """Each stage of load, with the clients' and the servers' counts in it."""
        return self.table("stages")

    @property
    def results(self) -> pd.DataFrame:
        """Each benchmark that a load tool reported, with the servers' counts beside it."""
        return self.table("results")

    # --- questions about the run

    def at(self, moment: str) -> pd.DataFrame:
        """Every variant and replica at one moment, as `wvatui export --at` writes them.

        `moment`: "12m30s" or "T+90" after the start, "14:05:00" (UTC), "50%". Raises WvatuiError
        for a moment outside the run. `saturated` of a variant is its number of saturated replicas;
        of a replica it is 1 or 0.
        """
        with closing(self._reader()) as reader:
            session = ReplaySession(reader, play=False)
            session.load()
            session.show(self._moment(moment, *session.bounds))
            rows = [
                {name: _value(name, text) for name, text in row.items()}
                for row in snapshot_rows(session.latest)
            ]
            return typed("snapshot", rows, COLUMNS)

    def explain(self, at: str = "") -> Any:
        """Why each target: one row per cycle of WVA and per decision by an HPA, KEDA or a person.

        With `at`: the newest cycle of WVA by then, as in `wvatui explain --at -o json`, including
        inputs and arithmetic. Raises WvatuiError where there is none.
        """
        with closing(self._reader()) as reader:
            cycles, state = explained(reader.batches(BATCH))
        if at:
            then = self._moment(at, state.first_at, state.now)
            by_then = [cycle for cycle in cycles if cycle.at <= then]
            if not by_then:
                raise UsageError(f"{at}: no cycle of WVA's controller had begun by then")
            return to_json.cycle(by_then[-1])
        rows: list[TableRow] = [
            moment(cycle.at, state)
            | {"cycle": cycle.number, "decider": "wva", "verdict": cycle.verdict}
            | {"sentence": clean(cycle.sentence), "known_by": to_json.known_by(cycle)}
            for cycle in cycles
        ]
        rows += [
            moment(each.at, state)
            | {"decider": each.decider, "variant": each.variant, "verdict": each.verdict}
            | {"sentence": clean(each.sentence)}
            for each in scaling_decisions(state)
            if each.decider != "wva" and not each.context
        ]
        rows.sort(key=lambda row: (row["time"], row["decider"]))
        return typed("explanations", rows, _EXPLANATION)

    def whatif(
        self,
        *asked: str,
        loop: str = "auto",
        limit: str = "",
        boot_s: float | None = None,
        model: str = "",
    ) -> pd.DataFrame:
        """Other decisions on the same run: one row per alternative, beginning with what really
        happened.

        `asked`: alternatives in the form of `wvatui whatif`, such as "replicas 4",
        "kvSpareTrigger=0.3", "rule v1" or "hpa hpa.yaml". `loop`: open, closed, both, auto.
        `limit`: kv=0.7 adds the share of time above it. `boot_s`: seconds until a new replica
        serves. `model`: only this one. Raises WvatuiError for alternatives that cannot be tried.
        """
        wanted = alternatives([group for text in asked for group in spoken(text)])
        given = {} if boot_s is None else {"boot_s": boot_s}
        state = self.state
        results = [
            tried(state, each, wanted, given=given, limit=limit_of(limit), loop=loop)
            for each in models_of(state, self.name, model)
        ]
        rows = [row for each in results for row in csv_rows(each.trial, each.rows)]
        return pd.DataFrame(rows).convert_dtypes().set_index(["model", "alternative"])

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What blocked, what looked wrong and what is advised, each with its start and end."""
        with closing(self._reader()) as reader:
            lasting, state = found_over_time(reader.events())
        rows: list[TableRow] = [
            moment(each.since, state)
            | {"until": iso(each.until), "length_s": round(each.until - each.since, 3)}
            | {"evidence": clean("; ".join(fact.text for fact in each.finding.evidence))}
            | {name: clean(getattr(each.finding, name)) for name in _OF_A_FINDING}
            for each in lasting
        ]
        columns = ("time", "t_plus_s", "until", "length_s", *_OF_A_FINDING, "evidence")
        return typed("findings", rows, columns)

    # --- reading

    def _reader(self) -> Reader:
        return open_recording(self.path, namespace=self.namespace, parts=True)

    def _moment(self, text: str, first_at: float, last_at: float) -> float:
        return moment_within(text, self.state.first_at, first_at, last_at, flag="")


_EXPLANATION = (
    *("time", "t_plus_s", "cycle", "decider", "variant", "verdict", "sentence", "known_by"),
)
_OF_A_FINDING = ("rule", "severity", "title", "about", "variant", "namespace", "advice")


def _value(column: str, text: str) -> object:
    """A cell of a snapshot as a value; None for an empty one."""
    if not text or kind_of("snapshot", column) not in ("whole", "number"):
        return text or None
    return float(_FLAGS.get(text, text))


_FLAGS = {"true": 1, "false": 0}
