"""A variant declared by two objects has one name, whichever of theirs the controller uses."""

import pytest

from tests.core.fold.log_lines import START, decision, learned
from wvatui.core import events as ev
from wvatui.core.explain.ledger import all_cases
from wvatui.core.fold.fold import fold
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.state.state import EMPTY


def _declared(name: str, source: str) -> ev.Variant:
    return ev.Variant(
        START, name=name, namespace="ns", source=source, model="m", target_name="llama"
    )


VA = _declared("llama-kserve-va", "VariantAutoscaling")
HPA = _declared("llama-kserve-hpa", "HorizontalPodAutoscaler")
DECISIONS = [decision(1.0, "llama-kserve-hpa", 2), decision(61.0, "llama-kserve-hpa", 3)]


@pytest.mark.parametrize(
    "events",
    [[VA, HPA, *DECISIONS], [HPA, *DECISIONS, VA], [*DECISIONS, HPA, VA]],
    ids=["objects-first", "the-va-last", "objects-last"],
)
def test_decisions_under_the_hpas_name_are_those_of_the_variant(events: list[ev.Event]) -> None:
    for state in (learned(*events), fold(fold(EMPTY, events[:2]), events[2:])):
        rows = variants(state)
        assert [(row.name, row.source, row.target) for row in rows] == [
            ("llama-kserve-va", "VariantAutoscaling", 3)
        ]


def test_what_the_explanation_reads_has_the_variants_name() -> None:
    state = learned(VA, HPA, *DECISIONS)
    assert {d.variant for d in state.decisions} == {"llama-kserve-va"}
    assert {member.name for case in all_cases(state) for member in case.members} <= {
        "llama-kserve-va"
    }


def test_what_is_counted_is_the_same_whenever_the_objects_are_learned() -> None:
    third = decision(121.0, "llama-kserve-hpa", 4)
    for events in ([VA, HPA, *DECISIONS, third], [*DECISIONS, HPA, VA, third]):
        totals = learned(*events).totals
        assert (totals.cycles, totals.target_changes) == (2, 1)


def test_decisions_under_both_names_before_the_objects_are_known_all_count() -> None:
    for first, second in ((HPA, VA), (VA, HPA)):
        said = [decision(1.0, first.name, 2), decision(61.0, second.name, 3)]
        state = learned(*said, HPA, VA)
        assert [(d.variant, d.target) for d in state.decided] == [(VA.name, 2)]
        assert [(d.variant, d.target) for d in state.newest_decisions] == [(VA.name, 3)]
        assert state.totals.cycles == 1


def test_two_variant_autoscalings_on_one_target_keep_their_own_decisions() -> None:
    other = _declared("other", "VariantAutoscaling")
    state = learned(VA, other, decision(1.0, "llama-kserve-va", 2), decision(1.1, "other", 5))
    assert {row.name: row.target for row in variants(state)} == {"llama-kserve-va": 2, "other": 5}
