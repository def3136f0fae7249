"""The details of an opened pod or variant: facts, conditions, events, layout."""

import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from tests.ui.fake import POD, RANKS, VARIANT, World, empty, live
from tests.ui.test_panels import EVIL, poison
from tests.ui.view_models import texts, view_model
from wvatui.core.rows.views import FactRow, PodDetail
from wvatui.ui.draw.line import width_of, wrapped
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.model.layout import Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels import panel
from wvatui.ui.panels.detail import pod_detail, variant_detail
from wvatui.ui.panels.detail.facts import fact_lines
from wvatui.ui.views import VIEWS
from wvatui.ui.views.detail import detail_places

SIZES = [(60, 11), (80, 19), (120, 34), (200, 54)]
POD_KEY = f"pod:{live().replicas[0].pod}"
VARIANT_KEY = f"variant:{live().variants[0].key}"
PARTS = (
    "pod_detail",
    "pod_page",
    "pod_events",
    "pod_latencies",
    "variant_detail",
    "variant_conditions",
    "variant_decisions",
    "variant_events",
)


def opened(key: str, world: World | None = None, **changes: Any) -> ViewModel:
    return view_model(world, view_state=ViewState(detail=(key,)), **changes)


# --- a pod


def test_a_pods_facts_stand_by_their_names_and_what_is_not_known_is_a_dash() -> None:
    lines = texts(pod_detail.lines(opened(POD_KEY), 80, 12))
    assert "Pod qwen3-32b-h100-7d9f5c6b8-abcde" in lines[0]
    assert "state        ✕ saturated" in lines[1]
    assert "created      16m ago" in lines[2]
    assert lines[5].split() == ["node", "–"]
    assert "vllm/vllm-openai:v0.11.0  (Deployment)" in lines[6]


def test_the_last_page_shows_raw_values_with_its_age_and_what_it_did_not_have() -> None:
    lines = texts(pod_detail.page(opened(POD_KEY), 60, 12))
    assert "1s ago" in lines[0]
    assert lines[1].split() == ["KV", "cache", "use", "0.8712"]
    assert lines[3].split()[-2:] == ["total", "0"]
    assert lines[4].split()[-5:] == ["mean", "of", "128", "0.213", "s"]
    assert "not on the page: prompt tokens" in lines[5]
    assert "port 8200, read in 4 ms" in lines[6]


def test_the_engines_of_a_pod_stand_each_with_what_it_holds_or_why_it_is_silent() -> None:
    world = live()
    world.pod = replace(POD, ranks=RANKS)
    lines = texts(pod_detail.ranks(opened(POD_KEY, world), 60, 8))
    assert "Engines" in lines[0]
    assert lines[1].split()[:2] == ["port", "8000"]
    assert "97%    40 waiting     2 running" in lines[2]
    assert lines[4].split()[2:] == ["✕", "connection", "refused"]


def test_where_not_all_engines_have_room_those_that_matter_are_shown() -> None:
    world = live()
    world.pod = replace(POD, ranks=RANKS)
    lines = texts(pod_detail.ranks(opened(POD_KEY, world), 60, 4))
    assert [line.split()[1] for line in lines[1:3]] == ["8001", "8003"]
    assert "2 more, z enlarges" in lines[3]


def test_a_pod_of_one_engine_has_no_place_for_engines() -> None:
    parts = [place.part for place in detail_places(opened(POD_KEY), 120, 34)]
    assert "pod_ranks" not in parts
    world = live()
    world.pod = replace(POD, ranks=RANKS)
    for width, height in ((80, 18), (120, 34), (200, 54)):
        parts = [place.part for place in detail_places(opened(POD_KEY, world), width, height)]
        assert "pod_ranks" in parts


def test_latencies_stand_by_stretch_of_time_and_what_was_not_observed_is_a_dash() -> None:
    head, names, ttft, itl, e2e = texts(pod_detail.latencies(opened(POD_KEY), 60, 9))
    assert "Latency: p50, p95, p99" in head
    assert (names.split()[:2], names.split()[-1]) == (["last", "minute"], "session")
    assert ttft.split() == [
        "TTFT",
        "45ms",
        "120ms",
        "1.2s",
        "40ms",
        "90ms",
        "800ms",
        "41ms",
        "95ms",
        "990ms",
    ]
    assert itl[24:42].strip() == "not kept"
    assert e2e.split() == ["E2E", *["–"] * 6, "1.2s", "4.0s", "35s"]
    narrow = texts(pod_detail.latencies(opened(POD_KEY), 50, 9))
    assert "Latency: p95, p99" in narrow[0]
    assert narrow[2].split()[1:3] == ["120ms", "1.2s"]


