"""Starting a simulated cluster in a process of its own, and ending it again."""

import contextlib
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from wvatui.errors import UsageError, WvatuiError
from wvatui.host.child import Child
from wvatui.sim.scenarios import SCENARIOS

START_S = 30.0
END_S = 5.0


class RunningCluster(NamedTuple):
    """A cluster that serves."""

    kubeconfig: Path
    namespace: str
    pid: int


@contextmanager
def launch(
    *,
    seed: int = 7,
    speed: float = 20.0,
    scenario: str = "stair-step",
    wva: str = "v0.9",
    autoscaler: str = "hpa",
    extra: tuple[str, ...] = (),
) -> Iterator[RunningCluster]:
    """A simulated cluster for as long as the block lasts, and never longer than this process.

    Raises UsageError for arguments that cannot be, WvatuiError when it does not start.
    """
    # Errors go to a file: a pipe that nobody reads would stop the child when it is full.
    with (
        tempfile.TemporaryDirectory(prefix="wvatui-") as folder,
        tempfile.TemporaryFile() as errors,
    ):
        path = Path(folder) / "kubeconfig"
        asked = (
            "--kubeconfig",
            str(path),
            "--seed",
            str(seed),
            "--speed",
            str(speed),
            "--scenario",
            scenario,
            "--wva",
            wva,
            "--autoscaler",
            autoscaler,
            "--hold",
            "--until-stdin-closes",
            *extra,
        )
        child = Child("wvatui.sim.__main__", asked).start(
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            _wait(child, errors)
            yield RunningCluster(path, SCENARIOS[scenario].namespace, child.pid)
        finally:
            _end(child)


def _wait(child: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    """Until it serves. Raises when it does not."""
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], START_S)
    if ready and child.stdout.readline():
        return
    if not ready:
        raise WvatuiError(f"the simulated cluster did not start within {START_S:g} s")
    child.wait(END_S)
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace").strip().split("\n")
    told = [line for line in said if line.startswith("wvatui: ")]
    if child.returncode == 2 and told:
        hint = said[said.index(told[0]) + 1 :]
        raise UsageError(told[0].removeprefix("wvatui: "), hint=hint[0].strip() if hint else "")
    words = said[-1] or f"exit code {child.returncode}"
    raise WvatuiError(f"the simulated cluster did not start: {words}")


def _end(child: "subprocess.Popen[bytes]") -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    child.terminate()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
