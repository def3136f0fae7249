"""What-if on the screen: the prompt, the table, the replicas over the real ones, stopping."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.analysis.whatif.test_closed import burst
from tests.ui.fake import live
from tests.ui.running import running
from tests.ui.view_models import texts, view_model
from tests.waiting import until
from wvatui.analysis.whatif.alternatives import spoken
from wvatui.analysis.whatif.table import Trials, chart
from wvatui.analysis.whatif.trying import tried
from wvatui.core.whatif.alternative import Alternative
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession
from wvatui.ui.actions.whatif import beginnings, completions, reckon
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.draw.line import text_of, width_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels import panel
from wvatui.ui.panels.whatif import trial, trials
from wvatui.ui.views import view

RECORDING = Path(__file__).resolve().parents[2] / "recordings" / "burst-drain-v1.jsonl"
SIZES = ((80, 24), (120, 40), (200, 60))
ASKED = [
    Alternative("2 static", "static", replicas=2),
    Alternative("[red]\x1b[31mhostile[/nope]", "static", replicas=1),
    Alternative("scaleUpThreshold=0.7", "own", changes=(("scaleUpThreshold", 0.7),)),
]


def with_trials(**view_state: object) -> ViewModel:
    state, one, _ = burst()
    found = Trials("2 static", False, (tried(state, one, ASKED, loop="open"),))
    made = view_model(view_state=ViewState(view="whatif", **view_state))  # type: ignore[arg-type]
    return replace(made, trials=found)


def test_before_anything_was_tried_it_tells_what_can_be_asked() -> None:
    said = "\n".join(texts(trials.lines(view_model(), 80, 18)))
    for word in ("Press w", "hpa hpa.yaml", "replicas 2,4"):
        assert word in said


def test_the_first_example_fits_the_rule_of_the_session() -> None:
    world = live()
    for analyzer, with_wva, first in (
        ("V1 saturation", True, "kvSpareTrigger=0.3"),
        ("V2 saturation", True, "scaleUpThreshold=0.7"),
        ("", False, "scaleDown.window=60s"),
    ):
        world.header = replace(world.header, analyzer=analyzer, with_wva=with_wva)
        assert trials.examples(view_model(world))[0][0] == first
    for driver, field in (("HPA (2 metrics)", "metrics"), ("KEDA (1 trigger) → HPA", "triggers")):
        world.header = replace(world.header, driver=driver)
        assert f"; or {field}[0]." in trials.examples(view_model(world))[0][1]


@pytest.mark.parametrize("size", SIZES)
def test_every_line_fits_and_hostile_names_stay_text(size: tuple[int, int]) -> None:
    made = with_trials()
    for place in view("whatif").places(made, size[0], size[1] - 6):
        panel = {"trials": trials.lines, "course": trial.course, "trial": trial.lines}[place.part]
        drawn = panel(made, place.width, place.height)
        assert len(drawn) <= place.height
        assert all(width_of(line) <= place.width for line in drawn)
        assert "\x1b" not in "".join(text_of(line) for line in drawn)


def test_the_table_tells_what_each_alternative_comes_to() -> None:
    rows = texts(trials.lines(with_trials(), 130, 12))
    assert "recorded" in rows[2]
    assert "own rule, recomputed" in rows[3]
    assert "2 static" in rows[4]
    assert "28.0" in rows[4]


@pytest.mark.parametrize("width", [80, 100])
def test_labels_that_begin_alike_are_still_told_apart(width: int) -> None:
    made = with_trials()
    (real,) = (line.row for line in made.trials.lines[:1])
    same = "kvCacheThreshold=0.8 queueLengthThreshold=5 kvSpareTrigger"
    labels = [f"V1 {same}=0.1", f"V1 {same}=0.2", f"V2 {same}=0.1"]
    rows = tuple(replace(real, label=label, loop="open") for label in labels)
    one = replace(made.trials.models[0], rows=(real, *rows))
    made = replace(made, trials=replace(made.trials, models=(one,)))
    drawn = [row.split("open")[0] for row in texts(trials.lines(made, width, 12))[3:6]]
    assert len(set(drawn)) == 3, drawn


def test_a_small_cost_is_not_told_as_none() -> None:
    vm = with_trials()
    [one] = vm.trials.models
    [real, *others] = one.rows
    assert real.figures is not None
    cheap = replace(real, figures=replace(real.figures, cost=0.0042))
    vm = replace(vm, trials=replace(vm.trials, models=(replace(one, rows=(cheap, *others)),)))
    assert " 0.0042 " in texts(trials.lines(vm, 130, 12))[2]


def test_why_an_alternative_is_not_possible_stands_with_it() -> None:
    said = "\n".join(texts(trial.lines(with_trials(selected={"trials": "whatif:4"}), 120, 20)))
    assert "not possible: scaleUpThreshold belongs to the V2 rule" in said
    for size in SIZES:
        row = texts(trials.lines(with_trials(), size[0], 12))[6]
        assert "open   scaleUpThreshold belongs to the V2 rule" in row, row


def test_the_chart_lays_the_alternative_over_the_real_replicas() -> None:
    line = with_trials().trial
    assert line is not None
    names = [series.name for series in chart(line).series]
    assert names == ["recorded", "2 static"]
    drawn = "\n".join(texts(trial.course(with_trials(), 80, 10)))
    assert "recorded" in drawn
    assert "2 static" in drawn


def test_the_words_say_open_loop_and_where_each_number_is_from() -> None:
    said = "\n".join(texts(trial.lines(with_trials(), 120, 30)))
    for word in ("Open loop", "measured", "assumed", "a perfect router", "rep-min"):
        assert word in said


def test_a_row_that_is_selected_is_the_one_drawn() -> None:
    made = with_trials(selected={"trials": "whatif:0"})
    assert made.trial is not None
    assert [series.name for series in chart(made.trial).series] == ["recorded"]


def test_completions_go_on_from_the_last_word() -> None:
    keys = beginnings(with_wva=True)
    assert completions("kvSp", keys) == ["kvSpareTrigger="]
    assert completions("rule v2 or repl", keys) == ["rule v2 or replicas "]


def test_without_wva_what_can_be_typed_are_fields_of_the_autoscaler_and_no_thresholds() -> None:
    keys = beginnings(with_wva=False)
    assert completions("kv", keys) == ["kv or "]
    assert completions("", keys)[0] == "scaleUp.window="
    assert completions("trig", keys) == ["triggers[0].threshold="]
    spoken(f"{keys[0]}60")


def test_reckoning_tells_row_by_row_and_ends_when_nobody_waits() -> None:
    state, _, _ = burst()
    told: list[int] = []
    found = reckon("replicas 2", state, lambda t: told.append(len(t.lines)), lambda: True)
    assert told == list(range(1, len(found.lines) + 1))
    assert not found.running
    stopped = reckon("replicas 1,2", state, lambda t: None, lambda: False)
    assert stopped.lines == ()


async def test_w_asks_and_the_answer_comes_without_holding_the_screen() -> None:
    session = ReplaySession(open_recording(RECORDING), play=False, start="50%")
    app = WvatuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.vm is not None and not session.status.loading, what="loaded")
        await pilot.press("w")
        assert app.view_state.view == "whatif"
        await until(lambda: app.stage.prompt.asking, what="the question")
        await pilot.press(*"replicas", "space", "2", "enter")
        await until(lambda: bool(app.trials.lines), what="the first row")
        # Keys are handled during the computation.
        await pilot.press("1")
        assert app.view_state.view == "overview"
        await until(lambda: not app.trials.running, what="all rows")
        labels = [line.row.label for line in app.trials.lines]
        assert labels[:3] == ["recorded", "own rule, recomputed", "2 static"]
        assert {line.row.loop for line in app.trials.lines} == {"recorded", "open", "closed"}
        # The keys move on from the row that is drawn as selected.
        await pilot.press("w", "escape", "up")
        assert app.view_state.selected["trials"] == app.trials.lines[1].key
        session.stop("test over")
    await session.aclose()


async def test_a_wrong_question_is_a_message_and_levels_moved_to_the_capital_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(size=(100, 30)) as run:
        run.app.try_out("nonsense")
        await run.says("'nonsense' is no alternative")
        assert run.app.trials.trouble
        assert not run.app.stop_trying()
        monkeypatch.setattr(run.app, "ask_session", lambda work: work.close())
        run.app.try_out("replicas 2")
        assert "nonsense" not in run.message(), "it was of the question before"
        await run.press("1", "W")
        assert run.app.view_state.level


async def test_the_keys_move_on_from_the_decision_that_is_drawn_as_selected() -> None:
    async with running() as run:
        await run.press("4")
        vm = run.app.vm
        assert vm is not None
        rows = panel("cycles").rows
        assert rows is not None
        await run.press("down")
        assert run.app.view_state.selected["cycles"] == rows(vm)[1]
