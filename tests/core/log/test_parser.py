"""The parser on single lines: dialects, levels, times, facts, and arbitrary text."""

import importlib
import json
import pkgutil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sweeps import examples
from wvatui.core.log import dialects
from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue import ROWS
from wvatui.core.log.dialects import FORMATS
from wvatui.core.log.dialects.shape import Format
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.parser import foreign, parse

STAMP = "2026-06-24T11:03:26.987654321Z "


def old(message: str, level: str = "INFO") -> ParsedLine:
    raw = json.dumps(
        {"level": level, "ts": "2025-12-18T10:07:12.394Z", "msg": message},
        separators=(",", ":"),
        ensure_ascii=False,
    )
    line = parse(raw)
    assert parse(STAMP + raw) == line
    assert line.at == 1766052432.394
    return line


def console(message: str, fields: str = "", level: str = "INFO") -> ParsedLine:
    raw = f"2026-06-24T11:03:26Z\t{level}\tsaturation/engine.go:893\t{message}"
    line = parse(f"{raw}\t{fields}" if fields else raw)
    assert line.at == 1782299006.0
    return line


def only(line: ParsedLine) -> fc.Fact:
    assert line.kind == "known", line
    assert len(line.facts) == 1
    return line.facts[0]


def test_every_dialects_file_has_its_row() -> None:
    found = set()
    for module in pkgutil.iter_modules(dialects.__path__):
        loaded = importlib.import_module(f"{dialects.__name__}.{module.name}")
        row = getattr(loaded, "FORMAT", None)
        if isinstance(row, Format):
            found.add(row.name)
    assert found == {row.name for row in FORMATS}
    assert len({row.name for row in FORMATS}) == len(FORMATS)


# --- the two encoders and klog ---------------------------------------------------------------


def test_a_pods_samples_in_the_old_wording() -> None:
    assert only(old("KV cache metric: pod=ms-a-x2k4p, usage=0.225 (22.5%)")) == fc.PodKv(
        pod="ms-a-x2k4p", kv_ratio=0.225
    )
    assert only(old("Queue metric: pod=ms-a-x2k4p, queueLength=7")) == fc.PodQueue(
        pod="ms-a-x2k4p", waiting=7
    )
    collected = old("KV cache metrics collected (max over 1m): modelID=m, namespace=n, podCount=1")
    assert collected.kind == "known"
    assert collected.facts == ()


def test_a_decision_in_the_old_wording() -> None:
    line = old("Processing decision: variant=v, action=scale-up, current=1→target=2")
    assert only(line) == fc.LoggedDecision(variant="v", action="scale-up", current=1, target=2)
    fact = only(
        old(
            "Applied capacity decision: variant=v, action=no-change, current=3, target=3, "
            "reason=capacity veto: needs scale-up (capacity=4, model-based=2)"
        )
    )
    assert isinstance(fact, fc.LoggedDecision)
    assert fact.reason == "capacity veto: needs scale-up (capacity=4, model-based=2)"
    assert (fact.stage, fact.current, fact.target) == ("applied", 3, 3)


def test_a_malformed_rate_is_missing_and_units_are_per_minute() -> None:
    head = "Metrics collected for VA: variant=v, replicas=2, accelerator=H100, ttft=185.32ms"
    head += ", itl=12.43ms"
    broken = only(old(f"{head}, cost=20.00, arrivalRate=%!f(string=0.)"))
    whole = only(old(f"{head}, cost=20.00, arrivalRate=3161.15"))
    assert isinstance(broken, fc.VariantMetrics)
    assert isinstance(whole, fc.VariantMetrics)
    assert broken.arrival_per_min is None
    assert whole.arrival_per_min == 3161.15
    assert (whole.ttft_ms, whole.itl_ms, whole.cost, whole.replicas) == (185.32, 12.43, 20.0, 2)


def test_gos_extra_argument_is_the_queues_verdict() -> None:
    fact = only(
        old(
            "Scale-down unsafe: insufficient headroom after redistribution: "
            "remainingSpareKv=-0.700, kvTrigger=0.100, kvSafe=false, "
            "remainingSpareQueue=0.0, queueTrigger=3.0%!(EXTRA bool=false)",
            "DEBUG",
        )
    )
    assert isinstance(fact, fc.ScaleDownUnsafe)
    assert (fact.queue_trigger, fact.queue_safe, fact.kv_safe) == (3.0, False, False)


