"""Nothing between an event and the State is untyped: mypy finds a field that is not there."""

import ast
import tomllib
from copy import copy
from dataclasses import fields, replace
from pathlib import Path

from mypy import api

from tests import syntax
from wvatui.core.fold.fold import fold
from wvatui.core.log.anchors import Drift
from wvatui.core.memo import Memo
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, State
from wvatui.core.state.totals import SessionTotals

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "wvatui/core"

START = """
from wvatui.core import events as ev
from wvatui.core.log import facts as fc
from wvatui.core.state.builder import StateBuilder
from wvatui.core.fold.fold import _on as on
from wvatui.core.fold.fold_log import _on as on_fact
from wvatui.core.structs import merged, replace

def of_pod(draft: StateBuilder, event: ev.Pod) -> None: ...

def of_mode(draft: StateBuilder, at: float, fact: fc.Mode) -> None: ...

def handler(draft: StateBuilder, event: ev.Pod) -> None:
    draft.pods[event.name] = replace(event, phase="Running")
    on(ev.Pod, of_pod)
    on_fact(fc.Mode, of_mode)
"""
WRONG = {
    "draft.podz[event.name] = event": 'has no attribute "podz"',
    "draft.pods[event.name] = event.name": "Incompatible types in assignment",
    "draft.hpas[event.name] = event": "Invalid index type",
    "draft.marks.append(event)": '"append" of "RingBuilder" has incompatible type',
    "draft.epp.append(event.name, event)": '"append" of "RingsBuilder" has incompatible type',
    "draft.mode = event.created_at": "Incompatible types in assignment",
    "draft.pods[event.name] = replace(event, fase='')": 'Unexpected keyword argument "fase"',
    "draft.pods[event.name] = replace(event, phase=1)": 'Argument "phase" to "replace"',
    "draft.tuner[''] = merged(event, event)": 'target has type "Tuner"',
    "on(ev.Tick, of_pod)": 'Argument 2 to "_on"',
    "on_fact(fc.Slo, of_mode)": 'Argument 2 to "_on"',
}
"""Lines of a handler that err about a field, and what mypy says of each."""


def test_a_handler_that_errs_about_a_field_is_found_before_it_runs(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(START + "".join(f"    {line}\n" for line in WRONG))
    # The cache of `make lint`: without it mypy reads half of the package first.
    flags = ["--strict", "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache")]
    said, broken, _ = api.run([*flags, str(snippet)])
    assert not broken
    at = len(START.splitlines())
    for number, words in enumerate(WRONG.values(), start=at + 1):
        assert any(f":{number}: error: " in line and words in line for line in said.splitlines())
    assert not any(f":{number}: error: " in said for number in range(1, at + 1)), said


def test_every_module_that_changes_a_draft_is_held_to_have_nothing_untyped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (held,) = (
        row["module"]
        for row in settings["tool"]["mypy"]["overrides"]
        if row.get("disallow_any_expr") and row.get("disallow_any_explicit")
    )
    assert {BUILDER, *changers()} <= set(held)


BUILDER = "wvatui.core.state.builder"


def changers() -> set[str]:
    """The modules that import the draft."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in CORE.rglob("*.py")
        if syntax.mentions(path, [BUILDER])
        for node in syntax.nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module == BUILDER
    }


def another(value: object) -> object:
    """A value of this kind that is not the empty one."""
    if isinstance(value, dict):
        return {"key": "value"}
    if isinstance(value, Ring):
        return Ring(1, ["item"])
    if isinstance(value, SessionTotals | Drift | Memo):
        return copy(value)
    return object()


def test_a_fold_of_nothing_keeps_every_field_of_the_state() -> None:
    names = [each.name for each in fields(State) if each.name != "of_state"]
    state = replace(EMPTY, **{name: another(getattr(EMPTY, name)) for name in names})
    after = fold(state, [])
    assert [name for name in names if getattr(after, name) is not getattr(state, name)] == []
    assert after.of_state is not state.of_state
