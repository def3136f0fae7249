"""The answers of an API server: an object, a refusal, or a broken connection.

Each error becomes one line that is safe to draw and holds no secret.
"""

import html
import json
import re
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import copysign
from typing import Any

import msgspec

from wvatui.core.lines import clean
from wvatui.core.redact import HIDDEN, redacted_text
from wvatui.errors import ClusterError, DeniedError

TEXT_LIMIT = 400
_SHORTEST_SECRET = 4
"""Shorter passwords are not hidden, as that would garble many messages."""

_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.I | re.S)
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"<[^>]*>")
_LACKING = re.compile(r'cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?')


class ApiError(ClusterError):
    """The API server, or a pod behind its proxy, answered with an error status.

    `retry_after_s`: seconds after which the server asks for a retry; None: it does not say.
    """

    def __init__(
        self, message: str, *, status: int, reason: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s


class NoAnswerError(ClusterError):
    """No answer came within the time that a request has."""


class UnauthorizedError(DeniedError):
    """401: the API server does not know who we are."""


class RetryAfter:
    """Paths that a busy server (429) must not be asked for before a time that it named."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now`: the time, UTC epoch seconds."""
        self._now = now
        self._by_path: dict[str, tuple[float, ApiError]] = {}

    def clear(self) -> None:
        """Forget all waiting times."""
        self._by_path.clear()

    def note(self, method: str, path: str, error: ClusterError) -> None:
        """Remember the waiting time of an error, if it names one; one that a pod sent through the
        proxy is not the server's own."""
        is_its_own = method == "GET" and "/proxy/" not in path
        if not is_its_own or not isinstance(error, ApiError) or error.status != 429:
            return
        if error.retry_after_s:
            until = self._now() + error.retry_after_s
            self._by_path[path.partition("?")[0]] = until, error

    def check(self, method: str, path: str) -> None:
        """Raise the remembered ApiError for this path while its waiting time lasts."""
        key = path.partition("?")[0]
        if method != "GET" or key not in self._by_path:
            return
        until, said = self._by_path[key]
        left_s = until - self._now()
        if left_s > 0.0:
            words, status, reason = said.message, said.status, said.reason
            raise ApiError(words, status=status, reason=reason, retry_after_s=left_s)
        del self._by_path[key]


class _Details(msgspec.Struct):
    retry_after: float = msgspec.field(name="retryAfterSeconds", default=0.0)


class StatusObject(msgspec.Struct):
    """A Status object (meta/v1)."""

    kind: str = ""
    message: str = ""
    reason: str = ""
    code: int = 0
    details: _Details | None = None


def read_status(body: bytes) -> StatusObject | None:
    """The Status object in `body`; None when it holds something else."""
    try:
        status = msgspec.json.decode(body, type=StatusObject)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return status if status.kind == "Status" else None


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
    answered = read_status(body)
    what = f"{method} {path.partition('?')[0]}"
    if answered is not None:
        message = one_line(answered.message, secrets) or _phrase(status)
    else:
        message = _plain(status, body, secrets)
    if status in (401, 403) and (answered is not None or "/proxy/" not in path):
        if status == 401:
            return UnauthorizedError(message)
        # The API server names verb and resource; a proxy in front of it does not.
        return DeniedError(message if _LACKING.search(message) else f"{message} ({what})")
    return ApiError(
        message,
        status=status,
        reason=answered.reason if answered else "",
        retry_after_s=_retry_after(retry_after, answered),
    )


def lacking(message: str) -> tuple[str, str] | None:
    """The verb and resource that a refusal names, as RBAC writes them; None when it names none.

    The API server's message: `cannot list resource "pods" in API group "" in the namespace "x"`.
    """
    match = _LACKING.search(message)
    if match is None:
        return None
    verb, resource, group = match.groups()
    plural, slash, sub = resource.partition("/")
    return verb, f"{plural}.{group}{slash}{sub}" if group else resource


def _retry_after(header: str, answered: StatusObject | None) -> float | None:
    """Seconds to wait, from the Retry-After header or the Status; a date in the header is
    ignored."""
    if header.strip().isdigit():
        return float(header)
    seconds = answered.details.retry_after if answered and answered.details else 0.0
    return seconds if seconds > 0 else None


def _plain(status: int, body: bytes, secrets: Iterable[str]) -> str:
    """Readable text of an error body that is no Status: proxies and load balancers send HTML."""
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


# --- any text, in one line -----------------------------------------------------------------


def one_line(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one line of at most `TEXT_LIMIT` characters that is safe to draw.

    `secrets`: values to hide in it; anything that looks like a credential is hidden as well.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    text = text[: 4 * TEXT_LIMIT]
    line = clean(" ".join(redacted_text(text).split()))
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"


# --- objects -------------------------------------------------------------------------------


def decode_object(body: bytes) -> dict[str, Any]:
    """The object in `body`; bad characters become U+FFFD, NaN and infinity None.

    msgspec refuses invalid UTF-8, lone surrogates, NaN and infinity; one such value in one
    annotation must not lose a whole list.

    Raises ValueError when the body is not JSON or not an object.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.ValidationError as error:
        raise ValueError("no object") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=_no_number)
        if b"\\ud" in body.lower():
            whole = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
            value = json.loads(whole.decode("utf-16", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _no_number(_: str) -> None:
    return None


def ahead_of(date: str, asked_at: float, answered_at: float) -> float | None:
    """Seconds by which this machine's clock is certainly ahead of the Date header (RFC 9110) of an
    answer; negative: behind; None: the header has no time.

    The header names a whole second, so half a second stays uncertain. When during a slow request it
    was stamped is unknown too, so half of the request's duration is subtracted as well.
    """
    try:
        stamped_at = parsedate_to_datetime(date).timestamp() + 0.5
    except ValueError:
        return None
    ahead_s = (asked_at + answered_at) / 2 - stamped_at
    return copysign(max(0.0, abs(ahead_s) - (answered_at - asked_at) / 2), ahead_s)
