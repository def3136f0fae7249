"""Label selectors: which labels they match, and how the API server writes them as one text."""

import re
from collections.abc import Iterable, Mapping

import msgspec


class Requirement(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One requirement of a selector (`matchExpressions`).

    `operator`: In, NotIn, Exists or DoesNotExist; Gt and Lt occur in texts.
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()


def selects(
    match_labels: Mapping[str, str], requirements: Iterable[Requirement], labels: Mapping[str, str]
) -> bool:
    """Whether a selector matches an object's labels: all of its parts have to.

    Source: Kubernetes apimachinery pkg/labels/selector.go, Requirement.Matches. A key that is
    absent fulfils NotIn and DoesNotExist alone. An operator that is not known matches nothing.
    """
    for key, value in match_labels.items():  # asked of every pod: a loop is the fastest
        if labels.get(key) != value:
            return False
    return all(_holds(requirement, labels) for requirement in requirements)


def _holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(requirement, value)
    return False


def _compares(requirement: Requirement, value: str | None) -> bool:
    try:
        number, limit = int(value or ""), int("".join(requirement.values))
    except ValueError:
        return False
    return number > limit if requirement.operator == "Gt" else number < limit


_KEY = r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?"
_PART = re.compile(
    rf"\s*(?:!\s*(?P<absent>{_KEY})"
    rf"|(?P<set>{_KEY})\s+(?P<word>in|notin)\s*\((?P<values>[^()]*)\)"
    rf"|(?P<key>{_KEY})\s*(?P<sign>==|!=|=|>|<)\s*(?P<value>[-A-Za-z0-9_.]*)"
    rf"|(?P<present>{_KEY}))\s*(?:,|$)"
)


def parse_selector(text: str) -> tuple[Requirement, ...] | None:
    """The requirements of a selector written as one text, such as `status.selector` of a Scale.

    An example is `app=m,tier in (a,b),!canary`. None: `text` is empty or no selector.
    """
    requirements: list[Requirement] = []
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            return None
        requirements.append(_requirement(part))
        position = part.end()
    return tuple(requirements) or None


def _requirement(part: re.Match[str]) -> Requirement:
    if part["absent"]:
        return Requirement(part["absent"], "DoesNotExist")
    if part["present"]:
        return Requirement(part["present"], "Exists")
    if part["set"]:
        values = tuple(value.strip() for value in part["values"].split(","))
        return Requirement(part["set"], "In" if part["word"] == "in" else "NotIn", values)
    operator = {"!": "NotIn", ">": "Gt", "<": "Lt"}.get(part["sign"][0], "In")
    return Requirement(part["key"], operator, (part["value"],))
