"""All cases of a session, each made once: the cases of a finished cycle never change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from wvatui.core.decisions.cases import cases_of
from wvatui.core.decisions.given import Case
from wvatui.core.decisions.memory import Memory
from wvatui.core.decisions.reading import passes
from wvatui.core.decisions.releases import narrowed, releases_of
from wvatui.core.events import Config
from wvatui.core.explain.thresholds.cycle_configs import configs_at
from wvatui.core.explain.thresholds.learned import (
    NOTHING,
    Learned,
    ThresholdGroup,
    Witness,
    configuration,
    learn_all,
    with_limits,
    witness,
)
from wvatui.core.kube_object import NamespacedName
from wvatui.core.log.versions import family
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.links import Link, link
from wvatui.core.state.scope import configs_for
from wvatui.core.state.state import Cycle, State

Memories = Mapping[str, Memory]
"""The memory of each namespace; under an empty text where only one is watched."""


@dataclass(slots=True)
class LedgerEntry:
    """A cycle: the memories before it, its cases, and the memories after it."""

    cycle: Cycle
    before: Memories
    cases: tuple[Case, ...]
    after: Memories
    versions: tuple[str, ...] = ()
    told: tuple[Witness, ...] = ()
    """Its cases with the releases `versions`, and what they show about thresholds."""

    def stamped(self, versions: tuple[str, ...]) -> tuple[Witness, ...]:
        """The cases with the releases that the log's wording shows by now."""
        if self.versions != versions:
            self.versions = versions
            self.told = tuple(witness(replace(c, versions=versions)) for c in self.cases)
        return self.told


