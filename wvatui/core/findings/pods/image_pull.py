"""Replicas whose image cannot be pulled, or is still being pulled after a long time."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.findings.pods.failing_probes import crashes
from wvatui.core.kube_object import bare
from wvatui.core.lines import many

_FAILED = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
)
"""Reasons of the kubelet (Kubernetes pkg/kubelet/images/types.go)."""
LONG_S = 600.0
"""Seconds after which a pull without failure is reported; an engine's image has some 10 GB."""


def _find(look: FindingContext) -> Iterator[Finding]:
    groups: dict[tuple[str, str, bool], list[ev.Pod]] = {}
    for pod in look.model_pods:
        if pod.deleting_at is not None:
            continue
        failed = pod.reason.removeprefix("Init:") in _FAILED
        waits = (
            pod.scheduled_at is not None
            and pod.started_at is None
            and pod.phase == "Pending"
            and not crashes(pod)
        )
        if failed or (waits and (look.age(pod.scheduled_at) or 0.0) > LONG_S):
            key = (look.variant_of(pod) or pod.owner_name, _image(look, pod), failed)
            groups.setdefault(key, []).append(pod)
    for (variant, image, failed), pods in groups.items():
        yield _finding(look, variant, image, failed, pods)


def _finding(
    look: FindingContext, variant: str, image: str, failed: bool, pods: list[ev.Pod]
) -> Finding:
    oldest = max(pods, key=lambda pod: look.age(pod.scheduled_at) or 0.0)
    count = many(len(pods), "replica")
    reason = oldest.reason.removeprefix("Init:")
    age_s = look.age(oldest.scheduled_at)
    title = f"{count} of {variant} cannot pull the image: {reason}"
    if not failed:
        title = f"{count} of {variant} still being made after {age_s:.0f} s: {reason}"
    told = look.kube_events(
        "Pod",
        (oldest.name,),
        ("Failed", "BackOff", "FailedMount", "FailedCreatePodSandBox"),
    )
    return Finding(
        rule=RULE.id,
        severity="blocked" if failed else "warning",
        title=title,
        about=f"variant/{oldest.namespace}/{variant}",
        evidence=(
            look.pod_state(oldest, oldest.scheduled_at),
            *((Evidence(f"image {image}", f"Pod/{oldest.name}", "object"),) if image else ()),
            *(look.event(event) for event in told[:2]),
        ),
        advice="check the image's name and tag, the pull secret and the registry:"
        f" kubectl -n {oldest.namespace} describe pod {bare(oldest.name)}",
        variant=variant,
    )


def _image(look: FindingContext, pod: ev.Pod) -> str:
    link = next((item for item in look.links if pod.name in item.pods), None)
    return link.workload.image if link is not None and link.workload is not None else ""


RULE = FindingRule("image-pull", "an image cannot be pulled", "blocker", _find, rank=90)
