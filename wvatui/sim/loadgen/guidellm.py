"""GuideLLM of every release: `guidellm run` (from 0.7), `guidellm benchmark [run]` (before).

It prints the steps of its setup, and tables when everything is over.
"""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from wvatui.sim.loadgen.client import ClientPlan, LoadClient
from wvatui.sim.loadgen.flags import as_yaml
from wvatui.sim.loadgen.guidellm_plan import GuideLLMRun, Refused, Strategy, understood
from wvatui.sim.loadgen.guidellm_report import GuideLLMMeasured, metrics_of, report
from wvatui.sim.loadgen.lengths import synthetic
from wvatui.sim.run.box import Box, Endpoint, Sleep, Steps

ConsoleTable = tuple[str, list[tuple[str, list[str]]]]


def setup(box: Box, run: GuideLLMRun, model: str) -> None:
    """Print the lines of the setup."""
    say = box.say
    if run.version < (0, 4):
        say("Creating backend...")
        say(f"Backend openai_http connected to {run.target} for model {model}.")
        say("Creating request loader...")
        say(f"Created loader with 1000 unique requests from {run.raw.get('data')}.")
        say("\n")
        return
    say(f"✔ OpenAIHTTPBackend backend validated with model {model}")
    say(f"  {{'target': {run.target!r}, 'model': {model!r}, 'timeout': 60.0, 'http2': True}}")
    say("✔ Processor resolved")
    say(f"  Using model {model!r} as processor")
    say("✔ Request loader initialized with inf unique requests")
    say(f"  {{'data': \"[{run.data}]\", 'data_args': '[]', 'random_seed': {run.seed}}}")
    name = {
        "synchronous": "Synchronous",
        "throughput": "Throughput",
        "sweep": "Sweep",
        "concurrent": "Concurrent",
    }.get(run.profile, "Async")
    say(f"✔ {name}Profile profile resolved")
    say(
        f"  {{'type_': {run.profile!r}, 'rate': {run.rates or None}, "
        f"'constraints': {{'max_seconds': {run.max_seconds}}}}}"
    )
    say("✔ Output formats resolved")
    say(f"  {dict(run.outputs)}")
    say("✔ Setup complete, starting benchmarks...")
    say("\n\n")


def panel(box: Box, measured: Sequence[GuideLLMMeasured]) -> None:
    """Print the final state of the live display, the only one shown without a terminal."""
    rows = []
    for strategy, client in measured:
        good = [r for r in client.results if r.state == "successful"]
        lost = sum(r.state == "incomplete" for r in client.results)
        bad = sum(r.state == "errored" for r in client.results)
        seconds = max(1e-9, client.ended - client.begun)
        busy = sum(r.latency_s or 0.0 for r in client.results)
        latency = sum(r.latency_s or 0.0 for r in good) / len(good) if good else 0.0
        tokens = sum(r.output for r in good) / seconds
        first = sum(r.ttft_s or 0.0 for r in good) / len(good) * 1000 if good else 0.0
        head = f"[{_clock(client.begun)}] ⠋ 100% {strategy!s:<16} (complete)  "
        rows.append(
            f"{head} Req: {len(good) / seconds:6.1f} req/s, {latency:6.2f}s Lat, "
            f"{busy / seconds:6.1f} Conc, {len(good):7d} Comp, {lost:5d} Inc, {bad:5d} Err"
        )
        rows.append(f"{'':<{len(head)}} Tok: {tokens:6.1f} gen/s, {first:6.1f}ms TTFT")
    width = max(map(len, rows), default=40) + 2
    box.say(f"╭─ Benchmarks {'─' * (width - 13)}╮")
    for row in rows:
        box.say(f"│ {row:<{width - 1}}│")
    box.say(f"╰{'─' * width}╯")
    total = measured[-1][1].ended - measured[0][1].begun if measured else 0.0
    passed = f"{int(total) // 3600}:{int(total) // 60 % 60:02}:{int(total) % 60:02}"
    box.say(f"Generating... {'━' * 40} ({len(measured)}/{len(measured)}) [ {passed} < 0:00:00 ]")


def results(box: Box, run: GuideLLMRun, measured: Sequence[GuideLLMMeasured]) -> None:
    """Print the tables, and the path of the report."""
    if run.version < (0, 4):
        _older(box, run, measured)
        return
    latency = _columns(run, measured, _LATENCY, "Mdn", "p95")
    throughput = _columns(run, measured, _THROUGHPUT, "Mdn", "Mean")
    for title, columns in (
        _summary(measured),
        ("Request Latency Statistics (Completed Requests)", latency),
        ("Server Throughput Statistics", throughput),
    ):
        box.say("\n")
        box.say(f"ℹ {title}")
        _table(box, columns)
    box.say("\n")
    box.say(f"✔ Benchmarking complete, generated {len(measured)} benchmark(s)")
    for kind, path in run.outputs:
        box.say(f"  {kind:<7} : {path}")


