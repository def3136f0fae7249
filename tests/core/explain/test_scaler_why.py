"""Reasons for the decisions of an HPA, and what an HPA made of a cycle of WVA."""

from typing import Any

from msgspec.structs import replace

from tests.core.explain.logs import START as LOG_START
from tests.core.explain.logs import capacity_cycle
from tests.core.queries.few_pods import START
from tests.findings.test_holding import ACTIVE, NO_LIMIT, WINDOW, hpa, seen
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.both_stages import acted_on, came_of
from wvatui.core.decisions.scaling_decision import HeldBy, ScalingDecision
from wvatui.core.explain.why_rows import cycle_why, scaler_why
from wvatui.core.fold.fold import fold
from wvatui.core.queries.session.session_rows import decisions
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.state import EMPTY


def test_a_decision_is_told_of_its_own_namespace() -> None:
    events: list[ev.Event] = [
        ev.Header(START, started_at=START, namespace="team-a,team-b", interval_s=2.0)
    ]
    for where, size in (("team-a", 2), ("team-b", 3)):
        one = seen(size)
        events += [replace(each, namespace=where) for each in one.workloads.values()]
        events += [replace(each, namespace=where) for each in one.pods.values()]
        events.append(hpa(15.0, size, WINDOW, ACTIVE, NO_LIMIT, queue="0", namespace=where))
    state = fold(EMPTY, [*events, ev.Tick(START + 61.0)])
    rows = {row.namespace: row for row in decisions(state)}
    assert set(rows) == {"team-a", "team-b"}
    for row in rows.values():
        why = scaler_why(state, row)
        assert why is not None
        assert why.sentence.startswith(f"stays at {row.target}")


def test_beside_a_cycle_stands_what_the_hpa_made_of_it_by_the_next_one() -> None:
    log = capacity_cycle(0, [(0.9, 9)] * 3, 3) + capacity_cycle(1, [(0.1, 0)] * 3, 3)
    events: list[ev.Event] = [
        ev.Log(LOG_START + 60.0 * (n * 2 // len(log)), line=line) for n, line in enumerate(log)
    ]
    later = LOG_START - START
    target = ev.Workload(LOG_START - 1.0, kind="Deployment", name="v", namespace="ns", spec=3)
    declared = {"source": "VariantAutoscaling", "namespace": "ns", "target_name": "v"}
    events.append(ev.Variant(LOG_START - 2.0, name="v", **declared))
    rescaled = ev.Condition("AbleToScale", "True", "SucceededRescale")
    for at, size, desired, able in ((15.0, 3, 4, rescaled), (75.0, 4, 4, WINDOW)):
        events.append(
            replace(target, at=LOG_START + at - 1.0, spec=size, replicas=size, ready=size)
        )
        more = {"namespace": "ns", "target_name": "v", "desired": desired}
        queue = "1300m" if able is rescaled else "500m"
        events.append(hpa(later + at, size, able, ACTIVE, NO_LIMIT, queue=queue, **more))
    events.append(ev.Tick(LOG_START + 80.0))
    state = fold(EMPTY, sorted(events, key=lambda event: event.at))
    told = []
    for cycle in all_cycles(state):
        why = cycle_why(state, cycle.at)
        assert why is not None
        told.append([step.text for step in why.steps if step.section == "HPA"])
    scaled, held = told
    assert scaled[0] == "WVA wants 4 → the HPA scales 3→4 at 16:00:15"
    assert scaled[1].startswith("3→4: queue wants 4")
    assert held[0].startswith("WVA wants 2 → the HPA's window holds 4 until 16:0")
    assert held[1].startswith("stays at 4: queue wants 2")


def test_of_a_wish_an_hpas_change_counts_unless_something_holds_the_size_after_it() -> None:
    def decision(at: float, before: int, after: int, *held: HeldBy, **more: Any) -> ScalingDecision:
        return ScalingDecision(at, at, "hpa", "ns", "v", before, None, after, held=held, **more)

    change, quiet = decision(10.0, 3, 4), decision(20.0, 4, 4)
    other = replace(quiet, namespace="elsewhere", at=30.0)
    held = decision(25.0, 4, 4, HeldBy("max", 4))
    assert acted_on([change, quiet, other], "ns", "v", 0.0, 60.0) is change
    assert acted_on([change, quiet, held], "", "v", 0.0, 60.0) is held
    assert acted_on([change, quiet], "ns", "v", 15.0, 60.0) is quiet
    assert acted_on([change, quiet], "ns", "v", 0.0, 5.0) is None
    assert came_of(6, 0.0, held) == "WVA wants 6 → the HPA's maximum allows 4"
    assert came_of(4, 15.0, quiet) == "WVA wants 4 → the HPA is at 4"
