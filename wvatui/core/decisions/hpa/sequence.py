"""Recorded looks of an HPA with their true results, compared with an observer's accounts.

There are two forms, both with a JSON object per line: looks of the controller under a virtual clock
(`look`), and objects and log of a real control plane (`hpa`, `controller-log`; see `real_looks`).
In both, the observer only gets the object, its status, the scale, the pods and the events.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wvatui.core.decisions.hpa.account import HpaAccount
from wvatui.core.decisions.hpa.observer import BEFORE, FORGOTTEN, HpaObserver
from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent, conditions_of
from wvatui.core.rules.hpa.hpa_pods import HpaPod
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, hpa_spec

SequenceLine = Mapping[str, Any]


class SequenceError(ValueError):
    """A line that is no part of a sequence; the message says which and why."""


@dataclass(frozen=True, slots=True)
class LookTruth:
    """The controller's true result of a look; None: the recording does not have it.

    `winner`: the metric's name, empty where none won. `reason`: of ScalingLimited.
    """

    at: float
    desired: int
    winner: str | None = None
    wanted: int | None = None
    stable: int | None = None
    limited: str | None = None
    rescale: str | None = None


@dataclass(frozen=True, slots=True)
class LookVerdict:
    """One look: the account and the truth. `outcome`: ok, failed or not_modelled."""

    account: HpaAccount
    truth: LookTruth
    outcome: str
    wrong: tuple[str, ...] = ()
    """Which of winner, reason and size differ in the account."""


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """The verdicts on all looks of a file, in order. `real`: they are of a real control plane."""

    looks: tuple[LookVerdict, ...]
    real: bool

    @property
    def kind(self) -> str:
        """The name of this kind of looks."""
        return "real look" if self.real else "look"

    def total(self, outcome: str) -> int:
        """How many looks have this outcome."""
        return sum(look.outcome == outcome for look in self.looks)

    def wrong(self, what: str) -> int:
        """How many accounts have another winner or reason (`what`); looks that are not modelled,
        which say so, are not counted."""
        return sum(what in look.wrong and look.outcome != "not_modelled" for look in self.looks)


def is_sequence(data: bytes) -> bool:
    """Whether a file holds a sequence: its first line is an object with a kind."""
    first = next((line for line in data.splitlines() if line.strip()), b"")
    try:
        line = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(line, dict) and "kind" in line


def sequence_lines(data: bytes) -> list[SequenceLine]:
    """The lines of a sequence. Raises SequenceError, naming the line."""
    lines: list[SequenceLine] = []
    for number, raw in enumerate(data.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            line = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SequenceError(f"line {number}: not JSON: {error}") from None
        if not isinstance(line, dict) or "kind" not in line:
            raise SequenceError(f"line {number}: a sequence's lines have a kind")
        lines.append(line)
    return lines


def verdict(account: HpaAccount, truth: LookTruth) -> LookVerdict:
    """How an account compares with the truth.

    An account that is wrong because the controller's memory was not known, and says so, counts as
    not modelled; one that contradicts what was seen has failed.
    """
    wrong = []
    if account.desired != truth.desired:
        wrong.append("size")
    if truth.winner is not None and account.winner != truth.winner:
        wrong.append("winner")
    limited = "DesiredWithinRange" if account.limit is None else account.limit.what
    pairs = (
        (account.stable, truth.stable),
        (limited, truth.limited),
        (account.reason, truth.rescale),
        (account.wanted, truth.wanted),
    )
    if any(theirs is not None and ours != theirs for ours, theirs in pairs):
        wrong.append("reason")
    outcome = "ok"
    if wrong and account.doubt in (BEFORE, FORGOTTEN):
        outcome = "not_modelled"
    elif "size" in wrong:
        outcome = "failed"
    return LookVerdict(account, truth, outcome, tuple(wrong))


def virtual_looks(lines: Sequence[SequenceLine]) -> Iterator[LookVerdict]:
    """Looks of the controller under a virtual clock. Raises KeyError, TypeError, ValueError or
    AttributeError for lines of another form."""
    observer, spec, created = HpaObserver(), None, True
    before: tuple[HpaCondition, ...] = ()
    ready_since: dict[str, float] = {}
    for line in lines:
        if line["kind"] == "object":
            spec = hpa_spec(line["spec"])
        elif line["kind"] == "controller-restart":
            observer = observer.forget(float(line["t"]))
        elif line["kind"] == "look" and spec is not None:
            # The object is made at 0; what begins later is the rest of a sequence.
            created = created and float(line["t"]) < SYNC_S
            sight = _sight(line, spec, before, ready_since, created=created)
            account, observer = observer.look(sight)
            before, created = sight.conditions, False
            yield verdict(account, _truth(line, sight))


def _sight(
    line: SequenceLine,
    spec: HpaSpec,
    before: tuple[HpaCondition, ...],
    ready_since: dict[str, float],
    *,
    created: bool,
) -> HpaSight:
    at, scale, status = float(line["t"]), line["scale"], line["status"]
    return HpaSight(
        at=at,
        spec=spec,
        spec_replicas=int(scale.get("spec_replicas") or 0),
        status_replicas=int(scale.get("status_replicas") or 0),
        after=int(line["scale_after"]),
        pods=tuple(_pod(pod, at, ready_since) for pod in line.get("pods") or ()),
        shown=tuple(status.get("currentMetrics") or ()),
        before=before,
        conditions=conditions_of(status),
        events=tuple(HpaEvent.of(row) for row in line.get("events") or ()),
        created=created,
        stated=status.get("desiredReplicas"),
    )


def _pod(pod: SequenceLine, at: float, ready_since: dict[str, float]) -> HpaPod:
    name, age_s = str(pod["name"]), float(pod["age_s"])
    if pod.get("ready"):
        # A pod that is ready when it is first seen has been ready for a while.
        since = ready_since.setdefault(name, at - age_s if name not in ready_since else at)
        return HpaPod(name, ready_age_s=at - since, start_age_s=age_s)
    ready_since.pop(name, None)
    return HpaPod(name, ready="False", ready_age_s=age_s, start_age_s=age_s)


def _truth(line: SequenceLine, sight: HpaSight) -> LookTruth:
    steps = line["truth"].get("steps") or {}
    metrics, stable = steps.get("metrics") or {}, steps.get("stabilized") or {}
    limited = steps.get("limited") or {}
    wanted = metrics.get("replicas")
    rescale = next(
        (
            e.message.partition("; reason: ")[2].partition("; error: ")[0]
            for e in sight.events
            if e.reason in ("SuccessfulRescale", "FailedRescale")
        ),
        None,
    )
    return LookTruth(
        at=sight.at,
        desired=int(line["scale_after"]),
        winner=str(metrics.get("metric") or ""),
        wanted=None if wanted is None or wanted < 0 else int(wanted),
        stable=stable.get("replicas"),
        limited=limited.get("reason"),
        rescale=rescale,
    )
