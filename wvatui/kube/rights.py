"""The rights of the credentials, as the API server reports them, and when to try again after a
refusal."""

from wvatui.errors import ClusterError
from wvatui.kube.client import Client

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SLOW_S = 60.0
"""Seconds between two tries of a request that was never granted."""
SOON_S = 8.0
"""Longest wait in the first minute of refusals for a request that was granted before, seconds."""


class RightRetry:
    """Decides when to try again after a refusal.

    An API server that is starting refuses everything until its RBAC rules are loaded. A request
    that worked before is therefore tried again after 1, 2, 4 and 8 s, then every 8 s for a minute,
    and once a minute after that. One that never worked is tried once a minute.
    """

    def __init__(self) -> None:
        self._waited_s = SLOW_S

    def worked(self) -> None:
        """Note that the request was granted."""
        self._waited_s = 0.0

    def wait_s(self) -> float:
        """Note that the request was refused; returns the seconds to wait before the next try."""
        if self._waited_s >= SLOW_S:
            return SLOW_S
        wait_s = min(SOON_S, self._waited_s + 1.0)
        self._waited_s += wait_s
        return wait_s


async def allowed(
    client: Client,
    namespace: str,
    verb: str,
    resource: str,
    group: str = "",
    subresource: str = "",
) -> bool | None:
    """Whether `verb` on `resource` in `namespace` is granted; None when the server does not say."""
    attributes = {"namespace": namespace, "verb": verb, "group": group, "resource": resource}
    if subresource:
        attributes["subresource"] = subresource
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        answer = await client.post_json(PATH, review)
    except ClusterError:
        return None
    status = answer.get("status")
    return bool(status.get("allowed")) if isinstance(status, dict) else None
