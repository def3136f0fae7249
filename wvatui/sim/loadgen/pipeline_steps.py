"""Steps of a pipeline: load from a text of YAML, and alpha and beta of two GuideLLM reports."""

from typing import Any

import msgspec

from wvatui.sim.loadgen.flags import document
from wvatui.sim.loadgen.guidellm import guidellm
from wvatui.sim.run.box import Box, Sleep, Steps


def calculate_params(box: Box, argv: list[str], given: bytes) -> Steps:
    """`calculate-params SYNC.json THROUGHPUT.json BATCH FOLDER`: writes alpha and beta there."""
    yield from ()
    if len(argv) < 5:
        box.say("usage: calculate-params SYNC.json THROUGHPUT.json BATCH FOLDER")
        return 2
    alone, together = (_itl_ms(box, name) for name in argv[1:3])
    batch = float(argv[3])
    if alone is None or together is None:
        box.say("ERROR: no inter_token_latency_ms in the reports")
        return 1
    if batch <= 1:
        box.say("ERROR: batch size must be greater than 1")
        return 1
    beta = (together - alone) / (batch - 1)
    alpha = alone - beta
    box.say(f"alpha = {alpha:.6f}, beta = {beta:.6f}")
    folder = argv[4].rstrip("/")
    box.files.write(box.path(f"{folder}/alpha"), f"{alpha:.6f}".encode())
    box.files.write(box.path(f"{folder}/beta"), f"{beta:.6f}".encode())
    return 0


def _itl_ms(box: Box, name: str) -> float | None:
    content = box.files.read(box.path(name))
    try:
        report: Any = msgspec.json.decode(content or b"")
        metrics = report["benchmarks"][0]["metrics"]
        return float(metrics["inter_token_latency_ms"]["successful"]["mean"])
    except (msgspec.DecodeError, KeyError, IndexError, TypeError):
        return None


SCENARIO = "/tmp/scenario.yaml"


def load_step(box: Box, argv: list[str], given: bytes) -> Steps:
    """`guidellm-load-step CONFIG TARGET MODEL FOLDER`; CONFIG: name, delay, duration, scenario."""
    if len(argv) < 5:
        box.say("usage: guidellm-load-step CONFIG TARGET MODEL FOLDER")
        return 2
    config: Any = document(argv[1].encode())
    name, delay, duration = config["name"], int(config.get("delay", 0)), int(config["duration"])
    box.say(f"=== Load step: {name} ===")
    box.say(f"  delay={delay}s  duration={duration}s")
    if delay > 0:
        box.say(f"Sleeping {delay}s before starting...")
        yield Sleep(float(delay))
    box.files.write(SCENARIO, str(config.get("scenario", "")).encode())
    words = [
        "guidellm",
        "benchmark",
        "--scenario",
        SCENARIO,
        "--target",
        argv[2],
        "--model",
        argv[3],
        "--max-seconds",
        str(duration),
        "--output-path",
        f"{argv[4].rstrip('/')}/benchmark-{name}.json",
        "--disable-progress",
    ]
    box.say(f"Command: {' '.join(words)}")
    code: int = yield from guidellm(box, words, b"")
    box.say(f"Exit:   {code}")
    return code
