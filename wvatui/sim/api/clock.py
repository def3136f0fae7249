"""The clock's protocol over HTTP, beside the Kubernetes API; and what tests do to the cluster."""

import re
from typing import Any

import msgspec
from aiohttp import web

from wvatui.sim import faults as faulty
from wvatui.sim import mishaps
from wvatui.sim.api.context import CONTEXT
from wvatui.sim.clockwork import Clockwork
from wvatui.sim.kubelet.failures import parse

CLOCKWORK: web.AppKey[Clockwork] = web.AppKey("clockwork", Clockwork)
PREFIX = "/wvatui/"


def routes() -> list[web.RouteDef]:
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
    """Where the cluster stands."""
    clockwork = request.app[CLOCKWORK]
    return _json({"now": clockwork.timeline.now, "speed": clockwork.speed})


async def attach(request: web.Request) -> web.Response:
    """A driver takes its seat."""
    clockwork = request.app[CLOCKWORK]
    driver = clockwork.attach()
    return _json({"id": driver.name, "now": clockwork.timeline.now, "speed": clockwork.speed})


async def detach(request: web.Request) -> web.Response:
    """A driver leaves."""
    request.app[CLOCKWORK].detach(request.match_info["id"])
    return _json({})


async def advance(request: web.Request) -> web.Response:
    """Permit a moment and wait for it; then how far each stream was written."""
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
    """Nothing goes wrong any more."""
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
            mishaps.restart_container(context.store, context.logbook, **body)
        elif what == "leader":
            mishaps.change_leader(context.store, **body)
        elif what == "long-line":
            mishaps.long_line(context.logbook, **body)
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
