"""The API server's proxy into pods and services."""

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.reading import existing
from wvatui.sim.api.wire.status import bad_request, unavailable
from wvatui.sim.pods.pages import PodPage
from wvatui.sim.run.network import service_listener


async def into_pod(request: web.Request) -> web.StreamResponse:
    """`pods/NAME[:PORT]/proxy/PATH`; the name may have a scheme in front (`http:NAME:PORT`)."""
    name, port = _named(request.match_info["name"])
    target = _target(request, name)
    target.require(request, "get" if request.method in ("GET", "HEAD") else "create")
    pod = existing(target)
    return _fetch(target, pod, port or _first_port(pod), _path(request))


async def into_service(request: web.Request) -> web.StreamResponse:
    """`services/NAME[:PORT]/proxy/PATH`: one of its pods that are ready."""
    name, _ = _named(request.match_info["name"])
    target = _target(request, name)
    target.require(request, "get" if request.method in ("GET", "HEAD") else "create")
    service = existing(target)
    place, path = target.namespace, _path(request)
    for port in service["spec"].get("ports") or []:
        # The gateway listens for itself: it has no pods here.
        page = target.context.pages.fetch(place, service_listener(name), int(port["port"]), path)
        if page is not None:
            return _answered(page)
    chosen = service["spec"].get("selector") or {}
    pods = target.context.store.list("Pod", target.namespace, chosen) if chosen else []
    for pod in pods:
        conditions = pod.get("status", {}).get("conditions", [])
        if any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
            return _fetch(target, pod, _first_port(pod), path)
    raise unavailable(f'no endpoints available for service "{name}"')


def _path(request: web.Request) -> str:
    """With its query, as the pod gets it."""
    query = f"?{request.query_string}" if request.query_string else ""
    return f"/{request.match_info.get('path', '')}{query}"


def _target(request: web.Request, name: str) -> RequestTarget:
    found = RequestTarget.of(request)
    return RequestTarget(found.context, found.resource, found.namespace, name, "proxy")


def _named(text: str) -> tuple[str, int]:
    parts = text.split(":")
    if len(parts) > 1 and parts[0] in ("http", "https"):
        parts = parts[1:]
    port = parts[1] if len(parts) > 1 else ""
    return parts[0], int(port) if port.isdigit() else 0


def _first_port(pod: Object) -> int:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or []:
            return int(port["containerPort"])
    return 80


def _fetch(target: RequestTarget, pod: Object, port: int, path: str) -> web.Response:
    metadata = pod["metadata"]
    address = pod.get("status", {}).get("podIP", "")
    if not address:
        raise bad_request("address not allowed")
    page = target.context.pages.fetch(metadata["namespace"], metadata["name"], port, path)
    if page is None:
        where = f"{address}:{port}"
        raise unavailable(
            f"error trying to reach service: dial tcp {where}: connect: connection refused"
        )
    return _answered(page)


def _answered(page: PodPage) -> web.Response:
    status, content_type, body = page
    return web.Response(
        status=status, body=body, headers={"Content-Type": content_type, "Server": "uvicorn"}
    )
