"""What the credentials may do, asked from the API server itself, and when to ask again."""

from wvatui.errors import ClusterError
from wvatui.kube.client import Client

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SLOW_S = 60.0
"""Seconds between two tries for what was never granted."""
SOON_S = 8.0
"""Longest wait for what was granted before, seconds, during the first minute of refusals."""


class RightRetry:
    """When to try again what was refused.

    An API server that comes up refuses everything until its RBAC rules are loaded. A right that
    worked before is therefore tried again after 1, 2, 4 and 8 s, then every 8 s for a minute, and
    once a minute after that. A right that never worked is tried once a minute.
    """

    def __init__(self) -> None:
        self._waited_s = SLOW_S

    def worked(self) -> None:
        """It was granted."""
        self._waited_s = 0.0

    def wait_s(self) -> float:
        """It was refused: seconds to wait before the next try."""
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
