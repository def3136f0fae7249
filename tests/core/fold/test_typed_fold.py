"""Everything between an event and the State is typed, so that mypy finds wrong fields."""

import ast
import re
import tomllib
from copy import copy
from dataclasses import fields, replace
from pathlib import Path

from tests import syntax
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log.anchors import Drift
from wvatui.core.memo import Memo
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, State
from wvatui.core.state.totals import SessionTotals

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "wvatui/core"

WRONG = Path(__file__).with_name("wrong_fields.py")
CODES = ("arg-type", "assignment", "attr-defined", "call-arg", "index")


def test_lint_checks_handlers_that_err_about_a_field() -> None:
    """If mypy missed one of them, `make lint` would fail with an unused `type: ignore`."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert settings["strict"]
    assert "tests.core.fold.wrong_fields" in settings["modules"]
    ignored = re.findall(r"# type: ignore\[(.+)\]$", WRONG.read_text(), re.MULTILINE)
    assert len(ignored) == 11
    assert {word for words in ignored for word in words.split(", ")} == set(CODES)


def test_every_module_that_changes_a_draft_is_held_to_have_nothing_untyped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (held,) = (
        row["module"]
        for row in settings["tool"]["mypy"]["overrides"]
        if row.get("disallow_any_expr") and row.get("disallow_any_explicit")
    )
    assert {BUILDER, *changers()} <= set(held)


BUILDER = "wvatui.core.state.building.builder"


def changers() -> set[str]:
    """The modules that import StateBuilder."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in CORE.rglob("*.py")
        if syntax.mentions(path, [BUILDER])
        for node in syntax.nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module == BUILDER
    }


def another(value: object) -> object:
    """A value of the same type that differs from the empty `value`."""
    if isinstance(value, dict):
        return {"key": "value"}
    if isinstance(value, Ring):
        return Ring(1, ["item"])
    if isinstance(value, SessionTotals | Drift | Memo):
        return copy(value)
    return object()


def test_a_fold_of_nothing_keeps_every_field_of_the_state() -> None:
    names = [each.name for each in fields(State) if each.name != "of_state"]
    values = {name: another(getattr(EMPTY, name)) for name in names}
    state = replace(EMPTY, **{**values, "header": ev.Header(1.0)})
    after = fold(state, [])
    assert [name for name in names if getattr(after, name) is not getattr(state, name)] == []
    assert after.of_state is not state.of_state
