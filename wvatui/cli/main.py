"""The program: its group of verbs, and its exit codes.

Data goes to standard output, messages to standard error, both through `console`. Every flag has a
`WVATUI_…` variable and a key in the configuration file; a flag takes precedence over the variable,
the variable over the file.
"""

import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import nullcontext, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

import wvatui
from wvatui.cli.params import COMPLETING, defaults
from wvatui.cli.values import plain
from wvatui.config import paths
from wvatui.errors import ConfigError, ReaderGone, UsageError, WvatuiError
from wvatui.host import collecting, console, signals

FORGIVING = ("config", "doctor", "help", "version", "completion")
"""Verbs that work even when the configuration file is wrong."""
_CODES = """
Exit codes: 0 ok, 1 a check found a problem, 2 usage or configuration, 3 cluster unreachable or
denied, 4 recording unreadable, 5 what was asked for could not be written, 129, 130 and 143 for
the signals, 141 when the reader of a pipe went away (`| head`).
"""


class VerbFiles(MutableMapping[str, click.Command]):
    """The verbs by name: each is a command in a file of its name, in a folder beside this one.

    A file is imported when its verb is used: `--version` imports none of them. A file whose name
    begins with `_` is part of another verb.
    """

    def __init__(self) -> None:
        files = sorted(Path(__file__).parent.glob("*/[a-z]*.py"), key=lambda file: file.stem)
        # A verb whose name is a Python keyword has a `_` at the end of its file name.
        self._modules = {
            file.stem.rstrip("_"): f"wvatui.cli.{file.parent.name}.{file.stem}" for file in files
        }
        self._commands: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._commands:
            members = vars(import_module(self._modules[name])).values()
            commands = (each for each in members if isinstance(each, click.Command))
            self._commands[name] = next(each for each in commands if each.name == name)
        return self._commands[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Watch", ("demo", "watch", "check", "serve")),
    (
        "After the run",
        ("replay", "explain", "summary", "compare", "coverage", "whatif", "report", "import"),
    ),
    ("Load", ("load", "run")),
    ("More", ()),
)
"""The verbs in `--help`, grouped by purpose; verbs not listed here come last."""
LAST = ("rules", "estimate", "sim")
"""Rarely used verbs, listed at the very end."""
WHOLE = 1000
"""Longest first sentence of a verb in the list, characters: long ones wrap and are never cut."""
FIRST_STEPS = """
wvatui demo                 the screen on a simulated cluster, in a minute
wvatui watch NAMESPACE      live, recorded as it happens; without Kubernetes: --endpoint URL
wvatui check NAMESPACE      why nothing happens: what blocks it, and what to do
wvatui replay FILE          a recording, or a controller's log of any release
wvatui compare A B          runs side by side, with verdicts

wvatui --help lists every verb, wvatui help VERB its flags; wvatui doctor checks this machine.
"""
"""Printed where no verb is given."""


