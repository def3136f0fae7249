"""A session only contains what is watched: lines about other namespaces are no part of it.

The controller is cluster-wide, and variants have the same names in all namespaces.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.cli import run
from tests.fixtures import shared
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.to_json import cycle as cycle_json
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.state.state import EMPTY, State
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.export.seed import controller_rows

START = datetime(2026, 9, 1, 8, tzinfo=UTC).timestamp()
OWN = ((1, 1), (1, 3), (3, 3), (3, 1), (1, 1))
OTHER = ((20, 21), (21, 22), (22, 22), (22, 25), (25, 9))


def start(at: str) -> list[str]:
    return [f'{{"level":"info","ts":"{at}","msg":"Grouped VAs by model","modelCount":2}}']


def end(at: str) -> list[str]:
    message = '"Optimization completed successfully","mode":"saturation-only","modelsProcessed":2'
    return [f'{{"level":"info","ts":"{at}","msg":{message}}}']


def model(at: str, namespace: str, current: int, target: int) -> list[str]:
    """The lines of a V1 cycle of v0.6 about one namespace, which not every line names."""
    action = "no-change" if current == target else "scale-up" if target > current else "scale-down"
    kv = min(0.99, current / 30)
    counts = f'"totalReplicas":{current},"nonSaturated":{current}'
    spare = f'"avgSpareKv":{1 - kv:.3f},"avgSpareQueue":2.5,"shouldScaleUp":true'
    messages = [
        f'"Processing model (V1)","modelID":"m","namespace":"{namespace}","variantCount":1',
        f'"KV cache metric","pod":"v-{namespace}-x","usage":{kv:.3f}',
        f'"Queue metric","pod":"v-{namespace}-x","queueLength":{current}',
        f'"saturation analysis completed","modelID":"m","namespace":"{namespace}",{counts},{spare}',
        f'"Saturation analysis completed","modelID":"m",{counts},{spare}',
        f'"Processing decision for VA","variant":"{namespace}/v","action":"{action}",'
        f'"current":{current},"target":{target}',
        f'"EmitReplicaMetrics completed","variantName":"v","currentReplicas":{current},'
        f'"desiredReplicas":{target},"accelerator":"A100"',
        f'"Successfully emitted metrics","variant":"v","target":{target},"accelerator":"A100"',
        f'"Applied saturation decision via shared cache","variant":"{namespace}/v",'
        f'"namespace":"{namespace}","action":"{action}","target":{target},"reason":"V1"',
    ]
    return [f'{{"level":"info","ts":"{at}","msg":{message}}}' for message in messages]


def old_models(at: str, numbers: dict[str, tuple[int, int]]) -> list[str]:
    """The lines of a cycle of v0.4.2: all models first, then all decisions, without namespaces."""
    messages: list[str] = []
    for namespace, (current, _) in numbers.items():
        messages += [
            "Processing model: modelID=m, variantCount=1",
            "KV cache metrics collected (max over 1m): modelID=m, "
            f"namespace={namespace}, podCount=1",
            f"KV cache metric: pod=v-{namespace}-x, usage=0.{current:02}",
            f"Queue metric: pod=v-{namespace}-x, queueLength={current}",
            f"Variant analysis initialized: variant=v-{namespace}, accelerator=A100, cost=40.00,"
            f" replicas={current}",
        ]
    for namespace, (current, target) in numbers.items():
        action = "no-change" if current == target else "scale-up"
        change = f"current={current}→target={target}"
        messages.append(f"Processing decision: variant=v-{namespace}, action={action}, {change}")
    return [f'{{"level":"INFO","ts":"{at}","msg":"{message}"}}' for message in messages]


def log(places: list[str], *, own: str = "team-a") -> list[str]:
    """Five cycles, 30 s apart; `places`: the namespaces of each cycle, in order."""
    lines: list[str] = []
    for n in range(len(OWN)):
        at = f"2026-09-01T08:{n // 2:02}:{30 * (n % 2):02}Z"
        lines += start(at)
        for namespace in places:
            lines += model(at, namespace, *(OWN if namespace == own else OTHER)[n])
        lines += end(at)
    return lines


def session(lines: list[str], namespace: str = "team-a") -> State:
    """A live session that watches one namespace."""
    head = ev.Header(START, started_at=START, namespace=namespace)
    events: list[ev.Event] = [head, ev.Tick(START)]
    events += [ev.Log(parse(line).at or START, line=line) for line in lines]
    return fold(EMPTY, [*events, ev.Tick(START + 150)])


def numbers_of(state: State) -> dict[str, Any]:
    numbers = summary(state, "s")
    numbers["explained"] = [cycle_json(cycle) for cycle in explained(state)]
    numbers["rounds"] = [[(r.current, r.targets) for r in one.rounds] for one in recorded(state)]
    numbers["rows"] = controller_rows(state, "capacity-based")
    del numbers["events"]
    return numbers


@given(places=st.permutations(["team-a", "team-b", "team-c"]), watched=st.sampled_from("abc"))
def test_other_namespaces_change_no_number_of_a_session(places: list[str], watched: str) -> None:
    own = f"team-{watched}"
    alone = numbers_of(session(log([own], own=own), own))
    assert (alone["cycles"], alone["ups"], alone["downs"], alone["replica_s"]) == (5, 1, 1, 240)
    assert numbers_of(session(log(places, own=own), own)) == alone


def test_what_is_said_of_other_namespaces_is_kept_as_lines() -> None:
    lines = log(["team-b", "team-a"])
    state = session(lines)
    assert [entry.raw for entry in state.log] == lines
    assert sum(entry.context for entry in state.log) == 5 * len(model("", "team-b", 1, 1))
    assert state.namespaces == ("team-a",)


def test_decisions_that_come_after_all_models_are_of_the_namespace_of_their_variant() -> None:
    lines: list[str] = []
    for n in range(3):
        numbers = {"team-a": OWN[n], "team-b": OTHER[n]}
        at = f"2026-09-01T08:{n:02}:00Z"
        lines += [*start(at), *old_models(at, numbers), *end(at)]
    state = session(lines)
    assert [d.variant for d in sorted(state.decisions, key=lambda d: d.at)] == ["v-team-a"] * 3
    assert list(state.log_kv) == ["v-team-a-x"]


FAILED = (
    ('"Failed to emit","variant":"v","namespace":"{}","error":"no"', "team-b", 0),
    ('"Words of no release","modelID":"m","namespace":"{}"', "team-b", 0),
    ('"Failed to get the target","name":"v","namespace":"{}","error":"no"', "team-b", 0),
    ('"Failed to emit","variant":"v","namespace":"{}","error":"no"', "team-new", 0),
    ('"Failed to emit","variant":"v","namespace":"{}","error":"no"', "team-a", 1),
    ('"Failed to get the ConfigMap","name":"c","namespace":"{}","error":"no"', "wva-system", 1),
    ('"Failed to look","error":"no in {}"', "team-b", 1),
)
"""(fields of an error line, the namespace in it, the number of errors of a session of team-a)."""


@pytest.mark.parametrize(("message", "namespace", "counted"), FAILED)
def test_trouble_of_another_namespace_is_none_of_the_session(
    message: str, namespace: str, counted: int
) -> None:
    said = message.format(namespace)
    line = f'{{"level":"error","ts":"2026-09-01T08:02:10Z","msg":{said}}}'
    lines = log(["team-b", "team-a"])
    before = summary(session(lines), "s")
    numbers = summary(session([*lines, line]), "s")
    assert numbers["errs"] - before["errs"] == counted
    assert numbers["unknown_lines"] - before["unknown_lines"] == counted
    assert numbers["namespaces"] == ["team-a"]


@pytest.mark.parametrize(("namespace", "counted"), [("team-b", 0), ("team-a", 1)])
def test_a_models_error_that_names_no_namespace_is_of_the_one_being_processed(
    namespace: str, counted: int
) -> None:
    lines = log(["team-b", "team-a"])
    begins = next(n for n, ln in enumerate(lines) if "Processing model" in ln and namespace in ln)
    head = lines[begins].partition('"msg"')[0].replace("info", "error")
    error = head + '"msg":"Model data preparation failed","modelID":"m","error":"no"}'
    numbers = summary(session([*lines[: begins + 1], error, *lines[begins + 1 :]]), "s")
    assert numbers["errs"] - summary(session(lines), "s")["errs"] == counted


def test_a_log_that_names_no_namespace_is_counted_whatever_is_watched() -> None:
    line = '{"level":"INFO","ts":"2026-09-01T08:00:10Z","msg":"Processing decision: variant=v, '
    state = session([line + 'action=scale-up, current=1→target=2"}'])
    assert summary(state, "s")["ups"] == 1


def test_a_session_that_watches_two_namespaces_counts_both_and_no_third() -> None:
    state = session(log(["team-c", "team-b", "team-a"]), "team-a,team-b")
    assert (summary(state, "s")["cycles"], state.namespaces) == (10, ("team-a", "team-b"))
    assert [row.namespace for row in variants(state)] == ["team-a", "team-b"]


# --- a log of several, in every verb


@pytest.fixture
def several(tmp_path: Path) -> str:
    path = tmp_path / "several.log"
    path.write_text("\n".join(log(["team-b", "team-a"])) + "\n")
    return str(path)


def test_summary_tells_a_log_of_several_namespaces_one_by_one(several: str) -> None:
    text = run("summary", several).out
    assert "several.log, namespace team-a\n" in text
    assert "several.log, namespace team-b\n" in text
    assert "1 – 3, highest target 3, 240 replica-seconds over 120 s" in text
    assert "1 – 25" not in text
    whole = json.loads(run("summary", several, "-o", "json").out)
    assert whole["namespaces"] == ["team-a", "team-b"]
    parts = whole["by_namespace"]
    assert [(name, part["cur"]) for name, part in parts.items()] == [
        ("team-a", [1, 3]),
        ("team-b", [20, 25]),
    ]


def test_the_numbers_of_a_log_of_several_namespaces_are_sums_of_none(several: str) -> None:
    whole = json.loads(run("summary", several, "-o", "json").out)
    part = whole["by_namespace"]["team-a"]
    assert (part["cycles"], part["replica_s"], part["kv_peak"]) == (5, 240, 0.1)
    for key in ("cycles", "ups", "downs", "target_changes", "cur", "tgt_max", "kv", "kv_peak"):
        assert (key, whole[key]) == (key, None)
    for key in ("replica_s", "span", "cost", "span_s", "stages", "scaling", "predictions"):
        assert (key, whole[key]) == (key, None)
    assert whole["lines"] == len(log(["team-b", "team-a"]))
    assert (whole["errs"], whole["gaps"], whole["restarts"]) == (0, 0, 0)
    assert set(part) == set(whole) - {"by_namespace"}


def test_namespace_narrows_every_verb_to_what_a_log_of_one_namespace_gives(
    several: str, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    single = alone / "several.log"
    single.write_text("\n".join(log(["team-a"])) + "\n")
    for arguments in (
        ["explain", "--summary"],
        ["explain", "--cycle", "2"],
        ["whatif"],
        ["export"],
        ["export", "--format", "seed"],
        ["replay", "--plain"],
    ):
        verb, *more = arguments
        narrowed = run(verb, several, *more, "-n", "team-a")
        assert (narrowed.code, narrowed.out) == (0, run(verb, str(single), *more).out)
    narrowed = run("summary", several, "--namespace", "team-a", "-o", "json")
    whole = json.loads(run("summary", str(single), "-o", "json").out)
    assert {**json.loads(narrowed.out), "events": 0} == {**whole, "events": 0}


@pytest.mark.parametrize("verb", [["explain"], ["whatif"], ["export", "--format", "seed"]])
def test_a_verb_whose_numbers_would_mix_asks_which_namespace_is_meant(
    several: str, verb: list[str]
) -> None:
    done = run(verb[0], several, *verb[1:])
    assert (done.code, done.out) == (2, "")
    assert "speaks of team-a, team-b" in done.err
    assert "--namespace" in done.err


@pytest.mark.parametrize(
    "verb", ["summary", "explain", "whatif", "export", "replay --headless", "replay --plain"]
)
def test_a_namespace_of_which_a_log_says_nothing_is_told(several: str, verb: str) -> None:
    name, *more = verb.split()
    done = run(name, several, *more, "-n", "team-z")
    assert done.code == 2
    assert "says nothing of namespace team-z" in done.err
    assert "team-a, team-b" in done.err


def test_the_recorded_log_of_two_namespaces_has_its_right_numbers() -> None:
    path = shared("field-cases/other-namespace/two-namespaces.log")
    whole = json.loads(run("summary", str(path), "-o", "json").out)
    team_a = whole["by_namespace"]["team-a"]
    assert (team_a["replica_s"], team_a["span"], team_a["cur"]) == (660, 300, [1, 3])


def test_the_namespace_to_watch_of_the_configuration_file_narrows_no_file(
    several: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "wvatui" / "config.toml"
    file.parent.mkdir()
    file.write_text('namespace = "team-z"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert run("summary", several).code == 0
    monkeypatch.setenv("WVATUI_ONLY_NAMESPACE", "team-a")
    assert json.loads(run("summary", several, "-o", "json").out)["namespaces"] == ["team-a"]


def test_a_replay_as_lines_names_the_namespace_where_there_are_several(several: str) -> None:
    words = run("replay", several, "--plain").out
    for name, move in (("team-a/v", "1→3"), ("team-b/v", "20→21"), ("team-b/v", "22→25")):
        assert f" {name} decision scale-up {move}" in words
    assert " v decision" not in words
    assert " v replicas" not in words
    alone = run("replay", several, "--plain", "-n", "team-a").out
    assert " v decision scale-up 1→3" in alone


def test_the_line_at_the_end_of_a_replay_says_whose_decisions_it_counts(tmp_path: Path) -> None:
    path = tmp_path / "wva.log"
    at = "2026-09-01T08:00:10Z"
    lines = [*start(at), *model(at, "team-a", 1, 3), *model(at, "team-b", 20, 21), *end(at)]
    path.write_text("\n".join(lines), encoding="utf-8")
    end_line = run("replay", str(path), "--headless").err.splitlines()[-1]
    assert end_line.endswith("2 changes (2 up, 0 down), namespaces team-a, team-b together")
    end_line = run("replay", str(path), "--headless", "-n", "team-b").err.splitlines()[-1]
    assert end_line.endswith("1 change (1 up, 0 down), namespace team-b")


def test_a_variant_whose_model_the_log_alone_names_is_one_model_of_what_if() -> None:
    at = "2026-09-01T08:00:10Z"
    lines = [*start(at), *model(at, "team-a", 1, 3), *end(at)]
    kinds: dict[str, Any] = {"namespace": "team-a", "name": "v"}
    events: list[ev.Event] = [
        ev.Header(START, started_at=START, namespace="team-a"),
        ev.Workload(START, kind="Deployment", spec=1, ready=1, **kinds),
        ev.Variant(START, source="VariantAutoscaling", target_name="v", **kinds),
        *(ev.Log(START + 10, line=line, stream="controller") for line in lines),
    ]
    [one] = recorded(fold(EMPTY, events))
    assert (one.model, one.names) == ("m", ("v",))
    assert [member.target_name for member in one.members] == ["v"]
