"""The state shared by all parts of the simulated API server, with its users and their rights.

A token or certificate gives the identity, rules give the identity's rights.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import web

from wvatui.sim.api.wire.kinds import Catalogue, Resource
from wvatui.sim.api.wire.status import forbidden, no_resource
from wvatui.sim.api.wire.streams import Streams
from wvatui.sim.faults import Faults
from wvatui.sim.kubelet.failures import Failures
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

ADMIN = "wvatui-sim-admin"
_GROUPLESS = {"", "*"}


class Attempt(NamedTuple):
    """The attributes of a request by which an authorizer decides."""

    verb: str
    group: str
    resource: str
    """With its subresource: `pods`, `pods/log`."""
    namespace: str
    """Empty: the whole cluster."""


@dataclass(frozen=True)
class AccessRule:
    """Matches attempts; `*` matches all. `resource` may be `pods`, `pods/log`, `jobs.batch`."""

    verb: str = "*"
    resource: str = "*"
    namespace: str = "*"

    def matches(self, attempt: Attempt) -> bool:
        """Whether this rule applies to the attempt."""
        base, _, group = self.resource.partition(".")
        if self.resource != "*" and base != attempt.resource:
            return False
        if group and group != attempt.group:
            return False
        return self.verb in ("*", attempt.verb) and self.namespace in ("*", attempt.namespace)


@dataclass
class AccessRules:
    """The configured access. Without any, everybody on loopback is the administrator.

    `anonymous`: user name of a request without credentials; None: such requests are refused. `deny`
    takes precedence over everything; a user with `grants` may do only what they allow. `asked`
    records every attempt with its user.
    """

    anonymous: str | None = ADMIN
    tokens: dict[str, str] = field(default_factory=dict)
    """Token -> user name."""
    secret: bytes = b""
    """Key that signs tokens with an expiry, see `signed_token`; empty: there are none."""
    denied: dict[str, list[AccessRule]] = field(default_factory=dict)
    granted: dict[str, list[AccessRule]] = field(default_factory=dict)
    asked: set[tuple[str, Attempt]] = field(default_factory=set)

    def deny(
        self, verb: str = "*", resource: str = "*", namespace: str = "*", user: str = "*"
    ) -> None:
        """Remove a right from `user`, or from everybody."""
        self.denied.setdefault(user, []).append(AccessRule(verb, resource, namespace))

    def grant(self, user: str, namespace: str, rules: Iterable[Mapping[str, Any]]) -> None:
        """Bind a Role: its `rules` (as in YAML) are all that `user` may do, with other grants."""
        mine = self.granted.setdefault(user, [])
        for rule in rules:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    name = resource if group in _GROUPLESS else f"{resource}.{group}"
                    mine += [AccessRule(verb, name, namespace) for verb in rule["verbs"]]

    def identify(self, authorization: str, common_name: str) -> str | None:
        """The user's name, from the bearer token or certificate; None: 401."""
        if authorization:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                return None
            return self.tokens.get(token) or self._signed_user(token)
        return common_name or self.anonymous

    def allows(self, user: str, attempt: Attempt) -> bool:
        """Whether `user` may do it."""
        for rule in [*self.denied.get("*", ()), *self.denied.get(user, ())]:
            if rule.matches(attempt):
                return False
        grants = self.granted.get(user)
        return grants is None or any(rule.matches(attempt) for rule in grants)

    def rules_of(self, user: str) -> list[AccessRule]:
        """The grants of `user`; everything where there are no specific grants."""
        return self.granted.get(user, [AccessRule()])

    def _signed_user(self, token: str) -> str | None:
        user, _, rest = token.partition(".")
        expiry, _, signature = rest.partition(".")
        if not (self.secret and expiry.isdigit() and signature):
            return None
        if not hmac.compare_digest(token, signed_token(self.secret, user, int(expiry))):
            return None
        return user if int(expiry) > time.time() else None


def signed_token(secret: bytes, user: str, expiry: int) -> str:
    """A token that proves `user` until `expiry` (epoch seconds of the wall clock)."""
    signature = hmac.new(secret, f"{user}.{expiry}".encode(), hashlib.sha256).hexdigest()
    return f"{user}.{expiry}.{signature}"


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
    kubernetes: str = "1.36"
    """Minor release that it reports."""
    failures: Failures | None = None
    """Planned failures of pods; None: none can be planned."""


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
USER: web.RequestKey[str] = web.RequestKey("user", str)


@dataclass(frozen=True)
class RequestTarget:
    """The target of a request: a resource, with or without a namespace and an object's name."""

    context: Context
    resource: Resource
    namespace: str
    name: str
    subresource: str

    @classmethod
    def of(cls, request: web.Request) -> "RequestTarget":
        """The target in the request's path. Raises 404 for an unknown resource."""
        context = request.app[CONTEXT]
        info = request.match_info
        group, version = info.get("group", ""), info["version"]
        resource = context.catalogue.find(group, version, info["plural"])
        if resource is None:
            if any(not served.custom for served in context.catalogue.of(group, version)):
                raise no_resource()
            raise web.HTTPNotFound  # no such group: no API would write a Status
        subresource = info.get("subresource", "")
        if subresource and subresource not in resource.subresources:
            raise no_resource()
        namespace = info.get("namespace", "")
        if not resource.namespaced and namespace:
            raise no_resource()
        return cls(context, resource, namespace, info.get("name", ""), subresource)

    @classmethod
    def allowed(cls, request: web.Request, verb: str) -> "RequestTarget":
        """The same, where the user has the right to `verb`. Raises the 403 otherwise."""
        target = cls.of(request)
        target.require(request, verb)
        return target

    def require(self, request: web.Request, verb: str) -> None:
        """Raise the 403 unless the user of this request has the right to `verb`."""
        resource, access = self.resource, self.context.access
        what = f"{resource.plural}/{self.subresource}" if self.subresource else resource.plural
        attempt = Attempt(verb, resource.group, what, self.namespace)
        user = request[USER]
        access.asked.add((user, attempt))
        if not access.allows(user, attempt):
            place = self.namespace
            raise forbidden(user, verb, resource, self.subresource, place, self.name)
