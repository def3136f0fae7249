"""The pod of a load job sends requests as its arguments say, and logs its results."""

import base64
import gzip
import json
import re
from typing import Any

import pytest

from tests.fixtures import FIXTURES, shared
from tests.sim.loads import GUIDELLM, TARGET, Field, job

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
BLOCK_KEYS = (
    "Successful requests",
    "Failed requests",
    "Maximum request concurrency",
    "Request rate configured (RPS)",
    "Benchmark duration (s)",
    "Total input tokens",
    "Total generated tokens",
    "Request throughput (req/s)",
    "Output token throughput (tok/s)",
    "Peak output token throughput (tok/s)",
    "Peak concurrent requests",
    "Total Token throughput (tok/s)",
    "Mean TTFT (ms)",
    "Median TTFT (ms)",
    "P99 TTFT (ms)",
    "Mean TPOT (ms)",
    "Median TPOT (ms)",
    "P99 TPOT (ms)",
    "Mean ITL (ms)",
    "Median ITL (ms)",
    "P99 ITL (ms)",
)


def bench(*more: str, target: str = TARGET, model: str = MODEL) -> dict[str, Any]:
    args = ["bench", "serve", "--base-url", target, "--model", model, *more]
    return job(
        image="vllm/vllm-openai:v0.11.0",
        pod={
            "containers": [
                {
                    "name": "load",
                    "image": "vllm/vllm-openai:v0.11.0",
                    "command": ["vllm"],
                    "args": args,
                }
            ]
        },
    )


def block(log: str) -> dict[str, float]:
    """The values of the block "Serving Benchmark Result" in a log."""
    inside = log.partition(" Serving Benchmark Result ")[2]
    rows = re.findall(r"^(.+?):\s+([\d.]+)\s*$", inside, re.M)
    return {name: float(value) for name, value in rows}


def marked(log: str) -> tuple[str, dict[str, Any]]:
    """The (kind, report) between the marker lines of a log."""
    match = re.search(r"-----BEGIN WVATUI REPORT (\S+)-----\n(.*?)\n-----END", log, re.S)
    assert match is not None
    assert {len(line) for line in match.group(2).splitlines()[:-1]} == {76}
    return match.group(1), json.loads(gzip.decompress(base64.b64decode(match.group(2))))


def test_vllm_bench_sends_at_its_rate_and_prints_its_block() -> None:
    field = Field()
    before = field.cluster.gateway.accepted
    log = field.finished(
        bench(
            "--num-prompts",
            "300",
            "--request-rate",
            "5",
            "--dataset-name",
            "random",
            "--random-input-len",
            "100",
            "--random-output-len",
            "50",
            "--max-concurrency",
            "64",
        )
    )
    told = block(log)
    assert tuple(told) == BLOCK_KEYS
    assert told["Successful requests"] == 300
    assert 48 < told["Benchmark duration (s)"] < 80
    assert told["Total generated tokens"] == 300 * 50
    assert 10 < told["Mean ITL (ms)"] < 100
    assert told["Median TTFT (ms)"] < told["P99 TTFT (ms)"]
    assert field.cluster.gateway.accepted - before > 300  # and the cluster's own
    assert "\r100%|██████████| 300/300 [" in log


def test_its_progress_comes_as_pieces_of_one_line() -> None:
    field = Field()
    field.finished(
        bench("--num-prompts", "400", "--request-rate", "20", "--dataset-name", "sharegpt")
    )
    pod = field.pods()[0]["metadata"]
    lines = field.cluster.logbook.current(pod["namespace"], pod["name"], "load").read()
    pieces = [line for line in lines if not line.ends]
    assert pieces
    assert {len(piece.text) for piece in pieces} == {16 * 1024}
    bars = b"".join(piece.text for piece in pieces)
    assert bars.count(b"\r") > 100


def test_a_real_jobs_block_is_written_alike() -> None:
    real = shared("job-logs/sharegpt-high-30.log").read_text().splitlines()
    field = Field()
    ours = field.finished(
        bench("--num-prompts", "20", "--request-rate", "5", "--max-concurrency", "9")
    ).splitlines()

    def form(lines: list[str]) -> list[str]:
        start = next(i for i, line in enumerate(lines) if "Serving Benchmark Result" in line)
        return [re.sub(r"[\d.]+ *$", "N", line) for line in lines[start:] if line]

    assert form(ours) == form(real)


