"""A range of a Prometheus becomes a session, over real HTTP; each error is one line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.cli import Done
from tests.cli.cli import run as cli
from tests.ports import refusing
from tests.recording.saved import POD, T0, engine, objects
from tests.sources.fake_prometheus import FakePrometheus, Said, is_part, serving
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev
from wvatui.recording import open_recording
from wvatui.sim.serve import kubeconfig, write_kubeconfig
from wvatui.sim.tls import make_authority, server_context
from wvatui.sources.prometheus import client, ranges
from wvatui.sources.prometheus.groups import GROUPS

STEPS = [15.0 * n for n in range(41)]
SPAN = ("--from", f"{T0:.0f}", "--to", "2025-11-24T16:10:00Z")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePrometheus]:
    """A Prometheus with ten minutes of kube-state-metrics, WVA and one engine, scraped each 15
    s."""
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.001)
    with serving(FakePrometheus([*engine("aaaaa", STEPS), *objects(STEPS)])) as served:
        stream = httpx.Client.stream

        def streamed(http: httpx.Client, method: str, url: str, **more: Any) -> Any:
            """Wait for a moment where there will be no answer, elsewhere as long as is asked for:
            the machine may be busy."""
            if served.is_silent(more["params"]):
                more["timeout"] = httpx.Timeout(http.timeout.connect, read=0.05)
            return stream(http, method, url, **more)

        monkeypatch.setattr(httpx.Client, "stream", streamed)
        yield served


def asked(fake: FakePrometheus, output: Path, *more: str, span: tuple[str, ...] = SPAN) -> Done:
    return cli("import", "prometheus", fake.url, "-n", "ns", *span, *more, "-o", str(output))


def looks(output: Path) -> list[ev.Scrape]:
    return [each for each in open_recording(output).events() if isinstance(each, ev.Scrape)]


def test_a_range_of_a_prometheus_becomes_a_session_with_its_provenance(
    tmp_path: Path, fake: FakePrometheus
) -> None:
    output = tmp_path / "run.jsonl"
    done = asked(fake, output, "--label", "keda")
    assert (done.code, done.out) == (0, "")
    assert "engines (vLLM, SGLang): 8 series, every 15 s" in done.err
    assert f"{fake.url} has nothing of endpoint pickers (EPP)" in done.err
    run = open_run(output)
    assert [round(look.at - T0) for look in run.looks[f"{POD}aaaaa"]] == [round(t) for t in STEPS]
    assert run.state.ladder["ns", "llama"][-1].ready == 3
    header = run.state.header
    assert header is not None
    assert (header.label, header.namespace, header.interval_s) == ("keda", "ns", 15.0)
    notice = run.state.notices[0].text
    assert notice.startswith(
        f"imported from {fake.url}: 2025-11-24 16:00:00 UTC to 2025-11-24 16:10"
    )
    assert "has nothing of endpoint pickers" in notice
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]
    assert len(fake.parts()) == 6


def test_47_a_gap_without_a_stale_marker_stays_a_gap(tmp_path: Path, fake: FakePrometheus) -> None:
    there = [at for at in STEPS if not 400 <= at <= 500]
    fake.series = engine("aaaaa", there)
    output = tmp_path / "run.jsonl"
    assert "8 series, every 15 s" in asked(fake, output).err
    assert [round(look.at - T0) for look in looks(output)] == [round(at) for at in there]
    stepped = tmp_path / "stepped.jsonl"
    assert asked(fake, stepped, "--step", "15s").code == 0
    times = {round(look.at - T0) for look in looks(stepped)}
    assert times - {round(at) for at in there} == {405}  # a scrape may come a little late


@pytest.mark.parametrize(("step", "count"), [("30s", 21), ("", 41)])
def test_the_step_is_chosen_or_that_of_the_scrapes_and_told(
    tmp_path: Path, fake: FakePrometheus, step: str, count: int
) -> None:
    output = tmp_path / "run.jsonl"
    done = asked(fake, output, *(("--step", step) if step else ()))
    assert len(looks(output)) == count
    assert f"engines (vLLM, SGLang): 8 series, every {step[:2] or 15} s" in done.err


def test_without_a_sample_to_tell_the_interval_it_is_fifteen_seconds(
    tmp_path: Path, fake: FakePrometheus
) -> None:
    fake.series = engine("aaaaa", [0.0, 200.0])[:1]
    fake.says = lambda path, params: Said(404, "gone") if path.endswith("/query") else None
    output = tmp_path / "run.jsonl"
    assert asked(fake, output).code == 0
    assert {params["step"] for params in fake.ranges()} == {"15.000"}
    assert "last_over_time" not in fake.ranges()[0]["query"]


def test_samples_between_the_moments_that_tell_the_interval_keep_their_times(
    tmp_path: Path, fake: FakePrometheus
) -> None:
    fake.series = engine("aaaaa", [360.0, 420.0, 480.0])
    span = ("--from", f"{T0 - 3600}", "--to", f"{T0 + 3 * 3600}")
    output = tmp_path / "run.jsonl"
    done = asked(fake, output, span=span)
    assert "engines (vLLM, SGLang): 8 series, as scraped" in done.err
    assert [round(look.at - T0) for look in looks(output)] == [360, 420, 480]


def test_an_odd_answer_about_the_interval_is_as_none(tmp_path: Path, fake: FakePrometheus) -> None:
    odd = Said(
        200,
        '{"status":"success","data":{"resultType":"matrix","result":[{"values":[["a","b"]]}]}}',
    )
    fake.says = lambda path, params: None if is_part(params) else odd
    output = tmp_path / "run.jsonl"
    assert asked(fake, output).code == 0
    assert [round(look.at - T0) for look in looks(output)] == [round(at) for at in STEPS]


def test_a_proxy_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "ftp://me:s3cret@proxy:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    done = cli("import", "http://prometheus:9090", *SPAN, "-o", str(tmp_path / "run.jsonl"))
    assert (done.code, "s3cret" in done.err) == (3, False)
    assert "http://prometheus:9090: the proxy ftp://proxy cannot be used" in done.err


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://me:s3cret@", "not the address of a Prometheus"),
        ("http://me:s3cret@h:port", "not the address of a Prometheus"),
        ("http://me:s3cret@[::1", "not the address of a Prometheus"),
        ("http://me:s3cret@h:0", "not the address of a Prometheus"),
        ("http://me:s3cret@h/?tenant=a", "http://h: what stands behind ? in the address"),
    ],
)
def test_an_address_that_cannot_be_asked_is_one_line_without_its_password(
    tmp_path: Path, address: str, words: str
) -> None:
    done = cli("import", address, *SPAN, "-o", str(tmp_path / "run.jsonl"))
    assert (done.code, done.err.count("\n"), "s3cret" in done.err) == (2, 1, False)
    assert words in done.err


def test_a_long_range_is_asked_for_in_parts_that_join(
    tmp_path: Path, fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "PART_POINTS", 16)
    output = tmp_path / "run.jsonl"
    assert asked(fake, output).code == 0
    ends = [round(float(p["time"]) - T0) for p in fake.parts() if "vllm" in p["query"]]
    assert ends == [240, 480, 600]
    assert [round(look.at - T0) for look in looks(output)] == [round(at) for at in STEPS]


@pytest.mark.parametrize(
    "refusal",
    [
        None,
        Said(422, '{"status":"error","errorType":"execution","error":"too many samples"}'),
        Said(503, '{"status":"error","errorType":"timeout","error":"query timed out"}'),
        "silence",
        Said(413, "<html>Request Entity Too Large</html>"),
    ],
    ids=["11,000 points", "samples", "time", "silence", "proxy"],
)
def test_a_range_that_is_too_large_is_cut_in_two(
    tmp_path: Path, fake: FakePrometheus, refusal: Said | str | None
) -> None:
    fake.most_points = 21

    def is_refused(params: dict[str, str]) -> bool:
        is_long = "[615" in params["query"] or "[600" in params["query"]
        return is_long and "vllm" in params["query"]

    if isinstance(refusal, Said):
        fake.says = lambda path, params: refusal if is_refused(params) else None
    elif refusal is not None:
        fake.is_silent = is_refused
    output = tmp_path / "run.jsonl"
    more = ("--step", "15s") if refusal is None else ()
    assert asked(fake, output, *more).code == 0
    assert [round(look.at - T0) for look in looks(output)] == [round(at) for at in STEPS]


def test_an_interrupted_import_goes_on_where_it_ended(
    tmp_path: Path, fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "PART_POINTS", 16)
    fake.says = lambda path, params: (
        Said(500, "down") if is_part(params) and float(params["time"]) > T0 + 490 else None
    )
    output, folder = tmp_path / "run.jsonl", tmp_path / "run.jsonl.answers"
    first = asked(fake, output)
    assert (first.code, output.exists()) == (3, False)
    assert f"{folder} keeps what has come: the same command goes on" in first.err
    assert sorted(path.name for path in folder.iterdir())[:2] == [
        "engines-0-000000-000015.json",
        "engines-0-000016-000031.json",
    ]
    other = asked(fake, output, "--step", "30s")
    assert (other.code, "answers of another import" in other.err) == (2, True)
    fake.says = lambda path, params: None
    fake.asked.clear()
    again = asked(fake, output)
    assert (again.code, folder.exists()) == (0, False)
    assert "begun, of 2025-11-24 16:00:00 UTC to 2025-11-24 16:10:00 UTC" in again.err
    assert "engines (vLLM, SGLang): 8 series, every 15 s" in again.err
    assert "2 answers were there from before" in again.err
    assert len(fake.asked) == len(fake.parts()) == 6 * 3 - 2
    assert [round(look.at - T0) for look in looks(output)] == [round(at) for at in STEPS]


@pytest.mark.parametrize(
    "damaged", ["", "\0\0\0\0", '{"status":"success","data":{"resultType":"matr']
)
def test_a_kept_answer_that_is_damaged_is_asked_for_again(
    tmp_path: Path, fake: FakePrometheus, damaged: str
) -> None:
    fake.says = lambda path, params: Said(400) if "kube_" in params["query"] else None
    output = tmp_path / "run.jsonl"
    assert asked(fake, output).code == 3
    (kept,) = (tmp_path / "run.jsonl.answers").glob("engines-*")
    kept.write_text(damaged)
    fake.says = lambda path, params: None
    assert asked(fake, output).code == 0
    assert [round(look.at - T0) for look in looks(output)] == [round(at) for at in STEPS]


def test_times_of_another_zone_are_another_import(tmp_path: Path, fake: FakePrometheus) -> None:
    fake.says = lambda path, params: Said(400) if "kube_" in params["query"] else None
    output, span = tmp_path / "run.jsonl", ("--from", "2025-11-24T16:00", "--to", f"{T0 + 600}")
    assert asked(fake, output, span=span).code == 3
    done = asked(fake, output, "--tz", "+01:00", span=span)
    assert (done.code, "answers of another import" in done.err) == (2, True)


def test_a_folder_of_other_files_is_left_as_it_is(tmp_path: Path, fake: FakePrometheus) -> None:
    folder = tmp_path / "run.jsonl.answers"
    folder.mkdir()
    (folder / "mine.json").write_text("{}")
    done = asked(fake, tmp_path / "run.jsonl")
    assert (done.code, "holds other files than answers" in done.err) == (2, True)
    assert [path.name for path in folder.iterdir()] == ["mine.json"]


@pytest.mark.parametrize("passing", [Said(503, "upstream down"), Said(cut=40), Said(429, "busy")])
def test_47_a_server_that_is_away_for_a_moment_is_asked_again(
    tmp_path: Path, fake: FakePrometheus, passing: Said
) -> None:
    failures = iter([passing] * 4)
    fake.says = lambda path, params: next(failures, None) if is_part(params) else None
    output = tmp_path / "run.jsonl"
    assert asked(fake, output).code == 0
    assert len(looks(output)) == len(STEPS)


def test_a_server_that_names_a_long_wait_is_asked_again_after_ten_seconds(
    tmp_path: Path, fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    busy = iter([Said(429, "busy", {"retry-after": "600"})])
    fake.says = lambda path, params: next(busy, None) if is_part(params) else None
    assert asked(fake, tmp_path / "run.jsonl").code == 0
    assert max(waits) == 10.0


HTML = Said(200, "<!doctype html><title>Log in</title>", {"content-type": "text/html"})


@pytest.mark.parametrize(
    ("said", "code", "words", "most"),
    [
        (Said(401, "Unauthorized"), 3, "401\n        --token-file FILE", 1),
        (Said(403, "no"), 3, "403\n", 1),
        (Said(503, "upstream down"), 3, "503; asked 5 times", 5),
        (Said(cut=40), 3, "in the middle|incomplete message body", 5),
        (Said(200, '{"status":"success","data":{"resultType":"matr'), 3, "not whole JSON", 5),
        (Said(200, '{"x":' + "[" * 9000), 3, "not whole JSON", 5),
        (HTML, 3, "a page for people (HTML), not the API", 1),
        (Said(302, "", {"location": "https://login.example/?secret"}), 3, "sent on to login.ex", 1),
        (Said(400, '{"status":"error","errorType":"bad_data","error":"x\\ny"}'), 3, "400: x", 1),
        (Said(200, '{"status":"success","data":{"resultType":"vector","result":[]}}'), 3, "vec", 1),
        (Said(200, "[1,2]"), 3, "not an answer of Prometheus", 1),
        (Said(413, "large"), 3, ": 413", 7),
    ],
)
def test_a_fault_of_the_server_is_one_line(
    tmp_path: Path, fake: FakePrometheus, said: Said, code: int, words: str, most: int
) -> None:
    fake.says = lambda path, params: said if is_part(params) else None
    output = tmp_path / "run.jsonl"
    done = asked(fake, output)
    assert (done.code, done.out, output.exists()) == (code, "", False)
    assert any(word in done.err for word in words.split("|"))
    assert len(fake.parts()) == most
    assert fake.url in done.err
    assert "secret" not in done.err


def test_a_server_that_never_answers_is_one_line(tmp_path: Path, fake: FakePrometheus) -> None:
    fake.is_silent = is_part
    done = asked(fake, tmp_path / "run.jsonl", "--request-timeout", "150s")
    assert (done.code, f"{fake.url}: no answer within 150 s\n" in done.err) == (3, True)
    assert not (tmp_path / "run.jsonl").exists()
    # A range that takes too long is halved, but only down to a shortest one.
    assert 1 < len(fake.parts()) < 20


def test_nobody_at_the_address_is_one_line(tmp_path: Path, fake: FakePrometheus) -> None:
    with refusing() as port:
        fake.url = f"http://127.0.0.1:{port}"
        done = asked(fake, tmp_path / "run.jsonl")
    assert (done.code, "connection refused; asked 5 times" in done.err) == (3, True)
    assert list(tmp_path.iterdir()) == []


def test_a_token_and_a_password_reach_the_server_and_no_message(
    tmp_path: Path, fake: FakePrometheus
) -> None:
    (tmp_path / "token").write_text("s3cret-token\n")
    fake.token = "Bearer s3cret-token"
    good = asked(fake, tmp_path / "a.jsonl", "--token-file", str(tmp_path / "token"))
    assert good.code == 0
    fake.token = "Basic bWU6cGEvc3M="
    bare, fake.url = fake.url, fake.url.replace("//", "//me:pa%2Fss@")
    output = tmp_path / "b.jsonl"
    done = asked(fake, output)
    assert done.code == 0
    assert not any(each in done.err + output.read_text() for each in ("pa%2Fss", "pa/ss"))
    fake.token = "other"
    refused = asked(fake, tmp_path / "c.jsonl")
    assert (refused.code, "pa%2Fss" in refused.err) == (3, False)
    assert f"{bare}: 401" in refused.err


def test_what_is_nowhere_in_the_range_is_told_with_its_names(
    tmp_path: Path, fake: FakePrometheus
) -> None:
    done = cli("import", fake.url, "-n", "other", *SPAN, "-o", str(tmp_path / "run.jsonl"))
    assert done.code == 4
    assert (
        "no samples of engines (vLLM, SGLang), endpoint pickers (EPP), kube-state-metrics, WVA"
        " in the namespace other from 2025-11-24 16:00:00 UTC to 2025-11-24 16:10:00 UTC"
    ) in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_partial_response_of_thanos_is_told(tmp_path: Path, fake: FakePrometheus) -> None:
    fake.warnings = ("No StoreAPIs matched for this query",)
    done = asked(fake, tmp_path / "run.jsonl")
    assert done.err.count("the server warned: No StoreAPIs matched for this query") == 1


def test_a_partial_answer_of_victoria_metrics_is_told(tmp_path: Path, fake: FakePrometheus) -> None:
    def says(path: str, params: dict[str, str]) -> Said:
        return Said(200, json.dumps(fake.answer(path, params)[1] | {"isPartial": True}))

    fake.says = says
    done = asked(fake, tmp_path / "run.jsonl")
    assert done.err.count("the server warned: the answer is partial") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "says which range"),
        (("--last", "2h", "--from", "1"), "says which range"),
        (("--last", "2h", "--to", "1"), "says which range"),
        (("--from", "2025"), "--from 2025: no time"),
        (("--from", "2001-10-10", "--step", "1s"), "samples of each series"),
        (("--from", "soon"), "--from soon: no time"),
        (("--from", "2025-01-02", "--to", "2025-01-01"), "the range is empty"),
        (("--last", "2h", "--step", "0s"), "--step: longer than 0 s"),
        (("--last", "2h", "--token-file", "{there}/none"), "none: No such file"),
        (("--last", "2h", "--ca", "{there}/none"), "none: No such file"),
        (("--last", "2h", "other"), "an address is imported alone"),
    ],
)
def test_a_range_that_cannot_be_asked_for_is_one_line(
    tmp_path: Path, fake: FakePrometheus, arguments: tuple[str, ...], words: str
) -> None:
    span = tuple(each.format(there=tmp_path) for each in arguments)
    done = asked(fake, tmp_path / "run.jsonl", span=span)
    assert done.code == 2
    assert words in done.err
    assert fake.parts() == []
    assert list(tmp_path.iterdir()) == []


def test_flags_of_a_range_are_refused_for_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WVATUI_TOKEN_FILE", "token")  # for endpoints that are watched
    done = cli("import", str(tmp_path), "--last", "2h", "-o", str(tmp_path / "run.jsonl"))
    assert (done.code, "--last: only where the source is the address" in done.err) == (2, True)
    done = cli("import", str(tmp_path), "-o", str(tmp_path / "run.jsonl"))
    assert (done.code, "--token-file" in done.err) == (4, False)


def test_an_authority_is_trusted_and_without_a_check_that_is_said(
    tmp_path: Path, fake: FakePrometheus
) -> None:
    authority = make_authority("me")
    (tmp_path / "ca.pem").write_text(authority.ca)
    with serving(fake, server_context(authority, tmp_path)):
        trusted = asked(fake, tmp_path / "a.jsonl", "--ca", str(tmp_path / "ca.pem"))
        unknown = asked(fake, tmp_path / "b.jsonl")
        anybody = asked(fake, tmp_path / "b.jsonl", "--insecure")
    assert (trusted.code, "is not checked" in trusted.err) == (0, False)
    assert (unknown.code, "certificate verify failed" in unknown.err) == (3, True)
    assert anybody.code == 0
    assert f"--insecure: the certificate of {fake.url} is not checked" in anybody.err


def test_a_pipeline_run_gives_the_range(tmp_path: Path, fake: FakePrometheus) -> None:
    status = {"startTime": "2025-11-24T16:01:00Z", "completionTime": "2025-11-24T16:05:00Z"}
    listed = json.dumps({"items": [{"metadata": {"name": "spike-1"}, "status": status}]})
    path = "/apis/tekton.dev/v1/namespaces/ns/pipelineruns"
    fake.says = lambda at, params: Said(200, listed) if at == path else None
    config = tmp_path / "kubeconfig"
    write_kubeconfig(config, kubeconfig(fake.url, "", 1.0, "ns"))
    output = tmp_path / "run.jsonl"
    ways = ("--kubeconfig", str(config))
    assert asked(fake, output, *ways, span=("--pipelinerun", "spike-1")).code == 0
    assert [round(look.at - T0) for look in looks(output)] == list(range(60, 301, 15))
    done = asked(fake, tmp_path / "other.jsonl", *ways, span=("--pipelinerun", "spike-2"))
    assert (done.code, "there is no PipelineRun ns/spike-2" in done.err) == (2, True)


def test_the_documents_have_the_queries_that_are_made() -> None:
    text = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")
    made = [each for group in GROUPS for each in group.selectors(["NS"])]
    assert "\n".join(["```", *made, "```"]) in text, "the queries of docs/import.md are other ones"
