"""Flags that several verbs share, and what is done with them before the imports of a verb."""

from pathlib import Path
from typing import Any

import click

from wvatui.cli.params import Duration, Size, option, together
from wvatui.errors import UsageError
from wvatui.host import console

CLUSTER = together(
    option("-n", "--namespace", default="", help="The namespace to watch."),
    option("--context", default="", help="Context of the kubeconfig; the current one by default."),
    option("--kubeconfig", default="", help="Kubeconfig file."),
    option(
        "--request-timeout",
        type=Duration(),
        default="10s",
        show_default=True,
        help="How long one request to the API server may take.",
    ),
    option(
        "--controller-namespace",
        default="",
        help="Where the WVA controller runs; looked for by default.",
    ),
    option(
        "--interval",
        type=Duration(),
        default="2s",
        show_default=True,
        help="Time between two looks at every pod.",
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
REDACT_LOG = option(
    "--redact-log",
    is_flag=True,
    help="Replace what looks like a credential in raw log lines, too, by ***.",
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
        help="Begin a new part of the recording at this size (such as 100M).",
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
SCREEN = together(
    option("--headless", is_flag=True, help="Draw nothing; end with one line."),
    option("--plain", is_flag=True, help="Print one line a change instead of drawing."),
    LOOK,
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
        type=click.FloatRange(0.1, 1000),
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
    help="Form of the answer.",
)


def one_namespace(argument: str, flag: str) -> str:
    """The namespace, which can be given in two ways. Raises UsageError for two of them."""
    if argument and flag and argument != flag:
        raise UsageError(f"two namespaces given: {argument} and -n {flag}")
    return argument or flag


def opening(flags: dict[str, Any], what: str, mode: str, doing: str) -> None:
    """Show a first line where a screen will be drawn: loading its libraries takes a while."""
    if not (flags["headless"] or flags["plain"]):
        console.show_splash(what, mode, doing)
