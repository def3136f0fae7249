"""The credentials of one context of a kubeconfig, for one API server, and their renewal."""

import asyncio
import contextlib
import ipaddress
import os
import signal
import subprocess
import time
from collections.abc import Callable
from math import inf
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from wvatui.clock import Clock, WallClock
from wvatui.errors import ClusterError, ConfigError
from wvatui.host.child import Child, absolute
from wvatui.kube.answers import one_line

PLUGIN_TIMEOUT_S = 60.0
"""Wall seconds that an exec plugin may take: some open a browser."""
EARLY_S = 60.0
"""Credentials are renewed this many seconds before they expire, or after nine tenths of their
life."""
GAP_S = 10.0
"""Longest gap between two renewals, wall seconds: a server that always refuses must not keep exec
plugins running. The gap grows from `FIRST_GAP_S`; a refusal long after a renewal renews at once."""
FIRST_GAP_S = 1.0
CALM_S = 60.0
"""After this many wall seconds without a renewal the gap starts again at `FIRST_GAP_S`."""


class ClockPlace(NamedTuple):
    """The address of a simulated cluster's clock, and the clock seconds per wall second it aims
    at."""

    url: str
    speed: float


class Credentials(msgspec.Struct, frozen=True):
    """The credentials for an API server. Certificates and keys are PEM texts; empty: none."""

    server: str
    ca: str = ""
    certificate: str = ""
    key: str = ""
    authorization: str = ""
    """Value of the Authorization header."""
    verify: bool = True
    server_name: str = ""
    """Name to expect in the server's certificate, where it differs from the address."""
    proxy: str = ""
    context: str = ""
    namespace: str = ""
    clock_url: str = ""
    clock_speed: float = 1.0
    headers: list[tuple[str, str]] = []
    """Further headers of every request, which name the user to impersonate."""
    expires_at: float | None = None
    """When they expire, UTC epoch seconds; None: unknown."""

    def __repr__(self) -> str:
        return f"Credentials({self.server})"  # never a secret in a traceback or a log

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secret values, to be hidden in messages."""
        token = self.authorization.rpartition(" ")[2]
        _user, _, password = urlsplit(self.proxy).netloc.rpartition("@")[0].partition(":")
        return tuple(value for value in (self.authorization, token, self.key, password) if value)

    @property
    def link(self) -> tuple[object, ...]:
        """The fields that connections depend on; while they stay the same, connections can be
        kept."""
        return (
            self.server,
            self.ca,
            self.certificate,
            self.key,
            self.verify,
            self.server_name,
            self.proxy,
        )


class _Answer(Credentials, frozen=True):
    """The child's answer: credentials, or an error."""

    server: str = ""
    error: str = ""
    hint: str = ""


