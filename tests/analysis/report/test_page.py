"""The HTML page of a report is valid, self-contained and inert, and names all that is missing."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import click
import html5lib
import pytest

from tests.analysis.compare.test_compare import hpa_run
from tests.analysis.report import small
from tests.analysis.runs.made import BEGIN
from tests.analysis.runs.test_open_run import recording
from tests.cli.cli import run
from tests.fixtures import ROOT
from tests.serving.chromium import BINARY, chromium
from wvatui.analysis.compare.comparison import RunPart, compare
from wvatui.analysis.compare.report import reported
from wvatui.analysis.report.page.blocks import TableBlock
from wvatui.analysis.report.page.html import POLICY
from wvatui.analysis.report.page.numbers import what_if
from wvatui.analysis.report.page.sections import sections
from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.reported import ReportedRun, runs_of
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev

EVIL = "\"'><script>window.hit=1</script><img src=x onerror=window.hit=2> &amp; $\\frac{ \x1b[2J"


def hostile_run(folder: Path) -> Path:
    """A run in which every name is hostile: of objects, metrics, jobs, marks, images, the run."""
    events: list[ev.Event] = [
        ev.Job(
            BEGIN,
            name=EVIL,
            namespace="ns",
            status="running",
            started_at=BEGIN + 1.0,
            stages=(ev.Stage(0.0, 60.0, 2.0, EVIL), ev.Stage(60.0, 60.0, 4.0, EVIL)),
        ),
        ev.Mark(BEGIN + 5.0, note=EVIL),
        ev.Notice(BEGIN + 6.0, text=EVIL),
    ]
    for at in range(0, 121, 10):
        size = 1 if at < 60 else 3
        events += [
            ev.Workload(
                BEGIN + at,
                kind="Deployment",
                name=EVIL,
                namespace="ns",
                spec=size,
                ready=size,
                accelerator=EVIL,
                images={EVIL: EVIL},
                arguments={EVIL: (EVIL, EVIL)},
            ),
            ev.Scrape(BEGIN + at, pod=EVIL, kv=0.5, running=1, waiting=at, generation_tokens=at),
            ev.Tick(BEGIN + at),
        ]
    events.sort(key=lambda event: event.at)
    return recording(folder, *events, name="evil.jsonl", label=EVIL)


def written(folder: Path, *arguments: str) -> str:
    """The page that the verb writes."""
    done = run("report", *arguments, "-o", str(folder / "out"))
    assert done.code == 0, done.err
    return (folder / "out" / "report.html").read_text()


def parsed(text: str) -> Element:
    """The parsed page; html5lib's strict parser raises at the first error."""
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return tree


