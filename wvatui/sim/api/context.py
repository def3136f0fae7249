"""What every part of the simulated API server works with."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from wvatui.sim.api.access import AccessRules, Attempt
from wvatui.sim.api.wire.kinds import Catalogue, Resource
from wvatui.sim.api.wire.status import forbidden, no_resource
from wvatui.sim.api.wire.streams import Streams
from wvatui.sim.faults import Faults
from wvatui.sim.kubelet.failures import Failures
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pages import PodPages
from wvatui.sim.store import Store


@dataclass
class Context:
    """One simulated API server."""

    store: Store
    logbook: LogBook
    pages: PodPages
    access: AccessRules
    catalogue: Catalogue
    faults: Faults
    streams: Streams
    terminate: Callable[[str, str], None] | None = None
    """Ends a pod (namespace, name) before it is removed; None: pods go at once."""
    failures: Failures | None = None
    """What goes wrong with pods; None: nothing can."""


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
USER: web.RequestKey[str] = web.RequestKey("user", str)


@dataclass(frozen=True)
class RequestTarget:
    """What a request is about: a resource, perhaps in a namespace, perhaps one object of it."""

    context: Context
    resource: Resource
    namespace: str
    name: str
    subresource: str

    @classmethod
    def of(cls, request: web.Request) -> "RequestTarget":
        """Read it from the path. Raises 404 for a resource that is not there."""
        context = request.app[CONTEXT]
        info = request.match_info
        group, version = info.get("group", ""), info["version"]
        resource = context.catalogue.find(group, version, info["plural"])
        if resource is None:
            if any(not one.custom for one in context.catalogue.of(group, version)):
                raise no_resource()
            raise web.HTTPNotFound  # no such group: nobody is there to write a Status
        subresource = info.get("subresource", "")
        if subresource and subresource not in resource.subresources:
            raise no_resource()
        namespace = info.get("namespace", "")
        if not resource.namespaced and namespace:
            raise no_resource()
        return cls(context, resource, namespace, info.get("name", ""), subresource)

    def require(self, request: web.Request, verb: str) -> None:
        """Raise the 403 unless the user of this request may do it."""
        resource, access = self.resource, self.context.access
        what = f"{resource.plural}/{self.subresource}" if self.subresource else resource.plural
        attempt = Attempt(verb, resource.group, what, self.namespace)
        user = request[USER]
        access.asked.add((user, attempt))
        if not access.allows(user, attempt):
            place = self.namespace
            raise forbidden(user, verb, resource, self.subresource, place, self.name)
