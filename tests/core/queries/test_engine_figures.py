"""An engine's figures are computed from the counters of its pages, or a reason is given."""

import msgspec
import pytest

from tests.core.queries.engine_rows import rows
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.engine_figures import EngineFigures, Unfit, figures, figures_of
from wvatui.core.state.state import EMPTY

RUNNING = [1, 5, 20, 40, 80, 120, 160, 100, 60, 30, 10, 4, 2, 50, 90, 130]
"""Running requests over time: the load rises and falls."""


def varied() -> dict[str, list[ev.Scrape]]:
    """Two pods with different prompts, so that the costs of prefill and decode can be separated."""
    step = (9.0, 0.1, 0.025)
    return {
        "a": rows("a", RUNNING, step, prompt=2000),
        "b": rows("b", RUNNING[::-1], step, prompt=500),
    }


def test_the_times_of_a_step_are_those_of_the_engine() -> None:
    found = figures_of(varied(), 6426, 64)
    assert isinstance(found, EngineFigures)
    assert (found.step_ms, found.seq_ms, found.prefill_ms) == pytest.approx(
        (9.0, 0.1, 0.025), rel=0.02
    )
    assert found.output == pytest.approx(200, rel=0.01)
    assert 500 < found.prompt < 2000
    assert (found.blocks, found.block_size) == (6426, 64)


def test_the_line_is_steeper_than_answering_alone_for_prompts_are_computed_meanwhile() -> None:
    found = figures_of({"a": varied()["a"]}, 6426, 64)
    assert isinstance(found, EngineFigures)
    assert found.line.slope == pytest.approx(0.1 + 0.025 * 2000 / 200, rel=0.02)
    # Under one kind of load the two costs cannot be separated, but their sum is right.
    assert (found.seq_ms, found.prefill_ms) == (pytest.approx(found.line.slope, rel=0.02), 0.0)


def test_a_pod_that_was_idle_at_one_end_says_nothing_of_what_ran_between() -> None:
    busy = varied()
    gaps = {
        pod: [*looks, *rows(pod, [0, 180, 0], (50.0, 1.0, 1.0), at=looks[-1].at + 10)]
        for pod, looks in busy.items()
    }
    for looks in gaps.values():
        tail = looks[len(RUNNING) :]
        looks[len(RUNNING) :] = [
            msgspec.structs.replace(look, itl=ev.NO_HISTOGRAM if look.running else look.itl)
            for look in tail
        ]
    assert figures_of(gaps, 64, 16) != Unfit("")
    found, before = figures_of(gaps, 64, 16), figures_of(busy, 64, 16)
    assert isinstance(found, EngineFigures)
    assert isinstance(before, EngineFigures)
    assert found.points == before.points


@pytest.mark.parametrize(
    ("looks", "why"),
    [
        ({}, "no request was finished"),
        ({"a": rows("a", [0] * 20, (9.0, 0.1, 0.025))}, "no request was finished"),
        ({"a": rows("a", [5, 9, 3], (9.0, 0.1, 0.025))}, "under load: 1,"),
        ({"a": rows("a", [40] * 20, (9.0, 0.1, 0.025))}, "one batch size"),
    ],
)
def test_what_does_not_determine_an_engine_is_said(
    looks: dict[str, list[ev.Scrape]], why: str
) -> None:
    found = figures_of(looks, 6426, 64)
    assert isinstance(found, Unfit)
    assert why in found.why


def test_the_figures_of_a_session_are_those_of_the_pods_of_one_model() -> None:
    events: list[ev.Event] = [ev.Bounds(0.0, id=0, le=(1.0,))]
    for pod, looks in varied().items():
        events.append(ev.Engine(0.0, pod=pod, engine="vllm", model="m", blocks=6426, block_size=64))
        events += looks
    events.sort(key=lambda event: event.at)
    state = fold(EMPTY, events)
    assert figures(state, "m") == figures_of(varied(), 6426, 64)
    other = figures(state, "another")
    assert isinstance(other, Unfit)
    assert "KV cache" in other.why
