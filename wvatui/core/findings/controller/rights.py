"""Missing rights: of this session to read, and of the controllers to act."""

import re
from collections.abc import Iterator

from wvatui.core.findings.complaints import holds_in_cycles, holds_until_retried
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.queries.health.health_rows import expected, title_of
from wvatui.core.state.state import LogEntry

_FORBIDDEN = re.compile(
    r'is forbidden: User "(?P<who>[^"]*)" cannot (?P<verb>\w+) resource "(?P<what>[^"]*)"'
    r'(?: in API group "(?P<group>[^"]*)")?(?: in the namespace "(?P<namespace>[^"]*)")?'
)
"""The API server's message (Kubernetes pkg/registry/rbac, apiserver responsewriters/errors.go)."""


_UNKNOWN_USER = "(401)"
_RETRIED = ("watch", "list")
"""Verbs that a controller's cache retries by itself, independently of its cycles."""
_ACCOUNT = "system:serviceaccount:"


def _find(look: FindingContext) -> Iterator[Finding]:
    yield from _ours(look)
    seen: dict[tuple[str, str, str], tuple[re.Match[str], Evidence]] = {}
    for found, evidence in (*_in_log(look), *_in_events(look)):
        seen.setdefault((found["who"], found["verb"], found["what"]), (found, evidence))
    for (who, verb, what), (found, evidence) in seen.items():
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{who} may not {verb} {what}",
            about=f"right/{who}/{verb}/{what}",
            evidence=(evidence,),
            advice=f"give it the right: {_grant(found)}",
        )


def _ours(look: FindingContext) -> Iterator[Finding]:
    for source in expected(look.state):
        if source.status != "denied":
            continue
        right = f"{source.verb} {source.resource}".strip() or "what it asks for"
        title = title_of(source)
        words, advice = (
            f"not allowed to {right}: {title} cannot be seen",
            "apply deploy/role.yaml, or ask for the right: kubectl auth can-i"
            f" {source.verb or 'list'} {source.resource.partition(',')[0] or 'pods'}",
        )
        if _UNKNOWN_USER in source.text:
            words = f"the API server does not accept the credentials: {title} cannot be seen"
            advice = "log in again, and see that kubectl auth whoami answers"
        elif found := _FORBIDDEN.search(source.text):
            advice = f"apply deploy/role.yaml, or give the right: {_grant(found)}"
            if look.state.window.is_everywhere and not found["namespace"]:
                advice = (
                    "apply deploy/role-cluster.yaml (kubectl apply -f), or give the right:"
                    f" {_grant(found)}; or name the namespaces that a role is for: -n team-a,team-b"
                )
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=words,
            about=f"source/{source.key}",
            evidence=(Evidence(source.text, source.source, "API server", look.age(source.since)),),
            advice=advice,
        )


def _in_log(look: FindingContext) -> Iterator[tuple[re.Match[str], Evidence]]:
    """Refusals in the controller's log, each while it holds."""
    told: dict[tuple[str, str, str], list[tuple[re.Match[str], LogEntry]]] = {}
    for entry in look.lines_that(_is_refusal):
        found = _refusal(entry)
        if found is not None:
            key = (found["who"], found["verb"], found["what"])
            told.setdefault(key, []).append((found, entry))
    for (_, verb, _), refusals in told.items():
        lines = [entry for _, entry in refusals]
        is_retried = verb in _RETRIED
        if holds_until_retried(look, lines) if is_retried else holds_in_cycles(look, lines[0]):
            yield refusals[0][0], look.line(lines[0], times=len(lines))


def _refusal(entry: LogEntry) -> re.Match[str] | None:
    return _FORBIDDEN.search(f"{entry.message} {entry.error}")


def _is_refusal(entry: LogEntry) -> bool:
    return _refusal(entry) is not None


def _in_events(look: FindingContext) -> Iterator[tuple[re.Match[str], Evidence]]:
    """Refusals in Kubernetes events; a later event that is no warning ends one."""
    good = set[tuple[str, str]]()
    for event in reversed(look.state.kube_events.last(200)):
        found = _FORBIDDEN.search(event.message)
        if found is None and event.type == "Normal":
            good.add((event.kind, event.name))
        is_late = look.now - (event.last_at or event.at) > 600.0
        if found is not None and not is_late and (event.kind, event.name) not in good:
            yield found, look.event(event)


def _grant(found: re.Match[str]) -> str:
    """The commands that grant the right named in a refusal."""
    verb, group, namespace = found["verb"], found["group"] or "", found["namespace"] or ""
    plural, _, part = found["what"].partition("/")
    resource = f"{plural}.{group}" if group else plural
    resource += f"/{part}" if part else ""
    verbs = "get,list,watch" if verb in _RETRIED else verb
    name = f"{verb}-{plural}"
    who = f"--user='{found['who']}'"
    if found["who"].startswith(_ACCOUNT):
        who = f"--serviceaccount={found['who'].removeprefix(_ACCOUNT)}"
    where, kind = (f"kubectl -n {namespace}", "role") if namespace else ("kubectl", "clusterrole")
    binding = "rolebinding" if namespace else "clusterrolebinding"
    return (
        f"{where} create {kind} {name} --verb={verbs} --resource={resource}"
        f" && {where} create {binding} {name} --{kind}={name} {who}"
    )


RULE = FindingRule("missing-rights", "a right is missing", "blocker", _find, rank=170)
