"""Parses GuideLLM's arguments, of every release, into a plan."""

import re
from dataclasses import dataclass, field
from typing import Any

from wvatui.sim.loadgen.flags import Flags, document, pairs, scalar, switches
from wvatui.sim.run.box import Box

Version = tuple[int, int]
NEWEST: Version = (0, 8)
RUN_SINCE: Version = (0, 7)
"""From this version on the command is `guidellm run`; `guidellm benchmark` does not exist any
more."""
_SWITCHES = switches(
    "disable-progress disable-console disable-console-outputs display-scheduler-stats "
    "disable-console-interactive no-progress"
)
_QUIET = ("disable-progress", "disable-console-interactive", "disable-console", "no-progress")
PROFILES = (
    "synchronous",
    "throughput",
    "concurrent",
    "constant",
    "poisson",
    "sweep",
    "async",
    "replay",
)


class Refused(Exception):  # noqa: N818 - what the command line says
    """The arguments are rejected with this message, in click's words."""


@dataclass(frozen=True)
class Strategy:
    """One benchmark of a run. `rate` in requests per second."""

    kind: str
    rate: float | None = None
    streams: int | None = None

    def told(self) -> dict[str, Any]:
        """The strategy as in the report."""
        shown: dict[str, Any] = {"type_": self.kind}
        if self.rate is not None:
            shown["rate"] = self.rate
        if self.streams is not None:
            shown["streams" if self.kind == "concurrent" else "max_concurrency"] = self.streams
        return shown

    def __str__(self) -> str:
        return self.kind if self.rate is None else f"{self.kind}@{self.rate:.2f}"


@dataclass
class GuideLLMRun:
    """A whole run."""

    version: Version
    target: str
    model: str
    profile: str
    rates: list[float]
    streams: int | None
    max_seconds: float | None
    max_requests: int | None
    data: dict[str, Any]
    outputs: list[tuple[str, str]]
    """(kind, path) of each report to write."""
    seed: int = 42
    is_quiet: bool = False
    is_silent: bool = False
    """Whether nothing is printed at the end."""
    raw: dict[str, Any] = field(default_factory=dict)
    """The arguments, repeated in the report."""

    def strategies(self) -> list[Strategy]:
        """The benchmarks known from the start; a sweep determines its rates itself."""
        match self.profile:
            case "synchronous":
                return [Strategy("synchronous")]
            case "throughput":
                return [Strategy("throughput", streams=self.streams)]
            case "concurrent":
                return [Strategy("concurrent", streams=int(rate)) for rate in self.rates or [1]]
            case "sweep":
                return [Strategy("synchronous"), Strategy("throughput", streams=self.streams)]
        kind = "constant" if self.profile in ("async", "replay") else self.profile
        return [Strategy(kind, rate, self.streams) for rate in self.rates or [1.0]]


def version_of(image: str) -> Version | None:
    """GuideLLM's version from the image's tag; None when the tag shows none."""
    match = re.search(r"guidellm[^:@]*:v?(\d+)\.(\d+)", image)
    if match:
        return int(match.group(1)), int(match.group(2))
    is_its_own = re.search(r"guidellm(:latest|@.*)?$", image)
    return NEWEST if is_its_own else None


def understood(box: Box, argv: list[str]) -> GuideLLMRun:
    """The run that the command line describes. Raises Refused and ValueError."""
    run = _understood(box, argv)
    if any(not rate > 0 for rate in run.rates):
        raise Refused("Invalid value for '--rate': Input should be greater than 0")
    return run


def _understood(box: Box, argv: list[str]) -> GuideLLMRun:
    command, words = (argv[1] if len(argv) > 1 else ""), argv[2:]
    version = version_of(box.image)
    if command == "run":
        if version is not None and version < RUN_SINCE:
            raise Refused("No such command 'run'.")
        return _new(box, Flags(words, _SWITCHES), version or NEWEST)
    if command == "benchmark":
        if version is not None and version >= RUN_SINCE:
            raise Refused("No such command 'benchmark'.")
        if words[:1] == ["run"]:
            words = words[1:]
        return _old(box, Flags(words, _SWITCHES), version)
    raise Refused(f"No such command '{command}'." if command else "Missing command.")


def _numbers(value: Any) -> list[float]:
    if value is None:
        return []
    if isinstance(value, list):
        return [float(number) for number in value]
    return [float(part) for part in str(value).strip("[]").split(",") if part.strip()]


