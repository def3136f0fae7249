"""The target of a load: the Services available, the models that one serves, and an order with both.

A target is asked for its models once, through the API server's service proxy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from wvatui.core.lines import clean
from wvatui.errors import ClusterError, UsageError
from wvatui.kube.client import Client
from wvatui.kube.paths import Kind
from wvatui.load.make.order import NUMBERS, Order

ANSWER_BYTES = 1 << 20
SERVICE = Kind("Service", "services")
GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
POOL_LABEL = "inferencepool"
NEVER = 9


class Service(NamedTuple):
    """A Service of the cluster, and one of its ports."""

    name: str
    namespace: str
    port: int
    scheme: str


def service_of(url: str, namespace: str) -> Service | None:
    """The Service behind a URL inside the cluster; None when the URL names none."""
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
    """A target did not report its models; the reason is in words."""


async def served_models(client: Client, url: str, namespace: str) -> set[str]:
    """The models that a target reports. Raises Unasked."""
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
    """A problem with a target, in words; empty: it answers and serves `models`."""
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
    return {str(model["id"]) for model in msgspec.json.decode(body)["data"]}


async def targets(client: Client, namespace: str) -> tuple[str, ...]:
    """Base URLs of Services that may accept requests. Raises ClusterError."""
    answer = await client.get_json(SERVICE.path(namespace))
    ranked = [(_rank(service), _url(service)) for service in answer.get("items") or ()]
    ordered = sorted((rank, url) for rank, url in ranked if rank < NEVER and url)
    return tuple(dict.fromkeys(url for _, url in ordered))


def _rank(service: Mapping[str, Any]) -> int:
    """How likely load is sent to this Service: gateways, then pools, then engines."""
    metadata = service.get("metadata") or {}
    labels, name = metadata.get("labels") or {}, str(metadata.get("name") or "")
    selector = (service.get("spec") or {}).get("selector") or {}
    if GATEWAY_LABEL in labels:
        return 0
    if "gateway" in name:
        return 1
    if POOL_LABEL in selector or "epp" in name or "picker" in name:
        return NEVER  # endpoint pickers speak another protocol
    return 5 if selector else NEVER


def _url(service: Mapping[str, Any]) -> str:
    metadata, ports = service.get("metadata") or {}, (service.get("spec") or {}).get("ports") or ()
    port = next(
        (candidate for candidate in ports if candidate.get("protocol", "TCP") == "TCP"), None
    )
    if port is None or not metadata.get("name"):
        return ""
    scheme = "https" if port.get("port") in (443, 8443) else "http"
    return f"{scheme}://{metadata['name']}.{metadata.get('namespace')}:{port.get('port')}"


async def completed(client: Client, order: Order, namespace: str, targets: Sequence[str]) -> Order:
    """`order` with target and model filled in. `targets`: in the cluster, the likeliest first.

    Raises UsageError where the target or the model is unknown.
    """
    option = order.option
    if option.path is not None:
        given = [name for name in NUMBERS if getattr(order, name) is not None]
        given += [name for name in ("target", "model") if getattr(order, name)]
        if given:
            flag = given[0].removesuffix("_s").replace("_", "-")
            raise UsageError(
                f"{option.path}: a manifest is run as it was written: --{flag} cannot change it"
            )
        return order
    profile = option.profile
    target = order.target or (profile.target if profile else "") or next(iter(targets), "")
    if not target:
        raise UsageError(
            f"no target: namespace {namespace} has no service that could take requests",
            hint="say it: --target http://gateway.namespace:80",
        )
    model = order.model or (profile.model if profile else "")
    return replace(order, target=target, model=model or await _model(client, target, namespace))


async def _model(client: Client, target: str, namespace: str) -> str:
    """The only model that the target serves."""
    try:
        served = sorted(await served_models(client, target, namespace))
    except Unasked as error:
        raise UsageError(f"no model: {error}", hint="say it: --model NAME") from None
    if len(served) != 1:
        there = clean(", ".join(served)) or "none"
        raise UsageError(
            f"no model: target {clean(target)} serves {there}", hint="say it: --model NAME"
        )
    return served[0]
