"""Flags that several verbs share, with their variables.

Some flags take effect before a verb's imports. The configuration file may set the others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from wvatui.cli.values import Duration, FiniteNumber, Size, plain
from wvatui.config import settings
from wvatui.core.lines import clean
from wvatui.core.state.session_window import EVERYWHERE, names_in
from wvatui.errors import UsageError
from wvatui.host import console

COMPLETING = "_WVATUI_COMPLETE"
"""The variable with which a shell asks the program for completions."""
F = TypeVar("F", bound=Callable[..., Any])


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option with its WVATUI_… variable, shown in the help."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = "WVATUI_" + long.lstrip("-").replace("-", "_").upper()
    attributes.setdefault("envvar", variable)
    return click.option(*names, show_envvar=True, **attributes)


def together(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Combines several decorators into one."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def all_verbs() -> click.Group:
    """The program's group of verbs, for a verb that needs the flags of every verb."""
    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)
    return root


def of_verbs(group: click.Group) -> dict[str, dict[str, settings.Flag]]:
    """The flags of every verb, by name; those of a group (`config`) include its subcommands'."""
    verbs: dict[str, dict[str, settings.Flag]] = {}
    for verb, command in group.commands.items():
        flags: dict[str, settings.Flag] = {}
        parts = command.commands.values() if isinstance(command, click.Group) else (command,)
        for part in parts:
            for param in part.params:
                if (
                    isinstance(param, click.Option)
                    and param.name
                    and param.callback is not unless_of_the_file
                ):
                    flags[param.name] = _flag(param)
        verbs[verb] = flags
    return verbs


def defaults(group: click.Group, path: Path) -> dict[str, Any]:
    """The settings of the configuration file, as click's default map. Raises ConfigError."""
    file = settings.read_file(path)
    if not file.exists:
        return {}  # saves importing every verb for its flags
    defaults: dict[str, Any] = {}
    for verb, values in settings.default_map(file, of_verbs(group)).items():
        command = group.commands[verb]
        if isinstance(command, click.Group):
            defaults[verb] = dict.fromkeys(command.commands, values)
        else:
            defaults[verb] = values
    return defaults


def _flag(option: click.Option) -> settings.Flag:
    kind = option.type

    def wrong(value: object) -> str:
        words = _wrong_kind(option, value)
        if words:
            return words
        try:
            kind.convert(value, option, None)
        except click.BadParameter as error:
            return plain(error.message)
        return ""

    default = option.default if isinstance(option.default, str | int | float | bool) else None
    default = False if option.is_flag and default is None else default
    variable = option.envvar if isinstance(option.envvar, str) else ""
    return settings.Flag(option.name or "", variable, default, wrong)


def _wrong_kind(option: click.Option, value: object) -> str:
    """An error text for a value of the file whose type is wrong; click would accept `"no"` as true
    and 3 as a name."""
    kind = option.type
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if option.is_flag:
        return (
            "" if isinstance(value, bool) else f"must be true or false, not {settings.shown(value)}"
        )
    right, words = isinstance(value, str), "a text in quotes"
    if isinstance(kind, Duration):
        right, words = number or isinstance(value, str), 'a duration such as "90s"'
    elif isinstance(kind, Size):
        right = isinstance(value, str) or (number and isinstance(value, int))
        words = 'a size such as "100M"'
    elif isinstance(kind, click.types.IntParamType):
        right, words = number and isinstance(value, int), "a whole number"
    elif isinstance(kind, click.types.FloatParamType):
        right, words = number, "a number"
    return "" if right else f"must be {words}, not {settings.shown(value)}"


CONNECTION = together(
    option("--context", default="", help="Context of the kubeconfig; the current one by default."),
    option("--kubeconfig", default="", help="Kubeconfig file."),
    option(
        "--request-timeout",
        type=Duration(),
        default="10s",
        show_default=True,
        help="How long one request to the API server may take.",
    ),
)


def _selector(ctx: click.Context, param: click.Parameter, text: str) -> str:
    from wvatui.core.label_selector import parse_selector

    if not text or parse_selector(text) is not None:
        return text
    raise click.BadParameter(f"{clean(text)!r} is no label selector, such as app=vllm")


