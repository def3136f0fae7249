"""What what-if has to assume, where each number comes from, and how much depends on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from wvatui.core.whatif.loads import ROUTERS
from wvatui.core.whatif.recorded.recorded import Recorded
from wvatui.core.whatif.run import Assumed

BOOT_S = 90.0
LAG_S = 15.0
PER_REQUEST = 0.005
"""Values assumed where a recording has none; a report names each one it used."""

OPEN_LOOP = (
    "Open loop: the recorded load is shared by the replicas that there would have been. It does "
    "not react to them: a backlog that more replicas had worked off, or fewer had let grow, is "
    "still as recorded."
)
COUNTED = (
    "Replica-min and cost count each replica from when it is asked for, while it starts too; "
    "`summary` counts those that are ready. Changes are those of their number, `summary` counts "
    "decisions. Any sat. and all sat. are shares of the time in which "
    "at least one, or every, replica was saturated; `compare` tells the share of all samples of "
    "pods that were. Gap holds what is wanted of all variants together (decisions, else the spec) "
    "against the replicas whose load is known, every few seconds; `compare` holds each variant's "
    "wish, the HPA's first, against those that are ready."
)
CLOSED_LOOP = (
    "Closed loop: the load that arrived is sent to simulated replicas, whose engine is calibrated "
    "on this recording; queues grow and drain as the replicas change."
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number or rule that a counterfactual depends on. `source`: measured, assumed or given."""

    name: str
    text: str
    source: str


def assumed(recorded: Recorded, given: Mapping[str, float] | None = None) -> Assumed:
    """The assumptions for this recording: given values, else measured, else default ones."""
    given = given or {}
    return Assumed(
        boot_s=given.get("boot_s", _or(recorded.boot_s, BOOT_S)),
        lag_s=given.get("lag_s", _or(recorded.lag_s, LAG_S)),
        per_request=max(1e-6, given.get("per_request", _or(recorded.per_request, PER_REQUEST))),
        full=given.get("full", _or(recorded.full, 1.0)),
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def told(
    recorded: Recorded, holds: Assumed, given: Mapping[str, float] | None = None
) -> tuple[Assumption, ...]:
    """The assumptions in words, each with the source of its number."""
    given = given or {}

    def source(name: str, value: float | None) -> str:
        return "given" if name in given else "assumed" if value is None else "measured"

    has_loads = any(moment.loads for moment in recorded.moments)
    rows = [
        Assumption(
            "boot",
            f"a new replica serves {holds.boot_s:.0f} s after it was asked for",
            source("boot_s", recorded.boot_s),
        ),
    ]
    if any(member.scaler is None for member in recorded.members):
        rows.append(
            Assumption(
                "lag",
                f"a decision reaches the scale target {holds.lag_s:.0f} s later",
                source("lag_s", recorded.lag_s),
            )
        )
    if has_loads:
        rows += [
            Assumption("routing", holds.router.title, "assumed"),
            Assumption(
                "request",
                f"a running request holds {holds.per_request:.2%} of a replica's cache",
                source("per_request", recorded.per_request),
            ),
            Assumption(
                "full",
                f"requests wait where the cache is used to {holds.full:.0%}",
                source("full", recorded.full),
            ),
        ]
    if any(round_.results for round_ in recorded.rounds):
        rows.append(
            Assumption(
                "demand",
                "an analyzer's demand and a replica's capacity are as logged, however many "
                "replicas share it",
                "assumed",
            )
        )
    return tuple(rows)


def others(holds: Assumed, *, has_loads: bool) -> Iterator[tuple[str, Assumed]]:
    """(what was changed, the assumptions) with one assumption changed at a time."""
    if has_loads:
        for router in ROUTERS:
            if router is not holds.router:
                yield router.title, replace(holds, router=router)
        yield "a request holds half as much", replace(holds, per_request=holds.per_request / 2)
        yield "a request holds twice as much", replace(holds, per_request=holds.per_request * 2)
    yield "new replicas serve in half the time", replace(holds, boot_s=holds.boot_s / 2)
    yield "new replicas take twice the time", replace(holds, boot_s=holds.boot_s * 2)
