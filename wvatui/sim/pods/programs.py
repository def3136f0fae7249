"""The programs in pods' containers: each is started, is ready some time later, and ends.

The endpoint picker's page follows the Gateway API inference extension. Source of its names, help
texts and labels: a page of llm-d's inference scheduler of August 2026; flow control as in its
pkg/epp/metrics/metrics.go.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from wvatui.engine.engine import EngineModel, EngineProfile
from wvatui.engine.engine_stats import EngineStats
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline
from wvatui.sim.pods.engine_log import EngineLog
from wvatui.sim.pods.exposition import CONTENT_TYPE, PodPage, PodPages, go_number, head
from wvatui.sim.pods.pod_json import key_of
from wvatui.sim.pods.present_epp import LatencyTotals, present_lines

QUEUE_THRESHOLD = 5.0
KV_THRESHOLD = 0.8
"""Defaults of the saturation detector (GIE pkg/epp/saturationdetector)."""

EppSeries = Iterable[tuple[str, float]]


def epp_page(
    gateway: Gateway,
    pool: str,
    model: str,
    now: float,
    namespace: str = "",
    names: str = "former",
    totals: LatencyTotals | None = None,
) -> bytes:
    """The page at `now`, UTC epoch seconds; `namespace` is the pool's. `names`: former (the
    extension's), present (llm-d's) or both."""
    for engine in gateway.engines.values():
        engine.advance(now)
    lines = []
    if names != "present":
        lines += [
            *_traffic(gateway, model, namespace),
            *_pool(gateway, pool),
            *_flow_control(gateway, pool, model),
        ]
    if names != "former":
        kept = totals or LatencyTotals()
        lines += present_lines(gateway, pool, model, saturation(gateway), kept)
    return ("\n".join(lines) + "\n").encode()


def saturation(gateway: Gateway) -> float:
    """How full the pool is: 1 means that no pod should get more.

    The mean over the pods of the worse of queue and KV cache, each relative to its threshold.
    """
    if not gateway.engines:
        return 1.0
    return gateway.mean(
        lambda e: max(len(e.waiting) / QUEUE_THRESHOLD, e.cache.ratio / KV_THRESHOLD)
    )


def _family(name: str, kind: str, text: str, series: EppSeries) -> Iterator[str]:
    """A family as client_golang writes it: omitted without series."""
    rows = sorted(series)
    if not rows:
        return
    yield from head(name, f"[ALPHA] {text}", kind)
    for labels, value in rows:
        yield f"{name}{{{labels}}} {go_number(value)}"


def _traffic(gateway: Gateway, model: str, namespace: str) -> Iterator[str]:
    yield from _family(
        "inference_extension_info",
        "gauge",
        "General information of the current build of Inference Extension.",
        [('build_ref="",commit=""', 1)],
    )
    yield from _family(
        "inference_extension_scheduler_attempts_total",
        "counter",
        "Total number of scheduling attempts.",
        [
            (
                f'namespace="{namespace}",{gateway.pod_label}="{pod}",port="8000",status="success",'
                f'target_model_name="{model}"',
                count,
            )
            for pod, count in gateway.routed.items()
        ],
    )
    labels = f'model_name="{model}",priority="0",target_model_name="{model}"'
    yield from _family(
        "inference_objective_request_total",
        "counter",
        "Counter of inference objective requests broken out for each model and target model.",
        [(labels, gateway.accepted)] if gateway.accepted else [],
    )
    running = sum(engine.load for engine in gateway.engines.values())
    yield from _family(
        "inference_objective_running_requests",
        "gauge",
        "Inference objective number of running requests in each model.",
        [(f'model_name="{model}"', running)],
    )


def _pool(gateway: Gateway, pool: str) -> Iterator[str]:
    name = f'name="{pool}"'
    for metric, text, value in (
        (
            "kv_cache_utilization",
            "The average kv cache utilization for an inference server pool.",
            gateway.mean(lambda e: e.cache.ratio),
        ),
        (
            "queue_size",
            "The average number of requests pending in the model server queue.",
            gateway.mean(lambda e: len(e.waiting)),
        ),
        (
            "running_requests",
            "The average number of running requests across model servers in the pool.",
            gateway.mean(lambda e: len(e.running)),
        ),
    ):
        yield from _family(f"inference_pool_average_{metric}", "gauge", text, [(name, value)])
    yield from _family(
        "inference_pool_per_pod_queue_size",
        "gauge",
        "The total number of requests pending in the model server queue for each underlying pod.",
        [
            (f'model_server_pod="{pod}-rank-0",{name}', len(engine.waiting))
            for pod, engine in gateway.engines.items()
        ],
    )
    yield from _family(
        "inference_pool_ready_pods",
        "gauge",
        "The number of ready pods in the inference server pool.",
        [(name, len(gateway.engines))],
    )


def _flow_control(gateway: Gateway, pool: str, model: str) -> Iterator[str]:
    place = f'inference_pool="{pool}"'
    yield from _family(
        "inference_extension_flow_control_pool_saturation",
        "gauge",
        "Current saturation of the inference pool.",
        [(place, saturation(gateway))],
    )
    flow = (
        f'fairness_id="default-flow",{place},model_name="{model}",priority="0",'
        f'target_model_name="{model}"'
    )
    yield from _family(
        "inference_extension_flow_control_queue_size",
        "gauge",
        "Current number of requests actively held in the Flow Control queue.",
        [(flow, len(gateway.queue))],
    )


PROGRAM = "sim.wvatui.dev/program"
"""Annotation of a pod template that names the program in its first container."""
MODEL_PORT = 8000
EPP_PORT = 9090
_PLAIN = "text/plain; charset=utf-8"
_NOT_READY = (
    b'{"object":"error","message":"the model server behind this proxy is not ready",'
    b'"type":"ServiceUnavailable","param":"","code":503}'
)
"""The shape in which llm-d's routing proxy answers while vLLM loads."""


