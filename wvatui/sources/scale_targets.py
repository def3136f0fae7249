"""Scale targets of kinds that are not watched, polled through their scale subresource.

A VariantAutoscaling, an HPA or a ScaledObject may scale any kind that has one: a ReplicaSet, an
Argo Rollout, a custom resource. The subresource cannot be watched, so it is polled.
"""

import asyncio

from wvatui.clock import Clock
from wvatui.core.events import Notice, Source, Workload
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import lacking
from wvatui.kube.client import Client
from wvatui.kube.rights import RightRetry
from wvatui.sources.inventory import Inventory, identity
from wvatui.sources.scale_reader import ScaleReader, ScaleTargetRef
from wvatui.sources.source import Emit, HealthReporter

AGAIN_S = 5.0
"""Seconds between two polls of a target; kube-controller-manager looks at an HPA every 15 s."""


class ScaleTargets:
    """A source: polls each target in turn, and reports a missing right."""

    name = "targets"
    title = "scale targets"

    def __init__(
        self, client: Client, clock: Clock, book: Inventory, *, namespace: str = ""
    ) -> None:
        """`namespace`: the one whose targets it polls, where several are watched separately."""
        self.ready = asyncio.Event()
        self._client, self._clock, self._book = client, clock, book
        self._namespace = namespace
        self._scales = ScaleReader(client, clock)
        self._known: dict[ScaleTargetRef, Workload] = {}
        self._reporter = HealthReporter()
        self._rights: dict[tuple[str, str], RightRetry] = {}
        self._refused: dict[tuple[str, str], tuple[float, DeniedError]] = {}
        """(time of the next try, refusal) by (namespace, kind)."""
        self._without: set[str] = set()
        client.retries.listen(self._refused.clear)

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled."""
        self._book.emit = emit
        while True:
            here = self._namespace
            targets = [t for t in self._book.scale_targets() if here in ("", t.namespace)]
            troubles = await self._ask(targets, emit)
            if targets or self._reporter.last is not None:
                self._reporter.report(self._health(targets, troubles), emit)
            self.ready.set()
            await self._client.retries.sleep(self._clock, AGAIN_S)

    async def _ask(self, targets: list[ScaleTargetRef], emit: Emit) -> list[ClusterError]:
        """Poll every target; returns the errors, each distinct one once."""
        troubles: dict[str, ClusterError] = {}
        gone = [target for target in self._known if target not in targets]
        for target in targets:
            try:
                workload = await self._read(target)
            except ClusterError as error:
                troubles.setdefault(error.message, error)  # the last value read stays
                continue
            if workload is not None:
                self._known[target] = workload
            elif target in self._known:
                gone.append(target)
            if workload is None and self._scales.is_without(target):
                self._tell_without(target.kind, emit)
        dropped = [identity(self._known.pop(target)) for target in gone]
        self._book.put_all(list(self._known.values()), dropped)
        return list(troubles.values())

    async def _read(self, target: ScaleTargetRef) -> Workload | None:
        """See `ScaleReader.read`; a kind that was refused is left alone for a while."""
        key = (target.namespace, target.kind)
        again_at, refusal = self._refused.get(key, (0.0, None))
        if refusal is not None and self._clock.now() < again_at:
            raise refusal
        right = self._rights.setdefault(key, RightRetry())
        try:
            workload = await self._scales.read(target)
        except DeniedError as error:
            self._refused[key] = (self._clock.now() + right.wait_s(), error)
            raise
        self._refused.pop(key, None)
        right.worked()
        return workload

    def _tell_without(self, kind: str, emit: Emit) -> None:
        """Report once for a kind that it cannot be scaled."""
        if kind not in self._without:
            self._without.add(kind)
            text = f"{kind} has no scale subresource: no autoscaler can scale one"
            emit(Notice(self._clock.now(), source=self.name, code="no-scale", text=text))

    def _health(self, targets: list[ScaleTargetRef], troubles: list[ClusterError]) -> Source:
        now, where = self._clock.now(), self._namespace
        refused = [trouble for trouble in troubles if isinstance(trouble, DeniedError)]
        if refused:
            rights = [lacking(trouble.message) or ("get", "scale") for trouble in refused]
            return Source(
                now,
                source=self.name,
                status="denied",
                text=refused[0].message,
                verb=rights[0][0],
                resource=", ".join(dict.fromkeys(resource for _, resource in rights)),
                namespace=where,
            )
        if troubles:
            text = troubles[0].message
            return Source(now, source=self.name, status="retrying", text=text, namespace=where)
        kinds = tuple(sorted({t.kind for t in targets if not self._scales.is_without(t)}))
        return Source(now, source=self.name, status="ok", kinds=kinds, namespace=where)
