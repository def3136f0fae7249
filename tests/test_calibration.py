"""Simulated engines follow recorded ones, and the measure notices when they do not."""

import io
import tarfile
import tracemalloc
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.calibration.__main__ import main
from bench.calibration.compare import Compared, compare
from bench.calibration.load_file import load_file
from bench.calibration.pages import RecordedRun, read_run
from bench.calibration.run import measured, of_line, simulate
from tests.fixtures import shared
from tests.sweeps import sampled
from wvatui.core.queries.pods.demand import DemandStretch
from wvatui.core.queries.pods.engine_figures import EngineFigures, figures_of
from wvatui.core.rules.wva.model.perf import LinearFit
from wvatui.engine.engine import EngineProfile
from wvatui.engine.fleet import Fleet
from wvatui.errors import UsageError
from wvatui.sim.pods.page import page

START = 1_785_724_037.0
REAL = EngineProfile(
    "H100",
    blocks=2400,
    block_size=64,
    max_seqs=1024,
    max_batched_tokens=8192,
    step_s=0.009,
    seq_s=0.00011,
    context_s=0.0,
    prefill_s=0.000025,
)
RATES = (3.0, 10.0, 18.0, 18.0, 18.0, 6.0, 12.0, 0.0)
"""Rates, in requests/s, that overload one pod, so that it queues and preempts, and a second
joins."""
LOAD = """
load:
  type: constant
  stages:
    - rate: 5
      duration: 120
    - rate: 12
      duration: 120
data:
  type: random
  input_distribution: {min: 900, max: 1100, mean: 1000, std_dev: 40}
  output_distribution: {min: 240, max: 260}
"""


@cache
def pages() -> dict[str, bytes]:
    """The pages of a fleet as a collector saves them: one of each pod every fifteen seconds."""
    demand = [
        DemandStretch(START + n * 60, START + n * 60 + 60, rate, 1000.0, 250.0)
        for n, rate in enumerate(RATES)
    ]
    fleet = Fleet(
        {"one": REAL, "two": REAL},
        demand,
        start=START,
        boot_s=60.0,
        seed=3,
        replicas={"one": 1, "two": 0},
    )
    found = {"debug.log": b"curl: (7) Failed to connect\n"}
    for second in range(0, 60 * len(RATES) + 1, 15):
        fleet.advance(START + second)
        if second == 120:
            fleet.scale("two", 1)
        for look in fleet.look():
            at = int(fleet.now)
            name = f"decode-{look.variant}_{at}_metrics.log"
            if look.state == "booting":
                found[name] = b"# Pod: two\ncurl: (7) Failed to connect\n"
            else:
                text = page(fleet.engine(look.pod), "llama", started_at=START)
                found[name] = b"# Pod: decode-%s\n\n" % look.variant.encode() + text
    return found


@pytest.fixture(scope="module")
def tar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "run.tar.gz"
    return packed(path, pages())


def packed(path: Path, files: dict[str, bytes]) -> Path:
    """A tar of these files, in their order."""
    with tarfile.open(path, "w:gz") as out:
        for name, content in files.items():
            member = tarfile.TarInfo(f"metrics/raw/{name}")
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture(scope="module")
def run(tar: Path) -> RecordedRun:
    return read_run(tar)


@pytest.fixture(scope="module")
def figures(run: RecordedRun) -> EngineFigures:
    return measured(run)


def by_name(rows: list[Compared]) -> dict[str, Compared]:
    return {row.name.split(",")[0]: row for row in rows}


def test_pages_become_looks_at_their_pods(run: RecordedRun) -> None:
    assert list(run.looks) == ["decode-one", "decode-two"]
    assert run.engines["decode-one"].blocks == 2400
    assert (run.since, run.until) == (START, START + 480)
    assert run.looks["decode-two"][0].at == START + 180
    assert run.others == 1 + 4, "the collector's own log, and a pod that boots"


def test_a_folder_of_pages_is_the_same_as_a_tar_of_them(run: RecordedRun, tmp_path: Path) -> None:
    for name, content in pages().items():
        (tmp_path / name).write_bytes(content)
    folder = read_run(tmp_path)
    assert folder.looks == run.looks
    assert folder.engines == run.engines


