"""What the credentials may do, asked from the API server itself."""

from wvatui.errors import ClusterError
from wvatui.kube.client import Client

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


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
