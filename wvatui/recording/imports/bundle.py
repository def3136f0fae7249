"""Turns a benchmark bundle (`bundle.json` of WVA's benchmark extractor) into events of a session.

The measured facts become events: replicas, each pod's metrics page, the gateway's queue, and the
requests that the load generator sent. Values that the extractor derived from them are left out, as
they are computed again here. `q_dispatch` is left out too, as its meaning is documented nowhere.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from statistics import median
from typing import Any

import msgspec

from wvatui.core import events as ev
from wvatui.core.lines import clean
from wvatui.core.results import bundle_requests
from wvatui.core.results.loose import at, count, decode, number, rows, table, text
from wvatui.core.results.times import moment_of
from wvatui.core.structs import replace
from wvatui.errors import RecordingError
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.source import ImportSource

_HEAD = re.compile(
    rb'\s*\{\s*"(?:(?:meta|requests|replicas|system|derived|self_checks)"\s*:|pods"\s*:\s*\{)'
)
"""A bundle lists pods by name; a list of pods is something else's."""
EPP = "endpoint-picker"
"""Name under which the gateway's queue is kept, as a bundle does not name the pod."""


def takes(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` is a bundle."""
    return _HEAD.match(head) is not None


class BundleImporter:
    """Imports the bundles of a source, of which there is usually one."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._bundles: list[_Bundle] = []

    def take(self, piece: Piece) -> None:
        """Read one bundle. Raises RecordingError where it is cut off."""
        try:
            data = table(decode(piece.content))
        except ValueError as error:
            raise RecordingError(f"{piece.name}: a bundle that cannot be read: {error}") from None
        self._bundles.append(_Bundle(piece.name, data, self._source))

    def events(self) -> Iterator[ev.Event]:
        """All events. Raises RecordingError for a bundle with neither replicas nor pods."""
        for each in self._bundles:
            yield from each.events()


class _Bundle:
    def __init__(self, name: str, data: Mapping[str, Any], source: ImportSource) -> None:
        self.name = name
        self.source = source
        self.meta = table(data.get("meta"))
        self.run = text(self.meta.get("run")) or "bundle"
        self.model = text(self.meta.get("model"))
        self.namespace = text(self.meta.get("namespace"))
        self.pods = {pod: _timed(table(of).get("series")) for pod, of in _items(data, "pods")}
        self.replicas = _timed(data.get("replicas"))
        self.system = _timed(data.get("system"))
        self.requests = [table(request) for request in rows(data.get("requests"))]
        source.namespace = source.namespace or self.namespace
        source.model = source.model or self.model
        for check in map(table, rows(data.get("self_checks"))):
            if check.get("ok") is False:
                source.notice(f"a check of its own failed: {clean(text(check.get('check')))}")

    def events(self) -> Iterator[ev.Event]:
        """All events of one bundle, within the time for which replicas and pods are known."""
        times = [row for series in (self.replicas, *self.pods.values()) for row in series]
        if not times:
            raise RecordingError(
                f"{self.name}: a bundle with neither replicas nor pods",
                hint="expected `replicas` or `pods` with times in `t`",
            )
        begin, end = min(at_ for at_, _ in times), max(at_ for at_, _ in times)
        steps = [b[0] - a[0] for a, b in pairwise(self.replicas) if b[0] > a[0]]
        self.source.interval_s = median(steps) if steps else 0.0
        for event in (*self._workload(), *self._scrapes(), *self._gateway(), *self._load()):
            moment = min(max(begin, event.at), end)
            yield event if moment == event.at else replace(event, at=moment)

    @property
    def target(self) -> str:
        """Name of the Deployment, taken from its pods' names (`<deployment>-<template
        hash>-<pod>`)."""
        names = {parts[0] for pod in self.pods if len(parts := pod.rsplit("-", 2)) == 3}
        return names.pop() if len(names) == 1 else self.run

    def _workload(self) -> Iterator[ev.Event]:
        for moment, row in self.replicas:
            yield ev.Workload(
                moment,
                kind="Deployment",
                name=self.target,
                namespace=self.namespace,
                labels={"llm-d.ai/model": self.model} if self.model else {},
                spec=count(row.get("desired")),
                ready=count(row.get("ready")),
                available=count(row.get("available")),
            )

    def _scrapes(self) -> Iterator[ev.Event]:
        engine = table(self.meta.get("engine"))
        blocks, size = (_whole(engine.get(name)) for name in ("num_gpu_blocks", "block_size"))
        for pod, series in self.pods.items():
            if series:
                yield ev.Engine(
                    series[0][0],
                    pod=pod,
                    engine="vllm" if engine else "",
                    model=self.model,
                    blocks=blocks,
                    block_size=size,
                    kv_tokens=blocks * size if blocks and size else None,
                )
            for moment, row in series:
                kv = number(row.get("kv"))
                yield ev.Scrape(
                    moment,
                    pod=pod,
                    running=count(row.get("run")),
                    waiting=count(row.get("wait")),
                    kv=kv if kv is not None and kv >= 0 else None,
                )

    def _gateway(self) -> Iterator[ev.Event]:
        for moment, row in self.system:
            queue = number(row.get("q_flow"))
            if queue is not None and queue >= 0:
                yield ev.Epp(moment, pod=EPP, queue=queue)

    def _load(self) -> Iterator[ev.Event]:
        """The load generator as a job, and its requests as that job's report."""
        begun = number(self.meta.get("harness_start_epoch"))
        if begun is None:
            begun = moment_of(self.meta.get("harness_start"))
        lasted = number(self.meta.get("load_duration_s"))
        ended = begun + lasted if begun is not None and lasted is not None else None
        sent = [t for request in self.requests if (t := number(request.get("t_arr"))) is not None]
        begun = begun if begun is not None else min(sent, default=None)
        if begun is None:
            return
        job = ev.Job(
            begun,
            name=self.run,
            namespace=self.namespace,
            tool=text(self.meta.get("harness")),
            title=text(self.meta.get("workload")).removesuffix(".yaml") or self.run,
            model=self.model,
            status="running",
            started_at=begun,
            load_at=begun,
            requests=len(self.requests) or None,
        )
        yield job
        if self.requests:
            last = max((number(r.get("t_dep")) or begun for r in self.requests), default=begun)
            yield ev.JobResult(
                last,
                name=job.name,
                namespace=job.namespace,
                tool=job.tool,
                report=msgspec.json.encode({bundle_requests.KEY: self.requests}).decode(),
                origin="bundle.json",
            )
        if ended is not None:
            yield replace(job, at=ended, status="succeeded", ended_at=ended)


def _items(data: Mapping[str, Any], name: str) -> Iterable[tuple[str, Any]]:
    return table(data.get(name)).items()


def _timed(value: Any) -> list[tuple[float, Mapping[str, Any]]]:
    """The rows with a time, ascending, as (`t`, row)."""
    timed = [(number(at(row, "t")), table(row)) for row in rows(value)]
    return sorted(((at_, row) for at_, row in timed if at_ is not None), key=lambda item: item[0])


def _whole(value: Any) -> int | None:
    """A count, which the engine wrote as text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else count(value)
