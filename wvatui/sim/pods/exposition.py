"""The Prometheus text format of prometheus_client and client_golang, and what serves it in pods."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from wvatui.engine.engine_stats import EngineHistogram

PodPage = tuple[int, str, bytes]
"""(HTTP status, content type, body)."""
PageHandler = Callable[[str], PodPage]


class PodPages:
    """The open ports of all pods. A handler is called with the path, including the query string.

    Nothing is cached here: a handler with expensive pages may keep its page while simulated time
    stands still.
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], dict[int, PageHandler]] = {}
        self._secure: set[tuple[str, str, int]] = set()

    def listen(
        self, namespace: str, pod: str, port: int, handler: PageHandler, *, secure: bool = False
    ) -> None:
        """Open `port` of a pod, either for https or for http; replaces an earlier handler."""
        self._handlers.setdefault((namespace, pod), {})[port] = handler
        (self._secure.add if secure else self._secure.discard)((namespace, pod, port))

    def speaks_https(self, namespace: str, pod: str, port: int) -> bool:
        """Whether the port serves https."""
        return (namespace, pod, port) in self._secure

    def ports(self, namespace: str, pod: str) -> tuple[int, ...]:
        """The open ports of a pod, ascending."""
        return tuple(sorted(self._handlers.get((namespace, pod), ())))

    def close(self, namespace: str, pod: str) -> None:
        """Close all ports of a pod; nothing happens when it has none."""
        self._handlers.pop((namespace, pod), None)

    def fetch(self, namespace: str, pod: str, port: int, path: str) -> PodPage | None:
        """What the pod answers; None: connection refused."""
        handler = self._handlers.get((namespace, pod), {}).get(port)
        return None if handler is None else handler(path)


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def head(name: str, text: str, kind: str) -> Iterator[str]:
    """The two lines that precede a family."""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def gauge(name: str, text: str, series: Iterable[tuple[str, float]]) -> Iterator[str]:
    """A gauge; `series`: (labels, value)."""
    yield from head(name, text, "gauge")
    for labels, value in series:
        yield f"{name}{{{labels}}} {number(value)}"


def counter(
    name: str, text: str, series: Iterable[tuple[str, float]], created: float
) -> Iterator[str]:
    """A counter with its creation time; `series`: (labels, value)."""
    series = list(series)
    yield from head(f"{name}_total", text, "counter")
    for labels, value in series:
        yield f"{name}_total{{{labels}}} {number(value)}"
    yield from gauge(f"{name}_created", text, [(labels, created) for labels, _ in series])


def histogram(
    name: str, text: str, labels: str, observed: EngineHistogram, created: float | None = None
) -> Iterator[str]:
    """A histogram, with its creation time where the server writes one."""
    yield from head(name, text, "histogram")
    total = 0
    for prefix, count in zip(_buckets(name, labels, observed.bounds), observed.counts, strict=True):
        total += count
        yield f"{prefix}{number(total)}"
    yield f"{name}_count{{{labels}}} {number(total)}"
    yield f"{name}_sum{{{labels}}} {number(observed.total)}"
    if created is not None:
        yield from gauge(f"{name}_created", text, [(labels, created)])


@lru_cache(maxsize=256)
def _buckets(name: str, labels: str, bounds: tuple[float, ...]) -> tuple[str, ...]:
    """The text before each count, which is the same on every page. Labels are sorted, as by
    prometheus_client."""
    before = "".join(f"{label}," for label in labels.split(",") if label < "le")
    after = "".join(f",{label}" for label in labels.split(",") if label >= "le")
    return tuple(
        f'{name}_bucket{{{before}le="{bound}"{after}}} ' for bound in (*map(number, bounds), "+Inf")
    )


def number(value: float) -> str:
    """The number as prometheus_client's floatToGoString writes it: always with a point or an
    exponent."""
    text = repr(float(value))
    dot = text.find(".")
    if value > 0 and dot > 6 and "e" not in text:
        mantissa = f"{text[0]}.{text[1:dot]}{text[dot + 1 :]}".rstrip("0.")
        return f"{mantissa}e+0{dot - 1}"
    return text


def go_number(value: float) -> str:
    """The number as client_golang writes it: the shortest form, with an exponent from a million
    on."""
    if abs(value) < 1e6:
        text = repr(float(value))
        return text.removesuffix(".0")
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    rest = "".join(map(str, digits[1:]))
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{digits[0]}{'.' + rest if rest else ''}e+{power:02d}"
