"""What a container runs: its command and arguments, or what its image would."""

from typing import Any

from wvatui.sim.run.volumes import expanded

ENTRYPOINTS = (
    ("guidellm", ["guidellm"]),
    ("vllm-openai", ["vllm", "serve"]),
    ("inference-perf", ["inference-perf"]),
)
"""What an image runs when the pod names no command, by a part of its name."""


def argv(container: dict[str, Any], env: dict[str, str]) -> list[str]:
    """Words of the command line, `$(NAME)` replaced."""
    given = [expanded(str(one), env) for one in container.get("args") or []]
    command = [expanded(str(one), env) for one in container.get("command") or []]
    if command:
        return command + given
    image = str(container.get("image", ""))
    found = next((run for part, run in ENTRYPOINTS if part in image), None)
    # An image nobody knows: it does something for a moment, or runs what it is given.
    return found + given if found is not None else given or ["sleep", "5"]
