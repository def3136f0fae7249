"""The context of all rules: a State, with values that several of them need."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from wvatui.core import events as ev
from wvatui.core.decisions.keda.account import KedaAccount, KedaNow, keda_account
from wvatui.core.decisions.keda.scraped import page_readings, seen_in
from wvatui.core.decisions.scaling_decision import HeldBy, ScalingDecision
from wvatui.core.explain.limits import thresholds
from wvatui.core.findings.finding import Evidence
from wvatui.core.lines import clean, many
from wvatui.core.queries.pods.replica_rows import link_rows
from wvatui.core.rows.log_rows import LinePredicate, lines_that
from wvatui.core.rows.scaling_rows import newest_of_hpas
from wvatui.core.rows.views import ReplicaRow, Thresholds
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link, ready_replicas, target_of, wanted
from wvatui.core.state.replicas import Target
from wvatui.core.state.scope import decision_of
from wvatui.core.state.state import ConditionSince, Decision, LogEntry, State

DECIDED_S = 300.0
"""Age above which a decision no longer counts, seconds: the controller repeats it every cycle."""
LINES_S = 300.0
"""How far back the controller's lines are evidence for the present, seconds."""
LINES = 3_000
"""Most of these lines that are read."""
_NO_ANSWER = re.compile(r"https?://")
"""In the text of a source whose connection to the API server fails."""
_TIMED_OUT = "timed out: no answer from http"
"""In the text of a source whose request got no answer, which for a single list means little."""


