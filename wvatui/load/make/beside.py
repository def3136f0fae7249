"""ConfigMaps and Secrets in a Job's file: created with the Job, and deleted with it.

Each gets a unique name, so that no object of the cluster is overwritten, and the Job as its owner,
so that the cluster deletes it with the Job.
"""

import base64
import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wvatui.core.kube_object import Object, ReadObject
from wvatui.core.results.loose import rows, table, text
from wvatui.kube.client import Client
from wvatui.kube.paths import CONFIG_MAP, Kind
from wvatui.load.make.objects import kind_of
from wvatui.load.profiles.manifests import MANAGED_BY, SESSION, TITLE, unique_name
from wvatui.load.read.container import KnownData

KINDS: dict[str, Kind] = {"ConfigMap": CONFIG_MAP, "Secret": Kind("Secret", "secrets")}
_REFERENCES = {
    "configMap": ("ConfigMap", "name"),
    "configMapRef": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"),
    "secretKeyRef": ("Secret", "name"),
}
"""Key in a pod's spec -> (kind, key of the name) of the object that it refers to."""


def known_data(beside: Sequence[Mapping[str, Any]]) -> KnownData:
    """The data of objects as their file has them, by (kind, name)."""
    return {(text(obj.get("kind")), _name(obj)): _data(obj) for obj in beside}


def named_apart(
    job: Object, beside: Sequence[Mapping[str, Any]]
) -> tuple[Object, tuple[Object, ...]]:
    """A prepared Job that refers to these objects by unique names, and the objects under those
    names."""
    if not beside:
        return job, ()
    metadata = job["metadata"]
    suffix = str(metadata["name"]).rpartition("-")[2]
    names = {(text(o.get("kind")), _name(o)): unique_name(_name(o), suffix) for o in beside}
    changed = copy.deepcopy(job)
    changed["spec"] = _referring(changed["spec"], names)
    marks = {key: metadata["labels"][key] for key in (MANAGED_BY, SESSION)}
    objects = []
    for given in beside:
        obj = copy.deepcopy(dict(given))
        own = table(obj.get("metadata"))
        obj["metadata"] = {
            "name": names[text(obj.get("kind")), _name(given)],
            "namespace": metadata["namespace"],
            "labels": {**table(own.get("labels")), **marks},
            "annotations": {
                **table(own.get("annotations")),
                TITLE: str(metadata.get("annotations", {}).get(TITLE) or ""),
            },
        }
        objects.append(obj)
    return changed, tuple(objects)


async def run_dry(client: Client, job: ReadObject, beside: Iterable[ReadObject] = ()) -> Object:
    """What the server would make of a prepared Job or PipelineRun, after the objects beside it.
    Raises ClusterError."""
    namespace = job["metadata"]["namespace"]
    for obj in beside:
        await client.post_json(KINDS[obj["kind"]].path(namespace), obj, {"dryRun": "All"})
    return await client.post_json(kind_of(job).path(namespace), job, {"dryRun": "All"})


def owned_by(obj: Object, job: Mapping[str, Any]) -> Object:
    """`obj` with the created Job as its owner."""
    made = table(job.get("metadata"))
    owner = {
        "apiVersion": text(job.get("apiVersion")) or "batch/v1",
        "kind": "Job",
        "name": made.get("name"),
        "uid": made.get("uid"),
    }
    return {**obj, "metadata": {**obj["metadata"], "ownerReferences": [owner]}}


def _name(obj: Mapping[str, Any]) -> str:
    return text(table(obj.get("metadata")).get("name"))


def _data(obj: Mapping[str, Any]) -> dict[str, str]:
    plain = {key: value for key, value in table(obj.get("data")).items() if isinstance(value, str)}
    if obj.get("kind") != "Secret":
        return plain
    data: dict[str, str] = {}
    for key, value in plain.items():
        try:
            data[key] = base64.b64decode(value, validate=True).decode()
        except ValueError:
            continue
    return data | {key: str(value) for key, value in table(obj.get("stringData")).items()}


def _referring(value: Any, names: Mapping[tuple[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_referring(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {key: _referring(item, names) for key, item in value.items()}
    for key, (kind, named) in _REFERENCES.items():
        inner = changed.get(key)
        if isinstance(inner, dict) and (kind, text(inner.get(named))) in names:
            changed[key] = {**inner, named: names[kind, text(inner.get(named))]}
    for inner in rows(changed.get("imagePullSecrets")):
        if isinstance(inner, dict) and ("Secret", text(inner.get("name"))) in names:
            inner["name"] = names["Secret", text(inner.get("name"))]
    inner = changed.get("secret")
    if isinstance(inner, dict):
        for named in ("secretName", "name"):
            if ("Secret", text(inner.get(named))) in names:
                inner[named] = names["Secret", text(inner.get(named))]
    return changed
