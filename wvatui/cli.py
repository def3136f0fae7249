"""The program: its verbs together, and what it ends with.

Data goes to standard output, words to standard error. Every flag has a `WVATUI_…` variable and a
key in the configuration file: flag beats variable beats file.
"""

import os
import signal
import sys
from contextlib import nullcontext, suppress
from typing import Any, NoReturn

import click

import wvatui
from wvatui import paths, splash
from wvatui.errors import ConfigError, WvatuiError
from wvatui.flags import defaults
from wvatui.verbs import VERBS


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(wvatui.__version__, prog_name="wvatui", message="%(prog)s %(version)s")
@click.option("--no-config", is_flag=True, help="Take no flags from the configuration file.")
@click.pass_context
def cli(ctx: click.Context, no_config: bool) -> None:
    """Watch, record and replay how an autoscaler reacts to saturated LLM replicas.

    \b
    wvatui demo                 the screen on a simulated cluster
    wvatui watch NAMESPACE      live, recorded as it happens
    wvatui check NAMESPACE      why nothing happens: what blocks it, and what to do
    wvatui replay FILE          a recording, or a controller's log of any release
    wvatui serve NAMESPACE      the same screen in a browser on this machine
    wvatui export FILE          a CSV snapshot, or whole tables
    wvatui explain FILE         why each target: the decisions recomputed
    wvatui run CONFIG.yaml      an experiment from a file, recorded into a folder
    wvatui load PROFILE|FILE    one load, in a recorded session of its own
    wvatui estimate SYNC THR    parameters of WVA's model, from two reports
    wvatui whatif FILE          other rules, thresholds, autoscalers on a recording
    wvatui rules verify CASES   the decision rules against recorded decisions
    """
    if no_config:
        return
    # A wrong file is what `config` is there for: it tells all of it.
    with suppress(ConfigError) if ctx.invoked_subcommand == "config" else nullcontext():
        ctx.default_map = defaults(cli, paths.config_file())


for _verb in VERBS:
    cli.add_command(_verb)


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
