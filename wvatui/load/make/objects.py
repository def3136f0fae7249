"""The kinds of API objects that create load: rights, deletion, and objects left behind."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from wvatui.clock import Clock
from wvatui.errors import CheckFailed, ClusterError, DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import AUTOSCALER, JOB, PIPELINE_RUN, POD, SCALED_OBJECT, TASK_RUN, Kind
from wvatui.kube.rights import allowed
from wvatui.load.profiles.manifests import OWNER, SESSION, TITLE, SessionProcess, selector

SCALERS = (AUTOSCALER, SCALED_OBJECT)
KINDS = {kind.kind: kind for kind in (JOB, PIPELINE_RUN, *SCALERS)}
"""Kinds of objects that a session may create."""
WORDS = {
    "Job": "job",
    "PipelineRun": "pipeline run",
    "HorizontalPodAutoscaler": "HPA",
    "ScaledObject": "ScaledObject",
}
DELETE_TRIES = 4
NO_TEKTON = "Tekton is not installed in this cluster: it knows no pipelineruns.tekton.dev"
Right = tuple[str, Kind, str]
"""(verb, kind, subresource)."""


def _whole(kind: Kind) -> tuple[Right, ...]:
    return tuple((verb, kind, "") for verb in ("create", "delete", "list", "watch"))


_PODS: tuple[Right, ...] = (("list", POD, ""), ("watch", POD, ""), ("get", POD, "log"))
NEEDED: dict[str, tuple[Right, ...]] = {
    "Job": (*_whole(JOB), *_PODS),
    "PipelineRun": (*_whole(PIPELINE_RUN), ("list", TASK_RUN, ""), ("watch", TASK_RUN, ""), *_PODS),
}
"""The rights needed to create each kind of object."""


class CreatedObject(NamedTuple):
    """One object created by a session of wvatui."""

    kind: str
    namespace: str
    name: str
    uid: str = ""
    version: str = "v1"
    """Version of its API: older releases of Tekton only have v1beta1."""

    def __str__(self) -> str:
        return f"{WORDS[self.kind]} {self.namespace}/{self.name}"


class Leftover(NamedTuple):
    """An object that an earlier session created and did not delete."""

    made: CreatedObject
    title: str
    alive: bool | None
    """Whether its session still runs; None: unknown, as it ran on another machine."""


def kind_of(body: Mapping[str, Any]) -> Kind:
    """The kind of a written object, in its own API version."""
    kind = KINDS[str(body.get("kind") or "Job")]
    version = str(body.get("apiVersion") or "").rpartition("/")[2]
    return kind._replace(version=version or kind.version)


async def installed(client: Client, kind: Kind) -> bool:
    """Whether the cluster knows the API group and version of `kind`. Raises ClusterError."""
    try:
        await client.get_json(f"/apis/{kind.group}/{kind.version}")
    except DeniedError:
        return True  # unknown: creating the object will show it
    except ApiError as error:
        if error.status == 404:
            return False
        raise
    return True


async def must_be_installed(client: Client, kind: Kind) -> None:
    """Raise CheckFailed for a PipelineRun where Tekton is not installed; ClusterError."""
    if kind.kind == "PipelineRun" and not await installed(client, kind):
        version = f" in version {kind.version}" if kind.version != PIPELINE_RUN.version else ""
        raise CheckFailed(f"{NO_TEKTON}{version}", hint="install Tekton Pipelines, or launch a Job")


async def delete(client: Client, made: CreatedObject) -> None:
    """Delete an object with everything that it created; one that is already gone is no error.
    Raises ClusterError."""
    # A Job's pods are kept unless their deletion is requested.
    options: dict[str, Any] = {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "propagationPolicy": "Background",
    }
    if made.uid:
        options["preconditions"] = {"uid": made.uid}
    try:
        kind = KINDS[made.kind]._replace(version=made.version)
        path = f"{kind.path(made.namespace)}/{made.name}"
        await client.delete(path, options, {"propagationPolicy": "Background"})
    except ApiError as error:
        if error.status not in (404, 409):  # 409: another object now has its name
            raise


async def insistently(clock: Clock, act: Callable[[], Awaitable[None]]) -> None:
    """Call `act`, several times if it fails. Raises DeniedError at once, otherwise ClusterError."""
    for left in reversed(range(DELETE_TRIES)):
        try:
            await act()
        except DeniedError:
            raise
        except ClusterError:
            if not left:
                raise
            await clock.sleep(1.0)
        else:
            return


async def listed(client: Client, kind: Kind, namespace: str, **params: str) -> list[dict[str, Any]]:
    """The objects of a kind; none where the kind is not installed. Raises ClusterError."""
    try:
        answer = await client.get_json(kind.path(namespace), params)
    except ApiError as error:
        if error.status == 404:
            return []
        raise
    items = answer.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


async def ours(client: Client, kind: Kind, namespace: str, session: str = "") -> list[Any]:
    """Objects of `kind` created by `session`, or by any session. Raises ClusterError."""
    answer = await client.get_json(kind.path(namespace), {"labelSelector": selector(session)})
    return [item for item in answer.get("items") or () if isinstance(item, dict)]


async def leftovers(client: Client, namespace: str, *, session: str = "") -> list[Leftover]:
    """Objects in `namespace` created by other sessions than `session`. Raises ClusterError.

    PipelineRuns and scalers are included where they are installed and may be listed.
    """
    owned = [(JOB, item) for item in await ours(client, JOB, namespace)]
    for version in ("v1", "v1beta1"):
        kind = PIPELINE_RUN._replace(version=version)
        try:
            owned += [(kind, item) for item in await ours(client, kind, namespace)]
        except DeniedError:
            break  # without the right to list them, no session created any
        except ApiError as error:
            if error.status != 404:
                raise
            continue  # Tekton is missing, or older
        break
    for kind in SCALERS:
        with suppress(DeniedError):
            owned += [(kind, item) for item in await scalers_made(client, kind, namespace)]
    return [_leftover(kind, item, namespace) for kind, item in owned if not _of(item, session)]


async def scalers_made(client: Client, kind: Kind, namespace: str) -> list[Any]:
    """HPAs or ScaledObjects created by sessions; none where the kind is not installed.

    Excludes HPAs that KEDA created for a ScaledObject: they copy its labels, and are deleted with
    it. Raises ClusterError.
    """
    items = await listed(client, kind, namespace, labelSelector=SESSION)
    return [item for item in items if not (item.get("metadata") or {}).get("ownerReferences")]


def _of(item: Mapping[str, Any], session: str) -> bool:
    labels = (item.get("metadata") or {}).get("labels") or {}
    return bool(session) and session in labels.values()


def _leftover(kind: Kind, item: Mapping[str, Any], namespace: str) -> Leftover:
    metadata = item.get("metadata") or {}
    notes = metadata.get("annotations") or {}
    name = str(metadata.get("name") or "")
    owner = SessionProcess.read(str(notes.get(OWNER) or ""))
    made = CreatedObject(
        kind.kind,
        str(metadata.get("namespace") or namespace),
        name,
        str(metadata.get("uid") or ""),
        kind.version,
    )
    alive = owner.alive if owner is not None else None
    return Leftover(made, str(notes.get(TITLE) or name), alive)


async def missing_rights(
    client: Client, namespace: str, kind: str = "Job", beside: Iterable[Kind] = ()
) -> list[str]:
    """Missing rights in `namespace`, as "create jobs.batch"; empty where the server does not say.

    `beside`: kinds of the objects to be created with a Job.
    """
    rights = (*NEEDED[kind], *(("create", each, "") for each in beside))
    return await lacking(client, namespace, rights)


async def lacking(client: Client, namespace: str, rights: Iterable[Right]) -> list[str]:
    """Those of `rights` that are missing in `namespace`, in words."""
    missing = []
    for verb, what, sub in rights:
        if await allowed(client, namespace, verb, what.plural, what.group, sub) is False:
            missing.append(f"{verb} {what.resource}{'/' + sub if sub else ''}")
    return missing