def test_a_tar_is_read_page_by_page_in_whatever_order_it_has_them(
    run: RecordedRun, tmp_path: Path
) -> None:
    files = dict(reversed(pages().items()))
    files |= {f"big-{n}": b"#" * (1 << 20) for n in range(12)}
    path = packed(tmp_path / "turned.tar.gz", files)
    tracemalloc.start()
    turned = read_run(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (list(turned.looks), turned.looks) == (list(run.looks), run.looks)
    assert turned.engines == run.engines
    assert peak < sum(map(len, files.values())) / 2


def test_a_page_may_tell_its_time_and_pod_itself(tmp_path: Path) -> None:
    name, text = next(item for item in pages().items() if item[0].endswith("_metrics.log"))
    head = b"# Timestamp: 2026-08-03T02:35:08+0000\n# Pod: here\n"
    (tmp_path / "page.prom").write_bytes(head + text.partition(b"\n\n")[2])
    assert name.startswith("decode-one")
    looks = read_run(tmp_path).looks
    assert [look.at for look in looks["here"]] == [1_785_724_508.0]


def test_an_engine_is_measured_and_followed_by_a_simulated_one(
    run: RecordedRun, figures: EngineFigures
) -> None:
    assert (figures.blocks, figures.block_size) == (2400, 64)
    assert figures.prompt == pytest.approx(1000, rel=0.03)
    assert figures.output == pytest.approx(250, rel=0.03)
    rows = compare(run.looks, simulate(run, figures, boot_s=60.0, seed=11))
    assert [row.name for row in rows if not row.is_reached] == []


def test_a_recording_that_begins_under_load_is_followed_too(run: RecordedRun) -> None:
    """It has running requests at the first look, and a pod that joins soon after."""
    later = {
        pod: [look for look in looks if look.at >= START + 150] for pod, looks in run.looks.items()
    }
    first = later["decode-one"][0]
    assert (first.running or 0) > 20
    assert (first.waiting or 0) > 20
    cut = RecordedRun(later, run.engines)
    rows = by_name(compare(later, simulate(cut, measured(cut), seed=11)))
    assert rows["running requests"].off < 0.15
    assert rows["longest queue of a pod"].off < 0.15
    joined = next(look for look in later["decode-two"] if look.running)
    assert joined.at - cut.since < 60


def test_an_engine_that_is_slower_than_the_recorded_one_is_noticed(
    run: RecordedRun, figures: EngineFigures
) -> None:
    slow = replace(figures, seq_ms=figures.seq_ms * 1.5, prefill_ms=figures.prefill_ms * 1.5)
    rows = by_name(compare(run.looks, simulate(run, slow)))
    assert not rows["running requests"].is_reached
    assert not rows["longest queue of a pod"].is_reached


def test_a_smaller_cache_is_noticed(run: RecordedRun, figures: EngineFigures) -> None:
    small = replace(figures, blocks=1200)
    assert any(not row.is_reached for row in compare(run.looks, simulate(run, small)))


def test_a_pod_that_boots_in_the_middle_serves_when_the_recorded_one_did(
    run: RecordedRun, figures: EngineFigures
) -> None:
    simulated = simulate(run, figures, boot_s=94.0)
    first = next(look for look in simulated["decode-two"] if look.running)
    real = next(look for look in run.looks["decode-two"] if look.running)
    assert first.at == real.at


def test_the_command_prints_the_figures_and_draws(
    tar: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svg = tmp_path / "out.svg"
    assert main([str(tar), "--boot", "60", "--svg", str(svg)]) == 0
    shown = capsys.readouterr().out
    assert "2,400 blocks of 64 tokens" in shown
    assert shown.count("  yes\n") == 3
    root = ElementTree.parse(svg).getroot()
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert {"recorded", "simulated", "running", "waiting", "KV cache"} <= set(texts)
    assert "pod decode-two" in texts


def test_the_load_can_be_that_of_its_own_file(
    run: RecordedRun, figures: EngineFigures, tmp_path: Path
) -> None:
    path = tmp_path / "load.yaml"
    path.write_text(LOAD)
    load = load_file(path)
    assert [(stage.rate, stage.duration_s) for stage in load.stages] == [(5, 120), (12, 120)]
    assert (load.prompt, load.output) == ((1000, 0.04), (250, 0))
    simulated = simulate(run, figures, load=load)
    done = sum(sum((rows[-1].success or {}).values()) for rows in simulated.values())
    assert done == 5 * 120 + 12 * 120


@pytest.mark.parametrize(
    ("text", "why"),
    [("{}", "no stages"), ("load: {stages: [{rate: 0, duration: 9}]}", "no stages")],
)
def test_a_load_file_without_stages_is_refused(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "load.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=why):
        load_file(path)


def test_what_is_no_run_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "bad.tar.gz").write_bytes(b"nothing")
    for path in (tmp_path, tmp_path / "bad.tar.gz", tmp_path / "absent.tar.gz"):
        assert main([str(path)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert str(path) in said


# --- the recorded run of August 2026 ----------------------------------------------------------


@pytest.fixture(scope="module")
def staircase() -> RecordedRun:
    return read_run(shared("vllm-metrics/staircase-20260803.tar.gz"))


@pytest.fixture(scope="module")
def engine(staircase: RecordedRun) -> EngineFigures:
    return measured(staircase)


def test_the_recorded_engine_is_measured(engine: EngineFigures) -> None:
    assert (engine.blocks, engine.block_size) == (6426, 64)
    assert engine.prompt == pytest.approx(2050, abs=10)
    assert engine.output == pytest.approx(510, abs=5)
    assert engine.line.base == pytest.approx(8.4, abs=0.2)
    assert engine.line.slope == pytest.approx(0.22, abs=0.005)


# Another seed only draws other lengths for the same model, so one is enough; the load of the file
# is simulated in the test below.
@pytest.mark.parametrize(
    ("source", "seed"), sampled(product(("pages", "file"), (7, 8, 9)), [("pages", 7)])
)
def test_the_simulated_engines_follow_the_recorded_run(
    staircase: RecordedRun, engine: EngineFigures, source: str, seed: int
) -> None:
    path = shared("vllm-metrics/ta_autoscale_staircase.yaml")
    load = load_file(path) if source == "file" else None
    simulated = simulate(staircase, engine, load=load, seed=seed)
    rows = by_name(compare(staircase.looks, simulated))
    # The documented limits are 10 %, 20 % and 0.10; these are the values reached.
    assert rows["running requests"].off < 0.04
    assert rows["longest queue of a pod"].off < 0.12
    assert rows["KV cache use"].off < 0.05
    again = figures_of(simulated, 6426, 64)
    assert isinstance(again, EngineFigures)
    assert again.line.base == pytest.approx(engine.line.base, abs=0.6)
    assert again.line.slope == pytest.approx(engine.line.slope, rel=0.05)
    # They preempt as often, although they were not calibrated to that.
    real, made = (
        sum((rows[-1].preemptions or 0) - (rows[0].preemptions or 0) for rows in pods.values())
        for pods in (staircase.looks, simulated)
    )
    assert made == pytest.approx(real, rel=0.15)


# The engine of these figures is held to closer limits above, with the load that was recorded.
@pytest.mark.sweep
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_published_figures_alone_are_enough_to_stay_within_the_limits(
    staircase: RecordedRun, seed: int
) -> None:
    """Blocks, lengths, ITL ≈ 8.4 ms + 0.22 ms per running request, boot 94 s, the file of the
    load."""
    given = EngineFigures(6426, 64, LinearFit(8.4, 0.22), 0.0, 0.0, 0.0, 2050.0, 510.0, 0)
    load = load_file(shared("vllm-metrics/ta_autoscale_staircase.yaml"))
    load = replace(load, prompt=(2050.0, load.prompt[1]), output=(510.0, load.output[1]))
    simulated = simulate(staircase, of_line(given, 8.4, 0.22), load=load, boot_s=94.0, seed=seed)
    assert [row for row in compare(staircase.looks, simulated) if not row.is_reached] == []
