"""Maps from values to facts: defaults, several sources, and declarations refused at import."""

import pytest

from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue.fact_map import (
    STEP,
    Constant,
    bare,
    from_fields,
    from_pairs,
    from_template,
    namespace_of,
    not_zero,
)

INFO = from_fields(
    fc.VariantInfo,
    variant=bare("variant"),
    cost="cost",
    current=(not_zero("status"), "spec"),
    role=("role", Constant("both")),
)


def test_a_type_says_how_its_value_is_read() -> None:
    (info,) = INFO({"variant": "ns/a", "cost": "2.5", "status": 3.0, "spec": 9, "role": "decode"})
    assert info == fc.VariantInfo(variant="a", cost=2.5, current=3, role="decode")


def test_what_cannot_be_read_leaves_the_default() -> None:
    (info,) = INFO({"variant": "a", "cost": "NaN", "status": [], "role": 7, "\0": "x"})
    assert info == fc.VariantInfo(variant="a", role="both")


def test_the_first_choice_that_says_something_counts() -> None:
    (info,) = INFO({"variant": "a", "status": 0, "spec": 4})
    assert info == fc.VariantInfo(variant="a", current=4, role="both")


@pytest.mark.parametrize("variant", [None, "", 3, "ns/"])
def test_without_a_required_field_there_is_no_fact(variant: object) -> None:
    assert INFO({"variant": variant, "cost": 1.0}) == ()


def test_a_required_number_may_be_zero() -> None:
    build = from_fields(fc.PodKv, pod="pod", kv_ratio="usage")
    assert build({"pod": "p", "usage": 0}) == (fc.PodKv(pod="p", kv_ratio=0.0),)
    assert build({"pod": "p"}) == ()


def test_an_action_follows_from_the_counts_where_the_line_has_none() -> None:
    build = from_fields(
        fc.LoggedDecision,
        variant=bare("v"),
        namespace=namespace_of("v"),
        action=("action", STEP),
        current="now",
        target="then",
    )
    (derived,) = build({"v": "ns/a", "now": 1, "then": 2})
    (stated,) = build({"v": "ns/a", "now": 1, "then": 2, "action": "NoChange"})
    assert (derived.namespace, derived.action, stated.action) == ("ns", "scale-up", "no-change")


def test_the_last_values_of_a_text_may_hold_commas() -> None:
    build = from_pairs(
        fc.Skipped,
        ": ",
        tails=((", reason=", "reason"), (", advice=", "text")),
        variant="variant",
        reason="reason",
        text="text",
    )
    (skipped,) = build("No metrics: variant=a, x=1, reason=gone, k=v, advice=wait, then look")
    assert skipped == fc.Skipped(variant="a", reason="gone, k=v", text="wait, then look")


def test_a_template_names_the_fields_in_the_message() -> None:
    build = from_template(fc.CycleStart, "models={models}, variants={variants} of all")
    assert build("models=2, variants=x of all") == (fc.CycleStart(models=2),)
    assert build("models=2") == (fc.CycleStart(models=2),)


def test_a_field_that_the_fact_has_not_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="PodQueue has no length"):
        from_fields(fc.PodQueue, pod="pod", length="queueLength")
