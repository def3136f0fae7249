"""Scale targets of kinds that are not watched, read through their scale subresource.

What a VariantAutoscaling, an HPA or a ScaledObject names can be of any kind that has one: a
ReplicaSet, an Argo Rollout, a custom resource. The subresource cannot be watched, so it is asked.
"""

import asyncio
from urllib.parse import quote

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Source, Workload
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError, lacking
from wvatui.kube.client import Client
from wvatui.kube.paths import Kind
from wvatui.kube.rights import RightRetry
from wvatui.sources.inventory import Inventory, ScaleTargetRef, identity
from wvatui.sources.objects.fields import items, text
from wvatui.sources.objects.scale import decode_scale
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
        self._plurals: dict[tuple[str, str], str] = {}
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
                workload = await self._read(target)
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

    async def _read(self, target: ScaleTargetRef) -> Workload | None:
        """What its Scale says; None: there is no such object, or it has no Scale."""
        plural = await self._plural(target)
        group, _, version = target.api_version.rpartition("/")
        kind = Kind(target.kind, plural, group, version)
        path = f"{kind.path(target.namespace)}/{quote(target.name, safe='')}/scale"
        try:
            scale = await self._client.get_json(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        workload = decode_scale(target.kind, scale, self._clock.now())
        return msgspec.structs.replace(workload, name=target.name, namespace=target.namespace)

    async def _plural(self, target: ScaleTargetRef) -> str:
        """The resource's name, as the API server tells; else as Kubernetes guesses it.

        Source: apimachinery pkg/api/meta/restmapper.go, UnsafeGuessKindToResource.
        """
        key = (target.api_version, target.kind)
        if key not in self._plurals:
            root = "apis" if "/" in target.api_version else "api"
            try:
                listed = await self._client.get_json(f"/{root}/{target.api_version}")
            except (ApiError, DeniedError):
                return _guessed(target.kind)
            names = [
                text(item, "name")
                for item in items(listed, "resources")
                if text(item, "kind") == target.kind
            ]
            plural = next((name for name in names if "/" not in name), "")
            if not plural:
                return _guessed(target.kind)
            self._plurals[key] = plural
        return self._plurals[key]

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


def _guessed(kind: str) -> str:
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
