"""What the user wants served, and the command lines that follow from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from wvatui.errors import UsageError
from wvatui.host.child import Child, absolute

PORT = 9820
"""W, V and A on the keys of a telephone; vLLM itself is on 8000, and with it half the world."""
MAX_VIEWERS = 8
SIMULATED = frozenset({"seed", "speed", "scenario", "wva", "autoscaler", "kubernetes", "keda"})
"""Flags that only a simulated cluster has."""

_PROGRAM = "wvatui.__main__"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show, to whom, and what they may do."""

    namespace: str = ""
    """What to watch."""
    replay: Path | None = None
    """A recording to show instead."""
    demo: bool = False
    record: Path | None = None
    no_record: bool = False
    watching: Mapping[str, Any] = field(default_factory=dict)
    """All other flags by name: those of `watch`, and those of `demo`, which only it is given."""
    theme: str = ""
    ascii: bool = False
    host: str = "127.0.0.1"
    port: int = PORT
    """0: any that is free."""
    max_viewers: int = MAX_VIEWERS
    allow_actions: bool = False
    settled: frozenset[str] = frozenset()
    """Variables of the environment that say what flags say; a child is given the flags."""

    def __post_init__(self) -> None:
        kinds = [bool(self.namespace and not self.demo), self.replay is not None, self.demo]
        if sum(kinds) > 1:
            raise UsageError("give one of NAMESPACE, --replay FILE and --demo")
        if self.replay is not None and str(self.replay) == "-":
            raise UsageError("every viewer reads the recording: it has to be a file")

    @property
    def title(self) -> str:
        """Of the page."""
        if self.replay is not None:
            return f"{self.replay.name} – wvatui"
        return "demo – wvatui" if self.demo else f"{self.namespace or 'live'} – wvatui"

    def _environment(self) -> dict[str, str]:
        """What a child inherits."""
        return {name: value for name, value in os.environ.items() if name not in self.settled}

    def recorder(self, path: Path) -> Child:
        """Records into `path`; its words go to standard error.

        `--plain`, because a headless session on a simulated cluster runs as fast as it can.
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
        """Shows `path`: its newest moment while it is being recorded."""
        command = ["--no-config", "replay"]
        if self.replay is None:
            command += ["--follow", "--at=100%"]
        if not self.allow_actions:
            command.append("--read-only")
        look: dict[str, Any] = {"theme": self.theme, "ascii": self.ascii}
        if self.replay is not None:  # what is recorded is recorded without them
            look["redact_log"] = self.watching.get("redact_log")
        command += [*_flags(look), "--", str(path.absolute())]
        return Child(_PROGRAM, tuple(command), self._environment())


OWN = tuple(each.name for each in fields(Wanted) if each.name not in ("watching", "settled"))
"""Flags of `serve` itself; all others are handed on."""


def _flags(given: Mapping[str, Any]) -> list[str]:
    """Flags as they are written on a command line."""
    written = []
    for name, value in given.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            written.append(flag)
        elif value not in (None, "", False):
            written.append(f"{flag}={value}")
    return written
