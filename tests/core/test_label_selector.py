"""Label selectors, in the form of an object and as text."""

import pytest

from wvatui.core.label_selector import Requirement, parse_selector, selects

LABELS = {"app": "m", "tier": "a", "llm-d.ai/rank": "3"}


@pytest.mark.parametrize(
    ("requirement", "matches"),
    [
        (Requirement("app", "In", ("m", "n")), True),
        (Requirement("app", "In", ("n",)), False),
        (Requirement("absent", "In", ("m",)), False),
        (Requirement("app", "NotIn", ("n",)), True),
        (Requirement("app", "NotIn", ("m",)), False),
        (Requirement("absent", "NotIn", ("m",)), True),
        (Requirement("app", "Exists"), True),
        (Requirement("absent", "Exists"), False),
        (Requirement("app", "DoesNotExist"), False),
        (Requirement("absent", "DoesNotExist"), True),
        (Requirement("llm-d.ai/rank", "Gt", ("2",)), True),
        (Requirement("llm-d.ai/rank", "Lt", ("3",)), False),
        (Requirement("app", "Gt", ("2",)), False),
        (Requirement("app", "Like", ("m",)), False),
    ],
)
def test_each_operator_matches_as_kubernetes_says(requirement: Requirement, matches: bool) -> None:
    assert selects({}, [requirement], LABELS) is matches


def test_labels_and_requirements_have_to_match_together() -> None:
    wants = [Requirement("tier", "In", ("a", "b"))]
    assert selects({"app": "m"}, wants, LABELS)
    assert not selects({"app": "other"}, wants, LABELS)
    assert not selects({"app": "m"}, [Requirement("tier", "NotIn", ("a",))], LABELS)


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("app=m", (Requirement("app", "In", ("m",)),)),
        ("app==m", (Requirement("app", "In", ("m",)),)),
        ("app!=m", (Requirement("app", "NotIn", ("m",)),)),
        ("app=", (Requirement("app", "In", ("",)),)),
        ("!canary", (Requirement("canary", "DoesNotExist"),)),
        ("llm-d.ai/model", (Requirement("llm-d.ai/model", "Exists"),)),
        ("rank>2,rank<9", (Requirement("rank", "Gt", ("2",)), Requirement("rank", "Lt", ("9",)))),
        (
            "app=m,tier in (a,b),zone notin (x)",
            (
                Requirement("app", "In", ("m",)),
                Requirement("tier", "In", ("a", "b")),
                Requirement("zone", "NotIn", ("x",)),
            ),
        ),
        ("", None),
        ("app in", None),
        ("app=m,,tier=a", None),
        ("app=m;tier=a", None),
    ],
)
def test_a_selector_is_read_from_its_text(
    text: str, requirements: tuple[Requirement, ...] | None
) -> None:
    assert parse_selector(text) == requirements
