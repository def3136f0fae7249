"""The details of a pod and of a variant, from folded events."""

import msgspec
import pytest

from tests.core.queries.few_pods import NAMESPACE, START, folded, look, namespace, pod
from wvatui.core import events as ev
from wvatui.core.queries.pods import pod_detail
from wvatui.core.queries.pods.kube_event_rows import every_event
from wvatui.core.queries.session import variant_detail, variant_rows
from wvatui.core.rows.views import FactRow, PodDetail, VariantDetail
from wvatui.core.state.state import State


def fact(detail: PodDetail | VariantDetail, name: str) -> FactRow:
    return next(row for row in detail.facts if row.name == name)


def happened(at: float, kind: str, name: str, reason: str, **changes: object) -> ev.KubeEvent:
    return ev.KubeEvent(
        START + at,
        kind=kind,
        name=name,
        reason=reason,
        message=f"{reason}!",
        last_at=START + at,
        **changes,
    )


def state() -> State:
    histogram = msgspec.Raw(b"[1,30.0,50,50,0]")
    return folded(
        *namespace("qwen-a"),
        pod(
            "qwen-a",
            0,
            scheduled_at=START + 2,
            started_at=START + 14,
            ready_at=START + 78,
            restarts=2,
        ),
        ev.Engine(
            START,
            pod="qwen-a",
            engine="vllm",
            model="Qwen/Qwen3-32B",
            port=8200,
            blocks=1000,
            block_size=16,
        ),
        ev.Bounds(START, id=1, le=(0.5, 1.0)),
        look(
            "qwen-a",
            100,
            0.87,
            running=12,
            waiting=6,
            preemptions=0,
            ttft=histogram,
            success={"stop": 40, "length": 2},
            took_ms=4,
        ),
        happened(10, "Pod", "qwen-a", "Pulled"),
        happened(90, "Pod", "qwen-a", "Unhealthy", type="Warning", count=3),
        happened(95, "Pod", "qwen-a", "Unhealthy", type="Warning", count=4),
        happened(50, "Pod", "other", "Pulled"),
        happened(60, "HorizontalPodAutoscaler", "qwen-hpa", "SuccessfulRescale"),
        happened(61, "ReplicaSet", "qwen-7d9f5c6b8", "SuccessfulCreate"),
        now=102,
    )


# --- a pod


def test_a_pods_facts_say_where_it_runs_what_serves_and_how_long_its_start_took() -> None:
    detail = pod_detail.pod_detail(state(), "qwen-a")
    assert detail.row is not None
    assert (fact(detail, "state").text, fact(detail, "state").level) == ("saturated", "bad")
    assert fact(detail, "variant").text == "qwen"
    assert fact(detail, "node").text == "gpu-07"
    assert fact(detail, "created").age_s == 102
    assert fact(detail, "start").text == "scheduled +2s, running +12s, ready +64s"
    assert (fact(detail, "restarts").text, fact(detail, "restarts").level) == ("2", "warn")
    assert fact(detail, "engine").text == "vllm on port 8200"
    assert fact(detail, "KV cache").text == "16000 tokens (1000 blocks of 16)"
    image = fact(detail, "image")
    assert (image.text, image.source) == ("vllm/vllm-openai:v0.11.0", "Deployment")


def test_a_pods_events_come_newest_first_and_repeats_are_told_once_with_their_count() -> None:
    rows = pod_detail.pod_detail(state(), "qwen-a").kube_events
    assert [(row.reason, row.count, row.warning) for row in rows] == [
        ("Unhealthy", 4, True),
        ("Pulled", 1, False),
    ]
    assert rows[0].at == START + 95


def test_every_event_that_is_kept_is_told() -> None:
    every = [ev.KubeEvent(START + n, kind="Pod", name=f"p{n}", reason="R") for n in range(90)]
    assert len(every_event(folded(*namespace(), *every, now=100))) == 90


