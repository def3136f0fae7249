"""Finds a pod's further pages: those of its other engines, on other ports or in its group.

A pod's declarations show where they may be, not that they are there: each candidate is polled, and
one that gives an engine's page is a rank from then on.
"""

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wvatui.sources.pods.endpoints import PageEndpoint
from wvatui.sources.pods.poller import PollTarget

AGAIN_S = (2.0, 10.0)
"""Seconds until a candidate that does not listen yet is polled again: at first, and at most."""
OTHER_S = 60.0
"""The same for a candidate where something else answers."""

_MADE = re.compile(
    rb"\n(process_start_time_seconds|[\w:]+_created)(\{[^\n]*\})?[ \t]+([^\s#]+)(?=[ \t\r\n])"
)


class Candidate(NamedTuple):
    """An endpoint that may be a rank's."""

    target: PollTarget
    endpoint: PageEndpoint | None
    """None: the pod's own known endpoint."""

    @property
    def key(self) -> tuple[str, int]:
        """Its key in the book."""
        return self.target.pod, self.endpoint.port if self.endpoint else 0


class RankBook:
    """Remembers the ranks of each pod, and the candidates that are not ranks."""

    def __init__(self) -> None:
        self._known: dict[str, set[tuple[str, int]]] = {}
        self._due: dict[str, dict[tuple[str, int], tuple[float, float]]] = {}

    def candidates(self, target: PollTarget, first: PageEndpoint, now: float) -> list[Candidate]:
        """The candidates to poll beside the page at `first`: ranks, and others that are due."""
        due = self._due.get(target.pod, {})
        return [
            candidate
            for candidate in _declared(target, first)
            if self.is_rank(target, candidate) or due.get(candidate.key, (0.0, 0.0))[0] <= now
        ]

    def is_rank(self, target: PollTarget, candidate: Candidate) -> bool:
        """Whether the candidate gave a page before, or must give one."""
        is_asked_for = candidate.endpoint is not None and candidate.endpoint.port in target.asked
        return is_asked_for or candidate.key in self._known.get(target.pod, ())

    def answered(self, pod: str, candidate: Candidate) -> None:
        """Note that the candidate is a rank."""
        self._known.setdefault(pod, set()).add(candidate.key)

    def is_no_rank(self, pod: str, candidate: Candidate, now: float, why: str) -> None:
        """Note that the candidate gave no page of another engine. `why`: as `Fetched.why`, or
        "twin": the same page again."""
        due = self._due.setdefault(pod, {})
        wait_s = due.get(candidate.key, (0.0, 0.0))[1]
        if why in ("refused", "starting"):
            wait_s = min(AGAIN_S[1], 2 * wait_s or AGAIN_S[0])
            due[candidate.key] = (now + wait_s, wait_s)
        else:
            due[candidate.key] = (math.inf if why == "twin" else now + OTHER_S, 0.0)

    def keep(self, pods: Iterable[str]) -> None:
        """Forget all pods except these."""
        kept = set(pods)
        for pod in self._known.keys() - kept:
            del self._known[pod]
        for pod in self._due.keys() - kept:
            del self._due[pod]


def _declared(target: PollTarget, first: PageEndpoint) -> Iterator[Candidate]:
    """Ports that the pod declares as serving one engine each, and the other pods of its group."""
    ports = [port for group in target.ranks if first.port in group for port in group]
    for port in dict.fromkeys(ports):
        if port != first.port:
            yield Candidate(target, first._replace(port=port))
    for member in target.group:
        yield Candidate(member, None)


def process_of(page: bytes) -> frozenset[tuple[bytes, ...]]:
    """Identifies the process that wrote a page: its start time, and when it created its series.

    Empty: the page does not say. A sidecar that passes on a page gives the same values.
    """
    return frozenset(_MADE.findall(b"\n" + page))