class SectionedGroup(click.Group):
    """The group of all verbs, with sections in its help."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            verb = self.commands.get(ctx.invoked_subcommand or "")
            if error.ctx is None and verb is not None:  # click does not say of which verb
                error.ctx = click.Context(verb, ctx, ctx.invoked_subcommand)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        placed = {name for _, names in SECTIONS for name in names}
        others = [name for name in self.list_commands(ctx) if name not in (*placed, *LAST)]
        width = max(map(len, self.commands))
        for title, names in SECTIONS:
            shown = [name for name in names or (*others, *LAST) if name in self.commands]
            rows = [
                (name.ljust(width), self.commands[name].get_short_help_str(WHOLE)) for name in shown
            ]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(
    cls=SectionedGroup,
    commands=VerbFiles(),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_CODES,
)
@click.version_option(wvatui.__version__, prog_name="wvatui", message="%(prog)s %(version)s")
@click.option("--no-config", is_flag=True, help="Ignore the flags in the configuration file.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    envvar="WVATUI_COLOR",
    show_envvar=True,
    help="Colours: always also into a pipe, never also on a screen, as with NO_COLOR.",
)
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    envvar="WVATUI_LOG_FILE",
    show_envvar=True,
    help="Log what wvatui itself does, such as its requests, without credentials.",
)
@click.option(
    "-v", "--verbose", is_flag=True, help="The same on standard error; not where a screen is drawn."
)
@click.pass_context
def cli(
    ctx: click.Context, no_config: bool, color: str, log_file: Path | None, verbose: bool
) -> None:
    """Watch, record and replay how an autoscaler reacts to saturated LLM replicas."""
    if ctx.invoked_subcommand is None:
        console.out_text(FIRST_STEPS.lstrip("\n"))
        return
    if color != "auto":
        # Libraries and child processes read these variables too.
        os.environ.pop("NO_COLOR" if color == "always" else "FORCE_COLOR", None)
        os.environ["FORCE_COLOR" if color == "always" else "NO_COLOR"] = "1"
    if log_file is not None or verbose:
        _keep_a_log(ctx, log_file, aloud=verbose)
    if no_config:
        return
    # `config` exists for a wrong file: it reports every problem in it.
    with suppress(ConfigError) if ctx.invoked_subcommand in FORGIVING else nullcontext():
        ctx.default_map = defaults(cli, paths.config_file())


def _keep_a_log(ctx: click.Context, path: Path | None, *, aloud: bool) -> None:
    from wvatui.host import own_log

    own_log.keep(path, aloud=aloud)
    own_log.note(f"wvatui {wvatui.__version__}: {ctx.invoked_subcommand}")
    ctx.call_on_close(own_log.end)


def main(arguments: list[str] | None = None) -> NoReturn:
    """The entry point: runs a verb and turns its error into one line and an exit code.

    `arguments`: the command line to run; None: the process's own.
    """
    collecting.seldom()
    console.take_over()
    signals.end_by_exception()
    try:
        code = _run(arguments)
    except WvatuiError as error:
        if not isinstance(error, ReaderGone):
            console.err(f"wvatui: {error.message}", *[f"        {error.hint}"] * bool(error.hint))
        code = error.exit_code
    except click.Abort:
        code = 130
    # Everything is closed: a ctrl+c from now on need not wait for the interpreter to shut down.
    signals.end_at_once()
    sys.exit(console.finish(code))


def _misused(error: click.ClickException) -> UsageError:
    """click's error in one line, as those of the verbs are, and the help that shows the flags."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    verb = _verb_of(context)
    hint = f"its flags: wvatui help {verb}" if verb else ""
    words = error.format_message().rstrip(".")
    like = " or ".join(getattr(error, "possibilities", None) or ())
    if isinstance(error, click.NoSuchOption):
        words = f"there is no {error.option_name}"
        others = [name for name in cli.commands if error.option_name in _flags_of(name)]
        if others:
            words += f", which is a flag of {', '.join(others)}"
        elif like:
            words += f"; did you mean {like}?"
    elif isinstance(error, click.BadOptionUsage):
        words = f"{error.option_name} {'needs a' if 'requires' in words else 'takes no'} value"
    elif isinstance(error, click.MissingParameter):
        words = f"{_called(error)} is missing"
    elif isinstance(error, click.BadParameter):
        words = f"{_called(error)}: {plain(error.message)}"
    elif match := re.match(r"No such command '(.*?)'", words):
        words = f"there is no verb {match[1]!r}" + (f"; did you mean {like}?" if like else "")
        hint = f"wvatui help {verb}" if verb else "wvatui --help lists the verbs"
    elif match := re.match(r"(?s)Got unexpected extra arguments? \((.*)\)", words):
        words = f"too many arguments: {match[1]}"
    elif context is not None and isinstance(context.command, click.Group) and "\n" in words:
        # A group alone: its whole help is click's error.
        words, hint = (
            f"which one: {', '.join(sorted(context.command.commands))}?",
            f"wvatui help {verb}",
        )
    return UsageError(f"{verb}: {words}" if verb else words, hint=hint)


def _verb_of(context: click.Context | None) -> str:
    """The verb of a context as it is typed, such as `config show`; empty: none."""
    if context is None or context.parent is None:
        return ""
    return f"{_verb_of(context.parent)} {context.info_name}".strip()


def _flags_of(verb: str) -> set[str]:
    return {flag for param in cli.commands[verb].params for flag in param.opts}


def _called(error: click.BadParameter) -> str:
    """The flag, argument or variable that has a wrong value, or none."""
    param, context = error.param, error.ctx
    if param is None:
        return "a value"
    source = context.get_parameter_source(param.name or "") if context is not None else None
    if source is ParameterSource.ENVIRONMENT and isinstance(param.envvar, str):
        return param.envvar
    if source is ParameterSource.DEFAULT_MAP:
        return f"{param.name} in {paths.config_file()}"
    return (
        max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name
    )


def _run(arguments: list[str] | None) -> int:
    """Run a verb and return its exit code; errors are left to the caller, except those of click."""
    try:
        # click's code for --help and --version; None for a verb that succeeded
        called = cli.main(arguments, standalone_mode=False, complete_var=COMPLETING)
        return int(called or 0)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except click.ClickException as error:
        raise _misused(error) from None
    finally:
        console.clear_splash()
