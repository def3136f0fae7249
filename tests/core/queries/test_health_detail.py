"""The health of the sources in detail, from folded events."""

import pytest

from tests.core.folding import logged, recorded
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.health import health_detail, health_rows
from wvatui.core.state.state import EMPTY


def test_nothing_known_is_nothing_told() -> None:
    detail = health_detail.health_detail(EMPTY)
    assert (detail.sources, detail.polling, detail.gaps, detail.notices) == ((), None, (), ())
    assert (detail.log.lines, detail.log.templates, detail.unknown_kinds) == (0, (), ())


def test_a_source_has_its_status_age_next_try_and_the_missing_right() -> None:
    state = fold(
        EMPTY,
        [
            ev.Source(10.0, source="log", status="ok"),
            ev.Source(40.0, source="log", status="retrying", text="refused", retry_at=70.0),
            ev.Source(45.0, source="log", status="retrying", text="refused again", retry_at=75.0),
            ev.Source(
                41.0,
                source="pods",
                status="denied",
                text="forbidden",
                verb="get",
                resource="pods/proxy",
            ),
            ev.Tick(60.0),
        ],
    )
    log, pods = health_detail.health_detail(state).sources
    assert (log.status, log.level, log.text) == ("retrying", "bad", "refused again")
    assert (log.since, log.age_s, log.retry_in_s) == (40.0, 50.0, 15.0)
    assert (log.verb, log.resource) == ("", "")
    assert (pods.status, pods.verb, pods.resource) == ("denied", "get", "pods/proxy")
    assert (pods.age_s, pods.retry_in_s) == (None, None)
    later = fold(state, [ev.Tick(80.0)])
    assert health_detail.health_detail(later).sources[0].retry_in_s is None


def test_polling_tells_the_spacing_that_was_achieved_and_which_pods_miss() -> None:
    state = fold(
        EMPTY,
        [
            ev.Header(0.0, interval_s=2.0),
            ev.PollRound(10.0, pods=2, answered=2, took_ms=100),
            ev.PollRound(12.0, pods=2, answered=1, took_ms=300, late_ms=40),
            ev.PollRound(18.0, pods=2, answered=0, took_ms=200, skipped=2),
            ev.ScrapeFailure(12.0, pod="b", why="refused"),
            ev.ScrapeFailure(18.0, pod="b", why="timeout", text="no answer"),
            ev.ScrapeFailure(18.0, pod="a", why="starting"),
            ev.ScrapeFailure(18.0, pod="c", why="gone"),
            ev.Deleted(19.0, kind="pod", name="c"),
        ],
    )
    polling = health_detail.health_detail(state).polling
    assert polling is not None
    assert (polling.asked_s, polling.mean_s, polling.worst_s) == (2.0, 4.0, 6.0)
    assert (polling.rounds, polling.skipped) == (3, 2)
    assert (polling.took_mean_ms, polling.took_worst_ms, polling.late_worst_ms) == (200, 300, 40)
    assert (polling.answered, polling.pods, polling.answered_all, polling.asked_all) == (0, 2, 3, 6)
    assert [(m.pod, m.failures, m.why, m.text) for m in polling.failures] == [
        ("b", 2, "timeout", "no answer"),
        ("a", 1, "starting", ""),
    ]
    answered = fold(state, [ev.Scrape(20.0, pod="b", kv=0.1)])
    polling = health_detail.health_detail(answered).polling
    assert polling is not None
    assert [m.pod for m in polling.failures] == ["a"]


def test_one_round_has_no_spacing() -> None:
    polling = health_detail.health_detail(
        fold(EMPTY, [ev.PollRound(1.0, pods=1, answered=1)])
    ).polling
    assert polling is not None
    assert (polling.mean_s, polling.worst_s, polling.asked_s) == (None, None, None)