def test_several_predictions_stand_in_one_line() -> None:
    line = old(
        "Optimization solution - system: Solution: \n"
        "s=a:ns; c=Premium; m=m/x; rate=682.29; inTk=237; outTk=423; sol=1, sat=false, "
        "alloc={acc=H100; numRep=2; maxBatch=512; cost=100, val=-100, itl=9.59, ttft=17.24, "
        "rho=0.09, maxRPM=760.2}; slo-itl=10, slo-ttft=1000, slo-tps=0 \n"
        "s=b:ns; c=Premium; m=m/x; rate=1; no feasible allocation! \n"
        "s=c:ns; c=Free; m=m/y; rate=3; sol=1, sat=false, alloc={acc=A100; numRep=1; maxBatch=4; "
        "cost=40, val=1, itl=8, ttft=20, rho=0, maxRPM=9}; slo-itl=24, slo-ttft=500, slo-tps=0 \n"
        "AllocationByType: \nname=H100, count=1, limit=0, cost=100 \ntotalCost=100 \n",
        "DEBUG",
    )
    found = [f for f in line.facts if isinstance(f, fc.Prediction)]
    assert [(f.variant, f.namespace, f.replicas, f.itl_ms, f.ttft_ms) for f in found] == [
        ("a", "ns", 2, 9.59, 17.24),
        ("c", "ns", 1, 8.0, 20.0),
    ]
    assert (found[0].slo_itl_ms, found[0].slo_ttft_ms, found[0].rate_per_min) == (10, 1000, 682.29)


def test_the_oldest_solution_names_no_server() -> None:
    fact = only(
        old(
            "Optimization solution - system: Solution: \nc=Premium; m=default/default; "
            "rate=480; tk=512; sol=1, sat=false, alloc={acc=A100; num=3; maxBatch=4; "
            "cost=120, val=80, servTime=21.5, waitTime=112, rho=0.7}; slo-itl=24, "
            "slo-ttw=500, slo-tps=0 \n",
            "DEBUG",
        )
    )
    assert isinstance(fact, fc.Prediction)
    assert (fact.model, fact.replicas, fact.itl_ms, fact.ttft_ms) == (
        "default/default",
        3,
        21.5,
        112,
    )
    assert (fact.slo_itl_ms, fact.slo_ttft_ms) == (24.0, 500.0)


def test_the_tuners_config_carries_parameters_and_slo() -> None:
    line = old(
        "[Tuner Config] variant=v/ns | Initial state: alpha=7.5, beta=0.06, gamma=16.4, "
        "delta=0.000256 | SLO targets: TTFT=1000.00ms, ITL=10.00ms | Has covariance=true",
        "DEBUG",
    )
    tuner, slo = line.facts
    assert tuner == fc.Tuner(
        variant="v", namespace="ns", alpha=7.5, beta=0.06, gamma=16.4, delta=0.000256
    )
    assert slo == fc.Slo(variant="v", ttft_ms=1000.0, itl_ms=10.0)


def test_one_rejection_counts_once_though_three_lines_tell_of_it() -> None:
    messages = (
        "Tuner validation failed (NIS=971.37), validation error: normalized innovation squared "
        "(NIS=971.37) exceeds threshold (7.38), rejecting update as outlier - returning previous "
        "state: alpha=7.5, beta=0.05, gamma=16.7, delta=0.000256",
        "Tuner NIS validation failed for variant v/ns, server v:ns (NIS=971.37 exceeds threshold "
        "7.38) - Keeping previous state: alpha=7.5, beta=0.05, gamma=16.7, delta=0.000256",
        "Keeping previous tuned parameters for variant v/ns due to NIS validation failure "
        "(NIS=971.369319)",
    )
    found = [f for m in messages for f in old(m, "WARN").facts if isinstance(f, fc.Tuner)]
    assert [(f.variant, f.nis, f.accepted) for f in found] == [("v", 971.37, False)]


def test_gos_sprint_form_of_an_arbitration() -> None:
    fact = only(
        old(
            "Variant decision arbitratedvariantms-a-1current3capacityTarget4"
            "modelBasedTarget2actionno-changetargetReplicas3reasoncapacity veto: x"
        )
    )
    assert isinstance(fact, fc.LoggedTarget)
    assert (fact.variant, fact.current, fact.target) == ("ms-a-1", 3, 3)
    assert (fact.action, fact.reason) == ("no-change", "capacity veto: x")