def must_be_inert(text: str) -> None:
    tree = parsed(text)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    tags = {element.tag.rpartition("}")[2] for element in elements}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "base", "form"}
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    for element in elements:
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on"), name
            if str(name).rpartition("}")[2] in ("href", "src"):
                assert value[0] == "#", value
                assert value[1:] in ids
            if name == "style":
                assert "url(" not in value.replace("url(#", "")
    policies = [element.get("content") for element in elements if element.get("http-equiv")]
    assert policies == [POLICY]
    style = "".join(tree.find(".//style").itertext())  # type: ignore[union-attr]
    assert not re.search(r"url\(|@import|https?:", style)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two runs in which every string is hostile."""
    folder = tmp_path_factory.mktemp("evil")
    written(folder, str(hostile_run(folder)), str(hpa_run(folder, "b", label=EVIL)))
    return folder / "out" / "report.html"


def test_a_page_is_valid_asks_nobody_for_anything_and_runs_nothing(evil: Path) -> None:
    text = evil.read_text()
    must_be_inert(text)
    words = "".join(parsed(text).itertext())
    assert words.count("<script>window.hit=1</script>") > 20
    assert "\x1b" not in text


def test_a_page_tells_what_ran_what_was_decided_and_from_where_each_figure_is(
    tmp_path: Path,
) -> None:
    text = written(tmp_path, str(ROOT / "recordings" / "keda-queue.jsonl"))
    must_be_inert(text)
    words = " ".join("".join(parsed(text).itertext()).split())
    for told in (
        "KEDA (2 triggers), HPA",
        "2026-09-01 08:00:00 to 08:12:00 UTC, 12 min",
        "v1.36.0+wvatui-sim",
        "ghcr.io/llm-d/llm-d-cuda:v0.4.0",
        "2→4: epp-running-requests wants 4 at 25 a replica, target 16 (epp-queue-size wants 0)",
        "KV cache. Source: the pods' metrics pages, polled. 2026-09-01 08:00:00 to 08:12:00 UTC.",
        "NO DATA: no stage of load is known",
        "HPA desired +330 s",
        "as recorded",
        "looked for every 6 s of the recording; each as it was when seen last",
        "of a replica's cache (measured); requests wait",
        "NO DATA: Replicas against load: Offered load: no load job is in the recording",
    ):
        assert told in words, told
    listed = json.loads((tmp_path / "out" / "report.json").read_text())
    assert listed["kind"] == "wvatui report"
    assert {name for name in listed["files"] if name.startswith("pictures/kv")} == {
        "pictures/kv.png",
        "pictures/kv.svg",
    }
    assert all((tmp_path / "out" / name).is_file() for name in listed["files"])
    assert not (tmp_path / "out" / "lab").exists()
    [glance] = re.findall(r'<section id="s1" class="glance">.*?</section>', text, re.DOTALL)
    assert glance.count("<svg") == 1
    words = " ".join(
        " ".join(parsed(f"<!DOCTYPE html><title>x</title>{glance}").itertext()).split()
    )
    for told in (
        "replicas moved by KEDA of llama-8b",
        "decisions 14 of 14 explained",
        "findings 4 waiting",
        "cost NO DATA",
        "Replicas against load. Source: objects of the Kubernetes API.",
    ):
        assert told in words, told
    for tag in re.findall(r"<svg [^>]*>", text):
        assert 'role="img" aria-label="' in tag


def test_a_run_in_which_nothing_was_measured_has_no_axis_and_says_no_data(tmp_path: Path) -> None:
    text = written(tmp_path, str(recording(tmp_path, ev.Tick(BEGIN + 60.0))))
    must_be_inert(text)
    assert "<svg" not in text
    assert not (tmp_path / "out" / "pictures").exists()
    assert "NO DATA: Time to first token: no model pods found<" in text
    for told in ("KV cache", "Replicas against load", "Time to first token", "Gateway"):
        assert f"NO DATA: {told}: " in text, told
    assert "NO DATA: no decision of WVA, an HPA, KEDA or a hand" in text


def test_without_matplotlib_everything_but_pictures_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    done = run("report", str(hpa_run(tmp_path, "a")), "-o", str(tmp_path / "out"))
    assert done.code == 0
    assert done.err.count("pip install 'wvatui[report]'") == 1
    text = (tmp_path / "out" / "report.html").read_text()
    must_be_inert(text)
    assert "KV cache: not drawn" in text
    assert "pip install &#x27;wvatui[report]&#x27;" in text
    assert list((tmp_path / "out").rglob("*.svg")) == []


def test_several_runs_stand_beside_each_other_and_each_by_itself(
    tmp_path: Path, evil: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = evil.read_text()
    assert drawn.index("Replicas against load. Source: ") < drawn.index("Runs beside each other")
    listed = json.loads((evil.parent / "report.json").read_text())
    assert {f"lab/{name}" for name in ("LAB_REPORT.md", "cost_efficiency.csv", "latency.png")} <= {
        *listed["files"]
    }
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    a, b = hpa_run(tmp_path, "a", label="x"), hpa_run(tmp_path, "b", (1, 4), label="y")
    text = written(tmp_path, str(a), str(b), "--cost", "h100=36")
    must_be_inert(text)
    words = " ".join(" ".join(parsed(text).itertext()).split())
    assert "replica-seconds 420 780 +360 (+85.7 %)" in words
    assert "At a glance verdicts 1 FAIL" in words
    assert "FAIL requests per replica-hour, y: " in words
    assert "requests per replica-hour y" in words
    assert words.count("x · a") == 5  # two titles, the contents, the table of runs, its sections
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == {
        "a",
        "b",
        "lab",
    }


def test_open_shows_the_page_that_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(click, "launch", lambda url: int(bool(shown.append(url))))
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    written(tmp_path, str(recording(tmp_path, ev.Tick(BEGIN + 60.0))), "--open")
    assert shown == [(tmp_path / "out" / "report.html").as_uri()]


def test_a_report_of_nothing_is_refused_in_a_line(tmp_path: Path) -> None:
    for arguments, code, words in (
        ((), 2, "report needs a run"),
        ((str(tmp_path / "none.jsonl"),), 4, "none.jsonl"),
        ((str(hpa_run(tmp_path, "a")), "--slo", "x"), 2, "--slo"),
    ):
        done = run("report", *arguments, "-o", str(tmp_path / "out"))
        assert (done.code, words in done.err) == (code, True), done.err
        assert not (tmp_path / "out").exists()


def test_a_page_has_no_place_on_stdout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("report", str(tmp_path / "none.jsonl"), "-o", "-")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "-o -: a page lies in a folder" in done.err
    assert list(tmp_path.iterdir()) == []


def test_figures_of_several_runs_name_the_stretch_that_is_counted_of_each(tmp_path: Path) -> None:
    runs = [open_run(hpa_run(tmp_path, name)) for name in "ab"]
    compared = reported(compare(runs, narrowing=RunPart(60.0, 120.0)), ())
    blocks = next(sections(compared, runs_of(compared))).blocks
    [figures] = [each for each in blocks if isinstance(each, TableBlock) and each.source]
    window = "2026-09-01 08:02:00 to 08:03:00 UTC"
    assert figures.source == f"a: {window}; b: {window}"


def test_what_if_takes_as_many_replicas_of_each_model_as_that_model_had(tmp_path: Path) -> None:
    small.capacity_log(tmp_path)
    log = tmp_path / small.CAPACITY / "wva-controller-logs.jsonl"
    other = [
        line.replace("variant=v", "variant=w").replace("=m,", "=n,").replace("=p-", "=q-")
        for n in range(4)
        for line in small.capacity_cycle(60.0 * n + 30.0, ((0.1, 0),) * 5, 5)
    ]
    log.write_text("\n".join(sorted([*log.read_text().splitlines(), *other], key=stamped)))
    tables = [
        block for block in what_if(ReportedRun(open_run(log))) if isinstance(block, TableBlock)
    ]
    static = {t.source[0]: [r[0] for r in t.rows if "static" in r[0]] for t in tables}
    assert static == {"m": ["2 static", "1 static"], "n": ["5 static"]}


def stamped(line: str) -> str:
    return str(json.loads(line)["ts"])


# --- in a browser ----------------------------------------------------------------------------

_WIDE = """
[...document.querySelectorAll("body *")]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.outerHTML.slice(0, 99))
"""
_CUT = """
[...document.querySelectorAll("figure svg")].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter(text => {
    const r = text.getBoundingClientRect();
    return r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 ||
           r.bottom > box.bottom + 1;
  }).map(text => text.textContent);
})
"""


@pytest.mark.skipif(BINARY is None, reason="no Chromium here")
async def test_in_a_browser_nothing_is_cut_and_nothing_runs(evil: Path, tmp_path: Path) -> None:
    grounds = set()
    async with chromium(tmp_path / "browser", evil.as_uri()) as page:
        await page.holds("document.readyState === 'complete' && !!document.querySelector('main')")
        for theme in ("light", "dark"):
            feature: dict[str, Any] = {"name": "prefers-color-scheme", "value": theme}
            await page.call("Emulation.setEmulatedMedia", features=[feature])
            for width in (390, 1400):
                size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                await page.call("Emulation.setDeviceMetricsOverride", **size)
                await page.holds(f"innerWidth === {width}")
                assert await page.value(_WIDE) == [], (theme, width)
                assert await page.value(_CUT) == [], (theme, width)
            grounds.add(await page.value("getComputedStyle(document.documentElement).background"))
        assert len(grounds) == 2
        assert await page.value("window.hit") is None
        assert page.requests == [evil.as_uri()]
        assert page.complaints == []
