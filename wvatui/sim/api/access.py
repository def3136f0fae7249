"""Who asks, and what they may do: identities by token or certificate, rules by identity."""

import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ADMIN = "wvatui-sim-admin"
_GROUPLESS = {"", "*"}


class Attempt(NamedTuple):
    """What somebody wants: the attributes that a real authorizer decides by."""

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
        """Whether this rule speaks about the attempt."""
        base, _, group = self.resource.partition(".")
        if self.resource != "*" and base != attempt.resource:
            return False
        if group and group != attempt.group:
            return False
        return self.verb in ("*", attempt.verb) and self.namespace in ("*", attempt.namespace)


@dataclass
class AccessRules:
    """The configured access. Without any, everybody on loopback is the administrator.

    `anonymous` is who comes without credentials; None: nobody may. `deny` beats everything; a
    user with `grants` may do only what they say. `asked` remembers every attempt with its user.
    """

    anonymous: str | None = ADMIN
    tokens: dict[str, str] = field(default_factory=dict)
    """Token -> user name."""
    secret: bytes = b""
    """Signs tokens that expire, see `signed_token`; empty: there are none."""
    denied: dict[str, list[AccessRule]] = field(default_factory=dict)
    granted: dict[str, list[AccessRule]] = field(default_factory=dict)
    asked: set[tuple[str, Attempt]] = field(default_factory=set)

    def deny(
        self, verb: str = "*", resource: str = "*", namespace: str = "*", user: str = "*"
    ) -> None:
        """Take a right away from `user`, or from everybody."""
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
        """The user's name by bearer token or certificate; None: 401."""
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
        """The grants of `user`; everything when nothing was granted in particular."""
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
