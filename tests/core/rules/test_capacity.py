"""What V2 knows of capacity without metrics: stored records, similar engines, sizes in use."""

from dataclasses import replace

from wvatui.core.rules.wva.capacity import (
    CapacityMemory,
    EngineArgs,
    Record,
    compatible,
    stored_capacity,
)
from wvatui.core.rules.wva.limiter import Limitable, Pool, limit
from wvatui.core.rules.wva.saturation_v1 import V1Analysis, V1State, V1Variant, targets
from wvatui.core.rules.wva.saturation_v2 import V2Analysis, V2Replica, V2State, analyze
from wvatui.core.rules.wva.thresholds import Settings

ENGINE = EngineArgs(max_batched_tokens=8192, max_seqs=256, tensor_parallel=1, gpu_memory_ratio=0.9)
LIVE = Record("A100", 1, 16000, 9000, ENGINE, "live")
PLANNED = Record("A100", 1, 0, 8192, ENGINE, "deployment")


def known(**records: Record) -> CapacityMemory:
    return CapacityMemory({f"ns|m|{name}": record for name, record in records.items()})


def stored(memory: CapacityMemory, output: float = 0.0, **more: object) -> int | None:
    return stored_capacity("ns|m|v", memory, 0.8, 100.0, output, **more)  # type: ignore[arg-type]


def test_what_was_measured_counts_as_it_is() -> None:
    assert stored(known(v=LIVE), output=50.0) == 9000
    assert stored(known()) is None


def test_what_was_only_planned_is_taken_from_the_workload_within_its_bounds() -> None:
    planned = int(min(8192 * 50 / 150, 256) * 125)
    assert stored(known(v=PLANNED)) == 8192
    assert stored(known(v=PLANNED), output=50.0) == planned
    assert stored(known(v=replace(PLANNED, kv_tokens=1000)), output=50.0) == 800
    assert stored(known(v=PLANNED, other=LIVE), output=50.0) == 9000


def test_a_record_without_capacity_takes_that_of_one_alike_in_any_namespace() -> None:
    bare = replace(PLANNED, effective=0)
    memory = CapacityMemory({"ns|m|v": bare, "far|m|w": LIVE, "ns|n|w": replace(LIVE, effective=1)})
    assert stored(memory, accelerator="A100", gpus=1) == 9000
    assert stored(memory, accelerator="H100", gpus=1) is None


def test_sequences_and_context_do_not_make_two_engines_different() -> None:
    assert compatible(ENGINE, replace(ENGINE, max_seqs=8, max_model_len=4096))
    assert not compatible(ENGINE, replace(ENGINE, gpu_memory_ratio=0.8))
    assert not compatible(ENGINE, None)


def analysis(replicas: list[V2Replica], state: V2State, version: str) -> V2Analysis:
    found, _ = analyze(
        replicas, [state], Settings(), CapacityMemory(), model="m", namespace="ns", version=version
    )
    return found


def sized(pod: str, queue: float = 0.0, used: int = 1000) -> V2Replica:
    return V2Replica(pod, "v", 0.1, queue, "A100", 1.0, 16000, used, 100.0, 50.0)


def test_a_variant_s_capacity_names_the_source_of_its_middle_replica() -> None:
    full = sized("p2", queue=6, used=2000)
    (variant,) = analysis([sized("p1"), full, sized("p3")], V2State("v", 3), "v0.8.0").variants
    assert (variant.per_replica, variant.reason) == (2000, "P2-hist")


def test_at_head_engines_are_counted_where_a_pod_has_several() -> None:
    engines = [sized(f"p{i}") for i in range(5)]
    (now,) = analysis(engines, V2State("v", 3, pending=1), "HEAD").variants
    (before,) = analysis(engines, V2State("v", 3, pending=1), "v0.8.0").variants
    assert (now.ready, now.pending) == (5, 2)
    assert (before.ready, before.pending) == (2, 1)


def test_a_replica_of_which_nothing_is_known_does_not_count_as_an_engine() -> None:
    unknown = V2Replica("p0", "v", 0.5, 0)
    (variant,) = analysis([sized("p1"), unknown], V2State("v", 2), "HEAD").variants
    assert variant.ready == 1


def test_the_limiter_heeds_the_maximum_and_takes_equals_in_their_order() -> None:
    wanted = [Limitable("b", "A100", 1, 3), Limitable("a", "A100", 1, 3, max=2)]
    assert [d.target for d in limit(wanted, {"A100": Pool(9)})] == [3, 2]
    assert [d.target for d in limit(wanted, {"A100": Pool(2)})] == [3, 1]
    capped = limit([Limitable("a", "A100", 3, 5, max=3)], {"A100": Pool(9)})[0]
    assert (capped.target, capped.limited) == (3, False)


def test_a_variant_that_is_measured_without_a_state_counts_as_at_zero() -> None:
    found = V1Analysis(
        1, 1, 0.0, 0.0, False, False, "", (V1Variant("stray", 1, 1, 1, 0, 0, 0, 0, 0),)
    )
    assert targets(found, [V1State("other", 2)], "v0.8.0") == {"stray": 0}


def test_head_counts_a_measured_pod_that_is_not_ready_twice() -> None:
    two = [sized("p1"), sized("p2")]
    (first,) = analysis(two[:1], V2State("v", 1, pending=1), "HEAD").variants
    (second,) = analysis([*two, sized("p3")], V2State("v", 3, pending=1), "HEAD").variants
    (before,) = analysis([*two, sized("p3")], V2State("v", 3, pending=1), "v0.8.0").variants
    assert first.anticipated == 2 * first.per_replica
    assert second.supply == 3 * second.per_replica
    assert second.anticipated == 4 * second.per_replica
    assert before.anticipated == 3 * before.per_replica
