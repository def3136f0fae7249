"""The container of a controller pod that writes the log, and whether it has been restarted."""

import re
from typing import Any
from urllib.parse import quote

import msgspec

from wvatui.errors import ClusterError
from wvatui.kube.client import Client

MANAGER = "manager"
"""Name of the controller's container in every release (WVA chart and kustomize)."""
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"

_CHOICES = re.compile(r"choose one of: \[([^\]]*)\]")


class Container(msgspec.Struct, frozen=True):
    """A container as its pod describes it. `restarts` None: the pod cannot be read."""

    name: str = ""
    uid: str = ""
    restarts: int | None = None
    running: bool = True
    ended_at: str = ""
    """When its previous run ended, RFC 3339; empty when there was none."""
    ended_why: str = ""
    """How the previous run ended, as kubectl shows it: OOMKilled, Error, Completed."""


class _Terminated(msgspec.Struct, rename="camel"):
    finished_at: str = ""
    reason: str = ""
    exit_code: int = 0


class _ContainerState(msgspec.Struct, rename="camel"):
    running: dict[str, Any] | None = None
    terminated: _Terminated | None = None


class _ContainerStatus(msgspec.Struct, rename="camel"):
    name: str = ""
    restart_count: int = 0
    state: _ContainerState = msgspec.field(default_factory=_ContainerState)
    last_state: _ContainerState = msgspec.field(default_factory=_ContainerState)


class _Status(msgspec.Struct, rename="camel"):
    container_statuses: list[_ContainerStatus] = []


class _Named(msgspec.Struct):
    name: str = ""


class _Spec(msgspec.Struct):
    containers: list[_Named] = []


class _Meta(msgspec.Struct):
    name: str = ""
    uid: str = ""
    annotations: dict[str, str] = {}


class _Pod(msgspec.Struct):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _PodList(msgspec.Struct):
    items: list[_Pod] = []


async def look(client: Client, namespace: str, pod: str, wanted: str = "") -> Container | None:
    """The container of `pod` that writes the log; None when there is no such pod.

    Reads the pod from a list, which needs one right less than getting it. Raises ClusterError, also
    when the answer cannot be parsed.
    """
    path = f"/api/v1/namespaces/{quote(namespace)}/pods?fieldSelector=metadata.name%3D{quote(pod)}"
    answer = await client.get_bytes(path)
    try:
        items = msgspec.json.decode(answer.body, type=_PodList).items
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ClusterError(f"the description of pod {pod} cannot be read: {error}") from None
    found = next((item for item in items if item.metadata.name == pod), None)
    return None if found is None else _describe(found, wanted)


def _describe(pod: _Pod, wanted: str) -> Container:
    names = [item.name for item in pod.spec.containers]
    annotated = pod.metadata.annotations.get(DEFAULT_CONTAINER, "")
    name = next((n for n in (wanted, annotated, MANAGER) if n and n in names), "")
    name = name or (names[0] if names else "")
    status = next((s for s in pod.status.container_statuses if s.name == name), None)
    if status is None:
        return Container(name=name, uid=pod.metadata.uid, restarts=0, running=False)
    ended = status.last_state.terminated
    return Container(
        name=name,
        uid=pod.metadata.uid,
        restarts=status.restart_count,
        running=status.state.terminated is None,
        ended_at=ended.finished_at if ended else "",
        ended_why=(ended.reason or f"exit {ended.exit_code}") if ended else "",
    )


def choose(message: str) -> str:
    """The container to use when the API server demands a choice; empty: the message is another one.

    The API server's message: `a container name must be specified for pod x, choose one of: [manager
    proxy]`.
    """
    match = _CHOICES.search(message)
    names = match.group(1).split() if match else []
    return MANAGER if MANAGER in names else (names[0] if names else "")
