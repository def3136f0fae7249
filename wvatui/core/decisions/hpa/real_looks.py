"""Looks of a real control plane: versions of an HPA and its target, events, and, as the truth, the
controller's own log.

A status is written only when it changes. Looks in between had equal inputs; they happen every sync
period, which is 15 s unless two changes were closer together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.decisions.hpa.account import HpaAccount
from wvatui.core.decisions.hpa.observer import HpaObserver, looked_at
from wvatui.core.decisions.hpa.sequence import (
    LookTruth,
    LookVerdict,
    SequenceError,
    SequenceLine,
    SequenceReport,
    sequence_lines,
    verdict,
    virtual_looks,
)
from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent, conditions_of
from wvatui.core.rules.hpa.hpa_pods import HpaPod
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, hpa_spec
from wvatui.core.structs import replace

_SHORTEST_SYNC_S = 1.0
_WRITTEN_WITHIN_S = 0.6
"""A status is written at most this long after the log line of its look, seconds."""


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of the HPA, whose status was written by a look."""

    at: float
    spec: HpaSpec
    status: SequenceLine


def sequence_report(data: bytes) -> SequenceReport:
    """The verdicts on all looks of a file. Raises SequenceError."""
    lines = sequence_lines(data)
    real = any(line["kind"] == "hpa" for line in lines)
    try:
        looks = tuple(real_looks(lines) if real else virtual_looks(lines))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SequenceError(f"a line has another form: {error!r}") from None
    return SequenceReport(looks, real)


def real_looks(lines: Sequence[SequenceLine]) -> Iterator[LookVerdict]:
    """The verdict on each look in the log, by the observer's account at that moment."""
    versions = _versions(lines)
    seen = _accounts(lines, versions)
    for truth in _truths(lines, versions):
        until = truth.at + _WRITTEN_WITHIN_S
        known = [account for account in seen if account.at <= until]
        if known:
            yield verdict(known[-1], truth)


def _accounts(lines: Sequence[SequenceLine], versions: Sequence[_Version]) -> list[HpaAccount]:
    """The observer's account of each look; a restart of the controller clears its memory."""
    restarts = [float(line["t"]) for line in lines if line["kind"] == "controller-restart"]
    observer, accounts = HpaObserver(), []
    for sight in _sights(lines, versions):
        due = [at for at in restarts if at <= sight.at]
        if due:
            observer = observer.forget(due[-1])
            restarts = [at for at in restarts if at > sight.at]
        account, observer = observer.look(sight)
        accounts.append(account)
    return accounts


def _sights(lines: Sequence[SequenceLine], versions: Sequence[_Version]) -> Iterator[HpaSight]:
    """Looks that changed the status, looks assumed at even intervals in between, and later ones."""
    # A new object has no conditions yet; one that has them was looked at before it was listed.
    listed = any((line.get("status") or {}).get("conditions") for line in _objects(lines)[:1])
    sync_s = _sync_s(versions[1:] if listed else versions)
    last: HpaSight | None = None
    for version in versions:
        before: tuple[HpaCondition, ...] = ()
        if last is not None:
            since, before = last.at, last.conditions
            number = round((version.at - since) / sync_s)
            for n in range(1, number):
                last = _quiet(last, since + n * (version.at - since) / number)
                yield last
        created = last is None and not listed
        last = _sight(version, lines, before, created=created)
        if version is versions[0] and listed:
            at = [later.at for later in versions[1:2]] or [version.at]
            last = replace(last, at=looked_at(version.at, at[0], sync_s))
        yield last
    end = max(float(line["t"]) for line in lines)
    while last is not None and last.at + sync_s < end:
        last = _quiet(last, last.at + sync_s)
        yield last


def _quiet(last: HpaSight, at: float) -> HpaSight:
    """A look that changed nothing: it found what the one before left."""
    return replace(
        last,
        at=at,
        spec_replicas=last.after,
        events=(),
        before=last.conditions,
        created=False,
        stated=last.after,
    )


