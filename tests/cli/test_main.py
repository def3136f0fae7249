"""Verbs that read files: data on standard output, messages on standard error, exit codes."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.export.snapshot import COLUMNS
from wvatui.recording import Writer

LINE = (
    '{{"level":"INFO","ts":"2025-11-28T20:{minute:02d}:00.000Z","msg":"Processing decision: '
    'variant=v, action=scale-up, current={current}→target={target}"}}'
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "controller.log"
    rows = [LINE.format(minute=m, current=m + 1, target=m + 2) for m in range(5)]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    at = 1_764_360_000.0
    writer = Writer(path, ev.Header(at, started_at=at, namespace="ns", label="wva"))
    variant = ev.Variant(
        at, name="v", namespace="ns", source="VariantAutoscaling", model="m", target_name="d"
    )
    pod = ev.Pod(
        at,
        name="d-1",
        namespace="ns",
        role="model",
        phase="Running",
        ready=True,
        labels={"app": "d"},
    )
    workload = ev.Workload(
        at, kind="Deployment", name="d", namespace="ns", spec=1, ready=1, selector={"app": "d"}
    )
    writer.write([variant, workload, pod])
    for second in range(60):
        now = at + second
        kv = 0.1 + second / 100
        writer.write([ev.Scrape(now, pod="d-1", kv=kv, running=2, waiting=0), ev.Tick(now)])
    writer.close("quit", decisions=0)
    return path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_version_is_one_line() -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, "wvatui 0.2.0\n")


def test_an_export_without_a_moment_is_of_the_end(recording: Path) -> None:
    done = run("export", str(recording))
    assert done.code == 0
    assert done.out.splitlines()[0].split(",")[: len(COLUMNS)] == list(COLUMNS)
    table = rows(done.out)
    assert [row["level"] for row in table] == ["variant", "replica"]
    assert table[1]["kv_ratio"].startswith("0.69")
    assert table[0]["time"].endswith("Z")
    assert table[0]["time"][-5] == "."


def test_an_export_at_a_moment_shows_that_moment(recording: Path) -> None:
    table = rows(run("export", str(recording), "--at", "30s").out)
    assert table[1]["kv_ratio"].startswith("0.4")
    assert table[0]["t_plus_s"].startswith("30")


def test_an_export_to_a_file_prints_nothing_but_its_path(recording: Path, tmp_path: Path) -> None:
    target = tmp_path / "snapshot.csv"
    done = run("export", str(recording), "-o", str(target))
    assert done.out == ""
    assert str(target) in done.err
    assert target.read_text() == run("export", str(recording)).out


def test_whole_tables_are_written_as_series(recording: Path, tmp_path: Path) -> None:
    done = run("export", str(recording), "--table", "all", "-o", str(tmp_path / "out"))
    assert done.code == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    for table in ("replicas", "pods", "decisions", "cycles", "scrapes", "logs", "events"):
        assert any(table in name for name in names), table


def test_a_table_that_does_not_exist_names_those_that_do(recording: Path) -> None:
    done = run("export", str(recording), "--table", "podz")
    assert done.code == 2
    assert "replicas" in done.err


def test_the_summary_of_a_log_counts_its_decisions(log: Path) -> None:
    numbers = json.loads(run("summary", str(log), "-o", "json").out)
    assert (numbers["ups"], numbers["tgt_max"], numbers["lines"]) == (5, 6, 5)
    text = run("summary", str(log)).out
    assert "5 cycles, 4 target changes" in text
    assert "changes          5 up, 0 down, asked for by WVA" in text


def test_a_packed_log_says_the_same(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "controller.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    first, second = (
        json.loads(run("summary", str(file), "-o", "json").out) for file in (log, packed)
    )
    assert first | {"source": ""} == second | {"source": ""}
    packed.write_bytes(packed.read_bytes()[:-20])
    cut = "the compressed file is cut off, read up to there"
    assert f"wvatui: {packed}: {cut}\n" in run("summary", str(packed)).err


def test_a_headless_replay_ends_with_one_line(recording: Path) -> None:
    done = run("replay", str(recording), "--headless")
    assert (done.code, done.out) == (0, "")
    assert done.err.count("\n") == 1
    assert "run.jsonl: 125 events" in done.err


def test_a_plain_replay_prints_a_line_a_change(log: Path) -> None:
    done = run("replay", str(log), "--plain")
    lines = done.out.splitlines()
    assert any("v decision scale-up 1→2" in line for line in lines)
    assert all(line[:4] == "2025" for line in lines)


def test_a_pipe_is_replayed(log: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wvatui", "replay", "-", "--headless"],
        input=log.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"standard input: " in done.stderr
    assert b"5 decisions" in done.stderr


@pytest.mark.parametrize("verb", ["replay", "export", "summary"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.jsonl", b""),
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9),
        ("gone", None),
    ],
)
def test_what_is_no_recording_is_one_line_and_exit_4(
    tmp_path: Path, verb: str, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    extra = ["--headless"] if verb == "replay" else []
    done = run(verb, str(path), *extra)
    assert (done.code, done.out) == (4, "")
    assert name in done.err
    assert "Traceback" not in done.err
    assert done.err.count("\n") <= 2


def test_a_cut_recording_is_replayed_with_a_notice(recording: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-100])
    done = run("replay", str(recording), "--headless")
    assert done.code == 0
    assert "cut" in done.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["export", "FILE", "--at", "soonish"], "is not a moment"),
        (["export", "FILE", "--at", "10s", "--table", "pods"], "one of the two"),
        (["watch", "a", "-n", "b", "--headless"], "two namespaces"),
        (["watch", "a", "--headless", "--interval", "often"], "is not a duration"),
        (["watch", "a", "--headless", "--interval", "1ms"], "too short"),
        (["watch", "a", "--frobnicate"], "--frobnicate"),
        (["dance"], "dance"),
    ],
)
def test_wrong_usage_is_said_in_words_and_exit_2(
    recording: Path, args: list[str], words: str
) -> None:
    done = run(*[str(recording) if arg == "FILE" else arg for arg in args])
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_flag_beats_variable_beats_file(
    log: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "wvatui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[summary]\noutput = "json"\n')
    assert run("summary", str(log)).out.startswith("controller.log")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert run("summary", str(log)).out.startswith("{")
    monkeypatch.setenv("WVATUI_OUTPUT", "text")
    assert run("summary", str(log)).out.startswith("controller.log")
    assert run("summary", str(log), "-o", "json").out.startswith("{")


def test_every_flag_has_a_variable_and_where_a_file_may_set_it_a_key() -> None:
    import click

    from wvatui.cli.main import cli
    from wvatui.cli.params import of_verbs, unless_of_the_file

    keys = of_verbs(cli)
    for verb, command in cli.commands.items():
        parts = command.commands.values() if isinstance(command, click.Group) else [command]
        for option in (param for part in parts for param in part.params):
            if isinstance(option, click.Option) and option.name != "help":
                assert str(option.envvar).startswith("WVATUI_"), (verb, option.name)
                long = max(option.opts, key=len).lstrip("-").replace("-", "_")
                assert option.name == long, (verb, option.opts)
                assert (long in keys[verb]) == (option.callback is not unless_of_the_file)


def test_every_file_in_a_folder_of_verbs_is_a_verb_of_its_name() -> None:
    from wvatui.cli import main

    # A name that is a keyword of Python has a `_` behind it.
    files = [file.stem for file in Path(main.__file__).parent.glob("*/[a-z]*.py")]
    assert list(main.cli.commands) == sorted(name.rstrip("_") for name in files)
    assert all(verb.name == name for name, verb in main.cli.commands.items())


def test_a_wrong_configuration_file_is_one_line_and_exit_2(
    log: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "wvatui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("\nthemme = 'dark'\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    done = run("summary", str(log))
    assert done.code == 2
    assert "config.toml:2: unknown setting 'themme'" in done.err


def test_sessions_lists_what_was_recorded_newest_first(recording: Path, tmp_path: Path) -> None:
    done = run("sessions", "--folder", str(tmp_path))
    assert "run.jsonl" in done.out
    assert "wva" in done.out
    (row,) = json.loads(run("sessions", "--folder", str(tmp_path), "-o", "json").out)
    assert (row["namespace"], row["decisions"], row["length_s"]) == ("ns", 0, 59.0)


def test_a_reader_that_goes_away_is_no_error(log: Path) -> None:
    program = (
        f"{sys.executable} -m wvatui export {log} | head -c 10 >/dev/null; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@cache
def modules_of(*args: str) -> frozenset[str]:
    """The modules that have been imported when the program ends."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from wvatui.cli.main import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return frozenset(done.stderr.split())


