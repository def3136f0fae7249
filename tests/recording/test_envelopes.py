"""A log in any envelope has the same numbers as without it."""

import json
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.core.log.test_golden_logs import golden, run_log
from tests.fixtures import FIXTURES, shared
from tests.recording.enveloped import (
    BROKEN,
    CONSOLE_ALONE,
    ENVELOPED,
    JSON_ALONE,
    Envelope,
    own_object,
)
from tests.recording.pasted import PASTED, PASTED_CONSOLE, PASTED_JSON
from tests.small_logs import TARGETS, old_cycle
from tests.sweeps import sampled, sampled_ways
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log.envelopes import ENVELOPES
from wvatui.core.log.envelopes.peeling import Peeling
from wvatui.core.state.state import EMPTY
from wvatui.errors import RecordingError
from wvatui.recording import open_recording
from wvatui.session.headless import odd

STACK = """
2026-05-01T10:02:30Z\tERROR\tsaturation/engine.go:93\tFailed to list pods\t{"error": "refused"}
github.com/llm-d/wva/internal/engines/saturation.(*Engine).optimize
\t/workspace/internal/engines/saturation/engine.go:93
"""


def console(second: int, current: int, target: int) -> str:
    at = f"2026-05-01T10:{second // 60:02}:{second % 60:02}Z"
    action = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    return (
        f'{at}\tINFO\tsaturation/engine_v2.go:744\tscaling-decision\t{{"modelID": "org/m", '
        f'"namespace": "team-a", "decisions": [{{"name":"v","curr":{current},"tgt":{target},'
        f'"action":"{action}"}}]}}\n'
        f'{at}\tINFO\tactuator/actuator.go:89\tEmitReplicaMetrics completed\t{{"variantName": "v",'
        f' "currentReplicas": {current}, "desiredReplicas": {target}, "accelerator": "H100"}}'
    )


def json_text(second: int, current: int, target: int) -> str:
    at = f"2026-05-01T10:{second // 60:02}:{second % 60:02}.250Z"
    action = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    return (
        f'{{"level":"INFO","ts":"{at}","msg":"KV cache metric: pod=p-0, usage=0.5"}}\n'
        f'{{"level":"INFO","ts":"{at}","msg":"Processing decision: variant=v, action={action},'
        f' current={current}→target={target}"}}'
    )


def json_fields(second: int, current: int, target: int) -> str:
    at = f"2026-05-01T10:{second // 60:02}:{second % 60:02}Z"
    action = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    return (
        f'{{"level":"info","ts":"{at}","caller":"saturation/engine_v2.go:744",'
        f'"msg":"scaling-decision","modelID":"org/m","namespace":"team-a","decisions":'
        f'[{{"name":"v","curr":{current},"tgt":{target},"action":"{action}"}}]}}'
    )


MOVES = [(0, 1, 1), (60, 1, 3), (120, 3, 3), (180, 3, 2), (240, 2, 1), (300, 1, 1)]
KLOG = "I0501 10:00:30.705213       1 leaderelection.go:257] attempting to acquire leader lease"
LOGS: dict[str, list[str]] = {
    "console": "\n".join(
        [*(console(*m) for m in MOVES[:3]), STACK.strip("\n"), *(console(*m) for m in MOVES[3:])]
    ).split("\n"),
    "json-text": "\n".join(json_text(*m) for m in MOVES).split("\n"),
    "json-fields": [json_fields(*m) for m in MOVES],
    "with klog": [
        *console(*MOVES[0]).split("\n"),
        KLOG,
        *console(*MOVES[1]).split("\n"),
        KLOG.replace("00:30", "01:30"),
        *console(*MOVES[2]).split("\n"),
    ],
}
"""Small logs in each dialect, with a stack trace and with lines of klog."""


def numbers(folder: Path, data: bytes) -> dict[str, Any]:
    """The summary of a file with `data`, without the keys about its origin."""
    path = folder / "it.log"
    path.write_bytes(data)
    found = summary(fold(EMPTY, open_recording(path).events()), "it.log")
    return {key: value for key, value in found.items() if key != "envelope"}