class Ledger:
    """The cases of the cycles that a State knows.

    It takes States of one session, in any order; each cycle is read once. Thresholds are learned
    anew when a cycle has ended, not with every line.
    """

    def __init__(self) -> None:
        self._made: dict[int, LedgerEntry] = {}
        self._kept: list[LedgerEntry] = []
        self._over: tuple[object, ...] = ()
        self._told: list[Witness] = []
        self._growing: list[Witness] = []
        self._limited: tuple[Case, ...] | None = None
        self._some: dict[int, Case] = {}
        """With thresholds, by the identity of what is in `_told`, as far as asked for."""
        self._learned: Mapping[ThresholdGroup, Learned] = {}
        self._seen: tuple[object, ...] = (None, None, None)
        self._configs: Mapping[NamespacedName, Config] = {}
        self._wording: tuple[tuple[str, ...], tuple[str, ...]] = ((), releases_of(""))

    def update(self, state: State) -> tuple[Case, ...]:
        """The cases up to `state`, oldest first, with thresholds."""
        self._read_up_to(state)
        if self._limited is None:
            self._limited = with_limits([one.case for one in self._told], self._learned)
        growing = with_limits([one.case for one in self._growing], self._learned)
        return (*self._limited, *growing)

    def of_cycles(self, state: State, starts: Collection[float]) -> tuple[Case, ...]:
        """As `update`, but only the cases of cycles that began at `starts`."""
        self._read_up_to(state)
        if self._limited is not None:
            return tuple(case for case in self.update(state) if case.cycle_at in starts)
        told = [one.case for one in self._told if one.case.cycle_at in starts]
        known = self._some
        fresh = [case for case in told if id(case) not in known]
        known.update(zip(map(id, fresh), with_limits(fresh, self._learned), strict=True))
        growing = (one.case for one in self._growing if one.case.cycle_at in starts)
        return (*(known[id(case)] for case in told), *with_limits(growing, self._learned))

    def learned(self, state: State, model: str, namespace: str = "") -> tuple[Case | None, Learned]:
        """What the log shows about the thresholds of `model` in `namespace` (empty: any), with the
        model's newest case; (None, NOTHING): there is no case."""
        self._read_up_to(state)
        for one in chain(reversed(self._growing), reversed(self._told)):
            case = one.case
            if model in ("", case.model) and (not namespace or case.namespace in ("", namespace)):
                group = case.namespace, case.model
                known = self._learned.get(group)
                if known is None:
                    known = learn_all(self._growing)[group]
                return case, known
        return None, NOTHING

    def newest(self, state: State) -> tuple[Case, ...]:
        """The newest case of each model in each namespace."""
        self._read_up_to(state)
        found: dict[ThresholdGroup, Case] = {}
        for one in chain(reversed(self._growing), reversed(self._told)):
            found.setdefault((one.case.namespace, one.case.model), one.case)
            if found.keys() >= self._learned.keys():
                break
        return tuple(found.values())

    def versions(self, state: State) -> tuple[str, ...]:
        """Releases that are possible by the log's wording, the likeliest first."""
        wording = tuple(state.totals.families)
        if wording != self._wording[0]:
            self._wording = wording, releases_of(family(wording))
        return self._wording[1]

    def _read_up_to(self, state: State) -> None:
        """Read new cycles, and learn thresholds anew when one has ended."""
        versions = self.versions(state)
        if state.configs != self._configs:
            # ConfigMaps seen later also apply to earlier cycles, in which none was known.
            self._configs, self._seen, self._over = state.configs, (None, None, None), ()
            for one in self._made.values():
                one.cases = self._configured(one.cases, state, one.cycle)
                one.versions = ()
        trail, cycle, before = self._seen
        if trail is state.cycles and cycle is state.cycle and before == versions:
            return
        self._seen = (state.cycles, state.cycle, versions)
        known = all_cycles(state)
        made = self._make(state, known)
        under_way = [made.pop()] if made and not made[-1].cycle.ended else []
        versions_of = narrowed(versions, (case for one in made for case in one.cases))
        over = (*map(id, made), versions)
        if over != self._over:
            self._told = [told for one in made for told in one.stamped(versions_of)]
            self._learned = learn_all(self._told, self._learned)
            self._limited, self._some, self._over = None, {}, over
        growing = narrowed(versions, (case for one in under_way for case in one.cases))
        self._growing = [told for one in under_way for told in one.stamped(growing)]

    def _make(self, state: State, known: Sequence[Cycle]) -> list[LedgerEntry]:
        """The entry of each cycle; new cycles are read."""
        made, count = self._kept, len(self._kept)
        if not (
            0 < count <= len(known)
            and known[0] is made[0].cycle
            and known[count - 1] is made[-1].cycle
        ):
            made, count = [], 0
        first = self._made.get(id(known[0])) if known else None
        memory = made[-1].after if made else first.before if first is not None else {}
        made = made.copy()
        now: tuple[Link, ...] | None = None
        for cycle in known[count:]:
            entry = self._made.get(id(cycle))
            if entry is None or (entry.before is not memory and entry.before != memory):
                now = _links(state) if now is None else now
                entry = self._made[id(cycle)] = self._read(state, cycle, memory, now)
            made.append(entry)
            memory = entry.after
        if len(self._made) > 2 * len(made) + 8:
            self._made = {id(one.cycle): one for one in made}
        self._kept = made[:-1]  # the last cycle may be under way and will be another object
        return made

    def _read(
        self, state: State, cycle: Cycle, memories: Memories, now: tuple[Link, ...]
    ) -> LedgerEntry:
        """Read one cycle. `now`: present objects, used where none was known when it began."""
        cases: list[Case] = []
        after = dict(memories)
        places = {place for place, _ in cycle.placed if state.only in ("", place)}
        for where in sorted(places - {""}) or [state.only]:
            links = (*now, *cycle.links)
            declared = {link.name: link for link in links if where in ("", link.namespace)}
            memory = after.get(where, Memory())
            for index, one in enumerate(passes(cycle, where)):
                read = cases_of(one, cycle.at, index, memory, declared)
                read = tuple(replace(c, namespace=c.namespace or where) for c in read)
                configured = self._configured(read, state, cycle)
                cases += configured
                memory = memory.after(configured)
            after[where] = memory
        return LedgerEntry(cycle, memories, tuple(cases), after)

    def _configured(self, cases: tuple[Case, ...], state: State, cycle: Cycle) -> tuple[Case, ...]:
        """The cases with their model's thresholds from a ConfigMap, if one is known."""
        version, home = self.versions(state)[0], state.header.namespace if state.header else ""
        under_way = cycle is state.cycle
        configs = cycle.configs or (state.configs if under_way else configs_at(state, cycle.at))
        return tuple(
            replace(
                c,
                configured=configuration(
                    configs_for(state, configs, c.namespace),
                    c.model,
                    c.namespace or home,
                    version,
                ),
            )
            for c in cases
        )


def _links(state: State) -> tuple[Link, ...]:
    return link(state.variants, state.workloads, state.hpas, state.scaled_objects, state.pods)


def all_cases(state: State) -> tuple[Case, ...]:
    """Every case of the session's cycles that `state` knows, with thresholds."""
    starts = {cycle.at for cycle in all_cycles(state) if not cycle.context}
    return tuple(c for c in state.of_session.of(Ledger).update(state) if c.cycle_at in starts)