class PageWriter(Protocol):
    """Writes the page of an engine that started at a moment, UTC epoch seconds."""

    def __call__(self, engine: EngineModel, model: str, *, started_at: float) -> bytes: ...


class PodProgram(Protocol):
    """One run of a container."""

    startup_s: float
    """Seconds from the start of the process until the pod is ready."""

    def start(self, pod: dict[str, Any]) -> None:
        """Start the process."""

    def ready(self, pod: dict[str, Any]) -> None:
        """Note that the process is up."""

    def drain(self, pod: dict[str, Any]) -> None:
        """Accept no new work, as the pod is being deleted."""

    def health(self) -> int | None:
        """HTTP status of `/health`; None while nothing listens."""

    def is_idle(self) -> bool:
        """Whether it has no work left, and may end before its grace period is over."""

    def stop(self, pod: dict[str, Any]) -> None:
        """End the process."""


class Idle:
    """A program without behaviour here: the controller writes its own log."""

    startup_s = 2.0

    def start(self, pod: dict[str, Any]) -> None:
        """Do nothing."""

    ready = drain = stop = start

    def health(self) -> int | None:
        """It never fails a probe."""
        return 200

    def is_idle(self) -> bool:
        """It ends at once."""
        return True


@dataclass
class Picker(Idle):
    """The endpoint picker, which serves a page about the pool."""

    timeline: Timeline
    pages: PodPages
    gateway: Gateway
    pool: str
    model: str
    names: str = "former"
    startup_s: float = 3.0
    totals: LatencyTotals = field(default_factory=LatencyTotals)

    def ready(self, pod: dict[str, Any]) -> None:
        """Open the metrics port."""
        namespace = key_of(pod)[0]

        def answer(path: str) -> PodPage:
            if path.partition("?")[0] != "/metrics":
                return (404, _PLAIN, b"404 page not found\n")
            now = self.timeline.now
            body = epp_page(
                self.gateway, self.pool, self.model, now, namespace, self.names, self.totals
            )
            return (200, CONTENT_TYPE, body)

        self.pages.listen(*key_of(pod), EPP_PORT, answer)

    def stop(self, pod: dict[str, Any]) -> None:
        """The port closes."""
        self.pages.close(*key_of(pod))


