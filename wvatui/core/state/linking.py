"""The links of a State, and of one that is being built: made again where something changed only."""

from collections.abc import Mapping

from wvatui.core import events as ev
from wvatui.core.kube_object import NamespacedName
from wvatui.core.state.building.builder_fields import TableBuilder
from wvatui.core.state.links import KnownLinks, Link, link, scaled_targets, with_hpas
from wvatui.core.state.replicas import KnownReplicas, PodTable, Replicas, Target
from wvatui.core.state.state import State


class _Newest:
    """The newest links of a session, made of whole tables: few States change any of them."""

    known: KnownLinks | None = None


class _Linked:
    """The links of one State, which nearly every query needs."""

    links: tuple[Link, ...] | None = None


def state_links(state: State) -> tuple[Link, ...]:
    """The variants of `state`, each with its objects and pods."""
    memo = state.of_state.of(_Linked)
    if memo.links is None:
        newest, others = state.of_session.of(_Newest), _others(state)
        links = with_hpas(newest.known, others, state.hpas)
        if links is None:
            tables = state.variants, state.workloads, state.hpas, state.scaled_objects, state.pods
            links = link(*tables, gone=state.gone)
        memo.links, newest.known = links, KnownLinks(others, state.hpas, links)
    return memo.links


def _others(state: State) -> tuple[object, ...]:
    """All but the HPAs that links are made of."""
    return state.variants, state.workloads, state.scaled_objects, state.pods, state.gone


class LinksBuilder:
    """The links of a State that is being built of `state`, by the tables as they are changed."""

    def __init__(
        self,
        state: State,
        hpas: TableBuilder[NamespacedName, ev.Autoscaler],
        variants: TableBuilder[tuple[str, str, str], ev.Variant],
        workloads: TableBuilder[Target, ev.Workload],
        scaled_objects: TableBuilder[NamespacedName, ev.ScaledObject],
        pods: PodTable,
        gone: TableBuilder[str, float],
    ) -> None:
        self._hpas, self._variants, self._workloads = hpas, variants, workloads
        self._scaled_objects, self._pods, self._gone = scaled_objects, pods, gone
        # The cache of EMPTY would be shared by every session.
        self._replicas = state.of_session.of(KnownReplicas) if state.events else KnownReplicas()
        self._members: tuple[object, Mapping[Target, Replicas]] | None = None
        self._known: KnownLinks | None = None
        newest = state.of_session.of(_Newest).known
        if newest is not None and newest.others == _others(state):
            self._known = KnownLinks(0, newest.hpas, newest.links)  # 0: as long as nothing changes

    @property
    def links(self) -> tuple[Link, ...]:
        """Which objects and pods belong to which variant, as things stand."""
        changes, hpas = self._changes(), self._hpas.kept()
        links = with_hpas(self._known, changes, hpas)
        if links is None:
            own = self._variants.current, self._workloads.current, hpas
            pods, gone = self._pods.current, self._gone.current
            links = link(*own, self._scaled_objects.current, pods, self._members_now(), gone)
        self._known = KnownLinks(changes, hpas, links)
        return links

    def keep(self, state: State) -> None:
        """Let `state`, which was built, have the links, where they are known."""
        known = self._known
        if known is not None and known.others == self._changes():
            newest = KnownLinks(_others(state), known.hpas, known.links)
            state.of_session.of(_Newest).known = newest

    def _changes(self) -> int:
        others = self._variants, self._workloads, self._scaled_objects, self._pods, self._gone
        return sum(table.changes for table in others)

    def _members_now(self) -> Mapping[Target, Replicas]:
        """The pods of every workload. Scalers change often, so only their targets are compared."""
        tables = self._variants.current, self._hpas.current, self._scaled_objects.current
        scaled = scaled_targets(*(table.values() for table in tables))
        key = self._workloads.changes + self._pods.changes, scaled
        if self._members is None or self._members[0] != key:
            works, pods = self._workloads.current, self._pods.current
            self._members = key, self._replicas.of(works, pods, scaled, self._pods.touched())
        return self._members[1]