class Access:
    """Credentials of one context, renewed when they expire or are refused."""

    def __init__(
        self,
        credentials: Credentials,
        kubeconfig: str = "",
        context: str = "",
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`kubeconfig`, `context`: the source to read credentials from again."""
        self.credentials = credentials
        self._asked = (kubeconfig, context)
        self._wall = wall
        self._renewal: asyncio.Task[Credentials] | None = None
        self._renewed_at: float | None = None
        self._gap_s = FIRST_GAP_S
        self._due_at = _due_at(credentials, wall())
        self.clock: ClockPlace | None = None
        # A clock decides when things happen, so only one on this machine is trusted.
        if is_loopback_url(credentials.clock_url):
            self.clock = ClockPlace(credentials.clock_url, credentials.clock_speed)

    @property
    def context(self) -> str:
        """Name of the context."""
        return self.credentials.context

    @property
    def namespace(self) -> str:
        """Namespace of the context; empty when it names none."""
        return self.credentials.namespace

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self.credentials.server

    async def open_clock(self, *, paced: bool) -> Clock:
        """The wall clock, or the clock of a simulated cluster; `paced`: see `SteppedClock.attach`.

        Raises ClusterError where the simulated cluster's clock does not answer.
        """
        if self.clock is None:
            return WallClock()
        from wvatui.kube.stepped import SteppedClock

        return await SteppedClock.attach(self.clock.url, speed=self.clock.speed, paced=paced)

    async def current(self) -> Credentials:
        """The credentials, renewed first when they are about to expire.

        Raises ClusterError when they have expired and could not be renewed.
        """
        if self._due_at is None or self._wall() < self._due_at or self._is_recent():
            return self.credentials
        try:
            return await self.renew(self.credentials)
        except ClusterError:
            expires_at = self.credentials.expires_at
            if expires_at is not None and self._wall() >= expires_at:
                raise
            return self.credentials

    async def renew(self, stale: Credentials) -> Credentials:
        """Credentials newer than `stale`, where there are any, from rotated tokens or exec plugins.

        Concurrent callers share one reading. Raises ClusterError when they cannot be read.
        """
        if self.credentials is not stale:
            return self.credentials
        if self._renewal is None:
            if self._is_recent():
                return self.credentials
            self._renewal = asyncio.create_task(self._renew(), name="credentials")
        return await asyncio.shield(self._renewal)

    async def _read(self) -> Credentials:
        """Read the credentials from their source."""
        return (await open_access(*self._asked)).credentials

    async def aclose(self) -> None:
        """Cancel a renewal that is under way, with its exec plugin."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    def _is_recent(self) -> bool:
        return self._since_renewal() < self._gap_s

    def _since_renewal(self) -> float:
        """Wall seconds since the last renewal."""
        at = self._renewed_at
        return inf if at is None else abs(time.monotonic() - at)

    async def _renew(self) -> Credentials:
        try:
            self.credentials = await self._read()
        except ConfigError as error:
            raise ClusterError(
                f"credentials cannot be renewed: {error.message}", hint=error.hint
            ) from None
        finally:
            is_again = self._since_renewal() < CALM_S
            self._gap_s = min(GAP_S, 2 * self._gap_s) if is_again else FIRST_GAP_S
            self._renewed_at = time.monotonic()
            self._renewal = None
        self._due_at = _due_at(self.credentials, self._wall())
        return self.credentials


def load(kubeconfig: str | None, context: str | None) -> Access:
    """Credentials of `context` (None: the current one) of `kubeconfig` (None: the usual files).

    Blocks while exec plugins run; see `open_access`. Raises ConfigError that names the file and
    what is wrong.
    """
    return CredentialChild(kubeconfig, context).wait()


async def open_access(kubeconfig: str | None, context: str | None) -> Access:
    """As `load`, without blocking: a cancelled call ends the plugin that it waits for."""
    return await CredentialChild(kubeconfig, context).access()


# --- the child ----------------------------------------------------------------------------


_PIPES = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def _child(kubeconfig: str, context: str) -> Child:
    return Child("wvatui.kube.credentials", (absolute(kubeconfig), context))


class CredentialChild:
    """A child process that reads credentials, started at once so that its caller can do other work
    meanwhile."""

    def __init__(self, kubeconfig: str | None, context: str | None) -> None:
        """`kubeconfig`, `context`: see `load`. Raises ConfigError."""
        self._asked = (kubeconfig or "", context or "")
        try:
            self._child = _child(*self._asked).start(**_PIPES)
        except OSError as error:
            raise ConfigError(f"credentials cannot be read: {error.strerror}") from None
        self._is_heard = False

    async def access(self) -> Access:
        """The credentials that the child read. Raises ConfigError. A cancelled call ends the child
        and its plugin."""
        try:
            return await asyncio.to_thread(self.wait)
        finally:
            self.close()

    def wait(self) -> Access:
        """As `access`, but blocking."""
        self._is_heard = True
        try:
            said = self._child.communicate(timeout=PLUGIN_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise _hangs() from None
        finally:
            self.close()
        return Access(_credentials(said), *self._asked)

    def close(self) -> None:
        """End the child if it is still running, and the plugin that it waits for."""
        if self._child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
        if not self._is_heard:
            self._child.communicate()


def _hangs() -> ConfigError:
    return ConfigError(
        f"no credentials after {PLUGIN_TIMEOUT_S:g} s: a credential plugin hangs",
        hint="run `kubectl get pods` once to sign in",
    )


def _credentials(said: tuple[bytes, bytes]) -> Credentials:
    """The credentials in the child's answer. Raises ConfigError."""
    out, err = said
    try:
        answer = msgspec.json.decode(out, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        last = one_line(err.decode("utf-8", "replace").strip().rpartition("\n")[2])
        raise ConfigError(f"credentials cannot be read: {last or 'no answer'}") from None
    if answer.error:
        raise ConfigError(answer.error, hint=answer.hint)
    if urlsplit(answer.server).scheme not in ("http", "https"):
        raise ConfigError(
            f"context {answer.context!r}: the server is no http or https address",
            hint="check its cluster entry",
        )
    return answer


def _due_at(credentials: Credentials, now: float) -> float | None:
    """When to renew, UTC epoch seconds. Credentials that were expired on arrival (clocks differ)
    wait for a 401 instead."""
    if credentials.expires_at is None or credentials.expires_at <= now:
        return None
    return credentials.expires_at - min(EARLY_S, (credentials.expires_at - now) / 10)


# --- addresses ----------------------------------------------------------------------------


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether `url` is a plain HTTP address on this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")
    except ValueError:
        return False
