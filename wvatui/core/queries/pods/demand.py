"""The load on a model: requests as they reached its pods, from the pods' own counters.

In any stretch of time a pod received the requests that it finished, plus the growth of those in it:

    arrivals = Δ(finished) + Δ(running) + Δ(waiting)

So every recording of pods contains the offered load, even where nobody noted it. A request that the
gateway holds back counts when it reaches a pod. Requests in a pod when it is first seen count as if
they had arrived one second before, with the progress that they then had.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import read
from wvatui.core.queries.pods.pod_links import watched_of
from wvatui.core.state.state import State


@dataclass(frozen=True, slots=True)
class DemandStretch:
    """A load that does not change from `since` to `until`, UTC epoch seconds."""

    since: float
    until: float
    rate: float
    """Requests/s."""
    prompt: float
    """Mean tokens of a prompt."""
    output: float
    """Mean tokens of an answer."""
    repeated: float = 0.0
    """Share of the prompt tokens that an earlier prompt contained, 0 to 1."""
    prompt_spread: float = 0.05
    """Standard deviation of prompt lengths, as a share of their mean; counters do not show it."""
    output_spread: float = 0.05
    begun: float = 0.0
    """Share of the requests, 0 to 1, that are already being answered when they arrive, as in the
    first scrape of a pod."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """The requests that one pod received between two scrapes."""

    since: float
    until: float
    arrivals: float
    queries: float
    hits: float
    begun: float = 0.0
    """Arrivals that are already being answered."""


def demand(state: State, model: str = "") -> tuple[DemandStretch, ...]:
    """The load on the pods that serve `model` ("": on all), ascending, without holes, from just
    before the first scrape to the last. Empty where the pages lack the needed counters."""
    pods = watched_of(state, model)
    return demand_of({pod: watched.history.since(0.0) for pod, watched in pods.items()})


def demand_of(rows: Mapping[str, Sequence[Scrape]]) -> tuple[DemandStretch, ...]:
    """The load on pods, from the scrapes of each; see `demand`."""
    lengths = mean_lengths(rows)
    if lengths is None:
        return ()
    pieces = [piece for looks in rows.values() for piece in _pieces(looks)]
    edges = sorted({edge for piece in pieces for edge in (piece.since, piece.until)})
    demands = []
    for since, until in pairwise(edges):
        inside = [piece for piece in pieces if piece.since < until and piece.until > since]
        rate = sum(piece.arrivals / (piece.until - piece.since) for piece in inside)
        asked = sum(piece.queries for piece in inside)
        repeated = min(1.0, sum(piece.hits for piece in inside) / asked) if asked else 0.0
        begun = sum(piece.begun / (piece.until - piece.since) for piece in inside)
        demands.append(
            DemandStretch(
                since, until, rate, *lengths, repeated=repeated, begun=begun / rate if rate else 0.0
            )
        )
    return tuple(demands)


def mean_lengths(rows: Mapping[str, Sequence[Scrape]]) -> tuple[float, float] | None:
    """(mean prompt, mean answer) in tokens over all scrapes; None: nothing was finished, or it was
    not counted."""
    prompts = firsts = tokens = ended = 0.0
    for looks in rows.values():
        for older, newer in pairwise(looks):
            counted = _first_tokens(older), _first_tokens(newer)
            prompts += _more(older.prompt_tokens, newer.prompt_tokens)
            firsts += _more(*counted)
            tokens += _more(older.generation_tokens, newer.generation_tokens)
            ended += _more(_finished(older), _finished(newer))
    if not firsts or not ended:
        return None
    return prompts / firsts, tokens / ended


def _pieces(looks: Iterable[Scrape]) -> Iterable[_Piece]:
    """Arrivals between each scrape and the next. Gauges and counters of a page are not read at
    quite the same moment, so their sum may fall by a few; no request is counted twice then."""
    ahead = 0.0
    looks = list(looks)
    first = next(((look, inside) for look in looks if (inside := _inside(look)) is not None), None)
    if first is not None and first[1]:
        look, inside = first
        yield _Piece(look.at - 1.0, look.at, inside, 0.0, 0.0, begun=look.running or 0)
    for older, newer in pairwise(look for look in looks if _inside(look) is not None):
        before, after = _inside(older), _inside(newer)
        if before is None or after is None or newer.at <= older.at:
            continue
        ended = _more(_finished(older), _finished(newer))
        arrived = ended + after - before + ahead
        if (_finished(newer) or 0) < (_finished(older) or 0):
            arrived = ended + after  # the engine was restarted
        ahead = min(0.0, arrived)
        yield _Piece(
            older.at,
            newer.at,
            max(0.0, arrived),
            _more(older.prefix_queries, newer.prefix_queries),
            _more(older.prefix_hits, newer.prefix_hits),
        )


def _inside(look: Scrape) -> int | None:
    if look.running is None or look.waiting is None or look.success is None:
        return None
    return look.running + look.waiting


def _finished(look: Scrape) -> int | None:
    return None if look.success is None else sum(look.success.values())


def _first_tokens(look: Scrape) -> int | None:
    ttft = read(look.ttft)
    return None if ttft is None else sum(ttft[2])


def _more(older: int | None, newer: int | None) -> float:
    """Growth of a counter; one that fell was reset with its engine."""
    if older is None or newer is None:
        return 0.0
    return newer - older if newer >= older else newer
