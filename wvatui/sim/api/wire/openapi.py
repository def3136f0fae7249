"""As much OpenAPI as kubectl needs to apply: that the server validates fields itself."""

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.context import CONTEXT
from wvatui.sim.api.wire.kinds import Catalogue, Resource
from wvatui.sim.api.wire.status import page_not_found
from wvatui.sim.api.wire.wire import answer

ROOT = "/openapi/v3"


def routes() -> list[web.RouteDef]:
    """The index, and one document a group version."""
    return [web.get(ROOT, index), web.get(ROOT + "/{place:.+}", document)]


def _places(catalogue: Catalogue) -> dict[str, list[Resource]]:
    places: dict[str, list[Resource]] = {}
    for one in catalogue.all():
        root = "apis" if one.group else "api"
        places.setdefault(f"{root}/{one.api_version}", []).append(one)
    return places


async def index(request: web.Request) -> web.Response:
    """Where the documents are."""
    places = _places(request.app[CONTEXT].catalogue)
    paths = {place: {"serverRelativeURL": f"{ROOT}/{place}?hash=0"} for place in places}
    return answer(request, {"paths": paths})


async def document(request: web.Request) -> web.Response:
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
