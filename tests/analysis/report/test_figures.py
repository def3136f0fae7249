"""The pictures of a report show what the run has, and have no axis for anything else."""

from pathlib import Path

import pytest

from tests.analysis.compare.test_compare import hpa_run
from tests.analysis.runs.made import BEGIN
from tests.analysis.runs.test_open_run import recording
from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.pictures.figures import PICTURES, figured
from wvatui.analysis.report.pictures.palette import colors
from wvatui.analysis.report.reported import ReportedRun
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev


def test_a_figure_shows_the_runs_own_numbers_and_names_its_source(tmp_path: Path) -> None:
    reported = ReportedRun(open_run(hpa_run(tmp_path, "a")))
    rows = [row for row in PICTURES if row.name in ("replicas", "kv")]
    figures = {row.name: figured(reported, row) for row in rows}
    load, replicas = figures["replicas"].views
    [offered] = load.series
    assert [v for _, v in offered.points if v is not None][:2] == [2.0, 4.0]
    [ready] = [s for s in replicas.series if s.name == "ready"]
    assert ready.points[-1] == (BEGIN + 300.0, 2)
    assert figures["replicas"].source == "plans of load jobs, objects of the Kubernetes API"
    assert figures["kv"].source == "the pods' metrics pages, polled"
    assert (figures["kv"].since, figures["kv"].until) == (BEGIN, BEGIN + 300.0)
    picture = figures["kv"].picture
    assert picture is not None
    assert "minutes since load began" in picture.svg
    assert picture.png.startswith(b"\x89PNG")


def test_what_is_not_in_a_run_has_no_axis(tmp_path: Path) -> None:
    reported = ReportedRun(open_run(hpa_run(tmp_path, "a")))
    [row] = [row for row in PICTURES if row.name == "gateway"]
    empty = figured(reported, row)
    assert (empty.picture, empty.views, empty.source) == (None, (), "")
    assert empty.note == "no endpoint picker was read"


def test_a_chart_that_is_not_in_a_figure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    size = ev.Workload(BEGIN, kind="Deployment", name="d", namespace="ns", spec=1, ready=1)
    reported = ReportedRun(open_run(recording(tmp_path, size)))
    made = figured(reported, PICTURES[0])
    assert [view.title for view in made.views] == ["Replicas"]
    assert made.note == "Offered load: no load job is in the recording"


def test_a_figure_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    run = open_run(hpa_run(tmp_path, "a"))
    [row] = [row for row in PICTURES if row.name == "kv"]
    assert figured(ReportedRun(run), row).picture == figured(ReportedRun(run), row).picture


def test_text_from_outside_is_text_in_a_figure() -> None:
    hostile = ["_hidden", "$\\frac{1}{", "<script>alert(1)</script>", "\x1b[2J漢字" * 30]
    with drawing.canvas(300, 200, [(50, 20, 290, 180)]) as (figure, (axis,)):
        (line,) = axis.plot([0, 1], [0, 1])
        axis.legend([line] * 4, [drawing.worded(text) for text in hostile])
        svg = drawing.picture(figure).svg
    assert "<script" not in svg
    assert "$\\frac{1}{" in svg
    assert "_hidden" in svg
    assert "\x1b" not in svg


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_colour_of_the_light_theme_is_one_colour_of_each_theme(theme: str) -> None:
    light, other = colors("light"), colors(theme)
    by_color: dict[str, set[str]] = {}
    for name, color in light.items():
        by_color.setdefault(color, set()).add(other[name])
    assert {color: values for color, values in by_color.items() if len(values) > 1} == {}
