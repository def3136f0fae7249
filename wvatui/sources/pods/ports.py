"""On which port a pod's metrics answer: what it declares, the usual ones, what answered before."""

from collections.abc import Iterable

MODEL_PORTS = (8000, 8200)
"""vLLM's own port, and the one it has behind llm-d's routing sidecar."""
EPP_PORTS = (9090,)


class PortBook:
    """Remembers which port answered, by pod and by workload: the next replica is like the last."""

    def __init__(self, usual: Iterable[int] = MODEL_PORTS, *, usual_first: bool = False) -> None:
        """`usual_first`: before the declared ones, where those are mostly for something else."""
        self._usual = tuple(usual)
        self._usual_first = usual_first
        self._by_pod: dict[str, int] = {}
        self._by_workload: dict[str, int] = {}
        self._suspects: dict[str, int] = {}

    def order(self, pod: str, workload: str, declared: Iterable[int]) -> tuple[int, ...]:
        """Ports to try, best first, each once.

        What answered for this pod, then for its workload, then what the pod declares (in the
        order given: the named or annotated metrics port first), then the usual ones.
        """
        first = [self._by_pod.get(pod), self._by_workload.get(workload) if workload else None]
        known = [port for port in first if port]
        said = [port for port in declared if port > 0]
        rest = [*self._usual, *said] if self._usual_first else [*said, *self._usual]
        ports = dict.fromkeys([*known, *rest])
        suspect = self._suspects.get(pod)
        return tuple(sorted(ports, key=lambda port: port == suspect))  # stable: only it moves

    def found(self, pod: str) -> int | None:
        """The port that last answered for `pod`."""
        return self._by_pod.get(pod)

    def remember(self, pod: str, workload: str, port: int) -> bool:
        """`port` answered; True when that is news for this pod."""
        if workload:
            self._by_workload[workload] = port
        self._suspects.pop(pod, None)
        news = self._by_pod.get(pod) != port
        self._by_pod[pod] = port
        return news

    def suspect(self, pod: str, port: int) -> None:
        """`port` gave no answer at all: where nothing answered yet, try it last next time."""
        if pod not in self._by_pod:
            self._suspects[pod] = port

    def keep(self, pods: Iterable[str]) -> None:
        """Forget all pods but these."""
        kept = set(pods)
        for book in (self._by_pod, self._suspects):
            for pod in book.keys() - kept:
                del book[pod]
