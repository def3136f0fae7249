"""HPAs and ScaledObjects of an experiment: created for one run, and deleted at its end.

They keep the names in their file; an existing object is never overwritten.
"""

from collections.abc import Sequence
from functools import partial

from wvatui.clock import Clock
from wvatui.core.kube_object import Object, labels_of, object_name
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import AUTOSCALER, DEPLOYMENT, LEADER_WORKER_SET, STATEFUL_SET, Kind
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.objects import KINDS, CreatedObject, delete, insistently, listed
from wvatui.load.profiles.manifests import OWNER, SESSION, SessionProcess, label
from wvatui.load.read.scalers import ScalerManifest

TARGETS = {kind.kind: kind for kind in (DEPLOYMENT, STATEFUL_SET, LEADER_WORKER_SET)}
"""Kinds of targets that are scaled back when their scaler is deleted."""
GONE_S = 60.0
"""Most seconds to wait until a deleted object is gone: KEDA deletes its HPA first."""
LOOK_S = 1.0


def scaler_of(scaler: ScalerManifest, session: str, namespace: str) -> Object:
    """A scaler as `session` creates it: under its own name, with labels.

    KEDA copies labels to the HPA that it creates, so no label may state who manages the object.
    """
    own = scaler.body.get("metadata") or {}
    return {
        **{key: value for key, value in scaler.body.items() if key != "status"},
        "metadata": {
            "name": scaler.name,
            "namespace": namespace,
            "labels": {**(own.get("labels") or {}), SESSION: label(session)},
            "annotations": {**(own.get("annotations") or {}), OWNER: str(SessionProcess.here())},
        },
    }


class OwnScalers:
    """The scalers of one run, in one namespace."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        session: str,
        namespace: str,
        scalers: Sequence[ScalerManifest],
    ) -> None:
        self.scalers = tuple(scalers)
        self._client, self._clock = client, clock
        self._session, self._namespace = session, namespace
        self._left: list[CreatedObject] = []
        self._made: list[ScalerManifest] = []
        """Scalers that the server did not refuse."""
        self._before: dict[str, tuple[Kind, int]] = {}
        """Target -> its kind and its replicas before; removed once it is scaled back."""

    @property
    def left(self) -> tuple[CreatedObject, ...]:
        """Objects that were created and must still be deleted."""
        return tuple(self._left)

    @property
    def unscaled(self) -> list[str]:
        """Targets that were not scaled back, in words, with the command that does it.

        Empty after `remove`, which returns these texts.
        """
        return [
            f"{name} is not scaled back: kubectl -n {self._namespace} scale {kind.resource}/{name} "
            f"--replicas={replicas}"
            for name, (kind, replicas) in self._before.items()
        ]

    async def apply(self) -> None:
        """Create them. Raises ClusterError; `remove` then deletes those that were created."""
        for scaler in self.scalers:
            kind = TARGETS.get(scaler.target_kind)
            if kind is not None and scaler.target not in self._before:
                target = await self._client.get_json(
                    f"{kind.path(self._namespace)}/{scaler.target}"
                )
                wanted = (target.get("spec") or {}).get("replicas")
                self._before[scaler.target] = kind, 1 if wanted is None else int(wanted)
            await self._create(scaler)

    async def _create(self, scaler: ScalerManifest) -> None:
        kind = KINDS[scaler.kind]
        # Registered before it exists: an interrupt in between must find it.
        made = CreatedObject(kind.kind, self._namespace, scaler.name, "", kind.version)
        self._left.append(made)
        self._made.append(scaler)
        body = scaler_of(scaler, self._session, self._namespace)
        try:
            answer = await self._client.post_json(kind.path(self._namespace), body)
        except (ApiError, DeniedError) as error:
            self._left.remove(made)
            self._made.remove(scaler)
            self._before.pop(scaler.target, None)
            words = HiddenValues([scaler.body]).text(error.message)
            raise ClusterError(f"{scaler} could not be made: {words}") from None
        uid = str((answer.get("metadata") or {}).get("uid") or "")
        self._left[self._left.index(made)] = made._replace(uid=uid)

    async def remove(self) -> list[str]:
        """Delete them and scale their targets back; returns what could not be done, in words."""
        troubles = []
        for made in self.left:
            try:
                await insistently(self._clock, partial(self._delete, made))
                self._left.remove(made)
            except ClusterError as error:
                troubles.append(f"{made} is still there: {error.message}")
        try:
            if self._before and not troubles:
                await self._gone()
        except ClusterError as error:
            troubles.append(error.message)
        for name, (kind, replicas) in list(self._before.items()) if not troubles else ():
            try:
                await self._scale_back(kind, name, replicas)
            except ClusterError as error:
                troubles.append(f"{name} is not scaled back to {replicas}: {error.message}")
            del self._before[name]
        troubles += self.unscaled
        self._before.clear()
        return troubles

    async def _delete(self, made: CreatedObject) -> None:
        if not made.uid and not any(
            object_name(item) == made.name and labels_of(item).get(SESSION) == label(self._session)
            for item in await listed(self._client, KINDS[made.kind], self._namespace)
        ):
            return  # never created, so an object of this name is not ours
        await delete(self._client, made)

    async def _gone(self) -> None:
        """Return when all of them are gone, and the HPAs that KEDA created for them.

        Raises DeniedError, and ClusterError where that takes too long.
        """
        end = self._clock.now() + GONE_S
        while True:
            try:
                if not await self._there():
                    return
                words = f"{_named(self._made)} still being deleted after {GONE_S:.0f} s"
            except DeniedError:
                raise
            except ClusterError as error:
                words = f"{_named(self._made)} not seen to be gone: {error.message}"
            if self._clock.now() >= end:
                raise ClusterError(words)
            await self._clock.sleep(LOOK_S)

    async def _there(self) -> set[str]:
        """Names of those that still exist, and of their HPAs."""
        names = {
            object_name(each) for each in await listed(self._client, AUTOSCALER, self._namespace)
        }
        left = names & {scaler.hpa for scaler in self._made}
        for kind in {scaler.kind for scaler in self._made} - {AUTOSCALER.kind}:
            items = await listed(self._client, KINDS[kind], self._namespace)
            left |= {object_name(each) for each in items} & {scaler.name for scaler in self._made}
        return left

    async def _scale_back(self, kind: Kind, name: str, replicas: int) -> None:
        path = f"{kind.path(self._namespace)}/{name}"
        target = await self._client.get_json(path)
        if (target.get("spec") or {}).get("replicas") != replicas:
            await self._client.patch_json(f"{path}/scale", {"spec": {"replicas": replicas}})


def _named(scalers: Sequence[ScalerManifest]) -> str:
    return " and ".join(map(str, scalers)) + (" is" if len(scalers) == 1 else " are")
