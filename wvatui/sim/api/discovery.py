"""What the server is and which resources it has; and as much OpenAPI as kubectl needs to apply."""

from typing import Any

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.context import CONTEXT
from wvatui.sim.api.wire.kinds import Catalogue, Resource
from wvatui.sim.api.wire.status import page_not_found
from wvatui.sim.api.wire.wire import answer

GIT_VERSION = "v1.36.0+wvatui-sim"
OPENAPI = "/openapi/v3"


def routes() -> list[web.RouteDef]:
    """Everything that is asked before anything else."""
    return [
        web.get("/version", version),
        web.get("/healthz", healthy),
        web.get("/livez", healthy),
        web.get("/readyz", healthy),
        web.get("/api", core_versions),
        web.get("/apis", groups),
        web.get("/api/{version}", resources),
        web.get("/apis/{group}", one_group),
        web.get("/apis/{group}/{version}", resources),
        web.get(OPENAPI, openapi_index),
        web.get(OPENAPI + "/{place:.+}", openapi_document),
    ]


async def version(request: web.Request) -> web.Response:
    """Build information."""
    body = {
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": GIT_VERSION,
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "go1.27",
        "compiler": "gc",
        "platform": "linux/amd64",
    }
    return answer(request, body)


async def healthy(request: web.Request) -> web.Response:
    """Always."""
    return web.Response(text="ok")


async def core_versions(request: web.Request) -> web.Response:
    """Versions of the core group."""
    where = {"clientCIDR": "0.0.0.0/0", "serverAddress": request.host}
    body = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [where]}
    return answer(request, body)


def _group(name: str, version_: str) -> dict[str, Any]:
    both = {"groupVersion": f"{name}/{version_}", "version": version_}
    return {"name": name, "versions": [both], "preferredVersion": both}


async def groups(request: web.Request) -> web.Response:
    """All groups but the core one."""
    known = request.app[CONTEXT].catalogue.groups()
    rows = [_group(name, version_) for name, version_ in known.items()]
    return answer(request, {"kind": "APIGroupList", "apiVersion": "v1", "groups": rows})


async def one_group(request: web.Request) -> web.Response:
    """One group; a CRD's group that is not installed is not there at all."""
    name = request.match_info["group"]
    known = request.app[CONTEXT].catalogue.groups()
    if name not in known:
        return page_not_found()
    return answer(request, {"kind": "APIGroup", "apiVersion": "v1", **_group(name, known[name])})


async def resources(request: web.Request) -> web.Response:
    """Resources of one group version."""
    group, version_ = request.match_info.get("group", ""), request.match_info["version"]
    catalogue = request.app[CONTEXT].catalogue
    found = catalogue.of(group, version_)
    rows: list[dict[str, Any]] = [row for one in found for row in _rows(one)]
    if group == "authorization.k8s.io" and version_ == "v1":
        rows = [
            {
                "name": plural,
                "singularName": "",
                "namespaced": False,
                "kind": kind,
                "verbs": ["create"],
            }
            for plural, kind in (
                ("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
                ("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
            )
        ]
    if not rows:
        return page_not_found()
    return answer(
        request,
        {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{group}/{version_}" if group else version_,
            "resources": rows,
        },
    )


def _rows(one: Resource) -> list[dict[str, Any]]:
    row: dict[str, Any] = {
        "name": one.plural,
        "singularName": one.kind.lower(),
        "namespaced": one.namespaced,
        "kind": one.kind,
        "verbs": list(one.verbs),
    }
    if one.short:
        row["shortNames"] = list(one.short)
    if one.categories:
        row["categories"] = list(one.categories)
    parts = [
        {
            "name": f"{one.plural}/{part}",
            "singularName": "",
            "namespaced": one.namespaced,
            "kind": "Scale" if part == "scale" else one.kind,
            "verbs": ["get"] if part == "log" else ["get", "patch", "update"],
        }
        for part in one.subresources
    ]
    return [row, *parts]


def _places(catalogue: Catalogue) -> dict[str, list[Resource]]:
    places: dict[str, list[Resource]] = {}
    for one in catalogue.all():
        root = "apis" if one.group else "api"
        places.setdefault(f"{root}/{one.api_version}", []).append(one)
    return places


async def openapi_index(request: web.Request) -> web.Response:
    """Where the OpenAPI documents are."""
    places = _places(request.app[CONTEXT].catalogue)
    paths = {place: {"serverRelativeURL": f"{OPENAPI}/{place}?hash=0"} for place in places}
    return answer(request, {"paths": paths})


async def openapi_document(request: web.Request) -> web.Response:
    """One group version: what can be patched, and how."""
    place = request.match_info["place"]
    resources = _places(request.app[CONTEXT].catalogue).get(place)
    if resources is None:
        return page_not_found()
    paths: Object = {}
    for one in resources:
        inside = "/namespaces/{namespace}" if one.namespaced else ""
        names = ("dryRun", "fieldManager", "fieldValidation", "force")
        paths[f"/{place}{inside}/{one.plural}/{{name}}"] = {
            "patch": {
                "parameters": [
                    {"name": name, "in": "query", "schema": {"type": "string"}} for name in names
                ],
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {
                    "group": one.group,
                    "version": one.version,
                    "kind": one.kind,
                },
            },
        }
    info = {"title": "Kubernetes", "version": "v1.36.0"}
    return answer(request, {"openapi": "3.0.0", "info": info, "paths": paths})
