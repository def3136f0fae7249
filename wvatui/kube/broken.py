"""What happened to a connection, in words that people search for."""

import socket
import ssl
from collections.abc import Iterator

import httpx


def words(error: httpx.HTTPError) -> str:
    """Why there was no answer, or only half of one."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {cause.reason or cause}".replace("_", " ").lower()
        if isinstance(cause, socket.gaierror):
            return f"the name cannot be resolved: {cause.strerror}"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return "connection reset"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    text = str(error)
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused: {text}"
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" in text:
        return "the connection was closed in the middle of an answer"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.CloseError):
        return text or "connection reset"
    return text or type(error).__name__


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """What led to `error`, the nearest first; every member of a group."""
    if depth > 10:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _causes(member, depth + 1)
    below = error.__cause__ or error.__context__
    if below is not None:
        yield from _causes(below, depth + 1)
