"""The pod proxy of the simulated API server, with many pods that return pages of realistic size.

`python -m bench.pod_server KUBECONFIG`: writes that file once it listens, and serves until its
standard input is closed.
"""

import asyncio
import sys
from pathlib import Path

from bench.promtext import example_page
from wvatui.engine.timeline import Timeline
from wvatui.sim.api.server import ApiServer
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

NAMESPACE = "bench"
PORT = 8000
PODS = 200
START = 1_788_249_600.0
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: bench
contexts: [{{name: bench, context: {{cluster: bench, user: bench, namespace: {namespace}}}}}]
clusters: [{{name: bench, cluster: {{server: "{server}"}}}}]
users: [{{name: bench, user: {{}}}}]
"""


def names() -> list[str]:
    """The pods' names."""
    return [f"bench-{number:03}" for number in range(PODS)]


class _Pods:
    """A cluster that contains only pods that answer."""

    def __init__(self) -> None:
        self.timeline = Timeline(START)
        self.store, self.pages = Store(self.timeline), PodPages()
        self.logbook = LogBook(self.timeline)
        _, page = example_page()
        for number, name in enumerate(names()):
            self.store.apply(
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": name, "namespace": NAMESPACE},
                    "spec": {"containers": [{"name": "vllm", "ports": [{"containerPort": PORT}]}]},
                    "status": {"phase": "Running", "podIP": f"10.0.0.{number}"},
                }
            )
            self.pages.listen(NAMESPACE, name, PORT, lambda path: (200, "text/plain", page))


async def _serve(kubeconfig: Path) -> None:
    server = ApiServer(_Pods(), speed=0.0)
    await server.start()
    ready = kubeconfig.with_suffix(".part")
    ready.write_text(KUBECONFIG.format(namespace=NAMESPACE, server=server.url))
    ready.rename(kubeconfig)
    # Ends with its parent process, even when that is killed.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
