"""V2's vote: each live analyzer votes by its own thresholds; the result is within the limits."""

from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.optimizers.cost_aware import optimize
from wvatui.core.rules.wva.optimizers.votes import ReportedVote, decide, reported, vote
from wvatui.core.rules.wva.saturation_v2 import Sums, V2State
from wvatui.core.rules.wva.thresholds import AnalyzerSetting, Settings

OWN = Settings(
    scale_up_threshold=0.85,
    scale_down_boundary=0.7,
    analyzers=(AnalyzerSetting("throughput", scale_up_threshold=0.5),),
)


def test_an_analyzer_s_own_threshold_holds_and_the_model_s_where_it_has_none() -> None:
    sums = Sums(supply=1000.0, anticipated=1000.0, demand=600.0)
    found = reported("throughput", sums, 100.0, OWN)
    assert (found.required, round(found.spare, 3)) == (200.0, 142.857)
    assert reported("saturation", sums, 100.0, OWN).required == 0.0
    assert OWN.of_analyzer("throughput") == (0.5, 0.7)


def test_a_vote_is_whole_replicas_on_top_of_the_current_ones() -> None:
    assert vote(1, ReportedVote("t", 668.0, 0.0, 343.0)).target == 3
    assert vote(5, ReportedVote("t", 0.0, 700.0, 343.0)).target == 3
    assert vote(5, ReportedVote("t", 0.0, 0.0, 343.0)).target == 5
    assert vote(5, ReportedVote("t", 0.0, 0.0, None)).why == "silent"


def test_the_highest_vote_counts_within_minimum_and_maximum() -> None:
    up, down = ReportedVote("t", 668.0, 0.0, 343.0), ReportedVote("s", 0.0, 90.0, 10.0)
    assert decide(2, [up, down], {}).target == 4
    assert decide(2, [up, down], {}, high=3).target == 3
    assert decide(9, [down], {}, low=4).target == 4
    assert decide(9, [down], {}).target == 1, "one is always left"


def test_an_analyzer_that_reports_nothing_holds_for_three_cycles_and_then_is_not_heard() -> None:
    quiet, spare = ReportedVote("t", 0.0, 0.0, None), ReportedVote("s", 0.0, 20.0, 10.0)
    ages = decide(5, [ReportedVote("t", 0.0, 0.0, 343.0), spare], {}).ages
    seen = []
    for _ in range(4):
        outcome = decide(5, [quiet, spare], ages)
        ages = outcome.ages
        seen.append(outcome.target)
    assert seen == [5, 5, 3, 3]


def test_an_analyzer_never_heard_does_not_veto() -> None:
    quiet, spare = ReportedVote("t", 0.0, 0.0, None), ReportedVote("s", 0.0, 20.0, 10.0)
    assert decide(5, [quiet, spare], {}).target == 3


def test_nobody_alive_leaves_the_current_count() -> None:
    assert decide(5, [ReportedVote("t", 99.0, 0.0, None)], {}).target == 5


def test_the_vote_agrees_with_the_optimiser_for_one_variant() -> None:
    """The two analyzers have unrelated units."""
    for required in ((0.0, 668.0), (90_000.0, 0.0), (90_000.0, 668.0), (0.0, 0.0)):
        reports = [
            ReportedVote(name, need, 0.0, per)
            for name, need, per in zip(
                ("saturation", "throughput"), required, (40_000.0, 343.0), strict=True
            )
        ]
        ballots = [
            Ballot(r.analyzer, r.required, 0.0, {"v": r.per_replica or 0.0}, demand=1.0)
            for r in reports
        ]
        (choice,) = optimize(ballots, [V2State("v", 2)], "HEAD")
        assert choice.target == decide(2, reports, {}).target


def test_prefill_and_decode_grow_together_by_the_lesser_share() -> None:
    roles = {
        "prefill": Sums(0.0, 0.0, 2000.0, 2000.0, 0.0),
        "decode": Sums(0.0, 0.0, 4000.0, 4000.0, 0.0),
    }
    ballot = Ballot(
        "saturation",
        6000.0,
        0.0,
        {"p": 1000.0, "d": 1000.0},
        {"p": 1.0, "d": 1.0},
        roles=roles,
        variant_roles={"p": "prefill", "d": "decode"},
    )
    states = [V2State("p", 1, role="prefill"), V2State("d", 1, role="decode")]
    grown = {c.variant: c.target for c in optimize([ballot], states)}
    assert grown == {"p": 3, "d": 5}
    capped = [V2State("p", 1, max=2, role="prefill"), V2State("d", 1, role="decode")]
    halved = {c.variant: c.target for c in optimize([ballot], capped)}
    assert halved == {"p": 2, "d": 3}, "decode waits for the prefill that it cannot have"
