"""KEDA: polling, activation, cooldown, fallback, pause and formula."""

import pytest

from wvatui.core.rules.keda.keda import (
    KedaMemory,
    KedaOutcome,
    KedaSpec,
    Trigger,
    composite,
    due,
    fallback_value,
    poll,
)
from wvatui.core.rules.keda.keda_formula import FormulaError, evaluate

NOW = 10_000.0
UNREAD, QUIET, BUSY = Trigger(None), Trigger(0.0), Trigger(2.0)


def polled(
    spec: KedaSpec, *triggers: Trigger, current: int = 3, memory: KedaMemory | None = None
) -> KedaOutcome:
    """Long after the cooldown, unless `memory` says otherwise."""
    return poll(spec, triggers, current=current, memory=memory or KedaMemory(), now=NOW)


def test_with_every_trigger_read_and_quiet_it_goes_to_rest() -> None:
    assert polled(KedaSpec(), QUIET).scale_to == 0
    assert polled(KedaSpec(min=2), QUIET, current=1).scale_to == 2


@pytest.mark.parametrize(
    ("spec", "current"),
    [(KedaSpec(), 3), (KedaSpec(idle=1, min=2), 3), (KedaSpec(min=2), 1), (KedaSpec(), 0)],
)
@pytest.mark.parametrize("triggers", [(UNREAD,), (QUIET, UNREAD)])
def test_a_trigger_that_cannot_be_read_moves_nothing_where_there_is_no_fallback(
    spec: KedaSpec, current: int, triggers: tuple[Trigger, ...]
) -> None:
    memory = KedaMemory()
    for failures in range(1, 6):
        found = polled(spec, *triggers, current=current, memory=memory)
        memory = found.memory
        assert (found.active, found.scale_to, found.fallback) == (False, None, False)
        assert (found.why, memory.failures) == ("unread", failures)


def test_the_fallback_holds_after_more_failures_in_a_row_than_the_threshold() -> None:
    spec = KedaSpec(fallback_replicas=4, failure_threshold=2)
    moves, memory = [], KedaMemory()
    for trigger in (UNREAD, UNREAD, BUSY, UNREAD, UNREAD, UNREAD):
        found = polled(spec, trigger, memory=memory)
        memory = found.memory
        moves.append((found.scale_to, found.fallback))
    assert moves == [(None, False)] * 5 + [(4, True)]
    assert polled(spec, UNREAD, current=4, memory=memory).scale_to is None


def test_an_active_trigger_counts_whatever_another_one_fails() -> None:
    spec = KedaSpec(fallback_replicas=4)
    found = polled(spec, UNREAD, BUSY, current=0)
    assert (found.active, found.scale_to, found.fallback) == (True, 1, False)
    assert found.memory == KedaMemory(active_at=NOW, failures=1, polled_at=NOW)


def test_paused_it_holds_its_replicas_even_when_nothing_can_be_read() -> None:
    spec = KedaSpec(paused_at=2, fallback_replicas=4)
    assert polled(spec, UNREAD).scale_to == 2


def test_a_trigger_wakes_only_above_its_activation_and_goes_to_the_minimum() -> None:
    spec = KedaSpec(min=2)
    quiet = Trigger(5.0, activation=5.0)
    assert polled(spec, quiet, current=0).scale_to == 2
    assert polled(KedaSpec(), quiet, current=0).scale_to is None
    assert polled(KedaSpec(), Trigger(5.1, activation=5.0), current=0).scale_to == 1
    assert polled(spec, Trigger(9.0), current=3).scale_to is None, "above 0 the HPA decides"


def test_it_rests_only_after_the_cooldown_since_it_was_last_active() -> None:
    spec, memory = KedaSpec(cooldown_s=300), KedaMemory(active_at=NOW - 300)
    assert polled(spec, QUIET, memory=memory).scale_to is None
    memory = KedaMemory(active_at=NOW - 301)
    assert polled(spec, QUIET, memory=memory).scale_to == 0
    assert polled(KedaSpec(idle=1, min=3), QUIET, memory=memory).scale_to == 1
    assert polled(KedaSpec(min=1), QUIET, memory=memory).scale_to is None, "the HPA holds its min"


