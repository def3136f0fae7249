"""The table of pods: its lines, its sorting, and two hundred pods."""

from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake import World, empty, live, replica, variant
from tests.ui.view_models import texts, view_model
from wvatui.core.rows.views import ReplicaRow
from wvatui.ui.draw.line import width_of
from wvatui.ui.model.view_state import Sort, ViewState
from wvatui.ui.panels.pods import pods

SIZES = [(60, 12), (80, 12), (120, 18), (200, 50)]


def many(count: int = 200, variants: int = 1) -> World:
    """A world of many pods: KV rises with the number, each tenth boots, the newest sort first."""
    world = live()
    rows: list[ReplicaRow] = []
    for n in range(count):
        name = f"qwen3-{'ab'[n % variants]}"
        row = replace(
            replica(0, "ok", kv_ratio=n / count, running=n % 30, waiting=n % 4, sample_age_s=1.0),
            pod=f"{name}-7d9f5c6b8-{count - n:05d}",
            variant=name,
            age_s=float(count - n),
            node=f"gpu-{n % 7:02d}",
            restarts=int(n == 42),
            ttft_p95_ms=100.0 + n,
        )
        if n % 10 == 9:
            row = replace(
                row,
                state="starting",
                state_text="starting: loading the model",
                kv_ratio=None,
                waiting=None,
                running=None,
                sample_age_s=None,
                ttft_p95_ms=None,
            )
        rows.append(row)
    world.replicas = tuple(rows)
    world.variants = tuple(variant(key=f"ns/qwen3-{c}", name=f"qwen3-{c}") for c in "ab"[:variants])
    return world


def sorted_by(column: str, descending: bool = False, selected: str = "") -> ViewState:
    return ViewState(sort={"pods": Sort(column, descending)}, selected={"pods": selected})


def test_a_line_tells_state_by_sign_and_word_and_every_number_of_the_pod() -> None:
    title, heads, first = texts(pods.lines(view_model(), 120, 20))[:3]
    assert "Pods 4" in title
    assert "■ 1 saturated" in title
    for head in ("state", "pod", "KV cache", "waiting", "running", "TTFT p95", "ITL p95", "seen"):
        assert head in heads
    for value in ("1", "■ saturated", "7d9f5c6b8-abcde", "87%", "9", "38", "1.9s", "52ms", "1s"):
        assert value in first


def test_columns_end_where_their_titles_end() -> None:
    for width in (80, 120, 160):
        heads, first = texts(pods.lines(view_model(), width, 20))[1:3]
        ttft = "TTFT" if width == 80 else "TTFT p95"
        assert heads.index(ttft) + len(ttft) == first.index("1.9s") + 4
        assert heads.index("seen") + 4 == first.rindex("1s") + 2


def test_wide_screens_show_more() -> None:
    def heads(width: int) -> str:
        return texts(pods.lines(view_model(), width, 20))[1]

    assert "tok" not in heads(80)
    assert "restarts" in heads(120)
    assert "5 min" in heads(120)
    assert "node" in heads(200)
    for title in ("variant", "preempted", "age"):
        assert title in heads(200)


def test_a_booting_pod_says_why_in_words_and_has_no_percent() -> None:
    line = next(t for t in texts(pods.lines(view_model(), 80, 20)) if "x9pqr" in t)
    assert "◔ starting" in line
    assert "loading the model, 42 s" in line
    assert "%" not in line


def test_what_was_not_measured_is_a_dash_and_never_zero() -> None:
    world = live()
    world.replicas = (replica(0, "ok", kv_ratio=None, running=3),)
    line = texts(pods.lines(view_model(world), 120, 20))[2]
    assert "0%" not in line
    assert line.count("–") >= 5


def test_restarts_are_told_also_of_a_pod_that_boots() -> None:
    world = live()
    world.replicas = (replica(0, "starting", "CrashLoopBackOff", restarts=7),)
    assert "CrashLoopBackOff, 7 restarts" in texts(pods.lines(view_model(world), 80, 20))[2]


def test_a_pod_without_numbers_says_its_state_where_the_column_of_states_is_hidden() -> None:
    world = live()
    world.replicas = (replica(0, "gone", "gone for 44 s"), replica(1, "pending", "no GPU is free"))

    def lines(*columns: str) -> list[str]:
        view_state = ViewState(columns={"pods": columns} if columns else {})
        drawn = texts(pods.lines(view_model(world, view_state=view_state), 80, 20))[2:]
        return [" ".join(line.split()) for line in drawn]

    pending, gone = lines("pod", "kv")
    assert gone.endswith("abcde gone for 44 s")
    assert pending.endswith("fghij pending: no GPU is free")
    assert all("abcde" in line or "fghij" in line for line in lines("kv", "pod"))
    assert lines()[1].endswith("abcde for 44 s"), "the state is named beside it"


def test_a_sample_out_of_the_log_says_so() -> None:
    world = live()
    world.replicas = (replica(0, "ok", kv_ratio=0.5, source="log", sample_age_s=34.0),)
    assert "L34s" in texts(pods.lines(view_model(world), 80, 20))[2]


