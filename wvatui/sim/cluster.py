"""A simulated cluster put together: objects, engines, gateway, traffic, controllers."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from wvatui.config.settings import nearest
from wvatui.core.rules.hpa.hpa_versions import RELEASES as HPA_RELEASES
from wvatui.core.rules.keda.keda_versions import RELEASES as KEDA_RELEASES
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline
from wvatui.engine.traffic import Traffic
from wvatui.errors import UsageError
from wvatui.sim.api.wire.kinds import CRD_GROUPS, TEKTON
from wvatui.sim.controllers import garbage
from wvatui.sim.controllers.hpa import HpaController, NoMetricsApi
from wvatui.sim.controllers.job_controller import JobController
from wvatui.sim.controllers.keda import KedaController
from wvatui.sim.controllers.prometheus import Prometheus
from wvatui.sim.controllers.tekton import TektonController
from wvatui.sim.controllers.tekton_catalogue import catalogue
from wvatui.sim.controllers.wva.wva import WvaController
from wvatui.sim.controllers.wva.wva_cycle import CAPACITY_ONLY, HYBRID, MODES
from wvatui.sim.kubelet.deployments import DeploymentController
from wvatui.sim.kubelet.kubelet import Kubelet
from wvatui.sim.kubelet.runner import PodRunner
from wvatui.sim.objects.objects import (
    CONTROLLER_NAMESPACE,
    KUBE_STATE_METRICS,
    KV_USAGE,
    NAMESPACE,
    POOL,
    WAITING,
    initial_objects,
)
from wvatui.sim.pods.engine_log import EngineLog
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.kube_state import KubeStateMetrics
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.page import page, sglang_page
from wvatui.sim.pods.programs import (
    PROGRAM,
    Idle,
    ModelServer,
    PageWriter,
    Picker,
    PodProgram,
    front_door,
)
from wvatui.sim.run.box import MODELS, Network, service_listener
from wvatui.sim.scenario import Scenario
from wvatui.sim.scenarios import SCENARIOS
from wvatui.sim.store import Store


class LoadMetrics:
    """The metrics that the pods and the endpoint picker have now."""

    def __init__(self, timeline: Timeline, gateway: Gateway, model: str, pool: str) -> None:
        self._timeline, self._gateway = timeline, gateway
        self._model, self._pool = model, pool

    def value(self, metric: str, labels: Mapping[str, str]) -> float | None:
        """The value of a metric with these labels; None: there is no such series."""
        if labels.get("model_name", self._model) != self._model:
            return None
        if labels.get("name", self._pool) != self._pool:
            return None
        engines = list(self._gateway.engines.values())
        for engine in engines:
            engine.advance(self._timeline.now)
        match metric:
            case _ if metric == WAITING:
                return float(sum(len(engine.waiting) for engine in engines))
            case _ if metric == KV_USAGE:
                return sum(engine.cache.ratio for engine in engines)
        return None


START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC).timestamp()
RELEASES = ("v0.4.2", "v0.9")
AUTOSCALERS = ("hpa", "keda")
IDLE_CORES, BUSY_CORES = 0.6, 14.0
"""CPU cores of a model server without requests, and the cores that a full load adds."""
CYCLE_S = 30.0
"""Seconds between two cycles: the controller's GLOBAL_OPT_INTERVAL."""