def _old(box: Box, flags: Flags, version: Version | None) -> GuideLLMRun:
    given = _scenario(box, flags.last("scenario"))
    for name in flags.names():
        given[name.replace("-", "_")] = scalar(flags.last(name) or "")
    if len(flags.all("rate")) > 1:
        given["rate"] = flags.all("rate")
    for name, value in box.env.items():
        if name.startswith("GUIDELLM_") and not name.startswith("GUIDELLM__"):
            given.setdefault(name[9:].lower(), scalar(value))
    target = str(given.get("target") or "")
    if not target:
        raise Refused("Missing option '--target'.")
    profile = str(given.get("profile") or given.get("rate_type") or "sweep")
    if profile not in PROFILES:
        raise Refused(
            f"Invalid value for '--rate-type' / '--profile': '{profile}' is not one of "
            f"{', '.join(map(repr, PROFILES[:-1]))}."
        )
    if version is None:
        is_newer = {"output_dir", "outputs", "output_formats", "profile"} & set(given)
        version = (0, 5) if is_newer else (0, 3)
    data = given.get("data")
    data = data if isinstance(data, dict) else pairs(str(data or ""))
    streams = given.get("max_concurrency") or box.env.get("GUIDELLM__MAX_CONCURRENCY")
    return GuideLLMRun(
        version,
        target,
        str(given.get("model") or ""),
        profile,
        _numbers(given.get("rate")),
        int(streams) if streams else None,
        _maybe(given.get("max_seconds")),
        _count(given.get("max_requests")),
        data,
        _outputs(box, given, version),
        int(given.get("random_seed") or 42),
        any(name.replace("-", "_") in given for name in _QUIET),
        "disable_console_outputs" in given,
        {**given, "target": target},
    )


def _outputs(box: Box, given: dict[str, Any], version: Version) -> list[tuple[str, str]]:
    path, folder = given.get("output_path"), given.get("output_dir")
    if version < (0, 4):
        path = str(path or "./benchmarks.json")
        kind = path.rpartition(".")[2] if "." in path.rpartition("/")[2] else "json"
        full = path if path.endswith((".json", ".yaml", ".csv")) else f"{path}/benchmarks.json"
        return [(kind, box.path(full))]
    names = given.get("outputs") or given.get("output_formats") or "json"
    names = names if isinstance(names, list) else str(names).split(",")
    base = str(folder or path or ".")
    if base.endswith((".json", ".yaml")):
        return [(base.rpartition(".")[2], box.path(base))]
    outputs = []
    for name in (str(entry).strip() for entry in names):
        kind = name.rpartition(".")[2]
        if kind in ("json", "yaml"):
            full = name if "." in name else f"benchmarks.{kind}"
            outputs.append((kind, box.path(f"{base}/{full}")))
    return outputs


def _new(box: Box, flags: Flags, version: Version) -> GuideLLMRun:
    spec: dict[str, Any] = _scenario(box, flags.last("scenario", "config", "c"))
    spec = spec.get("spec", spec)
    backend = {**_first(spec.get("backend")), **pairs(flags.last("backend") or "")}
    profile = {**_first(spec.get("profile")), **pairs(flags.last("profile") or "")}
    data = {**_first(spec.get("data")), **pairs(flags.last("data") or "")}
    constraints = [pairs(text) for text in flags.all("constraint")] or [
        limit for limit in spec.get("constraints") or [] if isinstance(limit, dict)
    ]
    for text in flags.all("override"):
        path, _, value = text.partition("=")
        _overridden({"backend": backend, "profile": profile, "data": data}, path, scalar(value))
    target = str(backend.get("target") or flags.last("target") or "")
    if not target:
        raise Refused("Missing option '--backend'.")
    name = str(profile.get("kind") or "sweep")
    if name not in PROFILES:
        raise Refused(f"Invalid value for '--profile': unknown kind '{name}'.")
    seconds, requests = _limits(constraints)
    outputs = [pairs(text) for text in flags.all("output")] or [{"kind": "json"}]
    rates = profile.get("rate", profile.get("streams"))
    streams = profile.get("max_concurrency")
    return GuideLLMRun(
        version,
        target,
        str(backend.get("model") or ""),
        name,
        _numbers(rates),
        int(streams) if streams else None,
        seconds,
        requests,
        data,
        [
            (kind, box.path(str(output.get("path") or f"benchmarks.{kind}")))
            for output in outputs
            if (kind := output.get("kind")) in ("json", "yaml")
        ],
        int(spec.get("seed") or 42),
        any(name in flags for name in _QUIET),
        any(output.get("kind") == "none" for output in outputs),
        {
            "backend": backend,
            "profile": profile,
            "constraints": constraints,
            "data": [data],
            "outputs": outputs,
        },
    )


def _limits(constraints: list[dict[str, Any]]) -> tuple[float | None, int | None]:
    """(seconds, requests) after which a benchmark ends."""
    seconds = requests = None
    for constraint in constraints:
        if constraint.get("kind") in ("max_duration", "max_seconds"):
            seconds = _maybe(constraint.get("seconds", constraint.get("duration")))
        elif constraint.get("kind") in ("max_requests", "max_number"):
            requests = _count(
                constraint.get("count", constraint.get("requests", constraint.get("max_num")))
            )
    return seconds, requests


def _overridden(places: dict[str, dict[str, Any]], path: str, value: Any) -> None:
    head, _, key = path.removeprefix("spec.").partition(".")
    if head in places and key:
        places[head][key] = value


def _first(value: Any) -> dict[str, Any]:
    value = value[0] if isinstance(value, list) and value else value
    return dict(value) if isinstance(value, dict) else {}


def _scenario(box: Box, name: str | None) -> dict[str, Any]:
    if not name:
        return {}
    content = box.files.read(box.path(name))
    if content is None:
        raise Refused(f"Invalid value for '--scenario': Path '{name}' does not exist.")
    return document(content)


def _maybe(value: Any) -> float | None:
    return None if value in (None, "") else float(value)


def _count(value: Any) -> int | None:
    return None if value in (None, "") else int(float(value))
