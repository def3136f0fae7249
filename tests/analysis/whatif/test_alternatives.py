"""Parsing alternatives as they are typed or given as options."""

from pathlib import Path

import pytest

from tests.analysis.whatif.test_manifests import PLAIN, written
from wvatui.analysis.whatif.alternatives import alternatives, limit_of, spoken, taken
from wvatui.core.whatif.alternative import Alternative
from wvatui.errors import UsageError


def asked(*words: str) -> tuple[Alternative, ...]:
    rest, groups = taken(words)
    assert not rest
    return alternatives(groups)


def test_thresholds_of_one_group_belong_together() -> None:
    (one,) = asked("--set", "kvSpareTrigger=0.3", "--set=queueSpareTrigger=2")
    assert (one.rule, one.changes) == ("own", (("kvSpareTrigger", 0.3), ("queueSpareTrigger", 2)))


def test_several_values_of_a_threshold_are_an_alternative_each() -> None:
    found = asked("--set", "kvSpareTrigger=0.1,0.2", "--set", "kvSpareTrigger=0.3")
    assert [one.label for one in found] == [f"kvSpareTrigger={v}" for v in (0.1, 0.2, 0.3)]


def test_or_begins_further_alternatives() -> None:
    found = asked("--rule", "v1", "--set", "kvCacheThreshold=0.7", "--or", "--rule", "v2")
    assert [(one.rule, one.changes) for one in found] == [
        ("v1", (("kvCacheThreshold", 0.7),)),
        ("v2", ()),
    ]


def test_every_autoscaler_and_number_is_an_alternative_of_its_own(tmp_path: Path) -> None:
    path = str(written(tmp_path, PLAIN))
    found = asked(
        "--hpa", path, "--replicas", "3,5", "--replicas", "8", "--set", "kvSpareTrigger=0.3"
    )
    assert [one.label for one in found] == [
        "kvSpareTrigger=0.3",
        "HPA object.yaml",
        "3 static",
        "5 static",
        "8 static",
    ]


def test_an_hpa_on_wvas_decisions_acts_on_the_rule_of_its_group(tmp_path: Path) -> None:
    text = PLAIN.replace("vllm:num_requests_waiting", "wva_desired_replicas")
    (one,) = asked(
        "--hpa", str(written(tmp_path, text)), "--rule", "v1", "--set", "kvSpareTrigger=0.3"
    )
    assert one.rule == "v1"
    assert one.scaler is not None
    assert one.label == "V1 kvSpareTrigger=0.3 by HPA object.yaml"


@pytest.mark.parametrize(
    ("text", "rule", "release"),
    [
        ("v1", "v1", ""),
        ("v2", "v2", ""),
        ("v0.4.2", "v1", "v0.4.2"),
        ("v1@0.8.0", "v1", "v0.8.0"),
        ("HEAD", "v2", "HEAD"),
        ("v0.9.0", "v2", "v0.9.0"),
    ],
)
def test_a_rule_is_named_by_itself_or_by_a_release(text: str, rule: str, release: str) -> None:
    (one,) = asked("--rule", text)
    assert (one.rule, one.version) == (rule, release)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "kvSpare=1"), "no such threshold"),
        (("--set", "kvSpareTrigger"), "KEY=VALUE"),
        (("--set", "kvSpareTrigger=much"), "no number"),
        (("--set", "kvSpareTrigger=1.5"), "a ratio from 0 to 1"),
        (("--set", "queueSpareTrigger=-1"), "0 or more"),
        (("--set", "maxReplicas=2.5"), "a whole number"),
        (("--rule", "v3"), "no such rule"),
        (("--rule", "hpa"), "needs --hpa FILE"),
        (("--rule", "static"), "needs --replicas N"),
        (("--replicas", "some"), "a whole number"),
        (("--hpa",), "needs a value"),
        (("--set", "kvSpareTrigger=" + ",".join(f"0.{n:02d}" for n in range(40))), "at most 32"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asked(*words)


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("target", "metrics[0].target or triggers[0].threshold"),
        ("triggers[N].threshold", "triggers[0].threshold"),
        ("minReplicaCount", "minReplicas"),
        ("stabilizationWindowSeconds", "scaleUp.window or scaleDown.window"),
        ("kvSpare", "kvSpareTrigger"),
        ("maxReplica", "maxReplicas"),
    ],
)
def test_a_field_that_does_not_exist_gets_those_that_it_may_mean(field: str, hint: str) -> None:
    with pytest.raises(UsageError, match="no such threshold or field") as refused:
        asked("--set", f"{field}=5")
    assert refused.value.hint.startswith(f"did you mean {hint}?")


def test_a_field_that_resembles_none_gets_all_of_them() -> None:
    with pytest.raises(UsageError, match="no such threshold or field") as refused:
        asked("--set", "cooldownPeriod=5")
    assert refused.value.hint.startswith("there is: kvCacheThreshold, ")
    assert refused.value.hint.endswith("metrics[0].target, triggers[0].threshold")


def test_the_screen_takes_the_same_words_without_their_dashes() -> None:
    found = alternatives(spoken("kvSpareTrigger=0.3 or rule v1 or replicas 4"))
    assert [one.label for one in found] == ["kvSpareTrigger=0.3", "V1", "4 static"]
    assert alternatives(spoken("--replicas 4")) == alternatives(spoken("replicas 4"))
    with pytest.raises(UsageError, match="'nonsense' is no alternative"):
        spoken("nonsense")


def test_a_limit_names_what_it_limits() -> None:
    found = limit_of("queue=3")
    assert found is not None
    assert (found.quantity, found.value) == ("waiting", 3.0)
    assert limit_of("") is None
    with pytest.raises(UsageError):
        limit_of("latency=3")
