"""Rights that making, following and deleting load needs, by the kind of its object."""

from wvatui.kube.client import Client
from wvatui.kube.paths import JOB, PIPELINE_RUN, POD, TASK_RUN, Kind
from wvatui.kube.rights import allowed

Right = tuple[str, Kind, str]
"""(verb, kind, subresource)."""


def _whole(kind: Kind) -> tuple[Right, ...]:
    return tuple((verb, kind, "") for verb in ("create", "delete", "list", "watch"))


_PODS: tuple[Right, ...] = (("list", POD, ""), ("watch", POD, ""), ("get", POD, "log"))
NEEDED: dict[str, tuple[Right, ...]] = {
    "Job": (*_whole(JOB), *_PODS),
    "PipelineRun": (*_whole(PIPELINE_RUN), ("list", TASK_RUN, ""), ("watch", TASK_RUN, ""), *_PODS),
}
"""Kind of the object → what must be allowed."""


async def missing_rights(client: Client, namespace: str, kind: str = "Job") -> list[str]:
    """What may not be done in `namespace`, as "create jobs.batch"; nobody would say: nothing."""
    found = []
    for verb, what, sub in NEEDED[kind]:
        if await allowed(client, namespace, verb, what.plural, what.group, sub) is False:
            found.append(f"{verb} {what.resource}{'/' + sub if sub else ''}")
    return found
