"""`estimate`: the parameters of the model, warnings about them, and refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run as cli
from tests.core.results.made import benchmark, report
from wvatui.cli.cluster.estimate import from_files
from wvatui.core.rules.wva.model.perf import LinearFit, itl_line, regression, ttft_line
from wvatui.errors import CheckFailed, RecordingError, UsageError

SEED_KEYS = ["itl_synchronous", "itl_throughput", "batch_size", "alpha", "beta"]


def written(path: Path, dialect: str, *benchmarks: dict[str, Any]) -> str:
    path.write_text(json.dumps(report(dialect, *benchmarks)), encoding="utf-8")
    return str(path)


def pair(folder: Path, itl: float = 8.7, dialect: str = "0.7", **throughput: Any) -> list[str]:
    """The paths of a synchronous report with an ITL of 7 ms, and of a throughput report with
    `itl`."""
    settings = {"ttft": 26.0, "concurrency": 64.0} | throughput
    return [
        written(folder / "sync.json", dialect, benchmark("synchronous", 7.0, dialect)),
        written(folder / "thr.json", dialect, benchmark("throughput", itl, dialect, **settings)),
    ]


def run(files: list[str], folder: Path, **options: Any) -> dict[str, Any]:
    output = folder / "parameters.json"
    from_files(tuple(files), output=str(output), **options)
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("dialect", ["0.3", "0.4", "0.5", "0.7"])
def test_35_the_seeds_example_gives_the_seeds_numbers_in_every_dialect(
    tmp_path: Path, dialect: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(pair(tmp_path, dialect=dialect), tmp_path)
    assert list(found)[:5] == SEED_KEYS
    assert [round(found[key], 6) for key in ("alpha", "beta")] == [6.973016, 0.026984]
    assert [round(found[key], 6) for key in ("gamma", "delta")] == [14.825397, 0.001364]
    assert found["batch_size"] == 64.0
    assert isinstance(found["batch_size"], float)
    assert found["warnings"] == []
    out, err = capsys.readouterr()
    assert "6.973016" in out
    assert "0.026984" in out
    assert "v0.4" in out
    assert "warning" not in err


def test_35_one_sweep_report_gives_what_two_reports_give(tmp_path: Path) -> None:
    two = run(pair(tmp_path), tmp_path)
    sweep = written(
        tmp_path / "sweep.json",
        "0.7",
        benchmark("synchronous", 7.0, "0.7"),
        benchmark("throughput", 8.7, "0.7", ttft=26.0, concurrency=64.0),
        benchmark("constant", 9.9, "0.7", rate=2.0),
    )
    one = run([sweep], tmp_path)
    assert one | {"sources": 0} == two | {"sources": 0}
    assert one["sources"] == {"synchronous": sweep, "throughput": sweep}


@pytest.mark.parametrize("batch_size", [1.0, 0.5, 0.0, -3.0, float("nan")])
def test_35_a_batch_size_that_is_not_above_one_is_refused(
    tmp_path: Path, batch_size: float
) -> None:
    with pytest.raises(UsageError, match="batch size must exceed 1"):
        run(pair(tmp_path), tmp_path, batch_size=batch_size)
    assert not (tmp_path / "parameters.json").exists()


def test_35_a_throughput_run_that_was_faster_gives_a_result_with_a_warning(tmp_path: Path) -> None:
    found = run(pair(tmp_path, itl=6.5), tmp_path)
    assert found["beta"] < 0
    assert found["warnings"] == [
        "throughput below synchronous: β < 0, latency would fall as load rises"
    ]


def test_a_negative_alpha_is_warned_of(tmp_path: Path) -> None:
    found = run(pair(tmp_path, itl=70.0, concurrency=4.0), tmp_path, batch_size=4.0)
    assert found["alpha"] < 0
    assert found["warnings"] == [
        "α < 0: the throughput latency is too high for one line through both runs"
    ]


def test_a_concurrency_that_was_not_reached_is_warned_of_and_reckoned_with(tmp_path: Path) -> None:
    found = run(pair(tmp_path, concurrency=11.0), tmp_path, batch_size=64.0)
    assert round(found["beta"], 6) == 0.026984
    assert found["concurrency_reached"] == 11.0
    assert round(found["beta_at_concurrency_reached"], 6) == 0.17
    assert found["warnings"] == [
        "the throughput run never had 64 requests in flight (11.0 on average): "
        "beta for 64 is too small"
    ]


def test_the_batch_size_is_what_was_really_in_flight(tmp_path: Path) -> None:
    found = run(pair(tmp_path, concurrency=11.0), tmp_path)
    assert (found["batch_size"], found["batch_size_by"]) == (11.0, "report")
    assert round(found["beta"], 6) == 0.17
    assert found["beta_at_concurrency_reached"] is None
    assert found["warnings"] == []


def test_littles_law_tells_it_where_the_report_has_rate_and_latency(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stage(rate: float, latency_s: float, itl_s: float) -> str:
        latency = {"request_latency": {"mean": latency_s}, "inter_token_latency": {"mean": itl_s}}
        path = tmp_path / f"stage-{rate:g}.json"
        report = {
            "load_summary": {"count": 99},
            "successes": {
                "count": 99,
                "latency": latency,
                "throughput": {"requests_per_sec": rate},
            },
            "failures": {"count": 0},
        }
        path.write_text(json.dumps(report), encoding="utf-8")
        return str(path)

    found = run([stage(2.2, 0.45, 0.003473), stage(91.36, 1.0213, 0.007516)], tmp_path)
    assert (round(found["batch_size"], 1), found["batch_size_by"]) == (93.3, "little")
    assert round(found["beta"], 4) == 0.0438
    assert "batch size 93.31, in flight by Little's law" in capsys.readouterr().out


def test_a_throughput_run_with_one_request_in_flight_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"had 1\.0 requests in flight, not above 1"):
        run(pair(tmp_path, concurrency=1.0), tmp_path)


@pytest.mark.parametrize("which", [0, 1])
def test_a_run_without_a_success_gives_no_numbers_and_no_file(
    tmp_path: Path, which: int, capsys: pytest.CaptureFixture[str]
) -> None:
    files = pair(tmp_path)
    name = ("synchronous", "throughput")[which]
    files[which] = written(tmp_path / "none.json", "0.7", benchmark(name, 7.0, "0.7", ok=0))
    with pytest.raises(CheckFailed, match="nothing could be estimated"):
        run(files, tmp_path)
    assert f"the {name} run had no successful requests" in capsys.readouterr().err
    assert not (tmp_path / "parameters.json").exists()


def test_reports_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="give them in the other order"):
        run(pair(tmp_path)[::-1], tmp_path)


def test_a_report_that_lacks_a_strategy_says_which_it_has(tmp_path: Path) -> None:
    sync, _ = pair(tmp_path)
    with pytest.raises(CheckFailed, match=r"no throughput benchmark \(it has: synchronous\)"):
        run([sync], tmp_path)


def test_prompts_of_different_lengths_are_warned_of(tmp_path: Path) -> None:
    (warning,) = run(pair(tmp_path, prompt=512.0), tmp_path)["warnings"]
    assert warning == "the prompts of the two runs differ: 128 and 512 tokens"


def test_without_ttft_gamma_and_delta_are_missing_and_not_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thr = benchmark("throughput", 8.7, "0.7", concurrency=64.0)
    del thr["metrics"]["time_to_first_token_ms"]
    files = [pair(tmp_path)[0], written(tmp_path / "thr.json", "0.7", thr)]
    found = run(files, tmp_path)
    assert (found["gamma"], found["delta"]) == (None, None)
    assert "gamma             –" in capsys.readouterr().out


def test_what_is_no_report_or_no_file_is_one_line_with_its_name(tmp_path: Path) -> None:
    sync, _ = pair(tmp_path)
    odd = tmp_path / "odd.json"
    odd.write_text("PNG", encoding="utf-8")
    with pytest.raises(RecordingError, match=r"odd\.json: not a report"):
        run([sync, str(odd)], tmp_path)
    with pytest.raises(UsageError, match=r"gone\.json: cannot be read: No such file"):
        run([sync, str(tmp_path / "gone.json")], tmp_path)
    with pytest.raises(UsageError, match="two reports"):
        run([sync, sync, sync], tmp_path)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "folder").mkdir(parents=True)
    files = pair(here)
    with pytest.raises(UsageError, match="cannot be written"):
        from_files(tuple(files), output=str(here / "no" / "such" / "p.json"))
    with pytest.raises(UsageError, match="cannot be written"):
        from_files(tuple(files), output=str(here / "folder"))
    assert sorted(p.name for p in here.iterdir()) == ["folder", "sync.json", "thr.json"]


def test_a_dash_writes_the_parameters_alone_to_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from_files(tuple(pair(tmp_path)), output="-")
    assert list(json.loads(capsys.readouterr().out))[:5] == SEED_KEYS


def test_the_verb_ends_with_the_exit_code_of_what_was_wrong(tmp_path: Path) -> None:
    files = pair(tmp_path, itl=6.5)
    output = tmp_path / "p.json"
    done = cli("estimate", *files, "-o", str(output))
    assert (done.code, output.exists()) == (0, True)
    assert "alpha" in done.out
    assert "wvatui: warning: throughput below synchronous" in done.err
    output.unlink()
    for args, code, words in (
        ([*files, "--batch-size", "1"], 2, "batch size must exceed 1"),
        (files[:1], 1, "no throughput benchmark"),
        ([files[0], __file__], 4, "not a report"),
        ([], 2, "estimate takes two reports"),
    ):
        done = cli("estimate", *args, "-o", str(output))
        assert (done.code, output.exists()) == (code, False)
        assert words in done.err
        assert "Traceback" not in done.err


def test_the_lines_go_through_both_runs() -> None:
    itl = itl_line(7.0, 8.7, 64)
    assert itl.base + itl.slope == pytest.approx(7.0)
    assert itl.base + 64 * itl.slope == pytest.approx(8.7)
    ttft = ttft_line(15.0, 26.0, 64, 128)
    assert ttft.base + ttft.slope * 128 == pytest.approx(15.0)
    with pytest.raises(ValueError, match="prompt tokens"):
        ttft_line(15.0, 26.0, 64, 0)


def test_a_regression_finds_the_line_and_says_how_much_it_explains() -> None:
    found = regression((float(x), 8.4 + 0.22 * x) for x in range(1, 50))
    assert found is not None
    assert found.line.base == pytest.approx(8.4)
    assert found.line.slope == pytest.approx(0.22)
    assert found.r2 == pytest.approx(1.0)
    noisy = regression([(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)])
    assert noisy is not None
    assert noisy.r2 == pytest.approx(0.25)
    assert regression([(5.0, 1.0), (5.0, 2.0)]) is None
    flat = regression([(1.0, 2.0), (2.0, 2.0)])
    assert flat is not None
    assert (flat.line, flat.r2) == (LinearFit(2.0, 0.0), None)
