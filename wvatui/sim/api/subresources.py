"""Subresources that reach into pods: container logs, and the proxy to pods and services.

A log is answered whole, since a time, from its last lines, of the run before, or followed.
"""

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339
from wvatui.sim.api.context import CONTEXT, RequestTarget
from wvatui.sim.api.reading import existing, is_set
from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.sending import stream_out
from wvatui.sim.api.wire.status import bad_request, invalid, unavailable
from wvatui.sim.api.wire.streams import Stream
from wvatui.sim.pods.exposition import PodPage
from wvatui.sim.pods.logbook import ContainerLog, LogLine
from wvatui.sim.pods.pod_json import is_ready, key_of
from wvatui.sim.run.box import service_listener

_NOT_HTTPS = (400, "text/plain", b"Client sent an HTTP request to an HTTPS server.\n")
"""What a server of Go answers (net/http server.go)."""


async def into_pod(request: web.Request) -> web.StreamResponse:
    """`pods/NAME[:PORT]/proxy/PATH`; the name may have a scheme in front (`http:NAME:PORT`)."""
    name, port = _named(request.match_info["name"])
    target = _target(request, name)
    target.require(request, "get" if request.method in ("GET", "HEAD") else "create")
    pod = existing(target)
    port = port or _first_port(pod)
    secure = target.context.pages.speaks_https(target.namespace, name, port)
    if secure and not request.match_info["name"].startswith("https:"):
        return _answered(_NOT_HTTPS)
    return _fetch(target, pod, port, _path(request))


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
    if (pod := next(filter(is_ready, pods), None)) is not None:
        return _fetch(target, pod, _first_port(pod), path)
    raise unavailable(f'no endpoints available for service "{name}"')


def _path(request: web.Request) -> str:
    """With its query, as the pod gets it."""
    query = f"?{request.query_string}" if request.query_string else ""
    return f"/{request.match_info.get('path', '')}{query}"


def _target(request: web.Request, name: str) -> RequestTarget:
    target = RequestTarget.of(request)
    return RequestTarget(target.context, target.resource, target.namespace, name, "proxy")


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
    address = pod.get("status", {}).get("podIP", "")
    if not address:
        raise bad_request("address not allowed")
    page = target.context.pages.fetch(*key_of(pod), port, path)
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


_OPTIONS = Resource("", "v1", "pods", "PodLogOptions")


async def pod_log(request: web.Request) -> web.StreamResponse:
    """The log of one container."""
    target = RequestTarget.allowed(request, "get")
    pod = existing(target)
    container = _container(pod, request.query.get("container", ""))
    log = _log(target, pod, container, is_set(request, "previous"))
    return await stream_out(request, _Feed(request, log), "text/plain")


class _Feed:
    """What one reader of a log gets."""

    def __init__(self, request: web.Request, log: ContainerLog) -> None:
        since = _since(request, request.app[CONTEXT].store.timeline.now)
        self._log, self._timestamps = log, is_set(request, "timestamps")
        self._limit, self._follow = _count(request, "limitBytes"), is_set(request, "follow")
        tail = _count(request, "tailLines")
        first = log.read()
        self._position = log.end - len(first)
        if since is not None:
            # The kubelet skips lines until one is not before `since`, then gives everything.
            skipped = next((i for i, line in enumerate(first) if line.at >= since), len(first))
            self._position += skipped
        if tail is not None:
            self._position = max(self._position, log.end - tail)

    def __call__(self, stream: Stream) -> bytes:
        lines: list[LogLine] = self._log.read(self._position)
        self._position = self._log.end
        data = b"".join(line.wire(self._timestamps) for line in lines)
        if self._limit is not None:
            data = data[: max(0, self._limit - stream.written)]
            if stream.written + len(data) >= self._limit:
                stream.end()
        if not self._follow or self._log.ended:
            stream.end()
        return data


def _container(pod: Object, wanted: str) -> str:
    spec = pod["spec"]
    names = [container["name"] for container in spec["containers"]]
    inits = [container["name"] for container in spec.get("initContainers") or []]
    name = pod["metadata"]["name"]
    if not wanted:
        if len(names) > 1:
            and_inits = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
            raise bad_request(
                f"a container name must be specified for pod {name}, "
                f"choose one of: [{' '.join(names)}]{and_inits}"
            )
        return str(names[0])
    if wanted not in (*names, *inits):
        raise bad_request(f"container {wanted} is not valid for pod {name}")
    return wanted


def _log(target: RequestTarget, pod: Object, container: str, previous: bool) -> ContainerLog:
    logbook = target.context.logbook
    namespace, name = key_of(pod)
    if previous:
        earlier = logbook.previous(namespace, name, container)
        if earlier is None:
            raise bad_request(
                f'previous terminated container "{container}" in pod "{name}" not found'
            )
        return earlier
    pod_status = pod.get("status", {})
    statuses = [
        *pod_status.get("initContainerStatuses", []),
        *(pod_status.get("containerStatuses") or []),
    ]
    status: Object = next((s for s in statuses if s["name"] == container), {})
    waiting = status.get("state", {}).get("waiting")
    if not statuses and not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    if not statuses or (waiting and not status.get("restartCount")):
        reason = (waiting or {}).get("reason", "ContainerCreating")
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
    return logbook.current(namespace, name, container)


def _since(request: web.Request, now: float) -> float | None:
    try:
        if text := request.query.get("sinceTime", ""):
            return rfc3339.parse(text)
        if text := request.query.get("sinceSeconds", ""):
            return now - int(text)
    except ValueError:
        raise bad_request(f"invalid time: {text}") from None
    return None


def _count(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    if not text:
        return None
    if not text.lstrip("-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    least = 1 if name == "limitBytes" else 0
    if int(text) < least:
        said = f"Invalid value: {text}: must be greater than " + ("or equal to 0", "0")[least]
        raise invalid(_OPTIONS, "", [(name, "FieldValueInvalid", said)])
    return int(text)
