"""Replaying recorded cases: how results are counted, and that no faulty case breaks the count."""

import copy
import json
import random
from typing import Any

import pytest

from tests.core.rules.recorded import Json
from tests.core.rules.recorded import every_kind as wva_kinds
from tests.core.rules.recorded_hpa import hpa_kinds
from tests.core.rules.recorded_keda import keda_kinds
from wvatui.core.rules.cases.replay import (
    KINDS,
    CaseResult,
    MalformedError,
    ReplayReport,
    cases_of,
    replay,
)

MODELLED = [kind for kind in KINDS if kind != "hpa_health"]


def every_kind() -> list[Json]:
    return wva_kinds() + hpa_kinds() + keda_kinds()


def replayed(*cases: Json) -> ReplayReport:
    return replay(cases_of(json.dumps({"cases": list(cases)}).encode()))


def only(case: Json) -> CaseResult:
    (result,) = replayed(case).results
    return result


def of_kind(kind: str) -> Json:
    return copy.deepcopy(next(case for case in every_kind() if case["kind"] == kind))


def test_a_case_of_every_kind_comes_out_as_recorded() -> None:
    report = replayed(*every_kind())
    assert [str(d) for r in report.results for d in r.differences] == []
    assert [r.reason for r in report.results if r.reason] == []
    assert [row.kind for row in report.rows] == MODELLED
    assert (report.total("ok"), report.total("failed")) == (len(MODELLED), 0)


@pytest.mark.parametrize("kind", MODELLED)
def test_another_output_is_a_failure_that_says_what_differs(kind: str) -> None:
    """The first number or flag of each output is changed."""
    wrong = of_kind(kind)
    assert _disturb(wrong["output"])
    result = only(wrong)
    assert result.outcome == "failed"
    assert all(d.what and d.got != d.expected for d in result.differences)


def _disturb(output: Any) -> bool:
    """Change the first target or flag in `output`; returns whether there was one."""
    if isinstance(output, list):
        return any(_disturb(item) for item in output)
    for key, value in output.items():
        if isinstance(value, bool):
            output[key] = not value
            return True
        if isinstance(value, int | float) and "urrent" not in key:
            output[key] = value + 1
            return True
        if isinstance(value, dict | list) and _disturb(value):
            return True
    return False


def test_an_unknown_kind_release_or_field_is_not_modelled_and_says_why() -> None:
    odd = of_kind("v1.targets")
    odd["kind"] = "v3.analyze"
    assert (only(odd).outcome, only(odd).reason) == ("not_modelled", "unknown kind 'v3.analyze'")
    odd = of_kind("v1.targets")
    odd["versions"] = ["main"]
    assert (only(odd).outcome, only(odd).reason) == ("not_modelled", "main is no release")
    odd = of_kind("v1.targets")
    odd["input"]["states"][0]["weight"] = 2
    assert only(odd).reason == "input: states[0]: unknown field weight"
    odd = of_kind("v1.analyze")
    odd["output"]["forecast"] = [1]
    assert only(odd).reason == "output: unknown field forecast"
    odd = of_kind("v1.analyze")
    odd["input"]["config"]["kvCacheThreshold"] = "much"
    assert only(odd).reason == "input: config.kvCacheThreshold: Expected float, got str"
    del odd["input"]["config"]["kvCacheThreshold"]
    assert only(odd).reason == "input: config: missing field kvCacheThreshold"


def test_a_rule_that_a_release_does_not_have_is_not_modelled() -> None:
    late, early = of_kind("v1.arbitrate"), of_kind("optimizer.cost-aware")
    late["versions"], early["versions"] = ["v0.8.0"], ["v0.4.2"]
    assert only(late).reason == "v1.arbitrate was gone from v0.5.0 on"
    assert only(early).reason == "optimizer.cost-aware came with v0.6.0"


def test_a_release_after_the_newest_known_is_held_against_the_newest_rules() -> None:
    newer = of_kind("limiter")
    newer["versions"] = ["v0.9.0", "v0.12.3", "HEAD"]
    assert [r.outcome for r in replayed(newer).results] == ["ok"] * 3


def test_null_is_read_as_left_out() -> None:
    with_null = of_kind("v1.targets")
    with_null["input"]["states"][0]["maxReplicas"] = None
    with_null["output"]["gone"] = None
    assert only(with_null).outcome == "ok"


