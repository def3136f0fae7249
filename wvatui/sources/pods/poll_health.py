"""The health of polling, reported for each namespace where several are watched separately.

A right holds in a namespace: where it is missing, pods are rarely polled, while those of other
namespaces go on. The same holds for endpoint pickers that require credentials of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import PollRound, Source
from wvatui.kube.answers import lacking
from wvatui.kube.rights import RightRetry
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.source import Emit, HealthReporter


@dataclass(frozen=True, slots=True)
class PolledSource:
    """The kind of pod that is polled, with the texts that report its health."""

    source: str
    nobody: tuple[str, str]
    """Status and text where there is no pod to poll."""
    not_up: str = ""
    """Text while no pod answers yet; empty: the last error is shown."""
    guarded: str = ""
    """Text before the answer of a pod that requires its own credentials; empty: that is reported
    for each pod, and does not affect the source."""


@dataclass(slots=True)
class _Namespace:
    """What is known about the pods of one namespace."""

    right: RightRetry = field(default_factory=RightRetry)
    denied_until: float | None = None
    """When to try again whether the right was granted, or the pod's guard is gone, UTC epoch
    seconds; None: neither is in the way."""
    text: str = ""
    """The text of the refusal."""
    why: str = ""
    """The reason, as in `Fetched.why`."""
    targets: int = 0
    whys: dict[str, str] = field(default_factory=dict)
    """The reason for which each pod last did not answer, by pod."""
    trouble: str = ""
    answered: int = 0
    """Pods that answered in the present round; the two fields below count the same round."""
    refused: int = 0
    failed: int = 0
    is_judged: bool = False

    @property
    def was_asked(self) -> bool:
        """Whether any pod was polled in this round."""
        return bool(self.answered or self.refused or self.failed)


class PollHealth:
    """Counts the results of polls, and reports the health after each round."""

    def __init__(self, polled: PolledSource, clock: Clock, places: Sequence[str]) -> None:
        """`places`: the namespaces whose health is reported separately; ("",): one report for
        all."""
        self._polled, self._clock = polled, clock
        self._reporters = {place: HealthReporter() for place in places}
        self._known: dict[str, _Namespace] = {}

    def start(self, emit: Emit) -> None:
        """Report that nothing is known yet."""
        for place in self._reporters:
            self._report(self._source("starting"), place, emit)

    def retry(self) -> None:
        """Poll again in the next round, even where a right was missing."""
        for known in self._known.values():
            if known.denied_until is not None:
                known.denied_until = self._clock.now()

    def askable(self, targets: Sequence[PollTarget]) -> list[PollTarget]:
        """The `targets` that may be polled now.

        Of a namespace whose right is missing, one pod when a retry is due, which is enough to see
        whether the right was granted; where the pods require credentials, all of them then, as each
        has its own.
        """
        by_namespace: dict[str, list[PollTarget]] = {}
        for target in targets:
            by_namespace.setdefault(target.namespace, []).append(target)
        for name in self._known.keys() - by_namespace:
            self._known[name].targets = 0
        now, askable = self._clock.now(), list[PollTarget]()
        for name, mine in by_namespace.items():
            known = self._known.setdefault(name, _Namespace())
            known.targets = len(mine)
            pods = {target.pod for target in mine}
            known.whys = {pod: why for pod, why in known.whys.items() if pod in pods}
            if known.denied_until is None:
                askable += mine
            elif now >= known.denied_until:
                askable += mine if known.why == "guarded" else mine[:1]
        return askable

    def answered(self, target: PollTarget) -> None:
        """Note that the pod's page was read."""
        known = self._known.setdefault(target.namespace, _Namespace())
        known.whys.pop(target.pod, None)
        known.answered += 1

    def missed(self, target: PollTarget, why: str, text: str) -> None:
        """Note that there was no page; `why` as in `Fetched`."""
        known = self._known.setdefault(target.namespace, _Namespace())
        known.whys[target.pod] = why
        known.trouble = text
        if why == "denied" or (why == "guarded" and self._polled.guarded):
            known.why, known.text = why, text
            known.refused += 1
        else:
            known.failed += 1

    def counted(self, round_: PollRound) -> PollRound | None:
        """A finished round without the pods that may not be polled; None: there are no others."""
        heard = self._judged()
        refused = sum(known.refused for known in heard if known.denied_until is not None)
        pods = round_.pods - refused
        if pods > 0 and (heard or not self._is_refused):
            return msgspec.structs.replace(round_, pods=pods)
        return None

    def round_over(self, emit: Emit) -> None:
        """Report the health of each place."""
        heard = self._judged()
        for place in self._reporters:
            here = [self._known[name] for name in sorted(self._known) if place in ("", name)]
            health = self._health(here)
            if health is not None:
                self._report(health, place, emit)
        for known in heard:
            known.answered = known.refused = known.failed = 0
            known.is_judged = False

    def _judged(self) -> list[_Namespace]:
        """The namespaces that were polled in this round."""
        heard = [known for known in self._known.values() if known.was_asked]
        for known in heard:
            if not known.is_judged:
                self._judge(known)
        return heard

    @property
    def _is_refused(self) -> bool:
        return any(known.denied_until is not None for known in self._known.values())

    def _judge(self, known: _Namespace) -> None:
        """Decide whether the right is missing in a polled namespace."""
        known.is_judged = True
        if known.refused and not known.answered:
            known.denied_until = self._clock.now() + known.right.wait_s()
            return
        known.denied_until = None
        if known.answered:
            known.right.worked()

    def _health(self, here: Sequence[_Namespace]) -> Source | None:
        """The health of the namespaces of one place; None: nothing new is known."""
        answers = any(known.answered for known in here)
        refused = [
            known
            for known in here
            if known.denied_until is not None
            and known.targets
            and not (answers and known.why == "guarded")
        ]
        if refused:
            return self._refusal(refused[0])
        if not any(known.targets for known in here):
            return self._source(*self._polled.nobody)
        if answers:
            return self._answering(here)
        if not any(known.was_asked for known in here):
            return None
        whys = {why for known in here for why in known.whys.values()}
        text = next((known.trouble for known in here if known.trouble), "") or "no pod answered"
        if whys <= {"starting", "refused"}:
            return self._source("waiting", self._polled.not_up or text)
        return self._source("retrying", text)

    def _answering(self, here: Sequence[_Namespace]) -> Source:
        """The health while some pods answer; pods that require their own credentials are named."""
        pods = [pod for known in here for pod, why in known.whys.items() if why == "guarded"]
        if not pods or not self._polled.guarded:
            return self._source("ok")
        words = next(known.text for known in here if "guarded" in known.whys.values())
        return self._source("ok", f"{self._polled.guarded}: {words}", guarded=tuple(sorted(pods)))

    def _refusal(self, known: _Namespace) -> Source:
        """The health where access is refused: a guard of the pod itself is not a missing right in
        the cluster."""
        if known.why == "guarded":
            return self._source(
                "guarded", f"{self._polled.guarded}: {known.text}", retry_at=known.denied_until
            )
        verb, resource = lacking(known.text) or ("get", "pods/proxy")
        return self._source(
            "denied", known.text, retry_at=known.denied_until, verb=verb, resource=resource
        )

    def _source(self, status: str, text: str = "", **more: Any) -> Source:
        return Source(
            self._clock.now(), source=self._polled.source, status=status, text=text, **more
        )

    def _report(self, health: Source, place: str, emit: Emit) -> None:
        self._reporters[place].report(msgspec.structs.replace(health, namespace=place), emit)
