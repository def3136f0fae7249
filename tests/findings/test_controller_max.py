"""The controller stops at a variant's own maximum, which both `explain` and `check` report."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import served
from tests.core.explain.logs import MODEL, START, analyzer, token_cycle
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import HeldBy
from wvatui.core.explain.thresholds.own_maximum import with_own_maximum
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.core.findings.over_time import found_over_time
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.state.state import EMPTY


def cluster(at: float, own: int | None, hpa: int) -> list[ev.Event]:
    """A variant with the maximum `own`, and an HPA with the maximum `hpa`."""
    target = {"namespace": "ns", "target_name": "v"}
    return [
        ev.Workload(at, kind="Deployment", name="v", namespace="ns", spec=2, ready=2),
        ev.Variant(at, name="v", source="VariantAutoscaling", model=MODEL, max=own, **target),
        ev.Autoscaler(at, name="v-hpa", target_kind="Deployment", max=hpa, desired=2, **target),
    ]


def found_in(
    own: int | None, hpa: int = 10, demand: float = 4000.0, later: int | None = None
) -> list[Finding]:
    """The findings after one cycle with two replicas of capacity 1000 each."""
    lines = token_cycle(0, 2, 2, [analyzer("saturation", 2000.0, demand, 1000.0)])
    said = [ev.Log(parse(text).at or START, line=text) for text in lines]
    header = ev.Header(START - 10, started_at=START - 10, namespace="ns", interval_s=2.0)
    changed = cluster(START + 20, later, hpa) if later else []
    events = [header, *cluster(START - 5, own, hpa), *said, *changed, ev.Tick(START + 30)]
    return [each for each in findings(fold(EMPTY, events)) if each.rule == "controller-max"]


def test_a_variant_that_is_held_at_its_own_maximum_is_told_with_what_its_rule_asks() -> None:
    [found] = found_in(2)
    assert found.severity == "blocked"
    assert found.title == (
        "the controller holds v at its own maxReplicas of 2: its rule asks for 5"
    )
    assert "2 is what the CRD of v0.8 gives one that states none" in found.evidence[1].text
    assert "patch variantautoscaling v" in found.advice
    assert found.advice.endswith('{"spec":{"maxReplicas":5}}\'')


@pytest.mark.parametrize(
    ("own", "hpa", "demand", "later"),
    [(2, 10, 1500.0, None), (2, 2, 4000.0, None), (2, 10, 4000.0, 10), (None, 10, 1500.0, None)],
    ids=["no more is asked for", "the HPA gives no more", "it was raised", "it has none"],
)
def test_what_is_not_held_by_it_is_not_told(
    own: int | None, hpa: int, demand: float, later: int | None
) -> None:
    assert found_in(own, hpa, demand, later) == []


def decisions(own: int | None, *demands: float, lost: bool = False) -> list[tuple[Any, ...]]:
    """Wanted size, target, what held it: of one cycle for each demand, at two replicas."""
    told = [
        token_cycle(n, 2, 2, [analyzer("saturation", 2000.0, demand, 1000.0)][lost:])
        for n, demand in enumerate(demands)
    ]
    said = [ev.Log(parse(text).at or START, line=text) for lines in told for text in lines]
    header = ev.Header(START - 10, started_at=START - 10, namespace="ns", interval_s=2.0)
    state = fold(EMPTY, [header, *cluster(START - 5, own, 10), *said])
    made = with_own_maximum(state, scaling_decisions(state))
    return [(d.wanted, d.after, d.looks, *d.held) for d in made if d.decider == "wva"]


def test_a_decision_names_the_variant_s_maximum_as_what_held_it_once_that_is_certain() -> None:
    assert decisions(2, 4000.0) == [(5, 2, 1, HeldBy("max", 2))]
    assert decisions(2, 1500.0, 4000.0) == [(5, 2, 2, HeldBy("max", 2))], "in one of its cycles"
    assert decisions(2, 1500.0) == [(2, 2, 1)], "the rule asks for no more"
    assert decisions(3, 4000.0) == [(2, 2, 1)], "it does not follow, so it may be something else"
    assert decisions(2, 4000.0, lost=True) == [(2, 2, 1)], "what was required is not known"
    assert decisions(None, 4000.0, 4000.0) == [(2, 2, 2)], "where it stops only hints at a maximum"


# The cases above fail for the same mistakes of the rule, and clusters with a VariantAutoscaling are
# read over HTTP in `test_targets.py`.
@pytest.mark.sweep
async def test_a_controller_that_stops_at_the_default_of_its_crd_is_told_over_http(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, scenario="stair-step") as here:
        store, namespace = here.cluster.store, here.cluster.namespace
        name = here.cluster.scenario.variants[0].name
        store.apply(
            {
                "apiVersion": "llmd.ai/v1alpha1",
                "kind": "VariantAutoscaling",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {
                    "modelID": here.cluster.scenario.model,
                    "variantCost": "10",
                    "maxReplicas": 2,
                    "scaleTargetRef": {"kind": "Deployment", "name": name},
                },
            }
        )

        def raise_it(obj: dict[str, Any]) -> None:
            obj["spec"]["maxReplicas"] = 8

        here.at(150, lambda: store.patch("VariantAutoscaling", namespace, name, raise_it))
        seen = await here.watch(210.0, namespace=namespace, interval=10.0)
    found, state = found_over_time(seen.events)
    [held] = [each for each in found if each.finding.rule == "controller-max"]
    assert held.finding.title.startswith(
        f"the controller holds {name} at its own maxReplicas of 2: its rule asks for "
    )
    assert held.until - state.first_at < 170.0, "it was raised"
