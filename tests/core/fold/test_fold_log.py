"""What each line of the controller's log changes in the State: counts, samples, analyses, facts."""

from datetime import UTC, datetime

import pytest

from tests.core.fold.log_lines import GROUPED, START, analysis, fields, learned, line, raw, result
from tests.fixtures import shared
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log import facts as fc
from wvatui.core.log.dialects import klog
from wvatui.core.state.state import EMPTY

DAY_S = 86_400.0


def test_a_line_is_kept_with_its_place_its_own_time_its_pod_and_its_text() -> None:
    said = [line(5, GROUPED, seen=7), raw("nobody knows this", 8, stream="controller/b")]
    first, second = learned(*said).log
    assert (first.index, first.at, first.stream, first.raw) == (0, START + 5, "ctl-a", said[0].line)
    assert first.template == "a/grouped"
    assert (second.index, second.at, second.stream) == (1, START + 8, "controller/b")


def test_lines_of_other_streams_and_empty_lines_are_no_lines_of_the_controller() -> None:
    state = learned(raw("nobody knows this", stream="epp"), raw(""), raw("   "))
    assert (state.log.total, state.totals.lines, state.totals.unknown) == (0, 0, 0)


def test_lines_are_counted_by_dialect_by_wording_and_by_level() -> None:
    state = learned(
        line(0, GROUPED),
        line(1, GROUPED),
        raw("nobody knows this"),
        line(2, "Nobody knows that", level="ERROR"),
        raw("goroutine 1 [running]:", 2),
        line(3, "Nobody knows that", level="WARN"),
        line(4, "Nobody knows that", level="WARN"),
        line(5, "Nobody knows that", level="ERROR"),
    )
    totals = state.totals
    assert totals.lines == 8
    assert totals.dialects == {"json-text": 6, "none": 1, "stack": 1}
    assert totals.families == {"a/grouped": 2}
    assert totals.unknown_templates == {"nobody knows this": 1, "Nobody knows that": 4}
    # The stack trace below an error belongs to it.
    assert (totals.unknown, totals.errors, totals.warnings) == (5, 2, 2)


def test_lines_from_before_a_session_are_kept_as_context_and_counted_nowhere() -> None:
    header = ev.Header(START + 10, started_at=START + 10)
    state = learned(header, line(5, GROUPED, seen=11), line(12, GROUPED))
    assert [entry.context for entry in state.log] == [True, False]
    assert state.totals.lines == 1
    # Lines after the first line of the session belong to it, even if the clock was set back.
    assert [entry.context for entry in fold(state, [line(6, GROUPED, seen=13)]).log][-1] is False


def test_every_line_is_held_against_the_wording_that_cycles_have() -> None:
    said = [event for n in range(9) for event in (line(60 * n, GROUPED), line(60 * n + 1, "New"))]
    assert learned(*said).drift != EMPTY.drift


@pytest.mark.parametrize(
    ("ahead_s", "kept"),
    [
        (DAY_S, True),
        (DAY_S + 0.5, False),
        (-30 * DAY_S, True),
        (-30 * DAY_S - 0.5, False),
    ],
)
def test_a_line_may_be_a_day_ahead_and_thirty_days_old(ahead_s: float, kept: bool) -> None:
    state = learned(line(ahead_s, GROUPED, seen=0))
    assert [entry.at - START for entry in state.log] == [ahead_s if kept else 0.0]
    assert state.totals.beyond == (not kept)


def test_a_time_that_cannot_be_is_told_in_days() -> None:
    state = learned(line(-40 * DAY_S, GROUPED, seen=0))
    assert state.totals.first_beyond == "log line 1: its time is 40 days off"


def test_a_number_that_cannot_be_is_counted_and_told_with_its_line() -> None:
    state = learned(line(0, GROUPED), fields(1, "Queue metric", pod="p", queueLength=-1))
    assert state.totals.beyond == 1
    assert state.totals.first_beyond == "log line 2: waiting -1 is below 0"


