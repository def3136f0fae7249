"""The eight-hour recording: a simulated cluster of many pods, straight into the recorder.

No HTTP and no pages: the engines' own numbers become the events that a session would have
recorded, at the spacing of a session, with the controller's log, the objects and the ticks.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec

from wvatui.core import events as ev
from wvatui.recording import Writer
from wvatui.sim.cluster import CONTROLLER_NAMESPACE, NAMESPACE, Cluster
from wvatui.sim.engine import Engine
from wvatui.sim.engine_stats import E2E_BOUNDS, ITL_BOUNDS, TTFT_BOUNDS, Histogram
from wvatui.sim.objects import GPUS_A_NODE, NODES_A_KIND
from wvatui.sim.scenarios import H100, L40S, ModelVariant, Scenario
from wvatui.sim.traffic import Shape, Stage
from wvatui.sources.objects import DECODERS

HOURS = 8
KINDS = {row.kind.kind: row.decode for row in DECODERS if row.kind.kind not in ("Event", "Lease")}


def eight_hours(path: Path, *, pods: int = 16, interval_s: float = 2.0) -> None:
    """Write it; takes some minutes."""
    cluster = Cluster(scenario=_scenario(pods))
    start = cluster.timeline.start
    header = ev.Header(start, tool="bench", started_at=start, namespace=NAMESPACE,
                       interval_s=interval_s)  # fmt: skip
    writer = Writer(path, header)
    sampler = _Sampler(cluster)
    batch: list[ev.Event] = sampler.bounds(start)
    cluster.store.on_change(lambda verb, obj: batch.extend(_object(verb, obj, cluster)))
    for kind, decode in KINDS.items():
        batch += [decode(obj, start) for obj in cluster.store.list(kind)]
    for second in range(1, HOURS * 3600 + 1):
        now = start + second
        cluster.timeline.run_until(now)
        batch += sampler.log_lines(now)
        if second % interval_s == 0:
            batch += sampler.scrapes(now)
        batch.append(ev.Tick(now))
        if second % 60 == 0:
            writer.write(batch)
            batch.clear()
        if second % 3600 == 0:
            print(f"    {second // 3600} h", file=sys.stderr)
    writer.close("bench")


def _scenario(pods: int) -> Scenario:
    """A load that breathes over so many replicas that none need be added."""
    most = min(pods, GPUS_A_NODE * NODES_A_KIND)
    variants = (
        ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=most, min=most, max=most),
        ModelVariant("llama-8b-l40s", L40S, cost=4.0, replicas=pods - most,
                     min=max(1, pods - most), max=max(1, pods - most)),
    )  # fmt: skip
    rate = 0.6 * pods
    shape = Shape((Stage(0, rate), Stage(900, rate * 2, 600), Stage(2400, rate / 2, 300)))
    return Scenario("bench", shape, variants[: 2 if pods > most else 1])


class _Sampler:
    """Reads engines and logs as a session's sources would."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._engines: set[str] = set()
        self._positions: dict[str, int] = {}

    def bounds(self, at: float) -> list[ev.Event]:
        """The three layouts."""
        layouts = (TTFT_BOUNDS, ITL_BOUNDS, E2E_BOUNDS)
        return [ev.Bounds(at, id=number, le=le) for number, le in enumerate(layouts)]

    def scrapes(self, now: float) -> list[ev.Event]:
        """One round."""
        found: list[ev.Event] = []
        for pod, engine in sorted(self._cluster.gateway.engines.items()):
            engine.advance(now)
            if pod not in self._engines:
                self._engines.add(pod)
                model = self._cluster.scenario.model
                found.append(ev.Engine(now, pod=pod, engine="vllm", model=model, port=8000))
            found.append(_scrape(now, pod, engine))
        found.append(ev.Round(now, pods=len(found), answered=len(found), took_ms=12))
        return found

    def log_lines(self, now: float) -> list[ev.Event]:
        """What the controller wrote since."""
        leader = self._cluster.controller.leader
        if not leader:
            return []
        log = self._cluster.logbook.current(CONTROLLER_NAMESPACE, leader, "manager")
        begin = self._positions.get(leader, 0)
        self._positions[leader] = log.end
        lines = (line.wire(True).decode().rstrip("\n") for line in log.read(begin))
        return [ev.Log(now, line=line, pod=leader) for line in lines]


def _scrape(now: float, pod: str, engine: Engine) -> ev.Scrape:
    return ev.Scrape(
        now, pod=pod, kv=engine.cache.ratio, running=len(engine.running),
        waiting=len(engine.waiting), waiting_capacity=len(engine.waiting), waiting_deferred=0,
        preemptions=engine.stats.preemptions, prompt_tokens=engine.stats.prompt_tokens,
        generation_tokens=engine.stats.generation_tokens, success=dict(engine.stats.finished),
        prefix_hits=engine.stats.prefix_hits, prefix_queries=engine.stats.prefix_queries,
        ttft=_raw(0, engine.stats.ttft), itl=_raw(1, engine.stats.itl),
        e2e=_raw(2, engine.stats.e2e), took_ms=9,
    )  # fmt: skip


def _raw(layout: int, histogram: Histogram) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([layout, round(histogram.total, 6), *histogram.counts]))


def _object(verb: str, obj: dict[str, Any], cluster: Cluster) -> list[ev.Event]:
    decode = KINDS.get(obj["kind"])
    if decode is None or verb == "DELETED":
        return []
    return [decode(obj, cluster.timeline.now)]
