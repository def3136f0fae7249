"""A small model of a cluster for the simulated controllers: pods that take time to boot, and
metrics pages computed from the load."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from wvatui.core.log.facts import Fact
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.parser import parse
from wvatui.engine.timeline import Timeline
from wvatui.sim.controllers.hpa import HpaController
from wvatui.sim.controllers.wva.wva import WvaController
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

START = 1_788_249_600.0
NS, SYSTEM = "shop", "wva-system"
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
LABELS = {
    "control-plane": "controller-manager",
    "app.kubernetes.io/name": "workload-variant-autoscaler",
}
BLOCKS, BLOCK_SIZE = 2000, 16
PROMPT, ANSWER = 500.0, 200.0
"""The mean prompt and output tokens of a request."""
REQUEST_TOKENS = 640.0
"""The tokens of KV cache that a running request holds."""
Object = dict[str, Any]
POOL = "pool"
parsed = lru_cache(20_000)(parse)
"""The parser; the facts of a plant are asked for again and again."""


@dataclass
class Served:
    """The metrics of one pod; counters grow with the requests that it serves."""

    born: float
    requests: float = 0.0
    kv_ratio: float = 0.0
    waiting: int = 0
    silent: frozenset[str] = frozenset()
    """Names of the metrics that the pod's page leaves out."""


