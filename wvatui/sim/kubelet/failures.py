"""Planned failures of pods, set by an annotation of the pod or by a plan."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from wvatui.core.kube_object import Object
from wvatui.sim.run.box import Sleep, Steps

FAIL = "sim.wvatui.dev/fail"
"""Annotation of a pod (or a Job's template): `KIND[,after=SECONDS][,code=N]`."""
BACKOFF_S = (10.0, 300.0)
"""First and longest wait before a container is started again, or an image pulled again
(Kubernetes pkg/kubelet/kubelet.go, imageBackOff)."""
KINDS = ("image-pull", "exit", "oom", "evicted", "unschedulable")


@dataclass(frozen=True)
class Failure:
    """A failure of a pod, `after_s` seconds after its main container has started."""

    kind: str
    after_s: float = 20.0
    code: int = 1
    """Exit code, for the kind `exit`."""


def parse(text: str) -> Failure:
    """The failure described by a text. Raises ValueError that names the mistake."""
    kind, *rest = [part.strip() for part in text.split(",")]
    if kind not in KINDS:
        raise ValueError(f"no such failure: {kind}; there are {', '.join(KINDS)}")
    values = dict(part.partition("=")[::2] for part in rest)
    if unknown := set(values) - {"after", "code"}:
        raise ValueError(f"a failure has no {sorted(unknown)[0]!r}")
    return Failure(kind, float(values.get("after", 20)), int(values.get("code", 1)))


class Failures:
    """The planned failures, by pod."""

    def __init__(self) -> None:
        self._planned: list[tuple[re.Pattern[str], Failure, list[int]]] = []

    def plan(self, pods: str, failure: Failure, times: int | None = None) -> None:
        """Let pods whose names match the expression fail; only the first `times` of them."""
        self._planned.append((re.compile(pods), failure, [-1 if times is None else times]))

    def of(self, pod: Object) -> Failure | None:
        """The failure of a pod, if there is one; counts it."""
        text = (pod["metadata"].get("annotations") or {}).get(FAIL, "")
        if text:
            try:
                return parse(text)
            except ValueError:
                return None
        for pattern, failure, left in self._planned:
            if left[0] and pattern.search(pod["metadata"]["name"]):
                left[0] -= 1
                return failure
        return None


def cannot_be_pulled(image: str) -> bool:
    """Whether the image's registry has a name that never resolves (RFC 2606)."""
    host, slash, _ = image.partition("/")
    return bool(slash) and host.partition(":")[0].endswith(".invalid")


def failed_pull(
    image: str,
    tell: Callable[[str, str, str], None],
    waits: Callable[[str, str], None],
    is_wanted: Callable[[], bool],
) -> Steps:
    """Try to pull, fail, and wait longer each time, as long as the image is wanted.

    `tell`: emits an Event (reason, text, type) about the pod; `waits`: sets the reason and the
    message for which its container waits.
    """
    wait_s = BACKOFF_S[0]
    while is_wanted():
        tell("Pulling", f'Pulling image "{image}"', "Normal")
        yield Sleep(1.5)
        why = (
            f'failed to pull and unpack image "{image}": failed to resolve reference "{image}":'
            " not found"
        )
        tell("Failed", f'Failed to pull image "{image}": {why}', "Warning")
        tell("Failed", "Error: ErrImagePull", "Warning")
        waits("ErrImagePull", why)
        yield Sleep(2.0)
        back = f'Back-off pulling image "{image}"'
        tell("BackOff", back, "Normal")
        tell("Failed", "Error: ImagePullBackOff", "Warning")
        waits("ImagePullBackOff", back)
        yield Sleep(wait_s)
        wait_s = min(2 * wait_s, BACKOFF_S[1])
    return 0
