"""Doctor: what is installed and what is wrong, in one answer that fits into a bug report."""

import importlib.metadata
import os
import platform
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

import wvatui
from wvatui.cli.outside import ENDPOINTS, Outside, outside
from wvatui.cli.params import (
    CONNECTION,
    FORM,
    all_verbs,
    of_verbs,
    option,
    watched,
)
from wvatui.config import paths
from wvatui.core.state.session_window import acts_in
from wvatui.errors import CheckFailed, WvatuiError
from wvatui.host import console, signals

if TYPE_CHECKING:
    from wvatui.kube.client import Client
    from wvatui.sources.pods.outside import EngineAddress, Miss

LIBRARIES = ("click", "textual", "rich", "plotext", "httpx", "kubernetes", "msgspec", "pandas")
"""Libraries that are always installed."""
EXTRAS = {
    "pyarrow": "parquet",
    "textual-serve": "serve",
    "matplotlib": "report",
    "cryptography": "tls",
}
"""The extra that installs each optional library."""
ROOM_BYTES = 1 << 30
"""Bytes of free space below which a warning is printed."""
SKEWED_S = 5.0
"""Clocks that differ by more than this many seconds give a warning."""
SIGNS = {"ok": "✓", "amiss": "✗", "note": "–"}


@dataclass(frozen=True, slots=True)
class DoctorRow:
    """One thing that was checked. `state`: "ok", "amiss", or "note" (neither)."""

    section: str
    what: str
    state: str
    text: str
    hint: str = ""


class NeededRight(NamedTuple):
    """A right that watching uses. `is_optional`: it need not be granted where the kind is not
    installed."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    is_optional: bool = False


RIGHTS = (
    NeededRight("list", "pods"),
    NeededRight("get", "pods", subresource="proxy"),
    NeededRight("list", "configmaps"),
    NeededRight("list", "events"),
    NeededRight("list", "deployments", "apps"),
    NeededRight("list", "horizontalpodautoscalers", "autoscaling"),
    NeededRight("list", "scaledobjects", "keda.sh", is_optional=True),
    NeededRight("list", "variantautoscalings", "llmd.ai", is_optional=True),
    NeededRight("list", "jobs", "batch", is_optional=True),
)


@click.command()
@option("-n", "--namespace", default="", help="Where rights are asked for; the context's own.")
@CONNECTION
@ENDPOINTS
@FORM
def doctor(output: str, **flags: Any) -> None:
    """Show versions, paths, terminal, rights and whether the cluster answers.

    Made for bug reports: it holds no credentials. Works without a cluster, too; with --endpoint it
    says whether these engines answer. Exit code 1: something is wrong.
    """
    timeout_s = flags.pop("request_timeout")
    engines = outside(flags)
    rows = [*_program(), *_files(), *_terminal()]
    if engines is not None:
        rows += signals.run(_engines(engines, timeout_s))
    else:
        rows += _cluster(flags["kubeconfig"], flags["context"], flags["namespace"], timeout_s)
    if output == "json":
        console.out_json([asdict(row) for row in rows])
    else:
        console.out(*_lines(rows))
    amiss = [row.what for row in rows if row.state == "amiss"]
    if amiss:
        raise CheckFailed(f"amiss: {', '.join(amiss)}")


def _lines(rows: Sequence[DoctorRow]) -> Iterator[str]:
    section, wide = "", max(len(row.what) for row in rows)
    for row in rows:
        if row.section != section:
            section = row.section
            yield section
        yield f"  {SIGNS[row.state]} {row.what:<{wide}} {row.text}"
        if row.hint:
            yield f"    {'':<{wide}} {row.hint}"


# --- this machine -------------------------------------------------------------------------


def _program() -> Iterator[DoctorRow]:
    yield DoctorRow("program", "wvatui", "ok", wvatui.__version__)
    system = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield DoctorRow("program", "Python", "ok", system)
    yield DoctorRow("program", "run from", "ok", _from_home(Path(wvatui.__file__).parent))
    versions = {name: _version(name) for name in LIBRARIES}
    missing = [name for name, version in versions.items() if not version]
    state = "amiss" if missing else "ok"
    text = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
    hint = "install wvatui anew" if missing else ""
    yield DoctorRow("program", "libraries", state, text, hint)
    for name, extra in EXTRAS.items():
        version = _version(name)
        text = f"{name} {version}" if version else f"{name} is not installed"
        hint = "" if version else f"pip install 'wvatui[{extra}]'"
        yield DoctorRow("program", f"extra [{extra}]", "ok" if version else "note", text, hint)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _files() -> Iterator[DoctorRow]:
    from wvatui.cli.settings.config import problems
    from wvatui.config.settings import read_file

    path = paths.config_file()
    try:
        file = read_file(path)
        wrong = problems(file, of_verbs(all_verbs()))
        text = f"{_from_home(path)}{'' if file.exists else ' (none: the defaults hold)'}"
        state = "amiss" if wrong else "ok" if file.exists else "note"
        hint = f"{len(wrong)} wrong: wvatui config validate" if wrong else ""
    except WvatuiError as error:
        text, state, hint = error.message, "amiss", error.hint
    yield DoctorRow("files", "configuration", state, text, hint)
    yield _sessions(paths.sessions_dir())
    themes = paths.user_themes()
    yield DoctorRow("files", "own themes", "note", _from_home(themes))
    named = sorted(name for name in os.environ if name.startswith("WVATUI_"))
    yield DoctorRow("files", "variables", "note", ", ".join(named) or "no WVATUI_… is set")


def _sessions(folder: Path) -> DoctorRow:
    """Whether sessions can be recorded into `folder`."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        text = f"{_from_home(folder)}: {_from_home(there)} cannot be written"
        return DoctorRow("files", "sessions", "amiss", text, "or choose a file with --record")
    free = shutil.disk_usage(there).free
    text = f"{_from_home(folder)}, {free / 1e9:.1f} GB free"
    if free < ROOM_BYTES:
        return DoctorRow("files", "sessions", "amiss", text, "make room, or record elsewhere")
    return DoctorRow("files", "sessions", "ok", text)


