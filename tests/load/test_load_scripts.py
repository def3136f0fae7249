"""Scripts of load jobs whose plan depends on files, loops, timeouts and variables."""

import base64
from typing import Any

import pytest

from tests.load.test_load_commands import (
    BENCH,
    GUIDELLM,
    LOOP,
    RISING,
    TWO,
    Row,
    manifest,
    named,
    steps,
    unknown,
)
from wvatui.core import events as ev
from wvatui.core.events import Stage
from wvatui.load.make.beside import named_apart
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.profiles.manifests import made_by
from wvatui.load.read.detect import plan_of

PERF = "inference-perf -c /c\n"
UNREAD = (unknown("/c is not read"),)
INDEXED = {"completionMode": "Indexed"}
BY_INDEX = f"{BENCH} --request-rate $((JOB_COMPLETION_INDEX+1)) --num-prompts 60"
BY_RATE = "--num-prompts 60 --request-rate"
WAITS = "it waits for something"


def config(rate: str) -> str:
    return f"cat > /c <<EOF\nload:\n  stages:\n  - {{rate: {rate}, duration: 60}}\nEOF\n"


def row(
    what: str,
    command: str,
    stages: tuple[Stage, ...],
    *notes: str,
    requests: int | None = None,
    env: dict[str, str] | None = None,
    **job: Any,
) -> Row:
    return Row(what, command, stages, "", notes, env or {}, job, requests=requests)


