"""`vllm bench serve` (vLLM 0.11 vllm/benchmarks/serve.py): its log, its result block, its JSON."""

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from wvatui.sim.loadgen.client import ClientPlan, ClientResult, LoadClient
from wvatui.sim.loadgen.flags import Flags, switches
from wvatui.sim.loadgen.lengths import Lengths, ranged, sharegpt
from wvatui.sim.loadgen.numbers import mean, over_time, percentile, quantiles, spread
from wvatui.sim.run.box import Box, Endpoint, Sleep, Steps

_BLOCKS = " ▏▎▍▌▋▊▉"
INTERVAL_S = 0.1
SMOOTHING = 0.3


class Bar:
    """A progress bar over `total` units. Times are in seconds. Writes with \r, never a newline."""

    def __init__(self, total: int, now: float, write: Callable[[str], None]) -> None:
        self.done = 0
        self._total, self._begun, self._write = total, now, write
        self._shown_at, self._shown = now, 0
        self._width = 0
        self._units = self._seconds = 0.0
        self._draw(now)

    def add(self, count: int, now: float) -> None:
        """Add finished units."""
        self.done += count
        if now - self._shown_at >= INTERVAL_S:
            self._show(now)

    def close(self, now: float) -> None:
        """Draw the final bar, with the mean rate, and end the line."""
        self._draw(now, is_last=True)
        self._write("\n")

    def _show(self, now: float) -> None:
        units, seconds = self.done - self._shown, now - self._shown_at
        beta = 1 - SMOOTHING
        self._units = SMOOTHING * units + beta * self._units
        self._seconds = SMOOTHING * seconds + beta * self._seconds
        self._shown, self._shown_at = self.done, now
        self._draw(now)

    def _draw(self, now: float, *, is_last: bool = False) -> None:
        elapsed = now - self._begun
        rate: float | None = None
        if is_last:
            rate = self.done / elapsed if elapsed > 0 else None
        elif self._seconds > 0 and self._units > 0:
            rate = self._units / self._seconds
        part = self.done / self._total if self._total else 1.0
        full, eighths = divmod(int(part * 80), 8)
        bar = "█" * full + (_BLOCKS[eighths] if full < 10 else "")
        left = clock((self._total - self.done) / rate) if rate else "?"
        if rate is None:
            speed = "?it/s"
        else:
            speed = f"{rate:5.2f}it/s" if rate >= 1 else f"{1 / rate:5.2f}s/it"
        text = (
            f"{part * 100:3.0f}%|{bar:<10}| {self.done}/{self._total} "
            f"[{clock(elapsed)}<{left}, {speed}]"
        )
        self._write(f"\r{text:<{self._width}}")
        self._width = len(text)


