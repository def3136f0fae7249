"""The resources of the simulated API server: groups, names, verbs and subresources."""

from collections.abc import Iterable
from dataclasses import dataclass

READ_WRITE = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


@dataclass(frozen=True)
class Resource:
    """One resource of one group version. `custom`: defined by a CRD, so it may be missing."""

    group: str
    version: str
    plural: str
    kind: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    custom: bool = False
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = READ_WRITE

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`pods`, `deployments.apps`: the name in messages."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def holds(self, api_version: str) -> bool:
        """Whether an object with this apiVersion belongs to this resource."""
        group = api_version.rpartition("/")[0]
        return group == self.group


LLMD = "llmd.ai"
KEDA = "keda.sh"
LWS = "leaderworkerset.x-k8s.io"
GATEWAYS = "gateway.networking.k8s.io"
POOLS = "inference.networking.k8s.io"
POOLS_ALPHA = "inference.networking.x-k8s.io"
TEKTON = "tekton.dev"
MONITORING = "monitoring.coreos.com"
CRD_GROUPS = frozenset({LLMD, KEDA, LWS, POOLS, POOLS_ALPHA, GATEWAYS, MONITORING})
"""Installed unless a scenario says otherwise; Tekton is not."""

_SCALED = ("scale", "status")
RESOURCES = (
    Resource("", "v1", "configmaps", "ConfigMap", ("cm",)),
    Resource("", "v1", "events", "Event", ("ev",)),
    Resource("", "v1", "namespaces", "Namespace", ("ns",), False, subresources=("status",)),
    Resource("", "v1", "nodes", "Node", ("no",), False, subresources=("status",)),
    Resource(
        "",
        "v1",
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        ("pvc",),
        subresources=("status",),
    ),
    Resource("", "v1", "pods", "Pod", ("po",), True, False, ("log", "proxy", "status"), ("all",)),
    Resource(
        "",
        "v1",
        "resourcequotas",
        "ResourceQuota",
        ("quota",),
        subresources=("status",),
    ),
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", ("sa",)),
    Resource("", "v1", "services", "Service", ("svc",), True, False, ("proxy", "status"), ("all",)),
    Resource(
        "apps", "v1", "deployments", "Deployment", ("deploy",), True, False, _SCALED, ("all",)
    ),
    Resource("apps", "v1", "statefulsets", "StatefulSet", ("sts",), True, False, _SCALED, ("all",)),
    Resource("apps", "v1", "replicasets", "ReplicaSet", ("rs",), True, False, _SCALED, ("all",)),
    Resource(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        ("hpa",),
        True,
        False,
        ("status",),
        ("all",),
    ),
    Resource("batch", "v1", "jobs", "Job", (), True, False, ("status",), ("all",)),
    Resource("coordination.k8s.io", "v1", "leases", "Lease"),
    Resource(
        LLMD,
        "v1alpha1",
        "variantautoscalings",
        "VariantAutoscaling",
        ("va",),
        True,
        True,
        ("status",),
    ),
    Resource(
        KEDA,
        "v1alpha1",
        "scaledobjects",
        "ScaledObject",
        ("so",),
        True,
        True,
        ("status",),
        ("all", "keda"),
    ),
    Resource(LWS, "v1", "leaderworkersets", "LeaderWorkerSet", ("lws",), True, True, _SCALED),
    Resource(POOLS, "v1", "inferencepools", "InferencePool", ("infpool",), True, True, ("status",)),
    Resource(GATEWAYS, "v1", "gateways", "Gateway", ("gtw",), True, True, ("status",)),
    Resource(GATEWAYS, "v1", "httproutes", "HTTPRoute", (), True, True, ("status",)),
    Resource(MONITORING, "v1", "podmonitors", "PodMonitor", ("pmon",), True, True),
    Resource(MONITORING, "v1", "servicemonitors", "ServiceMonitor", ("smon",), True, True),
    Resource(TEKTON, "v1", "tasks", "Task", (), True, True, (), ("tekton", "tekton-pipelines")),
    Resource(
        TEKTON,
        "v1",
        "taskruns",
        "TaskRun",
        ("tr", "trs"),
        True,
        True,
        ("status",),
        ("tekton", "tekton-pipelines"),
    ),
    Resource(
        TEKTON, "v1", "pipelines", "Pipeline", (), True, True, (), ("tekton", "tekton-pipelines")
    ),
    Resource(
        TEKTON,
        "v1",
        "pipelineruns",
        "PipelineRun",
        ("pr", "prs"),
        True,
        True,
        ("status",),
        ("tekton", "tekton-pipelines"),
    ),
    Resource(
        POOLS_ALPHA,
        "v1alpha2",
        "inferencepools",
        "InferencePool",
        ("xinfpool",),
        True,
        True,
        ("status",),
    ),
)


class Catalogue:
    """The resources that exist now: all built-in ones, and those whose CRD is installed."""

    def __init__(self, crds: Iterable[str] = CRD_GROUPS) -> None:
        self.crds = set(crds)

    def all(self) -> list[Resource]:
        """Every installed resource."""
        return [
            resource for resource in RESOURCES if not resource.custom or resource.group in self.crds
        ]

    def groups(self) -> dict[str, str]:
        """Group name -> its version, without the core group; authorization included."""
        groups = {resource.group: resource.version for resource in self.all() if resource.group}
        return dict(sorted({**groups, "authorization.k8s.io": "v1"}.items()))

    def of(self, group: str, version: str) -> list[Resource]:
        """Resources of one group version."""
        return [
            resource
            for resource in self.all()
            if (resource.group, resource.version) == (group, version)
        ]

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource of that name, if it is installed."""
        return next(
            (resource for resource in self.of(group, version) if resource.plural == plural), None
        )
