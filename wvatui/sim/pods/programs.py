"""What runs in the containers of pods: a program is started, is ready some time later, and ends."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from wvatui.engine.engine import EngineModel, EngineProfile
from wvatui.engine.engine_stats import EngineStats
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline
from wvatui.sim.pods.epp import epp_page
from wvatui.sim.pods.exposition import CONTENT_TYPE
from wvatui.sim.pods.pages import PodPage, PodPages

PROGRAM = "sim.wvatui.dev/program"
"""Annotation of a pod template: which program runs in its first container."""
MODEL_PORT = 8000
EPP_PORT = 9090
_PLAIN = "text/plain; charset=utf-8"
_NOT_READY = (
    b'{"object":"error","message":"the model server behind this proxy is not ready",'
    b'"type":"ServiceUnavailable","param":"","code":503}'
)
"""The shape in which llm-d's routing proxy answers while vLLM loads."""


class PageWriter(Protocol):
    """Makes the page of an engine that started at a moment, UTC epoch seconds."""

    def __call__(self, engine: EngineModel, model: str, *, started_at: float) -> bytes: ...


class PodProgram(Protocol):
    """One run of a container."""

    startup_s: float
    """From the start of the process until the pod is ready."""

    def start(self, pod: dict[str, Any]) -> None:
        """The process begins."""

    def ready(self, pod: dict[str, Any]) -> None:
        """It is up."""

    def drain(self, pod: dict[str, Any]) -> None:
        """The pod is being deleted: nothing new for it."""

    def health(self) -> int | None:
        """The status that `/health` answers; None while nothing listens."""

    def is_idle(self) -> bool:
        """Whether it has nothing left to do, and may end before its grace is over."""

    def stop(self, pod: dict[str, Any]) -> None:
        """The process ends."""


class Idle:
    """A program of which nothing is seen here: the controller writes its log by itself."""

    startup_s = 2.0

    def start(self, pod: dict[str, Any]) -> None:
        """Nothing to see."""

    ready = drain = stop = start

    def health(self) -> int | None:
        """It never fails a probe."""
        return 200

    def is_idle(self) -> bool:
        """It ends at once."""
        return True


@dataclass
class Picker:
    """The endpoint picker: a page about the pool."""

    timeline: Timeline
    pages: PodPages
    gateway: Gateway
    pool: str
    model: str
    startup_s: float = 3.0

    def start(self, pod: dict[str, Any]) -> None:
        """Nothing listens yet."""

    def ready(self, pod: dict[str, Any]) -> None:
        """The metrics port opens."""
        namespace = _who(pod)[0]

        def answer(path: str) -> PodPage:
            if path.partition("?")[0] != "/metrics":
                return (404, _PLAIN, b"404 page not found\n")
            body = epp_page(self.gateway, self.pool, self.model, self.timeline.now, namespace)
            return (200, CONTENT_TYPE, body)

        self.pages.listen(*_who(pod), EPP_PORT, answer)

    def drain(self, pod: dict[str, Any]) -> None:
        """It goes on until it ends."""

    def health(self) -> int | None:
        """It never fails a probe."""
        return 200

    def is_idle(self) -> bool:
        """It holds nothing."""
        return True

    def stop(self, pod: dict[str, Any]) -> None:
        """The port closes."""
        self.pages.close(*_who(pod))


class ModelServer:
    """vLLM behind llm-d's routing proxy, or SGLang: refuses connections, then says 503, then
    serves. `write`: its page (`page.py`, `sglang_page.py`)."""

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
        sglang: bool = False,
        role: str = "both",
    ) -> None:
        self.startup_s = load_s * rng.uniform(0.9, 1.15)
        self.engine: EngineModel | None = None
        self._timeline, self._pages, self._gateway = timeline, pages, gateway
        self._profile, self._model, self._rng = profile, model, rng
        self._write, self._sglang, self._role = write, sglang, role
        self._started_at = 0.0
        self._kept: tuple[float, bytes] | None = None
        self._listens = False

    def start(self, pod: dict[str, Any]) -> None:
        """The process begins; its port opens when most of the model is loaded."""
        self._started_at = self._timeline.now
        who = _who(pod)
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
        return self._kept[1]

    def ready(self, pod: dict[str, Any]) -> None:
        """The engine is up and takes requests."""
        self.engine = EngineModel(self._profile, self._timeline.now, self._rng)
        if self._sglang:
            self.engine.stats = EngineStats(self._profile.max_model_len, sglang=True)
        self._listen(_who(pod))
        self._gateway.join(pod["metadata"]["name"], self.engine, self._role)

    def drain(self, pod: dict[str, Any]) -> None:
        """No new requests."""
        self._gateway.leave(pod["metadata"]["name"])

    def health(self) -> int | None:
        """503 from when the port is open until the engine is up."""
        if not self._listens:
            return None
        return 503 if self.engine is None else 200

    def is_idle(self) -> bool:
        """All requests are answered."""
        if self.engine is None:
            return True
        self.engine.advance(self._timeline.now)
        return self.engine.load == 0

    def stop(self, pod: dict[str, Any]) -> None:
        """The process ends; what it had not answered is lost."""
        self.startup_s = -1.0
        self._gateway.leave(pod["metadata"]["name"])
        if self.engine is not None:
            self.engine.advance(self._timeline.now)
            self.engine.abort_all()
        self._pages.close(*_who(pod))


def front_door(gateway: Gateway, models: list[str], path: str) -> PodPage:
    """What the gateway answers: to its clients it is an OpenAI server."""
    if not gateway.engines:
        return (503, _PLAIN, b"no healthy upstream")
    match path.partition("?")[0]:
        case "/v1/models":
            rows = ",".join(
                f'{{"id":"{one}","object":"model","owned_by":"vllm"}}' for one in models
            )
            return (200, "application/json", f'{{"object":"list","data":[{rows}]}}'.encode())
        case "/health":
            return (200, _PLAIN, b"")
    return (404, "application/json", b'{"detail":"Not Found"}')


Starter = Callable[[dict[str, Any]], PodProgram]
"""Makes the program of a pod."""


def _who(pod: dict[str, Any]) -> tuple[str, str]:
    return pod["metadata"]["namespace"], pod["metadata"]["name"]
