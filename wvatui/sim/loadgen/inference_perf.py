"""inference-perf: stages of load, its log, and its lifecycle metrics."""

import random
from datetime import UTC, datetime
from typing import Any

import msgspec

from wvatui.sim.loadgen.client import ClientPlan, ClientResult, LoadClient
from wvatui.sim.loadgen.flags import Flags, document
from wvatui.sim.loadgen.lengths import Lengths, distributed, sharegpt
from wvatui.sim.loadgen.numbers import SHARES, mean, percentile
from wvatui.sim.run.box import Box, Endpoint, Sleep, Steps

_PARTS = {"median" if share == 0.5 else f"p{share * 100:g}": share for share in SHARES}
"""p0.1, p1, …, p99, p99.9."""


def inference_perf(box: Box, argv: list[str], given: bytes) -> Steps:
    """Run it from its configuration file."""
    flags = Flags(argv[1:])
    name = flags.last("config-file", "config_file", "c") or "config.yml"
    content = box.files.read(box.path(name))
    if content is None:
        box.say(f"FileNotFoundError: [Errno 2] No such file or directory: '{name}'")
        return 1
    return (yield from _Run(box, name, document(content)).steps())


class _Run:
    def __init__(self, box: Box, name: str, config: dict[str, Any]) -> None:
        self._box, self._name, self._config = box, name, config
        self._load = config.get("load") or {}
        self._server = config.get("server") or {}
        self._rng = random.Random(f"{box.pod}/inference-perf")

    def steps(self) -> Steps:
        box = self._box
        yield Sleep(6.0)
        self._log("config", f"Using configuration from: {self._name}")
        url = str(self._server.get("base_url", ""))
        model = str(self._server.get("model_name", ""))
        endpoint = box.network.endpoint(url, box.namespace)
        if endpoint is None or not endpoint.is_up:
            self._log("client.modelserver", f"error while querying {url}/v1/models", "ERROR")
            box.say("Exception: No supported model found")
            return 1
        knows = not model or model in endpoint.models
        results: list[ClientResult] = []
        clients: list[LoadClient] = []
        for number, stage in enumerate(self._load.get("stages") or []):
            client = yield from self._stage(number, stage, endpoint, knows)
            clients.append(client)
            results += client.results
            interval = float(self._load.get("interval", 1.0) or 0.0)
            yield Sleep(max(0.1, interval))
        self._log("loadgen.load_generator", "Loadgen finished")
        self._write(clients, results)
        return 0

    def _stage(self, number: int, stage: dict[str, Any], endpoint: Endpoint, knows: bool) -> Any:
        kind = str(self._load.get("type", "constant"))
        rate, duration = float(stage.get("rate") or 0), float(stage.get("duration") or 0)
        streams = stage.get("concurrency_level")
        if not streams and not rate > 0:
            raise ValueError(f"load.stages.{number}.rate: Input should be greater than 0")
        if streams:
            plan = ClientPlan(None, int(streams), int(stage.get("num_requests") or 0) or None)
        elif kind == "poisson":
            plan = ClientPlan(lambda: self._rng.expovariate(rate), None, round(rate * duration))
        else:
            plan = ClientPlan(lambda: 1 / rate, None, round(rate * duration))
        self._log("loadgen.load_generator", f"Stage {number} - run started")
        client = LoadClient(self._box.timeline, endpoint, plan, self._lengths(), models=knows)
        yield from client.steps()
        self._log("loadgen.load_generator", f"Stage {number} - run completed")
        return client

    def _lengths(self) -> Lengths:
        data = self._config.get("data") or {}
        if data.get("type") in ("shareGPT", "sharegpt"):
            return sharegpt(self._rng, None)
        shared = data.get("shared_prefix") or {}
        prefix = int(shared.get("system_prompt_len") or 0)
        given = data.get("input_distribution") or {"mean": shared.get("question_len", 256)}
        wanted = data.get("output_distribution") or {"mean": shared.get("output_len", 128)}
        return distributed(self._rng, given, wanted, prefix)

    def _log(self, module: str, text: str, level: str = "INFO") -> None:
        now = datetime.fromtimestamp(self._box.timeline.now, UTC)
        stamp = f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03}"
        self._box.say(f"{stamp} - inference_perf.{module} - {level} - {text}")

    def _write(self, clients: list[LoadClient], results: list[ClientResult]) -> None:
        storage = (self._config.get("storage") or {}).get("local_storage") or {}
        now = datetime.fromtimestamp(self._box.timeline.now, UTC)
        folder = self._box.path(str(storage.get("path") or f"reports-{now:%Y%m%d-%H%M%S}"))
        prefix = str(storage.get("report_file_prefix") or "")
        files = self._box.files
        wanted = ((self._config.get("report") or {}).get("request_lifecycle")) or {}
        seconds = clients[-1].ended - clients[0].begun if clients else 0.0
        for number, client in enumerate(clients):
            if wanted.get("per_stage", True):
                path = f"{folder}/{prefix}stage_{number}_lifecycle_metrics.json"
                stage = lifecycle(client.results, client.ended - client.begun)
                files.write(path, msgspec.json.encode(stage))
        path = f"{folder}/{prefix}summary_lifecycle_metrics.json"
        files.write(path, msgspec.json.encode(lifecycle(results, seconds)))
        self._log("client.filestorage.local", f"Report files will be stored at: {folder}")


def lifecycle(results: list[ClientResult], seconds: float) -> dict[str, Any]:
    """The lifecycle metrics of these requests over `seconds`."""
    good = [r for r in results if r.state == "successful"]
    bad = [r for r in results if r.state != "successful"]
    per = 1 / seconds if seconds else 0.0
    tokens_in, tokens_out = sum(r.prompt for r in good), sum(r.output for r in good)
    return {
        "benchmark_time_seconds": seconds,
        "load_summary": {
            "count": len(results),
            "schedule_delay": _summary([r.sent - r.planned for r in results]),
        },
        "successes": {
            "count": len(good),
            "latency": {
                "request_latency": _summary([r.latency_s or 0.0 for r in good]),
                "normalized_time_per_output_token": _summary([r.tpot_s or 0.0 for r in good]),
                "time_per_output_token": _summary([r.itl_s for r in good if r.itl_s is not None]),
                "time_to_first_token": _summary([r.ttft_s for r in good if r.ttft_s is not None]),
                "inter_token_latency": _summary([r.itl_s for r in good if r.itl_s is not None]),
            },
            "throughput": {
                "input_tokens_per_sec": tokens_in * per,
                "output_tokens_per_sec": tokens_out * per,
                "total_tokens_per_sec": (tokens_in + tokens_out) * per,
                "requests_per_sec": len(good) * per,
            },
            "prompt_len": _summary([float(r.prompt) for r in good]),
            "output_len": _summary([float(r.output) for r in good]),
        },
        "failures": {
            "count": len(bad),
            "request_latency": _summary([r.latency_s or 0.0 for r in bad]),
            "prompt_len": _summary([float(r.prompt) for r in bad]),
        },
    }


def _summary(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"mean": mean(values), "min": min(values), "max": max(values)} | {
        name: percentile(values, part) for name, part in _PARTS.items()
    }