def test_the_last_page_is_shown_value_by_value_with_its_age_and_source() -> None:
    detail = pod_detail.pod_detail(state(), "qwen-a")
    rows = {row.name: row for row in detail.samples}
    assert rows["KV cache use"].value == 0.87
    assert rows["Preemptions"].value == 0.0
    assert rows["Prompt tokens"].value is None  # the page did not have it
    assert (rows["Time to first token"].value, rows["Time to first token"].text) == (
        0.3,
        "lifetime mean of 100",
    )
    assert rows["Finished requests by reason"].text == "length 2, stop 40"
    assert detail.sample_age_s == 2
    assert detail.sample_source == "the pod's own page port 8200, read in 4 ms"
    assert detail.failure == ""


@pytest.mark.parametrize(
    ("others", "source"),
    [
        ([ev.RankScrape(port=8200, engine="1")], "the pod's own page port 8200"),
        ([ev.RankScrape(port=8201)], "pages on ports 8200, 8201"),
        ([ev.RankScrape(port=8201, why="refused")], "the pod's own page port 8200"),
        ([ev.RankScrape(port=8200, pod="qwen-a-1")], "pages of 2 pods"),
        ([ev.RankScrape(port=8200, pod="qwen-a-1", why="timeout")], "the pod's own page port 8200"),
    ],
)
def test_the_source_of_several_engines_numbers_is_the_pages_that_gave_some(
    others: list[ev.RankScrape], source: str
) -> None:
    ranks = (ev.RankScrape(port=8200), *others)
    seen = folded(*namespace("qwen-a"), look("qwen-a", 100, ranks=ranks), now=101)
    assert pod_detail.pod_detail(seen, "qwen-a").sample_source == f"{source}, read in 0 ms"


def test_a_look_in_vain_is_told_in_words_until_a_page_is_read_again() -> None:
    missed = ev.ScrapeFailure(START + 104, pod="qwen-a", why="timeout", text="no answer in 2 s")
    lost = folded(*namespace("qwen-a"), look("qwen-a", 100), missed, now=110)
    detail = pod_detail.pod_detail(lost, "qwen-a")
    assert detail.failure == "no answer in time: no answer in 2 s, 6 s ago"
    assert fact(detail, "failed polls").text == "1 since it last answered"
    back = folded(*namespace("qwen-a"), look("qwen-a", 100), missed, look("qwen-a", 106), now=110)
    assert pod_detail.pod_detail(back, "qwen-a").failure == ""


def test_a_pod_that_never_answered_has_no_page_and_no_number() -> None:
    boots = folded(
        *namespace(), pod("qwen-a", 0, ready=False, phase="Pending", reason="Unschedulable"), now=9
    )
    detail = pod_detail.pod_detail(boots, "qwen-a")
    assert (detail.samples, detail.sample_age_s, detail.sample_source) == ((), None, "")
    assert fact(detail, "phase").text == "Pending, not ready"
    assert fact(detail, "reason").text == "Unschedulable"


def test_a_pod_that_is_gone_still_tells_what_it_was() -> None:
    gone = folded(
        *namespace("qwen-a"),
        look("qwen-a", 10, 0.4),
        ev.Deleted(START + 20, kind="pod", name="qwen-a", namespace=NAMESPACE),
        now=300,
    )
    detail = pod_detail.pod_detail(gone, "qwen-a")
    assert detail.row is None
    assert fact(detail, "state").text == "gone"
    assert fact(detail, "gone since").age_s == 280
    assert detail.sample_age_s == 290


def test_a_pod_that_nobody_knows_is_no_crash() -> None:
    detail = pod_detail.pod_detail(state(), "nobody")
    assert (detail.row, detail.samples, detail.kube_events) == (None, (), ())


# --- a variant


def test_a_variants_facts_say_what_it_is_and_who_scales_it() -> None:
    detail = variant_detail.variant_detail(state(), f"{NAMESPACE}/qwen")
    assert fact(detail, "model").text == "Qwen/Qwen3-32B"
    assert fact(detail, "accelerator").text == "H100"
    assert fact(detail, "cost").text == "40 per replica"
    assert fact(detail, "replicas").text == "1 to 8"
    assert fact(detail, "declared by").text == "VariantAutoscaling"
    assert fact(detail, "scales").text == "Deployment/qwen"
    assert fact(detail, "HPA").text == "qwen-hpa"
    assert fact(detail, "reads").text == "wva_desired_replicas 2, target 1 Value"
    assert fact(detail, "held up").level == "warn"


