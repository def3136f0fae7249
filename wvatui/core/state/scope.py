"""The scope of a question: all variants, one variant, or all variants of one model.

Written as a text so that it can stand in a name: a variant's name or key (`namespace/name`), or
`model:NAME`. Numbers of two models are never drawn in one chart.

A State of several namespaces can be narrowed to one of them: what belongs to another is left out,
what belongs to none (the controller's own pods, its whole log, the session's marks) stays. Findings
are made of narrowed States, and so is a screen that shows one namespace alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from wvatui.core.events import Config
from wvatui.core.kube_object import NamespacedName, qualified
from wvatui.core.memo import Memo
from wvatui.core.state.links import Link
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import Decision, LogLearned, State

V = TypeVar("V")
T = TypeVar("T")


_MODEL = "model:"


def of_model(model: str) -> str:
    """The scope of all variants that serve this model."""
    return _MODEL + model


def model_in(scope: str | None) -> str:
    """The model that `scope` names; empty when it names none."""
    return scope.removeprefix(_MODEL) if scope and scope.startswith(_MODEL) else ""


def has_link(scope: str | None, link: Link) -> bool:
    """Whether a variant lies within the scope."""
    return has_name(scope, link.name, link.namespace, link.model)


def decision_of(state: State, namespace: str, name: str) -> Decision | None:
    """The newest decision for a variant; the log may leave its namespace out."""
    return state.deciding.get((namespace, name)) or state.deciding.get(("", name))


class Decided(Protocol):
    """A decision of any decider."""

    @property
    def variant(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def model(self) -> str: ...


def has_decision(scope: str | None, decided: Decided) -> bool:
    """Whether a decision lies within the scope."""
    return has_name(scope, decided.variant, decided.namespace, decided.model)


def has_name(scope: str | None, name: str, namespace: str, model: str) -> bool:
    """Whether the variant `name` lies within the scope."""
    if not scope:
        return True
    if wanted := model_in(scope):
        return model == wanted
    return scope in (name, f"{namespace}/{name}")


class _Narrowed(dict[str, State]):
    """The narrowed States of one State, by namespace."""


class _Memos(dict[str, Memo]):
    """A session's cache of each namespace."""


def in_namespace(state: State, namespace: str) -> State:
    """`state` without what belongs to other namespaces; itself for "", or where one is watched."""
    if not namespace or namespace == state.only or not state.window.several:
        return state
    made = state.of_state.of(_Narrowed)
    if namespace not in made:
        made[namespace] = _narrowed(state, namespace)
    return made[namespace]


def configs_for(
    state: State, configs: Mapping[NamespacedName, Config], namespace: str
) -> Mapping[NamespacedName, Config]:
    """ConfigMaps that can apply in `namespace`: all but those of another watched namespace."""
    if not state.window.several or not namespace:
        return configs
    controllers = {pod.namespace for pod in state.pods.values() if pod.role == "controller"}
    if state.only:
        kept = {namespace, *controllers, *(key[0] for key in state.configs)}
        return {key: config for key, config in configs.items() if key[0] in kept}
    others = {key[1] for key in (*state.variants, *state.workloads)} - controllers - {namespace}
    return {key: config for key, config in configs.items() if key[0] not in others}


def each_namespace(state: State) -> tuple[State, ...]:
    """`state` narrowed to each of its namespaces; itself where it is of one alone."""
    if not state.window.several or state.only:
        return (state,)
    return tuple(in_namespace(state, name) for name in inhabited(state)) or (state,)


def inhabited(state: State) -> tuple[str, ...]:
    """The namespaces in which something scales or serves, or that are watched one by one, in
    order."""
    names = {namespace for _, namespace, _ in state.variants}
    names |= {namespace for namespace, _ in (*state.hpas, *state.scaled_objects)}
    names |= {pod.namespace for pod in state.pods.values() if pod.role == "model"}
    names |= {namespace for namespace, _ in state.deciding if state.window.watches(namespace)}
    names |= {source.namespace for source in state.sources.values()}
    names |= {namespace for _, namespace, _, _ in state.jobs}
    return tuple(sorted(name for name in names if name))


def _of_pairs(namespace: str, table: Mapping[NamespacedName, V]) -> dict[NamespacedName, V]:
    return {key: value for key, value in table.items() if key[0] in ("", namespace)}


def _of_ids(begin: str, kept: frozenset[str], table: Mapping[str, V]) -> dict[str, V]:
    return {key: value for key, value in table.items() if key.startswith(begin) or key in kept}


def _of_ring(namespace: str, ring: Ring[T]) -> Ring[T]:
    kept = [item for item in ring if getattr(item, "namespace", "") in ("", namespace)]
    return Ring[T](ring.cap).extend(kept)


def _learned(learned: LogLearned, namespace: str, of_ids: Callable[..., Any]) -> LogLearned:
    return LogLearned(
        decided=_of_ring(namespace, learned.decided),
        analysed=of_ids(learned.analysed),
        measured=of_ids(learned.measured),
        predicted=of_ids(learned.predicted),
        log_kv=of_ids(learned.log_kv),
        log_waiting=of_ids(learned.log_waiting),
        totals=learned.totals,
    )


def _narrowed(state: State, namespace: str) -> State:
    pods = {
        name: pod
        for name, pod in state.pods.items()
        if pod.namespace == namespace or pod.role == "controller"
    }

    of_ids = partial(_of_ids, qualified(namespace, ""), frozenset(pods))
    of_pairs = partial(_of_pairs, namespace)
    ring = partial(_of_ring, namespace)
    return replace(
        state,
        only=namespace,
        variants={key: value for key, value in state.variants.items() if key[1] == namespace},
        workloads={key: value for key, value in state.workloads.items() if key[1] == namespace},
        pods=pods,
        gone=of_ids(state.gone),
        hpas=of_pairs(state.hpas),
        hpa_looks=of_pairs(state.hpa_looks),
        keda_looks=of_pairs(state.keda_looks),
        resized={key: value for key, value in state.resized.items() if key[1] == namespace},
        scaled_objects=of_pairs(state.scaled_objects),
        lifecycles=of_ids(state.lifecycles),
        unserved=tuple(pod for pod in state.unserved if pod in pods),
        watched=of_ids(state.watched),
        epp=of_ids(state.epp),
        deciding=of_pairs(state.deciding),
        info=of_ids(state.info),
        slo=of_ids(state.slo),
        tuner=of_ids(state.tuner),
        jobs={key: job for key, job in state.jobs.items() if key[1] == namespace},
        ladder=of_pairs(state.ladder),
        configs=configs_for(state, state.configs, namespace),
        sources={
            each.source: each
            for each in state.sources.values()
            if each.namespace in ("", namespace)
        },
        kube_events=ring(state.kube_events),
        decided=ring(state.decided),
        analysed=of_ids(state.analysed),
        measured=of_ids(state.measured),
        predicted=of_ids(state.predicted),
        log_kv=of_ids(state.log_kv),
        log_waiting=of_ids(state.log_waiting),
        before=_learned(state.before, namespace, of_ids),
        of_state=Memo(),
        of_session=state.of_session.of(_Memos).setdefault(namespace, Memo()),
    )
