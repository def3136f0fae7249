"""The controller's thresholds for a model, now and over the session: the present is judged by the
present ones, and a moment of the past by those that were in force then.

They come from `explain.thresholds.learned`, as those of every cycle do, so the two cannot differ.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from wvatui.core.decisions.given import CONFIG_KEYS, ConfiguredThresholds, Known, Limits
from wvatui.core.explain.ledger import Ledger
from wvatui.core.explain.thresholds.cycle_configs import ConfigMaps, configs_at, cycle_configs
from wvatui.core.explain.thresholds.learned import Learned, configuration, held
from wvatui.core.rows.views import Thresholds
from wvatui.core.rules.wva.thresholds import THRESHOLDS
from wvatui.core.state.scope import configs_for, has_link, has_name
from wvatui.core.state.state import Cycle, State

T = TypeVar("T")
LimitSteps = Sequence[tuple[float, Thresholds]]
"""See `thresholds_over`."""


class _Asked(dict[tuple[str, str], Limits]):
    """The cached thresholds of one State, by model and namespace."""


def limits_now(state: State, model: str = "", where: str = "") -> Limits:
    """The thresholds of `model` in the namespace `where` (of any when empty), each with how it is
    known."""
    asked = state.of_state.of(_Asked)
    if (model, where) not in asked:
        learned, name, namespace = _learned(state, model, where)
        configs = configs_for(state, state.configs, namespace)
        configured = configuration(configs, name, namespace, _version(state))
        asked[model, where] = held(state.now, {}, learned, configured)
    return asked[model, where]


def _learned(state: State, model: str, where: str) -> tuple[Learned, str, str]:
    """What the log shows of the thresholds, with the model and the namespace that are meant."""
    case, learned = state.of_session.of(Ledger).learned(state, model, where)
    namespace = where or (case.namespace if case is not None else "")
    namespace = namespace or (state.header.namespace if state.header else "")
    return learned, model or (case.model if case is not None else ""), namespace


def _version(state: State) -> str:
    return state.of_session.of(Ledger).versions(state)[0]


class _StepsOfState(dict[tuple[str, str], tuple[tuple[float, Limits], ...]]):
    """The cached values over time of one State, by model and namespace."""


def limits_over(state: State, model: str = "", where: str = "") -> tuple[tuple[float, Limits], ...]:
    """The thresholds over the session, each from a time on (UTC epoch seconds, ascending; the first
    from the beginning). The last are those of `limits_now`."""
    kept = state.of_state.of(_StepsOfState)
    if (model, where) not in kept:
        kept[model, where] = _over(state, model, where)
    return kept[model, where]


class _FinishedSteps(dict[tuple[str, str], tuple[tuple[object, ...], list[tuple[float, Limits]]]]):
    """The values of a session's finished cycles, by model and namespace, with what they follow
    from."""


def _over(state: State, model: str, where: str) -> tuple[tuple[float, Limits], ...]:
    now = limits_now(state, model, where)
    learned, name, namespace = _learned(state, model, where)
    starts = cycle_configs(state).starts
    if not starts:
        return ((-math.inf, now),)
    basis = (state.cycles, state.configs, learned, name, namespace, _version(state))
    known = state.of_session.of(_FinishedSteps)
    before, steps = known.get((model, where), ((), []))
    # Which ConfigMaps apply in one of several namespaces depends on more.
    if state.window.several or [*map(id, before)] != [*map(id, basis)]:
        steps = _finished(state, learned, name, namespace)
        known[model, where] = basis, steps
    if _values(steps[-1][1]) == _values(now):
        return (*steps[:-1], (steps[-1][0], now))
    newest = _configured(state, state.configs, name, namespace)  # may be from after the last cycle
    return (*steps, (max(starts[-1], newest.read_at if newest is not None else 0.0), now))


def _finished(state: State, learned: Learned, model: str, where: str) -> list[tuple[float, Limits]]:
    """The thresholds of the finished cycles, each from a time on."""
    cycles = cycle_configs(state)
    turns = {epoch.since for epochs in learned.recovered.values() for epoch in epochs[1:]}
    turns |= {after.at for _, after in cycles.turned}
    steps: list[tuple[float, Limits]] = []
    for at in (cycles.starts[0], *sorted(at for at in turns if at > cycles.starts[0])):
        configured = _configured(state, configs_at(state, at), model, where)
        limits = held(at, {}, learned, configured)
        if not steps or _values(steps[-1][1]) != _values(limits):
            steps.append((at if steps else -math.inf, limits))
    return steps


def in_force(over: Sequence[tuple[float, T]], at: float) -> T:
    """What was in force at `at`, of what `limits_over` or `thresholds_over` gives."""
    for since, then in reversed(over):
        if since <= at:
            return then
    return over[0][1]


def _values(limits: Limits) -> list[float | None]:
    return [known.value for known in limits.by_name().values()]


def limits_then(state: State, cycle: Cycle, model: str, where: str = "") -> Limits:
    """The thresholds of `model` in the namespace `where` (of any when empty) in one cycle."""
    for case in state.of_session.of(Ledger).update(state):
        if case.cycle_at == cycle.at and case.model == model and where in ("", case.namespace):
            return case.held
    return in_force(limits_over(state, model, where), cycle.at)


class _Configured(dict[tuple[int, str, str, str], tuple[object, ConfiguredThresholds | None]]):
    """The cached thresholds in the ConfigMaps of a session's cycles, by model, namespace, release
    and the identity of the ConfigMaps, which are kept so that no others can have it."""


_MOST_CONFIGURED = 512


def _configured(
    state: State, seen: ConfigMaps, model: str, where: str
) -> ConfiguredThresholds | None:
    configs, version = configs_for(state, seen, where), _version(state)
    if configs is not seen:  # which of them apply depends on more than the cycle
        return configuration(configs, model, where, version)
    kept = state.of_session.of(_Configured)
    key = (id(configs), model, where, version)
    if key not in kept:
        if len(kept) >= _MOST_CONFIGURED:
            kept.clear()
        kept[key] = configs, configuration(configs, model, where, version)
    return kept[key][1]


def threshold_changes(state: State, scope: str | None = None) -> tuple[tuple[float, str], ...]:
    """When the thresholds of a model within the scope changed: the start of the first cycle under
    the new ones, UTC epoch seconds, with what changed, as in `kvSpareTrigger 0.1→0.3`; with the
    models where it changed for some only. Ascending.

    A change is told where a ConfigMap or the log shows the value before and the one after.
    """
    cycles = cycle_configs(state)
    changes: dict[tuple[float, str], list[str]] = {}
    served = _served(state, [*(after for _, after in cycles.turned), *cycles.cycles[-1:]], scope)
    for model, where in served:
        by_time: dict[float, list[str]] = {}
        told: dict[str, list[tuple[float, str]]] = {}
        for at, name, words in _configured_changes(state, cycles.turned, model, where):
            by_time.setdefault(at, []).append(words)
            told.setdefault(name, []).append((at, words))
        for (_, before), (at, after) in pairwise(limits_over(state, model, where)):
            for name, known in after.by_name().items():
                was = before.by_name()[name]
                words = _change(name, was.value, known.value)
                said = next((w for since, w in reversed(told.get(name, [])) if since <= at), "")
                by_log = was.told and known.source in ("stated", "recovered")
                if by_log and was.value != known.value and words != said:
                    by_time.setdefault(at, []).append(words)
        for at, listed in by_time.items():
            changes.setdefault((at, ", ".join(listed)), []).append(model)
    return tuple(
        (
            at,
            words
            if len(models) == len(served)
            else f"{words} ({', '.join(dict.fromkeys(models))})",
        )
        for (at, words), models in sorted(changes.items())
    )


def _served(state: State, cycles: Iterable[Cycle], scope: str | None) -> list[tuple[str, str]]:
    """The models within the scope in these cycles and in the log, with their namespaces where
    those are known."""
    links = {link.key: link for cycle in cycles for link in cycle.links}.values()
    found = {(e.model, e.namespace) for e in links if has_link(scope, e)}
    found |= {
        (case.model, case.namespace)
        for case in state.of_session.of(Ledger).newest(state)
        if any(has_name(scope, member.name, case.namespace, case.model) for member in case.members)
    }
    placed = {model for model, where in found if where}
    return sorted(
        (model, where) for model, where in found if model and (where or model not in placed)
    )


def _configured_changes(
    state: State, turned: Iterable[tuple[Cycle, Cycle]], model: str, where: str
) -> Iterator[tuple[float, str, str]]:
    """When a ConfigMap changed a threshold, its name and the change in words; `turned`: adjacent
    cycles between which ConfigMaps changed."""
    for before, after in turned:
        old, new = (_configured(state, each.configs, model, where) for each in (before, after))
        if old is not None and new is not None:
            for one in THRESHOLDS:
                was, now = getattr(old.settings, one.field), getattr(new.settings, one.field)
                if was != now:
                    yield after.at, one.name, _change(one.name, was, now)


def _change(name: str, was: float | None, now: float | None) -> str:
    return f"{CONFIG_KEYS[name]} {was:g}→{now:g}"


def thresholds(state: State, model: str = "", where: str = "") -> Thresholds:
    """As `limits_now`, as plain numbers with the source of each."""
    return _numbers(limits_now(state, model, where))


def thresholds_over(state: State, model: str = "", where: str = "") -> LimitSteps:
    """As `limits_over`, as plain numbers with the source of each."""
    return tuple((since, _numbers(limits)) for since, limits in limits_over(state, model, where))


def _numbers(limits: Limits) -> Thresholds:
    known = limits.by_name()
    return Thresholds(**{name: _number(one) for name, one in known.items()}, known=known)


def _number(known: Known) -> float:
    assert known.value is not None  # `held` has an answer for all
    return known.value
