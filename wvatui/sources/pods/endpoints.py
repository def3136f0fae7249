"""Where a pod's metrics page is: the declared port, the usual ports, the one that answered
before."""

from collections.abc import Iterable
from typing import NamedTuple

MODEL_PORTS = (8000, 8200)
"""vLLM's default port, and its port behind llm-d's routing sidecar."""
EPP_PORTS = (9090,)
METRICS_PATH = "/metrics"


class PageEndpoint(NamedTuple):
    """The place of a metrics page on a pod."""

    port: int
    path: str = METRICS_PATH
    scheme: str = "http"

    @property
    def words(self) -> str:
        """The port, and whatever differs from the usual endpoint."""
        scheme = f"{self.scheme}:" if self.scheme != "http" else ""
        return f"{scheme}{self.port}{self.path if self.path != METRICS_PATH else ''}"


class EndpointBook:
    """Remembers the endpoints that answered, by pod and by workload, as replicas of a workload are
    alike."""

    def __init__(self, usual: Iterable[int] = MODEL_PORTS, *, usual_first: bool = False) -> None:
        """`usual_first`: try the usual ports before the declared ones, where those mostly serve
        something else."""
        self._usual = tuple(usual)
        self._usual_first = usual_first
        self._by_pod: dict[str, PageEndpoint] = {}
        self._by_workload: dict[str, PageEndpoint] = {}
        self._suspects: dict[str, int] = {}

    def order(
        self,
        pod: str,
        workload: str,
        declared: Iterable[int],
        path: str = "",
        scheme: str = "",
        hints: Iterable[PageEndpoint] = (),
    ) -> tuple[PageEndpoint, ...]:
        """Endpoints to try, best first, each once.

        The order: the one that answered for this pod, then for its workload, then `hints`, then the
        pod's declared ports (in the given order: the named or annotated metrics port first), then
        the usual ports. `path` and `scheme`: those that the pod declares for its metrics; the usual
        ones are tried after them.
        """
        first = [self._by_pod.get(pod), self._by_workload.get(workload) if workload else None]
        known = [endpoint for endpoint in first if endpoint]
        said = [port for port in declared if port > 0]
        ports = [*self._usual, *said] if self._usual_first else [*said, *self._usual]
        rest = [PageEndpoint(port, path or METRICS_PATH, scheme or "http") for port in ports]
        endpoints = dict.fromkeys([*known, *hints, *rest, *map(PageEndpoint, ports)])
        suspect = self._suspects.get(pod)
        # The sort is stable: only the suspect moves back.
        return tuple(sorted(endpoints, key=lambda endpoint: endpoint.port == suspect))

    def remember(self, pod: str, workload: str, endpoint: PageEndpoint) -> bool:
        """Note that `endpoint` answered; returns whether that is new for this pod."""
        if workload:
            self._by_workload[workload] = endpoint
        self._suspects.pop(pod, None)
        news = self._by_pod.get(pod) != endpoint
        self._by_pod[pod] = endpoint
        return news

    def suspect(self, pod: str, port: int) -> None:
        """Note that `port` gave no answer at all; until something has answered, it is tried
        last."""
        if pod not in self._by_pod:
            self._suspects[pod] = port

    def keep(self, pods: Iterable[str]) -> None:
        """Forget all pods except these."""
        kept = set(pods)
        for book in (self._by_pod, self._suspects):
            for pod in book.keys() - kept:
                del book[pod]