@dataclass
class Plant:
    """The cluster. `load`: requests in flight over all variants; `boot_s`: seconds from the
    creation of a pod to its first metrics page."""

    version: str = "v0.9"
    variants: dict[str, float] = field(default_factory=lambda: {"h100": 10.0})
    """Variant → cost of a replica."""
    replicas: int = 1
    load: float = 0.0
    boot_s: float = 45.0
    minimum: int = 1
    maximum: int = 8
    verbosity: int = 4
    interval_s: float = 30.0
    controllers: int = 2
    follow: bool = True
    """Whether an HPA follows the controller's target."""

    def __post_init__(self) -> None:
        self.timeline = Timeline(START)
        self.store = Store(self.timeline)
        self.logbook = LogBook(self.timeline)
        self.pages = PodPages()
        self.served: dict[str, Served] = {}
        self.queued = 0
        self._made = 0
        for number in range(self.controllers):
            self.controller_pod(f"manager-{number}")
        for name, cost in self.variants.items():
            self._variant(name, cost)
        self.timeline.every(5.0, self._step)
        self.wva = WvaController(
            self.timeline,
            self.store,
            self.logbook,
            self.pages,
            namespace=NS,
            controller_namespace=SYSTEM,
            version=self.version,
            interval_s=self.interval_s,
            verbosity=self.verbosity,
        )
        if self.follow:
            HpaController(self.timeline, self.store, external=self.wva.external)

    @property
    def v1(self) -> bool:
        return self.version == "v0.4.2"

    # --- objects of the cluster

    def controller_pod(self, name: str, restarts: int = 0) -> None:
        self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": SYSTEM, "labels": LABELS},
                "spec": {"containers": [{"name": "manager"}]},
                "status": {
                    "phase": "Running",
                    "containerStatuses": [{"name": "manager", "restartCount": restarts}],
                },
            }
        )

    def config(self, name: str, **data: str) -> None:
        self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": SYSTEM},
                "data": data,
            }
        )

    def _variant(self, name: str, cost: float) -> None:
        labels = {"llm-d.ai/variant": name, "serving": "true"}
        self.store.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": NS},
                "spec": {
                    "replicas": self.replicas,
                    "selector": {"matchLabels": {"llm-d.ai/variant": name}},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {
                            "nodeSelector": {"nvidia.com/gpu.product": name.upper()},
                            "containers": [
                                {
                                    "name": "vllm",
                                    "args": ["--max-num-seqs=256"],
                                    "resources": {"limits": {"nvidia.com/gpu": "1"}},
                                }
                            ],
                        },
                    },
                },
                "status": {},
            }
        )
        for _ in range(self.replicas):
            self._pod(name, booted=True)
        self._count(name)
        if self.v1:
            self._declaration(name, cost)
        self._hpa(name, cost)

    def _declaration(self, name: str, cost: float) -> None:
        metadata = {
            "name": name,
            "namespace": NS,
            "labels": {"inference.optimization/acceleratorName": name.upper()},
        }
        self.store.apply(
            {
                "apiVersion": "llmd.ai/v1alpha1",
                "kind": "VariantAutoscaling",
                "metadata": metadata,
                "spec": {"modelID": MODEL, "variantCost": f"{cost:.1f}"},
                "status": {},
            }
        )

    def _hpa(self, name: str, cost: float) -> None:
        notes = {
            "llm-d.ai/managed": "true",
            "llm-d.ai/model-id": MODEL,
            "llm-d.ai/variant-cost": str(cost),
        }
        metric = "inferno_desired_replicas" if self.v1 else "wva_desired_replicas"
        external = {
            "metric": {"name": metric, "selector": {"matchLabels": {"variant_name": name}}},
            "target": {"type": "AverageValue", "averageValue": "1"},
        }
        self.store.apply(
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "metadata": {
                    "name": name,
                    "namespace": NS,
                    "annotations": {} if self.v1 else notes,
                },
                "spec": {
                    "scaleTargetRef": {"kind": "Deployment", "name": name},
                    "minReplicas": self.minimum,
                    "maxReplicas": self.maximum,
                    "metrics": [{"type": "External", "external": external}],
                    "behavior": {"scaleDown": {"stabilizationWindowSeconds": 120}},
                },
            }
        )

    def _pod(self, variant: str, *, booted: bool = False) -> None:
        self._made += 1
        name = f"{variant}-{self._made:02d}"
        self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": name,
                    "namespace": NS,
                    "labels": {"llm-d.ai/variant": variant, "serving": "true"},
                },
                "spec": {"containers": [{"name": "vllm", "ports": [{"containerPort": 8000}]}]},
                "status": {"phase": "Running"},
            }
        )
        if booted:
            self._serve(name)
        else:
            self.timeline.call_after(self.boot_s, lambda: self._serve(name))

    def _serve(self, pod: str) -> None:
        if self.store.get("Pod", NS, pod) is not None:
            self.served[pod] = Served(self.timeline.now)
            self.pages.listen(NS, pod, 8000, lambda path: (200, "text/plain", self._page(pod)))

    def hush(self, pod: str, *names: str) -> None:
        """Leave the metrics `names` out of a pod's page; without names, refuse connections."""
        if names:
            self.served[pod].silent = frozenset(names)
        else:
            self.pages.close(NS, pod)

    def picker(self) -> None:
        """Add an inference pool and its endpoint picker, whose queue holds `queued` requests."""
        self.store.apply(
            {
                "apiVersion": "inference.networking.k8s.io/v1",
                "kind": "InferencePool",
                "metadata": {"name": POOL, "namespace": NS},
                "spec": {
                    "selector": {"matchLabels": {"serving": "true"}},
                    "endpointPickerRef": {"name": f"{POOL}-epp"},
                },
            }
        )
        ports = [{"name": "metrics", "containerPort": 9090}]
        self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": "epp",
                    "namespace": NS,
                    "labels": {"inferencepool": f"{POOL}-epp"},
                },
                "spec": {"containers": [{"name": "epp", "ports": ports}]},
                "status": {"phase": "Running"},
            }
        )
        self.pages.listen(NS, "epp", 9090, lambda path: (200, "text/plain", self._picked()))

    # --- events in the cluster

    def pods(self, variant: str) -> list[str]:
        found = self.store.list("Pod", NS, {"llm-d.ai/variant": variant})
        return [pod["metadata"]["name"] for pod in found]

    def spec(self, variant: str = "h100") -> int:
        found = self.store.get("Deployment", NS, variant)
        assert found is not None
        return int(found["spec"]["replicas"])

    def resize(self, variant: str, replicas: int) -> None:
        self.store.patch("Deployment", NS, variant, lambda o: o["spec"].update(replicas=replicas))

    def _step(self) -> None:
        """Every five seconds: adjust the pods, spread the load evenly, and advance counters."""
        for variant in self.variants:
            pods, wanted = self.pods(variant), self.spec(variant)
            for _ in range(wanted - len(pods)):
                self._pod(variant)
            for pod in pods[wanted:]:
                self.store.delete("Pod", NS, pod)
                self.pages.close(NS, pod)
                self.served.pop(pod, None)
            self._count(variant)
        tokens = BLOCKS * BLOCK_SIZE
        for served in self.served.values():
            share = self.load / len(self.served)
            running = min(share, tokens / REQUEST_TOKENS)
            served.kv_ratio = running * REQUEST_TOKENS / tokens
            served.waiting = int(share - running)
            served.requests += running * 5.0 / 10.0

    def _count(self, variant: str) -> None:
        pods = self.pods(variant)
        ready = sum(pod in self.served for pod in pods)

        def change(obj: Object) -> None:
            obj["status"] = {"replicas": len(pods), "readyReplicas": ready}

        self.store.patch("Deployment", NS, variant, change)

    def _page(self, pod: str) -> bytes:
        served = self.served[pod]
        count = served.requests
        kv = "gpu_cache_usage_perc" if self.v1 else "kv_cache_usage_perc"
        itl = "time_per_output_token" if self.v1 else "inter_token_latency"
        samples = {
            kv: served.kv_ratio,
            "num_requests_waiting": served.waiting,
            "request_success_total": count,
            "request_prompt_tokens_sum": count * PROMPT,
            "request_prompt_tokens_count": count,
            "request_generation_tokens_sum": count * ANSWER,
            "request_generation_tokens_count": count,
            "time_to_first_token_seconds_sum": count * 0.2,
            "time_to_first_token_seconds_count": count,
            f"{itl}_seconds_sum": count * ANSWER * 0.02,
            f"{itl}_seconds_count": count * ANSWER,
        }
        lines = [
            f'vllm:{name}{{engine="0",model_name="{MODEL}"}} {value!r}'
            for name, value in samples.items()
            if name not in served.silent
        ]
        if "cache_config_info" not in served.silent:
            size = f'block_size="{BLOCK_SIZE}",engine="0",num_gpu_blocks="{BLOCKS}"'
            lines.append(f"vllm:cache_config_info{{{size}}} 1.0")
        return ("\n".join(lines) + "\n").encode()

    def _picked(self) -> bytes:
        flow = f'fairness_id="f",model_name="{MODEL}",target_model_name="{MODEL}"'
        lines = [f"inference_extension_flow_control_queue_size{{{flow}}} {self.queued}"]
        for pod, served in sorted(self.served.items()):
            labels = f'pod_name="{pod}",status="success",target_model_name="{MODEL}"'
            lines.append(
                f"inference_extension_scheduler_attempts_total{{{labels}}} {served.requests}"
            )
        return ("\n".join(lines) + "\n").encode()

    # --- observations

    def run(self, seconds: float) -> None:
        """Let time pass until `seconds` after the start."""
        self.timeline.run_until(START + seconds)

    def texts(self, pod: str = "manager-0") -> list[str]:
        """The raw log lines of a controller pod."""
        log = self.logbook.current(SYSTEM, pod, "manager")
        return [line.text.decode() for line in log.read()]

    def lines(self, pod: str = "manager-0") -> list[ParsedLine]:
        """The log lines of a controller pod as a client reads them: with the kubelet's time stamp,
        parsed."""
        log = self.logbook.current(SYSTEM, pod, "manager")
        return [parsed(f"{line.stamp} {line.text.decode()}") for line in log.read()]

    def facts(self, kind: type[Fact], pod: str = "manager-0") -> list[tuple[float, Any]]:
        """(seconds since the start, fact) of one kind."""
        return [
            (round(line.at - START, 3), fact)
            for line in self.lines(pod)
            for fact in line.facts
            if isinstance(fact, kind) and line.at is not None
        ]

    def unrecognised(self) -> list[str]:
        """The lines of all controller pods that the parser does not recognise."""
        found = []
        for pod in self.store.list("Pod", SYSTEM):
            name = pod["metadata"]["name"]
            for raw, line in zip(self.texts(name), self.lines(name), strict=True):
                klog = line.kind == "klog" and not line.template.endswith(".go")
                if line.kind not in ("known", "continuation") and not klog:
                    found.append(raw)
        return found