def test_gaps_and_messages_come_newest_first() -> None:
    state = fold(
        EMPTY,
        [
            ev.Gap(30.0, source="log", since=10.0, until=20.0, reason="broke"),
            ev.Gap(90.0, source="pods", since=60.0, until=80.0),
            ev.Notice(5.0, source="controller", code="restart", text="restarted"),
            ev.Notice(6.0, code="resync", text="listed again"),
            ev.Unknown(7.0, kind="hologram", raw="{}"),
            ev.Unknown(8.0, kind="hologram", raw="{}"),
        ],
    )
    detail = health_detail.health_detail(state)
    assert [(g.source, g.since, g.until, g.reason) for g in detail.gaps] == [
        ("pods", 60.0, 80.0, ""),
        ("log", 10.0, 20.0, "broke"),
    ]
    assert [(n.code, n.text) for n in detail.notices] == [
        ("resync", "listed again"),
        ("restart", "restarted"),
    ]
    assert detail.unknown_kinds == (("hologram", 2),)
    assert detail.events == 6


def test_lines_that_nobody_knows_are_counted_by_kind_with_a_sample() -> None:
    stamp = "2026-08-18T13:55:09Z\tINFO\tx/y.go:1\t"
    text = "\n".join(f"{stamp}Balancing {n} hamsters in the wheel" for n in range(30))
    detail = health_detail.health_detail(logged(text))
    assert (detail.log.lines, detail.log.unknown) == (30, 30)
    (row,) = detail.log.templates
    assert row.count == 30
    assert row.sample == "Balancing 29 hamsters in the wheel"
    assert detail.log.dialects == (("console", 30),)
    assert detail.log.alarm


@pytest.mark.parametrize("name", ["burst-drain-v1.jsonl", "stair-step-v2-hpa.jsonl"])
def test_a_recording_tells_all_its_sources_and_the_spacing_that_was_asked(name: str) -> None:
    state = recorded(name)
    detail = health_detail.health_detail(state)
    assert {row.source for row in detail.sources} == set(state.sources)
    assert detail.polling is not None
    assert detail.polling.asked_s == 2.0
    assert detail.polling.mean_s == pytest.approx(2.0, abs=0.1)
    assert sum(count for _, count in detail.log.dialects) == detail.log.lines == len(state.log)
    assert detail.log.alarm == ""


def test_hostile_text_comes_out_clean() -> None:
    evil = "\x1b[2J\u202e[/x]\x00"
    state = fold(
        EMPTY,
        [
            ev.Source(1.0, source=evil, status=evil, text=evil, verb=evil, resource=evil),
            ev.Gap(1.0, source=evil, since=0.0, until=1.0, reason=evil),
            ev.Notice(1.0, source=evil, code=evil, text=evil),
            ev.ScrapeFailure(1.0, pod=evil, why=evil, text=evil),
            ev.Unknown(1.0, kind=evil, raw=evil),
            ev.Log(1.0, line=f"2026-08-18T13:55:09Z\tINFO\tx.go:1\t{evil} hamsters"),
        ],
    )
    told = repr(health_detail.health_detail(state))
    assert not any(c in told for c in ("\\x1b", "\\x00", "\\u202e", "\x1b", "\u202e"))


@pytest.mark.parametrize(("spec", "level"), [(0, "off"), (None, "warn"), (1, "warn")])
def test_no_pod_to_ask_is_no_trouble_where_everything_is_scaled_to_zero(
    spec: int | None, level: str
) -> None:
    state = fold(
        EMPTY,
        [
            ev.Workload(1.0, kind="Deployment", name="d", namespace="ns", spec=spec),
            ev.Workload(1.0, kind="Deployment", name="e", namespace="ns", spec=0),
            *(
                ev.Autoscaler(
                    1.0, name=name, namespace="ns", target_kind="Deployment", target_name=name
                )
                for name in ("d", "e")
            ),
            ev.Source(2.0, source="pods", status="waiting", text="no model pods yet"),
            ev.Tick(3.0),
        ],
    )
    (row,) = health_rows.health(state)
    text = "no pod to ask: scaled to zero" if level == "off" else "no model pods yet"
    assert (row.level, row.text) == (level, text)
