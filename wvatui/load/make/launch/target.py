"""Asks the target of a load for its models, once, through the API server's service proxy."""

from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from wvatui.core.lines import clean
from wvatui.errors import ClusterError
from wvatui.kube.client import Client

ANSWER_BYTES = 1 << 20


class Service(NamedTuple):
    """A Service of the cluster, and the port that is meant."""

    name: str
    namespace: str
    port: int
    scheme: str


def service_of(url: str, namespace: str) -> Service | None:
    """The Service behind a URL inside the cluster; None: it is no name of one."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    name, *rest = (parts.hostname or "").split(".")
    if not name or name.isdigit() or (len(rest) > 1 and rest[1] != "svc"):
        return None
    return Service(name, rest[0] if rest else namespace, port, parts.scheme)


class Unasked(Exception):  # noqa: N818 - what is known about a target
    """A target did not say what it serves; why, in words."""


async def served_models(client: Client, url: str, namespace: str) -> set[str]:
    """The models that a target says it serves. Raises Unasked."""
    service = service_of(url, namespace)
    if service is None:
        raise Unasked(f"target {clean(url)}: not a service of this cluster, not asked")
    scheme = f"{service.scheme}:" if service.scheme == "https" else ""
    name = quote(f"{scheme}{service.name}:{service.port}", safe=":")
    path = f"/api/v1/namespaces/{quote(service.namespace)}/services/{name}/proxy/v1/models"
    try:
        answer = await client.get_bytes(path, limit_bytes=ANSWER_BYTES)
        return _models(answer.body)
    except (ClusterError, ValueError, KeyError, TypeError) as error:
        words = error.message if isinstance(error, ClusterError) else "no list of models"
        raise Unasked(
            f"target {clean(url)} could not be asked through the API server: {words}"
        ) from None


async def target_trouble(client: Client, url: str, namespace: str, models: set[str]) -> str:
    """What is wrong with a target, in words; empty: it answers and serves `models`."""
    try:
        served = await served_models(client, url, namespace)
    except Unasked as error:
        return str(error)
    missing = sorted(models - served)
    if not missing:
        return ""
    there = clean(", ".join(sorted(served))) or "none"
    return f"target {clean(url)} does not serve {clean(', '.join(missing))}; it serves {there}"


def _models(body: bytes) -> set[str]:
    return {str(one["id"]) for one in msgspec.json.decode(body)["data"]}
