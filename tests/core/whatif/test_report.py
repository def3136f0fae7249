"""The table of what-if in words: figures, ranges, remarks, cut names, wrapped assumptions."""

from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import pytest

from tests.core.whatif.made import T0, recorded
from wvatui.core.whatif.alternative import OWN
from wvatui.core.whatif.course import Figures, Limit, ReplicaStep
from wvatui.core.whatif.recorded.recorded import CheckedRun
from wvatui.core.whatif.report import (
    MOST_DIFFERENCES,
    averages,
    csv_rows,
    footing,
    gap,
    json_value,
    percent,
    reproduced,
    text,
)
from wvatui.core.whatif.run import Averages, TrialDecision, TrialOutcome
from wvatui.core.whatif.trial import Sensitivity, Trial, TrialRow

FIGURES = Figures(
    replica_minutes=12.0,
    mean=2.0,
    peak=3,
    lowest=1,
    cost=None,
    saturated=0.25,
    all_saturated=0.0,
    above=0.5,
    changes=4,
    reversals=1,
    gap=2,
    gap_s=30.0,
)
TRIAL = Trial(recorded([(0.0, [(0.5, 1.0)])], until_s=600.0), {})
STEPS = (ReplicaStep(T0, 1, 1, 1), ReplicaStep(T0 + 60.0, 3, 2, 1))
MEANS = Averages(T0 + 90.0, 4, 0.5, 3.0, 3, 0.25, 0.5)


def row(label: str = "2 static", loop: str = "open", **given: Any) -> TrialRow:
    return TrialRow("m", label, loop, given.pop("figures", FIGURES), **given)


def own(checked: CheckedRun | None = None, **given: Any) -> TrialRow:
    outcome = TrialOutcome(OWN, FIGURES, STEPS, (), checked or CheckedRun(29, 28), **given)
    return row("own rule", steps=STEPS, outcome=outcome)


def table(*rows: TrialRow, trial: Trial = TRIAL) -> list[str]:
    """The lines of the table up to the remarks."""
    lines = text(trial, rows)
    return lines[2 : lines.index("", 2)]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0001, "<1%"),
        (0.0049, "<1%"),
        (0.012, "1%"),
        (0.5, "50%"),
        (0.9949, "99%"),
        (0.9951, ">99%"),
        (1.0, "100%"),
    ],
)
def test_a_share_that_only_rounds_to_none_or_all_is_marked(share: float | None, said: str) -> None:
    assert percent(share) == said


def test_a_gap_is_its_replicas_and_its_longest_time_or_none() -> None:
    assert gap(FIGURES) == "2 / 30 s"
    assert gap(replace(FIGURES, gap=0)) == "–"


def test_the_column_of_a_limit_is_there_where_one_was_chosen() -> None:
    assert "above" not in table(row())[0]
    assert "above" in table(row(), trial=replace(TRIAL, limit=Limit("kv", 0.5)))[0]


def test_the_head_tells_model_variants_and_minutes() -> None:
    assert text(TRIAL, [row()])[0] == "m: llama, 10.0 min"
    unnamed = replace(TRIAL, recorded=replace(TRIAL.recorded, model=""))
    assert text(unnamed, [row()])[0] == "model not named: llama, 10.0 min"


def test_figures_stand_under_their_titles_and_ranges_below_their_row() -> None:
    figures = replace(FIGURES, cost=1.234)
    more = replace(figures, replica_minutes=14.5, cost=2.0)
    ranging = row(figures=figures, sensitivity=(Sensitivity("a", more),))
    assert table(ranging, trial=replace(TRIAL, limit=Limit("kv", 0.5))) == [
        " " * 34
        + " replica-min    cost  mean peak  any sat. all sat.  above changes turns        gap",
        "open loop",
        "  2 static                        "
        "        12.0    1.23  2.00    3       25%       0%    50%       4     1   2 / 30 s",
        "              by the assumptions: replica-min 12 to 14.5, cost 1.234 to 2",
    ]


def test_rows_stand_under_their_loop_and_the_recorded_one_under_none() -> None:
    rows = [row("recorded", "recorded"), row("a"), row("b"), row("c", "closed")]
    starts = [line.split("  12")[0].rstrip() for line in table(*rows)[1:]]
    assert starts == ["recorded", "open loop", "  a", "  b", "closed loop", "  c"]
    assert table(row(figures=None, impossible="too many"))[-1].endswith("not possible: too many")


def test_a_name_that_is_too_long_for_its_column_has_a_line_of_its_own() -> None:
    (line,) = table(row("n" * 31))[2:]
    assert line.startswith(f"  {'n' * 31}         12.0")
    name, line = table(row("n" * 32))[2:]
    assert (name, line[:34].strip()) == (f"  {'n' * 32}", "")


def test_figures_that_differ_by_the_assumptions_are_told_with_their_range() -> None:
    def told(**other: Any) -> str:
        lines = table(row(sensitivity=(Sensitivity("a", replace(FIGURES, **other)),)))
        return lines[-1].strip() if len(lines) > 3 else ""

    assert told() == ""
    assert told(peak=5, saturated=0.75) == ("by the assumptions: peak 3 to 5, any sat. 25% to 75%")
    assert told(replica_minutes=12.00001) == "", "as it is shown"
    assert told(changes=9) == "", "this one has no range"


