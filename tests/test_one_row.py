"""As CONTRIBUTING promises, an addition needs one file or one row, and nothing else.

Each addition is made alone in a copy of the package, whose program must then show it everywhere.
"""

import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from wvatui.core.log import dialects
from wvatui.core.log.dialects import FORMATS
from wvatui.core.metrics.metrics_table import METRICS
from wvatui.core.queries.charts.charts import CHARTS
from wvatui.export.table import Table
from wvatui.export.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wvatui"


PROGRAM = """
import json, os, signal, sys, traceback
import click, httpx, msgspec, pytest, textual.app  # what most of them need, once for all
for shows in map(json.loads, sys.stdin):
    if os.fork() == 0:
        signal.alarm(120)
        told = ""
        try:
            from tests.cli.cli import run
            def program(*words):
                done = run(*words)
                return done.code, done.out + done.err
            exec(shows, {"program": program})
        except BaseException:
            told = traceback.format_exc()
        print(json.dumps(told), flush=True)
        os._exit(0)
    if os.wait()[1]:
        print(json.dumps("no answer within 120 s"), flush=True)
"""
"""Runs `Addition.shows` of each in a process of its own, with `program`, which runs a verb; prints
what went wrong."""


class Row(NamedTuple):
    """`text`, inserted after the first `after` of an existing file."""

    file: str
    after: str
    text: str


class Addition(NamedTuple):
    """An addition, and `shows`, a program that fails unless the addition works everywhere."""

    name: str
    rows: tuple[Row, ...]
    shows: str
    files: tuple[tuple[str, str], ...] = ()

    @property
    def touched(self) -> set[str]:
        return {row.file for row in self.rows} | {path for path, _ in self.files}