ROWS = (
    row(
        "a file that is written anew each time",
        f"for R in 1 2; do {config('$R')}{PERF}done",
        steps(1, 2, each=60),
        requests=180,
    ),
    row(
        "a file that is written to later",
        f"{config('1')}cat >> /c <<EOF\n  - {{rate: 4, duration: 60}}\nEOF\n{PERF}",
        steps(1, 4, each=60),
        requests=300,
    ),
    row(
        "a file that echo adds to",
        f"{config('1')}echo '  - {{rate: 4, duration: 60}}' >> /c\n{PERF}",
        steps(1, 4, each=60),
        requests=300,
    ),
    row(
        "a file that echo writes without an end of line",
        f"echo -n 'load: {{stages: [{{rate: 1, duration: 60}}]}}' > /c; {PERF}",
        steps(1, each=60),
        requests=60,
    ),
    row("a file that is edited", f"{config('1')}sed -i s/1/9/ /c\n{PERF}", UNREAD),
    row("a file that is fetched", f"{config('1')}curl -so /c http://gw/c\n{PERF}", UNREAD),
    row(
        "a file that is fetched by a long flag",
        f"{config('1')}wget --output-document=/c u\n{PERF}",
        UNREAD,
    ),
    row(
        "a file that is fetched to a name in its flag", f"{config('1')}wget -qO/c u\n{PERF}", UNREAD
    ),
    row("a file that is copied by blocks", f"{config('1')}dd if=/t of=/c\n{PERF}", UNREAD),
    row(
        "a file that tee writes beside another",
        config("9").replace("cat > /c", "tee /d /c > /dev/null").join((config("1"), PERF)),
        steps(9, each=60),
        requests=540,
    ),
    row(
        "a file that tee adds to",
        f"{config('1')}tee --append /c <<EOF\n  - {{rate: 4, duration: 60}}\nEOF\n{PERF}",
        steps(1, 4, each=60),
        requests=300,
    ),
    row("a file that is looked at", f"{config('1')}sed s/1/9/ /c\n{PERF}", steps(1, each=60)),
    row("a file that a program writes", f"{config('1')}envsubst < /t > /c\n{PERF}", UNREAD),
    row(
        "a file that several commands write",
        f"{config('1')}{{ date; date; }} > /c\n{PERF}",
        UNREAD,
    ),
    row(
        "a file that is perhaps another",
        f'{config("1")}if [ -n "$X" ]; then\n{config("9")}fi\n{PERF}',
        UNREAD,
    ),
    row(
        "a loop that is left when it is ready",
        f"for i in $(seq 60); do curl -sf http://gw/health && break; sleep 5; done; {TWO}",
        steps(2, each=30),
        WAITS,
    ),
    row(
        "a while that is left when it is ready",
        f"i=0; while [ $i -lt 60 ]; do if curl -sf http://gw/health; then break; fi; sleep 5;"
        f" i=$((i+1)); done; {TWO}",
        steps(2, each=30),
        WAITS,
    ),
    row(
        "loads in a loop that may be left",
        f"for R in 1 2; do {BENCH} {BY_RATE} $R; grep -q bad /log && break; done",
        (Stage(0.0, 60.0, 1.0), unknown("2/s unless its loop was left before", 60.0)),
    ),
    row(
        "a longer sequence",
        f"for i in $(seq 1800); do sleep 1; done; {TWO}",
        steps(2, each=30),
        WAITS,
    ),
    row(
        "a longer range", f"for i in {{1..1800}}; do sleep 1; done; {TWO}", steps(2, each=30), WAITS
    ),
    row(
        "a longer while",
        f"i=0; while [ $i -lt 1400 ]; do sleep 1; i=$((i+1)); done; {TWO}",
        steps(2, each=30),
        WAITS,
    ),
    row(
        "sums without an end",
        f"i=9; while [ $i -gt 0 ]; do i=$((i*i*i*i)); done; {TWO}",
        steps(2, each=30),
    ),
    row(
        "a timeout of a shell",
        f"timeout 20 bash -c '{TWO}'; {TWO}",
        (Stage(0.0, 20.0, 2.0), Stage(20.0, 30.0, 2.0)),
        "timeout ends vllm-bench after 20 s",
    ),
    row(
        "a timeout of a shell that waits first",
        f"timeout 40 bash -c 'sleep $X; {TWO}'",
        (unknown("2/s unless a timeout ends it before"),),
    ),
    row(
        "a timeout that is not known",
        f"timeout $T {TWO}",
        (unknown("2/s until its timeout, which is not known"),),
    ),
    row("a timeout of nothing", f"timeout 0 {TWO}", steps(2, each=30), requests=60),
    row(
        "xargs of a shell",
        "seq 100 | xargs -I{} sh -c 'curl http://gw/v1/completions'",
        (unknown("curl for each line that is piped in"),),
    ),
    row(
        "a variable for one shell",
        f"R=1; R=2 bash -c '{BENCH} {BY_RATE} $R'; {BENCH} {BY_RATE} $R",
        (Stage(0.0, 30.0, 2.0), Stage(30.0, 60.0, 1.0)),
    ),
    row(
        "a variable for one function",
        f"go() {{ {BENCH} {BY_RATE} $R; }}; R=1; R=2 go; go",
        (Stage(0.0, 30.0, 2.0), Stage(30.0, 60.0, 1.0)),
    ),
    row("a variable of a shell", f"R=1; sh -c 'R=9'; {BENCH} {BY_RATE} $R", steps(1, each=60)),
    row("a longer text", f"R=1; R+=0; {BENCH} {BY_RATE} $R", steps(10, each=6)),
    row("a longer list", f'A=(1); A+=(2); for R in "${{A[@]}}"; {LOOP}', RISING),
    row(
        "a list that is perhaps another",
        f'A=(1); if [ -n "$X" ]; then A=(9); fi; for R in "${{A[@]}}"; {LOOP}',
        (unknown("$R for each of ${A[@]}"),),
    ),
    row(
        "unset",
        f"unset R; {BENCH} {BY_RATE} ${{R:-5}}",
        steps(5, each=12),
        env={"R": "1"},
    ),
    row(
        "a deadline before an end that is not known",
        f"{BENCH} --request-rate 2 --num-prompts 600; {BENCH}",
        steps(2, each=60),
        "activeDeadlineSeconds ends it after 60 s",
        activeDeadlineSeconds=60,
    ),
    row(
        "later pods that differ",
        BY_INDEX,
        (unknown("1/s, then 2/s, until 4 pods are done"),),
        parallelism=2,
        completions=4,
        **INDEXED,
    ),
    row(
        "pods that differ one after the other",
        BY_INDEX.replace("JOB_COMPLETION_INDEX", "${JOB_COMPLETION_INDEX:-0}"),
        (unknown("1/s, until 3 pods are done"),),
        completions=3,
        **INDEXED,
    ),
    row("the only pod", BY_INDEX, steps(1, each=60), completions=1, **INDEXED),
    row(
        "very many pods",
        TWO,
        (Stage(0.0, 30.0, 2.0 * (2**31 - 1)),),
        requests=60 * (2**31 - 1),
        parallelism=2**31 - 1,
    ),
    row(
        "very many pods that differ",
        f"{BENCH} {BY_RATE} ${{JOB_COMPLETION_INDEX}}",
        (unknown(f"{2**31 - 1} × $JOB_COMPLETION_INDEX"),),
        parallelism=2**31 - 1,
        **INDEXED,
    ),
    row("exec", f"exec {TWO}; {TWO}", steps(2, each=30)),
    row(
        "a length below zero",
        f"{config('1').replace('60', '-60')}{PERF}",
        (Stage(0.0, None, 1.0),),
    ),
    row(
        "a sweep of a size that is not known",
        f"{GUIDELLM} --profile sweep --rate $N --max-seconds 10",
        (unknown("sweep of $N"),),
    ),
    row(
        "a sweep of a size",
        f"{GUIDELLM} --profile sweep --rate 2 --max-seconds 10",
        named("synchronous", "throughput", each=10),
    ),
    row(
        "a ramp-up that is not known",
        f"{GUIDELLM} --profile constant --rate 5 --max-seconds 60 --rampup $UP",
        (unknown("$UP"),),
    ),
    row(
        "a number of requests that settings may tell",
        f"{BENCH} --config /v --request-rate 5",
        (Stage(0.0, None, 5.0),),
    ),
)


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.what)
def test_a_script_has_its_plan(each: Row) -> None:
    plan = plan_of(manifest(each))
    assert plan.stages == each.stages
    for words in each.notes:
        assert any(words in note for note in plan.notes), plan.notes
    if each.requests is not None:
        assert plan.requests == each.requests


