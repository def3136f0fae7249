"""The step of a pipeline that reads a text of YAML, waits, and runs GuideLLM."""

from typing import Any

from wvatui.sim.loadgen.flags import document
from wvatui.sim.loadgen.guidellm import guidellm
from wvatui.sim.run.box import Box
from wvatui.sim.run.process import Sleep, Steps

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
