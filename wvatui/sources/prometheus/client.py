"""HTTP to the query API of a Prometheus, or of a compatible server (Thanos, VictoriaMetrics).

Source: Prometheus docs/querying/api.md ("Format overview", "Range queries").
"""

import base64
import os
import re
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import httpx
import msgspec

import wvatui
from wvatui.clock import Backoff
from wvatui.core.lines import clean
from wvatui.core.redact import redacted_text
from wvatui.errors import ClusterError, DeniedError, UsageError
from wvatui.kube.answers import one_line
from wvatui.kube.auth import Credentials
from wvatui.kube.transport import broken_words, proxy_for, proxy_told, tls

TRIES = 5
"""Most tries of one request, where the server is away or its answer incomplete."""
FIRST_WAIT_S = 1.0
"""Wait before the second try, seconds; it doubles for each further one."""
CONNECT_S = 10.0
"""Time-out for connecting, seconds; a query may take much longer."""
ANSWER_BYTES = 1 << 29
"""Longest answer accepted, bytes; a longer one is requested again in shorter ranges."""
_TOO_MUCH = (
    "maximum resolution",
    "too many samples",
    "too many series",
    "too large",
    "timed out",
    "deadline exceeded",
    "time range exceeds",
    "the limit",
)
"""Error texts of Prometheus, Thanos, Mimir and proxies for a range that is too long."""
_TOO_LARGE = (413, 414, 422, 504)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class TooMuchError(ClusterError):
    """The server cannot answer for such a long range; a shorter one may work."""


class QueryRefusedError(ClusterError):
    """The server refused the request: it does not know the query or the path."""


class _Sampled(msgspec.Struct):
    values: list[tuple[float, str]] = []


class _SampledData(msgspec.Struct):
    result: list[_Sampled] = []


class _SampledReply(msgspec.Struct):
    data: _SampledData


_decode_samples = msgspec.json.Decoder(_SampledReply).decode


class _Series(msgspec.Struct):
    metric: msgspec.Raw = msgspec.Raw(b"{}")


class _Data(msgspec.Struct, rename="camel"):
    result_type: str = ""
    result: list[_Series] = []


class _Reply(msgspec.Struct, rename="camel"):
    status: str = ""
    data: _Data | None = None
    error_type: str = ""
    error: str = ""


_decode = msgspec.json.Decoder(_Reply).decode


def series_in(body: bytes) -> set[bytes] | None:
    """The series of an answer, each identified by its name and labels; None: the answer is
    incomplete."""
    try:
        reply = _decode(body)
    except _UNREADABLE:
        return None
    return {bytes(each.metric) for each in reply.data.result} if reply.data is not None else None


def times_in(body: bytes) -> list[list[float]]:
    """The times of each series' samples in an answer, UTC epoch seconds; empty where it is no such
    answer."""
    try:
        return [[at for at, _ in each.values] for each in _decode_samples(body).data.result]
    except _UNREADABLE:
        return []


class PrometheusAccess(NamedTuple):
    """Address and credentials of a server. `url`: with user and password for basic authentication.

    `token_file` is read for each request, as tokens are renewed in place. `ca`: a PEM file.
    """

    url: str
    token_file: Path | None = None
    ca: Path | None = None
    verify: bool = True
    timeout_s: float = 130.0
    """Time-out for one answer, seconds; Prometheus itself gives up after two minutes."""


