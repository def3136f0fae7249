"""Scale targets: Deployments, StatefulSets and LeaderWorkerSets."""

from wvatui.core.events import Workload
from wvatui.core.kube_object import ReadObject
from wvatui.core.label_selector import Requirement
from wvatui.core.redact import LIMIT
from wvatui.sources.objects.fields import (
    at,
    conditions,
    items,
    moment,
    name_of,
    strings,
    table,
    text,
    whole,
)
from wvatui.sources.objects.pod import containers_of, owner_of, role_of

ACCELERATOR_LABEL = "inference.optimization/acceleratorName"
PRODUCT_LABELS = (
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
)
"""Node labels that name an accelerator (WVA v0.8.0 internal/constants/constants.go:50)."""


def decode_deployment(obj: ReadObject, now: float) -> Workload:
    """A Deployment object as an event at `now`."""
    return _workload("Deployment", obj, now, table(obj, "spec", "template"))


def decode_stateful_set(obj: ReadObject, now: float) -> Workload:
    """A StatefulSet object as an event at `now`."""
    return _workload("StatefulSet", obj, now, table(obj, "spec", "template"))


def decode_leader_worker_set(obj: ReadObject, now: float) -> Workload:
    """A LeaderWorkerSet object as an event at `now`; its replicas are groups."""
    template = table(obj, "spec", "leaderWorkerTemplate", "leaderTemplate") or table(
        obj, "spec", "leaderWorkerTemplate", "workerTemplate"
    )
    return _workload("LeaderWorkerSet", obj, now, template)


def role_of_template(obj: ReadObject) -> str:
    """The role of a workload's pods, as far as its template shows it."""
    template = table(obj, "spec", "template") or table(
        obj, "spec", "leaderWorkerTemplate", "workerTemplate"
    )
    return role_of(strings(template, "metadata", "labels"), table(template, "spec"))


def _workload(kind: str, obj: ReadObject, now: float, template: ReadObject) -> Workload:
    namespace, name = name_of(obj)
    images = [image for _, image in containers_of(table(template, "spec")) if image]
    return Workload(
        now,
        kind=kind,
        name=name,
        namespace=namespace,
        spec=whole(obj, "spec", "replicas"),
        replicas=_counted(obj, "replicas"),
        ready=_counted(obj, "readyReplicas"),
        # The status of a LeaderWorkerSet has no such count.
        available=None if kind == "LeaderWorkerSet" else _counted(obj, "availableReplicas"),
        updated=_counted(obj, "updatedReplicas"),
        selector=strings(obj, "spec", "selector", "matchLabels"),
        labels=strings(obj, "metadata", "labels"),
        accelerator=_accelerator(obj, template),
        image=images[0] if images else "",
        conditions=conditions(obj),
        created_at=moment(obj, "metadata", "creationTimestamp"),
        images={name: image for name, image in containers_of(table(template, "spec")) if image},
        arguments=_arguments(template),
        paused=at(obj, "spec", "paused") is True,
        requirements=requirements_of(obj),
        owner_kind=text(owner_of(obj), "kind"),
    )


def requirements_of(obj: ReadObject) -> tuple[Requirement, ...]:
    """The requirements of an object's selector beyond matchLabels."""
    return tuple(
        Requirement(
            text(item, "key"),
            text(item, "operator"),
            tuple(v for v in values if isinstance(v, str))
            if isinstance(values := item.get("values"), list)
            else (),
        )
        for item in items(obj, "spec", "selector", "matchExpressions")
    )


def _arguments(template: ReadObject) -> dict[str, tuple[str, ...]]:
    """Command and arguments of each container, without what must not be recorded."""
    found = {}
    for one in items(template, "spec", "containers"):
        words = [
            word[:LIMIT]
            for key in ("command", "args")
            if isinstance(given := at(one, key), list)
            for word in given
            if isinstance(word, str)
        ]
        if words:
            found[text(one, "name")] = tuple(words)
    return found


def _counted(obj: ReadObject, name: str) -> int | None:
    """A count in the status; the API omits a zero, so it is 0 where a controller has written a
    status."""
    found = whole(obj, "status", name)
    return 0 if found is None and table(obj, "status") else found


def _accelerator(obj: ReadObject, template: ReadObject) -> str:
    chosen = strings(template, "spec", "nodeSelector")
    for key in PRODUCT_LABELS:
        if key in chosen:
            return chosen[key]
    affinity = table(
        template,
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    )
    for term in items(affinity, "nodeSelectorTerms"):
        for rule in items(term, "matchExpressions"):
            values = rule.get("values")
            if text(rule, "key") in PRODUCT_LABELS and isinstance(values, list) and values:
                return str(values[0])
    labels = strings(obj, "metadata", "labels") | strings(template, "metadata", "labels")
    return labels.get(ACCELERATOR_LABEL, "")
