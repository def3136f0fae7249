"""The API server over HTTP: routes, authentication, planned faults.

Besides the Kubernetes API it serves the clock's protocol, and the actions that tests perform on the
cluster.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from aiohttp import web

from wvatui.engine.timeline import Timeline
from wvatui.sim import faults as faulty
from wvatui.sim.api import deleting, discovery, reading, subresources, writing
from wvatui.sim.api.context import CONTEXT, USER, AccessRules, Context
from wvatui.sim.api.wire.kinds import Catalogue
from wvatui.sim.api.wire.sending import FAULT, write
from wvatui.sim.api.wire.status import (
    Refusal,
    expired,
    internal,
    page_not_found,
    too_many,
    unauthorized,
    unavailable,
)
from wvatui.sim.api.wire.streams import Streams
from wvatui.sim.clockwork import Clockwork
from wvatui.sim.faults import Fault, Faults
from wvatui.sim.kubelet.failures import parse
from wvatui.sim.kubelet.runner import PodRunner
from wvatui.sim.pods.collector import TARGETS_PATH, scrape_targets
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

CLOCKWORK: web.AppKey[Clockwork] = web.AppKey("clockwork", Clockwork)
PREFIX = "/wvatui/"


def clock_routes() -> list[web.RouteDef]:
    """Everything under /wvatui/."""
    return [
        web.get("/wvatui/clock", present),
        web.post("/wvatui/clock/drivers", attach),
        web.delete("/wvatui/clock/drivers/{id}", detach),
        web.post("/wvatui/clock/advance", advance),
        web.get("/wvatui/faults", list_faults),
        web.post("/wvatui/faults", add_fault),
        web.delete("/wvatui/faults", clear_faults),
        web.post("/wvatui/mishaps", happen),
    ]


def _json(body: object, status: int = 200) -> web.Response:
    raw = msgspec.json.encode(body)
    return web.Response(status=status, body=raw, content_type="application/json")


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(await request.read() or b"{}")
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=f"no JSON: {error}\n") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="expected an object\n")
    return body


async def present(request: web.Request) -> web.Response:
    """The present moment of the cluster."""
    clockwork = request.app[CLOCKWORK]
    return _json({"now": clockwork.timeline.now, "speed": clockwork.speed})


async def attach(request: web.Request) -> web.Response:
    """Attach a driver."""
    clockwork = request.app[CLOCKWORK]
    driver = clockwork.attach()
    return _json({"id": driver.name, "now": clockwork.timeline.now, "speed": clockwork.speed})


async def detach(request: web.Request) -> web.Response:
    """Detach a driver."""
    request.app[CLOCKWORK].detach(request.match_info["id"])
    return _json({})


async def advance(request: web.Request) -> web.Response:
    """Permit a moment and wait for it; answers with the length of each stream so far."""
    body = await _body(request)
    clockwork, context = request.app[CLOCKWORK], request.app[CONTEXT]
    driver, to = body.get("driver"), body.get("to")
    if not isinstance(to, int | float) or not to < 1e12:
        raise web.HTTPBadRequest(text="`to` is a time in epoch seconds\n")
    if not await clockwork.advance(str(driver), float(to)):
        if clockwork.failure is not None:
            return _json({"error": f"the simulation broke: {clockwork.failure!r}"}, 500)
        return _json({"error": "no such driver"}, 404)
    context.streams.pump()
    return _json({"now": clockwork.timeline.now, "streams": context.streams.written()})


async def list_faults(request: web.Request) -> web.Response:
    """The plan of faults."""
    return _json(request.app[CONTEXT].faults.told())


async def add_fault(request: web.Request) -> web.Response:
    """Plan a fault; with `cut`, end open streams at once."""
    body = await _body(request)
    context = request.app[CONTEXT]
    if "cut" in body:
        count = context.streams.cut(str(body.get("path", "")), str(body["cut"]))
        return _json({"cut": count})
    try:
        fault = context.faults.add(faulty.from_mapping(body))
    except (ValueError, TypeError) as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error
    return _json({"kind": fault.kind}, 201)


async def clear_faults(request: web.Request) -> web.Response:
    """Remove all planned faults."""
    request.app[CONTEXT].faults.clear()
    return _json({})


async def happen(request: web.Request) -> web.Response:
    """Do something to the cluster: restart, leader, long-line, fail-pods, compact.

    fail-pods: `pods` (an expression over their names), `failure` (`oom,after=30`), `times`.
    """
    body = await _body(request)
    context = request.app[CONTEXT]
    what = body.pop("what", "")
    try:
        if what == "restart":
            faulty.restart_container(context.store, context.logbook, **body)
        elif what == "leader":
            faulty.change_leader(context.store, **body)
        elif what == "long-line":
            faulty.long_line(context.logbook, **body)
        elif what == "fail-pods" and context.failures is not None:
            times = body.get("times")
            context.failures.plan(str(body["pods"]), parse(str(body["failure"])), times)
        elif what == "compact":
            context.store.forget_history()
        else:
            raise web.HTTPBadRequest(text="what: restart, leader, long-line, fail-pods, compact\n")
    except (TypeError, KeyError, ValueError, re.error) as error:
        raise web.HTTPBadRequest(text=f"{what}: {error}\n") from error
    return _json({})


BODY_LIMIT = 8 * 1024 * 1024
SHUTDOWN_S = 1.0
RouteHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SimulatedApi(Protocol):
    """The parts that the server serves."""

    timeline: Timeline
    store: Store
    logbook: LogBook
    pages: PodPages


class ApiServer:
    """Serves one simulated cluster on loopback. `url` and `clock_url` are known after `start`."""

    def __init__(
        self,
        cluster: SimulatedApi,
        *,
        speed: float = 1.0,
        hold: bool = False,
        access: AccessRules | None = None,
    ) -> None:
        self.url = self.clock_url = ""
        self.clockwork = Clockwork(cluster.timeline, speed=speed, hold=hold)
        self.context = Context(
            cluster.store,
            cluster.logbook,
            cluster.pages,
            access or AccessRules(),
            Catalogue(),
            Faults(),
            Streams(),
        )
        runner: PodRunner | None = getattr(cluster, "runner", None)
        if runner is not None:
            self.context.terminate = runner.terminate
            self.context.failures = runner.failures
        self.context.kubernetes = getattr(cluster, "kubernetes", self.context.kubernetes)
        if (crds := getattr(cluster, "crds", None)) is not None:
            self.context.catalogue = Catalogue(crds)
        self.clockwork.flush = self.context.streams.pump
        cluster.store.on_change(lambda verb, obj: self.context.streams.mark())
        cluster.logbook.on_change(self.context.streams.mark)
        self._runners: list[web.AppRunner] = []

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listen on 127.0.0.1; the clock too, on a port of its own when the API speaks TLS.

        Raises OSError when the port is taken.
        """
        bound = await self._listen(self._app(with_clock=tls is None), port, tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{bound}"
        if tls is None:
            self.clock_url = self.url
        else:
            other = await self._listen(self._app(only_clock=True), 0, None)
            self.clock_url = f"http://127.0.0.1:{other}"
        await self.clockwork.start()

    async def stop(self) -> None:
        """Stop time, end streams, close connections."""
        await self.clockwork.stop()
        self.context.streams.close_all()
        for runner in self._runners:
            await runner.cleanup()

    async def _listen(self, app: web.Application, port: int, tls: ssl.SSLContext | None) -> int:
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_S, handler_cancellation=True
        )
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        return int(runner.addresses[0][1])

    def _app(self, *, with_clock: bool = True, only_clock: bool = False) -> web.Application:
        app = web.Application(
            middlewares=[_answered, _identified, _faulty], client_max_size=BODY_LIMIT
        )
        app[CONTEXT] = self.context
        app[CLOCKWORK] = self.clockwork
        if with_clock or only_clock:
            app.add_routes([*clock_routes(), web.get(TARGETS_PATH, self._targets)])
        if not only_clock:
            app.add_routes([*discovery.routes(), *discovery.review_routes(), *_resources()])
        return app

    async def _targets(self, request: web.Request) -> web.Response:
        """The targets of a Prometheus: every metrics page."""
        address = self.url.partition("://")[2]
        return _json(scrape_targets(self.context.store, self.context.pages, address))