def envelope(folder: Path, text: str) -> str:
    path = folder / "named.log"
    path.write_text(text, encoding="utf-8")
    header = next(iter(open_recording(path).events()))
    assert isinstance(header, ev.Header)
    return header.envelope


def fitting(lines: list[str]) -> dict[str, Envelope]:
    """The envelopes that such lines can be in."""
    rows = ENVELOPED | PASTED
    if all(own_object(line) for line in lines):
        rows |= JSON_ALONE | PASTED_JSON
    if sum("\t" in line for line in lines) * 2 > len(lines):
        rows |= CONSOLE_ALONE | PASTED_CONSOLE
    return rows


def dealt() -> dict[str, list[str]]:
    """Each envelope to one of the logs that fit into it, in turn."""
    dealt: dict[str, list[str]] = {log: [] for log in LOGS}
    names = dict.fromkeys(name for lines in LOGS.values() for name in fitting(lines))
    for number, name in enumerate(names):
        fit = [log for log, lines in LOGS.items() if name in fitting(lines)]
        dealt[fit[number % len(fit)]].append(name)
    return dealt


AROUND_ONE = dealt()
"""The sample: each envelope around one of the logs that fit into it, and each log in many
envelopes. It is enough because removing an envelope does not depend on the content of a line."""
SHORT = {"console": 12, "json-text": 8, "json-fields": 4}
"""Lines of each log that hold its first three cycles and more."""


@pytest.mark.parametrize(
    ("log", "each"), sampled(product(LOGS, [False, True]), [(log, False) for log in LOGS])
)
def test_a_log_in_an_envelope_gives_the_numbers_of_the_plain_one(
    tmp_path: Path, log: str, each: bool
) -> None:
    lines = LOGS[log][: SHORT.get(log)]
    plain = numbers(tmp_path, "\n".join(lines).encode())
    assert plain["cycles"] >= 3
    for name in fitting(lines) if each else AROUND_ONE[log]:
        assert numbers(tmp_path, fitting(lines)[name](lines).encode()) == plain, name


# Lines are joined before they are read: each width and each log once.
@pytest.mark.parametrize(("log", "width"), sampled_ways(LOGS, BROKEN))
def test_lines_that_a_terminal_broke_are_joined_and_that_is_said(
    tmp_path: Path, log: str, width: str
) -> None:
    lines = LOGS[log]
    wrapped = BROKEN[width](lines)
    if wrapped.count("\n") == len(lines):
        return
    plain = numbers(tmp_path, "\n".join(lines).encode())
    assert numbers(tmp_path, wrapped.encode()) == plain
    reader = open_recording(tmp_path / "it.log")
    assert list(reader.events())
    assert any(f"broke at {width.split()[0]} columns" in notice for notice in reader.notices)


ENCODINGS = [("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-16-le", "")]


# A file is decoded before it is read: each encoding and each log once.
@pytest.mark.parametrize(("log", "encoded"), sampled_ways(LOGS, ENCODINGS))
def test_what_powershell_wrote_is_read(tmp_path: Path, log: str, encoded: tuple[str, str]) -> None:
    encoding, mark = encoded
    text = "\r\n".join(LOGS[log]) + "\r\n"
    plain = numbers(tmp_path, text.encode())
    assert numbers(tmp_path, (mark + text).encode(encoding)) == plain
    stern = ENVELOPED["stern"](LOGS[log]).replace("\n", "\r\n")
    assert numbers(tmp_path, (mark + stern).encode(encoding)) == plain
    header = next(iter(open_recording(tmp_path / "it.log").events()))
    assert isinstance(header, ev.Header)
    assert header.envelope == "UTF-16 > stern"


@pytest.mark.parametrize("log", LOGS)
def test_a_plain_log_is_in_no_envelope_and_goes_through_untouched(tmp_path: Path, log: str) -> None:
    lines = LOGS[log]
    assert envelope(tmp_path, "\n".join(lines)) == ""
    peeling = Peeling()
    raw = [line.encode() for line in lines]
    assert [*peeling.feed(raw), *peeling.finish(b"")] == [*raw, b""]


