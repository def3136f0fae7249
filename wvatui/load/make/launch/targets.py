"""Where load can go: the Services of a namespace, the likeliest first."""

from collections.abc import Mapping
from typing import Any

from wvatui.kube.client import Client
from wvatui.kube.paths import Kind

SERVICE = Kind("Service", "services")
GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
POOL_LABEL = "inferencepool"
NEVER = 9


async def targets(client: Client, namespace: str) -> tuple[str, ...]:
    """Base URLs of the Services that may take requests. Raises ClusterError."""
    answer = await client.get_json(SERVICE.path(namespace))
    ranked = [(_rank(one), _url(one)) for one in answer.get("items") or ()]
    found = sorted((rank, url) for rank, url in ranked if rank < NEVER and url)
    return tuple(dict.fromkeys(url for _, url in found))


def _rank(service: Mapping[str, Any]) -> int:
    """How likely it is that load goes there: gateways, then pools, then engines."""
    metadata = service.get("metadata") or {}
    labels, name = metadata.get("labels") or {}, str(metadata.get("name") or "")
    selector = (service.get("spec") or {}).get("selector") or {}
    if GATEWAY_LABEL in labels:
        return 0
    if "gateway" in name:
        return 1
    if POOL_LABEL in selector or "epp" in name or "picker" in name:
        return NEVER  # endpoint pickers speak another language
    return 5 if selector else NEVER


def _url(service: Mapping[str, Any]) -> str:
    metadata, ports = service.get("metadata") or {}, (service.get("spec") or {}).get("ports") or ()
    port = next((one for one in ports if one.get("protocol", "TCP") == "TCP"), None)
    if port is None or not metadata.get("name"):
        return ""
    scheme = "https" if port.get("port") in (443, 8443) else "http"
    return f"{scheme}://{metadata['name']}.{metadata.get('namespace')}:{port.get('port')}"