CLUSTER = together(
    option(
        "-n",
        "--namespace",
        default="",
        help="The namespace to watch, or several: team-a,team-b.",
    ),
    CONNECTION,
    option(
        *("-l", "--selector"),
        default="",
        callback=_selector,
        help="Only model pods with these labels: app=vllm,tier!=canary.",
    ),
    option(
        "--controller-namespace",
        default="",
        help="Where the WVA controller runs; searched for by default.",
    ),
    option(
        "--interval",
        type=Duration(),
        default="2s",
        show_default=True,
        help="Time between two polls of each pod.",
    ),
    option(
        "--metrics",
        type=click.Choice(["proxy", "direct"]),
        default="proxy",
        show_default=True,
        help="Reach pods through the API server's proxy or by address.",
    ),
    option(
        "--since",
        type=Duration(),
        default="10m",
        show_default=True,
        help="How much of the controller's log to read from before now.",
    ),
)
ALL_NAMESPACES = option(
    "-A",
    "--all-namespaces",
    is_flag=True,
    help="Watch all namespaces of the cluster; deploy/role-cluster.yaml has the rights.",
)
REDACT_LOG = option(
    "--redact-log",
    is_flag=True,
    help="Also replace what looks like a credential in raw log lines with ***.",
)
RECORD = together(
    option(
        "--record",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help="Record into this file; by default into the sessions folder.",
    ),
    option("--no-record", is_flag=True, help="Do not record."),
    option(
        "--max-size",
        type=Size(),
        default=None,
        help="Start a new part of the recording at this size (such as 100M).",
    ),
    REDACT_LOG,
    option("--label", default="", help="Label of the session, such as wva or hpa."),
    option(
        "--repetition",
        type=click.IntRange(0),
        default=0,
        help="Number of this repetition of the same experiment.",
    ),
)
LOOK = together(
    option("--theme", default="", help="Theme of the screen."),
    option("--ascii", is_flag=True, help="Draw with ASCII characters only."),
)
NO_MOUSE = option(
    "--no-mouse", is_flag=True, help="Leave the mouse to the terminal, to select and copy text."
)
SCREEN = together(
    option("--headless", is_flag=True, help="Draw nothing; print one line at the end."),
    option("--plain", is_flag=True, help="Print one line per change instead of drawing."),
    LOOK,
    NO_MOUSE,
)
LOAD = together(
    option(
        "--allow-write",
        is_flag=True,
        help="Let the screen launch load jobs; without it, watching only reads.",
    ),
    option(
        "--keep-load",
        is_flag=True,
        help="Leave load that was launched running when the session ends.",
    ),
)
SIMULATED = together(
    option("--seed", type=int, default=7, show_default=True, help="Seed of the simulated cluster."),
    option(
        "--speed",
        type=FiniteNumber(0.1, 1000),
        default=20.0,
        show_default=True,
        help="Simulated seconds per second.",
    ),
    option(
        "--scenario", default="stair-step", show_default=True, help="What happens in the cluster."
    ),
    option("--wva", default="v0.9", show_default=True, help="Release of the simulated controller."),
    option(
        "--autoscaler",
        type=click.Choice(["hpa", "keda"]),
        default="hpa",
        show_default=True,
        help="What acts on the controller's decisions.",
    ),
    option(
        "--kubernetes",
        default="1.36",
        show_default=True,
        help="Minor release whose HPA the simulated cluster has: 1.33 to 1.37.",
    ),
    option(
        "--keda",
        default="2.21",
        show_default=True,
        help="Minor release of the simulated KEDA: 2.16 to 2.21.",
    ),
)


def unless_of_the_file(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """The value, but the flag's default where the configuration file has one, as that is meant for
    watching, recording and load, not for the files that this verb reads or deletes."""
    source = ctx.get_parameter_source(param.name or "")
    return param.default if source is ParameterSource.DEFAULT_MAP else value


NAMESPACE = option(
    "-n",
    "--namespace",
    default="",
    envvar="WVATUI_ONLY_NAMESPACE",
    callback=unless_of_the_file,
    help="Count only what is of this namespace, where the file holds several.",
)
DURATION = option(
    "--duration", type=Duration(), default=None, help="End after this time (such as 30m)."
)
FORM = option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)


def namespaces(argument: str, flags: dict[str, Any]) -> str:
    """The namespaces to watch, as in a recording's header: one, several with commas, `*` for all.

    They come from the argument or a flag; `all_namespaces` is removed from `flags`. Raises
    UsageError where the two differ.
    """
    flag, everywhere = flags["namespace"], flags.pop("all_namespaces")
    given = is_given("all_namespaces"), is_given("namespace")
    if everywhere and (argument or given == (True, True)):
        raise UsageError(f"both given: {argument or f'-n {flag}'} and --all-namespaces")
    if everywhere and (given[0] or not given[1]):
        return EVERYWHERE
    if argument and flag and argument != flag:
        raise UsageError(f"two namespaces given: {argument} and -n {flag}")
    names = names_in(argument or flag)
    return EVERYWHERE if EVERYWHERE in names else ",".join(names)


def watched(asked: str, own: str) -> str:
    """The namespaces to watch, as `namespaces` writes them: those asked for, else the context's.

    Raises UsageError where there is neither.
    """
    names = names_in(asked) or names_in(own)
    if not names:
        raise UsageError("no namespace to watch", hint="say one: wvatui watch NAMESPACE")
    return EVERYWHERE if EVERYWHERE in names else ",".join(names)


def is_given(name: str) -> bool:
    """Whether a flag was given on the command line itself."""
    context = click.get_current_context(silent=True)
    return context is not None and (
        context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    )


def must_be_one(namespace: str, doing: str) -> None:
    """Raise UsageError where a verb that acts in one namespace is given several."""
    names = names_in(namespace)
    if len(names) > 1 or EVERYWHERE in names:
        raise UsageError(
            f"{doing} acts in one namespace, not {namespace}",
            hint=f"name it: -n {names[0] if EVERYWHERE not in names else 'NAMESPACE'}",
        )


LINES_INSTEAD = "no terminal here: one line per change instead of the screen"


def lines_without_a_screen(flags: dict[str, Any], limit: str = "") -> bool:
    """Print lines instead of a screen where there is no terminal; returns whether that is so.

    `limit`: text on when it ends.
    """
    if flags["headless"] or flags["plain"] or console.shows_a_screen():
        return False
    console.err(f"{LINES_INSTEAD}{limit}")
    flags["plain"] = True
    return True


def opening(flags: dict[str, Any], what: str, mode: str, doing: str) -> None:
    """Show a first line before the screen is drawn, as importing its libraries takes a while."""
    if not (flags["headless"] or flags["plain"]):
        console.show_splash(what, mode, doing)
