"""Host names to what listens there: Services of the cluster, and the world outside."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from wvatui.core.kube_object import Object
from wvatui.engine.engine import Sequence
from wvatui.engine.gateway import Gateway
from wvatui.sim.pods.pod_json import is_ready
from wvatui.sim.store import Store

MODELS = "sim.wvatui.dev/models"
"""Annotation of a Service that stands for the gateway: the names it serves the model under,
separated by commas."""
Done = Callable[[Sequence], None]


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI server: the gateway, or a Service in front of model servers."""

    gateway: Gateway
    models: tuple[str, ...]

    @property
    def is_up(self) -> bool:
        """Whether somebody would answer now."""
        return bool(self.gateway.engines)

    def send(self, prompt: int, output: int, shared: int, done: Done) -> Sequence:
        """A completion request, in tokens; `done` is called when it has ended."""
        return self.gateway.send(prompt, output, shared, done)

    def cancel(self, sequence: Sequence) -> None:
        """The client goes away."""
        self.gateway.cancel(sequence)


class Network:
    """The cluster's DNS and what is behind it."""

    def __init__(self, store: Store, gateway: Gateway, model: str) -> None:
        self._store, self._gateway, self._model = store, gateway, model

    def service(self, url: str, namespace: str) -> Object | None:
        """The Service that a URL names, from inside `namespace`; None: no such host."""
        host = urlsplit(url if "//" in url else f"http://{url}").hostname or ""
        name, _, rest = host.partition(".")
        place = rest.removesuffix("svc.cluster.local").rstrip(".").removesuffix(".svc")
        place = "" if place == "svc" else place
        return self._store.get("Service", place or namespace, name)

    def resolves(self, url: str, namespace: str) -> bool:
        """Whether the host has an address."""
        host = urlsplit(url if "//" in url else f"http://{url}").hostname or ""
        inside = "." not in host or host.endswith((".svc", ".svc.cluster.local"))
        return self.service(url, namespace) is not None or not inside

    def endpoint(self, url: str, namespace: str) -> Endpoint | None:
        """The OpenAI server at a URL; None when nothing there is one."""
        service = self.service(url, namespace)
        if service is None:
            return None
        names = (service["metadata"].get("annotations") or {}).get(MODELS, "")
        if names:
            return Endpoint(self._gateway, tuple(names.split(",")))
        if any(pod in self._gateway.engines for pod in self._pods(service)):
            return Endpoint(self._gateway, (self._model,))
        return None

    def label_pod(self, namespace: str, name: str, labels: dict[str, str]) -> bool:
        """What `kubectl label pod` does. False: no such pod."""
        if self._store.get("Pod", namespace, name) is None:
            return False

        def change(pod: Object) -> None:
            pod["metadata"].setdefault("labels", {}).update(labels)

        self._store.patch("Pod", namespace, name, change)
        return True

    def _pods(self, service: Object) -> list[str]:
        chosen = service["spec"].get("selector") or {}
        place = service["metadata"]["namespace"]
        pods = self._store.list("Pod", place, chosen) if chosen else []
        return [pod["metadata"]["name"] for pod in pods if is_ready(pod)]


def service_listener(name: str) -> str:
    """Under which name something listens for a Service that has no pods of its own here."""
    return f"service/{name}"
