"""`wvatui sim serve`: a simulated cluster in a process of its own, until a signal ends it."""

import argparse
import asyncio
import contextlib
import importlib.util
import math
import os
import secrets
import shutil
import ssl
import sys
import tempfile
from pathlib import Path

from wvatui.errors import UsageError, WvatuiError
from wvatui.host import console, signals
from wvatui.sim.api.context import ADMIN, AccessRules
from wvatui.sim.api.server import ApiServer
from wvatui.sim.cluster import AUTOSCALERS, RELEASES, Cluster
from wvatui.sim.faults import Fault
from wvatui.sim.faults import parse as parse_fault
from wvatui.sim.scenarios import SCENARIOS
from wvatui.sim.serve import USERS, kubeconfig, prometheus_config, write_kubeconfig


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wvatui sim serve",
        description="Run a simulated cluster on loopback and write a kubeconfig for its clients.",
        epilog="scenarios: " + "; ".join(f"{name} ({s.title})" for name, s in SCENARIOS.items()),
    )
    add = parser.add_argument
    add("--kubeconfig", required=True, type=Path, metavar="FILE", help="where to write it")
    add(
        "--prometheus-config",
        type=Path,
        metavar="FILE",
        help="also write the configuration of a Prometheus that scrapes the cluster, which gets"
        " kube-state-metrics for it; --speed 1",
    )
    add("--port", type=int, default=0, help="port of the API server (default: any free one)")
    add("--speed", type=float, default=20.0, help="simulated seconds per second (default: 20)")
    add("--seed", type=int, default=7, help="the same seed gives the same cluster (default: 7)")
    add("--scenario", default="stair-step", metavar="NAME", help="what happens, see below")
    add("--wva", default="v0.9", metavar="RELEASE", help=f"one of {', '.join(RELEASES)}")
    add("--autoscaler", default="hpa", metavar="NAME", help=f"one of {', '.join(AUTOSCALERS)}")
    add("--kubernetes", default="1.36", metavar="RELEASE", help="1.33 to 1.37: whose HPA it has")
    add("--keda", default="2.21", metavar="RELEASE", help="2.16 to 2.21: whose KEDA it has")
    add("--tls", action="store_true", help="serve TLS: contexts with token, certificate and plugin")
    add("--auth", default="token", choices=USERS, help="the current context's way in, with --tls")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[,key=value…]",
        help="plan a fault: 500,path=/pods,nth=3 or eof,path=/log,times=always",
    )
    add("--hold", action="store_true", help="let time begin with the first request")
    add("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    return parser


def main(arguments: list[str]) -> int:
    """Serve until a signal arrives; returns the exit code."""
    given = _arguments().parse_args(arguments)
    try:
        cluster = Cluster(
            seed=given.seed,
            scenario=given.scenario,
            wva=given.wva,
            autoscaler=given.autoscaler,
            kubernetes=given.kubernetes,
            keda=given.keda,
            kube_state=given.prometheus_config is not None,
        )
        faults = [parse_fault(text) for text in given.fault]
        if given.kubeconfig.exists() and not given.kubeconfig.is_file():
            raise UsageError(f"--kubeconfig {given.kubeconfig}: is no file")
        if given.tls and importlib.util.find_spec("cryptography") is None:
            raise UsageError(
                "--tls needs cryptography, which is not installed",
                hint="pip install 'wvatui[tls]'",
            )
        if not 0 <= given.speed < math.inf:
            raise UsageError("--speed is a number of simulated seconds per second, 0 or more")
    except ValueError as error:
        console.err(f"wvatui: {error}")
        return 2
    except WvatuiError as error:
        console.err(f"wvatui: {error.message}", *[f"        {error.hint}"] * bool(error.hint))
        return error.exit_code
    # When a demo ends at once, the signal may arrive before this process serves.
    signals.end_by_exception()
    folder = Path(tempfile.mkdtemp(prefix="wvatui-sim-"))
    try:
        return asyncio.run(_serve(cluster, given, faults, folder))
    except OSError as error:
        console.err(f"wvatui: cannot serve: {error}")
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(
    cluster: Cluster, given: argparse.Namespace, faults: list[Fault], folder: Path
) -> int:
    access, authority, token, secret_file = AccessRules(), None, "", None
    tls: ssl.SSLContext | None = None
    if given.tls:
        from wvatui.sim.tls import make_authority, server_context

        token, secret = secrets.token_urlsafe(24), secrets.token_bytes(32)
        access = AccessRules(anonymous=None, tokens={token: ADMIN}, secret=secret)
        authority = make_authority(ADMIN)
        tls = server_context(authority, folder)
        secret_file = folder / "secret"
        secret_file.touch(mode=0o600)
        secret_file.write_bytes(secret)
    server = ApiServer(cluster, speed=given.speed, hold=given.hold, access=access)
    for fault in faults:
        server.context.faults.add(fault)
    await server.start(given.port, tls)
    content = kubeconfig(
        server.url,
        server.clock_url,
        given.speed,
        cluster.namespace,
        authority=authority,
        token=token,
        secret_file=secret_file,
        auth=given.auth,
    )
    write_kubeconfig(given.kubeconfig, content)
    if given.prometheus_config is not None:
        scraping = prometheus_config(server.url, server.clock_url, authority=authority, token=token)
        write_kubeconfig(given.prometheus_config, scraping)
    ended = asyncio.Event()
    if given.until_stdin_closes:
        # The parent's end of the pipe closes however the parent ended.
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _watch_stdin, ended)
    client = f"kubectl --kubeconfig {given.kubeconfig}"
    try:
        with signals.heard(lambda code: ended.set()):
            console.out(
                f"serving {server.url}, namespace {cluster.namespace}: {client}", flush=True
            )
            await ended.wait()
    finally:
        with contextlib.suppress(OSError):
            given.kubeconfig.unlink(missing_ok=True)
            if given.until_stdin_closes:
                # A parent that was killed cannot remove the folder that it created for this
                # process.
                given.kubeconfig.parent.rmdir()
        await server.stop()
    return 0


def _watch_stdin(ended: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        ended.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
