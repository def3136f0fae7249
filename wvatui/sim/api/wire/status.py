"""Errors as a Kubernetes API server writes them (`metav1.Status`)."""

from typing import Any

import msgspec
from aiohttp import web

from wvatui.sim.api.wire.kinds import Resource

PRIVATE = {"Cache-Control": "no-cache, private"}


class Refusal(Exception):  # noqa: N818 - an answer of the API
    """Ends a request with a Status. `headers` are added to the answer."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.body = failure(code, reason, message, details)
        self.headers = headers or {}

    def response(self) -> web.Response:
        """The answer over HTTP."""
        body = pretty(self.body)
        headers = {**PRIVATE, **self.headers}
        if self.code == 403:
            headers["X-Content-Type-Options"] = "nosniff"
        return web.Response(
            status=self.code, body=body, content_type="application/json", headers=headers
        )


def pretty(body: object) -> bytes:
    """JSON, indented, as people read Status bodies."""
    return msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n"


def failure(
    code: int, reason: str, message: str, details: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The Status object; details None leaves the key out."""
    status: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
    }
    if details is not None:
        status["details"] = details
    return status | {"code": code}


def _details(resource: Resource, name: str) -> dict[str, Any]:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    return {key: value for key, value in details.items() if value}


def not_found(resource: Resource, name: str) -> Refusal:
    """404: no such object."""
    message = f'{resource.qualified} "{name}" not found'
    return Refusal(404, "NotFound", message, _details(resource, name))


def no_resource() -> Refusal:
    """404: a known group has no such resource."""
    message = "the server could not find the requested resource"
    return Refusal(404, "NotFound", message, {})


def already_exists(resource: Resource, name: str) -> Refusal:
    """409 on create: the object exists."""
    message = f'{resource.qualified} "{name}" already exists'
    return Refusal(409, "AlreadyExists", message, _details(resource, name))


def conflict(resource: Resource, name: str) -> Refusal:
    """409 on update: another client changed the object first."""
    message = (
        f'Operation cannot be fulfilled on {resource.qualified} "{name}": the object has been '
        "modified; please apply your changes to the latest version and try again"
    )
    return Refusal(409, "Conflict", message, _details(resource, name))


def invalid(resource: Resource, name: str, causes: list[tuple[str, str, str]]) -> Refusal:
    """422. `causes`: (field, reason, message)."""
    messages = [f"{field}: {message}" for field, _, message in causes]
    text = messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {"name": name, "group": resource.group, "kind": resource.kind}
    rows = [{"reason": why, "message": message, "field": field} for field, why, message in causes]
    return Refusal(
        422,
        "Invalid",
        f'{kind} "{name}" is invalid: {text}',
        {key: value for key, value in details.items() if value} | {"causes": rows},
    )


def bad_request(message: str) -> Refusal:
    """400."""
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    """401: the credentials are missing or invalid."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def forbidden(
    user: str, verb: str, resource: Resource, subresource: str, namespace: str, name: str
) -> Refusal:
    """403, naming the missing right."""
    what = f"{resource.plural}/{subresource}" if subresource else resource.plural
    subject = f'{resource.qualified} "{name}"' if name else resource.qualified
    place = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{user}" cannot {verb} resource "{what}" '
        f'in API group "{resource.group}" {place}'
    )
    return Refusal(403, "Forbidden", message, _details(resource, name))


def expired(message: str) -> Refusal:
    """410: the history does not reach back far enough."""
    return Refusal(410, "Expired", message)


def too_many(retry_after_s: int) -> Refusal:
    """429 with Retry-After."""
    return Refusal(
        429,
        "TooManyRequests",
        "The server has received too many requests and has asked us to try again later",
        {"retryAfterSeconds": retry_after_s},
        {"Retry-After": str(retry_after_s)},
    )


def internal(message: str) -> Refusal:
    """500."""
    details = {"causes": [{"message": message}]}
    return Refusal(500, "InternalError", f"Internal error occurred: {message}", details)


def unavailable(message: str) -> Refusal:
    """503, in the words of the proxy of pods and services."""
    return Refusal(503, "ServiceUnavailable", message)


def page_not_found() -> web.Response:
    """The answer of an API group that does not exist, which is no Status."""
    return web.Response(
        status=404,
        text="404 page not found\n",
        headers={**PRIVATE, "X-Content-Type-Options": "nosniff"},
    )