class ModelServer:
    """vLLM behind llm-d's routing proxy, or SGLang: refuses connections, then answers 503, then
    serves.

    `write`: writes its page (`page.py`, `sglang_page.py`).
    """

    def __init__(
        self,
        timeline: Timeline,
        pages: PodPages,
        gateway: Gateway,
        profile: EngineProfile,
        model: str,
        *,
        load_s: float,
        rng: random.Random,
        write: PageWriter,
        log: EngineLog,
        sglang: bool = False,
        role: str = "both",
    ) -> None:
        self.startup_s = load_s * rng.uniform(0.9, 1.15)
        self.engine: EngineModel | None = None
        self._timeline, self._pages, self._gateway = timeline, pages, gateway
        self._profile, self._model, self._rng = profile, model, rng
        self._write, self._log, self._sglang, self._role = write, log, sglang, role
        self._started_at = 0.0
        self._kept: tuple[float, bytes] | None = None
        self._listens = False

    def start(self, pod: dict[str, Any]) -> None:
        """Start the process; its port opens when most of the model is loaded."""
        self._started_at = self._timeline.now
        self._log.started(self._model, self._started_at)
        who = key_of(pod)
        self._timeline.call_after(self.startup_s * 0.6, lambda: self._listen(who))

    def _listen(self, who: tuple[str, str]) -> None:
        if self.startup_s < 0:
            return
        self._listens = True
        self._pages.listen(*who, MODEL_PORT, self._answer)

    def _answer(self, path: str) -> PodPage:
        path = path.partition("?")[0]
        if path == "/health":
            return (self.health() or 503, _PLAIN, b"")
        if path == "/v1/models" and self.engine is not None:
            body = f'{{"object":"list","data":[{{"id":"{self._model}","object":"model"}}]}}'
            return (200, "application/json", body.encode())
        if self.engine is None:
            return (503, "application/json", _NOT_READY)
        if path != "/metrics":
            return (404, "application/json", b'{"detail":"Not Found"}')
        return (200, CONTENT_TYPE, self._page(self.engine))

    def _page(self, engine: EngineModel) -> bytes:
        now = self._timeline.now
        if self._kept is None or self._kept[0] != now:
            engine.advance(now)
            body = self._write(engine, self._model, started_at=self._started_at)
            self._kept = (now, body)
            self._log.looked(engine, now)
        return self._kept[1]

    def ready(self, pod: dict[str, Any]) -> None:
        """Start the engine, which now accepts requests."""
        self.engine = EngineModel(self._profile, self._timeline.now, self._rng)
        if self._sglang:
            self.engine.stats = EngineStats(self._profile.max_model_len, sglang=True)
        self._log.ready(self.startup_s, self._timeline.now)
        self._listen(key_of(pod))
        self._gateway.join(pod["metadata"]["name"], self.engine, self._role)

    def drain(self, pod: dict[str, Any]) -> None:
        """Accept no new requests."""
        self._gateway.leave(pod["metadata"]["name"])

    def health(self) -> int | None:
        """503 from when the port is open until the engine is up."""
        if not self._listens:
            return None
        return 503 if self.engine is None else 200

    def is_idle(self) -> bool:
        """Whether all requests are answered."""
        if self.engine is None:
            return True
        self.engine.advance(self._timeline.now)
        return self.engine.load == 0

    def stop(self, pod: dict[str, Any]) -> None:
        """End the process; unanswered requests are lost."""
        self.startup_s = -1.0
        self._gateway.leave(pod["metadata"]["name"])
        if self.engine is not None:
            self.engine.advance(self._timeline.now)
            self.engine.abort_all()
        self._pages.close(*key_of(pod))


def front_door(gateway: Gateway, models: list[str], path: str) -> PodPage:
    """The gateway's answer: to clients it is an OpenAI server."""
    if not gateway.engines:
        return (503, _PLAIN, b"no healthy upstream")
    match path.partition("?")[0]:
        case "/v1/models":
            rows = ",".join(
                f'{{"id":"{model}","object":"model","owned_by":"vllm"}}' for model in models
            )
            return (200, "application/json", f'{{"object":"list","data":[{rows}]}}'.encode())
        case "/health":
            return (200, _PLAIN, b"")
    return (404, "application/json", b'{"detail":"Not Found"}')


Starter = Callable[[dict[str, Any]], PodProgram]
"""Creates the program of a pod."""