# An export could need most of what is not loaded.
@pytest.mark.parametrize(
    "verb",
    sampled(
        ["--version", "export FILE", "summary FILE", "config path"],
        ["--version", "export FILE", "config path"],
    ),
)
def test_verbs_without_a_screen_never_load_it(recording: Path, verb: str) -> None:
    loaded = modules_of(*(str(recording) if arg == "FILE" else arg for arg in verb.split()))
    assert "wvatui.cli" in loaded
    assert not loaded & {"textual", "plotext", "pandas", "kubernetes"}


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_what_reads_no_event_loads_no_events(flag: str) -> None:
    loaded = modules_of(flag)
    assert "wvatui.cli" in loaded
    assert not loaded & {"msgspec", "wvatui.core.events", "wvatui.core.redact"}


def test_a_verb_is_imported_when_it_is_asked_for() -> None:
    verbs = {"wvatui.cli.recorded.summary", "wvatui.cli.settings.config"}
    assert not modules_of("--version") & verbs
    assert modules_of("config", "path") & verbs == {"wvatui.cli.settings.config"}
    assert modules_of("--help") >= verbs


def test_the_demo_names_its_scenarios_and_what_is_seen_of_each() -> None:
    done = run("demo", "--list")
    assert done.code == 0
    for name in ("stair-step", "paused-scaler", "keda-epp"):
        assert f"\n{name} " in f"\n{done.out}"
    assert done.out.count("seen: ") == len(done.out.splitlines()) / 2


