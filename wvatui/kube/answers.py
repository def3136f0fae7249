"""What an API server's refusal says, in one line."""

import re

import msgspec

from wvatui.errors import ClusterError, DeniedError

TEXT_LIMIT = 300
_TAG = re.compile(r"<[^>]*>")


class ApiError(ClusterError):
    """The API server, or a pod behind its proxy, answered with an error status."""

    def __init__(
        self, message: str, *, status: int, reason: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s


class StatusObject(msgspec.Struct):
    """meta/v1 Status."""

    kind: str = ""
    message: str = ""
    reason: str = ""
    code: int = 0


def read_status(body: bytes) -> StatusObject | None:
    """The Status object in `body`; None when it holds something else."""
    try:
        found = msgspec.json.decode(body, type=StatusObject)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.kind == "Status" else None


def error_of(status: int, body: bytes, retry_after: str = "") -> ClusterError:
    """The error for an answer with `status` >= 300.

    401 and 403 of the API server itself are DeniedError; a pod's own, behind the proxy, are not.
    """
    told = read_status(body)
    message = one_line(told.message if told else _plain(body)) or f"HTTP {status}"
    if told is not None and status in (401, 403):
        return DeniedError(message if status == 403 else f"{message} (401)")
    return ApiError(
        message,
        status=status,
        reason=told.reason if told else "",
        retry_after_s=float(retry_after) if retry_after.isdigit() else None,
    )


def _plain(body: bytes) -> str:
    """Readable text of an answer that is no Status: proxies and load balancers write HTML."""
    text = body[:4096].decode("utf-8", "replace")
    return _TAG.sub(" ", text) if text.lstrip().startswith("<") else text


def one_line(text: str) -> str:
    """`text` on one line of at most `TEXT_LIMIT` characters."""
    line = " ".join(text.split())
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"
