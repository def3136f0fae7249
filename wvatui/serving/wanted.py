"""The user's request for the server, and the command lines of the processes that follow from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from wvatui.errors import UsageError
from wvatui.host.child import Child, absolute

PORT = 9820
"""Default port: the telephone keys for W, V and A; vLLM's 8000 is used too often."""
MAX_VIEWERS = 8
SIMULATED = frozenset({"seed", "speed", "scenario", "wva", "autoscaler", "kubernetes", "keda"})
"""Flags that apply to a simulated cluster only."""

_PROGRAM = "wvatui.__main__"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show, on which address, and what viewers may do."""

    namespace: str = ""
    """The namespace to watch."""
    replay: Path | None = None
    """A recording to show instead of a cluster."""
    demo: bool = False
    record: Path | None = None
    no_record: bool = False
    watching: Mapping[str, Any] = field(default_factory=dict)
    """All other flags by name: those of `watch`, and those of `demo`, which only `demo` gets."""
    theme: str = ""
    ascii: bool = False
    host: str = "127.0.0.1"
    port: int = PORT
    """0: any free port."""
    max_viewers: int = MAX_VIEWERS
    allow_actions: bool = False
    settled: frozenset[str] = frozenset()
    """Environment variables whose values the flags hold already; a child gets the flags instead."""

    def __post_init__(self) -> None:
        kinds = [bool(self.namespace and not self.demo), self.replay is not None, self.demo]
        if sum(kinds) > 1:
            raise UsageError("give one of NAMESPACE, --replay FILE and --demo")
        if self.replay is not None and str(self.replay) == "-":
            raise UsageError("every viewer reads the recording: it has to be a file")

    @property
    def title(self) -> str:
        """Title of the page."""
        if self.replay is not None:
            return f"{self.replay.name} – wvatui"
        return "demo – wvatui" if self.demo else f"{self.namespace or 'live'} – wvatui"

    def _environment(self) -> dict[str, str]:
        """The environment of a child."""
        return {name: value for name, value in os.environ.items() if name not in self.settled}

    def recorder(self, path: Path) -> Child:
        """The command that records into `path`; its messages go to standard error.

        It has `--plain`, because a headless session on a simulated cluster runs as fast as it can.
        """
        command = ["--no-config", "demo" if self.demo else "watch", "--plain", f"--record={path}"]
        if self.namespace:
            command.append(f"--namespace={self.namespace}")
        handed_on = {
            name: value
            for name, value in self.watching.items()
            if self.demo or name not in SIMULATED
        }
        handed_on["kubeconfig"] = absolute(handed_on.get("kubeconfig") or "")
        command += _flags(handed_on)
        return Child(_PROGRAM, tuple(command), self._environment(), tied=True)

    def viewer(self, path: Path) -> Child:
        """The command that shows `path`: at its newest moment while it is being recorded."""
        command = ["--no-config", "replay"]
        if self.replay is None:
            command += ["--follow", "--at=100%"]
        if not self.allow_actions:
            command.append("--read-only")
        look: dict[str, Any] = {"theme": self.theme, "ascii": self.ascii}
        if self.replay is not None:  # the recording itself does not depend on these
            look["redact_log"] = self.watching.get("redact_log")
        command += [*_flags(look), "--", str(path.absolute())]
        return Child(_PROGRAM, tuple(command), self._environment())


OWN = tuple(each.name for each in fields(Wanted) if each.name not in ("watching", "settled"))
"""Flags of `serve` itself; all others are passed on."""


def _flags(given: Mapping[str, Any]) -> list[str]:
    """Flags in the form of a command line."""
    written = []
    for name, value in given.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            written.append(flag)
        elif value not in (None, "", False):
            written.append(f"{flag}={value}")
    return written
