"""Parsing takes time linear in the length of a line, so that no line can block the screen."""

import time
from itertools import product

import pytest

from tests.sweeps import sampled
from wvatui.core.lines import LINE_LIMIT
from wvatui.core.log.catalogue import ROWS
from wvatui.core.log.parser import parse
from wvatui.core.log.row import head_of

LIMIT_S = 0.5
"""The time allowed for a line, in seconds: the longest takes milliseconds; with quadratic time it
would take minutes."""

SOUPS = (
    "a",
    ".",
    "a/",
    "a.",
    "(",
    "1",
    "a=1, ",
    "a, ",
    "variant",
    "variantacurrent1",
    "variant=a ",
    "name: a, class: ",
    "name: a, class: b, currentAlloc: {",
    "s=a:b; c=P; m=m; alloc={",
    "c=",
    "alpha=1 ",
    "NIS=",
    "map[",
    "a:1 ",
    "key: a, value: {a ",
    "model: a, class: ",
    ", slo-tpot: ",
    '"',
    "\\",
    "{",
    "{}",
    "[",
    " ",
    "\t",
    'err="',
    '{"a":',
    '"msg":"',
    ".go:1 ",
    "0x",
    "a1b2c-",
    "https://",
    "\u00e9",
    "\ud800",
    "\x00",
)
HEADS = (
    "",
    "{",
    "\t",
    "I0624 11:03:03.705213       1 a.go:1] ",
    "[pod/",
    "goroutine 1 [",
    "main.",
    "2026-06-24T11:03:26Z ",
    "2026-06-24T11:03:26Z\tINFO\t",
    "2026-06-24T11:03:26Z\tINFO\ta.go:1\tx",
    '{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"',
    '{"level":"info","ts":"2026',
    '{"msg":"scaling-decision",',
    "created by ",
    "panic: ",
)


def seconds(raw: str) -> float:
    begin = time.process_time()
    parse(raw, year=2026)
    return time.process_time() - begin


def long(head: str, soup: str, length: int = LINE_LIMIT) -> str:
    return head + soup * ((length - len(head)) // len(soup))


# Squared cost shows at a fourth of the limit, and guards that look at the length let that pass.
@pytest.mark.parametrize("length", sampled([LINE_LIMIT, 65_000, 30_000, 4_000], [30_000, 4_000]))
def test_a_line_of_any_shape_costs_its_length(length: int) -> None:
    for head, soup in product(HEADS, SOUPS):
        # Some guards look at the length, so that a shorter line may cost more.
        assert seconds(long(head, soup, length)) < LIMIT_S, (head, soup)


BUILT = tuple({row.facts or row.fields: row for row in ROWS if row.facts or row.fields}.values())


@pytest.mark.parametrize("length", sampled([120_000, 30_000], [30_000]))
def test_facts_cost_the_length_of_their_message(length: int) -> None:
    for row, soup in product(BUILT, SOUPS[:24]):
        text = long(head_of(row.pattern), soup, length).replace("\t", " ")
        if row.facts is not None:
            text = text.replace("\\", "\\\\").replace('"', '\\"')
            raw = f'{{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"{text}"}}'
        else:
            raw = f'2026-06-24T11:03:26Z\tINFO\ta.go:1\t{row.pattern}\t{{"variants":"{text}"}}'
        assert seconds(raw) < LIMIT_S, (row.id, soup)


def test_half_a_megabyte_of_every_dialect_is_one_line() -> None:
    for head in HEADS:
        assert seconds(long(head, "a=1, ", 500_000)) < LIMIT_S, head