@pytest.mark.parametrize("year", [2023, 2024, 2026, 2027, 2028])
@pytest.mark.parametrize(("day", "clock"), [("0101", "00:00:00"), ("1231", "23:59:59")])
def test_a_line_that_names_no_year_is_of_the_year_in_which_it_is_read(
    year: int, day: str, clock: str
) -> None:
    text = f"I{day} {clock}.000000       1 leaderelection.go:257] nothing new"
    moment = datetime.strptime(f"{year}{day} {clock}+0000", "%Y%m%d %H:%M:%S%z").timestamp()
    state = fold(EMPTY, [ev.Log(moment, line=text)])
    assert [(entry.dialect, entry.at) for entry in state.log] == [(klog.NAME, moment)]
    assert state.totals.beyond == 0


def test_a_line_without_a_year_from_beyond_new_year_is_of_the_year_nearby() -> None:
    new_year = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    said = "00000       1 leaderelection.go:257] nothing new"
    december = ev.Log(new_year + 2, line=f"I1231 23:59:59.0{said}")
    january = ev.Log(new_year - 2, line=f"I0101 00:00:01.0{said}")
    state = fold(EMPTY, [january, december])
    assert [entry.at - new_year for entry in state.log] == [1.0, -1.0]
    assert state.totals.beyond == 0


def test_arch_klog_new_year_a_line_of_the_years_last_hours_keeps_its_year() -> None:
    """klog lines have no year; just after New Year the first ones belong to the year before."""
    shared("field-cases/arch/klog_new_year.py")
    for received, said in (
        (datetime(2026, 12, 31, 23, tzinfo=UTC), "I1231 22:59:59"),
        (datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC), "I1231 23:59:59"),
    ):
        line = f"{said}.000000       1 x.go:1] hello"
        state = fold(EMPTY, [ev.Log(received.timestamp(), line=line)])
        hour = int(said.split()[1][:2])
        shown = datetime.fromtimestamp(state.log[0].at, UTC)
        assert shown == datetime(2026, 12, 31, hour, 59, 59, tzinfo=UTC)


def test_main_main_stack_no_frame_of_a_stack_is_an_unknown_line() -> None:
    lines = shared("field-cases/main-main-stack/lines.log").read_text("utf-8").splitlines()
    assert "main.main" in lines
    totals = fold(EMPTY, [ev.Log(START, line=line) for line in lines]).totals
    assert (totals.unknown, totals.errors) == (0, 1)