def test_conditions_say_in_words_how_good_they_are() -> None:
    rows = variant_detail.variant_detail(state(), f"{NAMESPACE}/qwen").conditions
    assert [(row.about, row.type, row.level) for row in rows] == [
        ("HPA", "AbleToScale", "ok"),
        ("HPA", "ScalingActive", "bad"),
    ]
    assert rows[0].text == "ReadyForNewScale: recommended"
    assert (rows[0].age_s, rows[1].age_s) == (102, None)


def test_a_limit_that_is_reached_is_no_failure_and_a_metric_nobody_gives_is() -> None:
    hpa = ev.Autoscaler(
        START,
        name="qwen-hpa",
        namespace=NAMESPACE,
        target_kind="Deployment",
        target_name="qwen",
        metrics=(ev.MetricStatus("wva_desired_replicas", "Value", 1.0, None),),
        conditions=(
            ev.Condition("ScalingLimited", "True", "TooManyReplicas"),
            ev.Condition("AbleToScale", "Unknown"),
        ),
    )
    detail = variant_detail.variant_detail(folded(*namespace(), hpa, now=5), f"{NAMESPACE}/qwen")
    assert [row.level for row in detail.conditions] == ["warn", "warn"]
    assert fact(detail, "reads").text == "wva_desired_replicas <unknown>, target 1 Value"
    assert fact(detail, "reads").level == "bad"


def test_keda_is_told_with_its_pause() -> None:
    keda = ev.ScaledObject(
        START,
        name="qwen-so",
        namespace=NAMESPACE,
        target_kind="Deployment",
        target_name="qwen",
        polling_s=15,
        cooldown_s=300,
        triggers=("prometheus",),
        paused="paused at 2",
    )
    detail = variant_detail.variant_detail(folded(*namespace(), keda, now=5), f"{NAMESPACE}/qwen")
    assert fact(detail, "KEDA polls").text == "every 15 s, to zero after 300 s"
    assert fact(detail, "paused").level == "bad"


def test_each_threshold_says_where_it_was_learned() -> None:
    assumed = variant_detail.variant_detail(state(), f"{NAMESPACE}/qwen").limits
    assert {row.source for row in assumed} == {"assumed"}
    assert assumed[0].text == "0.8"
    config = ev.Config(
        START, name="saturation", namespace=NAMESPACE, data={"default": "kvCacheThreshold: 0.7\n"}
    )
    told = variant_detail.variant_detail(
        folded(*namespace(), config, now=5), f"{NAMESPACE}/qwen"
    ).limits
    assert (told[0].text, told[0].source) == ("0.7", "configured")


def test_a_variants_events_are_those_of_its_objects_and_its_pods() -> None:
    rows = variant_detail.variant_detail(state(), f"{NAMESPACE}/qwen").kube_events
    assert [row.about for row in rows] == [
        "Pod/qwen-a",
        "ReplicaSet/qwen-7d9f5c6b8",
        "HorizontalPodAutoscaler/qwen-hpa",
        "Pod/qwen-a",
    ]


def test_a_variant_known_from_the_log_alone_has_its_decisions() -> None:
    line = (
        '{"level":"INFO","ts":"2026-09-01T08:00:45Z","msg":"Processing decision: '
        'variant=ms-decode, action=scale-up, current=1→target=2"}'
    )
    logged = folded(ev.Log(START + 45, line=line), now=50)
    (row,) = variant_rows.variants(logged)
    detail = variant_detail.variant_detail(logged, row.key)
    assert detail.row == row
    assert [(d.action, d.target) for d in detail.decisions] == [("scale-up", 2)]
    assert detail.conditions == ()
