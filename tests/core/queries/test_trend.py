"""The trend of a pod over the last minutes, and the usual boot time."""

from tests.core.queries.few_pods import START, folded, look, namespace, pod
from wvatui.core import events as ev
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.pods.trend import SLOTS, trend


def test_a_trend_is_the_highest_of_each_slot_and_blank_where_nothing_was_measured() -> None:
    looks = [look("a", at, kv, waiting=1) for at, kv in ((271, 0.2), (272, 0.9), (299, 0.4))]
    state = folded(*namespace("a"), *looks, now=300)
    assert trend(state, "a", "kv") == (None,) * (SLOTS - 1) + (0.9,)
    assert trend(state, "a", "waiting")[-1] == 0.2, "the scale ends at the threshold of 5"
    assert trend(state, "nobody", "kv") == (None,) * SLOTS


def test_the_scale_of_a_queue_ends_at_the_threshold_of_the_pods_own_model() -> None:
    data = {
        "default": "queueLengthThreshold: 4",
        "large": "model_id: Qwen/Qwen3-32B\nnamespace: llm-d-sim\nqueueLengthThreshold: 20",
    }
    config = ev.Config(START, name="saturation", namespace="wva", data=data)
    state = folded(*namespace("a"), config, look("a", 299, 0.4, waiting=2), now=300)
    assert trend(state, "a", "waiting", "Qwen/Qwen3-32B", "llm-d-sim")[-1] == 0.1
    assert trend(state, "a", "waiting", "other", "llm-d-sim")[-1] == 0.5


def test_a_threshold_of_no_requests_leaves_an_empty_queue_empty() -> None:
    config = ev.Config(
        START, name="saturation", namespace="wva", data={"default": "queueLengthThreshold: 0"}
    )
    looks = (look("a", 239, 0.4, waiting=0), look("a", 299, 0.4, waiting=0))
    state = folded(*namespace("a"), config, *looks, now=300)
    assert trend(state, "a", "waiting")[-3:] == (0, None, 0)


def test_a_pod_that_boots_says_how_long_boots_took_before() -> None:
    def text(**owner: str) -> str:
        def boot(name: str, at: float, ready_s: float | None) -> list[ev.Pod]:
            steps = {"scheduled_at": START + at, "started_at": START + at, **owner}
            begun = pod(name, at, ready=False, **steps)
            if ready_s is None:
                return [begun]
            return [begun, pod(name, at, ready_at=START + at + ready_s, **steps)]

        boots = [*boot("a", 1, 40.0), *boot("b", 2, 50.0), *boot("c", 60, None)]
        state = folded(*namespace(), *boots, now=79)
        [row] = [row for row in replicas(state) if row.pod == "c"]
        return row.state_text

    assert text().endswith(", 19 s of ~45 s")
    unknown = text(owner_kind="", owner_name="")
    assert unknown.endswith(", 19 s"), "of which workload the others are nobody knows"
