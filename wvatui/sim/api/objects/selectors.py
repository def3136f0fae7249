"""labelSelector and fieldSelector: text to a predicate over objects."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.status import bad_request

Predicate = Callable[[Mapping[str, Any]], bool]

_SET = re.compile(r"\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*")
_TERM = re.compile(r"\s*([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)\s*")
_EXISTS = re.compile(r"\s*(!?)\s*([^\s=!,()]+)\s*")

# The fields that can be selected by, next to metadata.name and metadata.namespace
# (k8s.io/kubernetes/pkg/apis/core/v1/conversion.go).
_FIELDS = {
    "Pod": {
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    },
    "Event": {
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    },
    "Node": {"spec.unschedulable"},
    "Namespace": {"status.phase"},
    "Job": {"status.successful"},
}


def labels(text: str) -> Predicate:
    """Predicate of a labelSelector. Raises the API's 400 when it cannot be read."""
    terms = [_label_term(part, text) for part in _split(text) if part.strip()]

    def chosen(obj: Mapping[str, Any]) -> bool:
        own = obj["metadata"].get("labels") or {}
        return all(term(own) for term in terms)

    return chosen


def fields(text: str, resource: Resource, label_text: str = "") -> Predicate:
    """Predicate of a fieldSelector. Raises the API's 400 for a field that is not selectable."""
    terms: list[tuple[str, bool, str]] = []
    for part in text.split(","):
        if not part.strip():
            continue
        match = _TERM.fullmatch(part)
        if match is None:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        path, operator, value = match.groups()
        known = _FIELDS.get(resource.kind, set()) | {"metadata.name", "metadata.namespace"}
        if path not in known:
            where = f"{resource.group}/{resource.version}, Resource={resource.plural}"
            raise bad_request(
                f'Unable to find "{where}" that match label selector "{label_text}", '
                f'field selector "{text}": field label not supported: {path}'
            )
        terms.append((path, operator != "!=", value))
    return lambda obj: all((_field(obj, path) == value) is wanted for path, wanted, value in terms)


def _field(obj: Mapping[str, Any], path: str) -> str:
    if path == "source":
        path = "source.component"
    value: Any = obj
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _split(text: str) -> list[str]:
    """At commas outside parentheses."""
    return re.split(r",(?![^(]*\))", text)


def _label_term(part: str, text: str) -> Callable[[Mapping[str, str]], bool]:
    if match := _SET.fullmatch(part):
        name, operator, listed = match.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda own: own.get(name) in values
        return lambda own: own.get(name) not in values
    if match := _TERM.fullmatch(part):
        name, operator, value = match.groups()
        if operator == "!=":
            return lambda own: own.get(name) != value
        return lambda own: own.get(name) == value
    if match := _EXISTS.fullmatch(part):
        missing, name = match.groups()
        return lambda own: (name in own) is not bool(missing)
    raise bad_request(f"unable to parse requirement: found '{part}' in selector '{text}'")
