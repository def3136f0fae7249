"""A simulated cluster in a process of its own, and the kubeconfig that reaches it."""

import base64
import contextlib
import json
import select
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from wvatui.errors import UsageError, WvatuiError
from wvatui.host import private
from wvatui.host.child import Child
from wvatui.sim.pods.collector import TARGETS_PATH
from wvatui.sim.scenarios import SCENARIOS

if TYPE_CHECKING:
    from wvatui.sim.tls import Authority

NAME = "wvatui-sim"
CLOCK_EXTENSION = "clock.wvatui.dev"
USERS = ("token", "cert", "exec")


def kubeconfig(
    url: str,
    clock_url: str,
    speed: float,
    namespace: str,
    *,
    authority: "Authority | None" = None,
    token: str = "",
    secret_file: Path | None = None,
    auth: str = "token",
) -> dict[str, Any]:
    """One cluster; with `authority` a context for each way to prove who one is."""
    cluster: dict[str, Any] = {
        "server": url,
        "extensions": [{"name": CLOCK_EXTENSION, "extension": {"url": clock_url, "speed": speed}}],
    }
    users: dict[str, dict[str, Any]] = {"nobody": {}}
    if authority is not None:
        cluster["certificate-authority-data"] = _packed(authority.ca)
        users = {
            "token": {"token": token},
            "cert": {
                "client-certificate-data": _packed(authority.client_certificate),
                "client-key-data": _packed(authority.client_key),
            },
            "exec": {"exec": _plugin(secret_file)},
        }
    chosen = auth if auth in users else next(iter(users))
    contexts = {f"{NAME}-{user}": user for user in users} if len(users) > 1 else {}
    contexts[NAME] = chosen
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": cluster}],
        "users": [{"name": f"{NAME}-{name}", "user": user} for name, user in users.items()],
        "contexts": [
            {
                "name": name,
                "context": {"cluster": NAME, "user": f"{NAME}-{user}", "namespace": namespace},
            }
            for name, user in contexts.items()
        ],
    }


def write_kubeconfig(path: Path, content: dict[str, Any]) -> None:
    """Write it (JSON is YAML) so that nobody ever reads half of it. Raises OSError."""
    private.write(path, json.dumps(content, indent=1) + "\n")


def _plugin(secret_file: Path | None) -> dict[str, Any]:
    command, *arguments = Child("wvatui.sim.execplugin", (str(secret_file),)).command
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "args": arguments,
        "interactiveMode": "Never",
    }


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


START_S = 120.0
"""Wall seconds that a cluster gets to start, on however slow a machine."""
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
    kubernetes: str = "1.36",
    keda: str = "2.21",
    extra: tuple[str, ...] = (),
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[RunningCluster]:
    """A simulated cluster for as long as the block lasts, and never longer than this process.

    `meanwhile` is called while it starts. Raises UsageError for arguments that cannot be,
    WvatuiError when it does not start.
    """
    # Errors go to a file: a pipe that nobody reads would stop the child when it is full.
    with (
        tempfile.TemporaryDirectory(prefix="wvatui-") as folder,
        tempfile.TemporaryFile() as errors,
    ):
        path = Path(folder) / "kubeconfig"
        options = {
            "kubeconfig": path,
            "seed": seed,
            "speed": speed,
            "scenario": scenario,
            "wva": wva,
            "autoscaler": autoscaler,
            "kubernetes": kubernetes,
            "keda": keda,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        asked = (*words, "--hold", "--until-stdin-closes", *extra)
        child = Child("wvatui.sim.__main__", asked).start(
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            meanwhile()
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
    child.wait(START_S)
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace").strip().split("\n")
    messages = [line for line in said if line.startswith("wvatui: ")]
    if child.returncode == 2 and messages:
        hint = said[said.index(messages[0]) + 1 :]
        raise UsageError(messages[0].removeprefix("wvatui: "), hint=hint[0].strip() if hint else "")
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


def prometheus_config(
    url: str, clock_url: str, *, authority: "Authority | None" = None, token: str = ""
) -> dict[str, Any]:
    """The configuration of a real Prometheus that scrapes every page of the simulated cluster.

    It asks the simulator where the pages are, which every build can (some are without Kubernetes),
    and reads them through the API server's proxy. Times are its own, so the cluster is to run at
    speed 1.
    """
    access: dict[str, Any] = {}
    if authority is not None:
        access = {"authorization": {"credentials": token}, "tls_config": {"ca": authority.ca}}
    discovery = {"url": f"{clock_url}{TARGETS_PATH}", "refresh_interval": "5s"}
    job = {
        "job_name": NAME,
        "scheme": url.partition("://")[0],
        "honor_labels": True,
        "http_sd_configs": [discovery],
        **access,
    }
    return {"global": {"scrape_interval": "15s"}, "scrape_configs": [job]}