def test_a_model_that_is_not_served_fails_the_job_and_says_why() -> None:
    field = Field()
    log = field.finished(bench("--num-prompts", "10", model="nobody/knows"))
    assert field.conditions()[-1] == ("Failed", "BackoffLimitExceeded")
    assert "ValueError: Initial test run failed" in log


def test_a_server_that_is_not_there_is_waited_for_ten_minutes() -> None:
    field = Field()
    field.create(bench("--num-prompts", "10", target="http://nowhere:80"))
    field.run(500)
    assert field.pods()[0]["status"]["phase"] == "Running"
    field.run(200)
    assert "Cannot connect to host nowhere:80" in field.log(field.pods()[0])
    assert field.conditions()[-1][0] == "Failed"


def new_form(profile: str, seconds: int = 60, **data: int) -> str:
    lengths = ",".join(
        f"{k}={v}" for k, v in ({"prompt_tokens": 128, "output_tokens": 64} | data).items()
    )
    return (
        f"guidellm run --backend kind=openai_http,target={TARGET} --profile {profile} "
        f"--constraint kind=max_duration,seconds={seconds} --data kind=synthetic_text,{lengths} "
        "--output kind=json,path=/tmp/r.json --disable-progress\n"
        "python3 -c 'print(\"-----BEGIN WVATUI REPORT guidellm-----\")' /tmp/r.json"
    )


def old_form(flags: str) -> str:
    return (
        f"guidellm benchmark --target {TARGET} {flags} --data "
        '"prompt_tokens=128,output_tokens=64" && '
        "python3 -c 'print(\"-----BEGIN WVATUI REPORT guidellm-----\")' $REPORT"
    )


def ran(script: str, tag: str = "v0.8.0", **more: Any) -> dict[str, Any]:
    field = Field()
    log = field.finished(job(image=f"{GUIDELLM}:{tag}", script=script, **more))
    assert field.conditions()[-1][0] == "Complete", log
    return marked(log)[1]


@pytest.mark.parametrize(
    ("tag", "script", "keys", "totals"),
    [
        (
            "v0.3.1",
            "REPORT=/tmp/b.json; "
            + old_form("--rate-type constant --rate 2 --max-seconds 30 --output-path /tmp/b.json"),
            {"benchmarks"},
            "request_totals",
        ),
        (
            "v0.4.0",
            "REPORT=/r/benchmarks.json; "
            + old_form("--profile constant --rate 2 --max-seconds 30 --output-path /r"),
            {"args", "benchmarks"},
            "metrics",
        ),
        (
            "v0.6.1",
            "REPORT=/r/benchmarks.json; "
            + old_form(
                "--profile constant --rate 2 --max-seconds 30 --output-dir /r --outputs "
                "benchmarks.json"
            ),
            {"metadata", "args", "benchmarks"},
            "metrics",
        ),
        (
            "v0.8.0",
            new_form("kind=constant,rate=2", 30),
            {"metadata", "config", "benchmarks"},
            "metrics",
        ),
    ],
)
def test_guidellm_reports_in_the_dialect_of_its_release(
    tag: str, script: str, keys: set[str], totals: str
) -> None:
    report = ran(script, tag)
    assert set(report) == keys
    (one,) = report["benchmarks"]
    counted = one["request_totals"] if totals == "request_totals" else one[totals]["request_totals"]
    assert 50 <= counted["successful"] <= 60
    assert counted["total"] == sum(counted[k] for k in ("successful", "errored", "incomplete"))
    strategy = one.get("config", one.get("args"))["strategy"]
    assert (strategy["type_"], strategy["rate"]) == ("constant", 2.0)
    metrics = one["metrics"]
    assert metrics["requests_per_second"]["successful"]["mean"] == pytest.approx(2.0, rel=0.15)
    assert metrics["output_token_count"]["successful"]["mean"] == 64
    percentiles = metrics["time_to_first_token_ms"]["successful"]["percentiles"]
    assert ("p50" in percentiles) is (tag != "v0.3.1")
    assert (metrics["request_latency"]["errored"] is None) is (tag in ("v0.4.0", "v0.6.1"))


def test_a_real_report_of_the_newest_dialect_has_no_key_that_ours_lacks() -> None:
    real = json.loads(shared("guidellm/report-v0.8.json").read_text())["benchmarks"][0]
    ours = ran(new_form("kind=constant,rate=2", 30))["benchmarks"][0]
    names = set(ours["metrics"]) - {"request_totals"}
    assert names <= set(real["metrics"])
    for name in names:
        assert set(ours["metrics"][name]) == set(real["metrics"][name])
    shown = ours["metrics"]["inter_token_latency_ms"]["successful"]
    # Curves are left out of what is printed.
    assert set(shown) == set(real["metrics"]["inter_token_latency_ms"]["successful"]) - {"pdf"}