def test_each_remark_is_one_line_though_two_rows_have_it() -> None:
    lines = text(TRIAL, [own(averages=MEANS), row("a", notes=("one",)), row("a", notes=("one",))])
    remarks = lines[lines.index("", 2) + 1 :]
    assert remarks[: remarks.index("")] == [
        "  own rule: 28 of 29 decisions as recorded",
        f"  own rule: {averages(MEANS, T0)}",
        "  a: one",
    ]
    assert averages(MEANS, T0).startswith("at T+90 s it averages over all 4 replicas: KV 0.50")


def test_what_is_not_reproduced_is_told_with_the_first_difference() -> None:
    assert reproduced(CheckedRun(1, 1)) == "1 of 1 decision as recorded"
    differing = ((1_788_249_600.0, "v", 3, 2), (1_788_249_660.0, "w", 1, 2))
    assert reproduced(CheckedRun(5, 3, 2, differing)) == (
        "3 of 5 decisions as recorded, 2 not modelled by what-if;"
        " first other one at 08:00:00 UTC: v 3, recomputed 2"
    )
    assert "; first other one at 08:00:00 UTC" in reproduced(CheckedRun(5, 4, 0, differing[:1]))


def test_each_assumption_in_force_is_told_with_its_source() -> None:
    lines = footing(TRIAL, [row()])
    assert lines[-len(TRIAL.told) :] == [f"  assumed  {each.text}" for each in TRIAL.told]


def test_assumptions_are_wrapped_and_those_of_a_closed_loop_are_told_with_one() -> None:
    opened, closed = footing(TRIAL, [row()]), footing(TRIAL, [row(), row(loop="closed")])
    assert len(closed) > len(opened)
    prose = [line for line in closed if not line.startswith(" ")]
    assert max(map(len, prose)) == 96
    for line, following in pairwise(prose):
        assert line == line.strip() != ""
        if line[-1] not in ".:":
            assert len(line) + 1 + len(following.split()[0]) > 96


def test_programs_get_every_row_with_nothing_made_up() -> None:
    differing = tuple((T0 + n, "v", 1, 2) for n in range(MOST_DIFFERENCES + 5))
    rows = [own(CheckedRun(99, 70, 4, differing)), row(figures=None, impossible="too many")]
    mine, without = csv_rows(TRIAL, rows)
    assert (mine["compared"], mine["reproduced"], mine["not_modelled"]) == (99, 70, 4)
    assert (mine["peak_low"], mine["peak_high"], mine["cost_low"]) == (3, 3, None)
    assert (without["peak"], without["peak_low"], without["reproduced"]) == (None, None, None)
    assert (mine["impossible"], without["impossible"]) == ("", "too many")
    mine, without = json_value(TRIAL, rows)["rows"]
    assert len(mine["reproduced"]["differing"]) == MOST_DIFFERENCES == 20
    assert (mine["averages"], without["figures"], without["range"]) == (None, None, {})
    assert (mine["impossible"], without["impossible"]) == (None, "too many")


def test_a_range_is_told_by_its_numbers_whatever_they_begin_with() -> None:
    (*_, told) = table(row(sensitivity=(Sensitivity("a", replace(FIGURES, peak=12)),)))
    assert told.strip() == "by the assumptions: peak 3 to 12"


def test_programs_get_the_range_of_each_figure_that_has_one() -> None:
    ranging = row(sensitivity=(Sensitivity("slower boot", replace(FIGURES, saturated=0.5)),))
    (flat,) = csv_rows(TRIAL, [ranging])
    assert (flat["model"], flat["alternative"], flat["loop"]) == ("m", "2 static", "open")
    assert (flat["saturated_low"], flat["saturated_high"]) == (0.25, 0.5)
    (made,) = json_value(TRIAL, [ranging])["rows"]
    assert (made["range"]["saturated"], made["range"]["peak"]) == ((0.25, 0.5), (3, 3))
    assert "cost" not in made["range"], "not known"
    (changed,) = made["sensitivity"]
    assert (changed["change"], changed["figures"]["saturated"]) == ("slower boot", 0.5)


def test_programs_get_the_whole_of_a_row_and_what_it_depends_on() -> None:
    limited = replace(TRIAL, limit=Limit("kv", 0.5))
    made = own(
        CheckedRun(3, 2, 1, ((T0, "llama", 4, 2),)),
        notes=("the outcome's",),
        averages=MEANS,
        variants={"llama": ((T0, 1), (T0 + 60.0, 2))},
    )
    assert made.outcome is not None
    decided = TrialDecision(T0 + 60.0, "llama", 1, 2)
    outcome = replace(made.outcome, decisions=(decided,))
    told = json_value(limited, [replace(made, outcome=outcome, notes=("one",))])
    assert (told["model"], told["variants"]) == ("m", ["llama"])
    assert (told["since"], told["until"]) == (T0, T0 + 600.0)
    assert told["limit"] == asdict(Limit("kv", 0.5))
    assert told["assumptions"] == [asdict(each) for each in TRIAL.told] != []
    (row_told,) = told["rows"]
    assert (row_told["alternative"], row_told["loop"]) == ("own rule", "open")
    assert row_told["figures"] == asdict(FIGURES)
    assert row_told["reproduced"] == {
        "compared": 3,
        "same": 2,
        "not_modelled": 1,
        "differing": [{"at": T0, "variant": "llama", "recorded": 4, "recomputed": 2}],
    }
    assert row_told["averages"] == asdict(MEANS)
    assert row_told["decisions"] == [asdict(decided)]
    assert row_told["replicas"] == [[T0, 1, 1, 1], [T0 + 60.0, 3, 2, 1]]
    assert row_told["variants"] == {"llama": [(T0, 1), (T0 + 60.0, 2)]}
    assert row_told["notes"] == ["one"]
