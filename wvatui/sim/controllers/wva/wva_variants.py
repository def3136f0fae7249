"""The controller's view of the cluster: variants, their scale targets and their pods."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wvatui.core.rules.wva.capacity import EngineArgs
from wvatui.sim.store import Store

MODEL_KEY = "llm-d.ai/model-id"
MANAGED_KEY = "llm-d.ai/managed"
COST_KEY = "llm-d.ai/variant-cost"
ACCELERATOR_LABEL = "inference.optimization/acceleratorName"
_PRODUCTS = (
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
)


@dataclass(frozen=True, slots=True)
class FoundVariant:
    """One variant with the object that declares it (`kind`) and its scale target's state."""

    name: str
    namespace: str
    kind: str
    model: str
    accelerator: str
    cost: float
    min: int
    max: int
    target: dict[str, Any]
    desired: int
    """The replicas in its own status; 0 when it has none."""

    @property
    def target_name(self) -> str:
        """Name of the Deployment or LeaderWorkerSet."""
        return str(self.target["metadata"]["name"])

    @property
    def spec_replicas(self) -> int:
        """`spec.replicas`, 1 when unset."""
        value = self.target.get("spec", {}).get("replicas")
        return 1 if value is None else int(value)

    @property
    def status_replicas(self) -> int:
        """`status.replicas`, 0 when unset."""
        return int(self.target.get("status", {}).get("replicas") or 0)

    @property
    def current(self) -> int:
        """`status.replicas`, or `spec.replicas` while that is 0 (WVA v0.8.0 engine.go:936)."""
        return self.status_replicas or self.spec_replicas

    @property
    def ready(self) -> int:
        """`status.readyReplicas`."""
        return int(self.target.get("status", {}).get("readyReplicas") or 0)

    @property
    def pending(self) -> int:
        """Replicas that are not ready yet."""
        return max(0, self.current - self.ready)

    @property
    def role(self) -> str:
        """prefill, decode or both, from the pod template's label."""
        labels = _template(self.target).get("metadata", {}).get("labels") or {}
        return str(labels.get("llm-d.ai/role", "both"))

    @property
    def gpus(self) -> int:
        """GPUs of one replica, at least 1."""
        total = 0
        for container in _template(self.target).get("spec", {}).get("containers", []):
            limits = container.get("resources", {}).get("limits") or {}
            total += sum(
                int(limits[key]) for key in ("nvidia.com/gpu", "amd.com/gpu") if key in limits
            )
        return max(1, total)

    @property
    def engine_name(self) -> str:
        """Name of the engine, vllm or sglang, from the command of the first container."""
        container = _first_container(self.target)
        words = [container.get("image", ""), *(container.get("command") or [])]
        return "sglang" if any("sglang" in str(word) for word in words) else "vllm"

    @property
    def engine(self) -> EngineArgs:
        """Engine arguments of the first container, with the engine's own defaults."""
        container = _first_container(self.target)
        given = _flags([*(container.get("command") or []), *(container.get("args") or [])])
        if self.engine_name == "sglang":
            return EngineArgs(
                max_batched_tokens=_int(given.get("chunked-prefill-size"), 8192),
                max_seqs=_int(given.get("max-running-requests"), 256),
                tensor_parallel=_int(given.get("tp-size"), 1),
                max_model_len=_int(given.get("context-length"), 0),
            )
        return EngineArgs(
            max_batched_tokens=_int(given.get("max-num-batched-tokens"), 8192),
            max_seqs=_int(given.get("max-num-seqs"), 256),
            tensor_parallel=_int(given.get("tensor-parallel-size"), 1),
            max_model_len=_int(given.get("max-model-len"), 0),
        )


