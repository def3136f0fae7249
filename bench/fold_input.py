"""The eight-hour recording: a simulated cluster of many pods, written directly by the recorder.

There is no HTTP and there are no pages: the engines' own numbers become the events that a session
would have recorded, at a session's intervals. Objects go through a session's readers and inventory,
so that new, changed and deleted objects give the same events.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.engine_scrape import layouts, scrape
from wvatui.core import events as ev
from wvatui.engine.engine import EngineProfile
from wvatui.engine.traffic import TrafficShape, TrafficStage
from wvatui.kube import paths
from wvatui.recording import Writer
from wvatui.sim.cluster import CONTROLLER_NAMESPACE, NAMESPACE, Cluster
from wvatui.sim.objects.objects import GPUS_A_NODE
from wvatui.sim.pods.programs import MODEL_PORT, saturation
from wvatui.sim.scenario import NODES_A_KIND, ModelVariant, Scenario
from wvatui.sources.inventory import Inventory
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.watches import ObjectReader, WatchedKind

HOURS = 8
WATCHED = (
    (
        NAMESPACE,
        (
            paths.DEPLOYMENT,
            paths.POD,
            paths.AUTOSCALER,
            paths.SCALED_OBJECT,
            paths.VARIANT_AUTOSCALING,
            paths.EVENT,
        ),
    ),
    (CONTROLLER_NAMESPACE, (paths.POD, paths.LEASE, paths.CONFIG_MAP)),
)
"""The kinds that a session watches, by namespace."""


def eight_hours(path: Path, *, pods: int = 16, interval_s: float = 2.0) -> None:
    """Write the recording, which takes a few minutes. `pods`: the approximate number serving at any
    time."""
    record(path, pods=pods, interval_s=interval_s, seconds=HOURS * 3600)


def record(path: Path, *, pods: int, interval_s: float, seconds: int) -> None:
    """Write a session of this many `seconds`."""
    cluster = Cluster(scenario=_scenario(pods, give=2))
    start = cluster.timeline.start
    header = ev.Header(
        start, tool="bench", started_at=start, namespace=NAMESPACE, interval_s=interval_s
    )
    writer = Writer(path, header)
    watch, poll = _Watch(cluster), _Poll(cluster)
    pending: list[ev.Event] = [*poll.begin(start)]
    for second in range(1, seconds + 1):
        now = start + second
        cluster.timeline.run_until(now)
        batch = [*watch.take(), *poll.log_lines(now)]
        if second % interval_s == 0:
            batch += poll.models(now, watch.book.model_targets())
            batch += poll.picker(now, watch.book.epp_targets())
        pending += [*batch, ev.Tick(now)]
        if second % 60 == 0:
            writer.write(pending)
            pending.clear()
        if second % 3600 == 0:
            print(f"    {second // 3600} h", file=sys.stderr)
    writer.write(pending)
    writer.close("bench")


def _scenario(pods: int, *, give: int = 0) -> Scenario:
    """A load that rises and falls around `pods` replicas; `give`: by about how many.

    The requests are few and long: that shows as much for a fraction of the work.
    """
    most = min(pods, GPUS_A_NODE * NODES_A_KIND)
    rest = pods - most
    large = EngineProfile("NVIDIA-H100-80GB-HBM3", blocks=700)
    small = EngineProfile("NVIDIA-L40S", blocks=500, max_seqs=96, step_s=0.02, seq_s=0.0004)
    variants = (
        ModelVariant("llama-8b-h100", large, cost=10.0, replicas=most, min=most, max=most),
        ModelVariant(
            "llama-8b-l40s",
            small,
            cost=4.0,
            replicas=rest,
            min=max(1, rest - give),
            max=max(1, rest + give),
        ),
    )
    rate = 0.16 * pods
    shape = TrafficShape(
        (
            TrafficStage(0, rate),
            TrafficStage(900, rate * 2.4, 600),
            TrafficStage(2400, rate / 2, 300),
        ),
        prompt_mean=900.0,
        output_mean=900.0,
    )
    return Scenario("bench", "", "", shape, variants[: 2 if rest else 1])


class _Watch:
    """The objects of the cluster, read by a session's readers into its inventory."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._told: list[ev.Event] = []
        self.book = Inventory(self.now)
        self.book.controller_namespace = CONTROLLER_NAMESPACE
        self.book.emit = self._told.append
        self._readers: dict[tuple[str, str], ObjectReader] = {}
        for namespace, kinds in WATCHED:
            for kind in kinds:
                reader = ObjectReader(self.book, WatchedKind(kind, namespace), self)  # type: ignore[arg-type]
                self._readers[kind.kind, namespace] = reader
                reader.listed(cluster.store.list(kind.kind, namespace))
        cluster.store.on_change(self._changed)

    def now(self) -> float:
        """The clock that the readers ask."""
        return self._cluster.timeline.now

    def take(self) -> list[ev.Event]:
        """The events since the last call."""
        told, self._told[:] = list(self._told), []
        return told

    def _changed(self, verb: str, obj: dict[str, Any]) -> None:
        reader = self._readers.get((obj["kind"], obj["metadata"].get("namespace", "")))
        if reader is not None:
            reader.changed(verb, obj)


