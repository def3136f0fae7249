"""Reads progress from one line of a load tool's log: one row per form in `FORMS`.

Source: the tools' own output: tqdm bars of `vllm bench serve` and inference-perf, the progress
panel and the plain lines of GuideLLM.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """The progress of a job. None: not in this line. `ratio`: share of its stage, 0 to 1."""

    tool: str
    text: str = ""
    done: int | None = None
    total: int | None = None
    ratio: float | None = None
    ok: int | None = None
    failed: int | None = None
    stage: str = ""
    rate: float | None = None
    """Requests finished per second."""


_BAR = re.compile(
    r"(?:(?P<name>[^|%]{0,80}?):\s+)?(?P<percent>\d{1,3})%\|[^|]*\|\s*"
    r"(?P<done>\d+(?:\.\d+)?)/(?P<total>\d+(?:\.\d+)?)\s+"
    r"\[[\d:]+<[^,\]]+(?:,\s*(?P<rate>[\d.]+|\?)\s*(?P<unit>it/s|s/it))?"
)
_PERF_STAGE = re.compile(r"Stage (?P<stage>-?\d+) - run (?P<state>started|completed|failed)")
_PANEL = re.compile(
    r"\[(?:--:--:--|\d\d:\d\d:\d\d)\]\s+\S{0,3}\s*(?P<percent>\d{1,3})%\s+(?P<stage>\S.*?)\s+"
    r"\((?P<state>warmup|running|cooldown|complete)\s*\)(?P<rest>.*)"
)
_PANEL_RATE = re.compile(r"(?P<rate>[\d.]+)\s*req/s")
_PANEL_COUNT = re.compile(r"(?P<count>[\d.]+)\s+(?P<what>Comp|Inc|Err)\b")
_COUNTED = re.compile(
    r"(?:(?P<before>\d+)\s+(?P<after_word>successful|errored|incomplete)\b)"
    r"|(?:\b(?P<word>successful|errored|incomplete)\s*[=:]\s*(?P<after>\d+))",
    re.IGNORECASE,
)


def bar(text: str) -> ProgressStep | None:
    """A tqdm bar over requests: unnamed (vllm bench serve) or of a stage (inference-perf)."""
    match = _BAR.search(text)
    if match is None:
        return None
    name = (match["name"] or "").strip()
    if name and not re.fullmatch(r"Stage -?\d+ progress", name):
        return None
    if not name and "." in match["done"] + match["total"]:
        return None
    rate = _rate(match["rate"], match["unit"])
    step = ProgressStep(tool="inference-perf" if name else "vllm-bench", text=text.strip())
    if name:
        total = float(match["total"])
        ratio = float(match["done"]) / total if total > 0 else None
        return replace(step, stage=name.removesuffix(" progress").lower(), ratio=ratio)
    return replace(step, done=int(match["done"]), total=int(match["total"]), rate=rate)


def perf_stage(text: str) -> ProgressStep | None:
    """inference-perf's line that a stage began or ended."""
    match = _PERF_STAGE.search(text)
    if match is None:
        return None
    return ProgressStep(
        tool="inference-perf",
        text=text.strip(),
        stage=f"stage {match['stage']}",
        ratio={"started": 0.0, "completed": 1.0}.get(match["state"]),
    )


def panel(text: str) -> ProgressStep | None:
    """A row of GuideLLM's progress panel: one strategy with its counts."""
    match = _PANEL.search(text)
    if match is None:
        return None
    counts = {m["what"]: int(float(m["count"])) for m in _PANEL_COUNT.finditer(match["rest"])}
    rate = _PANEL_RATE.search(match["rest"])
    return ProgressStep(
        tool="guidellm",
        text=text.strip(" │|"),
        stage=match["stage"],
        ratio=min(1.0, int(match["percent"]) / 100.0),
        ok=counts.get("Comp"),
        failed=counts.get("Err"),
        done=sum(counts.values()) if counts else None,
        rate=_number(rate["rate"]) if rate else None,
    )


def counted(text: str) -> ProgressStep | None:
    """A plain line with counts of successful, errored and incomplete requests (GuideLLM)."""
    counts: dict[str, int] = {}
    for match in _COUNTED.finditer(text):
        word = (match["after_word"] or match["word"]).lower()
        counts[word] = int(match["before"] or match["after"])
    if "successful" not in counts or len(counts) < 2:
        return None
    rate = _PANEL_RATE.search(text)
    return ProgressStep(
        tool="guidellm",
        text=text.strip(),
        ok=counts["successful"],
        failed=counts.get("errored"),
        done=sum(counts.values()),
        rate=_number(rate["rate"]) if rate else None,
    )


FORMS: tuple[tuple[str, Callable[[str], ProgressStep | None]], ...] = (
    ("%|", bar),
    ("- run ", perf_stage),
    ("%", panel),
    ("uccessful", counted),
)
"""(text that such a line must contain, its parser)."""

BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("Starting main benchmark run", "vllm-bench"),
    ("Traffic request rate:", "vllm-bench"),
    ("starting benchmarks", "guidellm"),
    ("Stage 0 - run started", "inference-perf"),
)
"""Texts with which a tool announces that it now sends load."""


def read_step(text: str) -> ProgressStep | None:
    """The progress in `text` (one line, or one piece of it); None: none."""
    for mark, read in FORMS:
        if mark in text:
            step = read(ANSI.sub("", text))
            if step is not None:
                return step
    return None


def read_beginning(text: str) -> str:
    """The tool that announces in `text` that its load begins; "" when none does."""
    return next((tool for words, tool in BEGINNINGS if words in text), "")


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _rate(text: str | None, unit: str | None) -> float | None:
    value = _number(text)
    if value is None or unit == "it/s":
        return value
    return 1.0 / value if value > 0 else None