def _template(target: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = target.get("spec", {})
    if "template" in spec:
        return spec["template"]  # type: ignore[no-any-return]
    return spec.get("leaderWorkerTemplate", {}).get("workerTemplate", {})  # type: ignore[no-any-return]


def _first_container(target: Mapping[str, Any]) -> Mapping[str, Any]:
    containers = _template(target).get("spec", {}).get("containers") or [{}]
    return containers[0]  # type: ignore[no-any-return]


def template_labels(target: Mapping[str, Any]) -> dict[str, str]:
    """Labels that the pods of a scale target get."""
    return dict(_template(target).get("metadata", {}).get("labels") or {})


def _flags(words: Iterable[str]) -> dict[str, str]:
    """`--name=value` and `--name value` of a command line."""
    flags: dict[str, str] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if equals:
                flags[name] = value
                name = ""
        elif name:
            flags[name] = word
            name = ""
    return flags


def _int(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default


def _float(text: Any, default: float) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return default


def find_variants(store: Store, namespace: str) -> list[FoundVariant]:
    """VariantAutoscaling objects, then managed ScaledObjects, then managed HPAs; by name.

    A scale target appears only with the first that declares it (precedence of WVA v0.8.0).
    """
    variants: list[FoundVariant] = []
    taken: set[tuple[str, str]] = set()
    for kind in ("VariantAutoscaling", "ScaledObject", "HorizontalPodAutoscaler"):
        for obj in store.list(kind, namespace):
            variant = _variant(store, kind, obj)
            if variant is None:
                continue
            key = (variant.target["kind"], variant.target_name)
            if key not in taken:
                taken.add(key)
                variants.append(variant)
    return sorted(variants, key=lambda v: v.name)


def _variant(store: Store, kind: str, obj: dict[str, Any]) -> FoundVariant | None:
    metadata, spec = obj["metadata"], obj.get("spec", {})
    notes = metadata.get("annotations") or {}
    if kind == "VariantAutoscaling":
        model, cost = spec.get("modelID", ""), spec.get("variantCost")
    else:
        if notes.get(MANAGED_KEY) != "true":
            return None
        model, cost = notes.get(MODEL_KEY, ""), notes.get(COST_KEY)
    # Up to v0.4.2 an object without a reference scales the Deployment of its own name.
    ref = spec.get("scaleTargetRef") or {"kind": "Deployment", "name": metadata["name"]}
    target = store.get(ref.get("kind", "Deployment"), metadata["namespace"], ref["name"])
    if target is None or not model:
        return None
    low = spec.get("minReplicas", spec.get("minReplicaCount"))
    high = spec.get("maxReplicas", spec.get("maxReplicaCount"))
    allocated = (obj.get("status") or {}).get("desiredOptimizedAlloc") or {}
    return FoundVariant(
        name=metadata["name"],
        namespace=metadata["namespace"],
        kind=kind,
        model=model,
        accelerator=_accelerator(obj, target),
        cost=_float(cost, 10.0),
        # If unset, an HPA keeps one replica, while KEDA may scale to zero.
        min=int(low) if low is not None else int(kind != "ScaledObject"),
        max=0 if high is None else int(high),
        target=target,
        desired=int(allocated.get("numReplicas") or 0),
    )


def _accelerator(obj: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    label = (obj["metadata"].get("labels") or {}).get(ACCELERATOR_LABEL)
    if label:
        return str(label)
    template = _template(target)
    chosen = template.get("spec", {}).get("nodeSelector") or {}
    for key in _PRODUCTS:
        if key in chosen:
            return str(chosen[key])
    labels = (target["metadata"].get("labels") or {}) | (
        template.get("metadata", {}).get("labels") or {}
    )
    return str(labels.get(ACCELERATOR_LABEL, ""))


def pods_of(store: Store, variant: FoundVariant) -> list[dict[str, Any]]:
    """Pods that match the scale target's selector and are not being deleted, by name."""
    spec = variant.target.get("spec", {})
    labels = (spec.get("selector") or {}).get("matchLabels")
    if not labels:
        labels = {"leaderworkerset.sigs.k8s.io/name": variant.target_name}
    return [
        pod
        for pod in store.list("Pod", variant.namespace, labels)
        if not pod["metadata"].get("deletionTimestamp")
    ]
