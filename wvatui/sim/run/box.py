"""The surroundings of a process in a container: files, environment, network, output.

A program is a generator: it yields what it waits for, and returns its exit code. The network maps
host names to servers: Services of the cluster, and hosts outside.
"""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from wvatui.core.kube_object import Object
from wvatui.engine.engine import Sequence
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Appointment, Timeline
from wvatui.sim.pods.pod_json import is_ready
from wvatui.sim.store import Store

MODELS = "sim.wvatui.dev/models"
"""Annotation of a Service that stands for the gateway: names of the models it serves, separated by
commas."""
Done = Callable[[Sequence], None]


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI server: the gateway, or a Service in front of model servers."""

    gateway: Gateway
    models: tuple[str, ...]

    @property
    def is_up(self) -> bool:
        """Whether it would answer now."""
        return bool(self.gateway.engines)

    def send(self, prompt: int, output: int, shared: int, done: Done) -> Sequence:
        """Send a completion request, lengths in tokens; `done` is called when it has ended."""
        return self.gateway.send(prompt, output, shared, done)

    def cancel(self, sequence: Sequence) -> None:
        """Abort a request, as its client disconnects."""
        self.gateway.cancel(sequence)


class Network:
    """The cluster's DNS, and the servers behind it."""

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
        """Whether the URL's host has an address."""
        host = urlsplit(url if "//" in url else f"http://{url}").hostname or ""
        inside = "." not in host or host.endswith((".svc", ".svc.cluster.local"))
        return self.service(url, namespace) is not None or not inside

    def endpoint(self, url: str, namespace: str) -> Endpoint | None:
        """The OpenAI server at a URL; None when there is none."""
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
        """Label a pod, as `kubectl label pod` does. False: no such pod."""
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
    """Key of the listener for a Service that has no pods here."""
    return f"service/{name}"


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait this many simulated seconds."""

    seconds: float


class Signal:
    """An event that happens once; processes that wait for it then continue."""

    def __init__(self) -> None:
        self.is_fired = False
        self._waiting: Callable[[], None] | None = None

    def fire(self) -> None:
        """Let the event happen."""
        self.is_fired = True
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def wait(self, then: Callable[[], None]) -> None:
        """Call `then` when it happens."""
        self._waiting = then


Steps = Generator[Sleep | Signal, None, int]


class Process:
    """Runs `steps` on the timeline. `on_exit` gets the exit code, but not after `kill`."""

    def __init__(self, timeline: Timeline, steps: Steps, on_exit: Callable[[int], None]) -> None:
        self._timeline, self._steps, self._on_exit = timeline, steps, on_exit
        self._next: Appointment | None = None
        self.is_over = False

    def start(self, *, at_once: bool = False) -> None:
        """Begin at this moment: after everything already due, or with `at_once` before it."""
        if at_once:
            self._step()
        else:
            self._next = self._timeline.call_after(0.0, self._step)

    def kill(self) -> None:
        """Kill it: its resources are released, and it runs no further step."""
        if self.is_over:
            return
        self.is_over = True
        if self._next is not None:
            self._next.cancel()
        self._steps.close()

    def _step(self) -> None:
        self._next = None
        if self.is_over:
            return
        try:
            wanted = next(self._steps)
        except StopIteration as end:
            self.is_over = True
            self._on_exit(int(end.value or 0))
            return
        if isinstance(wanted, Sleep):
            self._next = self._timeline.call_after(max(0.0, wanted.seconds), self._step)
        elif wanted.is_fired:
            self._next = self._timeline.call_after(0.0, self._step)
        else:
            wanted.wait(self._wake)

    def _wake(self) -> None:
        # Continue later: the caller of `fire` may be in the middle of something.
        self._next = self._timeline.call_after(0.0, self._step)


Write = Callable[[bytes], None]


class Files:
    """Files by absolute path. A folder may be a volume shared with others."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._folders = {"/", "/tmp"}
        self._mounts: dict[str, Files] = {}

    def mount(self, folder: str, volume: "Files") -> None:
        """Make `folder` and everything below it the shared `volume`."""
        self._mounts[folder.rstrip("/")] = volume

    def _at(self, path: str) -> "tuple[Files, str]":
        inside = [m for m in self._mounts if path == m or path.startswith(m + "/")]
        if not inside:
            return self, path
        place = max(inside, key=len)
        return self._mounts[place], path[len(place) :] or "/"

    def read(self, path: str) -> bytes | None:
        """The content; None when there is no such file."""
        files, path = self._at(path)
        return files._files.get(path)

    def write(self, path: str, content: bytes, *, more: bool = False) -> None:
        """Write a file; with `more`, append to it."""
        files, path = self._at(path)
        files._files[path] = files._files.get(path, b"") + content if more else content

    def make_folder(self, path: str) -> None:
        """A folder, empty at first."""
        files, path = self._at(path)
        files._folders.add(path.rstrip("/") or "/")

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder, created or implied by a file in it."""
        path = path.rstrip("/") or "/"
        files, inner = self._at(path)
        if inner == "/" or any(m.startswith(path + "/") for m in self._mounts):
            return True
        return inner in files._folders or any(p.startswith(inner + "/") for p in files._files)

    def paths(self) -> list[str]:
        """Every file, in the order in which it was first written."""
        inside = [place + path for place, volume in self._mounts.items() for path in volume.paths()]
        return [*inside, *self._files]


@dataclass
class Box:
    """The surroundings of one process. `out` takes its output, including standard error."""

    timeline: Timeline
    network: Network
    files: Files
    rng: random.Random
    out: Write
    namespace: str = "default"
    pod: str = ""
    image: str = ""
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"

    def say(self, text: str) -> None:
        """Write a line."""
        self.out(text.encode("utf-8", "surrogateescape") + b"\n")

    def path(self, name: str) -> str:
        """An absolute path, without dots."""
        parts: list[str] = []
        for part in f"{'' if name.startswith('/') else self.folder}/{name}".split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)
