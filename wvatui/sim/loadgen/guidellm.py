"""GuideLLM of every release: `guidellm run` (from 0.7), `guidellm benchmark [run]` (before)."""

import random

import msgspec

from wvatui.sim.loadgen import guidellm_console as console
from wvatui.sim.loadgen.client import ClientPlan, LoadClient
from wvatui.sim.loadgen.flags import as_yaml
from wvatui.sim.loadgen.guidellm_plan import GuideLLMRun, Refused, Strategy, understood
from wvatui.sim.loadgen.guidellm_report import GuideLLMMeasured, report
from wvatui.sim.loadgen.lengths import synthetic
from wvatui.sim.run.box import Box
from wvatui.sim.run.network import Endpoint
from wvatui.sim.run.process import Sleep, Steps

IMPORT_S = 8.0
MOST_STREAMS = 512
"""What throughput opens when nothing limits it (GUIDELLM__MAX_CONCURRENCY)."""
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
        console.setup(box, run, model)
        for strategy in run.strategies():
            yield from self._benchmark(strategy, endpoint, knows)
        if run.profile == "sweep":
            for strategy in self._swept():
                yield from self._benchmark(strategy, endpoint, knows)
        yield Sleep(1.0)
        if not run.is_quiet:
            console.panel(box, self._measured)
        told = report(run, self._measured, endpoint.models)
        for kind, path in run.outputs:
            content = msgspec.json.encode(told)
            box.files.write(path, as_yaml(content) if kind == "yaml" else content)
        if not run.is_silent:
            console.results(box, run, self._measured)
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
        match strategy.kind:
            case "synchronous":
                plan = ClientPlan(None, 1, run.max_requests, run.max_seconds)
            case "throughput" | "concurrent":
                plan = ClientPlan(None, limit, run.max_requests, run.max_seconds)
            case "poisson":
                assert rate is not None
                plan = ClientPlan(
                    lambda: self._rng.expovariate(rate), limit, run.max_requests, run.max_seconds
                )
            case _:
                assert rate is not None
                plan = ClientPlan(lambda: 1 / rate, limit, run.max_requests, run.max_seconds)
        if plan.requests is None and plan.seconds is None:
            plan = ClientPlan(plan.gaps, plan.streams, 1000)
        client = LoadClient(
            self._box.timeline, endpoint, plan, synthetic(self._rng, run.data), models=knows
        )
        self._measured.append((strategy, client))
        yield from client.steps()
        yield Sleep(PAUSE_S)
        return 0

    def _swept(self) -> list[Strategy]:
        """Constant rates between what one request at a time and what all at once achieved."""
        found = []
        for _, client in self._measured:
            good = sum(r.state == "successful" for r in client.results)
            found.append(good / max(1e-9, client.ended - client.begun))
        low, high = found[0], max(found)
        count = int(self._run.rates[0]) if self._run.rates else SWEEP
        steps = max(0, count - 2)
        return [
            Strategy("constant", low + (high - low) * (i + 1) / steps, self._run.streams)
            for i in range(steps)
            if high > 0
        ]
