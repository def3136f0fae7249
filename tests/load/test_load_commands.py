"""Load commands as users write them, and the plan of each, which never has a load that will not
be."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wvatui.core.events import Stage
from wvatui.load.read.container import commands
from wvatui.load.read.detect import is_load, plan_of

FASTEST = Stage(0.0, None, None, "as fast as answers come")


def unknown(words: str, start_s: float = 0.0) -> Stage:
    return Stage(start_s, None, None, f"unknown: {words}")


def steps(*rates: float, each: float, start_s: float = 0.0) -> tuple[Stage, ...]:
    return tuple(Stage(start_s + n * each, each, rate) for n, rate in enumerate(rates))


def named(*names: str, each: float) -> tuple[Stage, ...]:
    return tuple(Stage(n * each, each, None, name) for n, name in enumerate(names))


class Row(NamedTuple):
    what: str
    command: str | list[str]
    """A shell script, or the words of a command."""
    stages: tuple[Stage, ...]
    tool: str
    notes: tuple[str, ...] = ()
    """Words that the plan's notes contain."""
    env: Mapping[str, Any] = {}
    job: Mapping[str, Any] = {}
    """Additional fields of the Job's spec."""
    image: str = "x"
    requests: int | None = None


VLLM, GUIDE, PERF, SGLANG = "vllm-bench", "guidellm", "inference-perf", "sglang-bench"
BENCH = "vllm bench serve --base-url http://gw --model m"
TWO = f"{BENCH} --request-rate 2 --num-prompts 60"
GUIDELLM = "guidellm benchmark --target http://gw"
RISING = (Stage(0.0, 60.0, 1.0), Stage(60.0, 30.0, 2.0))
FOR = f"for R in 1 2 4; do {GUIDELLM} --rate-type constant --rate $R --max-seconds 30; done"
ENV_SWEEP = {"GUIDELLM_TARGET": "http://t", "GUIDELLM_PROFILE": "sweep", "GUIDELLM_RATE": "3"}
SCENARIO = "cat > /s.yaml <<EOF\nrate_type: constant\nrate: [1, 2]\nmax_seconds: 20\nEOF\n"
HEREDOC = (
    "cat > /tmp/c.yml <<EOF\nload:\n  interval: 5\n"
    "  stages: [{rate: 1, duration: 60}, {rate: $TOP, duration: 30}]\n"
    "EOF\ninference-perf --config_file /tmp/c.yml\n"
)
AT_ONCE = (
    '{"load": {"stages": [{"num_requests": 9, "concurrency_level": 8},'
    ' {"num_requests": 9, "concurrency_level": 16}]}}'
)
WAIT = "until curl -sf http://gw/health; do sleep 5; done"
FUNCTION = f'go() {{ {BENCH} --request-rate "$1" --num-prompts "$2"; }}; go 2 60; sleep 10; go 4 40'
ARRAY = (
    f'RATES=(1 2)\nfor R in "${{RATES[@]}}"; do {BENCH} --request-rate $R --num-prompts 60; done'
)
WHILE = f"i=1; while [ $i -le 2 ]; do {BENCH} --request-rate $i --num-prompts 60; i=$((i+1)); done"
COUNTED = f"for ((i=1; i<=2; i++)); do {BENCH} --request-rate $i --num-prompts 60; done"
LOOP = f"do {BENCH} --request-rate $R --num-prompts 60; done"