def clock(seconds: float) -> str:
    """`mm:ss`, or `h:mm:ss`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


IMPORT_S = 11.0
READY_S = 600.0
_SWITCHES = switches(
    "no-stream no-oversample skip-chat-template disable-shuffle use-beam-search trust-remote-code "
    "disable-tqdm profile save-result save-detailed append-result ignore-eos"
)
_WIDTH = 50


def bench_serve(box: Box, argv: list[str], given: bytes) -> Steps:
    """Run it; returns 0 even when requests failed, as the real one does."""
    flags = Flags(argv[3:], _SWITCHES)
    try:
        return (yield from _Bench(box, flags).run())
    except ValueError as error:
        box.say("usage: vllm bench serve [options]")
        box.say(f"vllm bench serve: error: {error}")
        return 2


class _Bench:
    def __init__(self, box: Box, flags: Flags) -> None:
        self._box, self._flags = box, flags
        base = flags.last("base-url")
        self._url = (
            base or f"http://{flags.last('host') or '127.0.0.1'}:{flags.whole('port', 8000)}"
        )
        self._model = flags.last("model") or ""
        self._seed = flags.whole("seed", 0)
        self._count = flags.whole("num-prompts", 1000)
        self._rate = flags.number("request-rate", math.inf)
        self._burstiness = flags.number("burstiness", 1.0)
        if not self._rate > 0 or not self._burstiness > 0:
            raise ValueError("argument --request-rate: must be greater than 0")
        streams = flags.whole("max-concurrency", 0)
        self._streams = streams or None
        self._rng = random.Random(f"{box.pod}/{self._seed}")

    def run(self) -> Steps:
        box = self._box
        yield Sleep(IMPORT_S * box.rng.uniform(0.8, 1.3))
        self._greet()
        endpoint = box.network.endpoint(self._url, box.namespace)
        code = yield from self._wait(endpoint)
        if code or endpoint is None:
            return 1
        if self._model and self._model not in endpoint.models:
            yield Sleep(0.3)
            return self._failed(
                "Initial test run failed - Please make sure benchmark arguments "
                "are correctly specified. Error: Not Found"
            )
        box.say("Initial test run completed.")
        box.say("Starting main benchmark run...")
        box.say(f"Traffic request rate: {self._rate}")
        process = "Poisson process" if self._burstiness == 1.0 else "Gamma distribution"
        box.say(f"Burstiness factor: {self._burstiness} ({process})")
        box.say(f"Maximum request concurrency: {self._streams}")
        is_silent = "disable-tqdm" in self._flags

        def draw(text: str) -> None:
            if not is_silent:
                box.out(text.encode())

        bar = Bar(self._count, box.timeline.now, draw)
        gaps = None
        if math.isfinite(self._rate):
            shape = self._burstiness
            gaps = lambda: self._rng.gammavariate(shape, 1 / (self._rate * shape))  # noqa: E731
        streams = self._streams if gaps is not None else self._streams or self._count
        client = LoadClient(
            box.timeline,
            endpoint,
            ClientPlan(gaps, streams, self._count),
            self._lengths(),
            on_end=lambda result: bar.add(1, box.timeline.now),
        )
        yield from client.steps()
        bar.close(box.timeline.now)
        box.say("tip: install termplotlib and gnuplot to plot the metrics")
        self._tell(client)
        return 0

    def _greet(self) -> None:
        now = datetime.fromtimestamp(self._box.timeline.now, UTC)
        stamp, say = now.strftime("%m-%d %H:%M:%S"), self._box.say
        say(
            f"INFO {stamp} [importing.py:44] Triton is installed but 0 active driver(s) found "
            "(expected 1). Disabling Triton to prevent runtime errors."
        )
        say(
            f"INFO {stamp} [importing.py:68] Triton not installed or not compatible; certain "
            "GPU-related functions will not be available."
        )
        say(
            f"[{now:%Y-%m-%d %H:%M:%S}] INFO main.py:47: Unspecified platform detected, switching "
            "to CPU Platform instead."
        )
        values: dict[str, Any] = {
            "subparser": "bench",
            "bench_type": "serve",
            "seed": self._seed,
            "num_prompts": self._count,
            "dataset_name": self._flags.last("dataset-name"),
            "dataset_path": self._flags.last("dataset-path"),
            "backend": self._flags.last("backend", "endpoint-type") or "openai",
            "base_url": self._flags.last("base-url"),
            "max_concurrency": self._streams,
            "model": self._model,
            "request_rate": self._rate,
            "burstiness": self._burstiness,
            "disable_tqdm": "disable-tqdm" in self._flags,
        }
        shown = ", ".join(f"{name}={value!r}" for name, value in values.items())
        say(f"Namespace({shown})")

    def _wait(self, endpoint: Endpoint | None) -> Steps:
        """Send the initial test request; returns 1 when there is no answer within ten minutes."""
        box = self._box
        box.say("Starting initial single prompt test run...")
        limit_s = self._flags.number("ready-check-timeout-sec", READY_S)
        box.say(f"Waiting for endpoint to become up in {limit_s:g} seconds")
        box.out(b"\r |          | 00:00 elapsed, ? remaining")
        waited = 0.0
        while endpoint is None or not endpoint.is_up:
            if waited >= limit_s:
                box.out(b"\n")
                return self._failed(
                    "Initial test run failed - Please make sure benchmark arguments are correctly "
                    "specified. Error: Cannot connect to host "
                    f"{self._url.partition('//')[2]} ssl:default"
                )
            yield Sleep(5.0)
            waited += 5.0
            text = f"\r |          | {int(waited) // 60:02}:{int(waited) % 60:02} elapsed"
            box.out(text.encode())
            endpoint = endpoint or box.network.endpoint(self._url, box.namespace)
        yield Sleep(box.rng.uniform(2.0, 6.0))
        box.out(b"\n")
        return 0

    def _failed(self, message: str) -> int:
        self._box.say("Traceback (most recent call last):")
        self._box.say(
            '  File "/usr/local/lib/python3.12/dist-packages/vllm/benchmarks/serve.py", '
            "line 612, in benchmark"
        )
        self._box.say(f"ValueError: {message}")
        return 1

    def _lengths(self) -> Lengths:
        flags, rng = self._flags, self._rng
        name = flags.last("dataset-name") or "random"
        if name == "sharegpt":
            wanted = flags.last("sharegpt-output-len", "output-len")
            return sharegpt(rng, int(wanted) if wanted else None)
        prompt = flags.last("random-input-len", "input-len", f"{name}-input-len")
        output = flags.last("random-output-len", "output-len", f"{name}-output-len")
        return ranged(
            rng,
            int(prompt or 1024),
            int(output or 128),
            flags.number("random-range-ratio", 0.0),
            flags.whole("random-prefix-len", 0),
        )

    # --- what was measured -------------------------------------------------------------------

    def _tell(self, client: LoadClient) -> None:
        results = client.results
        good = [r for r in results if r.state == "successful"]
        duration = max(1e-9, client.ended - client.begun)
        spans = [(r.sent, r.ended or client.ended) for r in results]
        at_once = max((n for n, _ in over_time(spans, client.begun, client.ended)), default=0.0)
        total_in, total_out = sum(r.prompt for r in good), sum(r.output for r in good)
        figures: dict[str, Any] = {
            "duration": duration,
            "completed": len(good),
            "failed": len(results) - len(good),
            "total_input_tokens": total_in,
            "total_output_tokens": total_out,
            "request_throughput": len(good) / duration,
            "output_throughput": total_out / duration,
            "total_token_throughput": (total_in + total_out) / duration,
            "max_output_tokens_per_s": _peak_tokens(good, client.begun),
            "max_concurrent_requests": at_once,
        }
        series = {
            "ttft": [(r.ttft_s or 0.0, 1.0) for r in good],
            "tpot": [(r.itl_s, 1.0) for r in good if r.itl_s is not None],
            "itl": [(r.itl_s, r.output - 1.0) for r in good if r.itl_s is not None],
            "e2el": [(r.latency_s or 0.0, 1.0) for r in good],
        }
        for name, pairs in series.items():
            middle, variance = spread(pairs)
            median, high = quantiles(pairs, (0.5, 0.99))
            if name != "itl":
                values = [value for value, _ in pairs]
                middle = mean(values)
                median, high = (percentile(values, part) for part in (0.5, 0.99))
            statistics = {"mean": middle, "median": median, "std": math.sqrt(variance), "p99": high}
            figures |= {f"{kind}_{name}_ms": value * 1000 for kind, value in statistics.items()}
        self._block(figures)
        self._save(figures)

    def _block(self, figures: dict[str, Any]) -> None:
        say = self._box.say
        say(f"{' Serving Benchmark Result ':=^{_WIDTH}}")
        rows: list[tuple[str, Any]] = [
            ("Successful requests:", figures["completed"]),
            ("Failed requests:", figures["failed"]),
        ]
        if self._streams is not None:
            rows.append(("Maximum request concurrency:", self._streams))
        if math.isfinite(self._rate):
            rows.append(("Request rate configured (RPS):", self._rate))
        rows += [
            ("Benchmark duration (s):", figures["duration"]),
            ("Total input tokens:", figures["total_input_tokens"]),
            ("Total generated tokens:", figures["total_output_tokens"]),
            ("Request throughput (req/s):", figures["request_throughput"]),
            ("Output token throughput (tok/s):", figures["output_throughput"]),
            ("Peak output token throughput (tok/s):", figures["max_output_tokens_per_s"]),
            ("Peak concurrent requests:", figures["max_concurrent_requests"]),
            ("Total Token throughput (tok/s):", figures["total_token_throughput"]),
        ]
        for name, value in rows:
            shown = f"{value:<10.2f}" if isinstance(value, float) else f"{value:<10}"
            say(f"{name:<40} {shown}")
        for short, title in (
            ("ttft", "Time to First Token"),
            ("tpot", "Time per Output Token (excl. 1st token)"),
            ("itl", "Inter-token Latency"),
        ):
            say(f"{title:-^{_WIDTH}}")
            for kind in ("mean", "median", "p99"):
                label = f"{kind.upper() if kind == 'p99' else kind.title()} {short.upper()} (ms):"
                say(f"{label:<40} {figures[f'{kind}_{short}_ms']:<10.2f}")
        say("=" * _WIDTH)

    def _save(self, figures: dict[str, Any]) -> None:
        flags, box = self._flags, self._box
        if not {"save-result", "result-filename"} & set(flags.names()):
            return
        now = datetime.fromtimestamp(box.timeline.now, UTC)
        rate = f"{self._rate}qps" if math.isfinite(self._rate) else "infqps"
        backend = flags.last("backend", "endpoint-type") or "openai"
        short = self._model.rpartition("/")[2]
        name = flags.last("result-filename") or (
            f"{backend}-{rate}-concurrency{self._streams}-{short}-{now:%Y%m%d-%H%M%S}.json"
        )
        folder = flags.last("result-dir")
        head = {
            "date": f"{now:%Y%m%d-%H%M%S}",
            "endpoint_type": backend,
            "backend": backend,
            "label": flags.last("label"),
            "model_id": self._model,
            "tokenizer_id": self._model,
            "num_prompts": self._count,
            "request_rate": self._rate if math.isfinite(self._rate) else "inf",
            "burstiness": self._burstiness,
            "max_concurrency": self._streams,
        }
        path = box.path(f"{folder}/{name}" if folder else name)
        box.files.write(path, msgspec.json.encode(head | figures))


def _peak_tokens(results: list[ClientResult], begun: float) -> float:
    """The most tokens in one second, with each request's tokens taken as evenly spread."""
    seconds: dict[int, float] = {}
    for result in results:
        if result.first is None or result.ended is None:
            continue
        first, last = int(result.first - begun), int(result.ended - begun)
        share = result.output / (last - first + 1)
        for second in range(first, last + 1):
            seconds[second] = seconds.get(second, 0.0) + share
    return float(round(max(seconds.values(), default=0.0)))
