"""The log lines of an engine: its start, and statistics every ten seconds.

Source: vllm/v1/metrics/loggers.py and vllm/entrypoints/launcher.py of 0.11;
python/sglang/srt/managers/scheduler_metrics_mixin.py of 0.5.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from wvatui.engine.engine import EngineModel

EACH_S = 10.0
"""Seconds between two lines of statistics (VLLM_LOG_STATS_INTERVAL)."""


class EngineLog:
    """The log of one engine. Lines are written when its page is requested, so that they add no
    moments of their own to the simulation."""

    def __init__(self, write: Callable[[str], None], *, sglang: bool) -> None:
        self._write, self._sglang = write, sglang
        self._before: tuple[float, int, int] | None = None

    def started(self, model: str, now: float) -> None:
        """Write the lines of the start."""
        if self._sglang:
            self._write(f"[{_clock(now, '%Y-%m-%d')}] server_args=ServerArgs(model_path='{model}')")
        else:
            self._info(now, "api_server.py:1839", f"non-default args: {{'model': '{model}'}}")

    def ready(self, took_s: float, now: float) -> None:
        """Write that the model is loaded and requests are accepted."""
        if self._sglang:
            self._write(f"[{_clock(now, '%Y-%m-%d')}] The server is fired up and ready to roll!")
        else:
            text = f"Model loading took 15.0 GiB and {took_s:.6f} seconds"
            self._info(now, "gpu_model_runner.py:2653", text)
            self._write("INFO:     Application startup complete.")

    def looked(self, engine: EngineModel, now: float) -> None:
        """Write the statistics, if they are due."""
        stats = engine.stats
        seen = (now, stats.prompt_tokens, stats.generation_tokens)
        before = self._before = self._before or seen
        if (span_s := now - before[0]) < EACH_S:
            return
        self._before = seen
        read, made = ((new - old) / span_s for new, old in zip(seen[1:], before[1:], strict=True))
        hits = stats.prefix_hits / stats.prefix_queries if stats.prefix_queries else 0.0
        running, waiting, usage = len(engine.running), len(engine.waiting), engine.cache.ratio
        if self._sglang:
            tokens = engine.cache.used * engine.cache.block_size
            self._write(
                f"[{_clock(now, '%Y-%m-%d')}] Decode batch. #running-req: {running}, "
                f"#token: {tokens}, token usage: {usage:.2f}, cuda graph: True, "
                f"gen throughput (token/s): {made:.2f}, #queue-req: {waiting}, "
            )
            return
        self._info(
            now,
            "loggers.py:127",
            f"Engine 000: Avg prompt throughput: {read:.1f} tokens/s, "
            f"Avg generation throughput: {made:.1f} tokens/s, Running: {running} reqs, "
            f"Waiting: {waiting} reqs, GPU KV cache usage: {usage * 100:.1f}%, "
            f"Prefix cache hit rate: {hits * 100:.1f}%",
        )

    def _info(self, now: float, where: str, text: str) -> None:
        self._write(f"(APIServer pid=1) INFO {_clock(now, '%m-%d')} [{where}] {text}")


def _clock(now: float, day: str) -> str:
    return datetime.fromtimestamp(now, UTC).strftime(f"{day} %H:%M:%S")
