"""Finds the ports of a pod that serve an engine each, as its containers declare them."""

import re
from collections.abc import Iterator
from itertools import pairwise

from wvatui.core.kube_object import ReadObject
from wvatui.core.nested import at
from wvatui.sources.objects.fields import items, text, whole

ENGINE_IMAGES = ("vllm", "sglang", "llm-d-cuda", "llm-d-inference-sim", "llm-d-xpu", "llm-d-rocm")
METRICS_PORTS = ("metrics", "http-metrics", "vllm-metrics")
MOST_RANKS = 64
"""Most engines in one pod; more would have no room."""

_ENGINE_PORTS = ("vllm-metrics",)
_LAUNCH = re.compile(
    r"\bvllm serve\b|\bvllm\.entrypoints\.openai\b|\bsglang(?:\.launch_server| serve)\b"
)
"""Commands that start an engine, whatever its image is called (vLLM and SGLang documentation)."""
_SIZE = re.compile(r"--data-parallel-size-local[= ]+(\d{1,3})\b")
_ALL = re.compile(r"(?:--data-parallel-size|-dp)[= ]+(\d{1,3})\b")
_PORT = re.compile(r"--port[= ]+(\d{1,5})\b")
_PORT_EACH = "--data-parallel-multi-port-external-lb"
"""vLLM: one API server per rank, on ports from `--port` on (vllm/entrypoints/cli/serve.py)."""


def declared_ports(container: ReadObject) -> list[tuple[str, int]]:
    """(name, number) of a container's TCP ports."""
    return [
        (text(port, "name"), number)
        for port in items(container, "ports")
        if (number := whole(port, "containerPort")) is not None
        and text(port, "protocol") in ("", "TCP")
    ]


def is_engine(container: ReadObject) -> bool:
    """Whether a container runs an engine, by its image, its command or the name of a port."""
    return (
        any(part in text(container, "image") for part in ENGINE_IMAGES)
        or _LAUNCH.search(words_of(container)) is not None
        or any(name in _ENGINE_PORTS for name, _ in declared_ports(container))
    )


def rank_ports(obj: ReadObject) -> tuple[tuple[int, ...], ...]:
    """Groups of ports that may serve one engine each: consecutive ports of one container, those
    that its arguments request, and the ports of several containers with engines.

    Ports of other containers form no group: a sidecar in front of an engine passes on the engine's
    page.
    """
    groups: dict[tuple[int, ...], None] = {}
    engines: list[int] = []
    for container in _containers(obj):
        ports = declared_ports(container)
        for row in _rows(sorted({number for _, number in ports})):
            groups[row] = None
        if asked := _asked(container):
            groups[asked] = None
        if ports and is_engine(container):
            named = [number for name, number in ports if name in METRICS_PORTS]
            engines.append([*named, *(number for _, number in ports)][0])
    if len(set(engines)) > 1:
        groups[tuple(dict.fromkeys(engines))] = None
    return tuple(groups)


def asked_ports(obj: ReadObject) -> tuple[int, ...]:
    """Ports on which an engine must listen, as the arguments request one per rank; empty: they do
    not."""
    return tuple(port for container in _containers(obj) for port in _asked(container))


def is_headless(obj: ReadObject) -> bool:
    """Whether a worker of a group only helps its leader, and so serves nothing itself."""
    words = " ".join(words_of(container) for container in items(obj, "spec", "containers"))
    return "--headless" in words or "ray start" in words


def words_of(container: ReadObject) -> str:
    """Command and arguments in one line."""
    words = [at(container, "command"), at(container, "args")]
    return " ".join(str(word) for part in words if isinstance(part, list) for word in part)


def _containers(obj: ReadObject) -> Iterator[ReadObject]:
    yield from items(obj, "spec", "containers")
    yield from items(obj, "spec", "initContainers")


def _rows(ports: list[int]) -> Iterator[tuple[int, ...]]:
    """Runs of consecutive numbers."""
    row: list[int] = ports[:1]
    for before, port in pairwise([*ports, -1]):
        if port == before + 1:
            row.append(port)
            continue
        if 1 < len(row) <= MOST_RANKS:
            yield tuple(row)
        row = [port]


def _asked(container: ReadObject) -> tuple[int, ...]:
    """The ports of data-parallel ranks, from the arguments of vLLM."""
    words = words_of(container)
    size = _SIZE.search(words) or _ALL.search(words)
    if _PORT_EACH not in words or size is None:
        return ()
    port = _PORT.search(words)
    first, count = int(port[1]) if port else 8000, int(size[1])
    if not 1 < count <= MOST_RANKS or not 0 < first < 65536 - count:
        return ()
    return tuple(range(first, first + count))