def test_the_title_of_a_past_window_has_its_whole_end_or_none() -> None:
    past = ViewState(detail=(POD_KEY,), until=live().header.now - 60.0)
    vm = view_model(view_state=past)
    for width in (50, 60):
        title = texts(pod_detail.latencies(vm, width, 9))[1]
        assert re.search(r"to \d\d:\d\d:\d\d  ", title), title


def test_where_no_kubernetes_events_are_there_latencies_have_their_room() -> None:
    world = live()
    world.pod = replace(POD, kube_events=())
    for width, height in SIZES[1:]:
        parts = [place.part for place in detail_places(opened(POD_KEY, world), width, height)]
        assert "pod_latencies" in parts
        assert "pod_events" not in parts


def test_a_look_in_vain_is_told_above_the_old_page() -> None:
    world = live()
    world.pod = replace(POD, failure="connection refused, 6 s ago", sample_age_s=134.0)
    lines = texts(pod_detail.page(opened(POD_KEY, world), 60, 12))
    assert "2m14 ago" in lines[0]
    assert lines[1].strip() == "✕ connection refused, 6 s ago"
    world.pod = PodDetail("", None)
    assert "has not answered yet" in texts(pod_detail.page(opened(POD_KEY, world), 60, 12))[1]


def test_events_tell_time_reason_and_how_often_and_warnings_have_a_sign() -> None:
    lines = texts(pod_detail.events(opened(POD_KEY), 100, 5))
    assert lines[1].startswith(" 08:11:40 ! Unhealthy 3x  Readiness probe failed")
    assert lines[2].startswith(" 08:01:30 · Pulled  Container image")
    world = live()
    world.pod = replace(POD, kube_events=())
    assert "none about this pod" in texts(pod_detail.events(opened(POD_KEY, world), 80, 5))[1]


def test_what_has_no_room_is_counted() -> None:
    world = live()
    world.pod = replace(POD, kube_events=POD.kube_events * 9)
    assert "16 earlier" in texts(pod_detail.events(opened(POD_KEY, world), 80, 4))[-1]
    facts = texts(pod_detail.lines(opened(POD_KEY), 40, 5))
    assert "more, z enlarges" in facts[-1]
    page = texts(pod_detail.page(opened(POD_KEY), 40, 4))
    assert "2 more values" in page[-1]


# --- a variant


def test_a_variants_facts_begin_with_the_ladder_and_what_holds_it_up() -> None:
    lines = texts(variant_detail.lines(opened(VARIANT_KEY), 80, 12))
    assert "Variant qwen3-32b-h100" in lines[0]
    assert "decided 4, wanted 4, spec 4, ready 3, serving 3" in lines[1]
    assert "! HPA qwen: FailedGetExternalMetric" in lines[2]


def test_conditions_tell_by_sign_and_word_how_good_they_are() -> None:
    lines = texts(variant_detail.conditions(opened(VARIANT_KEY), 80, 20))
    assert lines[1].startswith(" ✓ HPA    AbleToScale True, 10m  ReadyForNewScale")
    assert lines[2].startswith(" ✕ HPA    ScalingActive False")
    assert lines[3].startswith(" ! HPA    ScalingLimited True")
    assert "from: configured" in lines[4]
    assert lines[5].split() == ["saturated:", "KV", "from", "0.8"]


def test_where_conditions_have_no_room_trouble_comes_first() -> None:
    lines = texts(variant_detail.conditions(opened(VARIANT_KEY), 40, 7))
    assert "ScalingActive False" in lines[1]
    assert "2 more conditions" in lines[2]
    assert "saturated: KV from 0.8, queue from 5" in lines[4]


