"""A metrics page that requires its own credentials, which no right in the cluster replaces."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.kube_object import bare
from wvatui.core.state.session_window import is_outside

MISSES = 2
"""Refused scrapes in a row."""
_MODEL = (
    "no role in the cluster opens it, and wvatui sends no credentials to pods: serve /metrics"
    " without them on a port of its own, or leave it out of what guards the server"
)
_OUTSIDE = "give its token with --token-file, or its user and password in the URL"
_EPP = (
    "no role for pods opens it, and wvatui sends no credentials to pods: turn off the endpoint"
    " picker's flag metrics-endpoint-auth, or read its metrics in Prometheus with a token that may"
    " get /metrics (a ClusterRole with nonResourceURLs)"
)


def _find(look: FindingContext) -> Iterator[Finding]:
    for pod in look.model_pods:
        watched = look.state.watched.get(pod.name)
        miss = watched.failure if watched is not None else None
        if watched is None or miss is None or miss.why != "guarded" or watched.failures < MISSES:
            continue
        last = watched.history.last
        if last is not None and last.at > miss.at:
            continue
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"the metrics page of {pod.name} wants credentials of its own",
            about=f"Pod/{pod.namespace}/{bare(pod.name)}/page",
            evidence=(Evidence(miss.text, f"Pod/{pod.name}", "metrics page", look.age(miss.at)),),
            advice=_OUTSIDE if is_outside(look.state.header) else _MODEL,
            variant=look.variant_of(pod),
        )
    for source in look.state.sources.values():
        if source.source != "epp" or not (source.status == "guarded" or source.guarded):
            continue
        names = ", ".join(map(bare, source.guarded))
        who, whole = f"the endpoint picker {names}".rstrip(), "the gateway"
        wants = "wants a token of its own for its metrics"
        if names:
            whole = "what it serves"
        if len(source.guarded) > 1:
            who, whole = f"the endpoint pickers {names}", "what they serve"
            wants = "want tokens of their own for their metrics"
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"{who} {wants}: {whole} cannot be seen",
            about=f"source/{source.key}",
            evidence=(Evidence(source.text, "epp", "metrics page", look.age(source.since)),),
            advice=_EPP,
        )


RULE = FindingRule(
    "guarded-page", "a metrics page wants credentials of its own", "blocker", _find, rank=175
)