def _summary(measured: Sequence[GuideLLMMeasured]) -> ConsoleTable:
    columns: list[tuple[str, list[str]]] = [
        ("Benchmark|Strategy|", [strategy.kind for strategy, _ in measured]),
        ("Timings|Start|", [_clock(c.begun) for _, c in measured]),
        ("|End|", [_clock(c.ended) for _, c in measured]),
        ("|Dur|Sec", [f"{c.ended - c.begun:.1f}" for _, c in measured]),
        ("|Warm|Sec", ["0.0" for _ in measured]),
        ("|Cool|Sec", ["0.0" for _ in measured]),
    ]
    for group, of in (("Input Tokens", "prompt"), ("Output Tokens", "output")):
        for place, (short, state) in enumerate(
            (("Comp", "successful"), ("Inc", "incomplete"), ("Err", "errored"))
        ):
            sums = [sum(getattr(r, of) for r in c.results if r.state == state) for _, c in measured]
            head = f"{'' if place else group}|{short}|Tot"
            columns.append((head, [f"{total:.1f}" for total in sums]))
    return "Run Summary Info", columns


_LATENCY = (
    ("Request Latency", "Sec", "request_latency"),
    ("TTFT", "ms", "time_to_first_token_ms"),
    ("ITL", "ms", "inter_token_latency_ms"),
    ("TPOT", "ms", "time_per_output_token_ms"),
)
_THROUGHPUT = (
    ("Requests", "Per Second", "requests_per_second"),
    ("Concurrency", "Count", "request_concurrency"),
    ("Output Tokens", "Per Second", "output_tokens_per_second"),
    ("Total Tokens", "Per Second", "tokens_per_second"),
)
"""(title, unit, metric) of the columns of a table."""


def _columns(
    run: GuideLLMRun,
    measured: Sequence[GuideLLMMeasured],
    groups: Sequence[tuple[str, str, str]],
    *parts: str,
) -> list[tuple[str, list[str]]]:
    columns = [("Benchmark|Strategy||", [strategy.kind for strategy, _ in measured])]
    for title, unit, name in groups:
        for place, part in enumerate(parts):
            head = f"{'' if place else title}|{'' if place else unit}|{part}"
            columns.append((head, _cells(run, measured, name, part)))
    return columns


def _cells(
    run: GuideLLMRun, measured: Sequence[GuideLLMMeasured], name: str, part: str
) -> list[str]:
    cells = []
    for _, client in measured:
        metric: dict[str, Any] = metrics_of(run.version, client)[name]["successful"] or {}
        value = {"Mdn": metric.get("median"), "Mean": metric.get("mean")}.get(
            part, (metric.get("percentiles") or {}).get(part)
        )
        cells.append("--" if value is None else f"{value:.1f}")
    return cells


def _table(box: Box, columns: list[tuple[str, list[str]]]) -> None:
    heads = [head.split("|") for head, _ in columns]
    depth = max(map(len, heads))
    widths = [
        max(*(len(part) for part in head), *(len(cell) for cell in cells), 3)
        for head, (_, cells) in zip(heads, columns, strict=True)
    ]

    def row(cells: list[str]) -> None:
        box.say("|" + "|".join(f" {c:<{w}} " for c, w in zip(cells, widths, strict=True)) + "|")

    def rule(sign: str) -> None:
        box.say("|" + "|".join(sign * (width + 2) for width in widths) + "|")

    rule("=")
    for at in range(depth):
        row([head[at] if at < len(head) else "" for head in heads])
    rule("-")
    for at in range(len(columns[0][1])):
        row([cells[at] for _, cells in columns])
    rule("=")


def _older(box: Box, run: GuideLLMRun, measured: Sequence[GuideLLMMeasured]) -> None:
    total = sum(client.ended - client.begun for _, client in measured)
    box.say("\nBenchmarks Metadata:")
    box.say(f"    Duration:{total:.1f} seconds")
    box.say(
        f"    Profile:type={run.profile}, strategies={[s.kind for s, _ in measured]}, "
        f"max_concurrency={run.streams}"
    )
    box.say(f"    Args:max_number={run.max_requests}, max_duration={run.max_seconds}")
    box.say("\n\nBenchmarks Info:")
    _table(
        box,
        [
            ("Benchmark|", [str(s) for s, _ in measured]),
            ("Start Time|", [_clock(c.begun) for _, c in measured]),
            ("End Time|", [_clock(c.ended) for _, c in measured]),
            ("Duration (s)|", [f"{c.ended - c.begun:.1f}" for _, c in measured]),
            ("Comp|", [_count(c.results, "successful") for _, c in measured]),
            ("Inc|", [_count(c.results, "incomplete") for _, c in measured]),
            ("Err|", [_count(c.results, "errored") for _, c in measured]),
        ],
    )
    box.say("\n\nBenchmarks Stats:")
    _table(box, _columns(run, measured, _LATENCY, "Mdn", "p95"))
    box.say("\nSaving benchmarks report...")
    for _, path in run.outputs:
        box.say(f"Benchmarks report saved to {path}")
    box.say("\nBenchmarking complete.")


