"""An object of the Kubernetes API as JSON: its name, its labels, and whether a pod has ended."""

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
"""An object that is created or changed."""
ReadObject = Mapping[str, Any]
"""An object that is only read."""
NamespacedName = tuple[str, str]
"""(namespace, name)."""


def qualified(namespace: str, name: str) -> str:
    """`namespace/name`: one text that tells objects of several namespaces apart."""
    return f"{namespace}/{name}"


def bare(name: str) -> str:
    """A name without its namespace: no name in Kubernetes holds a slash."""
    return name.rpartition("/")[2]


def holder_pod(identity: str) -> str:
    """The pod that a Lease's holder identity names: `<host name>_<uuid>` (controller-runtime)."""
    return identity.rpartition("_")[0] or identity


def object_name(thing: ReadObject) -> str:
    """`metadata.name`; "" where there is none."""
    return str(_table(thing, "metadata").get("name") or "")


def labels_of(thing: ReadObject) -> ReadObject:
    """`metadata.labels`; empty where there are none."""
    return _table(_table(thing, "metadata"), "labels")


def is_over(pod: ReadObject) -> bool:
    """Whether a pod has run to its end."""
    return _table(pod, "status").get("phase") in ("Succeeded", "Failed")


def _table(thing: ReadObject, key: str) -> ReadObject:
    value = thing.get(key)
    return value if isinstance(value, Mapping) else {}
