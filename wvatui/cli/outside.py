"""Engines outside a cluster: their flags, and the parts of a session that polls them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import is_given, option, together
from wvatui.core.lines import many
from wvatui.errors import ClusterError, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.clock import Clock
    from wvatui.core import events as ev
    from wvatui.kube.auth import CredentialChild
    from wvatui.recording import Writer
    from wvatui.session.live import Wired
    from wvatui.sources.pods.outside import EndpointFetch, EngineAddress

_FILE = click.Path(dir_okay=False, path_type=Path)
TLS = together(
    option("--token-file", type=_FILE, default=None, help="Send the bearer token in this file."),
    option("--ca", type=_FILE, default=None, help="Trust the certificates in this PEM file."),
    option(
        "--insecure", is_flag=True, help="Accept any certificate, without checking who answers."
    ),
)
"""Flags for HTTP requests that use no kubeconfig."""
ENDPOINTS = together(
    option(
        "--endpoint",
        multiple=True,
        metavar="[NAME=]URL",
        help="Poll this engine instead of a cluster; /metrics where no path is given; repeatable.",
    ),
    option("--endpoints", type=_FILE, default=None, help="A file of endpoints, one per line."),
    TLS,
)
_FLAGS = ("endpoint", "endpoints", "token_file", "ca", "insecure")
_OF_A_CLUSTER = (
    *("namespace", "all_namespaces", "selector", "controller_namespace", "context", "kubeconfig"),
    "allow_write",
)


@dataclass(frozen=True, slots=True)
class Outside:
    """The engines that are polled, with their credentials and TLS settings."""

    addresses: "tuple[EngineAddress, ...]"
    token: str = ""
    ca: str = ""
    verify: bool = True

    def __repr__(self) -> str:
        return f"Outside({self.addresses})"  # no secret in a traceback

    @property
    def words(self) -> str:
        """A description of the watched engines."""
        names = [each.name for each in self.addresses]
        return names[0] if len(names) == 1 else many(len(names), "endpoint")

    def fetch(self, clock: "Clock", interval_s: float) -> "EndpointFetch":
        """The fetcher of their pages. Raises ClusterError for certificates or a proxy that cannot
        be used."""
        from wvatui.sources.pods.outside import EndpointFetch
        from wvatui.sources.pods.pod_metrics import page_timeout_s

        return EndpointFetch(
            self.addresses,
            clock,
            timeout_s=page_timeout_s(interval_s),
            token=self.token,
            ca=self.ca,
            verify=self.verify,
        )


def outside(flags: dict[str, Any], namespace: str = "") -> Outside | None:
    """The endpoints in `flags`, from which they are removed; None: no endpoint is given.

    `namespace`: the argument of the verb. A value on the command line takes precedence over
    variables and the configuration file. Raises UsageError for a value that cannot be read, or a
    flag that needs a cluster.
    """
    asked = {name: flags.pop(name) for name in _FLAGS}
    cluster = [f"--{name.replace('_', '-')}" for name in _OF_A_CLUSTER if is_given(name)]
    cluster += [namespace] if namespace else []
    here = [name for name in _FLAGS if is_given(name)]
    if not asked["endpoint"] and asked["endpoints"] is None:
        if here:
            words = f"--{here[0].replace('_', '-')} goes with --endpoint"
            raise UsageError(words, hint="credentials of a cluster are those of the kubeconfig")
        return None
    if cluster and not here:
        return None
    if cluster:
        raise UsageError(f"--endpoint asks no cluster: leave out {cluster[0]}")
    from wvatui.sources.pods.outside import addresses

    if asked["insecure"]:
        console.say("--insecure: certificates are not checked, whoever answers is believed")
    flags["namespace"], flags["all_namespaces"], flags["allow_write"] = "", False, False
    flags["selector"] = ""
    return Outside(
        addresses(asked["endpoint"], asked["endpoints"]),
        _text(asked["token_file"], "token").strip(),
        _text(asked["ca"], "certificate"),
        not asked["insecure"],
    )


@contextmanager
def credentials(
    flags: dict[str, Any], engines: Outside | None
) -> "Iterator[CredentialChild | None]":
    """The child process that reads the cluster's credentials while modules are imported; None: no
    cluster is used."""
    if engines is not None:
        yield None
        return
    from wvatui.kube.auth import CredentialChild

    with closing(CredentialChild(flags["kubeconfig"], flags["context"])) as child:
        yield child


def _text(file: Path | None, what: str) -> str:
    """The content of a file; empty where no file is given. Raises UsageError."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        words = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"the {what} in {file} cannot be read: {words}") from None
    if not text.strip():
        raise UsageError(f"{file} holds no {what}")
    word = text.strip()
    is_word = len(word.split()) == 1 and word.isascii() and word.isprintable()
    if what == "token" and not is_word:
        raise UsageError(f"{file} holds no token, which is one word on one line")
    return text


async def connected(
    engines: Outside,
    interval_s: float,
    header: "Callable[[float], ev.Header]",
    writer: "Callable[[ev.Header], Writer | None]",
    *,
    must_answer: bool,
) -> "Wired":
    """The parts of a session with these engines. `header`: makes its first event for a start time.

    Raises ClusterError where at least one engine must answer and none does.
    """
    from wvatui.clock import WallClock
    from wvatui.session.live import Wired
    from wvatui.sources.wiring import endpoint_sources

    clock = WallClock()
    fetch = engines.fetch(clock, interval_s)
    try:
        if must_answer:
            await _must_answer(engines, fetch)
        first = header(clock.now())
        recorder = writer(first)
    except BaseException:
        await fetch.aclose()
        raise
    targets = [each.target for each in engines.addresses]
    sources = endpoint_sources(fetch, clock, targets, interval_s=interval_s)
    return Wired(first, clock, recorder, sources, fetch.aclose)


async def _must_answer(engines: Outside, fetch: "EndpointFetch") -> None:
    """Warn about each engine that gives no page. Raises ClusterError where none does."""
    from wvatui.sources.pods.outside import misses

    silent = [miss for miss in await misses(engines.addresses, fetch) if miss.why != "starting"]
    lines = [f"{miss.address.told.url}: {miss.text}" for miss in silent]
    if len(silent) < len(engines.addresses):
        for line in lines:
            console.say(line)
        return
    more = f" (and {len(lines) - 1} more that do not answer)" if len(lines) > 1 else ""
    hint = "vLLM serves /metrics on the port of its API, 8000; SGLang on 30000 (--enable-metrics)"
    if "certificate" in silent[0].text:
        hint = "--ca FILE names whom to trust; --insecure believes whoever answers"
    raise ClusterError(f"{lines[0]}{more}", hint=hint)
