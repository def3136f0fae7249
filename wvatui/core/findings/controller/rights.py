"""Rights that are missing: ours to look, and those of the controllers to act."""

import re
from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.queries.health.health_rows import TITLES

_FORBIDDEN = re.compile(
    r'is forbidden: User "(?P<who>[^"]*)" cannot (?P<verb>\w+) resource "(?P<what>[^"]*)"'
    r'(?: in API group "(?P<group>[^"]*)")?'
)
"""The API server's words (Kubernetes pkg/registry/rbac, apiserver responsewriters/errors.go)."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for source in look.state.sources.values():
        if source.status != "denied":
            continue
        right = f"{source.verb} {source.resource}".strip() or "what it asks for"
        title = TITLES.get(source.source, source.source)
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"not allowed to {right}: {title} cannot be seen",
            about=f"source/{source.source}",
            evidence=(Evidence(source.text, source.source, "API server", look.age(source.since)),),
            advice="apply deploy/role.yaml, or ask for the right: kubectl auth can-i"
            f" {source.verb or 'list'} {source.resource.partition(',')[0] or 'pods'}",
        )
    seen: dict[tuple[str, str, str], Evidence] = {}
    for entry in look.lines:
        found = _FORBIDDEN.search(f"{entry.message} {entry.error}")
        if found is not None:
            seen.setdefault((found["who"], found["verb"], found["what"]), look.line(entry))
    for event in look.state.kube_events.last(200):
        found = _FORBIDDEN.search(event.message)
        if found is not None and look.now - (event.last_at or event.at) <= 600.0:
            seen.setdefault((found["who"], found["verb"], found["what"]), look.event(event))
    for (who, verb, what), evidence in seen.items():
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{who} may not {verb} {what}",
            about=f"right/{who}/{verb}/{what}",
            evidence=(evidence,),
            advice=f"give it the right: kubectl auth can-i {verb} {what} --as={who}",
        )


RULE = FindingRule("missing-rights", "a right is missing", "blocker", _find, rank=170)