def _terminal() -> Iterator[DoctorRow]:
    if not console.shows_a_screen():
        yield DoctorRow("terminal", "screen", "note", "no terminal here: lines instead of a screen")
    else:
        size = console.size()
        is_enough = size.columns >= 60 and size.lines >= 15
        hint = "" if is_enough else "at least 60x15"
        text = f"{size.columns}x{size.lines}"
        yield DoctorRow("terminal", "size", "ok" if is_enough else "amiss", text, hint)
    term, color = os.environ.get("TERM", ""), os.environ.get("COLORTERM", "")
    text = f"TERM={term or '(not set)'} COLORTERM={color or '(not set)'}"
    if "NO_COLOR" in os.environ:
        text += " NO_COLOR"
    yield DoctorRow("terminal", "kind", "note", text)
    encoding = console.encoding()
    is_unicode = console.unicode_locale()
    text = (
        encoding if is_unicode else f"{encoding}, not in the locale: the screen is drawn in ASCII"
    )
    hint = "" if is_unicode else "choose a UTF-8 locale"
    yield DoctorRow("terminal", "characters", "ok" if is_unicode else "note", text, hint)


def _from_home(path: Path) -> str:
    """A path with `~` for the home folder, so that it does not show the user's name."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


# --- engines outside a cluster --------------------------------------------------------------


async def _engines(engines: Outside, timeout_s: float) -> list[DoctorRow]:
    """Whether each engine gives its metrics page."""
    from wvatui.clock import WallClock
    from wvatui.sources.pods.outside import misses

    try:
        fetch = engines.fetch(WallClock(), timeout_s)
    except WvatuiError as error:
        return [DoctorRow("engines", "connection", "amiss", error.message, error.hint)]
    try:
        missed = {miss.address.name: miss for miss in await misses(engines.addresses, fetch)}
    finally:
        await fetch.aclose()
    return [_engine(each, missed.get(each.name)) for each in engines.addresses]


def _engine(engine: "EngineAddress", miss: "Miss | None") -> DoctorRow:
    """Whether an engine answers; one that is starting is a note: it is not wrong, only not up."""
    url = engine.told.url
    if miss is None:
        return DoctorRow("engines", engine.name, "ok", f"{url}: answers with its metrics")
    state = "note" if miss.why == "starting" else "amiss"
    return DoctorRow("engines", engine.name, state, f"{url}: {miss.text}")


# --- the cluster --------------------------------------------------------------------------


def _cluster(kubeconfig: str, context: str, namespace: str, timeout_s: float) -> list[DoctorRow]:
    """Whether the cluster answers, and which rights there are; a note where no cluster is
    configured."""
    from wvatui.kube.credentials import has_account
    from wvatui.kube.kubeconfig import WrongError, find

    try:
        files = find(kubeconfig)
    except WrongError as wrong:
        return [DoctorRow("cluster", "kubeconfig", "amiss", wrong.message, wrong.hint)]
    if files:
        rows = [DoctorRow("cluster", "kubeconfig", "ok", ", ".join(map(_from_home, files)))]
    elif context or has_account():
        text = "none" if context else "none: the account of the pod in which this runs"
        rows = [DoctorRow("cluster", "kubeconfig", "note", text)]
    else:
        text = "none: recordings, logs and the demo work without"
        return [DoctorRow("cluster", "kubeconfig", "note", text)]

    async def ask() -> None:
        async for row in _asked(kubeconfig, context, namespace, timeout_s):
            rows.append(row)  # one by one: rows before a failure are kept

    try:
        signals.run(ask())
    except WvatuiError as error:
        rows.append(DoctorRow("cluster", "answer", "amiss", error.message, error.hint))
    return rows


async def _asked(
    kubeconfig: str, context: str, namespace: str, timeout_s: float
) -> AsyncIterator[DoctorRow]:
    from wvatui.cli import live

    request = live.WatchRequest(kubeconfig=kubeconfig, context=context, request_timeout=timeout_s)
    async with live.opened(request) as (client, access):
        where = acts_in(watched(namespace, access.namespace or "default"), access.namespace)
        yield DoctorRow("cluster", "context", "ok", f"{access.context}, namespace {where}")
        release, ahead_s = await live.api_release(client)
        yield DoctorRow("cluster", "API server", "ok", release or "does not tell its release")
        if ahead_s is not None and abs(ahead_s) > SKEWED_S:
            text = f"this machine's is {ahead_s:+.0f} s off"
            yield DoctorRow("cluster", "clocks", "amiss", text, "set this machine's clock")
        async for row in _rights(client, where):
            yield row


async def _rights(client: "Client", namespace: str) -> AsyncIterator[DoctorRow]:
    from wvatui.kube.rights import allowed

    for right in RIGHTS:
        resource = right.resource + (f"/{right.subresource}" if right.subresource else "")
        granted = await allowed(
            client, namespace, right.verb, right.resource, right.group, right.subresource
        )
        words = {True: "granted", False: "refused", None: "the server does not say"}[granted]
        state = "ok" if granted else "note" if right.is_optional or granted is None else "amiss"
        hint = "deploy/role.yaml has all that watching needs" if state == "amiss" else ""
        yield DoctorRow("cluster", f"{right.verb} {resource}", state, words, hint)
