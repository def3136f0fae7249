"""Parsed lines are cached, which never changes a result."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.log.test_wrapping import CONSOLE, FIELDS, OLD, STAMP
from tests.sweeps import examples
from wvatui.core.log import facts as fc
from wvatui.core.log import parser
from wvatui.core.log.parser import forget, parse, time_of

TIMES = st.sampled_from(
    [
        "2026-06-24T11:03:26Z",
        "2026-06-24T11:03:26.000Z",
        "2026-06-24T11:03:27.5Z",
        "2026-06-24",
        "1782299006.5",
        "",
        "x",
        "2026-06-24T11:03:26+02:00",
        "9999-99-99T99:99:99Z",
    ]
)
LEVELS = st.sampled_from(["INFO", "info", "DEBUG", "debug", "Level(-4)", "LEVEL(-2)", "trace", ""])
HEADS = st.sampled_from(["", STAMP, "2026-06-24T11:03:29Z ", "[pod/a/manager] ", "\ufeff"])
GLUE = st.sampled_from(['"', '"\\u', "", " ", '","ts":"2025-01-01T00:00:00Z'])
TAILS = st.sampled_from(
    [
        OLD.partition('Z"')[2],
        FIELDS.partition('Z"')[2],
        ',"msg":"Starting manager"}',
        ',"msg":"Starting manager","ts":"2025-01-01T00:00:00Z"}',
        ',"msg":"Starting man',
        ',"msg":"Starting manager","ts" : "2026-06-24T11:03:26Z"}',
        ',"msg":"Starting manager","\\u0074s":"2026-06-24T11:03:26Z"}',
    ]
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Lines with the same end and different beginnings, valid or not."""
    head, level, time = draw(HEADS), draw(LEVELS), draw(TIMES)
    if draw(st.booleans()):
        return f"{head}{time}\t{level}{CONSOLE[25:]}"
    return f'{head}{{"level":"{level}","ts":"{time}{draw(GLUE)}{draw(TAILS)}'


@settings(max_examples=examples(300))
@given(st.lists(lines(), min_size=2, max_size=12))
@example(
    [
        '{"level":"trace","ts":"2026-06-24T11:03:26Z"\\u,"msg":"Starting manager"}',
        '{"level":"INFO","ts":"2026-06-24T11:03:26Z"\\u,"msg":"Starting manager"}',
    ]
)
@example(
    [
        '{"level":"INFO","ts":"2026-06-24T11:03:26Z","msg":"x","ts" : "2026-06-24T11:03:26Z"}',
        '{"level":"INFO","ts":"2026-06-24T11:03:27Z","msg":"x","ts" : "2026-06-24T11:03:26Z"}',
    ]
)
def test_a_line_says_the_same_whatever_was_read_before(raws: list[str]) -> None:
    forget()
    after_others = [parse(raw) for raw in raws]
    for raw, line in zip(raws, after_others, strict=True):
        forget()
        assert parse(raw) == line
        assert parse(raw) == line
        assert time_of(raw) == line.at


def test_the_same_words_at_another_level_are_not_the_same_line() -> None:
    forget()
    assert parse(OLD).level == "INFO"
    assert parse(OLD.replace("INFO", "DEBUG")).level == "DEBUG"
    assert parse(OLD.replace("INFO", "info")).level == "INFO"
    assert parse(OLD).level == "INFO"


def test_memory_is_bounded_in_lines_and_in_their_length() -> None:
    forget()
    for number in range(20_000):
        parse(OLD.replace("pod=p", f"pod=p-{number}"))
        assert sum(map(len, parser._memo.values())) <= 8_192
    parse(OLD.replace("pod=p", "pod=" + "p" * 5_000))
    assert max(len(tail) for known in parser._memo.values() for tail in known) < 600
    (fact,) = parse(OLD.replace("pod=p", "pod=p-3")).facts
    assert fact == fc.PodQueue(pod="p-3", waiting=2)
