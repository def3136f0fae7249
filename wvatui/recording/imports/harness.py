"""Files that llm-d-benchmark's harness writes beside reports and pages: facts of the run, and
replicas.

`run_metadata.yaml` names the model, the namespace, the workload and the time of the load;
`replica_status_timeseries.json` has the replicas of each controller over time, as has a benchmark
report (0.2.1) under `results.observability`; `pod_startup_times.json` says when each pod was ready.

Source: llm-d-benchmark workload/harnesses and docs/metrics_collection.md.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from wvatui.core.events import Event, Pod, Workload
from wvatui.core.lines import clean
from wvatui.core.results.loose import at, count, rows, table, text
from wvatui.core.results.notation import decoded
from wvatui.core.results.times import moment_of
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.source import NO_RUN, HarnessRun, ImportSource

_METADATA = re.compile(rb"(?m)^[\"']?harness_(?:start|name|workload)[\"']?\s*:")
_SNAPSHOTS = re.compile(rb'\A\s*\{[^{]*"snapshots"\s*:\s*\[')
_STARTUPS = re.compile(rb'\A\s*\{(?:[^{]|\{[^{}]*\})*"pods"\s*:\s*\[\s*\{[^}]*"creation_timestamp"')


def takes(head: bytes, name: str) -> bool:
    """Whether a piece is a file of the harness."""
    return any(pattern.search(head) for pattern in (_METADATA, _SNAPSHOTS, _STARTUPS))


class HarnessImporter:
    """Collects facts of the run for the other importers, and the counted replicas."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._snapshots: list[Any] = []
        self._pods: list[Any] = []

    def take(self, piece: Piece) -> None:
        """Read one file; a damaged one gives a notice."""
        try:
            data = decoded(piece.content.decode("utf-8", "replace"))
        except ValueError as error:
            self._source.notice(f"{clean(piece.base)}: {error}")
            return
        if rows(at(data, "snapshots")):
            self._snapshots += data["snapshots"]
        elif rows(at(data, "pods")):
            self._pods += data["pods"]
        else:
            self._learn(piece.folder, table(data))

    def events(self) -> Iterator[Event]:
        """The replicas over time, and each pod when it became ready."""
        namespace = self._source.namespace
        yield from workloads(self._snapshots, namespace)
        yield from _pods(self._pods, namespace)

    def _learn(self, folder: str, data: Any) -> None:
        source = self._source
        source.namespace = source.namespace or clean(text(data.get("namespace")))
        workload = clean(text(data.get("harness_workload")))
        run = HarnessRun(
            model=clean(text(data.get("model"))),
            tool=clean(text(data.get("harness_name"))),
            name=workload.removesuffix(".yaml").removesuffix(".in"),
            since=moment_of(data.get("harness_start")),
            until=moment_of(data.get("harness_stop")),
        )
        source.model = source.model or run.model
        before = source.runs.get(folder, NO_RUN)
        source.runs[folder] = HarnessRun._make(a or b for a, b in zip(before, run, strict=True))


def workloads(snapshots: Iterable[Any], namespace: str) -> Iterator[Event]:
    """The workload of each snapshot that has a time."""
    for snapshot in map(table, snapshots):
        when = moment_of(snapshot.get("timestamp") or snapshot.get("time"))
        for each in map(table, rows(snapshot.get("controllers"))):
            if when is None or not text(each.get("name")):
                continue
            model = text(each.get("model"))
            yield Workload(
                when,
                kind=text(each.get("kind")) or "Deployment",
                name=text(each.get("name")),
                namespace=text(snapshot.get("namespace")) or namespace,
                labels={"llm-d.ai/model": model} if model else {},
                spec=count(each.get("desired_replicas")),
                ready=count(each.get("ready_replicas")),
                available=count(each.get("available_replicas")),
                updated=count(each.get("updated_replicas")),
            )


def _pods(pods: Iterable[Any], namespace: str) -> Iterator[Event]:
    for each in map(table, pods):
        created = moment_of(each.get("creation_timestamp"))
        ready = moment_of(each.get("ready_timestamp"))
        name = text(each.get("name"))
        if created is None or not name:
            continue
        pod = Pod(created, name=name, namespace=namespace, role="model", phase="Pending")
        yield pod
        if ready is not None and ready >= created:
            yield Pod(
                ready,
                name=name,
                namespace=namespace,
                role="model",
                phase="Running",
                ready=True,
                created_at=created,
                ready_at=ready,
                node=text(each.get("node")),
            )