def _versions(lines: Sequence[SequenceLine]) -> list[_Version]:
    versions = []
    for line in _objects(lines):
        status = line.get("status") or {}
        if status.get("conditions"):
            versions.append(_Version(float(line["t"]), hpa_spec(line["spec"]), status))
    return versions


def _objects(lines: Sequence[SequenceLine]) -> list[SequenceLine]:
    return [line for line in lines if line["kind"] == "hpa"]


def _sync_s(versions: Sequence[_Version]) -> float:
    """The shortest time between two changes, where that is less than the default."""
    gaps = [b.at - a.at for a, b in pairwise(versions)]
    return min((gap for gap in gaps if gap > _SHORTEST_SYNC_S), default=SYNC_S)


def _sight(
    version: _Version,
    lines: Sequence[SequenceLine],
    before: tuple[HpaCondition, ...],
    *,
    created: bool,
) -> HpaSight:
    status, at = version.status, version.at
    current = int(status.get("currentReplicas") or 0)
    targets = [line for line in lines if line["kind"] == "deployment" and float(line["t"]) < at]
    # A look's rescale is written before its status, so the look itself found the older target.
    found = [t for t in targets if t.get("spec_replicas") == current] or targets
    target = found[-1] if found else {}
    ready, exist = int(target.get("ready") or 0), int(target.get("status_replicas") or 0)
    conditions = conditions_of(status)
    rescaled = _says(conditions, "AbleToScale", "SucceededRescale")
    desired = int(status.get("desiredReplicas") or 0)
    return HpaSight(
        at=at,
        spec=version.spec,
        spec_replicas=current,
        status_replicas=exist,
        after=desired if rescaled else current,
        pods=tuple(HpaPod(f"p{i}", ready="True" if i < ready else "False") for i in range(exist)),
        shown=tuple(status.get("currentMetrics") or ()),
        before=before,
        conditions=conditions,
        events=_events(lines, at),
        created=created,
        loose_s=SYNC_S,
        stated=desired,
    )


def _says(conditions: Sequence[HpaCondition], kind: str, reason: str) -> bool:
    return any(c.type == kind and c.reason == reason for c in conditions)


def _events(lines: Sequence[SequenceLine], at: float) -> tuple[HpaEvent, ...]:
    """Events of the HPA around the moment at which its status was written."""
    return tuple(
        HpaEvent.of(line)
        for line in lines
        if line["kind"] == "event"
        and line.get("about") == "HorizontalPodAutoscaler"
        and line.get("event") != "LISTED"
        and at - 1.0 <= float(line["t"]) <= at + 0.2
    )


_PROPOSING = "Proposing desired replicas"


def _truths(lines: Sequence[SequenceLine], versions: Sequence[_Version]) -> Iterator[LookTruth]:
    """The true result of each look in the controller's log, with the object after it."""
    proposed: SequenceLine | None = None
    for line in lines:
        if line["kind"] != "controller-log":
            continue
        message = str(line.get("message"))
        if message.startswith(_PROPOSING):
            proposed = line
        elif message in ("Decided not to scale", "Successfully rescaled"):
            yield _truth(line, proposed, versions)
            proposed = None


def _truth(
    line: SequenceLine, proposed: SequenceLine | None, versions: Sequence[_Version]
) -> LookTruth:
    wanted = None if proposed is None else int(proposed["desiredReplicas"])
    at, limited = float(line["t"]), None
    after = [version for version in versions if version.at <= at + _WRITTEN_WITHIN_S]
    if after and proposed is not None:
        said = [c.reason for c in conditions_of(after[-1].status) if c.type == "ScalingLimited"]
        limited = said[0] if said else None
    return LookTruth(
        at=at,
        limited=limited,
        desired=int(line["desiredReplicas"]),
        winner="" if proposed is None else str(proposed["metric"]),
        wanted=None if wanted is None else max(wanted, 0),
        rescale=str(line["reason"]) if "reason" in line else None,
    )
