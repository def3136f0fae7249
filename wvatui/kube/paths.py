"""URL paths of the kinds that wvatui reads, one row per kind."""

from typing import NamedTuple
from urllib.parse import quote


class Kind(NamedTuple):
    """The API group, version and resource name of a kind of object."""

    kind: str
    plural: str
    group: str = ""
    version: str = "v1"

    def path(self, namespace: str = "") -> str:
        """Path of the collection; without a namespace, that of the whole cluster."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{root}{inside}/{self.plural}"

    @property
    def resource(self) -> str:
        """The resource name as RBAC and kubectl write it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


POD = Kind("Pod", "pods")
CONFIG_MAP = Kind("ConfigMap", "configmaps")
EVENT = Kind("Event", "events")
DEPLOYMENT = Kind("Deployment", "deployments", "apps")
STATEFUL_SET = Kind("StatefulSet", "statefulsets", "apps")
LEADER_WORKER_SET = Kind("LeaderWorkerSet", "leaderworkersets", "leaderworkerset.x-k8s.io")
AUTOSCALER = Kind("HorizontalPodAutoscaler", "horizontalpodautoscalers", "autoscaling", "v2")
SCALED_OBJECT = Kind("ScaledObject", "scaledobjects", "keda.sh", "v1alpha1")
VARIANT_AUTOSCALING = Kind("VariantAutoscaling", "variantautoscalings", "llmd.ai", "v1alpha1")
LEASE = Kind("Lease", "leases", "coordination.k8s.io")
JOB = Kind("Job", "jobs", "batch")
PIPELINE_RUN = Kind("PipelineRun", "pipelineruns", "tekton.dev")
TASK_RUN = Kind("TaskRun", "taskruns", "tekton.dev")
PIPELINE = Kind("Pipeline", "pipelines", "tekton.dev")
SERVICE = Kind("Service", "services")
POD_MONITOR = Kind("PodMonitor", "podmonitors", "monitoring.coreos.com")
SERVICE_MONITOR = Kind("ServiceMonitor", "servicemonitors", "monitoring.coreos.com")
POOLS = (
    Kind("InferencePool", "inferencepools", "inference.networking.k8s.io"),
    Kind("InferencePool", "inferencepools", "inference.networking.x-k8s.io", "v1alpha2"),
)

KINDS = (
    POD,
    CONFIG_MAP,
    EVENT,
    DEPLOYMENT,
    STATEFUL_SET,
    LEADER_WORKER_SET,
    AUTOSCALER,
    SCALED_OBJECT,
    VARIANT_AUTOSCALING,
    LEASE,
)
