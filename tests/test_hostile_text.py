"""Foreign text of any content never moves a cursor, never becomes markup, and never crashes."""

import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts import charts
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.load import load_rows, result_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows import log_rows
from wvatui.core.state.state import EMPTY, State
from wvatui.export.snapshot import snapshot_csv
from wvatui.recording import Writer
from wvatui.session.line_mode import PlainLines

AT = 1_788_249_600.0

HOSTILE = {
    "escape sequences": "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b5n\x1bP1;2q\x1b\\",
    "markup": "[bold red]x[/] [/nope] [link=file:///etc]y[/link] [@click=app.quit]z[/]",
    "control characters": "a\x00b\x07c\x08d\x0be\x7ff\u0085g\rh\u2028i",
    "right to left": "\u202edrawkcab\u202c \u2066x\u2069 \u200f\u061c",
    "half a character": "x\ud800y\udfffz",
    "wide and joined": "👩‍👩‍👧‍👦" * 40 + "ﷺ" * 20 + "e" + "\u0301" * 300,
    "300 kilobytes": "spam " * 60_000,
    "formula": '=cmd|"/c calc"!A1,"quoted"',
}


def session(text: str) -> list[ev.Event]:
    """A session with `text` wherever others can put a text."""
    name = f"pod-{text}"
    line = json.dumps(
        {
            "level": "INFO",
            "ts": "2026-09-01T08:00:01.000Z",
            "msg": f"Processing decision: variant={text}, action=scale-up, current=1→target=2",
        },
        ensure_ascii=False,
    )
    return [
        ev.Header(AT, started_at=AT, namespace=text, context=text, label=text),
        ev.Variant(
            AT,
            name=text,
            namespace="ns",
            source=text,
            model=text,
            accelerator=text,
            target_name="d",
        ),
        ev.Workload(AT, kind="Deployment", name="d", namespace="ns", selector={"a": "b"}),
        ev.Pod(
            AT,
            name=name,
            namespace="ns",
            role="model",
            labels={"a": "b"},
            reason=text,
            phase=text,
            node=text,
        ),
        ev.Autoscaler(
            AT,
            name=text,
            namespace="ns",
            target_kind="Deployment",
            target_name="d",
            conditions=(ev.Condition("ScalingActive", "False", text, text),),
        ),
        ev.Engine(AT, pod=name, engine=text, model=text),
        ev.Scrape(AT + 1, pod=name, kv=0.9, running=1, waiting=9, success={text: 1}),
        ev.ScrapeFailure(AT + 2, pod=name, why="error", text=text),
        ev.Log(AT + 2, line=line, pod=text),
        ev.Log(AT + 2, line=text, pod=text),
        ev.Log(AT + 2, line=f'2026-09-01T08:00:02Z\tERROR\t{text}\t{text}\t{{"error": "x"}}'),
        ev.KubeEvent(AT + 2, type=text, reason=text, message=text, kind="Pod", name=name),
        ev.Mark(AT + 3, note=text),
        ev.Notice(AT + 3, source="log", code="restart", text=text),
        ev.Gap(AT + 3, source=text, since=AT, until=AT + 3, reason=text),
        ev.Source(AT + 3, source=text, status="retrying", text=text, verb=text, resource=text),
        ev.Config(AT + 3, name=text, namespace=text, data={text: text}),
        ev.Job(
            AT + 3,
            name=text,
            namespace="ns",
            title=text,
            tool=text,
            profile=text,
            source=text,
            harness=text,
            image=text,
            target=text,
            model=text,
            status=text,
            reason=text,
            started_at=AT,
            pods=(text,),
            stages=(ev.Stage(0.0, 60.0, 2.0, text), ev.Stage(60.0)),
        ),
        ev.JobProgress(AT + 3, name=text, namespace="ns", stage=text, text=text),
        ev.JobResult(AT + 3, name=text, namespace="ns", tool=text, dialect=text, report=text),
        ev.Tick(AT + 4),
    ]


def recorded(text: str) -> list[ev.Event]:
    """The events of `session` as read from a recording, which are also what a live session
    folds."""
    return [decode(encode(event)) for event in session(text)]


def unsafe(text: str) -> set[str]:
    """The characters of `text` that a terminal would not simply draw."""
    return {
        char
        for char in set(text)
        if unicodedata.category(char) in ("Cc", "Cs")
        or char in "\u061c\u200e\u200f\u2028\u2029"
        or "\u202a" <= char <= "\u202e"
        or "\u2066" <= char <= "\u2069"
    }


@pytest.fixture(params=list(HOSTILE), ids=list(HOSTILE))
def hostile(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


@pytest.fixture
def state(hostile: str) -> State:
    return fold(EMPTY, recorded(hostile))


def strings(value: Any) -> list[str]:
    """All strings in a view."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple | list):
        return [text for item in value for text in strings(item)]
    if hasattr(value, "__dataclass_fields__"):
        # A key identifies a row and is never drawn.
        names = [name for name in value.__dataclass_fields__ if name != "key"]
        return [text for name in names for text in strings(getattr(value, name))]
    return []


def test_no_view_carries_what_would_steer_a_terminal(state: State) -> None:
    views = [
        session_rows.header(state),
        variant_rows.variants(state),
        replica_rows.replicas(state),
        health_rows.health(state),
        session_rows.decisions(state),
        session_rows.events(state),
        session_rows.totals(state),
        log_rows.log_tail(state, 50),
        load_rows.jobs(state),
        load_rows.stages(state),
        result_rows.job_results(state),
        charts.chart(state, "load", since=AT, until=AT + 4, columns=20),
    ]
    for text in strings(views):
        assert not unsafe(text), text[:80]


def test_plain_lines_are_lines(state: State) -> None:
    lines = PlainLines().changes(state)
    assert lines
    for line in lines:
        assert not unsafe(line), line[:80]
        assert len(line) < 3_000


def test_the_snapshot_is_csv_with_the_text_unharmed(hostile: str, state: State) -> None:
    rows = list(csv.DictReader(io.StringIO(snapshot_csv(state))))
    assert {row["level"] for row in rows} == {"variant", "replica"}
    assert all(None not in row for row in rows)
    if hostile in (HOSTILE["formula"], HOSTILE["markup"]):
        assert any(row["variant"] == hostile for row in rows)
    assert not unsafe(snapshot_csv(state).replace("\n", "").replace("\r", ""))


def test_the_numbers_are_still_right(state: State) -> None:
    numbers = summary(state, "x")
    assert numbers["ups"] == 1
    assert numbers["marks"] == 1
    json.dumps(numbers).encode()


def kept(hostile: str, folder: Path) -> Path:
    """The recording of the session with the text `hostile`."""
    path = folder / "run.jsonl"
    header, *rest = session(hostile)
    assert isinstance(header, ev.Header)
    writer = Writer(path, header)
    writer.write(rest)
    writer.close("quit", decisions=1)
    return path


def test_whole_tables_are_csv_that_any_reader_reads(hostile: str, tmp_path: Path) -> None:
    path = kept(hostile, tmp_path)
    folder = tmp_path / "tables"
    folder.mkdir()
    done = run("export", str(path), "--table", "all", "-o", str(folder))
    assert done.code == 0, done.err
    assert not unsafe((done.out + done.err).replace("\n", ""))
    tables = sorted(folder.glob("*.csv"))
    assert len(tables) > 4
    csv.field_size_limit(10_000_000)
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            first, *rows = csv.reader(file)
        assert all(len(row) == len(first) for row in rows), table.name
        if table.name.endswith("-decisions.csv"):
            deciders = [row[first.index("decider")] for row in rows]
            assert deciders.count("wva") == 1
