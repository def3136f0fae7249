"""How the polling of pods fares, told by namespace where several are watched one by one.

A right holds in a namespace: pods of one where it is missing are asked rarely, the others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import PollRound, Source
from wvatui.kube.answers import lacking
from wvatui.kube.rights import RightRetry
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.source import Emit, HealthReporter

SOURCE = "pods"


@dataclass(slots=True)
class _Namespace:
    """What is known of the pods of one namespace."""

    right: RightRetry = field(default_factory=RightRetry)
    denied_until: float | None = None
    """When it is asked again whether the right was given; None: it is not missing."""
    text: str = ""
    """How it was refused."""
    targets: int = 0
    whys: dict[str, str] = field(default_factory=dict)
    """Why its pods did not answer last, by pod."""
    trouble: str = ""
    answered: int = 0
    """In the present round, as the two below."""
    refused: int = 0
    failed: int = 0

    @property
    def was_asked(self) -> bool:
        """Whether an answer, or its absence, came in this round."""
        return bool(self.answered or self.refused or self.failed)


class PodsHealth:
    """Notes what comes of each question, and tells after each round."""

    def __init__(self, clock: Clock, places: Sequence[str]) -> None:
        """`places`: the namespaces that are told apart; ("",): they are told as one."""
        self._clock = clock
        self._reporters = {place: HealthReporter() for place in places}
        self._known: dict[str, _Namespace] = {}

    def start(self, emit: Emit) -> None:
        """Nothing is known yet."""
        for place in self._reporters:
            self._report(Source(self._clock.now(), source=SOURCE, status="starting"), place, emit)

    def retry(self) -> None:
        """Ask again in the next round, although a right was missing."""
        for known in self._known.values():
            if known.denied_until is not None:
                known.denied_until = self._clock.now()

    def askable(self, targets: Sequence[PollTarget]) -> list[PollTarget]:
        """Those of `targets` that may be asked: of a namespace whose right is missing one, which is
        enough to see whether it was given, and that only when it is time."""
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
                askable.append(mine[0])
        return askable

    def answered(self, target: PollTarget) -> None:
        """Its page was read."""
        known = self._known.setdefault(target.namespace, _Namespace())
        known.whys.pop(target.pod, None)
        known.answered += 1

    def missed(self, target: PollTarget, why: str, text: str) -> None:
        """There was no page; `why` as in `Fetched`."""
        known = self._known.setdefault(target.namespace, _Namespace())
        known.whys[target.pod] = why
        known.trouble = text
        if why == "denied":
            known.text = text
            known.refused += 1
        else:
            known.failed += 1

    def round_over(self, round_: PollRound, emit: Emit) -> None:
        """Tell the round, without pods that nobody may ask, and how each place fares."""
        heard = [known for known in self._known.values() if known.was_asked]
        for known in heard:
            self._judge(known)
        refused = sum(known.refused for known in heard if known.denied_until is not None)
        pods = round_.pods - refused
        if pods > 0 and (heard or not self._is_refused):
            emit(msgspec.structs.replace(round_, pods=pods))
        for place in self._reporters:
            here = [self._known[name] for name in sorted(self._known) if place in ("", name)]
            health = self._health(here)
            if health is not None:
                self._report(health, place, emit)
        for known in heard:
            known.answered = known.refused = known.failed = 0

    @property
    def _is_refused(self) -> bool:
        return any(known.denied_until is not None for known in self._known.values())

    def _judge(self, known: _Namespace) -> None:
        """Whether the right is missing in a namespace that was asked."""
        if known.refused and not known.answered:
            known.denied_until = self._clock.now() + known.right.wait_s()
            return
        known.denied_until = None
        if known.answered:
            known.right.worked()

    def _health(self, here: Sequence[_Namespace]) -> Source | None:
        """Of the namespaces of one place; None: nothing new was heard of them."""
        now = self._clock.now()
        for known in here:
            if known.denied_until is not None and known.targets:
                verb, resource = lacking(known.text) or ("get", "pods/proxy")
                return Source(
                    now,
                    source=SOURCE,
                    status="denied",
                    text=known.text,
                    retry_at=known.denied_until,
                    verb=verb,
                    resource=resource,
                )
        if not any(known.targets for known in here):
            return Source(now, source=SOURCE, status="waiting", text="no model pods yet")
        if any(known.answered for known in here):
            return Source(now, source=SOURCE, status="ok")
        if not any(known.was_asked for known in here):
            return None
        whys = {why for known in here for why in known.whys.values()}
        if whys <= {"starting", "refused"}:
            return Source(now, source=SOURCE, status="waiting", text="no engine answers yet")
        text = next((known.trouble for known in here if known.trouble), "") or "no pod answered"
        return Source(now, source=SOURCE, status="retrying", text=text)

    def _report(self, health: Source, place: str, emit: Emit) -> None:
        self._reporters[place].report(msgspec.structs.replace(health, namespace=place), emit)
