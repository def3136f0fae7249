"""What an API server's refusal says, in one line."""

import html
import re
from collections.abc import Iterable
from http import HTTPStatus

import msgspec

from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.scrub import one_line

_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.I | re.S)
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"<[^>]*>")
_LACKING = re.compile(r'cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?')


class ApiError(ClusterError):
    """The API server, or a pod behind its proxy, answered with an error status.

    `retry_after_s`: when the server wants to be asked again, seconds; None: it does not say.
    """

    def __init__(
        self, message: str, *, status: int, reason: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s


class UnauthorizedError(DeniedError):
    """401: the API server does not know who we are."""


class _Details(msgspec.Struct):
    retry_after: float = msgspec.field(name="retryAfterSeconds", default=0.0)


class StatusObject(msgspec.Struct):
    """meta/v1 Status."""

    kind: str = ""
    message: str = ""
    reason: str = ""
    code: int = 0
    details: _Details | None = None


def read_status(body: bytes) -> StatusObject | None:
    """The Status object in `body`; None when it holds something else."""
    try:
        found = msgspec.json.decode(body, type=StatusObject)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.kind == "Status" else None


def error_of(
    status: int,
    body: bytes,
    retry_after: str = "",
    *,
    method: str = "GET",
    path: str = "",
    secrets: Iterable[str] = (),
) -> ClusterError:
    """The error for an answer with `status` >= 300 to `method` `path`.

    401 and 403 of the API server, or of what stands before it, are DeniedError; those that a pod
    gave through the API server's proxy are ApiError: there the API server has let us pass.
    """
    told = read_status(body)
    what = f"{method} {path.partition('?')[0]}"
    if told is not None:
        message = one_line(told.message, secrets) or _phrase(status)
    else:
        message = _plain(status, body, secrets)
    if status in (401, 403) and (told is not None or "/proxy/" not in path):
        if status == 401:
            return UnauthorizedError(message)
        # The API server names verb and resource; a proxy before it does not.
        return DeniedError(message if _LACKING.search(message) else f"{message} ({what})")
    return ApiError(
        message,
        status=status,
        reason=told.reason if told else "",
        retry_after_s=_retry_after(retry_after, told),
    )


def lacking(message: str) -> tuple[str, str] | None:
    """Verb and resource that a refusal names, as RBAC writes them; None when it names none.

    The API server's words: `cannot list resource "pods" in API group "" in the namespace "x"`.
    """
    found = _LACKING.search(message)
    if found is None:
        return None
    verb, resource, group = found.groups()
    plural, slash, sub = resource.partition("/")
    return verb, f"{plural}.{group}{slash}{sub}" if group else resource


def _retry_after(header: str, told: StatusObject | None) -> float | None:
    """Seconds, of the header or of the Status; a date in the header is as good as nothing."""
    if header.strip().isdigit():
        return float(header)
    seconds = told.details.retry_after if told and told.details else 0.0
    return seconds if seconds > 0 else None


def _plain(status: int, body: bytes, secrets: Iterable[str]) -> str:
    """Readable text of an answer that is no Status: proxies and load balancers write HTML."""
    text = body[:4096].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = _TITLE.search(text)
        text = title.group(2) if title else _UNSEEN.sub(" ", text)
        text = html.unescape(_TAG.sub(" ", text))
    text = one_line(text, secrets)
    if not text:
        return _phrase(status)
    return text if text.startswith(str(status)) else f"HTTP {status}: {text}"


def _phrase(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
