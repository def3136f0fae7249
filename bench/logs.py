"""Controller logs: bytes to typed events, compared with `json.loads` and some regular expressions.

The peer is a typical script in a notebook: one JSON object per line, and a search for each number
wanted. It handles one dialect and extracts a tenth of the facts.

Twice the speed of the peer is not reached. Of 37 ms for 19,213 lines (the peer: 59), 15 are spent
on the 4,065 lines with new text, at 3.7 µs to find the row and build the facts; 11 on looking up
lines seen before; 5 on 6,058 times; 4 on decoding bytes. New lines would have to cost half, which
would need facts that are only built when they are read.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from tests.fixtures import FIXTURES as FOLDER
from wvatui.core.events import Log
from wvatui.core.lines import decode, forget_times, split
from wvatui.core.log.parser import forget, parse
from wvatui.recording import open_recording

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings"
ROUNDS = 5

_SEARCHES = tuple(
    re.compile(pattern)
    for pattern in (
        r"Processing decision: variant=([\w.-]+), action=([\w-]+), current=(\d+)→target=(\d+)",
        r"KV cache metric: pod=([\w.-]+), usage=([\d.]+)",
        r"Queue metric: pod=([\w.-]+), queueLength=(\d+)",
        r"[Aa]nalysis completed.*avgSpareKv=([\d.]+).*avgSpareQueue=([\d.]+)",
        r"ttft=([\d.]+)ms, itl=([\d.]+)ms, cost=([\d.]+), arrivalRate=([\d.]+)",
        r"[Pp]redict.*itl=([\d.]+).*ttft=([\d.]+)",
    )
)


def measure() -> list[dict[str, object]]:
    """Lines per second of both, and their ratio."""
    logs = _logs()
    lines = sum(data.count(b"\n") for data in logs)
    ours, theirs = _best(logs)
    return [
        {
            "name": "controller log to typed events, against json.loads + regexes",
            "value": round(theirs / ours, 2),
            "unit": "times",
            "reach": 1.4,
            "better": "more",
            "lines": lines,
            "lines_per_s": round(lines / ours),
            "peer_lines_per_s": round(lines / theirs),
        }
    ]


def _logs() -> list[bytes]:
    """The real logs, or those in the recordings that come with wvatui."""
    if FOLDER.is_dir():
        files = [
            *sorted(FOLDER.glob("wva-experiments-2025/*/wva-controller-logs.jsonl")),
            FOLDER / "wva-2026" / "ladder-controller.log",
            *sorted(FOLDER.glob("wva-log-samples/*")),
        ]
        return [file.read_bytes() for file in files]
    return [
        b"".join(event.line.encode() + b"\n" for event in reader.events() if type(event) is Log)
        for reader in map(open_recording, sorted(RECORDINGS.glob("*.jsonl")))
    ]


def _ours(data: bytes) -> None:
    lines, rest = split(data)
    for raw in (*lines, rest):
        parse(decode(raw)[0], 2026)


def _theirs(data: bytes) -> None:
    for raw in data.splitlines():
        text = raw.decode("utf-8", "replace")
        try:
            fields = json.loads(text)
            message = str(fields.get("msg", ""))
        except (ValueError, AttributeError):
            message = text
        for search in _SEARCHES:
            found = search.search(message)
            if found is not None:
                found.groups()


def _best(logs: list[bytes]) -> tuple[float, float]:
    """The quickest round of ours and of the peer's, seconds; rounds alternate."""
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        # Each round reads every line as if for the first time.
        forget()
        forget_times()
        ours = min(ours, _took(logs, _ours))
        theirs = min(theirs, _took(logs, _theirs))
    return ours, theirs


def _took(logs: list[bytes], work: Callable[[bytes], None]) -> float:
    begin = time.perf_counter()
    for data in logs:
        work(data)
    return time.perf_counter() - begin
