"""Findings about engines and their pages, which end with their cause."""

from collections.abc import Sequence

from tests.core.queries.few_pods import START, folded, look, namespace, pod
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.core.queries.pods import replica_rows

WORDS = "the pod answers 401 to a request for its metrics: it wants credentials of its own"
RANK = ev.RankScrape(port=8000, kv=0.4, running=2, waiting=0)
SILENT = ev.RankScrape(port=8001, why="refused", text="connection refused on port 8001")


def of(rule: str, *events: ev.Event, now: float) -> list[Finding]:
    state = folded(*namespace("a"), *events, now=now)
    return [each for each in findings(state) if each.rule == rule]


def misses(*at: float) -> Sequence[ev.Event]:
    return [ev.ScrapeFailure(START + t, pod="a", why="guarded", text=WORDS) for t in at]


def test_a_page_behind_a_guard_is_told_as_that_and_not_as_a_missing_right() -> None:
    (guarded,) = of("guarded-page", *misses(2, 4), now=5)
    assert guarded.evidence[0].text == WORDS
    assert "no role in the cluster opens it" in guarded.advice
    ready = pod("a", ready_at=START)
    for rule in ("missing-rights", "metrics-missing"):
        assert not of(rule, ready, *misses(90, 92, 94), now=95)


def test_a_page_that_was_opened_is_told_no_more() -> None:
    assert not of("guarded-page", *misses(2, 4), look("a", 6), now=7)
    assert not of("guarded-page", look("a", 2), look("a", 4), now=5)


def test_a_gateway_that_wants_a_token_is_no_missing_role() -> None:
    told = ev.Source(look("a", 1).at, source="epp", status="guarded", text="HTTP 401")
    (guarded,) = of("guarded-page", told, now=5)
    assert "metrics-endpoint-auth" in guarded.advice
    assert not of("missing-rights", told, now=5)
    assert not of("guarded-page", told, ev.Source(told.at + 1, source="epp", status="ok"), now=5)


def test_a_guarded_endpoint_picker_is_named_beside_one_that_answers() -> None:
    at = look("a", 1).at
    told = ev.Source(at, source="epp", status="ok", text="HTTP 401", guarded=("ns/one",))
    (guarded,) = of("guarded-page", told, now=5)
    assert "the endpoint picker one wants a token" in guarded.title
    assert guarded.evidence[0].text == "HTTP 401"
    assert not of("guarded-page", told, ev.Source(at + 1, source="epp", status="ok"), now=5)


def test_an_engine_that_fell_silent_is_told_until_it_answers_again() -> None:
    lost = [look("a", t, ranks=(RANK, SILENT)) for t in (2, 4, 6)]
    (silent,) = of("metrics-missing", *lost, now=7)
    assert silent.title == "1 of 2 engines of a does not answer"
    assert silent.evidence[0].text == "port 8001: connection refused on port 8001"
    both = look("a", 8, ranks=(RANK, RANK))
    assert not of("metrics-missing", *lost, both, now=9)
    assert not of("metrics-missing", *lost[:2], now=5)


def test_a_row_counts_the_engines_that_are_silent() -> None:
    state = folded(*namespace("a"), look("a", 2, ranks=(RANK, SILENT)), now=3)
    (row,) = replica_rows.replicas(state)
    assert (row.engines, row.silent) == (2, 1)
    assert (
        row.state_text
        == "unknown: queue not measured; 1 of 2 engines does not answer: port 8001, refused"
    )


def outside(*events: ev.Event, now: float) -> list[Finding]:
    """The findings about full engines outside a cluster."""
    endpoints = tuple(ev.EngineEndpoint(name, f"http://{name}:8000/metrics") for name in "ab")
    header = ev.Header(START, started_at=START, interval_s=2.0, endpoints=endpoints)
    state = folded(header, *events, now=now)
    return [each for each in findings(state) if each.rule == "full-engine"]


def test_an_engine_outside_a_cluster_that_is_full_is_told_with_its_load_and_what_helps() -> None:
    def course(kv: float, waiting: int, since: int = 0) -> list[ev.Event]:
        return [look("a", t, kv, waiting=waiting) for t in range(since, since + 20, 2)]

    (cache,) = outside(*course(0.98, 14), now=19)
    assert cache.title.startswith("a has been full for at least 19 s, and nobody adds replicas")
    (seen,) = outside(look("a", 0, 0.3, waiting=0), *course(0.98, 14, 20), now=39)
    assert seen.title.startswith("a has been full for 19 s, and")
    assert cache.evidence[0].text.startswith("KV cache 98%, 14 requests wait")
    assert "a lower --max-num-seqs" in cache.advice
    (queue,) = outside(*course(0.3, 14), now=19)
    assert "the cache has room, so a higher --max-num-seqs" in queue.advice
    assert outside(*course(0.98, 14)[:3], now=5), "full in every look so far"
    assert not outside(*course(0.98, 14)[:1], now=1), "one look is none"
    assert not outside(look("a", 0, 0.3, waiting=0), *course(0.98, 14, 2)[:3], now=7), "a burst"

    both = [each for t in range(0, 20, 2) for each in (look("a", t, 0.9), look("b", t, 0.2))]
    (one,) = outside(*both, now=19)
    assert one.advice.startswith("send requests to the engines that have room")


def test_counters_that_fall_and_are_back_are_of_several_processes() -> None:
    def by_turns(*totals: int) -> list[Finding]:
        seen = [look("a", 2 + 2 * n, generation_tokens=total) for n, total in enumerate(totals)]
        return of("counters-fall", *seen, now=3 + 2 * len(totals))

    (found,) = by_turns(1900, 1100, 1950, 1160, 2000)
    assert (
        found.evidence[0].text == "its token counters fell 2 times in 11 s, and were back at once"
    )
    assert not by_turns(1900, 1950, 2000)
    assert not by_turns(1900, 0, 40, 80)  # a restart
    assert not by_turns(1900, 0, 40, 0, 50)  # two of them
    since_then = [2000] * 40
    assert by_turns(1900, 1100, 1950, 1160, *since_then), "in a minute that is over"
    turns = [*[1000] * 29, 900, *[1000] * 29, 900, *since_then[:5]]
    assert by_turns(*turns), "from one minute to the next"


def test_each_counter_is_compared_with_itself() -> None:
    def found(*pages: tuple[int | None, int]) -> bool:
        seen = [
            look("a", 2 + 2 * n, prompt_tokens=prompt, generation_tokens=made)
            for n, (prompt, made) in enumerate(pages)
        ]
        return bool(of("counters-fall", *seen, now=3 + 2 * len(pages)))

    assert found((90, 40), (50, 80), (90, 40), (50, 80), (90, 40))
    assert not found((90, 40), (None, 40), (90, 41), (None, 41), (92, 42))  # not read on two pages
