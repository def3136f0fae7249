"""Reads the scale subresource of any object that has one."""

from typing import NamedTuple
from urllib.parse import quote

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Workload
from wvatui.errors import DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import Kind
from wvatui.sources.objects.fields import items, text
from wvatui.sources.objects.scale import decode_scale


class ScaleTargetRef(NamedTuple):
    """Reference to a scale target."""

    api_version: str
    kind: str
    namespace: str
    name: str


class ScaleReader:
    """Reads scales; the resource name of each kind is requested only once."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._plurals: dict[tuple[str, str], str] = {}
        self._without: set[tuple[str, str]] = set()

    async def read(self, target: ScaleTargetRef) -> Workload | None:
        """The workload from its Scale; None: there is no such object, or it has no Scale.

        Raises ClusterError.
        """
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

    def is_without(self, target: ScaleTargetRef) -> bool:
        """Whether the API server is known to serve this kind without a scale subresource."""
        return target[:2] in self._without

    async def _plural(self, target: ScaleTargetRef) -> str:
        """The resource's name from the API server; else the one that Kubernetes guesses.

        Source: apimachinery pkg/api/meta/restmapper.go, UnsafeGuessKindToResource.
        """
        key = (target.api_version, target.kind)
        if key not in self._plurals:
            root = "apis" if "/" in target.api_version else "api"
            try:
                listed = await self._client.get_json(f"/{root}/{target.api_version}")
            except (ApiError, DeniedError):
                return _guessed(target.kind)
            plurals = [
                text(item, "name")
                for item in items(listed, "resources")
                if text(item, "kind") == target.kind
            ]
            plural = next((name for name in plurals if "/" not in name), "")
            scales = [
                text(item, "name") == f"{plural}/scale" for item in items(listed, "resources")
            ]
            if not plural or not any(scales):
                (self._without.add if plural else self._without.discard)(key)
                return plural or _guessed(target.kind)  # not remembered: it may be installed later
            self._without.discard(key)
            self._plurals[key] = plural
        return self._plurals[key]


def _guessed(kind: str) -> str:
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
