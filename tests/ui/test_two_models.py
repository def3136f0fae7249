"""Two models in one namespace: a row for each in the table, and never lines of both in one chart.

Their log lines interleave, as from a controller that analyses one model after the other.
"""

import json
from pathlib import Path

import pytest

from tests.ui.test_walks import shown
from tests.waiting import until
from wvatui.core.queries.charts import charts
from wvatui.core.queries.session import session_rows
from wvatui.core.state.scope import of_model
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession

MODELS = {"acme/large": ("primary", 0.91), "acme/small": ("v2", 0.22)}
CYCLES = 6


def _line(at: int, caller: str, msg: str, **fields: object) -> str:
    stamp = f"2026-08-18T14:{at // 60:02d}:{at % 60:02d}Z"
    return json.dumps({"level": "info", "ts": stamp, "caller": caller, "msg": msg, **fields})


def _log() -> str:
    lines = []
    for cycle in range(CYCLES):
        at = 30 * cycle
        lines.append(
            _line(at, "saturation/engine.go:379", "Grouped VAs by model", modelCount=2, totalVAs=2)
        )
        for model, (_, used) in MODELS.items():
            lines.append(
                _line(
                    at,
                    "saturation/engine_v2.go:695",
                    "analyzer-result",
                    modelID=model,
                    namespace="ns",
                    analyzer="saturation",
                    supply=1000,
                    demand=1000 * used,
                    util=used,
                    rc=0,
                    sc=0,
                    scaleUpThreshold=0.85,
                    scaleDownBoundary=0.7,
                    variants=[],
                )
            )
        for number, (model, (variant, _)) in enumerate(MODELS.items()):
            now, then = 1 + cycle * (1 - number), 2 + cycle * (1 - number)
            lines.append(
                _line(
                    at,
                    "saturation/engine_v2.go:744",
                    "scaling-decision",
                    modelID=model,
                    namespace="ns",
                    decisions=[{"name": variant, "curr": now, "tgt": then, "action": "scale-up"}],
                )
            )
        ended = "Optimization completed successfully"
        lines.append(
            _line(
                at + 1,
                "saturation/engine.go:585",
                ended,
                mode="saturation",
                modelsProcessed=2,
                decisionsApplied=2,
            )
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "controller.log"
    path.write_text(_log())
    return path


def test_charts_of_one_model_have_nothing_of_the_other(log: Path) -> None:
    state = ReplaySession(open_recording(log), play=False).load()
    for model, (variant, used) in MODELS.items():
        other = next(v for v, _ in MODELS.values() if v != variant)

        def chart(name: str, model: str = model) -> object:
            return charts.chart(
                state,
                name,
                since=state.now - 300,
                until=state.now,
                columns=80,
                scope=of_model(model),
            )

        replicas, utilization = chart("replicas"), chart("utilization")
        assert replicas.series  # type: ignore[attr-defined]
        assert not any(other in s.name for s in replicas.series)  # type: ignore[attr-defined]
        values = {v for s in utilization.series for _, v in s.points if v is not None}  # type: ignore[attr-defined]
        assert values == {used}
        # A repeated decision is one decision.
        assert len(replicas.marks) == (1 if variant == "v2" else CYCLES)  # type: ignore[attr-defined]


def test_decisions_are_never_mixed(log: Path) -> None:
    state = ReplaySession(open_recording(log), play=False).load()
    rows = session_rows.decisions(state)
    assert {(row.model, row.variant) for row in rows} == {(m, v) for m, (v, _) in MODELS.items()}
    assert [(row.target, row.repeats) for row in rows if row.variant == "v2"] == [(2, CYCLES)]
    assert [row.target for row in rows if row.variant == "primary"] == list(range(7, 1, -1))


async def test_each_chart_names_its_model_and_follows_the_selected_row(log: Path) -> None:
    session = ReplaySession(open_recording(log), play=False, start="100%")
    async with shown(session) as walk:

        def titles() -> list[str]:
            charts = (c for c in walk.app.stage.charts if c.display and c.name_shown != "lane")
            return ["".join(text for text, _ in c.lines_shown[0]) for c in charts if c.lines_shown]

        await walk.sees("variants", "primary")
        await walk.sees("variants", "v2")
        await until(lambda: titles() and all("large" in title for title in titles()))
        await walk.press("down", "down")
        await until(lambda: titles() and all("small" in title for title in titles()))
        await walk.press("v")
        await until(lambda: titles() and all("primary" in title for title in titles()))
        assert "v2" not in walk.text("variants")
        assert "v2" not in walk.text("decisions")
