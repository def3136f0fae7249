"""The part of `import` that queries a live Prometheus: its flags, their time range, its events."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wvatui.cli.outside import TLS
from wvatui.cli.params import is_given, option, together, unless_of_the_file
from wvatui.cli.values import Duration
from wvatui.errors import ClusterError, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.events import Event

SCHEMES = ("http://", "https://")
ENDING = ".answers"
"""Suffix of the folder beside the output that keeps answers until the output is complete."""
FLAGS = together(
    option("--from", default="", help="Start of the range: 2026-08-07T20:20Z, or epoch."),
    option("--to", default="", help="Its end; now by default."),
    option("--last", type=Duration(), default=None, help="The range up to now, such as 2h."),
    option("--pipelinerun", default="", help="The time of this Tekton PipelineRun, in -n."),
    option(
        "--step", type=Duration(), default=None, help="Time between samples; as scraped by default."
    ),
    TLS,
    option("--kubeconfig", default="", callback=unless_of_the_file, help="Of --pipelinerun."),
    option("--context", default="", callback=unless_of_the_file, help="Of --pipelinerun."),
    option(
        "--request-timeout",
        type=Duration(),
        default="130s",
        show_default=True,
        callback=unless_of_the_file,
        help="How long one answer may take.",
    ),
)
"""Flags that do not apply to files."""


class _Range(NamedTuple):
    """A range of time, UTC epoch seconds."""

    since: float
    until: float


def is_address(source: str) -> bool:
    """Whether a source is an address to query rather than a file to read."""
    return source.lower().startswith(SCHEMES)


def check_files() -> None:
    """Raise UsageError where files are imported and flags for a range are on the command line;
    variables and the configuration file may set them for other commands."""
    for name in ("from", "to", "last", "pipelinerun", "step", "token_file", "ca", "insecure"):
        if is_given(name):
            raise UsageError(
                f"--{name.replace('_', '-')}: only where the source is the address of a Prometheus"
            )


@contextmanager
def queried(
    url: str,
    output: Path,
    flags: dict[str, Any],
    namespace: str,
    zone: tzinfo | None,
    notices: list[str],
) -> "Iterator[Iterator[Event]]":
    """The events of a range of the Prometheus at `url`.

    The answers are deleted when the block ends, and kept where it fails. Raises UsageError,
    ClusterError, DeniedError.
    """
    from wvatui.core.state.session_window import names_in
    from wvatui.recording.imports.forms import imported
    from wvatui.sources.prometheus.client import PrometheusAccess, PrometheusClient
    from wvatui.sources.prometheus.ranges import PrometheusAsked, PrometheusRange, utc

    if flags["step"] is not None and flags["step"] <= 0:
        raise UsageError("--step: longer than 0 s")
    span = _range(flags, namespace, zone, notices)
    access = PrometheusAccess(
        url,
        flags["token_file"],
        flags["ca"],
        verify=not flags["insecure"],
        timeout_s=flags["request_timeout"],
    )
    client = PrometheusClient(access)
    if flags["insecure"]:
        console.err(f"wvatui: --insecure: the certificate of {client.url} is not checked")
    folder = output.with_name(output.name + ENDING)
    names = ("from", "to", "last", "pipelinerun", "step", "kubeconfig", "context")
    said = {name: str(flags[name]) for name in names if flags[name]}
    said |= {"url": client.url, "namespace": namespace, "tz": str(zone or "")}
    asked = PrometheusAsked(said, *span, step=flags["step"], namespaces=names_in(namespace))
    try:
        with _kept(folder):
            query = PrometheusRange(client, asked, folder, console.err)

            def made_of() -> str:
                notices.extend(query.notices)
                words = [f"imported from {client.url}: {utc(query.since)} to {utc(query.until)}"]
                return "; ".join([*words, query.steps(), *query.notices])

            yield imported(
                client.url,
                query.pieces(),
                notices,
                zone=zone,
                kind="prometheus",
                made_of=made_of,
            )
            query.remove()
    finally:
        client.close()


@contextmanager
def _kept(folder: Path) -> Iterator[None]:
    """Add to an error of the server where the received answers are kept."""
    try:
        yield
    except ClusterError as error:
        if folder.exists():
            goes_on = f"{folder} keeps what has come: the same command goes on from there"
            error.hint = f"{error.hint}; {goes_on}" if error.hint else goes_on
        raise


def _range(
    flags: dict[str, Any], namespace: str, zone: tzinfo | None, notices: list[str]
) -> _Range:
    """The range that the flags describe. Raises UsageError."""
    now = time.time()
    ways = [name for name in ("from", "last", "pipelinerun") if flags[name]]
    if len(ways) != 1 or (flags["to"] and ways != ["from"]):
        raise UsageError(
            "one of --from TIME [--to TIME], --last 2h and --pipelinerun NAME says which range"
        )
    if flags["pipelinerun"]:
        span = asyncio.run(_pipeline_run(flags, namespace, now))
    elif flags["last"]:
        span = _Range(max(0.0, now - flags["last"]), now)
    else:
        at = _moment_reader(zone, notices)
        until = at("--to", flags["to"]) if flags["to"] else now
        span = _Range(at("--from", flags["from"]), min(until, now))
    if not 0 <= span.since < span.until:
        raise UsageError("the range is empty: it ends before it begins, or has not begun")
    return span


def _moment_reader(zone: tzinfo | None, notices: list[str]) -> Callable[[str, str], float]:
    """A function that parses the value of a flag to UTC epoch seconds. Raises UsageError."""
    from wvatui.core.lines import MOMENT_LIMIT
    from wvatui.core.results.times import EARLIEST

    def read(flag: str, text: str) -> float:
        try:
            at = float(text)
        except ValueError:
            at = math.nan
        if EARLIEST <= at < MOMENT_LIMIT:
            return at
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            hint = "a time as 2026-08-07T20:20:00Z, or seconds since 1970"
            raise UsageError(f"{flag} {text}: no time", hint=hint) from None
        if moment.tzinfo is None and zone is None:
            words = "times without a zone are taken for UTC (`--tz ZONE`: another one)"
            notices.extend([words] * (words not in notices))
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)).timestamp()

    return read


async def _pipeline_run(flags: dict[str, Any], namespace: str, now: float) -> _Range:
    """The range from the start of a PipelineRun to its end, or to now. Raises UsageError,
    ClusterError."""
    from wvatui.cli.live import WatchRequest, opened
    from wvatui.core.lines import rfc3339
    from wvatui.core.results.loose import at, rows, text
    from wvatui.core.state.session_window import names_in

    name = flags["pipelinerun"]
    request = WatchRequest(kubeconfig=flags["kubeconfig"], context=flags["context"])
    async with opened(request) as (client, access):
        space = namespace or access.namespace
        if len(names_in(space)) != 1:
            raise UsageError("--pipelinerun: name its namespace with -n")
        path = f"apis/tekton.dev/v1/namespaces/{space}/pipelineruns"
        listed = await client.get_json(path, {"fieldSelector": f"metadata.name={name}"})
    for run in rows(listed.get("items")):
        if at(run, "metadata", "name") == name:
            since = rfc3339(text(at(run, "status", "startTime")))
            until = rfc3339(text(at(run, "status", "completionTime")))
            if since is None:
                raise UsageError(f"PipelineRun {space}/{name} has not started")
            return _Range(since, now if until is None else until)
    raise UsageError(f"there is no PipelineRun {space}/{name}")
