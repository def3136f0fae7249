"""Files of every kind that a verb reads, in which every text is hostile."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.core.results.made import benchmark, report
from tests.core.rules.recorded import every_kind
from tests.fixtures import ROOT
from tests.fuzz.starts import simulated_log
from tests.load.experiment.files import workload
from tests.load.experiment.runs import experiment, load
from tests.test_hostile_text import session
from wvatui.core import events as ev
from wvatui.recording import Writer

CODES = "\x1b]0;EVIL\x07\x1b[31337mEVIL\x9b5n\x7f\u202eEVIL\u2066\x1bP1;2q\x1b\\\r"
"""Terminal commands that an argument or a file name can contain: a window title, colours, a query,
reversed text, a picture, a carriage return."""
TEXT = CODES + "\x00"
"""Terminal commands that JSON can contain."""
EVIL = TEXT + "\ud800"
NAMES = (
    "meta-llama/Llama-3.1-8B-Instruct",
    "NVIDIA-H100-80GB-HBM3",
    "llama-8b-h100",
    "cost-aware",
    "capacity-only",
    "no-change",
    "P3-k2",
)
"""Texts in recordings and logs that were chosen by others than wvatui."""
STRUCTURE = {
    "code",
    "k",
    "kind",
    "line",
    "phase",
    "profile",
    "role",
    "status",
    "strategy",
    "target_kind",
    "tool",
    "type",
    "type_",
}
"""Keys of a recording whose text has a meaning for the fold, and which stay as they are."""


def evil_line(line: str) -> str:
    """A line of a controller's log with a hostile text after every name in its JSON."""
    escaped = json.dumps(TEXT)[1:-1]
    for name in NAMES:
        for end in '",':
            line = line.replace(f"{name}{end}", f"{name}{escaped}{end}")
    return line


def evil_event(value: Any, key: str = "") -> Any:
    """An event of a recording with a hostile text after every free text."""
    if isinstance(value, dict):
        return {name: evil_event(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [evil_event(item, key) for item in value]
    if key == "line" and isinstance(value, str):
        return evil_line(value)
    return f"{value}{TEXT}" if isinstance(value, str) and value and key not in STRUCTURE else value


def world(folder: Path) -> dict[str, str]:
    """Every kind of file in a folder with a hostile name; their paths by kind."""
    there = folder / f"EVIL{CODES}"
    there.mkdir()
    files: dict[str, Path] = {}

    def put(kind: str, name: str, text: str) -> None:
        files[kind] = there / f"{name[: name.index('.')]}{CODES}{name[name.index('.') :]}"
        files[kind].write_bytes(text.encode("utf-8", "replace"))

    lines = (ROOT / "recordings" / "stair-step-v2-hpa.jsonl").read_text().splitlines()
    lines = [*lines[:1_200], lines[-1]]
    put(
        "recording",
        "run.jsonl",
        "".join(
            json.dumps(evil_event(json.loads(line)), separators=(",", ":")) + "\n" for line in lines
        ),
    )
    for number, kind in ((0, "log"), (5, "old_log")):
        text = "".join(evil_line(line.decode()) + "\n" for line in simulated_log(number))
        put(kind, f"{kind}.txt", text + f"error: {EVIL}\n" + '{"msg": "half \\ud800"}\n')
    files["session"] = there / f"session{CODES}.jsonl"
    header, *events = session(EVIL)
    assert isinstance(header, ev.Header)
    writer = Writer(files["session"], header)
    writer.write(events)
    writer.close("quit", decisions=1)
    put(
        "report",
        "sweep.json",
        json.dumps(
            evil_event(
                report(
                    "0.7",
                    benchmark("synchronous", 7.0, "0.7"),
                    benchmark("throughput", 6.5, "0.7", ttft=26.0, concurrency=64.0),
                )
            )
        ),
    )
    cases = [case | {"id": f"EVIL{TEXT}", "versions": [f"v0.9.0{TEXT}"]} for case in every_kind()]
    put("cases", "cases.json", json.dumps({"cases": cases}))
    metric = {
        "type": "External",
        "external": {
            "metric": {"name": "wva_desired_replicas", "selector": {"matchLabels": {"a": TEXT}}},
            "target": {"type": "AverageValue", "averageValue": "1"},
        },
    }
    put(
        "hpa",
        "hpa.yaml",
        yaml.safe_dump(
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": TEXT},
                "spec": {"maxReplicas": 9, "metrics": [metric]},
            }
        ),
    )
    job = load("load-one", prompts=4)
    job["metadata"]["annotations"] = {"note": TEXT}
    put("manifest", "job.yaml", yaml.safe_dump(job))
    files["experiment"] = experiment(
        there,
        [workload("one", start_delay=0, duration=5) | {"name": f"EVIL{CODES}"}],
        {"one": job},
        tail_seconds=5,
    )
    _settings(folder)
    return {kind: str(path) for kind, path in files.items()} | {"folder": str(there)}


def _settings(folder: Path) -> None:
    """Write a user's theme with a hostile title, an invalid theme, and a configuration file."""
    escaped = json.dumps(CODES)[1:-1]
    place, wrong = folder / "config" / "wvatui", folder / "wrong" / "wvatui"
    wrong.mkdir(parents=True)
    (place / "themes").mkdir(parents=True)
    dark = (ROOT / "themes" / "dark.toml").read_text()
    title = next(line for line in dark.splitlines() if line.startswith("title"))
    (place / "themes" / f"mine{CODES}.toml").write_text(dark.replace(title, f'title = "{escaped}"'))
    (place / "themes" / f"wrong{CODES}.toml").write_text(f'"{escaped}" = "{escaped}"\n')
    (wrong / "config.toml").write_text(
        f'label = "EVIL{escaped}"\nspeed = nan\n"EVIL{escaped}" = "{escaped}"\n'
        f'[keys]\n"{escaped}" = "{escaped}"\n[ui]\nview = "{escaped}"\n'
    )
