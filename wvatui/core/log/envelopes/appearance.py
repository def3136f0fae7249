"""What a file without any line of a controller looks like, and what the user can do about it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from wvatui.core.log.envelopes.recognise import fitting

LINES = 50
"""How many lines are examined."""


class Appearance(NamedTuple):
    """`words`: what the file seems to be, to end a message with. `remedy`: what to do about it."""

    words: str
    remedy: str


_ANOTHER = (
    "choose the pod of the WVA controller, as in `kubectl logs deploy/CONTROLLER -n NAMESPACE`"
)
_WANTED = "the log of the WVA controller is wanted, as `kubectl logs` prints it"
_LOOKS: tuple[tuple[str, str, str], ...] = (
    (
        r"(?:Error from server|error: |Error: |The connection to the server|Unable to connect)",
        "an error message of a command",
        "run the command again, and write its output to the file once it works",
    ),
    (
        r"(?:- )?(?:insertId|logName|textPayload|jsonPayload): ?",
        "gcloud's YAML",
        "read the log again with `gcloud logging read … --format=json`",
    ),
    (
        r"\s*<(?:!DOCTYPE|html|head)\b",
        "a web page",
        "download the log as text or JSON",
    ),
    (
        r"# (?:HELP|TYPE) [a-zA-Z_:]",
        "a metrics page of Prometheus",
        _WANTED,
    ),
    (
        r"(?:\([\w ]+pid=\d+\) )?(?:INFO|WARNING|ERROR|DEBUG) \d\d-\d\d \d\d:\d\d:\d\d \[",
        "the log of a vLLM server",
        _ANOTHER,
    ),
    (
        r"workloads:\s*(?:#|$|\[)",
        "an experiment",
        "wvatui run FILE --dry-run tells what is in it",
    ),
    (
        r"(?:apiVersion|kind): \w|\{?\s*\"(?:apiVersion|kind)\": ?\"",
        "a Kubernetes object",
        _WANTED,
    ),
    (
        r"(?:NAMESPACE +)?NAME +(?:READY|REFERENCE|STATUS|AGE|SCALETARGETKIND|MODEL|OPTIMIZED)"
        r"|LAST SEEN +TYPE|Name: +\S",
        "a table or a description of `kubectl get` or `kubectl describe`",
        _WANTED,
    ),
    (
        r"\s*\"?(?:benchmarks|args|scenario|results)\"?: ?[\[{]",
        "the report of a load tool",
        _WANTED,
    ),
)
"""(how a line near the start begins, what the file then is, what to do)."""


def appearance(sample: Sequence[str]) -> Appearance:
    """What a file that begins with `sample` looks like; empty words where that is not known."""
    lines = sample[:LINES]
    for begins, name, remedy in _LOOKS:
        match_line = re.compile(begins).match
        if any(match_line(line) for line in lines):
            return Appearance(f": it looks like {name}", remedy)
    row = fitting(lines) if lines else None
    if row is not None:
        return Appearance(f": it looks like {row.name} without a line of a controller", _ANOTHER)
    if lines and all(line.startswith("{") and line.endswith("}") for line in lines):
        words = ": it looks like JSON lines, none of which holds a line of a controller"
        return Appearance(
            words, "the line is looked for under log, message, msg, line and the like"
        )
    return Appearance("", "expected a .jsonl that wvatui recorded, or the output of `kubectl logs`")