def test_it_polls_at_its_interval() -> None:
    spec = KedaSpec(polling_s=30)
    memory = polled(spec, QUIET).memory
    assert due(spec, KedaMemory(), NOW)
    assert not due(spec, memory, NOW + 29)
    assert due(spec, memory, NOW + 30)


@pytest.mark.parametrize(
    ("behavior", "replicas"),
    [
        ("static", 4),
        ("currentReplicas", 7),
        ("currentReplicasIfHigher", 7),
        ("currentReplicasIfLower", 4),
    ],
)
def test_a_fallback_may_heed_the_replicas_there_are(behavior: str, replicas: int) -> None:
    spec = KedaSpec(fallback_replicas=4, fallback_behavior=behavior)
    served = fallback_value(spec, Trigger(None, threshold=2.0), KedaMemory(failures=1), 7)
    assert served == replicas * 2.0
    moved = polled(spec, UNREAD, current=7).scale_to
    assert moved == (None if replicas == 7 else replicas)


def test_a_fallback_is_served_only_after_enough_failures() -> None:
    spec = KedaSpec(fallback_replicas=4, failure_threshold=3)
    assert fallback_value(spec, Trigger(8.0), KedaMemory(failures=9)) == 8.0
    assert fallback_value(spec, UNREAD, KedaMemory(failures=3)) is None
    assert fallback_value(spec, UNREAD, KedaMemory(failures=4)) == 4.0


def test_with_a_formula_all_triggers_count_as_its_one_value() -> None:
    spec = KedaSpec(formula="queue + 2 * kv", formula_activation=5.0)
    triggers = (Trigger(4.0, name="queue"), Trigger(0.5, name="kv"))
    assert composite(spec, triggers) == 5.0
    assert not polled(spec, *triggers, current=0).active, "each alone is above its activation"
    assert polled(spec, Trigger(4.1, name="queue"), triggers[1], current=0).scale_to == 1
    assert composite(spec, (Trigger(None, name="queue"), triggers[1])) is None
    assert composite(KedaSpec(), triggers) is None


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("a + b * 2", 13.0),
        ("(a + b) / 2", 4.0),
        ("-a ** 2", -9.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("b % a", 2.0),
        ("a > 2 && b < 9 ? b : a", 5.0),
        ("a > 9 ? 1 : b > 4 ? 2 : 3", 2.0),
        ("not (a > b) ? 1 : 0", 1.0),
        ("max(a, b, 7) - min([a, b])", 4.0),
        ("sum([a, b]) / len([a, b])", 4.0),
        ("mean([a, b]) + median([1, 9, a])", 7.0),
        ("round(2.5) + ceil(0.1) + floor(0.9) + abs(-2)", 6.0),
        ("zero > 0 ? a / zero : 1", 1.0),
        ("a ?? 1", 3.0),
    ],
)
def test_formulas_compute_as_they_read(formula: str, value: float) -> None:
    assert evaluate(formula, {"a": 3.0, "b": 5.0, "zero": 0.0}) == value


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("", "a value expected, got 'the end'"),
        ("a +", "a value expected"),
        ("(a", ") expected"),
        ("a b", "unexpected 'b'"),
        ("a; b", "cannot read '; b'"),
        ("q * 2", "unknown name 'q'"),
        ("a > b", "gives no number"),
        ("a / 0", "gives no number"),
        ("max()", "max of nothing"),
        ("ceil(a, b)", "takes one value, not 2"),
        ("[a] + 1", "a list where a number belongs"),
        ("(" * 300 + "a" + ")" * 300, "nested too deep"),
    ],
)
def test_a_formula_that_is_none_says_why(formula: str, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        evaluate(formula, {"a": 3.0, "b": 5.0})
    assert words in str(caught.value)