def test_the_oldest_come_first_and_those_that_went_last() -> None:
    world = live()
    world.replicas = (
        replica(0, "gone", "gone for 3 s"),
        replica(2, "ok", age_s=50.0, kv_ratio=0.1),
        replica(1, "ok", age_s=500.0, kv_ratio=0.2),
    )
    keys = [key.rpartition("-")[2] for key in pods.rows(view_model(world))]
    assert keys == ["fghij", "k2lmn", "abcde"]


@pytest.mark.parametrize("column", pods.SORTS)
def test_every_column_sorts_and_what_is_missing_comes_last_either_way(column: str) -> None:
    world = many(30)
    unsorted = set(pods.rows(view_model(world)))
    up = pods.rows(view_model(world, view_state=sorted_by(column)))
    down = pods.rows(view_model(world, view_state=sorted_by(column, descending=True)))
    assert set(up) == set(down) == unsorted
    by_pod = {f"pod:{row.pod}": row for row in world.replicas}
    if column in ("kv", "waiting", "running", "ttft", "seen"):
        for keys in (up, down):
            assert all(by_pod[key].state == "starting" for key in keys[-3:])
    title = texts(pods.lines(view_model(world, view_state=sorted_by(column)), 80, 10))[0]
    assert f"by {column} ▲" in title


def test_the_column_that_sorts_is_marked_in_its_title() -> None:
    for descending, sign in ((False, "▲"), (True, "▼")):
        looked = view_model(many(30), view_state=sorted_by("kv", descending))
        assert f"KV cache{sign}" in texts(pods.lines(looked, 80, 10))[1]


def test_sorting_by_a_column_without_room_holds_for_lines_and_keys() -> None:
    looked = view_model(many(30), view_state=sorted_by("node"))
    assert "node" not in texts(pods.lines(looked, 80, 40))[1]
    assert tuple(key for key in pods.keys(looked, 80, 40) if key) == pods.rows(looked)


def test_the_selected_pod_is_on_the_screen_and_keeps_its_mark_when_others_come_and_go() -> None:
    world = many()
    chosen = pods.rows(view_model(world))[150]
    for rows in (world.replicas, world.replicas[7:], world.replicas[:120] + world.replicas[120:]):
        world.replicas = rows
        looked = view_model(world, view_state=ViewState(selected={"pods": chosen}))
        for width, height in SIZES:
            table = pods.drawn(looked, width, height)
            at = table.keys.index(chosen)
            assert texts(table.lines)[at].startswith("▸")


def test_every_line_has_its_key_and_what_has_no_room_is_counted() -> None:
    for width, height in SIZES:
        table = pods.drawn(view_model(many()), width, height)
        assert len(table.lines) == len(table.keys) == height
        assert pods.shown_keys(view_model(many()), height) == table.keys
        shown = sum(bool(key) for key in table.keys)
        assert f"{200 - shown} more" in texts(table.lines)[-1]
    for selected in (pods.rows(view_model(many()))[100],):
        looked = view_model(many(), view_state=ViewState(selected={"pods": selected}))
        assert pods.shown_keys(looked, 12) == pods.keys(looked, 80, 12)
        last = texts(pods.lines(looked, 80, 12))[-1]
        assert "above" in last
        assert "more" in last


def test_only_pods_with_room_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = 0
    real = pods._state

    def counted(*args: Any) -> Any:
        nonlocal drawn
        drawn += 1
        return real(*args)

    monkeypatch.setattr(pods, "_state", counted)
    pods.lines(view_model(many(2000)), 120, 18)
    assert drawn <= 2 * 18


def test_pods_of_several_variants_are_told_apart_by_name() -> None:
    lines = texts(pods.lines(view_model(many(4, variants=2)), 80, 20))
    assert any("a-7d9f5c6b8-00004" in line for line in lines)
    assert any("b-7d9f5c6b8-00003" in line for line in lines)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_no_line_is_too_wide(size: tuple[int, int], ascii_only: bool) -> None:
    for world in (many(), many(30, 2), live(), empty()):
        looked = view_model(world, ascii_only=ascii_only, view_state=sorted_by("kv", True))
        lines = pods.lines(looked, *size)
        assert len(lines) <= size[1]
        assert all(width_of(line) <= size[0] for line in lines)
        heads = texts(lines)[1]
        assert len(world.replicas) == 0 or heads.rstrip()[-1] != looked.symbols.ellipsis


def test_an_empty_namespace_says_so() -> None:
    assert "No model pods yet" in texts(pods.lines(view_model(empty()), 80, 10))[1]


def test_a_row_has_the_last_minutes_of_cache_and_queue_where_there_is_room() -> None:
    for width, trends in ((80, 0), (120, 1), (200, 2)):
        row = texts(pods.lines(view_model(many(2)), width, 6))[2]
        assert row.count("▁▁▂▃▄▅▆▇█") == trends, width


def test_columns_are_those_that_were_chosen_in_their_order_whatever_the_width() -> None:
    looked = ViewState(columns={"pods": ("pod", "waiting", "node", "kv")})
    for width in (80, 200):
        heads = texts(pods.lines(view_model(view_state=looked), width, 8))[1].split()
        assert [word for word in heads if word != "cache"] == [
            "pod",
            "waiting" if width == 200 else "wait",
            "node",
            "KV",
        ]
