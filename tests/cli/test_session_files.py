"""Session files: which files they are, when they were recorded, and what they contain."""

import json
import time
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.core.folding import HEAD, RECORDINGS
from tests.fixtures import shared
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.recording.library import default_recording, list_sessions

RECORDING = str(RECORDINGS / "burst-drain-v1.jsonl")
QUOTED = """\
# What a recording looks like

```json
{"k":"header","at":1788249600.0,"schema":[1,0],"tool":"wvatui 0.1.0","namespace":"ns"}
{"k":"tick","at":1788249631.0}
```
"""
LOGGED = r'{"k":"log","at":1788249631.4,"line":"2026-09-01T08:00:31Z\tINFO\tengine.go:7\tup\t{}"}'


@pytest.mark.parametrize(
    "text",
    [
        QUOTED,
        QUOTED.replace("```json\n", "\n").replace("```", "\nAnd so on.\n\nIt ends there.\n"),
        "```\n" + QUOTED.splitlines()[3] + "\n```\n",
        QUOTED.replace('{"k":"tick","at":1788249631.0}', LOGGED),
    ],
)
@pytest.mark.parametrize(
    "verb", ["summary", "check", "export", "explain", "whatif", "replay --plain"]
)
def test_a_page_that_quotes_lines_of_a_recording_is_none(
    text: str, verb: str, tmp_path: Path
) -> None:
    page = tmp_path / "notes.md"
    page.write_text(text)
    name, *more = verb.split()
    done = run(name, str(page), *more)
    assert (done.code, done.out) == (4, "")
    assert "notes.md" in done.err


def test_the_page_of_the_field_is_no_recording() -> None:
    assert run("summary", str(shared("field-cases/ux/readme-as-recording/notes.md"))).code == 4


def test_a_recording_that_is_not_as_it_was_written_is_refused(tmp_path: Path) -> None:
    lines = Path(RECORDING).read_text().splitlines()[:300]
    events = [json.loads(line) for line in lines]
    forms = {
        "quoted": [f"> {line}" for line in lines],
        "in a list": json.dumps(events, indent=1).splitlines(),
        "spread": [text for event in events for text in json.dumps(event, indent=2).splitlines()],
        "twice": lines * 2,
        "two": lines + Path(RECORDINGS / "spike.jsonl").read_text().splitlines()[:300],
        "backwards": [
            *(f'{{"k":"tick","at":{1_788_249_600 + at}}}' for at in range(300, 0, -1)),
            lines[0],
        ],
    }
    for form, text in forms.items():
        path = tmp_path / "s.jsonl"
        path.write_text("\n".join(text) + "\n")
        done = run("summary", str(path))
        assert (done.code, done.out) == (4, ""), form
        assert "s.jsonl: " in done.err


def test_a_recording_of_which_lines_are_damaged_stays_one(tmp_path: Path) -> None:
    lines = Path(RECORDING).read_text().splitlines()[:200]
    damaged = [line[: 9 + n % 40] if n % 3 == 0 else line for n, line in enumerate(lines)]
    path = tmp_path / "damaged.jsonl"
    path.write_text("\n".join(["half of a line", *damaged]) + "\n")
    assert run("summary", str(path)).code == 0


@pytest.mark.parametrize("at", ["9h", "T+99999", "2031-01-01T00:00:00Z"])
@pytest.mark.parametrize(
    "verb", ["export", "check", "explain", "replay --headless", "replay --plain"]
)
def test_a_moment_after_the_end_is_told(verb: str, at: str) -> None:
    name, *more = verb.split()
    done = run(name, RECORDING, *more, "--at", at)
    assert (done.code, done.out) == (2, "")
    assert f"--at {at}: that is after the end" in done.err


def test_the_end_itself_is_a_moment_of_a_recording() -> None:
    assert run("export", RECORDING, "--at", "100%").code == 0


def test_a_simulated_session_is_named_and_listed_by_the_clock_of_the_machine(
    tmp_path: Path,
) -> None:
    simulated, now = 1_788_249_600.0, 1_795_000_000.0
    made = ev.Header(simulated, started_at=simulated, recorded_at=now, namespace="sim")
    live = ev.Header(now - 60, started_at=now - 60, namespace="real")
    for header in (live, made):
        path = default_recording(header, tmp_path)
        path.write_bytes(encode(header) + b"\n")
    assert [info.path.name for info in list_sessions(tmp_path)] == [
        "20261118-110640-sim.jsonl",
        "20261118-110540-real.jsonl",
    ]


def test_a_session_without_a_cluster_is_listed_by_its_endpoint(tmp_path: Path) -> None:
    endpoint = ev.EngineEndpoint("blue", "http://gpu-box:8000/metrics")
    header = ev.Header(1_795_000_000.0, started_at=1_795_000_000.0, endpoints=(endpoint,))
    default_recording(header, tmp_path).write_bytes(encode(header) + b"\n")
    heading, line = run("sessions", "--folder", str(tmp_path)).out.splitlines()
    assert line[heading.index("NAMESPACE") :].startswith("blue ")
    (listed,) = json.loads(run("sessions", "--folder", str(tmp_path), "-o", "json").out)
    assert (listed["namespace"], listed["endpoints"]) == ("", ["blue"])


def test_a_demo_says_when_it_was_recorded(tmp_path: Path) -> None:
    file = tmp_path / "demo.jsonl"
    before = time.time()
    arguments = ("demo", "--headless", "--duration", "2s", "--speed", "1000")
    assert run(*arguments, "--record", str(file)).code == 0
    listed = json.loads(run("sessions", "--folder", str(tmp_path), "-o", "json").out)
    header = json.loads(file.read_text().splitlines()[0])
    assert before <= header["recorded_at"] <= time.time()
    assert header["started_at"] != header["recorded_at"]
    assert listed[0]["length_s"] < 10


def test_summary_ends_with_one_where_the_words_of_the_log_have_drifted(tmp_path: Path) -> None:
    path = tmp_path / "drifted.log"
    text = HEAD
    for word in ("scaling-decision", "analyzer-result", "KV cache metric", "Queue metric"):
        text = text.replace(word, f"another {word[::-1]}")
    path.write_text("".join(text.replace("2026-", f"20{year}-") for year in range(10, 18)))
    done = run("summary", str(path))
    assert ("FORMAT DRIFT" in done.out) == (done.code == 1)
    assert done.code == 1
