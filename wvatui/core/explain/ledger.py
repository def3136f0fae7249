"""All cases of a session, made once: those of a cycle that is over never change."""

from collections.abc import Mapping
from dataclasses import replace

from wvatui.core.cycle_rows import all_cycles
from wvatui.core.dialects.versions import family
from wvatui.core.explain.cases import cases_of
from wvatui.core.explain.given import Case
from wvatui.core.explain.limits import Group, Learned, learn_all, with_limits
from wvatui.core.explain.members import Declared
from wvatui.core.explain.memory import Memory
from wvatui.core.explain.reading import passes
from wvatui.core.explain.releases import narrowed, releases_of
from wvatui.core.links import link
from wvatui.core.state import Cycle, State
from wvatui.core.wva.thresholds import settings_from_config

Made = tuple[Cycle, Memory, tuple[Case, ...], Memory]
"""A cycle, what was remembered before it, its cases, and what is remembered after it."""


class Ledger:
    """The cases of the cycles that a State knows.

    Give it States of one session, in any order: a cycle is read once. What a log says of thresholds
    is learned anew when a cycle has ended, not with every line.
    """

    def __init__(self) -> None:
        self._made: dict[int, Made] = {}
        self._over: tuple[tuple[int, ...], tuple[str, ...]] = ((), ())
        self._limited: tuple[Case, ...] = ()
        self._learned: Mapping[Group, Learned] = {}

    def update(self, state: State) -> tuple[Case, ...]:
        """The cases up to `state`, oldest first, with thresholds."""
        known = all_cycles(state)
        versions = releases_of(family(state.tally.families))
        made = self._make(state, known)
        under_way = [made.pop()] if made and not made[-1][0].ended else []
        over = (tuple(id(one[0]) for one in made), versions)
        if over != self._over:
            cases = _stamped(made, versions)
            self._learned = learn_all(cases, self._learned)
            self._limited = with_limits(cases, self._learned)
            self._over = over
        if not under_way:
            return self._limited
        return (*self._limited, *with_limits(_stamped(under_way, versions), self._learned))

    def _make(self, state: State, known: list[Cycle]) -> list[Made]:
        """What each cycle was made into; the ones that were not known are read."""
        first = self._made.get(id(known[0])) if known else None
        memory = first[1] if first is not None else Memory()
        made: list[Made] = []
        now: Declared | None = None
        for cycle in known:
            found = self._made.get(id(cycle))
            if found is None or (found[1] is not memory and found[1] != memory):
                now = _declared(state) if now is None else now
                found = _read(state, cycle, memory, now)
            made.append(found)
            memory = found[3]
        self._made = {id(one[0]): one for one in made}
        return made


def _stamped(made: list[Made], versions: tuple[str, ...]) -> list[Case]:
    """The cases with the releases that the log's wording tells by now."""
    cases = [case for one in made for case in one[2]]
    versions = narrowed(versions, cases)
    return [replace(case, versions=versions) for case in cases]


def _read(state: State, cycle: Cycle, memory: Memory, now: Declared) -> Made:
    """`now`: what objects declare by now, for what was not known when the cycle began."""
    declared = {**now, **{link.name: link for link in cycle.links}}
    cases: list[Case] = []
    after = memory
    for index, one in enumerate(passes(cycle)):
        found = tuple(
            _configured(case, state, cycle)
            for case in cases_of(one, cycle.at, index, after, declared)
        )
        cases += found
        after = after.after(found)
    return (cycle, memory, tuple(cases), after)


def _declared(state: State) -> Declared:
    links = link(state.variants, state.workloads, state.hpas, state.scaled_objects, state.pods)
    return {item.name: item for item in links}


def _configured(case: Case, state: State, cycle: Cycle) -> Case:
    """The case with what a ConfigMap says of its model, if one is known."""
    version = releases_of(family(state.tally.families))[0]
    configs = {**state.configs, **cycle.configs}
    for config in sorted(configs.values(), key=lambda c: c.name):
        found = settings_from_config(config.data, case.model, case.namespace, version)
        if found is not None:
            late = ", read later" if config.at > case.cycle_at + 1.0 else ""
            where = f"ConfigMap {config.name}{late}"
            return replace(case, configured=found, configured_where=where)
    return case


def all_cases(state: State) -> tuple[Case, ...]:
    """Every case of the cycles that `state` knows, with thresholds."""
    return Ledger().update(state)
