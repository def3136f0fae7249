"""Scale targets of kinds that are not watched, read through their scale subresource.

What a VariantAutoscaling, an HPA or a ScaledObject names can be of any kind that has one: a
ReplicaSet, an Argo Rollout, a custom resource. The subresource cannot be watched, so it is asked.
"""

import asyncio

from wvatui.clock import Clock
from wvatui.core.events import Source, Workload
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import lacking
from wvatui.kube.client import Client
from wvatui.kube.rights import RightRetry
from wvatui.sources.inventory import Inventory, identity
from wvatui.sources.scale_reader import ScaleReader, ScaleTargetRef
from wvatui.sources.source import Emit, HealthReporter

AGAIN_S = 5.0
"""How often each target is asked; kube-controller-manager looks at an HPA every 15 s."""


class ScaleTargets:
    """A source: asks for each target in turn, and says so when a right is missing."""

    name = "targets"
    title = "scale targets"

    def __init__(self, client: Client, clock: Clock, book: Inventory) -> None:
        self.ready = asyncio.Event()
        self._client, self._clock, self._book = client, clock, book
        self._scales = ScaleReader(client, clock)
        self._known: dict[ScaleTargetRef, Workload] = {}
        self._reporter = HealthReporter()
        self._right = RightRetry()

    async def run(self, emit: Emit) -> None:
        """Ask until cancelled."""
        self._book.emit = emit
        while True:
            targets = self._book.scale_targets()
            trouble = await self._ask(targets)
            if targets or self._reporter.last is not None:
                self._reporter.report(self._health(targets, trouble), emit)
            self.ready.set()
            if targets and trouble is None:
                self._right.worked()
            denied = isinstance(trouble, DeniedError)
            wait_s = self._right.wait_s() if denied else AGAIN_S
            await self._client.retries.sleep(self._clock, wait_s)

    async def _ask(self, targets: list[ScaleTargetRef]) -> ClusterError | None:
        """Ask for every target; the first trouble, where there is one."""
        trouble: ClusterError | None = None
        gone = [target for target in self._known if target not in targets]
        for target in targets:
            try:
                workload = await self._scales.read(target)
            except ClusterError as error:
                trouble = trouble or error  # what was read before still is the newest
                continue
            if workload is not None:
                self._known[target] = workload
            elif target in self._known:
                gone.append(target)
        dropped = [identity(self._known.pop(target)) for target in gone]
        self._book.put_all(list(self._known.values()), dropped)
        return trouble

    def _health(self, targets: list[ScaleTargetRef], trouble: ClusterError | None) -> Source:
        now = self._clock.now()
        if isinstance(trouble, DeniedError):
            verb, resource = lacking(trouble.message) or ("get", "scale")
            return Source(
                now,
                source=self.name,
                status="denied",
                text=trouble.message,
                verb=verb,
                resource=resource,
            )
        if trouble is not None:
            return Source(now, source=self.name, status="retrying", text=trouble.message)
        kinds = sorted({target.kind for target in targets})
        return Source(now, source=self.name, status="ok", kinds=tuple(kinds))