def test_a_variants_decisions_and_events_are_listed() -> None:
    decided = texts(variant_detail.decisions(opened(VARIANT_KEY), 80, 8))
    assert "2 of 12 moved" in decided[0]
    assert "scale-up" in decided[1]
    happened = texts(variant_detail.events(opened(VARIANT_KEY), 120, 8))
    assert "Pod/qwen3-32b-h100-7d9f5c6b8-abcde" in happened[1]
    assert "Pod abcde" in texts(variant_detail.events(opened(VARIANT_KEY), 60, 8))[1]


# --- arbitrary input


@pytest.mark.parametrize("evil", EVIL, ids=["escapes", "megabyte", "osc", "wide"])
@pytest.mark.parametrize("size", [(40, 8), (60, 20), (120, 34)])
def test_hostile_text_stays_in_its_cells(size: tuple[int, int], evil: str) -> None:
    world = live()
    world.pod, world.variant = poison(POD, evil), poison(VARIANT, evil)
    world.pod = replace(world.pod, failure=evil)
    for key in (POD_KEY, VARIANT_KEY, f"pod:{evil}", f"variant:{evil}"):
        for name in PARTS:
            lines = panel(name).draw(opened(key, world), *size)
            assert len(lines) <= size[1]
            for line in lines:
                assert width_of(line) <= size[0]
                text = "".join(part for part, _ in line)
                assert not any(c in text for c in "\x1b\x00\x9b\u202e\u2066\r\n\x07\ud800")


@pytest.mark.parametrize("key", [POD_KEY, VARIANT_KEY, "pod:nobody", "variant:ns/nobody"])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_part_draws_whatever_is_open(key: str, ascii_only: bool) -> None:
    for world in (live(), empty()):
        looked = opened(key, world, ascii_only=ascii_only)
        for name in PARTS:
            for width, height in SIZES:
                lines = panel(name).draw(looked, width, height)
                assert lines
                assert len(lines) <= height
                assert not ascii_only or all(text.isascii() for text in texts(lines))


def test_long_facts_go_on_below_and_no_word_is_lost() -> None:
    text = "HPA qwen: FailedGetExternalMetric: no metrics returned from the external metrics API"
    lines = texts(fact_lines([FactRow("held up", text, level="warn")], 50, 9, UNICODE))
    assert len(lines) > 1
    assert " ".join(" ".join(lines).split()) == f"held up ! {text}"
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]


# --- places


def filled(places: list[Place], width: int, height: int) -> None:
    """Assert that every cell belongs to exactly one part."""
    apart(places, width, height)
    assert sum(place.width * place.height for place in places) == width * height


def apart(places: list[Place], width: int, height: int) -> None:
    """Assert that every part lies inside, and none over another."""
    for place in places:
        assert 0 <= place.x <= place.x + place.width <= width
        assert 0 <= place.y <= place.y + place.height <= height
    for a, b in combinations(places, 2):
        beside = a.x + a.width <= b.x or b.x + b.width <= a.x
        assert beside or a.y + a.height <= b.y or b.y + b.height <= a.y


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [POD_KEY, VARIANT_KEY])
def test_the_parts_of_a_detail_fill_the_body(key: str, size: tuple[int, int]) -> None:
    for height in range(8, size[1] + 1):
        filled(detail_places(opened(key), size[0], height), size[0], height)


@pytest.mark.parametrize("size", SIZES)
def test_the_charts_of_a_detail_are_of_that_pod_or_variant(size: tuple[int, int]) -> None:
    for key, name in ((POD_KEY, POD_KEY[4:]), (VARIANT_KEY, "qwen3-32b-h100")):
        parts = [place.part for place in detail_places(opened(key), *size)]
        charts = [part for part in parts if part.startswith("chart:")]
        assert all(part.endswith(f"@{name}") for part in charts)
        assert charts or size[1] < 15


@pytest.mark.parametrize("count", [0, 1, 4, 8, 20, 60, 200])
def test_the_parts_of_the_pods_view_fill_the_body(count: int) -> None:
    from tests.ui.test_pods import many

    view = next(view for view in VIEWS if view.id == "pods")
    world = many(count) if count else empty()
    for width, most in SIZES:
        for height in range(8, most + 1):
            places = view.places(view_model(world), width, height)
            assert {"pods"} <= {place.part for place in places}
            apart(places, width, height)