METRIC = Addition(
    "metric",
    (
        Row(
            "wvatui/core/metrics/metrics_table.py",
            "METRICS: tuple[Metric, ...] = (\n",
            '    Metric("made_up", "Made up", "requests", "gauge", ("vllm:made_up",)),\n',
        ),
        Row(
            "wvatui/core/events/pod_events.py",
            "    running: Count | None = None\n",
            "    made_up: Count | None = None\n",
        ),
    ),
    """
from tests.core.metrics import every_metric
from wvatui.core.metrics.metrics_table import METRICS
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.ui.views import latency
assert METRICS[0].id == "made_up"
# Its chart, its heat strip, its line of a pod's page, its column of a table, its old minutes.
assert every_metric.astray(METRICS) == []
page = b"vllm:num_requests_running 1\\nvllm:made_up 7\\n"
assert read_page(page, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())[-1].made_up == 7
assert "made_up" in latency.ALL
""",
)
PANEL = Addition(
    "panel",
    (
        Row(
            "wvatui/ui/views/logs.py",
            "    return [",
            'Place("weather", 0, 0, width, 1), ',
        ),
    ),
    """
from tests.ui.view_models import texts, view_model
from wvatui.core.queries.session import session_rows
from wvatui.ui.panels import panel
from wvatui.ui.views import view
assert panel("weather").reads == (session_rows.totals,)
vm = view_model()
place = view("logs").places(vm, 80, 20)[0]
assert texts(panel(place.part).draw(vm, place.width, place.height)) == ["fair"]
""",
    files=(
        (
            "wvatui/ui/panels/overview/weather.py",
            '''"""The weather."""
from wvatui.core.queries.session import session_rows
from wvatui.ui.model.panel import Panel


def lines(vm, width, height):
    """One word."""
    return [(("fair", "ok"),)]


PANELS = (Panel(id="weather", title="Weather", lines=lines, reads=(session_rows.totals,)),)
''',
        ),
    ),
)
VERB = Addition(
    "verb",
    (),
    """
from click.shell_completion import ShellComplete
from wvatui.cli.main import cli
assert program("greet") == (0, "hello\\n")
assert "Say hello." in program("--help")[1]
words = ShellComplete(cli, {}, "wvatui", "_WVATUI_COMPLETE").get_completions([], "gre")
assert [word.value for word in words] == ["greet"]
""",
    files=(
        (
            "wvatui/cli/settings/greet.py",
            '''"""Greet: says hello."""
import click

from wvatui.host import console


@click.command()
def greet():
    """Say hello."""
    console.out("hello")
''',
        ),
    ),
)
DIALECT = Addition(
    "log dialect",
    (
        Row(
            "wvatui/core/log/dialects/__init__.py",
            "from wvatui.core.log.dialects import ",
            "bars, ",
        ),
        Row(
            "wvatui/core/log/dialects/__init__.py",
            "FORMATS: tuple[Format, ...] = (\n",
            "    bars.FORMAT,\n",
        ),
    ),
    """
from tests.core.queries.few_pods import folded
from wvatui.core import events as ev
from wvatui.core.log.parser import parse
line = "|2026-09-01T08:00:30Z|INFO|No active VariantAutoscalings found, skipping optimization"
assert parse(line).content.dialect == "bars"
assert parse(line).at == 1788249630.0
state = folded(ev.Log(1788249631.0, stream="controller", line=line), now=1.0)
assert state.totals.dialects == {"bars": 1}
""",
    files=(
        (
            "wvatui/core/log/dialects/bars.py",
            '''"""Fields between bars."""
from wvatui.core.lines import rfc3339
from wvatui.core.log.dialects.shape import Format
from wvatui.core.log.reading import text_line


def parse(line, stamp, year=None):
    """Time, level, message."""
    _, at, level, message = line.split("|", 3)
    return text_line(rfc3339(at), level, message, "bars")


FORMAT = Format("bars", "|", lambda line: line.count("|") >= 3, parse)
''',
        ),
    ),
)
ENVELOPE = Addition(
    "log envelope",
    (
        Row(
            "wvatui/core/log/envelopes/__init__.py",
            "from wvatui.core.log.envelopes.fences import FENCES\n",
            "from wvatui.core.log.envelopes.tildes import TILDES\n",
        ),
        Row(
            "wvatui/core/log/envelopes/__init__.py",
            "ENVELOPES: tuple[Envelope, ...] = (\n",
            "    TILDES,\n",
        ),
    ),
    """
import json, tempfile
from pathlib import Path
line = "2026-09-01T08:00:30Z\\tINFO\\tNo active VariantAutoscalings found, skipping optimization"
path = Path(tempfile.mkdtemp()) / "it.log"
path.write_text(f"~~{line}~~\\n" * 3)
code, text = program("summary", str(path), "-o", "json")
assert code == 0, text
assert json.loads(text)["envelope"] == "tildes"
assert json.loads(text)["unknown_lines"] == 0
""",
    files=(
        (
            "wvatui/core/log/envelopes/tildes.py",
            '''"""Lines between tildes."""
from wvatui.core.log.envelopes.envelope import each_line, lines_of


def single(line):
    """The line without them."""
    return lines_of(line[2:-2]) if line.startswith("~~") and line.endswith("~~") else None


TILDES = each_line("tildes", single)
''',
        ),
    ),
)
FINDING = Addition(
    "finding",
    (),
    """
from tests.core.queries.few_pods import folded, namespace
from wvatui.core.findings import findings, title_of
from wvatui.core.findings.finding_rows import findings as rows
state = folded(*namespace("a", "b"), now=1.0)
assert "crowd" in [finding.rule for finding in findings(state)]
assert title_of("crowd") == "a crowd"
assert "2 pods" in [row.title for row in rows(state)]
""",
    files=(
        (
            "wvatui/core/findings/pods/crowd.py",
            '''"""Two are a crowd."""
from wvatui.core.findings.finding import Finding, FindingRule


def _find(look):
    if len(look.state.pods) >= 2:
        yield Finding("crowd", "warning", f"{len(look.state.pods)} pods", "pods", (), "wait")


RULE = FindingRule("crowd", "a crowd", "detector", _find, rank=1000)
''',
        ),
    ),
)
CHART = Addition(
    "chart",
    (
        Row(
            "wvatui/core/queries/charts/charts.py",
            "CHARTS: dict[str, Callable[[State, ChartSpan, str | None], ChartView]] = {\n",
            '    "quiet": lambda state, span, _: ChartView("Quiet", "s", span[0], span[1], ()),\n',
        ),
    ),
    """
from wvatui.core.queries.charts.charts import chart
from wvatui.core.state.state import EMPTY
assert chart(EMPTY, "quiet", since=0.0, until=9.0, columns=80).title == "Quiet"
""",
)
THEME = Addition(
    "theme",
    (),
    """
from wvatui.ui import theme
assert "dawn" in theme.available()
assert theme.load("dawn").name == "dawn"
assert "dawn" in [theme.after(name).name for name in theme.available()]
assert "dawn" in program("themes")[1].split()
""",
    files=(("themes/dawn.toml", (ROOT / "themes" / "light.toml").read_text(encoding="utf-8")),),
)
TABLE = Addition(
    "CSV table",
    (
        Row(
            "wvatui/export/tables.py",
            "\n\nTABLES: dict[str, Callable[[], Table]] = {\n",
            '    "ticks": _Ticks,\n',
        ),
        Row(
            "wvatui/export/tables.py",
            "    end = state\n\n",
            """
class _Ticks(Table):
    columns = ("time",)

    def event(self, event):
        if isinstance(event, ev.Tick):
            self.rows.append({"time": event.at})

""",
        ),
    ),
    """
import tempfile
from pathlib import Path
out = tempfile.mkdtemp()
export = ("export", "recordings/spike.jsonl", "-o", out, "--table")
assert program(*export, "ticks")[0] == 0
assert (Path(out) / "spike-ticks.csv").read_text().startswith("time\\n1")
assert "ticks" in program(*export, "nowhere")[1]
""",
)
ADDITIONS = (METRIC, PANEL, VERB, DIALECT, ENVELOPE, FINDING, CHART, THEME, TABLE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addition → what went wrong with it in a copy of the package that has it and no other."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("wvatui", "themes"):
        # With its bytecode, so that only changes are compiled; other tests may be writing some.
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    (copy / "recordings").symlink_to(ROOT / "recordings")
    answers: dict[str, str] = {}
    errors = copy / "errors"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=copy,
            env=os.environ
            | {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as running,
    ):
        assert running.stdin is not None
        assert running.stdout is not None
        for addition in ADDITIONS:
            with added(copy, addition):
                print(json.dumps(addition.shows), file=running.stdin, flush=True)
                answers[addition.name] = json.loads(running.stdout.readline())
    assert (errors.read_text(), running.returncode) == ("", 0)
    return answers


@contextmanager
def added(checkout: Path, addition: Addition) -> Iterator[None]:
    """A checkout with an addition, which is taken away again afterwards."""
    before = {row.file: (checkout / row.file).read_text(encoding="utf-8") for row in addition.rows}
    for row in addition.rows:
        text = (checkout / row.file).read_text(encoding="utf-8")
        assert row.after in text, f"{row.file} has no {row.after!r} any more"
        at = text.index(row.after) + len(row.after)
        (checkout / row.file).write_text(text[:at] + row.text + text[at:], encoding="utf-8")
    for path, text in addition.files:
        (checkout / path).write_text(text, encoding="utf-8")
    yield
    for path, text in before.items():
        (checkout / path).write_text(text, encoding="utf-8")
    for path, _ in addition.files:
        (checkout / path).unlink()


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.name)
def test_what_is_added_as_contributing_says_is_there(
    told: dict[str, str], addition: Addition
) -> None:
    assert told[addition.name] == ""


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.name)
def test_contributing_names_the_files_that_it_takes(addition: Addition) -> None:
    (row,) = re.findall(
        rf"^\| a {addition.name}\b[^|]*\| (.*) \|$",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    named = re.findall(r"`([\w./]+/[\w./]*)(?:: \w+)?`", row)
    for path in addition.touched:
        assert any(path == name or (name.endswith("/") and path.startswith(name)) for name in named)
    assert len(addition.touched) <= 2


def modules(package: ModuleType) -> list[ModuleType]:
    """Every module below a package."""
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(each.name) for each in found]


def test_no_file_of_a_dialect_is_forgotten_in_its_table() -> None:
    formats = [each.FORMAT for each in modules(dialects) if hasattr(each, "FORMAT")]
    assert {row.name for row in formats} == {row.name for row in FORMATS}


def kinds_of(kind: type[Table]) -> Iterator[type[Table]]:
    """The subclasses of a table that have columns of their own."""
    for below in kind.__subclasses__():
        yield from (below, *kinds_of(below)) if below.columns else kinds_of(below)


def test_no_table_is_forgotten() -> None:
    assert {kind.__name__ for kind in kinds_of(Table)} == {
        kind.__name__ for kind in TABLES.values() if isinstance(kind, type)
    }


def test_every_chart_that_is_no_metrics_is_named_by_the_screen() -> None:
    of_metrics = {name for m in METRICS for name in (m.chart_name, f"pod_{m.chart_name}")}
    screen = "\n".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "ui").rglob("*.py"))
    own = [name for name in CHARTS if name not in of_metrics]
    assert own
    for name in own:
        assert re.search(rf'["(:]{name}"', screen), name
