"""Several models with scarce GPUs: quotas, fair shares, rescaling, limits, scale from zero."""

import pytest

from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.enforcer import woken
from wvatui.core.rules.wva.limiter import Pool
from wvatui.core.rules.wva.optimizers import cost_aware
from wvatui.core.rules.wva.optimizers.fair_share import ModelRequest, Work, share
from wvatui.core.rules.wva.optimizers.gpu_budget import UNLIMITED, Constraint, merged
from wvatui.core.rules.wva.optimizers.greedy_by_score import optimize
from wvatui.core.rules.wva.optimizers.joint import Endless
from wvatui.core.rules.wva.optimizers.rescale import Contender, Switch, split, water_fill
from wvatui.core.rules.wva.saturation_v2 import V2State


def model(
    name: str,
    required: float,
    *,
    current: int = 1,
    priority: float = 1.0,
    namespace: str = "ns",
    high: int | None = None,
    demand: float = 0.0,
) -> ModelRequest:
    """A model with one variant on A100, whose replica has a capacity of 1000."""
    ballot = Ballot(
        "saturation",
        required,
        0.0,
        {"v": 1000.0},
        {"v": 5.0},
        demand or required,
        accelerators={"v": "A100"},
    )
    states = [V2State("v", current, max=high)]
    return ModelRequest(name, namespace, [ballot], states, priority)


def pool(limit: int, used: int = 0) -> Constraint:
    return Constraint({"A100": Pool(limit, used)})


def targets(
    *requests: ModelRequest,
    within: Constraint,
    version: str = "HEAD",
    rescaling: Switch = Switch(),  # noqa: B008
) -> dict[str, int]:
    decided = optimize(requests, merged([within]), version, rescaling)
    return {model: choices[0].target for (_, model), choices in decided.items()}


def test_no_more_is_handed_out_than_there_is() -> None:
    for version in ("v0.6.0", "v0.9.0-rc1", "v0.8.0", "HEAD"):
        assert targets(model("a", 5000), within=pool(3), version=version) == {"a": 4}
        assert targets(model("a", 5000), within=pool(3, used=3), version=version) == {"a": 1}
        assert targets(model("a", 5000), within=Constraint(), version=version) == {"a": 1}


def test_the_most_starved_model_is_served_first() -> None:
    for version in ("v0.6.0", "v0.8.0", "HEAD"):
        found = targets(model("a", 1000), model("b", 4000), within=pool(3), version=version)
        assert found == {"a": 1, "b": 4}


def test_priority_weighs_from_v090rc1_on() -> None:
    requests = model("a", 2000, priority=5.0), model("b", 4000)
    assert targets(*requests, within=pool(2), version="v0.8.0") == {"a": 3, "b": 1}


def test_a_limit_on_replicas_holds_and_what_is_left_goes_on() -> None:
    requests = model("a", 9000, high=2), model("b", 1000)
    assert targets(*requests, within=pool(2)) == {"a": 2, "b": 2}


def test_a_quota_of_the_namespace_binds_although_the_cluster_has_more() -> None:
    quota = Constraint({"A100": Pool(100)}, {"ns": {"A100": Pool(4, 2)}})
    assert targets(model("a", 9000), within=quota) == {"a": 3}
    closed = Constraint({"A100": Pool(100)}, {"ns": {}})
    assert targets(model("a", 9000), within=closed) == {"a": 1}
    assert targets(model("a", 9000, namespace="free"), within=closed) == {"a": 10}
    unlimited = Constraint({"A100": Pool(3)}, {"ns": {"A100": Pool(-1)}})
    assert targets(model("a", 9000), within=unlimited) == {"a": 4}


def test_an_unlimited_pool_stays_unlimited_and_the_tightest_of_two_counts() -> None:
    budget = merged([Constraint({"A100": Pool(-1)})])
    budget.take("ns", "A100", 5)
    assert budget.left("ns", "A100") == UNLIMITED
    both = merged([pool(-1), pool(7, 2)])
    assert both.left("ns", "A100") == 5


def test_models_that_lack_nothing_are_left_as_they_are() -> None:
    assert targets(model("a", 0.0, current=3), within=pool(9)) == {"a": 3}


# --- rescaling ------------------------------------------------------------------------------


def test_rescaling_takes_from_the_less_important_and_gives_only_what_is_free() -> None:
    on = Switch(cluster=True)
    rich = model("rich", 0.0, current=6, demand=6000)
    poor = model("poor", 0.0, current=0, priority=3.0, demand=6000)
    found = targets(rich, poor, within=pool(8, 6), rescaling=on)
    assert found == {"rich": 2, "poor": 2}
    assert targets(rich, poor, within=pool(8, 6)) == {"rich": 6, "poor": 0}


def test_a_pool_that_is_large_enough_is_not_rescaled() -> None:
    rich, poor = model("rich", 0.0, current=2, demand=2000), model("poor", 0.0, current=1)
    assert targets(rich, poor, within=pool(9, 3), rescaling=Switch(cluster=True)) == {
        "rich": 2,
        "poor": 1,
    }


def test_what_a_capped_model_leaves_goes_to_the_others_by_weight() -> None:
    goals = water_fill(
        [
            Contender(("", "a"), 3.0, 0, 2),
            Contender(("", "b"), 1.0, 0, 9),
            Contender(("", "c"), 1.0, 1, 9),
        ],
        10,
    )
    assert goals == {("", "a"): 2, ("", "b"): 4, ("", "c"): 4}


def test_floors_are_kept_even_where_they_exceed_the_pool() -> None:
    goals = water_fill([Contender(("", "a"), 1.0, 5, 5), Contender(("", "b"), 9.0, 4, 9)], 6)
    assert goals == {("", "a"): 5, ("", "b"): 4}


def test_roles_share_a_model_s_gpus_by_demand_after_their_floors() -> None:
    assert split(9, {"decode": 1, "prefill": 3}, {}, {"decode": 1, "prefill": 0}) == {
        "decode": 3,
        "prefill": 6,
    }
    held = {"decode": 1, "prefill": 1}
    assert split(4, {"decode": 0, "prefill": 0}, held, {"decode": 0, "prefill": 0}) == {
        "decode": 2,
        "prefill": 2,
    }


def test_a_held_back_request_wakes_a_variant_at_zero_and_nothing_else() -> None:
    assert [woken(0, held) for held in (None, 0.0, 2.0)] == [0, 0, 1]
    assert woken(3, 9.0) == 3


def test_a_demand_that_no_replicas_meet_ends_in_words_and_not_in_hours() -> None:
    """The demand of one analyzer is reduced by the capacity of a replica in another one's unit."""
    ballots = [
        Ballot("saturation", 0.0, 0.0, {"v": 1e-6}, {"v": 5.0}, 1.0),
        Ballot("throughput", 1e9, 0.0, {"v": 1000.0}, {"v": 5.0}, 1e9),
    ]
    for version in ("v0.9.0-rc1", "HEAD"):
        with pytest.raises(Endless, match="not met after 1,000 rounds"):
            cost_aware.optimize(ballots, [V2State("v", 1)], version)
    with pytest.raises(Endless):
        share(
            [Work(model("a", 1.0), 10.0), Work(model("b", 1.0), 10.0)],
            lambda: False,
            lambda work, target: True,
        )