NAMES = {
    "stern": "stern",
    "stern -o json": "stern -o json",
    "kubectl --prefix --timestamps": "kubectl logs --prefix",
    "kubectl --timestamps": "",
    "docker json-file": "docker json-file",
    "CRI": "container runtime's file (CRI)",
    "Loki": "JSON over several lines",
    "gcloud, array": "JSON over several lines > gcloud logging",
    "grep -Hn": "grep -H",
    "Markdown in a quotation": "quoted with > > Markdown",
    "Loki of CRI": "JSON over several lines > container runtime's file (CRI)",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_envelopes_are_named_from_the_outermost_to_the_innermost(
    tmp_path: Path, name: str
) -> None:
    assert envelope(tmp_path, ENVELOPED[name](LOGS["console"])) == NAMES[name]


def test_no_two_envelopes_of_different_kinds_share_their_row() -> None:
    assert len({id(row.begin) for row in ENVELOPES}) == len(ENVELOPES)


def test_the_time_of_an_envelope_counts_where_the_line_has_none(tmp_path: Path) -> None:
    lines = ["Starting up", *LOGS["json-text"]]
    path = tmp_path / "it.log"
    path.write_text(
        "".join(
            f'{{"log":"{line}\\n","stream":"stderr","time":"2026-05-01T09:59:{n:02}Z"}}\n'
            for n, line in enumerate(line.replace('"', '\\"') for line in lines)
        ),
        encoding="utf-8",
    )
    logs = [event for event in open_recording(path).events() if isinstance(event, ev.Log)]
    assert logs[0].line == "2026-05-01T09:59:00Z Starting up"
    assert [log.line for log in logs[1:]] == LOGS["json-text"]
    assert logs[1].at - logs[0].at == 60.25


def test_what_other_jobs_wrote_first_does_not_hide_the_controllers_lines(tmp_path: Path) -> None:
    before = [f"go: downloading module {n}" for n in range(450)]
    path = tmp_path / "it.log"
    path.write_text(ENVELOPED["gh run view --log"]([*before, *LOGS["console"]]), encoding="utf-8")
    found = summary(fold(EMPTY, open_recording(path).events()), "it.log")
    assert found["cycles"] == 6
    assert found["lines"] == 450 + len(LOGS["console"])


@pytest.mark.parametrize(
    "text",
    [
        '{"status":"ok","data":{"result":[{"values":[["' + "9" * 5_000 + '","a"]]}]}}\n',
        '{"log":"a\\n","stream":"x","time":' + "9" * 400 + "}\n",
        '{"log":"a\\n","stream":"x","time":1e999}\n',
        '[{"message":' + '{"a":' * 3_000 + "1" + "}" * 3_000 + "}]\n",
        "{\n" * 2_000,
        "]}\n[\n" * 500,
        '"Line",Time\n"' + "a\n" * 500,
        "a" * 100_000 + "\n",
        "2026-05-01T10:00:00Z INFO a" + ' {"' * 50_000 + "}\n",
    ],
    ids=range(9),
)
def test_an_envelope_that_cannot_be_is_read_or_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "it.log"
    path.write_text(text, encoding="utf-8")
    with suppress(RecordingError):
        assert list(open_recording(path).events())


def test_the_rest_of_a_json_array_that_was_cut_is_read_and_the_cut_is_said(tmp_path: Path) -> None:
    path = tmp_path / "it.log"
    path.write_text(ENVELOPED["gcloud, array"](LOGS["json-fields"])[:-300], encoding="utf-8")
    reader = open_recording(path)
    found = summary(fold(EMPTY, reader.events()), "it.log")
    assert found["cycles"] == 5
    assert "1 JSON value is cut off or damaged: not read" in reader.notices


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_stream_of_one_time_is_turned_as_the_others_of_its_answer_are(
    tmp_path: Path, newest_first: bool
) -> None:
    lines = LOGS["json-fields"]
    values = [[f"17823{n:05}000000000", line] for n, line in enumerate(lines)]
    values[:3] = [["1782300000000000000", line] for line in lines[:3]]
    streams = [values[3:], values[:3]]
    result = [{"stream": {}, "values": v[::-1] if newest_first else v} for v in streams]
    path = tmp_path / "it.log"
    path.write_text(json.dumps({"data": {"result": result}}), encoding="utf-8")
    logs = [event for event in open_recording(path).events() if isinstance(event, ev.Log)]
    assert [log.line for log in logs] == lines


HOURS = [
    line.replace("T08:", f"T{hour:02}:")
    for hour in range(8, 15)
    for minute, pair in enumerate(TARGETS)
    for line in old_cycle(minute, *pair)
]
"""294 lines: more than the first lines, by which envelopes are recognised."""
AFTER = ["stern", "docker json-file", "Loki", "JSON lines, log", "CSV", "quoted", "pprint"]


# A prefix and a document: what follows is recognised afresh, whatever it is in.
@pytest.mark.parametrize(
    ("name", "plain"),
    sampled(
        product(AFTER, [slice(0, 252), slice(42, None)]),
        [("stern", slice(0, 252)), ("Loki", slice(42, None))],
    ),
)
def test_a_file_that_goes_on_in_another_envelope_is_read_to_its_end(
    tmp_path: Path, name: str, plain: slice
) -> None:
    wrap = fitting(HOURS)[name]
    if plain.start:
        parts = [wrap(HOURS[: plain.start]), "\n".join(HOURS[plain])]
    else:
        parts = ["\n".join(HOURS[plain]), wrap(HOURS[plain.stop :])]
    whole = numbers(tmp_path, "\n".join(HOURS).encode())
    assert numbers(tmp_path, "\n".join(parts).encode()) == whole


def test_the_envelopes_further_on_are_named_and_a_few_odd_lines_are_none(tmp_path: Path) -> None:
    stern, loki = ENVELOPED["stern"](HOURS[:252]), ENVELOPED["Loki"](HOURS[252:])
    assert envelope(tmp_path, stern + loki) == "stern, then JSON over several lines"
    glued = [*HOURS[:250], HOURS[250] + HOURS[251], "go: downloading", *HOURS[252:]]
    assert envelope(tmp_path, "\n".join(glued)) == ""


LISTS = ["CloudWatch", "Datadog", "a list in an object"]


# A value is read whatever text is in it: each kind of document and each log in one.
@pytest.mark.parametrize(
    ("log", "name"),
    sampled_ways(
        ["console", "json-text", "json-fields"],
        ["Loki", "Loki, newest first", "Loki through jq", *LISTS],
    ),
)
def test_whole_lines_before_the_cut_of_a_document_are_read_and_counted(
    tmp_path: Path, log: str, name: str
) -> None:
    document = fitting(LOGS[log])[name](LOGS[log])
    path = tmp_path / "it.log"
    path.write_text(document[: document.rindex("20") + 4], encoding="utf-8")
    reader = open_recording(path)
    state = fold(EMPTY, reader.events())
    assert state.totals.lines == len(LOGS[log]) - 1
    words = f"1 JSON value is cut off or damaged: {len(LOGS[log]) - 1} lines of it were read"
    assert words in reader.notices


def test_lines_that_html_escaped_late_in_a_log_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "it.log"
    plain = [f"2026-05-01T09:59:00Z\tINFO\tsetup\tstarting {n}" for n in range(300)]
    escaped = PASTED["HTML"](LOGS["json-fields"])
    path.write_text("\n".join([*plain, escaped]), encoding="utf-8")
    assert summary(fold(EMPTY, open_recording(path).events()), "it.log")["cycles"] == 6


# Each log and each way of escaping once, since a line is turned back before it is read.
@pytest.mark.parametrize(
    ("log", "name"), sampled_ways(LOGS, ["HTML", "HTML, quotes by their number", "HTML, twice"])
)
def test_lines_of_a_recording_that_were_escaped_for_html_give_the_numbers_of_the_plain_ones(
    log: str, name: str
) -> None:
    def told(lines: list[str]) -> dict[str, Any]:
        logs = [ev.Log(1_777_630_000.0, line=line) for line in lines]
        return summary(fold(EMPTY, [ev.Header(1_777_629_000.0), *logs]), "live")

    escaped = PASTED[name](LOGS[log]).rstrip("\n").split("\n")
    assert told(escaped) == told(LOGS[log])


@pytest.mark.parametrize("log", LOGS)
def test_line_ends_with_two_carriage_returns_give_the_same_numbers(
    tmp_path: Path, log: str
) -> None:
    plain = numbers(tmp_path, "\n".join(LOGS[log]).encode())
    assert numbers(tmp_path, "\r\r\n".join(LOGS[log]).encode()) == plain


@pytest.mark.parametrize("name", ["CSV without a heading", "Excel", "Azure"])
def test_a_table_of_lines_that_the_kubelet_stamped_gives_their_numbers(
    tmp_path: Path, name: str
) -> None:
    lines = [f"2026-09-01T08:00:{n:02}.123456789Z {line}" for n, line in enumerate(LOGS["console"])]
    plain = numbers(tmp_path, "\n".join(lines).encode())
    assert plain["cycles"] >= 3
    assert numbers(tmp_path, PASTED[name](lines).encode()) == plain


def test_the_last_row_of_a_table_that_was_cut_off_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "it.log"
    path.write_text(PASTED["Splunk CSV"](LOGS["console"])[:-40], encoding="utf-8")
    reader = open_recording(path)
    state = fold(EMPTY, reader.events())
    assert state.totals.lines == len(LOGS["console"])
    assert any("cut off" in words for words in odd(reader.notices, state))


@pytest.mark.parametrize("log", ["console", "json-fields"])
def test_lines_whose_fields_are_cut_off_are_counted_and_that_is_said(
    tmp_path: Path, log: str
) -> None:
    path = tmp_path / "it.log"
    lines = LOGS[log]
    cut = [line[:160] + ">" if "scaling-decision" in line else line for line in lines]
    path.write_text("\n".join(cut), encoding="utf-8")
    reader = open_recording(path)
    state = fold(EMPTY, reader.events())
    assert odd(reader.notices, state) == [
        f"6 of {len(lines)} lines have fields that are cut off or damaged: they are not counted"
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert fold(EMPTY, open_recording(path).events()).totals.without_fields == 0


def test_a_file_of_which_only_a_part_is_a_log_says_how_many_lines_were_not_understood(
    tmp_path: Path,
) -> None:
    path = tmp_path / "it.log"
    path.write_text("\n".join(["$ kubectl logs wva", *LOGS["console"], "$ "]), encoding="utf-8")
    reader = open_recording(path)
    state = fold(EMPTY, reader.events())
    assert odd(reader.notices, state) == [
        "2 of 17 lines were not understood: they are no controller's"
    ]
    path.write_text("\n".join(LOGS["console"]), encoding="utf-8")
    reader = open_recording(path)
    assert odd(reader.notices, fold(EMPTY, reader.events())) == []


FOREIGN = {
    "stern": ("stern without a line of a controller", "choose the pod"),
    "gh run view --log": ("gh run view --log without", "choose the pod"),
    "Grafana JSON": ("JSON over several lines without", "choose the pod"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_an_envelope_without_a_controllers_line_is_named_with_exit_4(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "it.log"
    path.write_text(ENVELOPED[name]([f"GET /healthz {n}" for n in range(30)]), encoding="utf-8")
    words, remedy = FOREIGN[name]
    with pytest.raises(RecordingError, match=words) as refused:
        list(open_recording(path).events())
    assert refused.value.exit_code == 4
    assert remedy in refused.value.hint


@pytest.mark.parametrize(
    ("content", "words", "remedy"),
    [
        ("---\ninsertId: a\nlabels: {}\nlogName: x\n", "gcloud's YAML", "--format=json"),
        ("# HELP vllm:kv x\n# TYPE vllm:kv gauge\nvllm:kv 1\n", "metrics page", "kubectl logs"),
        ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n", "Kubernetes object", "kubectl logs"),
        ("name: x\nworkloads:\n  - name: a\n", "an experiment", "wvatui run"),
        ("NAME  READY  STATUS\nwva-0  1/1  Running\n", "kubectl get", "kubectl logs"),
        ("Error from server (NotFound): pods not found\n", "error message", "again"),
        ("INFO 05-01 10:00:00 [engine.py:1] Avg prompt throughput\n", "vLLM", "choose the pod"),
        ("<!DOCTYPE html>\n<html><body>log</body></html>\n", "web page", "download"),
        ('{"a":1}\n{"a":2}\n', "JSON lines", "message"),
    ],
)
def test_what_is_no_log_is_named_with_what_to_do(
    tmp_path: Path, content: str, words: str, remedy: str
) -> None:
    path = tmp_path / "it.log"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecordingError, match=words) as refused:
        list(open_recording(path).events())
    assert refused.value.exit_code == 4
    assert remedy in refused.value.hint


# --- logs of real clusters --------------------------------------------------------------------


def real_logs() -> list[Path]:
    logs = [FIXTURES / "wva-2026/ladder-controller.log", *FIXTURES.glob("wva-log-samples/*")]
    logs += FIXTURES.glob("wva-experiments-2025/*/wva-controller-logs.jsonl")
    # The year of klog's lines is unknown without an envelope that states it.
    return sorted(log for log in logs if log.exists() and "klog" not in log.name)


# The golden logs below are real ones in envelopes; ours above are in all of them.
@pytest.mark.sweep
@pytest.mark.parametrize(("number", "sixth"), [*product(range(9), range(6))])
def test_a_real_log_in_an_envelope_gives_the_same_numbers(
    tmp_path: Path, number: int, sixth: int
) -> None:
    shared("wva-log-samples")
    for log_number, log in list(enumerate(real_logs()))[sixth::6]:
        text = log.read_text(encoding="utf-8", errors="replace")
        lines = [line for line in text.split("\n") if line.strip()][:120]
        plain = numbers(tmp_path, "\n".join(lines).encode())
        for name, wrap in list(fitting(lines).items())[9 * (log_number % 9) + number :: 81]:
            assert numbers(tmp_path, wrap(lines).encode()) == plain, (log.name, name)


ROWS = golden()[::5] or [None]
AROUND = ["stern -t", "docker json-file", "Loki", "jq .", "gcloud, array"]


# A long log in one; ours above are in all of them.
@pytest.mark.parametrize(
    ("row", "name"),
    sampled(product(ROWS, AROUND), [(ROWS[0], "stern -t")]),
    ids=lambda value: value["run"] if isinstance(value, dict) else value or "absent",
)
def test_the_golden_numbers_hold_in_an_envelope(
    tmp_path: Path, row: dict[str, str] | None, name: str
) -> None:
    if row is None:
        shared("wva-experiments-2025/golden.psv")
        return
    text = run_log(row["run"]).read_text(encoding="utf-8", errors="replace")
    lines = [line for line in text.split("\n") if line]
    if name not in (rows := fitting(lines)):
        pytest.skip(f"{name}: not around lines of several kinds")
    found = numbers(tmp_path, rows[name](lines).encode())
    for key in ("lines", "nonjson", "cycles", "ups", "downs", "target_changes", "kv", "replica_s"):
        assert found[key] == float(row[key]), key


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("log-01-tabs-became-spaces/expanded.log", "tabs became spaces"),
        ("log-01-tabs-became-spaces/pasted.log", "tabs became spaces"),
        ("log-02-stern/stern.log", "stern"),
    ],
)
def test_the_cases_of_the_field_have_six_cycles(file: str, wanted: str) -> None:
    path = shared(f"field-cases/{file}")
    state = fold(EMPTY, open_recording(path).events())
    found = summary(state, path.name)
    assert (found["cycles"], found["ups"], found["downs"]) == (6, 1, 2)
    assert found["envelope"] == wanted