def test_every_verb_that_records_can_hide_credentials_in_raw_lines() -> None:
    from wvatui.cli.main import cli

    flags = {name: {one.name for one in verb.params} for name, verb in cli.commands.items()}
    recording = {name for name, own in flags.items() if own & {"record", "repeat"}}
    assert recording == {"watch", "demo", "load", "run", "serve", "estimate"}
    assert all("redact_log" in flags[name] for name in recording)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("compare", "--foo"), "compare: there is no --foo; did you mean --from or "),
        (("doctor", "--slo", "x"), "doctor: there is no --slo, which is a flag of compare, "),
        (("compar", "a"), "there is no verb 'compar'; did you mean compare"),
        (("export",), "export: FILE is missing"),
        (("export", "x", "--at"), "export: --at needs a value"),
        (("compare", "a", "b", "--gate"), "compare: --gate needs a value"),
        (("config", "show", "-o"), "config: -o needs a value"),
        (("--color",), "--color needs a value"),
        (("replay", "a", "b"), "replay: too many arguments: b"),
        (("check", "--look", "abc", "x"), "check: --look: 'abc' is not a duration such as 90s"),
        (("whatif", "x", "--loop", "y"), "whatif: --loop: 'y' is not one of 'auto', 'open'"),
        (("config",), "config: which one: path, schema, show, validate?"),
        (("config", "shw"), "config: there is no verb 'shw'; did you mean show?"),
        (("rules", ""), "rules: there is no verb ''"),
        (("explain", "x", "--cycle", "0"), "explain: --cycle: 0 is less than 1"),
        (
            ("explain", "a.yaml", "--replicas", "1000000000"),
            "explain: --replicas: 1000000000 is not",
        ),
        (("demo", "--speed", "0"), "demo: --speed: 0.0 is not from 0.1 to 1000"),
        (("demo", "--seed", "x"), "demo: --seed: 'x' is not a whole number"),
        (("load", "x", "--rate", "0"), "load: --rate: 0.0 is not more than 0"),
        (("demo", "--headless=no"), "demo: --headless takes no value"),
        (("demo", "--speed", "nan"), "demo: --speed: 'nan' is not a finite number"),
        (("demo", "--speed", "inf"), "demo: --speed: inf is not from 0.1 to 1000"),
        (("replay", "x", "--speed", "NaN"), "replay: --speed: 'NaN' is not a finite number"),
        (("load", "x", "--rate", "inf"), "load: --rate: 'inf' is not a finite number"),
        (("estimate", "x", "--batch-size", "nan"), "estimate: --batch-size: 'nan' is not a finite"),
        (("summary", ""), "summary: FILE|REPORT: is empty: is a variable not set?"),
        (("compare", "x", ""), "compare: [LABEL=]RUN…: is empty: is a variable not set?"),
        (("replay", "", "--headless"), "replay: [FILE]: is empty: is a variable not set?"),
        (("check", ""), "check: [NAMESPACE | FILE]: is empty: is a variable not set?"),
        (("compare", "a=", "b="), "a= names no run"),
        (("replay", "a", "b\nc"), "replay: too many arguments: b␊c"),
    ],
)
def test_a_wrong_command_line_is_told_as_every_error_is(
    arguments: tuple[str, ...], line: str
) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"wvatui: {line}"), done.err
    assert not re.search("Usage:|Try |Error:|Invalid|No such|Got un|not a valid|x>", done.err)


def test_a_value_of_a_variable_is_told_by_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WVATUI_LOOK", "soon")
    assert run("check", "x").err.startswith("wvatui: check: WVATUI_LOOK: 'soon' is not a duration")
    monkeypatch.setenv("WVATUI_PLAIN", "maybe")
    told = "wvatui: replay: WVATUI_PLAIN: 'maybe' is neither true nor false\n"
    assert run("replay", "x").err.startswith(told)


def test_a_value_of_the_file_is_told_by_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "wvatui" / "config.toml"
    file.parent.mkdir()
    file.write_text('[watch]\nselector = "="\n')
    done = run("watch", "x", "--headless")
    assert done.err.startswith(f"wvatui: watch: selector in {file}: '=' is no label selector")
    file.write_text("\n[demo]\nspeed = nan\n")
    assert run("demo").err.startswith(f"wvatui: {file}:3: speed nan is not a finite number\n")