@dataclass(frozen=True)
class FindingContext:
    """A State, with values that several rules need; each is computed once."""

    state: State

    @property
    def now(self) -> float:
        """The moment, UTC epoch seconds."""
        return self.state.now

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The variants, each with its objects and pods."""
        return state_links(self.state)

    @cached_property
    def hpas_of(self) -> dict[Target, list[ev.Autoscaler]]:
        """HPAs by what they scale; several may scale the same."""
        found: dict[Target, list[ev.Autoscaler]] = {}
        for hpa in self.state.hpas.values():
            found.setdefault(target_of(hpa), []).append(hpa)
        return found

    @cached_property
    def _listed(self) -> set[str]:
        """Kinds of which all objects were read."""
        sources = self.state.sources.values()
        return {kind for source in sources if source.status == "ok" for kind in source.kinds}

    def is_missing(self, target: Target) -> bool:
        """Whether a scale target does not exist, as far as its kind was read."""
        kind, _, name = target
        return bool(name) and kind in self._listed and target not in self.state.workloads

    @cached_property
    def lines(self) -> list[LogEntry]:
        """The controller's last lines, the newest first."""
        return self._recent(self.state.log.last(LINES))

    def lines_that(self, wanted: LinePredicate) -> list[LogEntry]:
        """Those of `lines` for which `wanted`, a function of a module, holds."""
        log, known = self.state.log, lines_that(self.state, wanted)
        least = log[-min(LINES, len(log))].index if known else 0
        return self._recent(known[bisect_left(known, least, key=lambda entry: entry.index) :])

    def _recent(self, lines: Sequence[LogEntry]) -> list[LogEntry]:
        since, only = self.now - LINES_S, self.state.only
        return [
            entry
            for entry in reversed(lines)
            if entry.at >= since and (not only or entry.namespace in ("", only))
        ]

    @cached_property
    def model_pods(self) -> list[ev.Pod]:
        """Existing pods that serve models, in order of their names."""
        return self._pods("model")

    @cached_property
    def controllers(self) -> list[ev.Pod]:
        """Existing pods of the controller, in order of their names."""
        return self._pods("controller")

    def _pods(self, role: str) -> list[ev.Pod]:
        pods = (self.state.pods[name] for name in sorted(self.state.pods))
        return [pod for pod in pods if pod.role == role and pod.name not in self.state.gone]

    @property
    def sees_replicas(self) -> bool:
        """Whether scale targets are seen at all, so that one without pods has none."""
        return any(link.workload is not None for link in self.links)

    @cached_property
    def hpas(self) -> list[ev.Autoscaler]:
        """All HPAs, ordered by namespace and name."""
        return [hpa for _, hpa in sorted(self.state.hpas.items())]

    @property
    def workloads(self) -> Mapping[Target, ev.Workload]:
        """Scale targets by (kind, namespace, name)."""
        return self.state.workloads

    @cached_property
    def keda_accounts(self) -> list[tuple[ev.ScaledObject, KedaAccount]]:
        """ScaledObjects whose triggers are known, with what KEDA does with each; by name."""
        accounts, seen = [], seen_in(self.state)
        for _, scaled in sorted(self.state.scaled_objects.items()):
            made = [h for h in self.state.hpas.values() if _made_by(h, scaled)]
            target = self.state.workloads.get(target_of(scaled))
            pages = page_readings(scaled, seen)
            now = KedaNow(self.now, scaled, next(iter(made), None), target, pages=pages)
            try:
                accounts.append((scaled, keda_account(now)))
            except ValueError:
                continue  # no API server admits it
        return accounts

    def name_of(self, scaler: ev.Autoscaler | ev.ScaledObject) -> str:
        """Name of the variant that it scales; empty: of none."""
        link = self.link_of(scaler)
        return link.name if link is not None else ""

    def rows(self, link: Link) -> list[ReplicaRow]:
        """Rows of its existing replicas."""
        return [row for row in link_rows(self.state, link) if row.state != "gone"]

    def variant_of(self, pod: ev.Pod) -> str:
        """Name of the variant whose replica a pod is; empty: of none."""
        return next((item.name for item in self.links if pod.name in item.pods), "")

    def link_of(self, scaler: ev.Autoscaler | ev.ScaledObject) -> Link | None:
        """The variant that an HPA or a ScaledObject scales."""
        mine = (i for i in self.links if scaler is i.hpa or scaler is i.scaled_object)
        return next(mine, None)

    def limits(self, model: str) -> Thresholds:
        """The thresholds in force."""
        return thresholds(self.state, model)

    def decided(self, link: Link) -> Decision | None:
        """The newest decision for a variant, while it is fresh."""
        found = decision_of(self.state, *link.key)
        return found if found is not None and self.now - found.last_at <= DECIDED_S else None

    def wish(self, link: Link) -> int | None:
        """Replicas that the controller wants, else the HPA. None: not known."""
        decided = self.decided(link)
        if decided is not None and decided.target is not None:
            return decided.target
        return wanted(link.hpa)

    def recomputed(self, hpa: ev.Autoscaler) -> ScalingDecision | None:
        """The newest decision of an HPA, if recomputing it gives all that was seen; None: it does
        not, or there is no decision yet."""
        return newest_of_hpas(self.state).get((hpa.namespace, clean(hpa.name)))

    def held_by(self, hpa: ev.Autoscaler, brake: str) -> HeldBy | None:
        """How this brake held the newest decision of an HPA; None: it did not, or not known."""
        newest = self.recomputed(hpa)
        held = newest.held if newest is not None else ()
        return next((each for each in held if each.brake == brake), None)

    def most(self, link: Link) -> int | None:
        """The highest number of replicas that is allowed; None: not known."""
        scaler = link.hpa or link.scaled_object or link.variant
        return scaler.max if scaler is not None else None

    def maximum_of(self, link: Link) -> str:
        """The maximum with the object to edit; KEDA overwrites that of the HPA it made."""
        made_by = link.hpa.scaled_object if link.hpa is not None else ""
        if link.scaled_object is not None and link.hpa is None:
            made_by = link.scaled_object.name
        if made_by:
            return f"maxReplicaCount of ScaledObject {made_by}"
        return (
            f"the maximum of {link.name}"
            if link.hpa is None
            else f"maxReplicas of HPA {link.hpa.name}"
        )

    def condition_since(
        self, kind: str, thing: ev.Autoscaler | ev.Pod | ev.ScaledObject | ev.Lease, what: str
    ) -> ConditionSince | None:
        """A condition of an object, and since when it was seen to hold; None: not seen."""
        return self.state.condition_since.get((kind, thing.namespace, thing.name, what))

    @property
    def is_cut_off(self) -> bool:
        """Whether the API server does not answer, so that all that is known of objects is old."""
        failing = [
            source
            for source in self.state.sources.values()
            if source.status == "retrying"
            and source.source not in ("pods", "epp")  # those speak of pods
        ]
        return sum(source.text.startswith(_TIMED_OUT) for source in failing) > 1 or any(
            source.source == "workloads" or _NO_ANSWER.match(source.text) is not None
            for source in failing
        )

    def age(self, at: float | None) -> float | None:
        """Seconds since a moment; None: it is not known."""
        return None if at is None else max(0.0, self.now - at)

    def kube_events(
        self, kind: str, names: Iterable[str], reasons: Iterable[str], within_s: float = 600.0
    ) -> list[ev.KubeEvent]:
        """Kubernetes events of the last minutes about some objects, the newest first."""
        wanted_names, wanted_reasons = frozenset(names), frozenset(reasons)
        return [
            event
            for event in reversed(self.state.kube_events.last(600))
            if event.kind == kind
            and event.name in wanted_names
            and event.reason in wanted_reasons
            and self.now - _last(event) <= within_s
        ]

    def event(self, event: ev.KubeEvent) -> Evidence:
        """A Kubernetes event as evidence."""
        times = f" (x{event.count})" if event.count > 1 else ""
        return Evidence(
            f"{event.reason}: {event.message}{times}",
            f"{event.kind}/{event.name}",
            "event",
            self.age(_last(event)),
        )

    def condition(self, told: ev.Condition, about: str, *, whole: bool = False) -> Evidence:
        """A condition of an object as evidence; `whole`: with its type and status."""
        text = f"{told.reason}: {told.message}"
        text = f"{told.type} {told.status}, {text}" if whole else text
        return Evidence(text, about, "status", self.age(told.since))

    def pod_state(self, pod: ev.Pod, since: float | None = None) -> Evidence:
        """Why a pod is not ready, according to its object, as evidence."""
        words = ": ".join(filter(None, (pod.reason or "not ready", pod.message)))
        return Evidence(words, f"Pod/{pod.name}", "object", self.age(since))

    def readiness(self, pod: ev.Pod) -> Evidence:
        """Whether a pod is ready, or why not, as evidence."""
        words = "ready" if pod.ready else pod.reason or pod.phase or "not ready"
        return Evidence(words, f"Pod/{pod.name}", "object")

    def line(self, entry: LogEntry, *, times: int = 1) -> Evidence:
        """A line of the controller's log as evidence, and how often it was written."""
        text = entry.message if not entry.error else f"{entry.message}: {entry.error}"
        text = text[:300] + (f" (×{times})" if times > 1 else "")
        return Evidence(text, entry.stream, "controller log", self.age(entry.at))

    def wishes(self, link: Link | None) -> tuple[Evidence, ...]:
        """The sizes that the deciders want for a scale target, as evidence."""
        if link is None:
            return ()
        found = []
        decided = self.decided(link)
        if decided is not None and decided.target is not None:
            found.append(
                Evidence(
                    f"wants {many(decided.target, 'replica')}"
                    + (decided.reason and f": {decided.reason}"),
                    f"WVA decision for {link.name}",
                    "controller log",
                    self.age(decided.last_at),
                )
            )
        desired = wanted(link.hpa)
        if link.hpa is not None and desired is not None:
            newest, about = self.recomputed(link.hpa), f"HPA/{link.hpa.name}"
            if newest is not None and newest.wanted not in (None, desired):
                asked = f"its metrics want {many(newest.wanted or 0, 'replica')}"
                found.append(Evidence(asked, about, "computed"))
            found.append(Evidence(f"desiredReplicas {desired}", about, "status"))
        if link.workload is not None and link.workload.spec is not None:
            ready = ready_replicas(link, self.state.pods, self.state.gone)
            found.append(
                Evidence(
                    f"has {link.workload.spec} in its spec, "
                    f"{'?' if ready is None else ready} ready",
                    f"{link.workload.kind}/{link.workload.name}",
                    "object",
                )
            )
        return tuple(found)


def _made_by(hpa: ev.Autoscaler, scaled: ev.ScaledObject) -> bool:
    return (hpa.namespace, hpa.scaled_object) == (scaled.namespace, scaled.name)


def _last(event: ev.KubeEvent) -> float:
    return event.last_at if event.last_at is not None else event.at