def _resources() -> list[web.RouteDef]:
    """Every path of a resource, in core and named groups."""
    routes: list[web.RouteDef] = []
    for root in ("/api/{version}", "/apis/{group}/{version}"):
        inside = root + "/namespaces/{namespace}"
        if root.startswith("/api/"):
            log = inside + "/{plural:pods}/{name}/{subresource:log}"
            routes.append(web.get(log, subresources.pod_log))
            for plural, handler in (
                ("pods", subresources.into_pod),
                ("services", subresources.into_service),
            ):
                into = inside + "/{plural:" + plural + "}/{name}/{subresource:proxy}"
                routes.append(web.route("*", into, handler))
                routes.append(web.route("*", into + "/{path:.*}", handler))
        for base in (inside, root):
            many, single = base + "/{plural}", base + "/{plural}/{name}"
            scale, status = single + "/{subresource:scale}", single + "/{subresource:status}"
            routes += [
                web.get(many, reading.collection, allow_head=False),
                web.post(many, writing.create),
                web.get(single, reading.single, allow_head=False),
                web.put(single, writing.update),
                web.patch(single, writing.patch),
                web.delete(single, deleting.delete),
                web.delete(many, deleting.delete_many),
                web.get(scale, writing.get_scale, allow_head=False),
                web.put(scale, writing.update),
                web.patch(scale, writing.patch),
                web.get(status, reading.single, allow_head=False),
                web.put(status, writing.update),
                web.patch(status, writing.patch),
            ]
    return routes


