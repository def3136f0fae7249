"""The controller's present thresholds for a model, which charts draw and by which rows are judged.

They come from `explain.thresholds.learned`, as those of every cycle do, so the two cannot differ.
"""

from itertools import pairwise

from wvatui.core.decisions.given import CONFIG_KEYS, ConfiguredThresholds, Known, Limits
from wvatui.core.explain.ledger import Ledger
from wvatui.core.explain.thresholds.learned import configuration, held
from wvatui.core.rows.views import Thresholds
from wvatui.core.rules.wva.thresholds import THRESHOLDS
from wvatui.core.state.scope import configs_for, has_link
from wvatui.core.state.state import Cycle, State


class _Asked(dict[tuple[str, str], Limits]):
    """The cached thresholds of one State, by model and namespace."""


def limits_now(state: State, model: str = "", where: str = "") -> Limits:
    """The thresholds of `model` in the namespace `where` (of any when empty), each with how it is
    known."""
    asked = state.of_state.of(_Asked)
    if (model, where) not in asked:
        ledger = state.of_session.of(Ledger)
        case, learned = ledger.learned(state, model, where)
        namespace = where or (case.namespace if case is not None else "")
        namespace = namespace or (state.header.namespace if state.header else "")
        name = model or (case.model if case is not None else "")
        configs = configs_for(state, state.configs, namespace)
        configured = configuration(configs, name, namespace, ledger.versions(state)[0])
        asked[model, where] = held(state.now, {}, learned, configured)
    return asked[model, where]


def limits_then(state: State, cycle: Cycle, model: str, where: str = "") -> Limits:
    """The thresholds of `model` in the namespace `where` (of any when empty) in one cycle."""
    for case in state.of_session.of(Ledger).update(state):
        if case.cycle_at == cycle.at and case.model == model and where in ("", case.namespace):
            return case.held
    return limits_now(state, model, where)


class _Configured(dict[tuple[int, str, str, str], tuple[object, ConfiguredThresholds | None]]):
    """The cached thresholds in the ConfigMaps of a session's cycles, by model, namespace, release
    and the identity of the ConfigMaps, which are kept so that no others can have it."""


_MOST_CONFIGURED = 512


def _configured(
    state: State, cycle: Cycle, model: str, where: str, version: str
) -> ConfiguredThresholds | None:
    configs = configs_for(state, cycle.configs, where)
    if configs is not cycle.configs:  # which of them apply depends on more than the cycle
        return configuration(configs, model, where, version)
    kept = state.of_session.of(_Configured)
    key = (id(configs), model, where, version)
    if key not in kept:
        if len(kept) >= _MOST_CONFIGURED:
            kept.clear()
        kept[key] = configs, configuration(configs, model, where, version)
    return kept[key][1]


def threshold_changes(state: State, scope: str | None = None) -> tuple[tuple[float, str], ...]:
    """When a ConfigMap's thresholds of a model within the scope changed: the start of the first
    cycle under the new ones, UTC epoch seconds, with what changed, as in
    `kvSpareTrigger 0.1→0.3`; with the models where it changed for some only. Ascending."""
    changes: list[tuple[float, str]] = []
    cycles = [cycle for cycle in state.cycles if not cycle.context]
    for before, after in pairwise(cycles):
        if before.configs is after.configs or not before.configs:
            continue
        version = state.of_session.of(Ledger).versions(state)[0]
        served = sorted(
            {(e.model, e.namespace) for e in after.links if e.model and has_link(scope, e)}
        )
        changed: dict[str, list[str]] = {}
        for model, where in served:
            old, new = (
                _configured(state, cycle, model, where, version) for cycle in (before, after)
            )
            if old is None or new is None or old.settings == new.settings:
                continue
            pairs = (
                (one.name, getattr(old.settings, one.field), getattr(new.settings, one.field))
                for one in THRESHOLDS
            )
            words = ", ".join(
                f"{CONFIG_KEYS[name]} {was:g}→{now:g}" for name, was, now in pairs if was != now
            )
            if words:
                changed.setdefault(words, []).append(model)
        for words, models in changed.items():
            whose = "" if len(models) == len(served) else f" ({', '.join(dict.fromkeys(models))})"
            changes.append((after.at, words + whose))
    return tuple(changes)


def thresholds(state: State, model: str = "", where: str = "") -> Thresholds:
    """As `limits_now`, as plain numbers with the source of each."""
    known = limits_now(state, model, where).by_name()
    return Thresholds(**{name: _number(one) for name, one in known.items()}, known=known)


def _number(known: Known) -> float:
    assert known.value is not None  # `held` has an answer for all
    return known.value
