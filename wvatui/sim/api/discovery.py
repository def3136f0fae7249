"""The server's descriptions of itself: resources, the OpenAPI that `kubectl apply` needs, and
rights."""

from typing import Any

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.context import CONTEXT, USER, Attempt
from wvatui.sim.api.wire.kinds import VERBS, Catalogue, Resource
from wvatui.sim.api.wire.status import page_not_found
from wvatui.sim.api.wire.wire import answer, body_of

ROOT = "/apis/authorization.k8s.io/v1"


def review_routes() -> list[web.RouteDef]:
    """The two reviews that any user may create."""
    return [
        web.post(f"{ROOT}/selfsubjectaccessreviews", access_review),
        web.post(f"{ROOT}/selfsubjectrulesreviews", rules_review),
    ]


async def _spec(request: web.Request) -> dict[str, Any]:
    body = await body_of(request)
    return (body.get("spec") or {}) if isinstance(body, dict) else {}


def _review(request: web.Request, kind: str, spec: Object, status: Object) -> web.Response:
    head = {"kind": kind, "apiVersion": "authorization.k8s.io/v1", "metadata": {}}
    return answer(request, head | {"spec": spec, "status": status}, status=201)


async def access_review(request: web.Request) -> web.Response:
    """SelfSubjectAccessReview."""
    spec = await _spec(request)
    wanted = spec.get("resourceAttributes") or {}
    resource = str(wanted.get("resource", ""))
    if wanted.get("subresource"):
        resource += f"/{wanted['subresource']}"
    attempt = Attempt(
        str(wanted.get("verb", "")),
        str(wanted.get("group", "")),
        resource,
        str(wanted.get("namespace", "")),
    )
    allowed = request.app[CONTEXT].access.allows(request[USER], attempt)
    return _review(request, "SelfSubjectAccessReview", spec, {"allowed": allowed})


async def rules_review(request: web.Request) -> web.Response:
    """SelfSubjectRulesReview: what `kubectl auth can-i --list` shows."""
    rules = []
    for rule in request.app[CONTEXT].access.rules_of(request[USER]):
        name, _, group = rule.resource.partition(".")
        groups = ["*"] if name == "*" else [group]
        rules.append({"verbs": [rule.verb], "apiGroups": groups, "resources": [name]})
    status = {"resourceRules": rules, "nonResourceRules": [], "incomplete": False}
    return _review(request, "SelfSubjectRulesReview", await _spec(request), status)


OPENAPI = "/openapi/v3"


def routes() -> list[web.RouteDef]:
    """The routes of discovery, which clients request first."""
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
    minor = request.app[CONTEXT].kubernetes
    number = minor.partition(".")[2]
    body = {
        "major": "1",
        "minor": number,
        "emulationMajor": "1",
        "emulationMinor": number,
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": str(int(number) - 1),
        "gitVersion": f"v{minor}.0+wvatui-sim",
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
    """One group; that of a CRD that is not installed does not exist."""
    name = request.match_info["group"]
    known = request.app[CONTEXT].catalogue.groups()
    if name not in known:
        return page_not_found()
    return answer(request, {"kind": "APIGroup", "apiVersion": "v1", **_group(name, known[name])})


async def resources(request: web.Request) -> web.Response:
    """Resources of one group version."""
    group, version_ = request.match_info.get("group", ""), request.match_info["version"]
    catalogue = request.app[CONTEXT].catalogue
    served = catalogue.of(group, version_)
    rows: list[dict[str, Any]] = [row for resource in served for row in _rows(resource)]
    if group == "authorization.k8s.io" and version_ == "v1":
        rows = [
            _row(f"{kind.lower()}s", False, kind, "create")
            for kind in ("SelfSubjectAccessReview", "SelfSubjectRulesReview")
        ]
    if not rows:
        return page_not_found()
    named = f"{group}/{version_}" if group else version_
    head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": named}
    return answer(request, head | {"resources": rows})


def _row(name: str, namespaced: bool, kind: str, *verbs: str) -> dict[str, Any]:
    head = {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind}
    return head | {"verbs": list(verbs)}


def _rows(resource: Resource) -> list[dict[str, Any]]:
    row = _row(resource.plural, resource.namespaced, resource.kind, *VERBS)
    row["singularName"] = resource.kind.lower()
    if resource.short:
        row["shortNames"] = list(resource.short)
    if resource.categories:
        row["categories"] = list(resource.categories)
    parts = []
    for part in resource.subresources:
        kind = "Scale" if part == "scale" else resource.kind
        verbs = ("get",) if part == "log" else ("get", "patch", "update")
        parts.append(_row(f"{resource.plural}/{part}", resource.namespaced, kind, *verbs))
    return [row, *parts]


def _places(catalogue: Catalogue) -> dict[str, list[Resource]]:
    places: dict[str, list[Resource]] = {}
    for resource in catalogue.all():
        root = "apis" if resource.group else "api"
        places.setdefault(f"{root}/{resource.api_version}", []).append(resource)
    return places


async def openapi_index(request: web.Request) -> web.Response:
    """The paths of the OpenAPI documents."""
    places = _places(request.app[CONTEXT].catalogue)
    paths = {place: {"serverRelativeURL": f"{OPENAPI}/{place}?hash=0"} for place in places}
    return answer(request, {"paths": paths})


async def openapi_document(request: web.Request) -> web.Response:
    """The document of one group version: its kinds, and how they can be patched."""
    place = request.match_info["place"]
    resources = _places(request.app[CONTEXT].catalogue).get(place)
    if resources is None:
        return page_not_found()
    paths: Object = {}
    for resource in resources:
        inside = "/namespaces/{namespace}" if resource.namespaced else ""
        names = ("dryRun", "fieldManager", "fieldValidation", "force")
        paths[f"/{place}{inside}/{resource.plural}/{{name}}"] = {
            "patch": {
                "parameters": [
                    {"name": name, "in": "query", "schema": {"type": "string"}} for name in names
                ],
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {
                    "group": resource.group,
                    "version": resource.version,
                    "kind": resource.kind,
                },
            },
        }
    info = {"title": "Kubernetes", "version": f"v{request.app[CONTEXT].kubernetes}.0"}
    return answer(request, {"openapi": "3.0.0", "info": info, "paths": paths})
