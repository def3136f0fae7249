"""A line in the envelope of a tool is parsed like the line itself."""

import json

import pytest

from wvatui.core.log import facts as fc
from wvatui.core.log.parser import parse

OLD = '{"level":"INFO","ts":"2026-06-24T11:03:26.000Z","msg":"Queue metric: pod=p, queueLength=2"}'
FIELDS = (
    '{"level":"Level(-4)","ts":"2026-06-24T11:03:26Z","caller":"c/r.go:1",'
    '"msg":"KV cache metric","pod":"p","usage":0.5}'
)
CONSOLE = (
    "2026-06-24T11:03:26Z\tINFO\tsaturation/engine.go:1\tProcessing decision for VA\t"
    '{"variant": "ns/a", "action": "scale-up", "current": 1, "target": 2}'
)
KLOG = "I0624 11:03:26.000000       1 a.go:257] attempting to acquire leader lease a/b..."
STAMP = "2026-06-24T11:03:26.987654321Z "

WRAPPINGS = {
    "a byte order mark": "\ufeff{}",
    "a byte order mark and a stamp": "\ufeff" + STAMP + "{}",
    "a stamp": STAMP + "{}",
    "a stamp with an offset": "2026-06-24T13:03:26.9+02:00 {}",
    "two stamps": STAMP * 2 + "{}",
    "a carriage return": "{}\r",
    "white space around": "  {}  ",
    "progress in front": " 10%\r 90%\r{}",
    "a container runtime's file": STAMP + "stdout F {}",
    "colours": "\x1b[32m{}\x1b[0m",
    "a pod's name": "[pod/wva-0/manager] {}",
    "stern": "wva-0-abcde manager {}",
    "stern and a stamp": "wva-0-abcde manager " + STAMP + "{}",
    "stern and colours": "\x1b[32mwva-0-abcde\x1b[0m \x1b[36mmanager\x1b[0m {}",
    "logcli": STAMP + '{app="wva"} {}',
    "journald": "2026-06-24T11:03:26+0000 node k3s[7]: {}",
    "GitHub": "job\tstep\t" + STAMP + "{}",
    "a quotation": "> {}",
    "stern in a quotation": "> wva-0-abcde manager {}",
    "a pod's name and a stamp": "[pod/wva-0/manager] " + STAMP + "{}",
}


@pytest.mark.parametrize("raw", [OLD, FIELDS, CONSOLE, KLOG], ids=["old", "json", "tabs", "klog"])
@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_a_wrapped_line_says_what_the_line_says(raw: str, wrapping: str) -> None:
    line, bare = parse(wrapping.replace("{}", raw), 2026), parse(raw, 2026)
    assert (line.kind, line.dialect, line.template) == (bare.kind, bare.dialect, bare.template)
    assert (line.facts, line.level) == (bare.facts, bare.level)
    assert line.at is not None
    assert abs(line.at - 1782299006.0) < 1.0


@pytest.mark.parametrize("raw", [OLD, FIELDS, CONSOLE, KLOG], ids=["old", "json", "tabs", "klog"])
@pytest.mark.parametrize(
    "entry",
    [
        {"log": "LINE\n", "stream": "stderr", "time": STAMP.strip()},
        {"severity": "INFO", "message": "LINE", "timestamp": STAMP.strip()},
        {"labels": {}, "line": "LINE", "timestamp": STAMP.strip()},
        {"textPayload": "LINE", "logName": "a", "timestamp": STAMP.strip()},
    ],
    ids=["docker", "severity", "logcli", "gcloud"],
)
def test_a_line_in_a_collectors_object_says_what_the_line_says(
    raw: str, entry: dict[str, object]
) -> None:
    text = json.dumps(entry).replace("LINE", json.dumps(raw)[1:-1])
    line, bare = parse(text, 2026), parse(raw, 2026)
    assert (line.kind, line.template, line.facts) == (bare.kind, bare.template, bare.facts)
    assert line.at is not None
    assert abs(line.at - 1782299006.0) < 1.0


def test_somebody_elses_line_in_an_envelope_stays_whole() -> None:
    for raw in ("wva-0-abcde manager GET /healthz 200", '{"level":"info","msg":"> all is well"}'):
        assert parse(raw).kind == "unknown"
        assert not parse(raw).facts


def test_colours_around_the_level_alone() -> None:
    line = parse(CONSOLE.replace("INFO", "\x1b[34mINFO\x1b[0m"))
    assert (line.level, line.template) == ("INFO", "b/processing")


@pytest.mark.parametrize(
    "time",
    [
        "2026-06-24T11:03:26.000Z",
        "2026-06-24T13:03:26+02:00",
        "2026-06-24T13:03:26.000+0200",
        "1782299006.0",
        "1.782299006e+09",
        "1782299006000",
        "1782299006000000000",
    ],
)
def test_every_time_encoding_of_the_logger_is_a_time(time: str) -> None:
    assert parse(CONSOLE.replace("2026-06-24T11:03:26Z", time)).at == 1782299006.0
    quoted = f'"{time}"' if "-" in time else time
    assert parse(FIELDS.replace('"2026-06-24T11:03:26Z"', quoted)).at == 1782299006.0


def test_numbers_that_came_as_strings_are_numbers() -> None:
    (fact,) = parse(CONSOLE.replace("1,", '"1",').replace("2}", '"2"}')).facts
    assert isinstance(fact, fc.LoggedDecision)
    assert (fact.current, fact.target) == (1, 2)
    assert parse(FIELDS.replace("0.5", '"5e-01"')).facts == parse(FIELDS).facts


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_fields_does_not_matter(order: int) -> None:
    parts = [
        '"msg":"KV cache metric"',
        '"usage":0.5',
        '"pod":"p"',
        '"new":{"a":[{"b":1}]}',
        '"ts":"2026-06-24T11:03:26Z"',
        '"level":"debug"',
    ][::order]
    line = parse("{" + ", ".join(parts) + "}")
    assert (line.facts, line.level) == (parse(FIELDS).facts, "DEBUG")


@pytest.mark.parametrize("end", range(90, len(CONSOLE)))
def test_a_line_cut_in_its_fields_still_says_what_it_is(end: int) -> None:
    line = parse(CONSOLE[:end])
    assert (line.kind, line.template, line.at) == ("known", "b/processing", 1782299006.0)
    assert line.facts == ()  # a number may have lost digits


def test_a_structured_line_cut_after_its_message_still_says_what_it_is() -> None:
    line = parse(FIELDS[: FIELDS.index("usage")])
    assert (line.kind, line.template, line.facts) == ("known", "b/kv", ())


def test_a_second_panic_belongs_to_the_first() -> None:
    assert parse("panic: boom [recovered]").template == "go/panic"
    assert parse("\tpanic: boom").kind == "continuation"


def test_indented_words_of_somebody_else_are_no_stack() -> None:
    assert parse("   some.thing").kind == "unknown"


@pytest.mark.parametrize("line", [FIELDS, OLD])
def test_json_with_spaces_behind_its_colons_and_commas_says_the_same(line: str) -> None:
    spaced = json.dumps(json.loads(line), ensure_ascii=False)
    assert '": "' in spaced
    assert parse(spaced).at == parse(line).at
    assert parse(spaced).facts == parse(line).facts
    for cut in range(1, 30):
        assert parse(spaced[:-cut]).at == parse(line).at