class _Poll:
    """Reads engines, the endpoint picker and the log as a session's sources would."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._engines: set[str] = set()
        self._positions: dict[str, int] = {}

    def begin(self, at: float) -> Iterator[ev.Event]:
        """The three bucket layouts, and the health of the sources."""
        yield from layouts(at)
        for source in ("workloads", "autoscalers", "events", "controller", "pods", "log", "epp"):
            yield ev.Source(at, source=source, status="ok")

    def models(self, now: float, targets: list[PollTarget]) -> list[ev.Event]:
        """One round over the running model pods."""
        found: list[ev.Event] = []
        asked = [target for target in targets if target.phase == "Running"]
        engines = self._cluster.gateway.engines
        for target in asked:
            engine = engines.get(target.pod)
            if engine is None:
                found.append(self._miss(now, target))
                continue
            engine.advance(now)
            if target.pod not in self._engines:
                self._engines.add(target.pod)
                found.append(
                    ev.Engine(
                        now,
                        pod=target.pod,
                        engine="vllm",
                        model=self._cluster.scenario.model,
                        port=MODEL_PORT,
                        blocks=engine.cache.blocks,
                        block_size=engine.cache.block_size,
                    )
                )
            found.append(scrape(engine, now, target.pod))
        answered = sum(isinstance(event, ev.Scrape) for event in found)
        return [*found, ev.PollRound(now, pods=len(asked), answered=answered, took_ms=12)]

    def _miss(self, now: float, target: PollTarget) -> ev.ScrapeFailure:
        page = self._cluster.pages.fetch(target.namespace, target.pod, MODEL_PORT, "/metrics")
        if page is None:
            text = "connection refused on port 8000, 8200"
            return ev.ScrapeFailure(now, pod=target.pod, why="refused", text=text, took_ms=3)
        return ev.ScrapeFailure(
            now, pod=target.pod, why="starting", text=f"HTTP {page[0]}", took_ms=3
        )

    def picker(self, now: float, targets: list[PollTarget]) -> list[ev.Event]:
        """One scrape of each endpoint picker."""
        gateway = self._cluster.gateway
        return [
            ev.Epp(
                now,
                pod=target.pod,
                queue=float(len(gateway.queue)),
                running=float(sum(engine.load for engine in gateway.engines.values())),
                saturation=saturation(gateway),
                ready_pods=len(gateway.engines),
                kv=gateway.mean(lambda e: e.cache.ratio),
                took_ms=4,
                pods_waiting=gateway.mean(lambda e: len(e.waiting)),
            )
            for target in targets
        ]

    def log_lines(self, now: float) -> list[ev.Event]:
        """The lines that the controller wrote since the last call."""
        leader = self._cluster.controller.leader
        if not leader:
            return []
        log = self._cluster.logbook.current(CONTROLLER_NAMESPACE, leader, "manager")
        begin = self._positions.get(leader, 0)
        self._positions[leader] = log.end
        lines = (line.wire(True).decode().rstrip("\n") for line in log.read(begin))
        return [ev.Log(now, line=line, pod=leader) for line in lines]
