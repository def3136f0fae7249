"""Fields of an HPA or ScaledObject that what-if varies, and a recorded one's rule recomputed."""

from dataclasses import replace

import pytest

from tests.core.decisions.observed import events_of, state_of
from tests.core.decisions.watched import Watched, asked, behavior
from tests.core.whatif.made import ASSUMED, T0, recorded
from tests.core.whatif.manifests import keda
from wvatui.analysis.whatif.alternatives import alternatives, spoken
from wvatui.core.rules.hpa.hpa_policy import Policy
from wvatui.core.state.state import State
from wvatui.core.whatif.alternative import Alternative
from wvatui.core.whatif.recorded.reading import looked
from wvatui.core.whatif.recorded.recorded import Recorded
from wvatui.core.whatif.run import run
from wvatui.core.whatif.scaler.tuning import NoTuning, tuned
from wvatui.core.whatif.trial import Trial


def scaled() -> Recorded:
    """A recording: 12 requests wait for two minutes, then none; KEDA wants a replica per 3."""
    scaler = keda("sum(vllm:num_requests_waiting)", 3, high=6)
    course = recorded([(0.0, [(0.5, 12.0)]), (120.0, [(0.1, 0.0)])], until_s=900)
    return replace(course, members=(replace(course.members[0], scaler=scaler),))


def tried(*texts: str) -> list[Alternative]:
    return list(alternatives(spoken(" or ".join(f"set {text}" for text in texts))))


def changes(asked: Alternative) -> list[tuple[float, int, int]]:
    outcome = run(scaled(), asked, ASSUMED)
    return [(d.at - T0, d.before, d.target) for d in outcome.decisions]


def test_the_autoscaler_of_the_recording_acts_with_another_window() -> None:
    slow, fast = tried("scaleDown.window=300s", "scaleDown.window=0s")
    # Four replicas serve from 60 s on, and nothing waits: the last look to want four was at 45 s.
    assert changes(slow) == [(0.0, 1, 4), (345.0, 4, 1)]
    assert changes(fast)[:2] == [(0.0, 1, 4), (60.0, 4, 1)]


def test_another_threshold_and_other_limits_ask_for_other_replicas() -> None:
    threshold, high = tried("triggers[0].threshold=6", "maxReplicas=3")
    assert changes(threshold)[0] == (0.0, 1, 2)
    assert changes(high)[0] == (0.0, 1, 3)


def test_beside_a_changed_field_stands_what_the_unchanged_autoscaler_comes_to() -> None:
    """It reads polled values: what differs from the recording alone is no effect of the change."""
    same, other = (
        run(scaled(), asked, ASSUMED) for asked in tried("triggers[0].threshold=3", "maxReplicas=3")
    )
    control = f"its autoscaler comes to {same.figures.replica_minutes:.1f} replica-min"
    assert control in same.notes[-1]
    assert control in other.notes[-1]
    assert other.figures.replica_minutes < same.figures.replica_minutes


def test_a_policy_takes_the_place_of_all_of_its_direction() -> None:
    scaler = keda("sum(vllm:num_requests_waiting)", 3, high=6)
    assert tuned(scaler, "scaleUp.pods", "1/60s").spec.up.policies == (Policy("Pods", 1, 60.0),)
    assert tuned(scaler, "scaleDown.tolerance", "50m").spec.down.tolerance == 0.05


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("scaleDown.window", "soon", "no duration"),
        ("scaleDown.window", "2h", "an hour at most"),
        ("scaleUp.pods", "4", "no policy such as"),
        ("triggers[3].threshold", "1", "has 1 metric,"),
        ("triggers[0].threshold", "0", "no threshold above 0"),
        ("scaleUp.colour", "red", "there is no field"),
    ],
)
def test_what_cannot_be_is_refused_in_words(field: str, text: str, why: str) -> None:
    with pytest.raises(NoTuning, match=why):
        tuned(keda("sum(vllm:num_requests_waiting)", 3, high=6), field, text)


def test_a_recording_without_an_autoscaler_has_nothing_to_vary() -> None:
    (window,) = tried("scaleDown.window=0s")
    bare = recorded([(0.0, [(0.5, 12.0)])], until_s=60)
    why = Trial(bare, {}).row(window).impossible
    assert "neither cycles of a controller nor what its autoscaler reads" in why
    assert "--scaledobject FILE" in why


def test_every_look_of_a_recorded_hpa_comes_to_what_it_came_to() -> None:
    """From 1 to 3 at once, held for a minute, then down; and a changed look is detected."""
    watched = Watched(asked(behavior=behavior(down_s=60)))
    for value in (1, 1, 3, 3, 0, 0, 0, 0, 0, 0):
        watched.look(value)
    state: State = state_of(events_of(watched.lines, made=True))
    checked = looked(state, {(h.namespace, h.name) for h in state.hpas.values()})
    assert checked is not None
    assert checked.compared >= 10
    assert (checked.same, checked.differing) == (checked.compared, ())
    course = replace(scaled(), looked=checked)
    labels = [row.label for row in Trial(course, {}).rows(())]
    assert labels == ["recorded", "own rule, recomputed"]
