"""One poll of KEDA: what it does while a trigger cannot be read."""

import pytest

from wvatui.core.wva.keda import KedaMemory, KedaOutcome, KedaSpec, Trigger, poll

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
    assert found.memory == KedaMemory(active_at=NOW, failures=1)


def test_paused_it_holds_its_replicas_even_when_nothing_can_be_read() -> None:
    spec = KedaSpec(paused_at=2, fallback_replicas=4)
    assert polled(spec, UNREAD).scale_to == 2
