"""The metrics API that an HPA reads does not exist, or its server does not answer.

The API server returns 404 for an API that nobody registered, 503 for an APIService whose server is
down (Kubernetes pkg/controller/podautoscaler/metrics/client.go). A server that answers with an
error, as KEDA does while a trigger's Prometheus is down, is not missing.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.rules.keda.keda_made import NAME_LABEL

_ABSENT = re.compile(
    r"could not find the requested resource|no matches for kind|the server is currently unable to"
    r" handle the request|no (?:custom|external) metrics API|error trying to reach service",
    re.IGNORECASE,
)
_GROUPS = {"FailedGetExternalMetric": "external.metrics.k8s.io"} | {
    f"FailedGet{source}Metric": "metrics.k8s.io" for source in ("Resource", "ContainerResource")
}
"""API group of the metrics that could not be read, by the condition's reason."""

_SERVERS = {
    "external.metrics.k8s.io": "Prometheus adapter, or KEDA's metrics server",
    "metrics.k8s.io": "metrics-server",
}


def metrics_api(hpa: ev.Autoscaler) -> ev.Condition | None:
    """The condition that reports a missing metrics API; None: it is not missing."""
    told = condition_of(hpa.conditions, "ScalingActive")
    missing = told is not None and told.status == "False" and _ABSENT.search(told.message)
    return told if missing else None


def how_to_ask(hpa: ev.Autoscaler, kind: str, metric: str) -> str:
    """The command that asks for a metric of type `kind` as the HPA does."""
    space = f"v1beta1/namespaces/{hpa.namespace}"
    if kind in ("Resource", "ContainerResource"):
        return f"kubectl get --raw '/apis/metrics.k8s.io/{space}/pods'"
    if kind == "Pods":
        return f"kubectl get --raw '/apis/custom.metrics.k8s.io/{space}/pods/*/{metric}'"
    if kind == "Object":
        return f"kubectl get --raw '/apis/custom.metrics.k8s.io/{space}/RESOURCE/NAME/{metric}'"
    # KEDA's metrics server refuses a request that does not name the ScaledObject.
    whose = f"?labelSelector={quote(f'{NAME_LABEL}={hpa.scaled_object}', safe='')}"
    whose *= bool(hpa.scaled_object)
    return f"kubectl get --raw '/apis/external.metrics.k8s.io/{space}/{metric}{whose}'"


def without_request(told: ev.Condition | None) -> str:
    """What to do where a container requests nothing of a resource; empty: that is not why."""
    if told is None or "missing request for" not in told.message:
        return ""
    return (
        "give the container that the message names a request of it: the HPA takes the share of what"
        " the pods request"
    )


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), hpa in sorted(look.state.hpas.items()):
        told = metrics_api(hpa)
        if told is None:
            continue
        group = _GROUPS.get(told.reason, "custom.metrics.k8s.io")
        names = ", ".join(metric.name for metric in hpa.metrics) or "its metrics"
        link = look.link_of(hpa)
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"nobody serves {group}: HPA {name} cannot read {names}",
            about=f"HPA/{namespace}/{name}",
            evidence=(look.condition(told, f"HPA/{name}", whole=True), *look.wishes(link)),
            advice=f"kubectl get apiservice v1beta1.{group}; install or repair what serves it"
            f" ({_SERVERS.get(group, 'Prometheus adapter')})",
            variant=link.name if link is not None else "",
        )


RULE = FindingRule(
    "metrics-adapter-missing", "metrics adapter is missing", "blocker", _find, rank=20
)