def test_synchronous_and_throughput_measure_alpha_and_beta() -> None:
    def itl(report: dict[str, Any]) -> tuple[float, float]:
        metrics = report["benchmarks"][0]["metrics"]
        return (
            metrics["inter_token_latency_ms"]["successful"]["mean"],
            metrics["request_concurrency"]["successful"]["mean"],
        )

    alone, one = itl(ran(new_form("kind=synchronous", 30)))
    together, many = itl(ran(new_form("kind=throughput,max_concurrency=32", 30)))
    assert one == pytest.approx(1.0, abs=0.1)
    assert many > 20
    assert together > alone * 1.1


def test_a_sweep_holds_both_ends_and_rates_between_them() -> None:
    report = ran(new_form("kind=sweep,rate=5", 5))
    kinds = [one["config"]["strategy"]["type_"] for one in report["benchmarks"]]
    assert kinds == ["synchronous", "throughput", "constant", "constant", "constant"]
    rates = [one["config"]["strategy"]["rate"] for one in report["benchmarks"][2:]]
    assert rates == sorted(rates)


@pytest.mark.parametrize(
    ("tag", "words", "said"),
    [
        ("latest", "benchmark --target x", "No such command 'benchmark'."),
        ("v0.3.1", "run --backend kind=openai_http,target=x", "No such command 'run'."),
        ("v0.5.0", "benchmark --profile warp --target x", "Invalid value for '--rate-type'"),
    ],
)
def test_a_release_refuses_the_words_of_another(tag: str, words: str, said: str) -> None:
    field = Field()
    log = field.finished(job(image=f"{GUIDELLM}:{tag}", args=words.split()))
    assert said in log
    state = field.pods()[0]["status"]["containerStatuses"][0]["state"]["terminated"]
    assert state["exitCode"] == 2


CONFIG = f"""\
load: {{type: constant, stages: [{{rate: 2, duration: 20}}, {{rate: 4, duration: 20}}]}}
server: {{type: vllm, model_name: {MODEL}, base_url: {TARGET}}}
data:
  type: random
  input_distribution: {{min: 90, max: 110, mean: 100, std_dev: 4}}
  output_distribution: {{min: 40, max: 60, mean: 50, std_dev: 4}}
storage: {{local_storage: {{path: /reports}}}}
"""


def test_inference_perf_runs_its_stages_and_writes_its_metrics() -> None:
    field = Field()
    log = field.finished(
        job(
            image="quay.io/inference-perf/inference-perf:v0.2.0",
            script=(
                f"cat > /c.yaml <<'END'\n{CONFIG}END\ninference-perf --config_file /c.yaml\n"
                "cat /reports/summary_lifecycle_metrics.json"
            ),
        )
    )
    for number in (0, 1):
        for what in ("started", "completed"):
            assert f"INFO - Stage {number} - run {what}\n" in log
    report = json.loads(log.splitlines()[-1])
    assert report["load_summary"]["count"] == 120
    assert report["successes"]["count"] == 120
    assert 90 <= report["successes"]["prompt_len"]["mean"] <= 110
    recorded = FIXTURES / "vllm-metrics" / "summary_lifecycle_metrics.json"
    if recorded.exists():
        real = json.loads(recorded.read_text())
        assert set(report["successes"]["latency"]) == set(real["successes"]["latency"])
        assert set(report["successes"]["throughput"]) == set(real["successes"]["throughput"])


def test_load_raises_what_the_cluster_has_to_bear_and_ends_with_its_job() -> None:
    field = Field()
    field.create(
        bench(
            "--num-prompts",
            "9000",
            "--request-rate",
            "15",
            "--max-concurrency",
            "512",
            "--dataset-name",
            "sharegpt",
        )
    )
    field.run(75)
    busy = sum(engine.load for engine in field.cluster.gateway.engines.values())
    assert busy > 60
    field.cluster.store.delete("Job", "llm-d-sim", "load")
    field.run(60)
    assert sum(engine.load for engine in field.cluster.gateway.engines.values()) < 30


def test_the_same_seed_gives_the_same_numbers() -> None:
    logs = [Field().finished(bench("--num-prompts", "60", "--request-rate", "5")) for _ in "ab"]
    assert logs[0] == logs[1]
