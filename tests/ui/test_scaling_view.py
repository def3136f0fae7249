"""Panels of the changes of replicas, and findings at the top and in the health panel."""

from dataclasses import replace

import pytest

from tests.core.folding import recorded
from tests.ui.fake import live
from tests.ui.view_models import texts, view_model
from wvatui.core.findings import Evidence, Finding
from wvatui.core.queries.scaling.scaling import scaling
from wvatui.core.rows.scale_views import GapWindow, Scaling
from wvatui.ui.draw.line import width_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.health import findings
from wvatui.ui.panels.overview import banner, state
from wvatui.ui.panels.scaling import changes, lacking, lags, waterfall
from wvatui.ui.views.scaling import places

SIZES = ((80, 24), (120, 40), (200, 60))
HOSTILE = "a\x1b[31m[/nope]\u202e" + "x" * 300


def told() -> Scaling:
    return scaling(recorded("stair-step-v2-hpa.jsonl"))


def of(
    found: Scaling, view_state: ViewState | None = None, *, ascii_only: bool = False
) -> ViewModel:
    return view_model(replace(live(), scaling=found), view_state=view_state, ascii_only=ascii_only)


def blocked(**changes: object) -> Finding:
    base = Finding(
        "paused-scaled-object",
        "blocked",
        "ScaledObject qwen is paused",
        "ScaledObject/qwen",
        (Evidence("paused", "ScaledObject/qwen", "annotation", 75.0),),
        "take it away",
        "qwen",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_nothing_is_wider_or_higher_than_its_room(
    width: int, height: int, ascii_only: bool
) -> None:
    for found in (told(), Scaling()):
        drawn = of(found, ascii_only=ascii_only)
        for panel in (changes.TABLE, waterfall, lags, lacking):
            out = panel.lines(drawn, width, height // 3)
            assert 1 <= len(out) <= max(2, height // 3), panel.__name__
            assert all(width_of(line) <= width + 40 for line in out)
        parts = places(drawn, width, height)
        assert sum(p.height for p in parts if p.x == 0) == height
        assert all(p.height > 0 and p.width > 0 for p in parts)


def test_the_waterfall_draws_each_step_from_the_one_before_it_to_scale() -> None:
    found = told()
    up = next(e for e in reversed(found.events) if e.direction == "up")
    drawn = of(found, ViewState().select("changes", up.key))
    title, *rows = waterfall.lines(drawn, 120, 30)
    assert "1→3" in texts([title])[0]
    assert "54s from saturated to first token" in texts([title])[0]
    steps = texts(rows)[: len(up.steps)]
    assert [line.split()[0] for line in steps] == [
        "saturated",
        "decision",
        "HPA",
        "spec",
        "scheduled",
        "image",
        "started",
        "ready",
        "first",
    ]
    lengths = {s.id: line.count("█") for s, line in zip(up.steps, steps, strict=True)}
    assert lengths["ready"] > 4 * lengths["decision"] > 4
    assert steps[7].index("█") >= steps[6].index("█")


def test_a_hole_is_said_and_never_drawn() -> None:
    found = told()
    down = next(e for e in found.events if e.direction == "down")
    up = next(e for e in found.events if e.direction == "up" and e.steps[0].at is None)
    drawn = of(found, ViewState().select("changes", up.key))
    onset = texts(waterfall.lines(drawn, 120, 30))[1]
    assert "not seen" in onset
    assert "█" not in onset
    assert "terminating" in "\n".join(
        texts(waterfall.lines(of(found, ViewState().select("changes", down.key)), 120, 30))
    )


def test_the_lags_tell_the_sums_first() -> None:
    out = texts(lags.lines(of(told()), 80, 30))
    assert out[1].split() == ["▲", "up", "mean", "p95", "max", "n"]
    assert out[2].startswith(" decision to ready")


def test_a_stretch_that_goes_on_says_now() -> None:
    window = GapWindow("qwen", "ns", 1_788_249_600.0, 1_788_249_660.0, 2, "HPA", True)
    out = texts(lacking.lines(of(Scaling(gaps=(window,))), 80, 5))
    assert "08:00:00–now" in out[1]
    assert "2 fewer than HPA wanted" in out[1]


def test_the_worst_thing_stands_on_top_of_every_view_and_moves_nothing() -> None:
    world = replace(live(), findings=(blocked(), blocked(rule="other", severity="warning")))
    line = texts(state.lines(view_model(world), 80, 2))[1]
    assert line.startswith(" ✕ ScaledObject qwen is paused")
    assert line.endswith("+1 more, H shows all")
    assert banner.lines(view_model(world), 80, 2) == [], "it never moves the rest"


def test_advice_stands_with_the_findings_and_not_on_top() -> None:
    world = replace(live(), findings=(blocked(severity="advice"),))
    assert "paused" not in texts(state.lines(view_model(world), 80, 2))[1]
    assert "1 to consider" in texts(findings.lines(view_model(world), 100, 5))[0]
    both = replace(live(), findings=(blocked(), blocked(rule="other", severity="advice")))
    assert "more, 6" not in texts(state.lines(view_model(both), 80, 2))[1]


def test_all_of_it_is_told_with_evidence_age_source_and_advice() -> None:
    world = replace(live(), findings=(blocked(until=1_788_249_660.0),))
    out = "\n".join(texts(findings.lines(view_model(world), 100, 20)))
    assert "1 blocked" in out
    assert "ScaledObject qwen is paused, until 08:01:00" in out
    assert "paused  ScaledObject/qwen, annotation, 1m15 ago" in out
    assert "take it away" in out
    assert "nothing blocks" in texts(findings.lines(view_model(live()), 100, 5))[1]


def test_hostile_words_do_not_reach_the_screen() -> None:
    found = told()
    nasty = replace(found.events[0], variant=HOSTILE, reason=HOSTILE)
    drawn = of(Scaling((nasty,), found.lags, found.gaps))
    finding = blocked(title=HOSTILE, advice=HOSTILE, evidence=(Evidence(HOSTILE, HOSTILE, "log"),))
    world = replace(live(), findings=(finding,))
    for out in (
        changes.TABLE.lines(drawn, 80, 10),
        waterfall.lines(drawn, 80, 20),
        findings.lines(view_model(world), 80, 30),
        state.lines(view_model(world), 80, 2),
    ):
        text = "\n".join(texts(out))
        assert "\x1b" not in text
        assert "\u202e" not in text