def test_recordings_of_hpa_and_keda_say_in_and_out_and_their_version_once() -> None:
    cases = []
    for case in hpa_kinds():
        case["in"], case["out"] = case.pop("input"), case.pop("output")
        del case["versions"]
        cases.append(case)
    text = json.dumps({"meta": {"source": "k8s.io/kubernetes v1.37.2, pkg"}, "cases": cases})
    report = replay(cases_of(text.encode()))
    assert {result.version for result in report.results} == {"v1.37.2"}
    assert report.total("ok") == len(cases)


def test_the_health_of_an_hpa_that_is_not_recorded_is_not_modelled() -> None:
    health = of_kind("fallback") | {"kind": "hpa_health"}
    assert only(health).reason == "the HPA that KEDA read is not recorded"
    unbuilt = of_kind("object_state")
    unbuilt["input"]["observed"] = []
    assert only(unbuilt).reason == "no trigger could be built"


def test_a_formula_that_is_not_recorded_is_not_guessed() -> None:
    case = of_kind("formula")
    case["input"]["object"]["spec"]["advanced"]["scalingModifiers"] = {"target": "2"}
    assert only(case).reason == "the formula is not recorded"
    case["input"]["values"] = []
    case["input"]["object"]["spec"]["triggers"] = []
    assert only(case).outcome == "failed", "nothing to compute, and a value was recorded"


def test_a_count_of_replicas_that_is_not_recorded_may_be_any_that_explains_what_was_served() -> (
    None
):
    case = of_kind("served_metrics")
    fallback = {"replicas": 1, "failureThreshold": 0, "behavior": "currentReplicas"}
    case["input"]["object"]["spec"]["fallback"] = fallback
    case["input"]["observed"][0] |= {"error": "gone", "values": []}
    case["output"]["values"][0]["milli"] = 8000
    assert only(case).outcome == "ok"
    case["output"]["values"][0]["milli"] = 7000
    assert only(case).outcome == "failed", "no whole number of replicas times 2 is 7"


def test_versions_are_counted_in_the_order_in_which_they_were_made() -> None:
    one = of_kind("limiter")
    one["versions"] = ["HEAD", "v0.8.0", "v0.9.0-rc1", "v0.6.0"]
    assert [row.version for row in replayed(one).rows] == ["v0.6.0", "v0.9.0-rc1", "v0.8.0", "HEAD"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "not JSON"),
        ("[]", "Expected object, got array"),
        ('{"case": []}', "missing required field cases"),
        ('{"cases": [7]}', "$.cases[0]"),
        ('{"cases": [{"id": "a", "kind": "limiter"}]}', "versions - at $.cases[0]"),
        ('{"meta": {"source": "KEDA"}, "cases": [{"id": "a", "kind": "b"}]}', "versions"),
        ('{"cases": [{"id": "a", "kind": 1, "versions": []}]}', "$.cases[0].kind"),
        ('{"cases": ' + "[" * 50_000, "not JSON"),
    ],
)
def test_a_file_that_holds_no_cases_says_where_it_is_wrong(text: str, place: str) -> None:
    with pytest.raises(MalformedError) as caught:
        replay(cases_of(text.encode()))
    assert place in str(caught.value)


def test_no_damage_to_a_case_breaks_the_count() -> None:
    chance = random.Random(5)
    for _ in range(400):
        case = copy.deepcopy(chance.choice(every_kind()))
        case["versions"] = [chance.choice(["v0.4.2", "v0.6.0", "v0.8.0", "HEAD", "x"])]
        for part in ("input", "output"):
            _damage(case[part], chance)
        assert len(replayed(case).results) == 1


def _damage(data: Any, chance: random.Random) -> None:
    """Replace or remove one random value in `data`."""
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(data[key], dict | list) and chance.random() < 0.8:
        _damage(data[key], chance)
    elif isinstance(data, dict) and chance.random() < 0.2:
        del data[key]
    else:
        data[key] = chance.choice([None, 0, -3, 1e300, 10**30, "x", [], {}, True, 0.5])


def test_failures_that_a_record_does_not_count_are_not_taken_for_none() -> None:
    uncounted = {"s0-prometheus": {"status": "Failing"}}
    before, after = of_kind("fallback"), of_kind("fallback")
    before["input"]["object"]["status"] = {"health": uncounted}
    after["output"]["health"] = uncounted
    for case in (before, after):
        assert only(case).reason == "the failures of s0-prometheus are not counted"