@pytest.mark.parametrize(
    ("command", "job"),
    [
        (f"timeout 20 {TWO}", {}),
        (f"timeout 20 {BENCH}", {}),
        (f"{BENCH}; timeout 20 bash -c '{TWO}'", {}),
        (BENCH, {"activeDeadlineSeconds": 60}),
    ],
)
def test_requests_that_a_timeout_cuts_off_are_not_counted(
    command: str, job: dict[str, Any]
) -> None:
    assert plan_of(manifest(row("", command, (), **job))).requests is None


def test_more_stages_than_are_told_are_noted() -> None:
    rates = ",".join(["1"] * 300)
    command = f"{GUIDELLM} --profile constant --rate {rates} --max-seconds 10"
    plan = plan_of(manifest(row("", command, ())))
    assert len(plan.stages) == 200
    assert "only the first 200 of its 300 stages are told" in plan.notes


@pytest.mark.parametrize("value", ['qu"oted\\s3cret', "first line of a key\nsecond line of a key"])
def test_a_secret_is_hidden_whatever_its_characters_are(value: str) -> None:
    encoded = base64.b64encode(value.encode()).decode()
    hidden = HiddenValues([{"kind": "Secret", "data": {"a": encoded}}])
    for line in value.splitlines():
        event = hidden.event(ev.Notice(1.0, source="load", code="x", text=f"it says {line}!"))
        assert isinstance(event, ev.Notice)
        assert event.text == "it says ***!"


def test_a_secret_to_pull_an_image_is_referred_to_by_its_new_name() -> None:
    body = manifest(row("", TWO, ()))
    body["spec"]["template"]["spec"]["imagePullSecrets"] = [{"name": "pull"}, {"name": "other"}]
    job = made_by(body, session="s", key="1", title="t", namespace="ns")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pull"}}
    job, (made,) = named_apart(job, [secret])
    names = [each["name"] for each in job["spec"]["template"]["spec"]["imagePullSecrets"]]
    assert names == [made["metadata"]["name"], "other"]