class PrometheusClient:
    """Requests to one server.

    Every method raises ClusterError or DeniedError, in one line that holds no secret; UsageError
    for an address or a file that cannot be used.
    """

    def __init__(self, access: PrometheusAccess) -> None:
        parts = _address(access.url)
        self._basic = parts.netloc.rpartition("@")[0]
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        self.url = urlunsplit(bare).rstrip("/").removesuffix("/api/v1")
        """The address without credentials."""
        if parts.query:
            raise UsageError(f"{self.url}: what stands behind ? in the address would not be sent")
        self._access = access
        credentials = Credentials(
            server=self.url,
            ca=_text_of(access.ca, "--ca") if access.ca else "",
            verify=access.verify,
        )
        is_https = parts.scheme == "https"
        # Without TLS, the system's authorities are not needed, which take long to load.
        context = tls(credentials) if is_https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        proxy = proxy_for(credentials, os.environ)
        with proxy_told(self.url, proxy):
            transport = httpx.HTTPTransport(verify=context, proxy=proxy, trust_env=False)
        self._http = httpx.Client(
            transport=transport,
            trust_env=False,
            timeout=httpx.Timeout(access.timeout_s, connect=min(access.timeout_s, CONNECT_S)),
            headers={"accept": "application/json", "user-agent": f"wvatui/{wvatui.__version__}"},
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def query_range(self, query: str, since: float, until: float, step: float) -> bytes:
        """The samples of `query` every `step` seconds from `since` to `until`, both UTC epoch
        seconds.

        Raises TooMuchError where a shorter range may be answered.
        """
        times = {"start": f"{since:.3f}", "end": f"{until:.3f}", "step": f"{step:.3f}"}
        return self._ask("query_range", {"query": query, **times})

    def samples(self, selector: str, at: float) -> bytes:
        """The scraped samples at their own times: `selector` ends with a range, as `x[5m]`."""
        return self._ask("query", {"query": selector, "time": f"{at:.3f}"})

    def _ask(self, name: str, params: Mapping[str, str]) -> bytes:
        backoff = Backoff(FIRST_WAIT_S, 8 * FIRST_WAIT_S)
        for left in reversed(range(TRIES)):
            try:
                return self._once(f"{self.url}/api/v1/{name}", params)
            except _PassingError as error:
                if not left:
                    raise ClusterError(f"{error.message}; asked {TRIES} times") from None
                time.sleep(max(backoff.next(), error.retry_after_s))
        raise AssertionError("unreachable")

    def _once(self, address: str, params: Mapping[str, str]) -> bytes:
        headers, secrets = self._authorization()
        body, limit_s = bytearray(), self._access.timeout_s
        latest = time.monotonic() + limit_s
        try:
            with self._http.stream("GET", address, params=params, headers=headers) as answer:
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > ANSWER_BYTES:
                        raise TooMuchError(f"{self.url}: an answer of more than 512 MB")
                    if time.monotonic() > latest:
                        raise TooMuchError(f"{self.url}: no whole answer within {limit_s:g} s")
        except httpx.ReadTimeout:
            raise TooMuchError(f"{self.url}: no answer within {limit_s:g} s") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            words = one_line(broken_words(error), secrets)
            if "certificate" in words:
                raise ClusterError(
                    f"{self.url}: {words}", hint="--ca FILE: who may have signed it"
                ) from None
            raise _PassingError(f"{self.url}: {words}") from None
        except (httpx.InvalidURL, ValueError) as error:
            raise UsageError(f"{self.url}: {one_line(str(error), secrets)}") from None
        return self._read(answer, bytes(body), secrets)

    def _read(self, answer: httpx.Response, body: bytes, secrets: tuple[str, ...]) -> bytes:
        """The body of a good answer. Raises the error that its status or its content stands for."""
        status = answer.status_code
        try:
            reply = _decode(body)
            data = reply.data
        except _UNREADABLE as error:
            reply, data = _Reply(), None
            broken = "" if isinstance(error, msgspec.ValidationError) else "not whole JSON"
        else:
            broken = ""
        if status == 200 and reply.status == "success" and data is not None:
            if data.result_type != "matrix":
                raise QueryRefusedError(f"{self.url}: {data.result_type or 'nothing'}, no matrix")
            return body
        words = f"{self.url}: {status}"
        if reply.error:
            words += f": {one_line(reply.error, secrets)}"
        if status in (401, 403):
            raise DeniedError(words, hint="--token-file FILE: who asks; a token that may query")
        if status == 429:
            raise _PassingError(words, _seconds(answer.headers.get("retry-after", "")))
        is_timeout = reply.error_type in ("timeout", "canceled")
        asks_less = any(each in reply.error.lower() for each in _TOO_MUCH)
        if is_timeout or status in _TOO_LARGE or (reply.error and asks_less):
            raise TooMuchError(words)
        if status >= 500:
            raise _PassingError(words, _seconds(answer.headers.get("retry-after", "")))
        kind = answer.headers.get("content-type", "")
        if 300 <= status < 400:
            where = urlsplit(answer.headers.get("location", ""))
            words += f": sent on to {one_line(where.hostname or where.path, secrets)}"
        elif not reply.status and ("html" in kind or body.lstrip()[:1] == b"<"):
            words += ": a page for people (HTML), not the API of a Prometheus"
        elif status == 200 and broken:
            raise _PassingError(f"{self.url}: the answer is {broken}")
        elif not reply.error:
            words += ": not an answer of Prometheus"
        hint = "" if reply.error else "the address is that behind which /api/v1/query_range is"
        raise QueryRefusedError(words, hint=hint)

    def _authorization(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """The Authorization header, and the values that must appear in no message."""
        if self._access.token_file:
            token = _text_of(self._access.token_file, "--token-file").strip()
            if not token or not token.isascii() or any(each.isspace() for each in token):
                raise UsageError(f"--token-file {self._access.token_file}: holds no token")
            return {"authorization": f"Bearer {token}"}, (token,)
        if self._basic:
            plain = unquote(self._basic)
            coded = base64.b64encode(plain.encode()).decode()
            return {"authorization": f"Basic {coded}"}, (plain.partition(":")[2], coded)
        return {}, ()


class _PassingError(ClusterError):
    """A failure after which a retry may succeed."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def _address(url: str) -> SplitResult:
    """The parts of a server's address. Raises UsageError."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # an invalid port or bracket
    shown = redacted_text(clean(re.sub("//.*@", "//***@", url)))
    raise UsageError(f"{shown}: not the address of a Prometheus (http://HOST:PORT)")


def _seconds(text: str) -> float:
    """`Retry-After` in seconds, at most ten; 0 where it is a date or missing."""
    return min(float(text), 10.0) if text.isdecimal() else 0.0


def _text_of(path: Path, flag: str) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{flag} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{flag} {path}: not text") from None
