"""What listens inside pods: handlers that answer a path with a page."""

from collections.abc import Callable

PodPage = tuple[int, str, bytes]
"""(HTTP status, content type, body)."""
PageHandler = Callable[[str], PodPage]


class PodPages:
    """The open ports of all pods. A handler is called with the path, query string included.

    Nothing is cached here: a handler that has much to compute may keep its page for as long as
    the simulated time stands still.
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], dict[int, PageHandler]] = {}

    def listen(self, namespace: str, pod: str, port: int, handler: PageHandler) -> None:
        """Open `port` of a pod; who listened there before is replaced."""
        self._handlers.setdefault((namespace, pod), {})[port] = handler

    def close(self, namespace: str, pod: str) -> None:
        """Close all ports of a pod; nothing happens when it has none."""
        self._handlers.pop((namespace, pod), None)

    def fetch(self, namespace: str, pod: str, port: int, path: str) -> PodPage | None:
        """What the pod answers; None: connection refused."""
        handler = self._handlers.get((namespace, pod), {}).get(port)
        return None if handler is None else handler(path)