class Cluster:
    """Everything in simulated time. The same arguments give the same cluster.

    Raises UsageError for an unknown scenario, release, mode or autoscaler.
    """

    namespace: str = NAMESPACE
    """Namespace of the models; a scenario may have its own."""
    controller_namespace = CONTROLLER_NAMESPACE

    def __init__(
        self,
        *,
        seed: int = 7,
        scenario: str | Scenario = "stair-step",
        wva: str = "v0.9",
        autoscaler: str = "hpa",
        mode: str = "",
        kubernetes: str = "1.36",
        keda: str = "2.21",
        kube_state: bool = False,
        start: float = START,
    ) -> None:
        """`start`: UTC epoch seconds at which simulated time begins; `mode`: of a v0.4 controller,
        one of `MODES` (else the scenario's, else capacity-only); `kubernetes`, `keda`: releases
        whose conditions, events and messages the HPA controller and KEDA write; `kube_state`:
        kube-state-metrics runs also where WVA decides."""
        if isinstance(scenario, str):
            _known("scenario", scenario, SCENARIOS)
            scenario = SCENARIOS[scenario]
        _known("autoscaler", autoscaler, AUTOSCALERS)
        self.scenario, self.seed = scenario, seed
        self.wva_version, self.mode = _release(wva, mode or scenario.mode, asked=bool(mode))
        self.hpa_release = _minor("Kubernetes", scenario.kubernetes or kubernetes, HPA_RELEASES)
        self.keda_release = _minor("KEDA", scenario.keda or keda, KEDA_RELEASES)
        self.kubernetes = self.hpa_release.name
        self.namespace = scenario.namespace
        self.crds = CRD_GROUPS | scenario.crds
        self.adapter_is_missing = False
        """The external metrics API answers 404, so that no autoscaler can read a decision."""
        self.timeline = Timeline(start)
        observed = {"HorizontalPodAutoscaler"} if self.hpa_release.at_once else set[str]()
        self.store = Store(self.timeline, observed)
        self.logbook = LogBook(self.timeline)
        self.pages = PodPages()
        self.gateway = Gateway(self.timeline)
        self.gateway.sticky = scenario.sticky
        self.kubelet = Kubelet(
            self.timeline, self.store, self.logbook, self._program, self._dice("kubelet")
        )
        self.network = Network(self.store, self.gateway, scenario.model)
        self._apply(scenario.autoscaler or autoscaler, kube_state=kube_state)
        self._open_gateways()
        DeploymentController(self.timeline, self.store, self.kubelet).settle()
        self._start_jobs()
        self._start_scaling()
        self.traffic = Traffic(
            self.timeline, scenario.shape, self._dice("traffic"), self.gateway.send
        )
        self._plan()

    def _apply(self, autoscaler: str, *, kube_state: bool) -> None:
        """Create the objects that exist from the beginning."""
        objects = initial_objects(
            self.scenario,
            self.wva_version,
            autoscaler,
            mode=self.mode,
            interval_s=CYCLE_S,
            kube_state=kube_state,
        )
        if TEKTON in self.scenario.crds:
            objects += catalogue(self.namespace)
        for obj in objects:
            if obj["kind"] == "Node":
                obj["status"]["nodeInfo"]["kubeletVersion"] = f"v{self.kubernetes}.0"
            self.store.apply(obj)

    def _start_jobs(self) -> None:
        """Start the controllers of pods that end by themselves."""
        self.runner = PodRunner(self.timeline, self.store, self.logbook, self.network, self._dice)
        self.jobs = JobController(self.timeline, self.store, self.runner)
        self.garbage = garbage.GarbageCollector(self.store, self.runner)
        self.tekton = TektonController(self.timeline, self.store, self.runner)

    def _start_scaling(self) -> None:
        """Start the autoscalers, and the controllers that carry out their decisions."""
        self.controller = WvaController(
            self.timeline,
            self.store,
            self.logbook,
            self.pages,
            namespace=self.namespace,
            controller_namespace=CONTROLLER_NAMESPACE,
            version=self.wva_version,
            interval_s=CYCLE_S,
            hybrid=self.mode == HYBRID.name,
            seed=self.seed,
        )
        self.load = LoadMetrics(self.timeline, self.gateway, self.scenario.model, POOL)
        self.prometheus = Prometheus(self.timeline, self.store, self.pages)
        self.keda = KedaController(
            self.timeline,
            self.store,
            external=self._metric,
            prometheus=self.prometheus.ask,
            release=self.keda_release,
        )
        self.hpa = HpaController(
            self.timeline,
            self.store,
            external=self._external,
            usage=self._usage,
            release=self.hpa_release,
        )

    def _plan(self) -> None:
        """Schedule the scenario's events."""
        for after_s, action in self.scenario.happens:
            self.timeline.call_at(self.timeline.start + after_s, partial(action, self))

    def _open_gateways(self) -> None:
        """Let the gateways answer `/v1/models` themselves, as they have no pods here."""
        for service in self.store.list("Service"):
            names = (service["metadata"].get("annotations") or {}).get(MODELS, "")
            if not names:
                continue
            metadata, port = service["metadata"], int(service["spec"]["ports"][0]["port"])
            self.pages.listen(
                metadata["namespace"],
                service_listener(metadata["name"]),
                port,
                partial(front_door, self.gateway, names.split(",")),
            )

    def _dice(self, what: str) -> random.Random:
        """A random generator for one part, so that draws in one part do not change another."""
        return random.Random(f"{self.seed}/{what}")

    def _external(self, metric: str, labels: Mapping[str, str]) -> float | None:
        """A value of the external metrics API: from KEDA's server for its own metrics, else from
        the adapter."""
        if "scaledobject.keda.sh/name" in labels:
            return self.keda.served(metric, labels)
        if self.adapter_is_missing:
            raise NoMetricsApi(
                "unable to fetch metrics from external metrics API: the server could not find the"
                f" requested resource (get {metric}.external.metrics.k8s.io)"
            )
        return self._metric(metric, labels)

    def _metric(self, metric: str, labels: Mapping[str, str]) -> float | None:
        """A value in Prometheus: the controller's metrics, then those of the load."""
        value = self.controller.external(metric, labels)
        return self.load.value(metric, labels) if value is None else value

    def _usage(self, pod: str, resource: str) -> float | None:
        """A pod's usage of a resource (cores), as the metrics server reports it; None: not yet."""
        engine = self.gateway.engines.get(pod)
        if engine is None or resource != "cpu":
            return None
        engine.advance(self.timeline.now)
        return IDLE_CORES + BUSY_CORES * len(engine.running) / engine.profile.max_seqs

    def _program(self, pod: dict[str, Any]) -> PodProgram:
        """The program in `pod`, named by an annotation of its template."""
        kind = (pod["metadata"].get("annotations") or {}).get(PROGRAM, "")
        model = self.scenario.model
        if kind == "epp":
            names = self.scenario.epp_names
            names = names or ("both" if self.scenario.follows == "wva" else "present")
            return Picker(self.timeline, self.pages, self.gateway, POOL, model, names)
        if kind == KUBE_STATE_METRICS:
            return KubeStateMetrics(self.pages, self.store)
        if kind not in ("vllm", "sglang"):
            return Idle()
        name = pod["metadata"]["labels"]["llm-d.ai/variant"]
        variant = next(v for v in self.scenario.variants if v.name == name)
        is_sglang = variant.engine == "sglang"
        write: PageWriter = partial(page, legacy=self.wva_version == "v0.4.2")
        if is_sglang:
            write = partial(sglang_page, role=variant.role)
        return ModelServer(
            self.timeline,
            self.pages,
            self.gateway,
            variant.profile,
            model,
            load_s=variant.load_s,
            rng=self._dice(pod["metadata"]["name"]),
            write=write,
            log=EngineLog(
                partial(self.logbook.append, self.namespace, pod["metadata"]["name"], kind),
                sglang=is_sglang,
            ),
            sglang=is_sglang,
            role=variant.role,
        )


def _release(wva: str, mode: str, *, asked: bool) -> tuple[str, str]:
    """The release and its mode.

    A scenario's mode implies v0.4; a requested mode is an error with another release.
    """
    release = {"v0.4": "v0.4.2", "v0.9.0": "v0.9"}.get(wva, wva)
    _known("release", release, RELEASES)
    if mode:
        _known("mode", mode, MODES)
        if asked and release != RELEASES[0]:
            raise UsageError(f"{release} has no modes", hint=f"mode {mode} is of v0.4")
        return RELEASES[0], mode
    return release, CAPACITY_ONLY.name


Minor = TypeVar("Minor")


def _minor(what: str, version: str, releases: Mapping[str, Minor]) -> Minor:
    """The row of a minor release: `1.37` and `v1.37` are the same."""
    name = version.removeprefix("v")
    _known(f"release of {what}", name, releases)
    return releases[name]


def _known(what: str, value: str, choices: Any) -> None:
    if value not in choices:
        hint = f"there is: {', '.join(choices)}"
        if choices is SCENARIOS:
            # A release that resembles another one is no misspelling of it.
            hint = f"{nearest(value, choices, 'there is')} (all: wvatui demo --list)"
        raise UsageError(f"unknown {what} {value!r}", hint=hint)