ROWS = (
    # vLLM
    Row("a rate", f"{BENCH} --request-rate 10 --num-prompts 600", steps(10, each=60), VLLM),
    Row("no rate", f"{BENCH} --num-prompts 600", (FASTEST,), VLLM),
    Row("inf", f"{BENCH} --request-rate inf --max-concurrency 32", (FASTEST,), VLLM),
    Row("the default number", f"{BENCH} --request-rate 10", steps(10, each=100), VLLM),
    Row("a rate of nothing", f"{BENCH} --request-rate 0", (unknown("--request-rate 0"),), VLLM),
    Row("an unset variable", f"{BENCH} --request-rate $RATE", (unknown("$RATE"),), VLLM),
    Row("no number", f"{BENCH} --request-rate fast", (unknown("--request-rate fast"),), VLLM),
    Row(
        "how many is not known",
        f"{BENCH} --request-rate 2 --num-prompts $N",
        (Stage(0.0, None, 2.0),),
        VLLM,
        ("--num-prompts $N is not known",),
    ),
    Row(
        "a variable that no shell replaces",
        ["vllm", "bench", "serve", "--request-rate", "$RATE"],
        (unknown("$RATE"),),
        VLLM,
        env={"RATE": "3"},
    ),
    Row(
        "a variable that Kubernetes replaces",
        ["vllm", "bench", "serve", "--request-rate", "$(RATE)", "--num-prompts", "30"],
        steps(3, each=10),
        VLLM,
        env={"RATE": "3"},
    ),
    Row(
        "a variable of a Secret",
        f"{BENCH} --request-rate ${{RATE:-3}}",
        (unknown("$RATE"),),
        VLLM,
        env={"RATE": {"secretKeyRef": {"name": "s", "key": "rate"}}},
    ),
    Row("settings", f"{BENCH} --config /c", (unknown("--config /c is not read"),), VLLM),
    Row(
        "a ramp without its end",
        f"{BENCH} --ramp-up-strategy linear --ramp-up-start-rps 1 --ramp-up-end-rps $X",
        (unknown("linear ramp 1 to $X/s"),),
        VLLM,
    ),
    Row(
        "the older script",
        "/usr/bin/env python3 benchmark_serving.py --request-rate 5 --num-prompts 50",
        steps(5, each=10),
        VLLM,
    ),
    Row(
        "a module",
        "python3 -u -m vllm.entrypoints.cli.main bench serve --request-rate 5 --num-prompts 50",
        steps(5, each=10),
        VLLM,
    ),
    # GuideLLM
    Row(
        "constant",
        f"{GUIDELLM} --rate-type constant --rate 5 --max-seconds 60",
        steps(5, each=60),
        GUIDE,
    ),
    Row(
        "rates",
        f"{GUIDELLM} --profile constant --rate 2,5 --rate 8 --max-seconds 60",
        steps(2, 5, 8, each=60),
        GUIDE,
    ),
    Row(
        "rates without an end",
        f"{GUIDELLM} --profile constant --rate 2,5,8",
        (unknown("2/s, then 5/s, then 8/s"),),
        GUIDE,
    ),
    Row(
        "one rate without an end",
        f"{GUIDELLM} --profile poisson --rate 2",
        (Stage(0.0, None, 2.0),),
        GUIDE,
    ),
    Row(
        "--max-duration",
        f"{GUIDELLM} --profile constant --rate 5 --max-duration 60",
        steps(5, each=60),
        GUIDE,
    ),
    Row(
        "requests that end it earlier",
        f"{GUIDELLM} --profile constant --rate 5 --max-seconds 60 --max-requests 100",
        steps(5, each=20),
        GUIDE,
    ),
    Row(
        "a built-in scenario",
        f"{GUIDELLM} --scenario rag",
        (unknown("scenario rag is not read"),),
        GUIDE,
    ),
    Row(
        "a scenario in the script",
        f"{SCENARIO}{GUIDELLM} --scenario /s.yaml",
        steps(1, 2, each=20),
        GUIDE,
    ),
    Row(
        "the environment alone",
        [],
        named("synchronous", "throughput", "sweep 1", each=30),
        GUIDE,
        env=ENV_SWEEP | {"GUIDELLM_MAX_SECONDS": "30"},
        image="ghcr.io/vllm-project/guidellm:v0.4.0",
    ),
    Row(
        "an environment that is not read",
        f"{GUIDELLM} --profile constant --rate 5 --max-seconds 60",
        steps(5, each=60),
        GUIDE,
        ("GUIDELLM__SPEC__PROFILE is not read",),
        env={"GUIDELLM__SPEC__PROFILE": "{}"},
    ),
    Row(
        "a ramp-up",
        f"{GUIDELLM} --profile constant --rate 5 --max-seconds 60 --rampup 20",
        (Stage(0.0, 20.0, None, "ramp-up to 5/s"), Stage(20.0, 40.0, 5.0)),
        GUIDE,
    ),
    Row(
        "concurrent",
        f"{GUIDELLM} --rate-type concurrent --rate 16,32 --max-seconds 60",
        named("concurrent 16", "concurrent 32", each=60),
        GUIDE,
    ),
    Row(
        "a kind that is not known",
        f"{GUIDELLM} --profile replay --max-seconds 60",
        (Stage(0.0, 60.0, None, "unknown: replay"),),
        GUIDE,
    ),
    Row(
        "a length that is not known",
        f"{GUIDELLM} --profile constant --rate 5 --max-seconds $LONG",
        (unknown("$LONG"),),
        GUIDE,
    ),
    Row(
        "one rate of two is not known",
        f"{GUIDELLM} --profile constant --rate 1,$TOP --max-seconds 10",
        (Stage(0.0, 10.0, 1.0), Stage(10.0, 10.0, None, "unknown: $TOP")),
        GUIDE,
    ),
    Row(
        "guidellm run",
        "guidellm run --backend kind=openai_http,target=http://gw --profile kind=constant,rate=10"
        " --constraint kind=max_duration,seconds=60",
        steps(10, each=60),
        GUIDE,
    ),
    Row(
        "overrides of guidellm run",
        "guidellm run --profile kind=constant,rate=1 --override profile.rate 1,2,4",
        (unknown("--override is not read"),),
        GUIDE,
    ),
    Row("no load", "guidellm preprocess dataset a b", (), ""),
    # inference-perf
    Row(
        "a file in the script",
        HEREDOC,
        (Stage(0.0, 60.0, 1.0), Stage(65.0, 30.0, 4.0)),
        PERF,
        env={"TOP": "4"},
    ),
    Row(
        "a file that nobody has seen",
        "inference-perf --config_file /c.yml",
        (unknown("/c.yml is not read"),),
        PERF,
    ),
    Row(
        "a sweep of its own",
        ["inference-perf", "-c", "/c"],
        (unknown("a sweep: its rates are found while it runs"),),
        PERF,
        env={"CONFIG": '{"load": {"sweep": {"type": "linear"}}}'},
    ),
    Row(
        "requests at once",
        ["inference-perf", "-c", "/c"],
        (unknown("concurrent 8, then concurrent 16"),),
        PERF,
        env={"C": AT_ONCE},
    ),
    # scripts
    Row("a loop over rates", FOR, steps(1, 2, 4, each=30), GUIDE),
    Row(
        "a loop with a sum",
        f"for R in 1 2; do {BENCH} --request-rate $R --num-prompts $((R*60)); done",
        steps(1, 2, each=60),
        VLLM,
    ),
    Row("a loop over a list", ARRAY, RISING, VLLM),
    Row("seq", f"for R in $(seq 1 2); {LOOP}", RISING, VLLM),
    Row("braces", f"for R in {{1..2}}; {LOOP}", RISING, VLLM),
    Row("while", WHILE, RISING, VLLM),
    Row("a counting loop", COUNTED, RISING, VLLM),
    Row(
        "a loop over what is not known",
        f"for R in $RATES; {LOOP}",
        (unknown("$R for each of $RATES"),),
        VLLM,
    ),
    Row(
        "for ever",
        f"while true; do {TWO}; sleep 10; done",
        (unknown("2/s again and again"),),
        VLLM,
    ),
    Row(
        "a default",
        f'{BENCH} --request-rate "${{RATE:-3}}" --num-prompts 30',
        steps(3, each=10),
        VLLM,
    ),
    Row(
        "a value over a default",
        f"{BENCH} --request-rate ${{RATE:-3}} --num-prompts 30",
        steps(5, each=6),
        VLLM,
        env={"RATE": "5"},
    ),
    Row(
        "an assignment",
        f"RATE=${{RATE:-2}}; {BENCH} --request-rate $RATE --num-prompts 30",
        steps(2, each=15),
        VLLM,
    ),
    Row("a function", FUNCTION, (Stage(0.0, 30.0, 2.0), Stage(40.0, 10.0, 4.0)), VLLM),
    Row("a sleep before", f"sleep 1m; {FOR}", steps(1, 2, 4, each=30, start_s=60), GUIDE),
    Row(
        "a wait before",
        f"{WAIT}; {FOR}",
        steps(1, 2, 4, each=30),
        GUIDE,
        ("it waits for something before the load",),
    ),
    Row(
        "one after the other",
        f"{TWO} && sleep 30 && {GUIDELLM} --profile constant --rate 4 --max-seconds 60",
        (Stage(0.0, 30.0, 2.0), Stage(60.0, 60.0, 4.0)),
        VLLM,
    ),
    Row(
        "after one whose end is not known",
        f"{BENCH}; {TWO}",
        (unknown("as fast as answers come, then 2/s"),),
        VLLM,
    ),
    Row(
        "after a pause that is not known",
        f"{TWO}; sleep $PAUSE; {BENCH} --request-rate 4",
        (Stage(0.0, 30.0, 2.0), unknown("4/s", 30.0)),
        VLLM,
    ),
    Row(
        "beside each other",
        f"{TWO} & {BENCH} --request-rate 1 --num-prompts 60 & wait; {TWO}",
        (Stage(0.0, 30.0, 2.0), Stage(0.0, 60.0, 1.0), Stage(60.0, 30.0, 2.0)),
        VLLM,
    ),
    Row(
        "on a condition that is not known",
        f'if [ -n "$WARM" ]; then {BENCH} --request-rate 1; fi\n{TWO}',
        (unknown("1/s only if a condition holds, then 2/s"),),
        VLLM,
    ),
    Row(
        "on a condition that is known",
        f'if [ "$MODE" = slow ]; then {BENCH} --request-rate 1; else {TWO}; fi',
        steps(2, each=30),
        VLLM,
        env={"MODE": "fast"},
    ),
    Row(
        "by case",
        f"case $MODE in slow) {BENCH} --request-rate 1 ;; *) {TWO} ;; esac",
        steps(2, each=30),
        VLLM,
        env={"MODE": "fast"},
    ),
    Row(
        "piped",
        f"set -o pipefail; {FOR} 2>&1 | tee /out/log; sleep 5",
        steps(1, 2, 4, each=30),
        GUIDE,
    ),
    Row("for what it prints", f"OUT=$({TWO}); echo $OUT", steps(2, each=30), VLLM),
    Row(
        "timeout",
        f"timeout 20 {TWO}",
        steps(2, each=20),
        VLLM,
        ("timeout ends vllm-bench after 20 s",),
    ),
    Row(
        "a script in a file that nobody has seen",
        f"bash /prepare.sh; {TWO}",
        steps(2, each=30),
        VLLM,
        ("/prepare.sh is not read",),
    ),
    Row(
        "a script that cannot be read",
        f"if true\n{TWO}",
        (unknown("2/s in a script that cannot be read"),),
        VLLM,
        ("a script (",),
    ),
    # jobs
    Row(
        "pods at once",
        TWO,
        steps(6, each=30),
        VLLM,
        ("3 pods at once",),
        job={"parallelism": 3},
        requests=180,
    ),
    Row(
        "pods one after the other",
        TWO,
        steps(2, 2, each=30),
        VLLM,
        ("2 pods in all",),
        job={"completions": 2},
        requests=120,
    ),
    Row(
        "pods that differ",
        f"{BENCH} --request-rate $((JOB_COMPLETION_INDEX+1)) --num-prompts 60",
        (Stage(0.0, 60.0, 1.0), Stage(0.0, 30.0, 2.0)),
        VLLM,
        job={"parallelism": 2, "completions": 2, "completionMode": "Indexed"},
        requests=120,
    ),
    Row("no pods", TWO, (unknown("suspended"),), VLLM, ("it is suspended",), job={"suspend": True}),
    Row(
        "a deadline",
        f"{BENCH} --request-rate 2 --num-prompts 600",
        steps(2, each=60),
        VLLM,
        ("activeDeadlineSeconds ends it after 60 s",),
        job={"activeDeadlineSeconds": 60},
    ),
    Row("tries", TWO, steps(2, each=30), VLLM, ("tried again, up to 6 times",)),
    Row("two tries", TWO, steps(2, each=30), VLLM, ("again, once",), job={"backoffLimit": 1}),
    # tools that are known by name
    *(
        Row(f"{tool}: {command}", command, (unknown(f"what {tool} does is not read"),), tool)
        for tool, command in (
            (SGLANG, "python3 -m sglang.bench_serving --base-url http://gw --request-rate 10"),
            (SGLANG, "python bench_serving.py --request-rate 10"),
            ("genai-perf", "genai-perf profile -m m -u http://gw --request-rate 5"),
            ("aiperf", "aiperf profile --model m --url http://gw --concurrency 5"),
            ("k6", "k6 run --vus 10 --duration 30s /s.js"),
            ("locust", "locust -f l.py --headless -u 10 --host http://gw"),
            ("hey", "hey -z 60s -q 5 http://gw/v1/completions"),
            ("wrk", "wrk -t2 -c10 -d60s http://gw"),
            ("vegeta", "echo GET http://gw | vegeta attack -rate 5"),
            ("llmperf", "python token_benchmark_ray.py --model m"),
            ("vllm-bench-sweep", "vllm bench sweep serve --bench-cmd x"),
        )
    ),
    Row(
        "k6, by its image",
        ["run", "/s.js"],
        (unknown("what k6 does is not read"),),
        "k6",
        image="grafana/k6:0.50.0",
    ),
    Row(
        "a loop of curl",
        "while true; do curl -s http://gw/v1/completions -d '{}'; sleep 1; done",
        (unknown("curl again and again"),),
        "curl",
    ),
    Row(
        "a counted loop of curl",
        "for i in $(seq 1 20); do curl http://gw/v1/chat/completions -d @b & done; wait",
        (unknown("20 requests of curl"),),
        "curl",
        requests=20,
    ),
    Row(
        "xargs of curl",
        "seq 100 | xargs -P 8 -I{} curl http://gw/v1/completions",
        (unknown("curl for each line that is piped in"),),
        "curl",
    ),
    Row("a question of curl", f"{WAIT}; curl http://gw/v1/completions -d '{{}}'", (), ""),
    Row("a server", "vllm serve m --port 8000", (), ""),
    Row("another bench", "vllm bench throughput --model m", (), ""),
)