def test_what_the_first_releases_measured_stands_in_their_system_data() -> None:
    fact = only(
        old(
            "System data prepared for optimization: - { servers: [  {   name: va:ns,   "
            "class: Premium,   model: m/x,   keepAccelerator: true,   minNumReplicas: 1,  "
            " maxBatchSize: 512,   currentAlloc: {    accelerator: H100,    numReplicas: 2,"
            "    maxBatch: 256,    cost: 200,    itlAverage: 8.46,    ttftAverage: 31.5,   "
            " load: {     arrivalRate: 480,     avgInTokens: 512,     avgOutTokens: 9    } "
            "  },   desiredAlloc: {    accelerator: ,    numReplicas: 0,    load: {     "
            "arrivalRate: 0    }   }  } ]}",
            "DEBUG",
        )
    )
    assert isinstance(fact, fc.VariantMetrics)
    assert (fact.variant, fact.replicas, fact.itl_ms, fact.ttft_ms) == ("va", 2, 8.46, 31.5)
    assert fact.arrival_per_min == 480.0


def test_an_error_that_comes_before_its_text_is_recognised() -> None:
    line = old(
        'Post "https://x/api": dial tcp 1.2.3.4:9091: connect: connection refusedError '
        "querying Prometheus for metrics validationmodelm/xnamespacens",
        "ERROR",
    )
    assert (line.kind, line.level) == ("known", "ERROR")


def test_targets_are_read_from_gos_map() -> None:
    line = old("Capacity targets calculated: modelID=m, targets=map[a:2 b:1]", "DEBUG")
    assert [(f.variant, f.target) for f in line.facts if isinstance(f, fc.LoggedTarget)] == [
        ("a", 2),
        ("b", 1),
    ]


@pytest.mark.parametrize(
    ("spelling", "level"),
    [
        ("INFO", "INFO"),
        ("DEBUG", "DEBUG"),
        ("LEVEL(-2)", "V(2)"),
        ("LEVEL(-4)", "V(4)"),
        ("ERROR", "ERROR"),
        ("WARN", "WARN"),
        ("DPANIC", "ERROR"),
        ("Level(-12)", "V(12)"),
    ],
)
def test_levels_have_one_spelling(spelling: str, level: str) -> None:
    assert (
        console("Grouped VAs by model", '{"modelCount": 1, "totalVAs": 2}', spelling).level == level
    )


def test_what_a_tools_template_puts_behind_the_fields_is_none_of_them() -> None:
    fields = '{"variantName": "v", "currentReplicas": 1, "desiredReplicas": 2}'
    plain = console("EmitReplicaMetrics completed", fields)
    assert plain.facts
    for behind in (" (wva-controller-0)", " | wva", "'"):
        assert console("EmitReplicaMetrics completed", fields + behind).content == plain.content
    cut = console("EmitReplicaMetrics completed", '{"variantName": {"a": "}"}, "currentRep')
    assert cut.content.lacks_fields


def test_a_console_line_with_a_loggers_name() -> None:
    line = parse("2026-06-24T11:03:26Z\tINFO\tsetup\tcmd/main.go:180\tLogger initialized")
    assert (line.caller, line.message) == ("cmd/main.go:180", "Logger initialized")
    assert line.facts == (fc.Started(),)


def test_namespace_and_name_of_a_variant_are_split() -> None:
    fields = '{"variant": "ns/a", "action": "ScaleUp", "current": 1, "target": 3}'
    assert only(console("Processing decision for VA", fields)) == fc.LoggedDecision(
        variant="a", namespace="ns", action="scale-up", current=1, target=3
    )


def test_of_duplicate_keys_the_last_counts() -> None:
    line = parse(
        '{"level":"error","ts":"2025-12-18T10:09:42Z","msg":"Reconciler error",'
        '"namespace":"one","namespace":"two","error":"boom"}'
    )
    assert (line.error, line.kind, line.dialect) == ("boom", "known", "json-fields")


def test_zaps_strings_for_nan_and_infinity_are_missing() -> None:
    fact = only(
        console(
            "analyzer-result",
            '{"modelID": "m", "analyzer": "throughput", "supply": "NaN", '
            '"demand": "+Inf", "util": 2.5, "rc": NaN, "variants": null}',
        )
    )
    assert isinstance(fact, fc.AnalyzerResult)
    assert (fact.supply, fact.demand, fact.utilization, fact.required) == (None, None, 2.5, None)


