"""The ConfigMaps that each finished cycle of a session was under."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from wvatui.core.events import Config
from wvatui.core.kube_object import NamespacedName
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import Cycle, State

ConfigMaps = Mapping[NamespacedName, Config]


class CycleConfigs:
    """The finished cycles with their ConfigMaps, walked once for all who ask.

    `known` has those of each; those that are seen first apply to the cycles before, in which none
    was known (empty: none was seen since). `turned` has neighbours with different ones.
    """

    def __init__(self) -> None:
        self.cycles: Sequence[Cycle] = ()
        self.starts: list[float] = []
        self.known: list[ConfigMaps] = []
        self.turned: list[tuple[Cycle, Cycle]] = []
        self._trail: Ring[Cycle] | None = None

    def update(self, trail: Ring[Cycle]) -> None:
        """Walk the finished cycles of a State, if they are not those that were walked last."""
        if trail is self._trail:
            return
        self._trail, self.cycles = trail, [cycle for cycle in trail if not cycle.context]
        self.starts = [cycle.at for cycle in self.cycles]
        known: list[ConfigMaps] = []
        for cycle in reversed(self.cycles):
            known.append(cycle.configs or (known[-1] if known else {}))
        self.known = known[::-1]
        pairs = zip(pairwise(self.cycles), pairwise(self.known), strict=True)
        self.turned = [both for both, (was, new) in pairs if was is not new]


def cycle_configs(state: State) -> CycleConfigs:
    """The ConfigMaps of the finished cycles that a State knows."""
    found = state.of_session.of(CycleConfigs)
    found.update(state.cycles)
    return found


def configs_at(state: State, at: float) -> ConfigMaps:
    """The ConfigMaps of the finished cycle at or before `at` (UTC epoch seconds), or the first."""
    found = cycle_configs(state)
    place = max(0, bisect_right(found.starts, at) - 1)
    return (found.known[place] if found.known else {}) or state.configs
