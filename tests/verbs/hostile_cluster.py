"""A program that serves a simulated cluster with hostile text in every free text.

    python -m tests.verbs.hostile_cluster --kubeconfig FILE …

Texts that refer to something else (names, kinds, labels) stay as they are, or nothing would be
found; a real API server does not accept hostile ones either.
"""

import json
import sys
from types import SimpleNamespace
from typing import Any

import msgspec

from tests.verbs.hostile import TEXT, evil_line
from wvatui.sim.__main__ import main
from wvatui.sim.api.wire import status, wire
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogLine

FREE = {
    "accelerator",
    "acceleratorName",
    "controllerIdentity",
    "description",
    "gitVersion",
    "holderIdentity",
    "image",
    "imageID",
    "message",
    "modelID",
    "nodeName",
    "reason",
    "reportingComponent",
}
"""Keys whose value is a free text."""


def hostile(value: Any, key: str = "") -> Any:
    """A body with a hostile text in every free text."""
    if isinstance(value, dict):
        return {name: hostile(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile(item, key) for item in value]
    return f"{value}{TEXT}" if isinstance(value, str) and value and key in FREE else value


def encoded(body: Any, **options: Any) -> bytes:
    """The JSON of `body`, also with lone surrogates, which msgspec refuses."""
    if isinstance(body, msgspec.Raw):
        return bytes(body)
    built = msgspec.to_builtins(body, str_keys=True, **options)
    return json.dumps(hostile(built), separators=(",", ":")).encode()


def fetch(pages: PodPages, namespace: str, pod: str, port: int, path: str) -> Any:
    """A page of metrics whose labels are hostile."""
    page = _fetch(pages, namespace, pod, port, path)
    # The controller, in the same process, reads the unchanged page.
    asked = sys._getframe(1).f_globals["__name__"]
    if page is None or asked != "wvatui.sim.api.subresources":
        return page
    code, kind, body = page
    evil = TEXT.replace("\\", "\\\\").encode()
    return code, kind, body.replace(b'engine="', b'engine="' + evil)


def sent(line: LogLine, timestamps: bool) -> bytes:
    """A line of a container's log with hostile names; sometimes a wholly hostile line follows."""
    evil = line._replace(text=evil_line(line.text.decode("utf-8", "replace")).encode())
    often = line.ends and len(line.text) % 16 == 0
    more = _sent(line._replace(text=_RAW), timestamps) if often else b""
    return _sent(evil, timestamps) + more


_RAW = f"error: {TEXT}".encode()
_fetch, _sent = PodPages.fetch, LogLine.wire
PodPages.fetch = fetch  # type: ignore[method-assign, assignment]
LogLine.wire = sent  # type: ignore[method-assign, assignment]
_json = SimpleNamespace(**vars(msgspec.json) | {"encode": encoded})
_msgspec = SimpleNamespace(**vars(msgspec) | {"json": _json})
wire.msgspec = status.msgspec = _msgspec  # type: ignore[attr-defined]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