def test_the_form_of_a_message_is_part_of_its_template() -> None:
    plain = console("Saturation analysis completed", '{"modelID": "m", "totalReplicas": 2}')
    spare = console("Saturation analysis completed", '{"modelID": "m", "avgSpareKv": 0.1}')
    role = console(
        "Saturation analysis completed", '{"modelID": "m", "avgSpareKv": 0, "role": "both"}'
    )
    assert [x.template for x in (plain, spare, role)] == [
        "b/analysis",
        "b/analysis+spare",
        "b/analysis+role",
    ]


def test_klog_is_dated_by_the_kubelet_or_by_a_given_year() -> None:
    raw = (
        "I0624 11:03:03.705213       1 leaderelection.go:257] attempting to acquire leader "
        "lease sys/72dd1cf1.llm-d.ai..."
    )
    bare, dated, stamped = parse(raw), parse(raw, year=2026), parse(STAMP + raw)
    assert (bare.at, dated.at, stamped.at) == (None, 1782298983.705213, 1782299006.987654321)
    assert bare.facts == (fc.Leader(event="attempting", lease="sys/72dd1cf1.llm-d.ai"),)
    assert (bare.kind, bare.level, bare.dialect, foreign(bare)) == ("klog", "INFO", "klog", True)


def test_structured_klog_shows_its_message_and_keeps_its_error() -> None:
    line = parse(
        'E0807 20:42:36.955971       1 event.go:442] "Could not construct reference, will '
        'not report event" err="no kind is \\"x\\"" object={"a":1}'
    )
    assert line.message == "Could not construct reference, will not report event"
    assert (line.error, line.level, line.template) == (
        'no kind is "x"',
        "ERROR",
        "klog/could-not-construct-reference",
    )


@pytest.mark.parametrize(
    "frame",
    [
        "github.com/llm-d/llm-d-workload-variant-autoscaler/internal/engines/saturation.(*Engine).optimizeV1",
        "\t/workspace/internal/engines/saturation/engine.go:587",
        "sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller[...]).reconcileHandler",
        "main.main()",
        "main.main",
        "runtime.main",
        "\t/usr/local/go/src/runtime/proc.go:283 +0x28b",
        "goroutine 1 [running]:",
        "created by k8s.io/apimachinery/pkg/util/wait.(*Group).Start in goroutine 7",
        "k8s.io/apimachinery/pkg/util/wait.BackoffUntilWithContext.func1",
    ],
)
def test_stack_frames_go_on_with_their_error(frame: str) -> None:
    for raw in (frame, STAMP + frame):
        line = parse(raw)
        assert (line.kind, line.dialect, foreign(line)) == ("continuation", "stack", True)


def test_blank_lines_are_blank_also_behind_a_stamp() -> None:
    for raw in ("", "   ", "\t", STAMP, STAMP.rstrip()):
        assert parse(raw).kind == "blank"


def test_a_renamed_message_is_counted_by_its_shape() -> None:
    one = old("Handling verdict: pod=ms-a-decode-789945f9l76md, queueLength=12")
    two = old("Handling verdict: pod=ms-b-decode-5b6c7d9f8-q8w7z, queueLength=9")
    assert one.kind == two.kind == "unknown"
    assert one.template == two.template == "Handling verdict: pod=#, queueLength=#"


def test_text_of_somebody_else_is_kept_whole() -> None:
    line = parse("hello world, this is no log 42")
    assert (line.kind, line.dialect, line.at, line.level) == ("unknown", "none", None, "")
    assert line.message == "hello world, this is no log 42"
    assert line.template == "hello world, this is no log #"


def test_the_pod_name_that_kubectl_puts_in_front_is_taken_off() -> None:
    raw = '{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"Starting manager"}'
    assert parse(f"[pod/wva-0/manager] {STAMP}{raw}") == parse(raw)


def test_a_line_that_lost_its_end_keeps_level_and_time() -> None:
    line = parse('{"level":"info","ts":"2026-06-24T11:03:27Z","caller":"a/b.go:1","msg":"Satura')
    assert (line.level, line.at, line.message, line.kind) == (
        "INFO",
        1782299007.0,
        "Satura",
        "unknown",
    )


