"""The panel of a cycle begins with a sentence, and shows the arithmetic and the comparison."""

import pytest

from tests.ui.fake import told_why
from tests.ui.view_models import view_model
from wvatui.core.explain.explained import ArithmeticStep
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.ui.draw.line import text_of, width_of
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.panels.controller import cycle, cycle_parts

WHY = CycleWhy(
    at=1.0,
    verdict="agrees",
    known_by="recovered",
    sentence="1→2: spare KV 0.05 is below the trigger 0.1 (mean of 2)",
    steps=(
        ArithmeticStep("Thresholds", "kvCacheThreshold 0.5 (recovered: follows from 7 cycles)"),
        ArithmeticStep("Thresholds", "queueLengthThreshold 5 (recovered: follows from 7 cycles)"),
        ArithmeticStep("Thresholds", "kvSpareTrigger 0.1 (stated: in this cycle's lines)"),
        ArithmeticStep("Replicas", "a: KV 0.4, queue 0"),
        ArithmeticStep("Tests", "scale up: spare KV 0.05 < 0.1: yes", "agrees"),
        ArithmeticStep("Votes", "saturation: 1 + 1 replica = 2", ""),
    ),
)


def test_the_sentence_is_the_first_thing_below_the_title() -> None:
    looked = view_model(told_why())
    why = looked.cycle_why
    assert why is not None
    lines = [text_of(line) for line in cycle.lines(looked, 100, 30)]
    assert lines[1].strip().endswith(why.sentence)


@pytest.mark.parametrize("height", [3, 6, 10, 24])
def test_a_small_panel_keeps_to_its_height_and_keeps_the_sentence(height: int) -> None:
    lines = [text_of(line) for line in cycle.lines(view_model(told_why()), 80, height)]
    assert len(lines) <= height
    assert "needs 668 tok/s more" in lines[1]


@pytest.mark.parametrize("width", [40, 62, 120])
def test_the_sentence_is_whole_on_a_screen_of_any_width(width: int) -> None:
    lines = cycle_parts.sentence(WHY, width, UNICODE)
    assert all(width_of(line) <= width for line in lines)
    assert " ".join(text_of(line)[3:].strip() for line in lines) == WHY.sentence


def test_thresholds_known_from_one_source_share_a_line_at_the_end() -> None:
    lines = [text_of(line) for line in cycle_parts.arithmetic(WHY, 120, UNICODE, replicas=False)]
    assert lines[0].split()[0] == "votes"
    assert (
        "kvCacheThreshold 0.5, queueLengthThreshold 5 (recovered: follows from 7 cycles)"
        in lines[-2]
    )
    assert "kvSpareTrigger 0.1 (stated" in lines[-1]
    assert not any("a: KV 0.4" in line for line in lines)


def test_marks_tell_what_agrees_and_a_difference_comes_first() -> None:
    lines = cycle_parts.arithmetic(WHY, 120, UNICODE, replicas=False)
    agrees = next(line for line in lines if "scale up" in text_of(line))
    assert agrees[0] == (f" {UNICODE.level['ok']} ", "ok")
    wrong = CycleWhy(1.0, "mismatch", "", "1→5, but the rule gives 2", differs=("target: 5, 2",))
    assert "differs" in text_of(cycle_parts.arithmetic(wrong, 80, UNICODE, replicas=False)[0])
    assert cycle_parts.sentence(wrong, 80, UNICODE)[0][1][1] == "bold bad"


def test_without_unicode_nothing_but_ascii_is_drawn() -> None:
    lines = [
        *cycle_parts.sentence(WHY, 80, ASCII),
        *cycle_parts.arithmetic(WHY, 80, ASCII, replicas=True),
    ]
    assert all(text_of(line).isascii() for line in lines)


def test_the_verdict_says_where_weak_thresholds_come_from() -> None:
    assert cycle_parts.verdict(WHY) == "recomputed, and agrees with the log; thresholds recovered"


def test_a_formula_that_came_to_another_value_than_was_served_has_no_tick() -> None:
    why = CycleWhy(1.0, "agrees", "", "2→4: formula wants 4", formula_differs=True)
    assert cycle_parts.sentence(why, 80, UNICODE)[0][0][0].strip() == UNICODE.level["warn"]
    told = cycle_parts.verdict(why, "what was seen")
    assert told == "the size agrees with what was seen, the formula differs"
