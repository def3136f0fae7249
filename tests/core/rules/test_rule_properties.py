"""Properties of the rules: monotone, within limits, and independent of the order of replicas."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wvatui.core.rules.hpa.hpa import HpaContext, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer
from wvatui.core.rules.hpa.hpa_pods import (
    HpaPod,
    PodSample,
    PodsUncountable,
    PodTarget,
    pods_proposal,
)
from wvatui.core.rules.hpa.hpa_policy import PastChange, Policy, Rules
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec
from wvatui.core.rules.quantities import truncated
from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.capacity import CapacityMemory
from wvatui.core.rules.wva.limiter import Limitable, Pool, limit
from wvatui.core.rules.wva.optimizers.cost_aware import optimize
from wvatui.core.rules.wva.optimizers.fair_share import ModelRequest
from wvatui.core.rules.wva.optimizers.gpu_budget import Constraint, merged
from wvatui.core.rules.wva.optimizers.greedy_by_score import optimize as share
from wvatui.core.rules.wva.optimizers.rescale import Contender, Switch, water_fill
from wvatui.core.rules.wva.optimizers.votes import ReportedVote, decide
from wvatui.core.rules.wva.saturation_v1 import V1Replica, V1State, targets
from wvatui.core.rules.wva.saturation_v1 import analyze as analyze_v1
from wvatui.core.rules.wva.saturation_v2 import V2Replica, V2State
from wvatui.core.rules.wva.saturation_v2 import analyze as analyze_v2
from wvatui.core.rules.wva.thresholds import Settings

T = Settings()
VERSIONS = st.sampled_from(["v0.4.2", "v0.5.1", "v0.6.0", "v0.9.0-rc1", "v0.8.0", "HEAD"])
LATER = st.sampled_from(["v0.6.0", "v0.9.0-rc1", "v0.8.0", "HEAD"])
KV = st.floats(0, 1).map(lambda x: round(x, 3))
QUEUE = st.integers(0, 12)
COUNT = st.integers(0, 20)
AMOUNT = st.floats(0, 1e6).map(lambda x: round(x, 1))


@st.composite
def v1_replicas(draw: st.DrawFn) -> list[V1Replica]:
    loads = draw(st.lists(st.tuples(KV, QUEUE, st.sampled_from("ab")), max_size=8))
    return [V1Replica(f"p{i}", v, kv, q, ord(v)) for i, (kv, q, v) in enumerate(loads)]


@st.composite
def v2_replicas(draw: st.DrawFn) -> list[V2Replica]:
    loads = draw(st.lists(st.tuples(KV, QUEUE, st.integers(0, 900)), max_size=6))
    return [
        V2Replica(f"p{i}", "a", kv, q, "A100", 1.0, 16000, int(kv * 16000), 100.0, float(out))
        for i, (kv, q, out) in enumerate(loads)
    ]


# --- V1 -------------------------------------------------------------------------------------


@given(v1_replicas(), VERSIONS, st.randoms())
def test_v1_does_not_care_for_the_order_of_replicas(replicas, version, chance) -> None:
    shuffled = chance.sample(replicas, len(replicas))
    assert analyze_v1(shuffled, T, version) == analyze_v1(replicas, T, version)


@given(v1_replicas(), VERSIONS, st.integers(0, 3), st.integers(0, 6))
def test_v1_moves_one_replica_of_one_variant_within_its_limits(
    replicas, version, low, high
) -> None:
    counts = {v: sum(r.variant == v for r in replicas) for v in "ab"}
    states = [V1State(v, n, min=min(low, n), max=max(high, n)) for v, n in counts.items()]
    found = targets(analyze_v1(replicas, T, version), states, version)
    moved = [found[v] - n for v, n in counts.items() if v in found and found[v] != n]
    assert moved in ([], [1], [-1])
    if version not in ("v0.4.2", "v0.5.1"):
        assert all(found[s.name] <= s.max or not s.max for s in states if s.name in found)


@given(v1_replicas(), VERSIONS)
def test_v1_never_both_wants_more_and_calls_fewer_safe(replicas, version) -> None:
    found = analyze_v1(replicas, T, version)
    assert not (found.scale_up and found.scale_down_safe)


@given(st.lists(st.tuples(st.floats(0, 0.79), st.integers(0, 4)), min_size=1, max_size=6), VERSIONS)
def test_v1_wants_more_whenever_it_did_with_less_load(loads, version) -> None:
    """This holds while no replica is saturated: a saturated one is left out of the rule."""

    def wants(share: float) -> bool:
        replicas = [V1Replica(f"p{i}", "a", kv * share, q) for i, (kv, q) in enumerate(loads)]
        return analyze_v1(replicas, T, version).scale_up

    assert wants(1.0) or not wants(0.7)


# --- V2 -------------------------------------------------------------------------------------


@given(v2_replicas(), LATER, st.randoms())
def test_v2_does_not_care_for_the_order_of_replicas(replicas, version, chance) -> None:
    def analysis(ordered):
        states = [V2State("a", len(ordered))]
        return analyze_v2(
            ordered, states, T, CapacityMemory(), model="m", namespace="ns", version=version
        )

    assert analysis(chance.sample(replicas, len(replicas))) == analysis(replicas)


@given(v2_replicas(), LATER)
def test_v2_never_needs_more_and_has_some_to_spare_at_once(replicas, version) -> None:
    states = [V2State("a", len(replicas))]
    found, _ = analyze_v2(
        replicas, states, T, CapacityMemory(), model="m", namespace="ns", version=version
    )
    assert not (found.total.required > 0 and found.total.spare > 0)


@given(COUNT, AMOUNT, AMOUNT, st.integers(1, 9), st.integers(0, 5), st.integers(5, 30))
def test_a_vote_never_leaves_the_limits_and_grows_with_the_need(
    current, need, more, per, low, high
) -> None:
    def target(required: float) -> int:
        report = ReportedVote("t", required, 0.0, per * 100.0)
        return decide(current, [report], {}, low=low, high=high).target

    assert low <= target(need) <= high
    assert target(need) <= target(need + more)


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[Ballot], list[V2State]]:
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
    ballots = [
        Ballot(
            name,
            draw(AMOUNT),
            draw(AMOUNT),
            {v: draw(st.integers(0, 9)) * 1000.0 for v in names},
            {v: float(draw(st.integers(1, 9))) for v in names},
            draw(AMOUNT),
            accelerators=dict.fromkeys(names, "A100"),
        )
        for name in draw(st.sampled_from([("saturation",), ("saturation", "throughput")]))
    ]
    states = []
    for name in names:
        current, low = draw(st.integers(0, 6)), draw(st.integers(0, 2))
        high = draw(st.sampled_from([None, 6, 9]))
        states.append(V2State(name, max(current, low), min=low, max=high))
    return ballots, states


@given(markets(), LATER)
def test_the_optimiser_stays_within_the_limits_and_moves_one_way(market, version) -> None:
    ballots, states = market
    known = {s.name: s for s in states}
    moves = set()
    for choice in optimize(ballots, states, version):
        state = known[choice.variant]
        assert choice.target >= (state.min or 0)
        assert state.max is None or choice.target <= state.max
        moves.add(choice.action)
    assert not {"scale-up", "scale-down"} <= moves


@given(markets(), LATER)
def test_the_optimiser_leaves_a_replica_where_the_cheapest_had_one(market, version) -> None:
    """All replicas of other variants may go, even at equal cost; scaling a model to zero is up to
    the enforcer."""
    ballots, states = market
    choices = optimize(ballots, states, version)
    priced = {s.name for s in states if any(b.per_replica[s.name] > 0 for b in ballots)}
    least = min(cost for b in ballots for cost in b.costs.values())
    cheapest = {n for b in ballots for n, cost in b.costs.items() if cost == least}
    kept = [c for c in choices if c.variant in cheapest]
    if len(priced) == len(states) and len(kept) == 1 and kept[0].current:
        assert any(c.target for c in choices)


@given(markets(), st.integers(0, 12), LATER, st.booleans())
def test_sharing_hands_out_no_more_gpus_than_are_free(market, free, version, rescaling) -> None:
    ballots, states = market
    requests = [ModelRequest(m, "ns", ballots, states, 1.0) for m in ("m1", "m2")]
    held = 2 * sum(s.current for s in states)
    budget = merged([Constraint({"A100": Pool(held + free, held)})])
    decided = share(requests, budget, version, Switch(cluster=rescaling))
    added = sum(max(0, c.target - c.current) for row in decided.values() for c in row)
    assert added <= free


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 9)), max_size=5),
    st.integers(0, 30),
)
def test_rescaling_keeps_floors_and_caps_and_spends_no_more_than_the_pool(rows, total) -> None:
    given_to = [
        Contender(("", str(i)), float(weight), floor, floor + room)
        for i, (weight, floor, room) in enumerate(rows)
    ]
    goals = water_fill(given_to, total)
    assert all(c.floor <= goals[c.key] <= c.cap for c in given_to)
    assert sum(goals.values()) <= max(total, sum(c.floor for c in given_to))


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(1, 4)), max_size=6),
    st.integers(0, 20),
)
def test_the_limiter_only_ever_lowers_targets_and_fits_the_pool(rows, free) -> None:
    wanted = [
        Limitable(f"v{i}", "A100", current, target, gpus=gpus)
        for i, (current, target, gpus) in enumerate(rows)
    ]
    got = limit(wanted, {"A100": Pool(free)})
    assert all(g.target <= max(w.target, w.current) for g, w in zip(got, wanted, strict=True))
    assert sum(g.gpus_allocated for g in got) <= free


# --- HPA ------------------------------------------------------------------------------------

POLICIES = st.lists(
    st.builds(
        Policy,
        st.sampled_from(["Pods", "Percent"]),
        st.integers(1, 200),
        st.sampled_from([15.0, 60.0]),
    ),
    min_size=1,
    max_size=2,
).map(tuple)
RULES = st.builds(
    Rules,
    st.sampled_from([0.0, 60.0, 300.0]),
    POLICIES,
    st.sampled_from(["Max", "Min", "Disabled"]),
    st.sampled_from([0.0, 0.1, 0.5]),
)
PAST = st.lists(st.builds(PastChange, st.floats(700, 999), st.integers(0, 12)), max_size=4).map(
    tuple
)


@st.composite
def hpas(draw: st.DrawFn) -> HpaSpec:
    low = draw(st.integers(0, 4))
    high = low + draw(st.integers(1, 12))
    return HpaSpec(low, high, draw(RULES), draw(RULES), draw(st.booleans()))


def look(spec: HpaSpec, value: float, current: int, memory: HpaMemory) -> int:
    metric = MetricSpec("External", "queue", "AverageValue", 10_000)
    return recommend(
        replace(spec, metrics=(metric,)),
        [MetricAnswer((truncated(value),))],
        ScaleTarget(current, current),
        memory,
        HpaContext(1000.0),
    ).desired


@given(hpas(), st.floats(0, 400), COUNT, PAST)
def test_the_hpa_never_leaves_min_and_max(spec, value, current, past) -> None:
    desired = look(spec, value, current, HpaMemory(past, past, past, seen=True))
    if current == 0:
        assert desired == 0
    elif spec.min <= current <= spec.max:
        assert spec.min <= desired <= spec.max


@given(hpas(), st.floats(0, 400), st.floats(0, 400), COUNT, PAST)
def test_the_hpa_wants_no_less_for_more_load(spec, value, more, current, past) -> None:
    memory = HpaMemory(past, seen=True)
    assert look(spec, value, current, memory) <= look(spec, value + more, current, memory)


@given(
    st.lists(st.tuples(st.none() | st.floats(0, 50), st.booleans(), st.booleans()), max_size=7),
    st.randoms(),
)
def test_pods_count_whatever_their_order_and_missing_ones_never_turn_the_direction(
    rows, chance
) -> None:
    names = [f"p{i}" for i, _ in enumerate(rows)]
    pods = [
        HpaPod(name, "Pending" if unready else "Running", deleted=ignored)
        for name, (_, unready, ignored) in zip(names, rows, strict=True)
    ]
    samples = {
        name: PodSample(truncated(value))
        for name, (value, _, _) in zip(names, rows, strict=True)
        if value is not None
    }
    current = sum(not pod.deleted for pod in pods)

    def wanted(ordered: list[HpaPod]) -> int | None:
        try:
            return pods_proposal(PodTarget(10_000), samples, ordered, current).replicas
        except PodsUncountable:
            return None

    found = wanted(pods)
    assert found == wanted(chance.sample(pods, len(pods)))
    counted = [value for value, unready, ignored in rows if not (unready or ignored)]
    measured = [value for value in counted if value is not None]
    if found is not None and measured and None in counted:
        mean = sum(truncated(value) for value in measured) // len(measured) / 1000
        assert found <= current or mean > 10.0
        assert found >= current or mean < 10.0
