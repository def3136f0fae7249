"""Hand-made recordings for what-if."""

from collections.abc import Sequence

from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.loads import LoadShare
from wvatui.core.whatif.recorded.recorded import (
    DecisionRound,
    Recorded,
    RecordedMember,
    RecordedMoment,
    ReplicaChange,
)
from wvatui.core.whatif.run import Assumed

T0 = 1_790_000_000.0
NAME = "llama"
ASSUMED = Assumed(boot_s=60.0, lag_s=15.0, per_request=0.01, full=1.0)


def loads(*pods: tuple[float, float], name: str = NAME) -> tuple[LoadShare, ...]:
    """(KV, waiting) of each replica."""
    return tuple(
        LoadShare(name, kv, waiting, kv * 100, f"{name}-{n}")
        for n, (kv, waiting) in enumerate(pods)
    )


def round_(
    at_s: float,
    pods: Sequence[tuple[float, float]],
    target: int,
    *,
    current: int | None = None,
    settings: Settings | None = None,
) -> DecisionRound:
    """A V1 cycle that counted these replicas."""
    return DecisionRound(
        at=T0 + at_s,
        rule="v1",
        settings=settings or Settings(),
        current={NAME: len(pods) if current is None else current},
        targets={NAME: target},
        loads=loads(*pods),
    )


def recorded(
    moments: Sequence[tuple[float, Sequence[tuple[float, float]] | None]],
    *,
    until_s: float,
    rounds: Sequence[DecisionRound] = (),
    cost: float | None = 10.0,
    settings: Settings | None = None,
    **more: object,
) -> Recorded:
    """One variant: (second, replicas from then on as (KV, waiting); None: a gap)."""
    changes: list[ReplicaChange] = []
    for at, pods in moments:
        if pods is not None and (not changes or changes[-1].replicas[NAME] != len(pods)):
            changes.append(ReplicaChange(T0 + at, {NAME: len(pods)}))
    standing = tuple(changes)
    return Recorded(
        model="m",
        since=T0,
        until=T0 + until_s,
        members=(RecordedMember(NAME, cost=cost),),
        moments=tuple(
            RecordedMoment(T0 + at, None if pods is None else loads(*pods)) for at, pods in moments
        ),
        rounds=tuple(rounds),
        settings_over=((T0, settings or Settings()),),
        **{"replicas": standing, "serving": standing, **more},  # type: ignore[arg-type]
    )