def manifest(row: Row) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "c", "image": row.image}
    container["env"] = [
        {"name": name, "value" if isinstance(value, str) else "valueFrom": value}
        for name, value in row.env.items()
    ]
    if isinstance(row.command, str):
        container |= {"command": ["/bin/bash", "-lc"], "args": [row.command]}
    elif row.command:
        container["args" if row.image != "x" else "command"] = row.command
    spec = {"template": {"spec": {"containers": [container]}}, **row.job}
    return {"kind": "Job", "metadata": {"name": "j"}, "spec": spec}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_load_command_has_its_plan(row: Row) -> None:
    plan = plan_of(manifest(row))
    assert (plan.tool, plan.stages) == (row.tool, row.stages)
    for words in row.notes:
        assert any(words in note for note in plan.notes), plan.notes
    if row.requests is not None:
        assert plan.requests == row.requests
    assert is_load(manifest(row)) is bool(row.tool)


def test_the_table_holds_sixty_commands_and_unknown_ones_among_them() -> None:
    assert len(ROWS) >= 60
    assert sum(any("unknown" in s.name for s in row.stages) for row in ROWS) >= 20
    assert len({row.what for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("how", "part"), [("linear", 0.25584), ("exponential", 0.39087)])
def test_a_ramp_of_vllm_rises_from_one_rate_to_the_other_over_all_requests(
    how: str, part: float
) -> None:
    flags = f"--ramp-up-strategy {how} --ramp-up-start-rps 1 --ramp-up-end-rps 10"
    plan = plan_of(manifest(Row("", f"{BENCH} {flags} --num-prompts 600", (), VLLM)))
    rates = [stage.rate or 0.0 for stage in plan.stages]
    assert rates == sorted(rates)
    assert 1.0 < rates[0] < 2.0 < 7.0 < rates[-1] < 10.0
    assert {stage.name for stage in plan.stages} == {"ramp 1 to 10/s"}
    sent = sum((stage.rate or 0.0) * (stage.duration_s or 0.0) for stage in plan.stages)
    assert sent == pytest.approx(600)
    # The mean of the reciprocals over requests: ln(10)/9 (linear), 0.9/ln(10) (exponential).
    whole_s = sum(stage.duration_s or 0.0 for stage in plan.stages)
    assert whole_s == pytest.approx(600 * part, rel=0.02)


PIECES = (
    "if then else fi for in do done while until case esac { } ( ) (( )) [[ ]] ; & && || | ! $X"
    " ${X:-1} $(seq 3) $((1+ ' < << EOF > >> \n a=1 f() ;; * -le sleep 5 1 exit break eval"
    ' guidellm benchmark vllm bench serve --rate curl /v1/completions xargs timeout "'
)
SHELL = st.lists(st.sampled_from(PIECES.split(" ")), max_size=25)


@given(SHELL)
def test_no_script_can_make_the_reader_fail(words: list[str]) -> None:
    script = " ".join(words)
    plan = plan_of(manifest(Row("", script, (), "")))
    assert all(stage.rate is None or stage.rate >= 0 for stage in plan.stages)
    commands(script, {})


@pytest.mark.parametrize(
    "script",
    [
        "(" * 5_000,
        "while :; do :; done;" * 50,
        "f() { f; }; f",
        "f() { f & f; }; f",
        "eval " * 3_000,
        'X="$(' * 2_000,
        "echo {1..9999999} {1..9999999}",
        "for i in $(seq 1 99999999); do for j in $(seq 1 99999999); do :; done; done",
        "i=9; while :; do i=$((i*i*i*i)); done",
        'X=$(seq 900); X="$X$X$X$X$X$X"; echo ${X%%*9*9*9*9b}',
        'X=1; for i in $(seq 99); do X="$X$X"; echo $X >> /f; done',
        "while [ 1 -lt 2 ]; do sleep 1; done",
    ],
)
def test_a_script_without_an_end_is_given_up(script: str) -> None:
    plan_of(manifest(Row("", f"{script}\n{TWO}", (), "")))
