"""The pull of an image for a replica: done after a while, or failing for good."""

from collections.abc import Callable

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim.pod_json import container_status, image_of

BACKOFF_S = (10.0, 300.0)
"""First and longest wait between two tries (Kubernetes pkg/kubelet/kubelet.go, imageBackOff)."""
PullOutcome = Callable[..., None]


class FailedPull:
    """Tries to pull, fails, waits longer each time, as long as the pod is there."""

    def __init__(
        self,
        timeline: Timeline,
        alive: Callable[[], Object | None],
        change: Callable[[Object, Callable[[Object], None]], Object],
        told: PullOutcome,
    ) -> None:
        self._timeline, self._alive, self._change, self._told = timeline, alive, change, told
        self._wait_s = BACKOFF_S[0]

    def start(self) -> None:
        """One try."""
        pod = self._alive()
        if pod is None:
            return
        image = image_of(pod)
        self._told(pod, "Pulling", f'Pulling image "{image}"')
        self._timeline.call_after(1.5, self._fail)

    def _fail(self) -> None:
        pod = self._alive()
        if pod is None:
            return
        image = image_of(pod)
        why = (
            f'failed to pull and unpack image "{image}": failed to resolve reference "{image}":'
            " not found"
        )
        self._told(pod, "Failed", f'Failed to pull image "{image}": {why}', kind="Warning")
        self._told(pod, "Failed", "Error: ErrImagePull", kind="Warning")
        self._waits(pod, "ErrImagePull", why)
        self._timeline.call_after(2.0, self._back_off)

    def _back_off(self) -> None:
        pod = self._alive()
        if pod is None:
            return
        text = f'Back-off pulling image "{image_of(pod)}"'
        self._told(pod, "BackOff", text)
        self._told(pod, "Failed", "Error: ImagePullBackOff", kind="Warning")
        self._waits(pod, "ImagePullBackOff", text)
        self._timeline.call_after(self._wait_s, self.start)
        self._wait_s = min(2 * self._wait_s, BACKOFF_S[1])

    def _waits(self, pod: Object, reason: str, message: str) -> None:
        def change(obj: Object) -> None:
            state = {"waiting": {"reason": reason, "message": message}}
            obj["status"]["containerStatuses"] = [container_status(obj, state, ready=False)]

        self._change(pod, change)
