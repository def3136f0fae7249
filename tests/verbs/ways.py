"""Ways to call each verb of the program. Tests fail for a verb that is not in `WAYS`."""

from typing import NamedTuple

import click

from tests.verbs.hostile import CODES
from wvatui.cli.main import cli

CLUSTER = ("--kubeconfig", "{kubeconfig}", "-n", "llm-d-sim")
RECORD = ("--record", "{new}")
BRIEF = ("--headless", "--yes", *CLUSTER, *RECORD)
SMALL = ("--rate", "4", "--duration", "3s", "--tail", "2s")


class Way(NamedTuple):
    """One way to call a verb, on the files of a hostile world (see `hostile.world`)."""

    arguments: tuple[str, ...]
    codes: tuple[int, ...] = (0,)
    """The exit codes that are allowed."""
    told: bool = True
    """Whether the output shows a hostile text."""
    wrong_settings: bool = False
    """Whether the configuration file is invalid."""
    ends: bool = True
    """Whether the verb ends by itself; otherwise it is interrupted."""
    swept: bool = False
    """Whether only the sweep calls it so; a comment beside it says which way is enough."""


def way(*arguments: str, codes: tuple[int, ...] = (0,), **more: bool) -> Way:
    return Way(arguments, codes, **more)


WAYS: dict[str, tuple[Way, ...]] = {
    "check": (
        way("{recording}", codes=(0, 1)),
        way("{session}", codes=(0, 1)),
        way("{recording}", "-o", "json", codes=(0, 1)),
        # It prints no hostile text; in JSON it prints some.
        way("--look", "20s", *CLUSTER, codes=(0, 1), told=False, swept=True),
        way("--look", "20s", "-o", "json", *CLUSTER, codes=(0, 1)),
    ),
    "compare": (
        way("EVIL={recording}", "{session}", codes=(0, 1)),
        way("{recording}", "{session}", "-o", "json", codes=(0, 1)),
        way("{recording}", "{session}", "-o", "md", codes=(0, 1)),
        way("{recording}", "{session}", "-o", "csv", codes=(0, 1)),
        way("{recording}", "{session}", "-o", "html", codes=(0, 1)),
        way("{recording}", "{session}", "--gate", f"EVIL{CODES}", codes=(2,)),
    ),
    "completion": (way("bash", told=False), way(f"EVIL{CODES}", codes=(2,))),
    "config path": (way(told=False),),
    "config show": (
        way(wrong_settings=True, codes=(2,)),
        way("-o", "json", wrong_settings=True, codes=(2,)),
    ),
    "config schema": (way(told=False),),
    "config validate": (way(wrong_settings=True, codes=(2,)),),
    "coverage": (
        way("{recording}", told=False),
        way("{recording}", "-o", "json", told=False),
        way("{manifest}", codes=(4,)),
    ),
    "demo": (
        way("--plain", "--duration", "20s", *RECORD, "--label", f"EVIL{CODES}", told=False),
        way("--scenario", f"EVIL{CODES}", "--headless", codes=(2,)),
        way("--list", told=False),
    ),
    "doctor": (
        way(*CLUSTER, codes=(0, 1), told=False),
        way("-o", "json", *CLUSTER, codes=(0, 1), told=False),
    ),
    "estimate": (
        way("{report}", "-o", "-"),
        way("{report}", "-o", "{new}", told=False),
        way("{manifest}", codes=(4,)),
    ),
    "explain": (
        way("{recording}", told=False),
        way("{recording}", "-o", "json"),
        way("{log}", "--summary"),
        way("{log}", "--summary", "-o", "json"),
        way("{old_log}"),
        way("{recording}", "--cycle", "3"),
        way("{recording}", "--cycle", "3", "-o", "json"),
        way("{hpa}", "--metrics", "wva_desired_replicas=3", "--replicas", "2"),
        way(*CLUSTER, told=False, swept=True),  # as in JSON
        way("-o", "json", *CLUSTER, told=False),
    ),
    "export": (
        way("{recording}"),
        way("{session}"),
        way("{recording}", "--table", "all", "-o", "{new}"),
        way("{recording}", "--table", "events", "-o", "-"),
        way("{recording}", "--format", "seed", told=False),
        way("{recording}", "--format", "csv", "--table", "events", "-o", "{new}"),
        way("{recording}", "--table", f"EVIL{CODES}", codes=(2,)),
    ),
    "help": (way("replay", told=False), way(told=False), way(f"EVIL{CODES}", codes=(2,))),
    "import": (
        way("{report}", "-o", "{new}", told=False),
        way("report", "{report}", "{manifest}", "-o", "{new}", told=False),
        way("{log}", "-o", "{new}", codes=(4,)),
        way("{report}", "-o", "{new}", "--tz", f"EVIL{CODES}", codes=(2,)),
    ),
    "load": (
        way("{manifest}", *BRIEF, "--tail", "2s"),
        way("{manifest}", "--dry-run", *BRIEF),
        way("stair-step", *SMALL, *BRIEF, told=False, swept=True),  # printed as a manifest's
        way("--list", told=False),
        way(f"EVIL{CODES}", "--dry-run", *CLUSTER, codes=(2,)),
    ),
    "mark": (
        way("{recording}", "10s", f"EVIL{CODES}"),
        way("{recording}"),
        way("{session}", "-o", "json"),
        way("{log}", "--search", f"EVIL{CODES}"),
        way("{session}", f"EVIL{CODES}", "note", codes=(2,)),
    ),
    "relabel": (
        way("{recording}", f"EVIL{CODES}"),
        way("{recording}", told=False),
        way("{log}", "--reset"),
    ),
    "replay": (
        way("{recording}", "--plain"),
        way("{session}", "--plain"),
        way("{log}", "--plain"),
        way("{session}", "--headless"),
        way("{session}", "--slo", f"EVIL{CODES}=2s", "--plain", codes=(2,)),
        way("{session}", "--cost", f"EVIL{CODES}=2", "--plain"),
        way("{recording}", "--at", f"EVIL{CODES}", "--headless", codes=(2,)),
    ),
    "report": (
        # It prints the names of its files, as `export` does; tests/analysis/report reads the page.
        way("{recording}", "-o", "{new}", swept=True),
        way("EVIL={log}", "{session}", "-o", "{new}", swept=True),
        way("{recording}", "--format", "benchmark-report"),
        way("{recording}", "--format", "benchmark-report", "-o", "{new}", told=False),
        way("{manifest}", "-o", "{new}", codes=(4,)),
    ),
    "rules verify": (
        way("{cases}", codes=(0, 1)),
        way("{cases}", "-o", "json", codes=(0, 1)),
        way("{log}", codes=(2,)),
    ),
    "run": (
        way("{experiment}", "--headless", "--yes", *CLUSTER, "-o", "{new}", codes=(0, 1)),
        way("{experiment}", "--dry-run", *CLUSTER),
        way("{log}", "--dry-run", codes=(2,)),
    ),
    "serve": (
        way("--replay", "{recording}", "--port", "0", codes=(130,), ends=False),
        way("--host", f"EVIL{CODES}", "--replay", "{recording}", codes=(2,)),
    ),
    "sessions": (
        way("--folder", "{folder}"),
        way("--folder", "{folder}", "-o", "json"),
        way("--folder", "{manifest}.none"),
        way("--folder", "{folder}", "--marked", "EVIL"),
        way("--folder", "{folder}", "--prune", "--label", f"no EVIL{CODES}", "--yes", told=False),
    ),
    "sim serve": (
        way("--kubeconfig", "{new}", ends=False, told=False),
        way("--kubeconfig", "{new}", f"EVIL{CODES}", codes=(2,)),
        way("--kubeconfig", "{new}", "--scenario", f"EVIL{CODES}", codes=(2,)),
    ),
    "summary": (
        way("{recording}"),
        way("{recording}", "-o", "json"),
        way("{session}"),
        way("{session}", "-o", "json"),
        way("{session}", "--from", "1s"),
        way("{session}", "--cost", f"EVIL{CODES}=2"),
        way("{session}", "--slo", "ttft_p95=2s,error=1%"),
        way("{session}", "--slo", f"EVIL{CODES}=2", codes=(2,)),
        way("{log}"),
        way("{old_log}"),
        way("{old_log}", "-o", "json"),
    ),
    "themes": (way(), way("-o", "json")),
    "version": (way(told=False),),
    "watch": (
        way("--plain", "--duration", "60s", *CLUSTER, *RECORD),
        # It prints the last of the lines above.
        way("--headless", "--duration", "10s", *CLUSTER, *RECORD, told=False, swept=True),
        way("--headless", "--context", f"EVIL{CODES}", *CLUSTER, codes=(2,)),
    ),
    "whatif": (
        way("{recording}", "--hpa", "{hpa}"),
        way("{recording}", "--replicas", "2", "-o", "json"),
        way("{recording}", "--replicas", "2", "-o", "csv"),
        way("{recording}", "--set", f"EVIL{CODES}=1", codes=(2,)),
    ),
}
"""Verb, as typed → ways to call it."""


def verbs(group: click.Group = cli, above: str = "") -> dict[str, click.Command]:
    """All verbs, by their names as typed."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= verbs(command, f"{above}{name} ")
        else:
            found[f"{above}{name}"] = command
    return found


def speaks_json(command: click.Command) -> bool:
    """Whether a verb has `-o json`."""
    return any(
        isinstance(one.type, click.Choice) and "json" in one.type.choices and "-o" in one.opts
        for one in command.params
    )