def _count(results: Sequence[Any], state: str) -> str:
    return str(sum(result.state == state for result in results))


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


IMPORT_S = 8.0
MOST_STREAMS = 512
"""Streams of the throughput strategy without a limit (GUIDELLM__MAX_CONCURRENCY)."""
SWEEP = 10
PAUSE_S = 0.5


def guidellm(box: Box, argv: list[str], given: bytes) -> Steps:
    """Run it."""
    yield Sleep(IMPORT_S * box.rng.uniform(0.8, 1.3))
    if "--version" in argv:
        box.say("guidellm version: 0.8.0")
        return 0
    try:
        run = understood(box, argv)
    except (Refused, ValueError) as error:
        command = " ".join(["guidellm", *argv[1:2]]) if "command" not in str(error) else "guidellm"
        box.say(
            f"Usage: {command} [OPTIONS]{' COMMAND [ARGS]...' if command == 'guidellm' else ''}"
        )
        box.say(f"Try '{command} --help' for help.\n")
        box.say(f"Error: {error}")
        return 2
    return (yield from _Session(box, run).steps())


class _Session:
    def __init__(self, box: Box, run: GuideLLMRun) -> None:
        self._box, self._run = box, run
        self._rng = random.Random(f"{box.pod}/{run.seed}")
        self._measured: list[GuideLLMMeasured] = []

    def steps(self) -> Steps:
        box, run = self._box, self._run
        endpoint = box.network.endpoint(run.target, box.namespace)
        if endpoint is None or not endpoint.is_up:
            return self._failed(
                "httpx.ConnectError: All connection attempts failed"
                if (endpoint is None)
                else "httpx.HTTPStatusError: Server error '503 Service "
                f"Unavailable' for url '{run.target}/health'"
            )
        model = run.model or endpoint.models[0]
        knows = model in endpoint.models
        if not knows and run.version < (0, 4):
            return self._failed(
                f"ValueError: Model {model} not found in available models: "
                f"{', '.join(endpoint.models)}"
            )
        setup(box, run, model)
        for strategy in run.strategies():
            yield from self._benchmark(strategy, endpoint, knows)
        if run.profile == "sweep":
            for strategy in self._swept():
                yield from self._benchmark(strategy, endpoint, knows)
        yield Sleep(1.0)
        if not run.is_quiet:
            panel(box, self._measured)
        written = report(run, self._measured, endpoint.models)
        for kind, path in run.outputs:
            content = msgspec.json.encode(written)
            box.files.write(path, as_yaml(content) if kind == "yaml" else content)
        if not run.is_silent:
            results(box, run, self._measured)
        return 0

    def _failed(self, text: str) -> int:
        self._box.say("Traceback (most recent call last):")
        self._box.say('  File "/opt/app-root/bin/guidellm", line 7, in <module>')
        self._box.say("    sys.exit(cli())")
        self._box.say(text)
        return 1

    def _benchmark(self, strategy: Strategy, endpoint: Endpoint, knows: bool) -> Steps:
        run = self._run
        limit = strategy.streams or run.streams or MOST_STREAMS
        rate = strategy.rate
        gaps: Callable[[], float] | None = None
        if strategy.kind == "synchronous":
            limit = 1
        elif rate is not None:
            is_random = strategy.kind == "poisson"
            gaps = (lambda: self._rng.expovariate(rate)) if is_random else (lambda: 1 / rate)
        plan = ClientPlan(gaps, limit, run.max_requests, run.max_seconds)
        if plan.requests is None and plan.seconds is None:
            plan = ClientPlan(gaps, limit, 1000)
        client = LoadClient(
            self._box.timeline, endpoint, plan, synthetic(self._rng, run.data), models=knows
        )
        self._measured.append((strategy, client))
        yield from client.steps()
        yield Sleep(PAUSE_S)
        return 0

    def _swept(self) -> list[Strategy]:
        """Constant rates between those achieved by one request at a time and by all at once."""
        strategies = []
        for _, client in self._measured:
            good = sum(r.state == "successful" for r in client.results)
            strategies.append(good / max(1e-9, client.ended - client.begun))
        low, high = strategies[0], max(strategies)
        count = int(self._run.rates[0]) if self._run.rates else SWEEP
        steps = max(0, count - 2)
        return [
            Strategy("constant", low + (high - low) * (i + 1) / steps, self._run.streams)
            for i in range(steps)
            if high > 0
        ]
