"""The verbs and their flags; the only place that knows which mode it wires.

Data goes to standard output, words to standard error. Every flag has a `WVATUI_…` variable and a
key in the configuration file: flag beats variable beats file. What a verb needs is imported when
the verb runs, so that `--version` and `export` never load the screen.
"""

import os
import signal
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, NoReturn

import click

import wvatui
from wvatui import paths, splash
from wvatui.errors import ConfigError, UsageError, WvatuiError
from wvatui.flags import Duration, Size, defaults, of_verbs
from wvatui.flags import option as _option
from wvatui.flags import together as _all

CLUSTER = _all(
    _option("-n", "--namespace", default="", help="The namespace to watch."),
    _option("--context", default="", help="Context of the kubeconfig; the current one by default."),
    _option("--kubeconfig", default="", help="Kubeconfig file."),
    _option("--request-timeout", type=Duration(), default="10s", show_default=True,
            help="How long one request to the API server may take."),
    _option("--controller-namespace", default="",
            help="Where the WVA controller runs; looked for by default."),
    _option("--interval", type=Duration(), default="2s", show_default=True,
            help="Time between two looks at every pod."),
    _option("--metrics", type=click.Choice(["proxy", "direct"]), default="proxy",
            show_default=True, help="Reach pods through the API server's proxy or by address."),
    _option("--since", type=Duration(), default="10m", show_default=True,
            help="How much of the controller's log to read from before now."),
)  # fmt: skip
RECORD = _all(
    _option("--record", type=click.Path(dir_okay=False, path_type=Path), default=None,
            help="Record into this file; by default into the sessions folder."),
    _option("--no-record", is_flag=True, help="Do not record."),
    _option("--max-size", type=Size(), default=None,
            help="Begin a new part of the recording at this size (such as 100M)."),
    _option("--label", default="", help="Label of the session, such as wva or hpa."),
    _option("--repetition", type=click.IntRange(0), default=0,
            help="Number of this repetition of the same experiment."),
)  # fmt: skip
LOOK = _all(
    _option("--theme", default="", help="Theme of the screen."),
    _option("--ascii", is_flag=True, help="Draw with ASCII characters only."),
)
SCREEN = _all(
    _option("--headless", is_flag=True, help="Draw nothing; end with one line."),
    _option("--plain", is_flag=True, help="Print one line a change instead of drawing."),
    LOOK,
)
LOAD = _all(
    _option("--allow-write", is_flag=True,
            help="Let the screen launch load jobs; without it, watching only reads."),
    _option("--keep-load", is_flag=True,
            help="Leave load that was launched running when the session ends."),
)  # fmt: skip
SIMULATED = _all(
    _option("--seed", type=int, default=7, show_default=True,
            help="Seed of the simulated cluster."),
    _option("--speed", type=click.FloatRange(0.1, 1000), default=20.0, show_default=True,
            help="Simulated seconds per second."),
    _option("--scenario", default="stair-step", show_default=True,
            help="What happens in the cluster."),
    _option("--wva", default="v0.9", show_default=True,
            help="Release of the simulated controller."),
    _option("--autoscaler", type=click.Choice(["hpa", "keda"]), default="hpa", show_default=True,
            help="What acts on the controller's decisions."),
)  # fmt: skip
SERVED = _all(
    _option("--replay", type=click.Path(path_type=Path), default=None,
            envvar="WVATUI_SERVE_REPLAY", help="Show this recording instead of a cluster."),
    _option("--demo", is_flag=True, envvar="WVATUI_SERVE_DEMO",
            help="Watch a simulated cluster that starts and ends with it."),
    _option("--host", default="127.0.0.1", show_default=True, envvar="WVATUI_SERVE_HOST",
            help="Listen there; anything but this machine is for everybody who can reach it."),
    _option("--port", type=click.IntRange(0, 65535), default=9820, show_default=True,
            envvar="WVATUI_SERVE_PORT", help="Port; 0: any that is free."),
    _option("--max-viewers", type=click.IntRange(1, 100), default=8, show_default=True,
            help="How many may look at once; each is a process of its own."),
    _option("--allow-actions", is_flag=True,
            help="Let viewers write snapshots on this machine; by default they only look."),
)  # fmt: skip
DURATION = _option(
    "--duration", type=Duration(), default=None, help="End after this time (such as 30m)."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(wvatui.__version__, prog_name="wvatui", message="%(prog)s %(version)s")
@click.option("--no-config", is_flag=True, help="Take no flags from the configuration file.")
@click.pass_context
def cli(ctx: click.Context, no_config: bool) -> None:
    """Watch, record and replay how an autoscaler reacts to saturated LLM replicas.

    \b
    wvatui demo                 the screen on a simulated cluster
    wvatui watch NAMESPACE      live, recorded as it happens
    wvatui replay FILE          a recording, or a controller's log of any release
    wvatui serve NAMESPACE      the same screen in a browser on this machine
    wvatui export FILE          a CSV snapshot, or whole tables
    wvatui run CONFIG.yaml      an experiment from a file, recorded into a folder
    wvatui estimate SYNC THR    parameters of WVA's model, from two reports
    """
    if no_config:
        return
    # A wrong file is what `config` is there for: it tells all of it.
    with suppress(ConfigError) if ctx.invoked_subcommand == "config" else nullcontext():
        ctx.default_map = defaults(cli, paths.config_file())


@cli.command()
@click.argument("namespace_argument", metavar="[NAMESPACE]", default="")
@_all(CLUSTER, RECORD, SCREEN, LOAD, DURATION)
def watch(namespace_argument: str, **flags: Any) -> None:
    """Watch a namespace live, recorded by default."""
    flags["namespace"] = _one_namespace(namespace_argument, flags["namespace"])
    _splash(flags, flags["namespace"] or "wvatui", "LIVE", "connecting")
    from wvatui import live

    sys.exit(live.watch(live.Request(**flags)))


@cli.command()
@_all(CLUSTER, RECORD, SCREEN, DURATION, SIMULATED)
@_option("--list", is_flag=True, help="Print the scenarios and end.")
def demo(seed: int, speed: float, scenario: str, wva: str, autoscaler: str, **flags: Any) -> None:
    """Watch a simulated cluster that starts and ends with it."""
    if flags.pop("list"):
        from wvatui.sim.scenarios import SCENARIOS

        width = max(map(len, SCENARIOS))
        for name, row in SCENARIOS.items():
            click.echo(f"{name:<{width}}  {row.title}\n{'':<{width}}  seen: {row.sight}")
        return
    _splash(flags, "wvatui demo", "LIVE", "starting the simulated cluster")
    from wvatui import live

    cluster = live.Simulated(seed, speed, scenario, wva, autoscaler)
    sys.exit(live.demo(live.Request(**flags), cluster))


@cli.command("run")
@click.argument("config", metavar="CONFIG.yaml")
@_option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=None,
         envvar="WVATUI_RUN_OUTPUT",
         help="Where the run's folder goes; by default where the file says.")  # fmt: skip
