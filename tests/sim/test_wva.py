"""Whole runs of the simulated controller: its decisions, and that its log states exactly these."""

from itertools import pairwise

import pytest

from tests.sim.plant import MODEL, NS, SYSTEM, Plant
from wvatui.core.log.anchors import Drift
from wvatui.core.log.facts import (
    CycleEnd,
    CycleStart,
    Leader,
    LoggedDecision,
    ModelStart,
    PodKv,
    PodQueue,
    SafetyNet,
    ScaleToZero,
    Skipped,
    Started,
)
from wvatui.sim.controllers.wva.wva_leader import LEASE

RELEASES = ("v0.4.2", "v0.9")


def turns(values: list[int]) -> int:
    """The number of times that a series changes direction."""
    steps = [b - a for a, b in pairwise(values) if a != b]
    return sum((a > 0) != (b > 0) for a, b in pairwise(steps))


@pytest.mark.parametrize("version", RELEASES)
def test_a_closed_loop_grows_under_load_and_shrinks_after_it_without_flapping(
    version: str,
) -> None:
    plant = Plant(version=version, load=20.0)
    sizes = []
    for second in range(15, 3600, 15):
        plant.load = 150.0 if 300 < second <= 1800 else 20.0
        plant.run(second)
        sizes.append(plant.spec())
    busy = sizes[300 // 15 : 1800 // 15]
    assert sizes[: 300 // 15] == [1] * (300 // 15)
    assert 4 <= max(busy) <= 8
    assert len(set(busy[-40:])) == 1  # ten minutes of the same load: the same size
    assert sizes[-1] == 1
    assert turns(sizes) == 1
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_what_the_log_says_was_decided_is_what_is_emitted(version: str) -> None:
    plant = Plant(version=version, variants={"a100": 4.0, "h100": 10.0}, load=60.0)
    decided = 0
    for second in range(30, 1500, 30):
        plant.load = 150.0 if second < 700 else 30.0
        plant.run(second + 1)
        newest = {
            fact.variant: fact
            for at, fact in plant.facts(LoggedDecision)
            if at >= second and fact.stage != "decided"
        }
        for (variant, namespace), desired in plant.wva.emitted.items():
            assert namespace == NS
            assert newest[variant].target == desired
            decided += newest[variant].action != "no-change"
    assert decided > 4
    stages = {fact.stage for _, fact in plant.facts(LoggedDecision)}
    assert {"processing", "emitted", "applied"} <= stages
    assert ("decided" in stages) == (version == "v0.9")


@pytest.mark.parametrize("version", RELEASES)
def test_all_lines_of_a_decision_agree(version: str) -> None:
    plant = Plant(version=version, variants={"a100": 4.0, "h100": 10.0}, load=150.0)
    plant.run(600)
    told: dict[tuple[float, str], set[tuple[int | None, str | None]]] = {}
    for at, fact in plant.facts(LoggedDecision):
        told.setdefault((at, fact.variant), set()).add((fact.target, fact.action))
    for key, values in told.items():
        assert len({target for target, _ in values}) == 1, key
        assert len({verb for _, verb in values} - {None}) == 1, key


@pytest.mark.parametrize("version", RELEASES)
def test_the_log_carries_what_the_pages_said(version: str) -> None:
    plant = Plant(version=version, load=25.0)
    plant.run(301)
    pod = plant.pods("h100")[0]
    kv = [fact for at, fact in plant.facts(PodKv) if at == 300]
    assert [fact.pod for fact in kv] == [pod]
    # V1 writes three decimals, V2 the number itself.
    assert kv[0].kv_ratio == pytest.approx(plant.served[pod].kv_ratio, abs=0.0005)
    queue = [fact for at, fact in plant.facts(PodQueue) if at == 300]
    assert [(fact.pod, fact.waiting) for fact in queue] == [(pod, 0)]


@pytest.mark.parametrize("version", RELEASES)
def test_cycles_begin_and_end_at_the_controllers_own_cadence(version: str) -> None:
    plant = Plant(version=version, load=20.0, interval_s=45.0)
    plant.run(200)
    assert [at for at, _ in plant.facts(CycleStart)] == [0.0, 45.0, 90.0, 135.0, 180.0]
    ends = plant.facts(CycleEnd)
    assert [at for at, _ in ends] == [0.0, 45.0, 90.0, 135.0, 180.0]
    assert {end.ok for _, end in ends} == {True}
    assert [fact.model for _, fact in plant.facts(ModelStart)] == [MODEL] * 5


@pytest.mark.parametrize("version", RELEASES)
def test_a_pod_that_boots_has_no_line_and_no_say(version: str) -> None:
    plant = Plant(version=version, load=20.0, boot_s=100.0, follow=False)
    plant.run(61)
    plant.resize("h100", 2)
    plant.run(121)
    booting = plant.pods("h100")[1]
    assert booting not in plant.served
    assert booting not in "\n".join(plant.texts())
    plant.run(241)
    assert booting in {fact.pod for at, fact in plant.facts(PodKv) if at == 240}
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_without_any_metric_nothing_is_decided_and_the_log_says_so(version: str) -> None:
    plant = Plant(version=version, load=20.0)
    plant.hush(plant.pods("h100")[0])
    plant.run(91)
    skipped = plant.facts(Skipped)
    assert skipped
    assert {at for at, _ in skipped} == {0.0, 30.0, 60.0, 90.0}
    assert not [
        fact for _, fact in plant.facts(LoggedDecision) if fact.stage in ("decided", "applied")
    ]
    assert not plant.unrecognised()
    assert not drift(plant)


@pytest.mark.parametrize("version", RELEASES)
def test_a_page_without_the_queue_still_counts(version: str) -> None:
    plant = Plant(version=version, load=20.0)
    pod = plant.pods("h100")[0]
    plant.hush(pod, "num_requests_waiting")
    plant.run(31)
    assert not plant.facts(PodQueue)
    assert plant.facts(PodKv)
    assert plant.facts(LoggedDecision)
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_while_prometheus_is_down_the_sizes_stay_and_the_errors_are_the_releases(
    version: str,
) -> None:
    plant = Plant(version=version, load=120.0)
    plant.run(400)
    before = plant.spec()
    assert before > 1
    plant.wva.prometheus_down = True
    plant.run(700)
    assert plant.spec() == before
    down = [
        line for line in plant.lines() if line.at is not None and line.at > plant.timeline.now - 299
    ]
    assert [line for line in down if line.level == "ERROR"]
    assert not plant.unrecognised()
    assert not drift(plant)
    ends = [end for at, end in plant.facts(CycleEnd) if at > 401]
    if version == "v0.4.2":
        assert {(end.ok, end.failed, end.decisions) for end in ends} == {(False, 1, 0)}
    else:
        # That release logs success all the same, and its safety net logs 0 replicas.
        assert {(end.ok, end.decisions) for end in ends} == {(True, 0)}
        nets = [net for at, net in plant.facts(SafetyNet) if at > 401]
        assert {net.source for net in nets} == {"current-replicas"}
    plant.wva.prometheus_down = False
    plant.load = 10.0
    plant.run(2400)
    assert plant.spec() == 1


@pytest.mark.parametrize("version", RELEASES)
def test_when_the_leader_is_gone_another_pod_leads_after_the_lease_ran_out(version: str) -> None:
    plant = Plant(version=version, load=20.0)
    plant.run(100)
    assert plant.wva.leader == "manager-0"
    plant.store.delete("Pod", SYSTEM, "manager-0")
    plant.run(300)
    assert plant.wva.leader == "manager-1"
    told = plant.facts(Leader, "manager-1")
    assert [fact.event for _, fact in told] == ["attempting", "acquired"]
    acquired = told[1][0]
    assert 100 < acquired <= 170
    starts = [at for at, _ in plant.facts(CycleStart, "manager-1")]
    assert starts
    assert starts[0] >= acquired
    lease = plant.store.get("Lease", SYSTEM, LEASE)
    assert lease is not None
    assert lease["spec"]["holderIdentity"].startswith("manager-1_")
    assert lease["spec"]["leaseTransitions"] == 1
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_the_standby_starts_and_then_only_waits(version: str) -> None:
    plant = Plant(version=version, load=20.0)
    plant.run(300)
    assert plant.facts(Started, "manager-1")
    assert [fact.event for _, fact in plant.facts(Leader, "manager-1")] == ["attempting"]
    assert not plant.facts(CycleStart, "manager-1")


@pytest.mark.parametrize("version", RELEASES)
def test_somebody_who_takes_the_lease_ends_the_leaders_process(version: str) -> None:
    plant = Plant(version=version, load=20.0, controllers=1)
    plant.run(65)

    def take(lease: dict[str, dict[str, str]]) -> None:
        lease["spec"]["holderIdentity"] = "somebody-else_1234"

    plant.store.patch("Lease", SYSTEM, LEASE, take)
    plant.run(81)
    assert plant.wva.leader == ""
    assert plant.facts(Leader)[-1][1].event == "lost"
    plant.run(200)
    assert plant.facts(Leader)[-1][1].event == "acquired"
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_a_restarted_leader_writes_its_start_again(version: str) -> None:
    plant = Plant(version=version, load=20.0, controllers=1)
    plant.run(100)
    plant.controller_pod("manager-0", restarts=1)
    plant.run(200)
    assert len({at for at, _ in plant.facts(Started)}) == 2
    assert plant.wva.leader == "manager-0"
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_without_variants_the_controller_says_so(version: str) -> None:
    plant = Plant(version=version, variants={})
    plant.run(61)
    assert [at for at, _ in plant.facts(Skipped)] == [0.0, 30.0, 60.0]
    assert not plant.facts(CycleStart)
    assert not plant.unrecognised()


@pytest.mark.parametrize("version", RELEASES)
def test_the_metrics_api_answers_for_a_variant_and_for_a_namespace(version: str) -> None:
    plant = Plant(version=version, variants={"a100": 4.0, "h100": 10.0}, load=20.0)
    plant.run(31)
    name = "wva_desired_replicas"
    assert plant.wva.external(name, {"variant_name": "h100"}) == 1.0
    assert plant.wva.external(name, {"exported_namespace": NS}) == 2.0
    assert plant.wva.external(name, {"variant_name": "h100", "namespace": "other"}) is None
    assert plant.wva.external(name, {"variant_name": "other"}) is None
    assert plant.wva.external("another_metric", {"variant_name": "h100"}) is None


@pytest.mark.parametrize("version", RELEASES)
def test_stopped_the_controller_writes_no_more(version: str) -> None:
    plant = Plant(version=version, load=20.0)
    plant.run(61)
    plant.wva.stop()
    before = plant.texts()
    plant.run(600)
    assert plant.texts() == before


def test_requests_in_the_pickers_queue_wake_a_variant_at_once() -> None:
    plant = Plant(replicas=0, minimum=0, follow=False)
    plant.picker()
    plant.run(100)
    assert plant.spec() == 0
    plant.queued = 3
    plant.run(100.1)
    assert plant.spec() == 1
    woken = [fact for _, fact in plant.facts(ScaleToZero) if fact.direction == "from-zero"]
    assert woken
    assert not plant.unrecognised()
    written = plant.texts()
    plant.run(101)  # it is awake, so scale from zero no longer polls
    assert plant.texts() == written


def test_a_variant_asleep_without_a_pool_is_told_ten_times_a_second() -> None:
    plant = Plant(replicas=0, minimum=0, follow=False, controllers=1)
    plant.run(2)
    noise = [text for text in plant.texts() if "Inferencepool datastore is empty" in text]
    assert len(noise) == 20
    assert not plant.unrecognised()


def test_nobody_asking_for_the_retention_period_puts_a_model_to_sleep() -> None:
    plant = Plant(load=20.0, minimum=0, follow=False)
    plant.config(
        "wva-model-scale-to-zero-config",
        default="enable_scale_to_zero: true\nretention_period: 2m\n",
    )
    plant.run(300)
    assert plant.wva.emitted["h100", NS] == 1.0
    plant.load = 0.0
    plant.run(391)
    assert plant.wva.emitted["h100", NS] == 1.0
    plant.run(481)
    assert plant.wva.emitted["h100", NS] == 0.0
    asleep = [fact for _, fact in plant.facts(ScaleToZero) if fact.direction == "to-zero"]
    assert asleep
    last = [fact for _, fact in plant.facts(LoggedDecision) if fact.stage == "applied"][-1]
    assert (last.target, last.action) == (0, "scale-down")
    assert last.reason == "V2 scale-down (optimizer: cost-aware, enforced)"
    assert not plant.unrecognised()


def test_without_leave_to_sleep_one_replica_is_kept() -> None:
    plant = Plant(load=0.0, minimum=0, follow=False)
    plant.run(301)
    assert plant.wva.emitted["h100", NS] == 1.0


def drift(plant: Plant) -> str:
    alarm = Drift()
    for line in plant.lines():
        alarm.feed(line)
    return alarm.alarm
