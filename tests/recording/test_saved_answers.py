"""Files that were saved of Prometheus, an engine or a monitor, and are not quite as wanted."""

import json
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.core.metrics.test_several_engines import vllm
from wvatui.core.events import Autoscaler
from wvatui.recording import open_recording

SERIES = {"metric": {"__name__": "vllm:num_requests_running", "pod": "a"}}
REFUSED = {"status": "error", "errorType": "bad_data", "error": "exceeded maximum resolution"}


def answer(kind: str, *result: object) -> dict[str, object]:
    return {"status": "success", "data": {"resultType": kind, "result": list(result)}}


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (REFUSED, "Prometheus refused: exceeded maximum resolution"),
        (answer("vector", SERIES | {"value": [1764000000, "3"]}), "vector, not a matrix"),
        (answer("matrix"), "answers of Prometheus without a series that is read"),
        (
            answer("matrix", {"metric": {"pod": "a"}, "values": [[1764000000, "3"]]}),
            "answers of Prometheus without a series that is read",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_as_one_of_prometheus(
    tmp_path: Path, saved: object, words: str
) -> None:
    file = tmp_path / "saved.json"
    file.write_text(json.dumps(saved))
    done = run("summary", str(file))
    assert (done.code, done.out) == (4, "")
    assert words in done.err


@pytest.mark.parametrize("saved", [REFUSED, answer("vector"), answer("matrix")])
def test_a_log_that_quotes_an_answer_of_prometheus_stays_a_log(
    tmp_path: Path, saved: object
) -> None:
    quoted = json.dumps(saved)
    line = "2025-11-24T16:00:00Z\tERROR\tquery failed\t"
    as_text = f'{line}{{"body": {quoted}}}\n'
    as_object = f'{{"level":"error","ts":"2025-11-24T16:00:00Z","msg":"x","body":{quoted}}}\n'
    for content in (as_text, as_object):
        file = tmp_path / "controller.log"
        file.write_text(content * 3)
        done = run("summary", str(file), "-o", "json")
        assert (done.code, json.loads(done.out)["errs"]) == (0, 3), done.err


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_page_or_a_range_that_windows_has_saved_is_read(
    tmp_path: Path, mark: bytes, line_end: bytes
) -> None:
    page = b"# Timestamp: 2025-11-24T16:00:00Z\n" + vllm(running=3)
    whole = json.dumps(answer("matrix", SERIES | {"values": [[1764000000, "3"]]}), indent=1)
    for name, content in (("page.prom", page), ("range.json", whole.encode())):
        file = tmp_path / name
        file.write_bytes(mark + content.replace(b"\n", line_end))
        done = run("export", str(file), "--table", "pods", "-o", "-")
        assert (done.code, done.err) == (0, ""), name
        head, row = (line.split(",") for line in done.out.splitlines())
        assert row[head.index("running")] == "3", name


def test_the_hour_that_a_clock_shows_twice_goes_on_from_the_row_above(tmp_path: Path) -> None:
    """Berlin puts its clocks back at 03:00 on 2025-10-26."""
    shown = ["02:30", "02:50", "02:10", "02:30", "02:50", "03:10"]
    rows = "".join(f"2025-10-26 {clock}:00,1,1\n" for clock in shown)
    file = tmp_path / "metrics.csv"
    file.write_text(f"timestamp,replicas,desired_replicas\n{rows}")
    output = tmp_path / "run.jsonl"
    assert run("import", str(file), "--tz", "Europe/Berlin", "-o", str(output)).code == 0
    looks = [each.at for each in open_recording(output).events() if isinstance(each, Autoscaler)]
    assert [round(at - looks[0]) // 60 for at in looks] == [0, 20, 40, 60, 80, 100]