@_option("--label", type=click.Choice(["wva", "hpa", "none"]), default=None,
         help="What drives the replicas: part of the folder's name.")  # fmt: skip
@_option("--repeat", type=click.IntRange(1, 1000), default=1, show_default=True,
         help="Run it so many times, each into a folder of its own.")  # fmt: skip
@_option("--dry-run", is_flag=True, help="Check everything, print the plan, and make nothing.")
@_option("--yes", is_flag=True, help="Do not ask before jobs are made.")
@_all(CLUSTER)
@_option("--headless", is_flag=True, help="Draw nothing; print a line for what happens.")
@_option("--theme", default="", help="Theme of the screen.")
@_option("--ascii", is_flag=True, help="Draw with ASCII characters only.")
def run_experiment(config: str, **flags: Any) -> None:
    """Run an experiment from a file: its load jobs, recorded into a folder.

    \b
    Exit code 1: a stage failed or was skipped.
    """
    from wvatui import experiments, live

    own = {name: flags.pop(name) for name in ("output", "repeat", "dry_run", "yes")}
    flags["label"] = flags["label"] or ""
    sys.exit(experiments.run(experiments.Asked(config, **own, watch=live.Request(**flags))))


@cli.command()
@click.argument("file", metavar="FILE", default="-")
@_all(SCREEN)
@_option("--speed", type=click.FloatRange(0, 1000), default=1.0, show_default=True,
         envvar="WVATUI_REPLAY_SPEED", help="Speed; 0: as fast as it folds.")  # fmt: skip
@_option("--at", default="", help="Begin at this moment: 12m30s, 14:05:00 (UTC) or 50%.")
@_option("--paused", is_flag=True, help="Begin paused.")
@_option("--skip-idle/--no-skip-idle", default=True, help="Skip stretches without anything new.")
@_option("--follow", is_flag=True, help="Go on with a file that is still being written.")
@_option("--read-only", is_flag=True, help="Write no file, whatever is pressed.")
def replay(file: str, **flags: Any) -> None:
    """Replay a recording or a controller's log.

    Any release's log, also packed with gzip or zstd; - reads a pipe.
    """
    if file != "-":
        _splash(flags, os.path.basename(file), "REPLAY", "opening")
    from wvatui import offline

    sys.exit(offline.replay(file, **flags))


@cli.command("serve")
@click.argument("namespace_argument", metavar="[NAMESPACE]", default="")
@_all(SERVED, LOOK, CLUSTER, RECORD, DURATION, SIMULATED)
def serve_screen(namespace_argument: str, **flags: Any) -> None:
    """Show the same screen in a browser on this machine.

    A namespace (recorded once, however many look), a recording or the demo; needs `pip install
    'wvatui[serve]'`. Closing the browser ends nothing, ctrl+c here ends everything.
    """
    from wvatui import serving

    own = {name: flags.pop(name) for name in serving.OWN if name in flags}
    own["namespace"] = _one_namespace(namespace_argument, own["namespace"])
    settled = {flag.variable for verb in of_verbs(cli).values() for flag in verb.values()}
    sys.exit(serving.serve(serving.Wanted(**own, watching=flags, settled=frozenset(settled))))