def test_functions_of_package_main_and_runtime_are_frames_of_a_stack() -> None:
    stamp = datetime.fromtimestamp(START, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    error = f"{stamp}\tERROR\tsetup\tcmd/main.go:9\tproblem running manager\t{{}}"
    frames = ["main.main", "\t/src/cmd/main.go:9", "main.run.func1", "\t/src/cmd/run.go:4"]
    frames += ["runtime.goexit", "\t/go/src/runtime/asm.s:1"]
    totals = fold(EMPTY, [ev.Log(START, line=line) for line in [error, *frames]]).totals
    assert (totals.unknown, totals.errors) == (0, 1)


# --- what was measured


def test_samples_of_pods_are_counted_kept_by_pod_and_in_their_cycle() -> None:
    kv = [(0, "a", 0.5), (1, "b", 0.75), (2, "a", 0.25)]
    queues = [(3, "a", 4), (4, "b", 9), (5, "a", 2)]
    state = learned(
        *(line(at, f"KV cache metric: pod={pod}, usage={use} (x%)") for at, pod, use in kv),
        *(line(at, f"Queue metric: pod={pod}, queueLength={size}") for at, pod, size in queues),
    )
    totals = state.totals
    assert (list(totals.pods), totals.kv_samples, totals.kv_peak) == (["a", "b"], 3, 0.75)
    assert (totals.queue_samples, totals.queue_peak) == (3, 9)
    points = {
        name: {pod: [(p.at - START, p.value) for p in ring] for pod, ring in rings.items()}
        for name, rings in (("kv", state.log_kv), ("waiting", state.log_waiting))
    }
    assert points == {
        "kv": {"a": [(0, 0.5), (2, 0.25)], "b": [(1, 0.75)]},
        "waiting": {"a": [(3, 4), (5, 2)], "b": [(4, 9)]},
    }
    assert state.cycle is not None
    assert (state.cycle.kv, state.cycle.waiting) == ({"a": 0.25, "b": 0.75}, {"a": 2, "b": 9})
    assert state.cycle.last_at == START + 5


MEASURED = (
    "Metrics collected for VA: variant=v, accelerator={}, ttft={}ms, itl={}ms, arrivalRate={}"
)


def test_the_highest_of_what_variants_measured_is_kept_and_nothing_measured_stays_nothing() -> None:
    assert learned(line(0, "Metrics collected for VA: variant=v")).totals.ttft_max_ms is None
    values = [("A100", 100, 30, 60), ("A100", 300, 10, 90), ("A100", 200, 20, 30)]
    state = learned(*(line(at, MEASURED.format(*row)) for at, row in enumerate(values)))
    totals = state.totals
    assert (totals.ttft_max_ms, totals.itl_max_ms, totals.arrival_max_per_min) == (300, 30, 90)
    assert [(m.at - START, m.metrics.ttft_ms) for m in state.measured["v"]] == [
        (0, 100),
        (1, 300),
        (2, 200),
    ]
    silent = fold(state, [line(9, "Metrics collected for VA: variant=v")]).totals
    assert (silent.ttft_max_ms, silent.itl_max_ms) == (300, 30)


def test_a_measurement_tells_the_accelerator_and_never_the_cost_of_one_replica() -> None:
    told = "Metrics collected for VA: variant=v, replicas=2, accelerator=H100, cost=80.00"
    assert learned(line(0, told)).info == {"v": fc.VariantInfo(variant="v", accelerator="H100")}
    silent = "Metrics collected for VA: variant=v, replicas=2, cost=80.00"
    assert learned(line(0, silent)).info == {}


def test_what_lines_say_of_a_variant_adds_up() -> None:
    state = learned(
        line(0, "Variant analysis initialized: variant=v, cost=40.00, replicaCount=2"),
        fields(1, "BuildVariantStates result", variant="v", role="decode", minReplicas=1),
        line(2, MEASURED.format("H100", 1, 1, 1)),
    )
    told = fc.VariantInfo(
        variant="v", accelerator="H100", cost=40.0, metric_replicas=2, role="decode", min=1
    )
    assert state.info == {"v": told}
    assert fold(state, [line(3, MEASURED.format("H100", 1, 1, 1))]).info is state.info
    moved = fold(state, [line(4, MEASURED.format("A100", 1, 1, 1))])
    assert moved.info["v"].accelerator == "A100"


# --- analyses


def test_an_analysis_at_two_levels_is_one_with_all_that_either_says() -> None:
    state = learned(
        analysis(0, totalReplicas=2, nonSaturated=1), analysis(1.9, totalReplicas=3, avgSpareKv=0.2)
    )
    (analysed,) = state.analysed["m"]
    assert analysed.v1 == fc.SaturationV1(model="m", total=3, non_saturated=1, spare_kv=0.2)
    assert (analysed.at, analysed.v2) == (START, None)
    assert (state.totals.analyses, state.totals.analyses_coalesced) == (2, 1)
    assert state.totals.analysis_times == 2
    assert state.cycle is not None
    assert state.cycle.analyses == (analysed,)
    assert state.cycle.last_at == START + 1.9


def test_an_analyzers_result_told_twice_is_one_with_all_that_either_says() -> None:
    (analysed,) = learned(result(0, supply=9, demand=5), result(1, supply=8)).analysed[
        "m saturation"
    ]
    assert (analysed.at, analysed.model, analysed.v1) == (START, "m", None)
    assert analysed.v2 == fc.AnalyzerResult(model="m", supply=8, demand=5)


def test_an_analysis_two_seconds_later_is_another_one() -> None:
    state = learned(analysis(0, totalReplicas=2), analysis(2, totalReplicas=3))
    assert [(a.at - START, a.v1 and a.v1.total) for a in state.analysed["m"]] == [(0, 2), (2, 3)]
    assert state.totals.analyses_coalesced == 2


def test_roles_and_analyzers_of_a_model_have_analyses_of_their_own() -> None:
    state = learned(
        analysis(0, totalReplicas=5),
        analysis(0, role="prefill", totalReplicas=2),
        analysis(0, role="decode", totalReplicas=3),
        result(0, supply=9),
        result(0, "throughput", supply=7),
        analysis(1, role="decode", avgSpareKv=0.2),
    )
    assert {key: len(ring) for key, ring in state.analysed.items()} == dict.fromkeys(
        ("m", "m prefill", "m decode", "m saturation", "m throughput"), 1
    )
    assert (state.totals.analyses, state.totals.analyses_coalesced) == (6, 5)
    assert state.totals.analysis_times == 2
    assert state.cycle is not None
    assert [(a.v1 or a.v2) and (a.v1.role if a.v1 else "v2") for a in state.cycle.analyses] == [
        "",
        "prefill",
        "v2",
        "v2",
        "decode",
    ]


# --- the model-based optimiser


def test_predictions_are_counted_and_kept_by_variant() -> None:
    solved = (
        "Optimization solution - system: Solution: \ns={}:ns; c=Premium; m=m; rate=60; sol=1, "
        "sat=false, alloc={{acc=H100; numRep={}; maxBatch=4; cost=100, val=0, itl=7.5, ttft=20, "
        "rho=0, maxRPM=90}}; slo-itl=10, slo-ttft=1000, slo-tps=0 \n"
    )
    told = [(0, "a", 1), (1, "b", 2), (2, "a", 3)]
    state = learned(*(line(at, solved.format(name, count)) for at, name, count in told))
    assert state.totals.predictions == 3
    assert {
        name: [(p.at - START, p.prediction.replicas) for p in ring]
        for name, ring in state.predicted.items()
    } == {"a": [(0, 1), (2, 3)], "b": [(1, 2)]}


def test_the_tuners_state_adds_up_and_steps_that_it_rejected_are_counted() -> None:
    def tuned(at: float, message: str, **values: float) -> ev.Log:
        return fields(at, message, variant="v", **values)

    rejected = "Tuner validation failed, using previous state"
    state = learned(
        tuned(0, "Parameters tuned successfully", alpha=7.5, beta=0.05),
        tuned(1, rejected, NIS=9.5),
        tuned(2, rejected, NIS=8.5),
        tuned(3, "Restoring tuner state from parameter store", alpha=6.0),
        tuned(4, "Using guessed initial state", alpha=7.0),
    )
    assert state.totals.nis_rejections == 2
    assert state.tuner == {
        "v": fc.Tuner(variant="v", alpha=7.0, beta=0.05, nis=8.5, accepted=False)
    }


def test_targets_are_kept_by_variant_or_else_by_model_and_the_newest_count() -> None:
    def slo(at: float, itl_ms: int) -> ev.Log:
        return line(at, f"Found SLO for model: model=m, class=x, slo-tpot={itl_ms}, slo-ttft=1000")

    inferred = fields(1, "Inferred SLO from queueing model", variant="v", TargetTTFT_ms=100)
    state = learned(slo(0, 10), inferred)
    assert state.slo == {
        "m": fc.Slo(model="m", itl_ms=10.0, ttft_ms=1000.0),
        "v": fc.Slo(variant="v", ttft_ms=100.0),
    }
    assert fold(state, [slo(2, 10)]).slo is state.slo
    assert fold(state, [slo(3, 20)]).slo["m"].itl_ms == 20.0