@web.middleware
async def _answered(request: web.Request, handler: RouteHandler) -> web.StreamResponse:
    """Turn every refusal into its Status."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except web.HTTPNotFound:
        return page_not_found()
    except web.HTTPException:
        raise
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception as error:  # noqa: BLE001 - a defect here must look like one there: a 500
        return internal(repr(error)).response()


@web.middleware
async def _identified(request: web.Request, handler: RouteHandler) -> web.StreamResponse:
    """Identify the user. Any request to the API lets a held clock go on."""
    if request.path.startswith(PREFIX):
        return await handler(request)
    request.app[CLOCKWORK].touch()
    certificate = request.transport.get_extra_info("peercert") if request.transport else None
    common_name = ""
    for pairs in (certificate or {}).get("subject", ()):
        common_name = dict(pairs).get("commonName", common_name)
    access = request.app[CONTEXT].access
    user = access.identify(request.headers.get("Authorization", ""), common_name)
    if user is None:
        raise unauthorized()
    request[USER] = user
    return await handler(request)


@web.middleware
async def _faulty(request: web.Request, handler: RouteHandler) -> web.StreamResponse:
    """Apply planned faults."""
    if request.path.startswith(PREFIX):
        return await handler(request)
    context = request.app[CONTEXT]
    fault = context.faults.strike(request.method, request.path_qs, context.store.timeline.now)
    if fault is None:
        return await handler(request)
    _refuse(fault)
    if fault.kind == "hang":
        await asyncio.Event().wait()
    request[FAULT] = fault
    response = await handler(request)
    if response.prepared or not isinstance(response, web.Response):
        return response
    return await _damaged(request, response, fault)


def _refuse(fault: Fault) -> None:
    """Raise the answer that a fault stands for, when it is one."""
    match fault.kind:
        case "401":
            raise unauthorized()
        case "403":
            raise Refusal(403, "Forbidden", "forbidden by a planned fault")
        case "404":
            raise Refusal(404, "NotFound", "the server could not find the requested resource", {})
        case "410":
            raise expired("The resourceVersion for the provided list is too old.")
        case "429":
            raise too_many(fault.retry_after_s)
        case "500":
            raise internal("a planned fault")
        case "503":
            raise unavailable("a planned fault")


async def _damaged(request: web.Request, whole: web.Response, fault: Fault) -> web.StreamResponse:
    """A short answer through a fault of the body."""
    body = bytes(whole.body) if isinstance(whole.body, bytes | bytearray) else b""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.headers.pop("Content-Length", None)
    response.enable_chunked_encoding()
    await response.prepare(request)
    if fault.kind == "idle":
        await response.write(body[: fault.after_bytes])
        await asyncio.Event().wait()
    if await write(request, response, body, fault, 0):
        await response.write_eof()
    return response
