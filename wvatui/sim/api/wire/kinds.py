"""The resources of the simulated API server: groups, names, verbs and subresources."""

from collections.abc import Iterable
from dataclasses import dataclass

from wvatui.sim.store import CLUSTER_SCOPED

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
"""Of every resource."""


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

_TABLE = """
ConfigMap                cm        -                 v1
Event                    ev        -                 v1
Namespace                ns        status            v1
Node                     no        status            v1
PersistentVolumeClaim    pvc       status            v1
Pod                      po        log,proxy,status  v1  all
ResourceQuota            quota     status            v1
Secret                   -         -                 v1
ServiceAccount           sa        -                 v1
Service                  svc       proxy,status      v1  all
Deployment               deploy    scale,status      apps/v1  all
StatefulSet              sts       scale,status      apps/v1  all
ReplicaSet               rs        scale,status      apps/v1  all
HorizontalPodAutoscaler  hpa       status            autoscaling/v2  all
Job                      -         status            batch/v1  all
Lease                    -         -                 coordination.k8s.io/v1
VariantAutoscaling       va        status            llmd.ai/v1alpha1
ScaledObject             so        status            keda.sh/v1alpha1  all,keda
LeaderWorkerSet          lws       scale,status      leaderworkerset.x-k8s.io/v1
InferencePool            infpool   status            inference.networking.k8s.io/v1
Gateway                  gtw       status            gateway.networking.k8s.io/v1
HTTPRoute                -         status            gateway.networking.k8s.io/v1
PodMonitor               pmon      -                 monitoring.coreos.com/v1
ServiceMonitor           smon      -                 monitoring.coreos.com/v1
Task                     -         -                 tekton.dev/v1  tekton,tekton-pipelines
TaskRun                  tr,trs    status            tekton.dev/v1  tekton,tekton-pipelines
Pipeline                 -         -                 tekton.dev/v1  tekton,tekton-pipelines
PipelineRun              pr,prs    status            tekton.dev/v1  tekton,tekton-pipelines
InferencePool            xinfpool  status            inference.networking.x-k8s.io/v1alpha2
"""
"""Kind, short names, subresources (`-`: none), apiVersion, and categories, if there are any."""


def _resource(kind: str, short: str, parts: str, api_version: str, among: str = "-") -> Resource:
    group, _, version = api_version.rpartition("/")
    texts = (() if text == "-" else tuple(text.split(",")) for text in (short, parts, among))
    short_names, subresources, categories = texts
    is_custom = group in CRD_GROUPS or group == TEKTON
    plural, namespaced = f"{kind.lower()}s", kind not in CLUSTER_SCOPED
    return Resource(
        group, version, plural, kind, short_names, namespaced, is_custom, subresources, categories
    )


RESOURCES = tuple(_resource(*row.split()) for row in _TABLE.strip().splitlines())


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
