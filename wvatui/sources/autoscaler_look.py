"""One look at the autoscalers of a live cluster: HPAs, their targets, and anything else that may be
read.

Rights to HPAs and their targets are enough. Every other missing right is reported, with what it
would have shown.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from wvatui.clock import Clock
from wvatui.core.events import (
    Autoscaler,
    Event,
    KubeEvent,
    Pod,
    ScaledObject,
    Variant,
    Workload,
)
from wvatui.core.kube_object import NamespacedName
from wvatui.core.label_selector import Requirement
from wvatui.core.rules.quantities import milli
from wvatui.core.state.looks import TriggerReading
from wvatui.errors import DeniedError
from wvatui.kube.answers import ApiError, lacking
from wvatui.kube.client import Client, QueryParams
from wvatui.kube.paths import (
    AUTOSCALER,
    DEPLOYMENT,
    EVENT,
    LEADER_WORKER_SET,
    POD,
    SCALED_OBJECT,
    STATEFUL_SET,
    VARIANT_AUTOSCALING,
    Kind,
)
from wvatui.sources.objects import decoder_of
from wvatui.sources.objects.autoscaler import keda_version
from wvatui.sources.objects.fields import items, text
from wvatui.sources.scale_reader import ScaleReader, ScaleTargetRef

if TYPE_CHECKING:
    from wvatui.sources.pods.trigger_pages import TriggerPages

_WHOLE = {kind.kind: kind for kind in (DEPLOYMENT, STATEFUL_SET, LEADER_WORKER_SET)}
"""Kinds of targets that are read as whole objects, which state how many replicas are ready."""
_EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1"
_API = "the external metrics API, now"
_AT_ONCE = 16
"""Targets that are read concurrently."""
_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True, slots=True)
class LackingRight:
    """A missing right, and what it would have shown."""

    verb: str
    resource: str
    tells: str


@dataclass(frozen=True, slots=True)
class AutoscalerSnapshot:
    """The objects read at `at`, UTC epoch seconds. `server`, `keda`: releases; empty: unknown.

    `targets`, `pods`: by scale target; a target that does not exist is None, one that could not be
    read is absent. `events`: by the HPA or ScaledObject that they are about.
    """

    at: float
    server: str
    hpas: tuple[Autoscaler, ...]
    scaled_objects: tuple[ScaledObject, ...]
    targets: Mapping[ScaleTargetRef, Workload | None] = field(default_factory=dict)
    pods: Mapping[ScaleTargetRef, tuple[Pod, ...]] = field(default_factory=dict)
    events: Mapping[NamespacedName, tuple[KubeEvent, ...]] = field(default_factory=dict)
    lacking: tuple[LackingRight, ...] = ()
    keda: str = ""
    readings: Mapping[NamespacedName, Mapping[str, TriggerReading]] = field(default_factory=dict)
    """Trigger values from the external metrics API, by ScaledObject and metric."""
    pages: Mapping[NamespacedName, Mapping[str, TriggerReading]] = field(default_factory=dict)
    """Trigger values computed from the pages of gateways and engines, by ScaledObject and metric,
    with the targets."""
    wishes: Mapping[ScaleTargetRef, int] = field(default_factory=dict)
    """The replicas that WVA wants, as its objects say, where a ScaledObject is paused."""


def target_ref(scaler: Autoscaler | ScaledObject | Variant) -> ScaleTargetRef:
    """The scale target of an autoscaler, or of a variant."""
    api = scaler.target_api or "apps/v1"
    return ScaleTargetRef(api, scaler.target_kind, scaler.namespace, scaler.target_name)


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Run requests concurrently: when one fails, the others end before the client is closed."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


class AutoscalerReader:
    """Reads the autoscalers of a namespace each time `look` is called; an empty namespace means the
    whole cluster."""

    def __init__(self, client: Client, clock: Clock, namespace: str) -> None:
        self._client, self._clock, self._namespace = client, clock, namespace
        self._scales = ScaleReader(client, clock)
        self._trigger_pages: TriggerPages | None = None
        self._lacking: dict[str, LackingRight] = {}
        self._server: str | None = None
        self._keda = ""

    async def look(self, name: str = "", *, external: bool = False) -> AutoscalerSnapshot:
        """Everything that can be read now. `name`: only this HPA or ScaledObject.

        `external`: ask the external metrics API for the triggers' values, which makes KEDA query
        their sources, and count a failure where they fail. Raises ClusterError: DeniedError where
        HPAs may not be listed.
        """
        self._lacking = {}
        async with _together() as group:
            listed = group.create_task(self._listed(AUTOSCALER, Autoscaler))
            allowed = group.create_task(
                self._if_allowed(
                    SCALED_OBJECT, ScaledObject, "what KEDA's triggers ask, and its state"
                )
            )
            happened = group.create_task(self._events())
            known = group.create_task(self._version())
        hpas, scaled, events, server = (
            listed.result(),
            allowed.result(),
            happened.result(),
            known.result(),
        )
        if name:
            scaled = [each for each in scaled if name in (each.name, each.hpa)]
            made = {each.name for each in scaled}
            hpas = [
                each for each in hpas if each.name == name or each.scaled_object in {name, *made}
            ]
        targets = await self._targets(
            {target_ref(each) for each in hpas} | {target_ref(each) for each in scaled}
        )
        asking = {target_ref(each) for each in hpas if _asks_pods(each)}
        pods = await self._pods({ref: targets[ref] for ref in asking if ref in targets})
        readings = await self._readings(scaled) if external else {}
        pages = await self._pages(scaled, targets) if scaled else {}
        return AutoscalerSnapshot(
            at=self._clock.now(),
            server=server,
            hpas=tuple(sorted(hpas, key=lambda each: (each.namespace, each.name))),
            scaled_objects=tuple(sorted(scaled, key=lambda each: (each.namespace, each.name))),
            targets=targets,
            pods=pods,
            events=events,
            lacking=tuple(self._lacking.values()),
            keda=self._keda,
            readings=readings,
            pages=pages,
            wishes=await self._wishes(scaled),
        )

    async def _wishes(self, scaled: Iterable[ScaledObject]) -> dict[ScaleTargetRef, int]:
        """Asked for only where an object is paused: else the wish is a metric of the HPA."""
        if not any(each.paused for each in scaled):
            return {}
        tells = "what WVA wants for a paused ScaledObject"
        variants = await self._if_allowed(VARIANT_AUTOSCALING, Variant, tells)
        return {target_ref(each): each.desired for each in variants if each.desired is not None}

    # --- lists ----------------------------------------------------------------------------

    async def _listed(
        self, kind: Kind, event: type[_E], params: QueryParams = None, namespace: str | None = None
    ) -> list[_E]:
        """Raises ClusterError."""
        place = self._namespace if namespace is None else namespace
        answer = await self._client.get_json(kind.path(place), params)
        if kind is AUTOSCALER:
            self._keda = next(filter(None, map(keda_version, items(answer, "items"))), "")
        decode, now = decoder_of(kind).decode, self._clock.now()
        decoded = (decode(item, now) for item in items(answer, "items"))
        return [each for each in decoded if isinstance(each, event)]

    async def _if_allowed(
        self,
        kind: Kind,
        event: type[_E],
        tells: str,
        params: QueryParams = None,
        namespace: str | None = None,
    ) -> list[_E]:
        """As `_listed`, but empty where listing is refused or the kind does not exist. Raises
        ClusterError."""
        try:
            return await self._listed(kind, event, params, namespace)
        except DeniedError as error:
            self._lacks(error, "list", kind.resource, tells)
        except ApiError as error:
            if error.status != 404:
                raise
        return []

    def _lacks(self, error: DeniedError, verb: str, resource: str, tells: str) -> None:
        verb, resource = lacking(error.message) or (verb, resource)
        self._lacking.setdefault(f"{verb} {resource}", LackingRight(verb, resource, tells))

    async def _events(self) -> dict[NamespacedName, tuple[KubeEvent, ...]]:
        """Kubernetes events about HPAs and ScaledObjects, by object."""
        by_object: dict[NamespacedName, list[KubeEvent]] = {}
        decode, now = decoder_of(EVENT).decode, self._clock.now()
        for kind in (AUTOSCALER.kind, SCALED_OBJECT.kind):
            params = {"fieldSelector": f"involvedObject.kind={kind}"}
            try:
                answer = await self._client.get_json(EVENT.path(self._namespace), params)
            except DeniedError as error:
                self._lacks(error, "list", "events", "earlier rescales, and why a metric fails")
                break
            for item in items(answer, "items"):
                about = (text(item, "metadata", "namespace"), text(item, "involvedObject", "name"))
                event = decode(item, now)
                if isinstance(event, KubeEvent):
                    by_object.setdefault(about, []).append(event)
        return {about: tuple(events) for about, events in by_object.items()}

    async def _version(self) -> str:
        """The API server's release; empty where it is not stated."""
        if self._server is None:
            try:
                self._server = text(await self._client.get_json("/version"), "gitVersion")
            except (ApiError, DeniedError):
                self._server = ""
        return self._server

    # --- external metrics -----------------------------------------------------------------

    async def _readings(
        self, scaled: Iterable[ScaledObject]
    ) -> dict[NamespacedName, dict[str, TriggerReading]]:
        """Values of each metric of these ScaledObjects, from the external metrics API.

        Source: KEDA pkg/provider/provider.go: a metric is requested with the object's label.
        """
        from wvatui.core.rules.keda.keda_made import made_triggers

        readings: dict[NamespacedName, dict[str, TriggerReading]] = {}
        for each in scaled:
            try:
                made = made_triggers({"triggers": each.asked})
            except ValueError:
                continue  # the API server rejects such an object
            names = [trigger.metric for trigger in made if not trigger.resource]
            own = [await self._reading(each, name) for name in names]
            readings[each.namespace, each.name] = dict(zip(names, own, strict=True))
        return readings

    async def _reading(self, scaled: ScaledObject, metric: str) -> TriggerReading:
        from wvatui.core.rules.keda.keda_made import NAME_LABEL

        path = f"{_EXTERNAL}/namespaces/{scaled.namespace}/{quote(metric, safe='')}"
        params = {"labelSelector": f"{NAME_LABEL}={scaled.name}"}
        try:
            answer = await self._client.get_json(path, params)
        except DeniedError as error:
            self._lacks(error, "get", f"{metric}.external.metrics.k8s.io", "a trigger's value now")
            return TriggerReading(None, _API, "there is no right to read it")
        except ApiError as error:
            return TriggerReading(None, _API, error.message)
        values = [milli(item.get("value")) for item in items(answer, "items")]
        known = [value for value in values if value is not None]
        if not known:
            return TriggerReading(None, _API, "the external metrics API has no value")
        return TriggerReading(sum(known), _API)

    # --- pages ----------------------------------------------------------------------------

    async def _pages(
        self,
        scaled: Iterable[ScaledObject],
        targets: Mapping[ScaleTargetRef, Workload | None],
    ) -> dict[NamespacedName, dict[str, TriggerReading]]:
        """Values of these ScaledObjects' queries over metrics pages."""
        # Pages and PromQL are a third of all imports: only needed where there is a ScaledObject.
        from wvatui.sources.pods.trigger_pages import TriggerPages

        sizes = {
            (ref.kind, ref.namespace, ref.name): target
            for ref, target in targets.items()
            if target is not None
        }
        tells = "what a formula's triggers read, of the pages of the gateway and the engines"

        async def listed(namespace: str) -> list[Pod]:
            return await self._if_allowed(POD, Pod, tells, namespace=namespace)

        pages = self._trigger_pages = self._trigger_pages or TriggerPages(self._client, self._clock)
        readings = await pages.readings(scaled, sizes, listed)
        if pages.denied:
            self._lacks(DeniedError(pages.denied), "get", "pods/proxy", tells)
        return readings

    # --- targets --------------------------------------------------------------------------

    async def _targets(
        self, refs: Iterable[ScaleTargetRef]
    ) -> dict[ScaleTargetRef, Workload | None]:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def read(ref: ScaleTargetRef) -> tuple[ScaleTargetRef, Workload | None] | None:
            async with limit:
                try:
                    return ref, await self._target(ref)
                except DeniedError as error:
                    tells = "how many replicas there are, and how many are ready"
                    self._lacks(error, "get", f"{ref.kind.lower()}s", tells)
                    return None

        async with _together() as group:
            asked = [group.create_task(read(ref)) for ref in sorted(refs) if ref.name]
        return dict(each for task in asked if (each := task.result()) is not None)

    async def _target(self, ref: ScaleTargetRef) -> Workload | None:
        """The scale target; None: it does not exist. Raises ClusterError."""
        kind = _WHOLE.get(ref.kind)
        if kind is None or ref.api_version.partition("/")[0] != kind.group:
            return await self._scales.read(ref)
        try:
            obj = await self._client.get_json(f"{kind.path(ref.namespace)}/{ref.name}")
        except DeniedError:
            return await self._scales.read(ref)  # a role may allow only the scale
        except ApiError as error:
            if error.status != 404:
                raise
            return None
        workload = decoder_of(kind).decode(obj, self._clock.now())
        return workload if isinstance(workload, Workload) else None

    async def _pods(
        self, targets: Mapping[ScaleTargetRef, Workload | None]
    ) -> dict[ScaleTargetRef, tuple[Pod, ...]]:
        """The pods that match the selector of each target."""
        by_target: dict[ScaleTargetRef, tuple[Pod, ...]] = {}
        for ref, target in targets.items():
            selector = "" if target is None else _selector(target)
            if not selector:
                continue
            pods = await self._if_allowed(
                POD,
                Pod,
                "which pods are young or unready, so that their use does not count",
                {"labelSelector": selector},
                ref.namespace,
            )
            if not any(right.resource == POD.resource for right in self._lacking.values()):
                by_target[ref] = tuple(pods)
        return by_target


def _asks_pods(hpa: Autoscaler) -> bool:
    """Whether one of the HPA's metrics is read per pod, or averaged over ready pods."""
    kinds = {metric.get("type", "") for metric in hpa.asked}
    return bool(kinds & {"Resource", "ContainerResource", "Pods"})


def _selector(target: Workload) -> str:
    """The target's selector in the form of an API query."""
    parts = [f"{key}={value}" for key, value in sorted(target.selector.items())]
    return ",".join([*parts, *map(_requirement, target.requirements)])


def _requirement(requirement: Requirement) -> str:
    key, values = requirement.key, ",".join(requirement.values)
    match requirement.operator:
        case "Exists":
            return key
        case "DoesNotExist":
            return f"!{key}"
        case "In" | "NotIn":
            return f"{key} {requirement.operator.lower()} ({values})"
        case _:
            return f"{key}{'>' if requirement.operator == 'Gt' else '<'}{values}"