def test_epoch_times_are_times() -> None:
    line = parse('{"level":"info","ts":1782299007.25,"caller":"a.go:1","msg":"Starting manager"}')
    assert (line.at, line.kind) == (1782299007.25, "known")


# --- anything at all -------------------------------------------------------------------------

BIG = "9" * 5_000
JUNK = [
    "\ud800",
    "\x00",
    '{"level":"INFO","ts":"\ud800","msg":"\ud800"}',
    '{"level":',
    "{" * 100_000,
    "[" * 100_000,
    '{"level":"info","ts":"2026-06-24T11:03:27Z","caller":"a.go:1",'
    '"msg":"analyzer-result","supply":' + BIG + ',"variants":' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"Queue metric: pod=p, queueLength='
    + BIG
    + '"}',
    '{"level":NaN,"ts":NaN,"msg":NaN}',
    '{"level":"INFO","ts":1e400,"msg":"x"}',
    "x" * 1_000_000,
    '{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"' + "y, z=" * 200_000 + '"}',
    "2026-06-24T11:03:26Z\t" * 50_000,
    "2026-06-24T11:03:26Z\tINFO\t",
    "2026-06-24T11:03:26Z\tINFO\t\t{",
    "I0000 00:00:00.000000 0 x:0] ",
    "I9999 99:99:99.999999 1 a.go:1] x",
    "a." * 2_000 + "(",
    '2026-06-24T11:03:26Z\tINFO\ta.go:1\tscaling-decision\t{"decisions": {"a": 1}, "modelID": 5}',
    '2026-06-24T11:03:26Z\tINFO\ta.go:1\tscaling-decision\t{"decisions": [1, {"name": 5}, null]}',
    '2026-06-24T11:03:26Z\tINFO\ta.go:1\tEmitReplicaMetrics completed\t{"variantName": "a", '
    '"currentReplicas": 1e308, "desiredReplicas": ' + BIG + "}",
]


def check(raw: str) -> None:
    line = parse(raw, year=2026)
    assert isinstance(line, ParsedLine)
    assert line.kind in {"known", "unknown", "klog", "continuation", "blank"}
    assert line.dialect in {*(row.name for row in FORMATS), "none"}
    assert line.at is None or line.at == line.at
    assert len(line.template) <= 160
    assert isinstance(line.message, str)


@pytest.mark.parametrize("raw", JUNK, ids=range(len(JUNK)))
def test_junk_never_raises(raw: str) -> None:
    check(raw)
    check(STAMP + raw)


ANYTHING = st.text(st.characters(), max_size=200)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANYTHING, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "modelID",
        "variant",
        "variants",
        "decisions",
        "name",
        "curr",
        "tgt",
        "action",
        "current",
        "target",
        "targets",
        "reasons",
        "pod",
        "usage",
        "queueLength",
        "object",
        "error",
        "supply",
        "analyzerSignals",
        "retentionPeriod",
        "currentReplicas",
        "variantName",
    ]
)
ROWS_BY_WORD = [row.pattern.replace("{}", "x") for row in ROWS]
MESSAGES = st.sampled_from(ROWS_BY_WORD) | ANYTHING


@given(ANYTHING)
@example("\ud800{")
def test_any_text_gives_a_line(raw: str) -> None:
    check(raw)


@settings(max_examples=examples(300))
@given(MESSAGES, st.dictionaries(KEYS, VALUES, max_size=6))
def test_known_messages_with_any_fields_give_a_line(
    message: str, fields: dict[str, object]
) -> None:
    body = json.dumps(fields)
    check(f"2026-06-24T11:03:26Z\tINFO\ta/b.go:1\t{message}\t{body}")
    line = {"level": "info", "ts": "2026-06-24T11:03:26Z", "caller": "a.go:1", "msg": message}
    check(json.dumps({**line, **fields}))


@settings(max_examples=examples(300))
@given(MESSAGES, ANYTHING)
def test_known_messages_with_any_ending_give_a_line(message: str, ending: str) -> None:
    raw = {"level": "INFO", "ts": "2026-06-24T11:03:26.000Z", "msg": message + ending}
    check(json.dumps(raw))
    check(json.dumps(raw, ensure_ascii=False))
    check(f"I0624 11:03:03.705213       1 a.go:257] {message}{ending}")