@cli.command()
@click.argument("file", metavar="FILE")
@_option("--at", default="", help="The moment: 12m30s, 14:05:00 (UTC), 50%; the end by default.")
@_option("--table", "table", default="", help="A whole table as a series; all: every table.")
@_option("-o", "--output", default="", envvar="WVATUI_EXPORT_OUTPUT",
         help="Folder for tables, or file for the snapshot.")  # fmt: skip
@_option("--format", type=click.Choice(["wvatui", "seed"]), default="wvatui",
         show_default=True,
         help="seed: the metrics.csv that older experiment scripts wrote.")  # fmt: skip
def export(file: str, at: str, table: str, output: str, format: str) -> None:
    """Print a CSV snapshot of one moment, or write whole tables."""
    from wvatui import offline

    if format == "seed":
        offline.export_seed(file, output=output, only=not (at or table))
    else:
        offline.export(file, at=at, table=table, output=output)


@cli.command()
@click.argument("file", metavar="FILE")
@_option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True,
         help="Form of the answer.")  # fmt: skip
def summary(file: str, output: str) -> None:
    """Print a session's numbers: decisions, peaks, errors."""
    from wvatui import offline

    offline.print_summary(file, output)


@cli.command()
@_option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True,
         help="Form of the answer.")  # fmt: skip
@_option("--folder", type=click.Path(file_okay=False, path_type=Path), default=None,
         help="Where to look; the sessions folder by default.")  # fmt: skip
def sessions(output: str, folder: Path | None) -> None:
    """List what has been recorded, newest first."""
    from wvatui import offline

    offline.print_sessions(folder or paths.sessions_dir(), output)


@cli.command()
@click.argument("files", metavar="SYNC.json THROUGHPUT.json | SWEEP.json", nargs=-1, required=True)
@_option("--batch-size", type=float, default=64.0, show_default=True,
         help="Requests in flight in the throughput run.")  # fmt: skip
@_option("-o", "--output", default="parameters.json", show_default=True,
         envvar="WVATUI_ESTIMATE_OUTPUT",
         help="File for the parameters; - for standard output.")  # fmt: skip
def estimate(files: tuple[str, ...], batch_size: float, output: str) -> None:
    """Estimate alpha, beta (gamma, delta) of WVA's model from reports.

    Two GuideLLM reports, of a synchronous and a throughput run, or one sweep that has both.
    """
    from wvatui import estimate as verb

    verb.from_files(files, batch_size=batch_size, output=output)


@cli.command()
@_option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True,
         help="Form of the answer.")  # fmt: skip
def themes(output: str) -> None:
    """Show every theme as it looks; on no terminal, one name a line.

    Your own lie in the folder `themes` beside the configuration file.
    """
    from wvatui.ui import preview
    from wvatui.ui.start import unicode_locale

    preview.show(output, unicode=unicode_locale())


@cli.group()
def config() -> None:
    """Show and check the configuration file."""


@config.command("path")
def config_path() -> None:
    """Print which file is read, whether it exists or not."""
    click.echo(paths.config_file())


@config.command("show")
@_option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True,
         help="Form of the answer.")  # fmt: skip
def config_show(output: str) -> None:
    """Print every setting with its value and where it comes from."""
    from wvatui import configuration

    sys.exit(configuration.show(paths.config_file(), of_verbs(cli), output))


@config.command("validate")
def config_validate() -> None:
    """Check the whole file.

    Exit code 0 when it is right or absent, 2 when it is wrong.
    """
    from wvatui import configuration

    sys.exit(configuration.validate(paths.config_file(), of_verbs(cli)))


@cli.group()
def sim() -> None:
    """Run the simulated cluster on its own."""


@sim.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Run only the simulated cluster and write a kubeconfig for other clients."""
    from wvatui.sim.__main__ import main as run

    sys.exit(run(list(arguments)))


def _one_namespace(argument: str, flag: str) -> str:
    """The namespace, which can be given in two ways. Raises UsageError for two of them."""
    if argument and flag and argument != flag:
        raise UsageError(f"two namespaces given: {argument} and -n {flag}")
    return argument or flag


def _splash(flags: dict[str, Any], what: str, mode: str, doing: str) -> None:
    """Say at once what comes, where a screen will: its libraries take their time to load."""
    if not (flags["headless"] or flags["plain"]):
        splash.show(what, mode, doing)


class _Terminated(BaseException):
    """SIGTERM, as an exception, so that what is open is closed."""


def _terminate(number: int, frame: Any) -> NoReturn:
    raise _Terminated


def main() -> NoReturn:
    """The entry point: runs a verb and turns what it raises into one line and an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        try:
            cli.main(standalone_mode=False)
        finally:
            splash.clear()
        code = 0
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except WvatuiError as error:
        click.echo(f"wvatui: {error.message}", err=True)
        if error.hint:
            click.echo(f"        {error.hint}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        # The reader has gone (`| head`): that is its right, and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except _Terminated:
        code = 143
    sys.exit(code)
