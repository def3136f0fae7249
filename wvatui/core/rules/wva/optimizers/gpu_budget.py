"""GPUs that an optimiser may hand out: by accelerator, for the cluster and for namespaces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wvatui.core.rules.wva.limiter import Pool

UNLIMITED = 1 << 62
"""A number of GPUs that means no limit; it is never reduced."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """What one provider allows. A `limit` below 0 means no limit.

    A namespace with an entry may only use the accelerators listed there; none if the list is empty.
    """

    pools: Mapping[str, Pool] = field(default_factory=dict)
    namespaces: Mapping[str, Mapping[str, Pool]] = field(default_factory=dict)


@dataclass(slots=True)
class Budget:
    """GPUs left, by accelerator: of the cluster, and of the namespaces that have a quota."""

    cluster: dict[str, int]
    namespaces: dict[str, dict[str, int]]

    @property
    def spent(self) -> bool:
        """Whether the cluster has no GPUs left."""
        return sum(self.cluster.values()) == 0

    def left(self, namespace: str, accelerator: str) -> int:
        """GPUs that a model of a namespace may still get: the lesser of quota and cluster.

        Source: WVA HEAD internal/engines/pipeline/greedy_score_optimizer.go effectiveAvailable.
        """
        quota = self.namespaces.get(namespace)
        if quota is None:
            return self.cluster.get(accelerator, 0)
        return min(quota.get(accelerator, 0), self.cluster.get(accelerator, UNLIMITED))

    def take(self, namespace: str, accelerator: str, gpus: int) -> None:
        """Take GPUs from the quota and from the cluster, where these are limited."""
        for purse in (self.cluster, self.namespaces.get(namespace, {})):
            if purse.get(accelerator, UNLIMITED) != UNLIMITED:
                purse[accelerator] -= gpus


def merged(constraints: Iterable[Constraint]) -> Budget:
    """The tightest combination of several providers' constraints.

    Source: WVA HEAD internal/engines/pipeline/cost_aware_optimizer.go mergeConstraints,
    mergeNamespaceConstraints.
    """
    budget = Budget({}, {})
    for constraint in constraints:
        for accelerator, pool in constraint.pools.items():
            _tighten(budget.cluster, accelerator, pool)
        for namespace, pools in constraint.namespaces.items():
            quota = budget.namespaces.setdefault(namespace, {})
            for accelerator, pool in pools.items():
                _tighten(quota, accelerator, pool)
    return budget


def _tighten(purse: dict[str, int], accelerator: str, pool: Pool) -> None:
    free = UNLIMITED if pool.limit < 0 else max(0, pool.limit - pool.used)
    purse[accelerator] = min(purse.get(accelerator, UNLIMITED), free)
