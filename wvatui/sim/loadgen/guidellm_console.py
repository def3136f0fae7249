"""What GuideLLM prints: the steps of its setup, and tables when everything is over."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from wvatui.sim.loadgen.guidellm_plan import GuideLLMRun
from wvatui.sim.loadgen.guidellm_report import GuideLLMMeasured, metrics_of
from wvatui.sim.run.box import Box

ConsoleTable = tuple[str, list[tuple[str, list[str]]]]


def setup(box: Box, run: GuideLLMRun, model: str) -> None:
    """What it says before it begins."""
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
    """The last picture of the live display: without a terminal the only one."""
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
    """The tables, and where the report went."""
    if run.version < (0, 4):
        _older(box, run, measured)
        return
    for title, columns in (_summary(measured), _latency(run, measured), _throughput(run, measured)):
        box.say("\n")
        box.say(f"ℹ {title}")
        _table(box, columns)
    box.say("\n")
    box.say(f"✔ Benchmarking complete, generated {len(measured)} benchmark(s)")
    for kind, path in run.outputs:
        box.say(f"  {kind:<7} : {path}")


def _summary(measured: Sequence[GuideLLMMeasured]) -> ConsoleTable:
    columns: list[tuple[str, list[str]]] = [
        ("Benchmark|Strategy|", [one.kind for one, _ in measured]),
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


def _latency(run: GuideLLMRun, measured: Sequence[GuideLLMMeasured]) -> ConsoleTable:
    columns = [("Benchmark|Strategy||", [one.kind for one, _ in measured])]
    for title, unit, name in (
        ("Request Latency", "Sec", "request_latency"),
        ("TTFT", "ms", "time_to_first_token_ms"),
        ("ITL", "ms", "inter_token_latency_ms"),
        ("TPOT", "ms", "time_per_output_token_ms"),
    ):
        for place, part in enumerate(("Mdn", "p95")):
            head = f"{'' if place else title}|{'' if place else unit}|{part}"
            columns.append((head, _cells(run, measured, name, part)))
    return "Request Latency Statistics (Completed Requests)", columns


def _throughput(run: GuideLLMRun, measured: Sequence[GuideLLMMeasured]) -> ConsoleTable:
    columns = [("Benchmark|Strategy||", [one.kind for one, _ in measured])]
    for title, name in (
        ("Requests", "requests_per_second"),
        ("Concurrency", "request_concurrency"),
        ("Output Tokens", "output_tokens_per_second"),
        ("Total Tokens", "tokens_per_second"),
    ):
        unit = "Count" if name == "request_concurrency" else "Per Second"
        for place, part in enumerate(("Mdn", "Mean")):
            head = f"{'' if place else title}|{'' if place else unit}|{part}"
            columns.append((head, _cells(run, measured, name, part)))
    return "Server Throughput Statistics", columns


def _cells(
    run: GuideLLMRun, measured: Sequence[GuideLLMMeasured], name: str, part: str
) -> list[str]:
    cells = []
    for _, client in measured:
        told: dict[str, Any] = metrics_of(run.version, client)[name]["successful"] or {}
        value = {"Mdn": told.get("median"), "Mean": told.get("mean")}.get(
            part, (told.get("percentiles") or {}).get(part)
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
    box.say("|" + "|".join("=" * (width + 2) for width in widths) + "|")
    for row in range(depth):
        parts = [head[row] if row < len(head) else "" for head in heads]
        box.say("|" + "|".join(f" {p:<{w}} " for p, w in zip(parts, widths, strict=True)) + "|")
    box.say("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for row in range(len(columns[0][1])):
        cells = [cells[row] for _, cells in columns]
        box.say("|" + "|".join(f" {c:<{w}} " for c, w in zip(cells, widths, strict=True)) + "|")
    box.say("|" + "|".join("=" * (width + 2) for width in widths) + "|")


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
    _table(box, _latency(run, measured)[1])
    box.say("\nSaving benchmarks report...")
    for _, path in run.outputs:
        box.say(f"Benchmarks report saved to {path}")
    box.say("\nBenchmarking complete.")


def _count(results: Sequence[Any], state: str) -> str:
    return str(sum(one.state == state for one in results))


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
