"""No module keeps a list of names that repeats a table, so that an addition is made in one
place."""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import wvatui
from tests import syntax

ROOT = Path(wvatui.__file__).parent
ALIKE = 3
"""The number of common names from which two places count as the same list."""


class Names(NamedTuple):
    """The names in a module-level value. `where`: `file:name` of the value."""

    where: str
    found: frozenset[str]
    is_list: bool
    """Whether the value is only a list of names (tuple, list or set), not a table."""


# Reason → places that may have the same names. A new list belongs to none of them.
ALLOWED: dict[str, tuple[str, ...]] = {
    "which charts a view, or columns a table, has room for, in its own order": (
        "core/queries/charts/charts.py:CHARTS",
        "core/queries/charts/sources.py:SOURCES",
        "ui/panels/overview/charts.py:",
        "ui/panels/pods/pods.py:",
        "ui/panels/overview/variants.py:_",
        "ui/views/",
        "core/metrics/metrics_table.py:ENGINE_IDS",
        "analysis/report/benchmark/observability.py:_GAUGES",
    ),
    "the views in which a key does something, and tables of the same things": (
        "ui/keys.py:KEYS",
        "config/ui_settings.py:VIEWS",
        "export/tables.py:TABLES",
    ),
    "the key figures of a report, of all that a comparison and a dataset have": (
        "analysis/report/page/glance.py:KEYS",
        "library/",
    ),
    "columns of a CSV: they stay as they are, whatever the screen's are called": (
        "export/",
        "analysis/report/page/glance.py:KEYS",
        "library/",
        "analysis/report/notebooks/tables.py:",
        "analysis/summary.py:_OF_THE_FILE",
        "ui/panels/pods/pods.py:SORTS",
        "ui/panels/overview/variants.py:_VARIANT_ORDER",
        "ui/panels/load/jobs.py:SORTS",
        "ui/panels/scaling/waterfall.py:",
        "core/rows/scale_views.py:",
    ),
    "columns by which each table is sorted: those of two tables may be called alike": (
        "ui/panels/load/jobs.py:SORTS",
        "ui/panels/pods/pods.py:SORTS",
    ),
    "some states of a replica, in an order or apart from the others": (
        "core/queries/pods/pod_detail.py:_GOOD",
        "core/rows/views.py:ComingState",
        "core/rows/views.py:ServingState",
        "core/rows/views.py:ReplicaState",
        "ui/dialogs/text.py:_STATES",
        "ui/panels/overview/replicas.py:",
        "ui/app/preview.py:STATES",
        "ui/draw/symbols.py:",
    ),
    "the levels of colour, in an order of their own": (
        "core/rows/views.py:Level",
        "ui/panels/detail/facts.py:STYLES",
        "ui/panels/health/sources.py:URGENCY",
        "ui/draw/symbols.py:",
        "ui/theme.py:STATE",
    ),
    "the counts of replicas that a picture draws, and what tables and the ladder call them": (
        "analysis/report/pictures/figures.py:_TOLD",
        "core/rows/scale_views.py:",
        "export/",
        "ui/dialogs/text.py:_RUNGS",
        "ui/panels/overview/ladder.py:_TERSE",
        "ui/panels/scaling/waterfall.py:",
    ),
    "events that a report tells, some of which a screen stops at": (
        "analysis/report/page/happened.py:_KINDS",
        "session/base.py:JUMPED",
    ),
    "choices of a flag, which are read before what chooses is imported": (
        "analysis/compare/figures.py:GROUPED_BY",
        "cli/comparing.py:COMPARED",
    ),
    "the steps of a change: those up, those down, those that pods tell, and their words": (
        "core/queries/scaling/scale_events.py:_FIELDS",
        "core/rows/scale_views.py:",
        "core/queries/scaling/scaling.py:WHOLE",
        "ui/panels/scaling/waterfall.py:",
    ),
    "sources, and what each calls worst": (
        "core/queries/health/health_rows.py:",
        "sources/",
        "ui/panels/health/sources.py:",
        "ui/panels/load/jobs.py:SORTS",
    ),
    "states of a job after which none comes, among all of them": (
        "core/events/load_events.py:ENDED",
        "ui/panels/load/jobs.py:",
    ),
    "levels as encoders write them, as they are judged, and as they are coloured": (
        "core/log/",
        "core/rows/log_rows.py:LEVELS",
        "core/rows/log_rows.py:_ENCODER",
        "ui/panels/overview/logs.py:LEVELS",
    ),
    "releases of the controller: dialects, and the rules that each has": (
        "core/log/",
        "core/decisions/releases.py:_RELEASE",
    ),
    "the modes of an experiment of which one has no controller": (
        "load/experiment/checks.py:SWITCH",
        "load/experiment/plan.py:MODES",
    ),
    "the simulated cluster speaks for itself: what is read from it is not its own words": (
        "sim/",
        "core/metrics/metrics_table.py:METRICS",
        "core/results/",
        "load/",
        "sources/objects/",
        "core/findings/keda/scaled_object_state.py:",
    ),
    "keys of other tools' JSON, which are words of ours by chance": (
        "core/log/envelopes/json_document.py:",
        "export/tables.py:TABLES",
    ),
}


def names_of(value: ast.expr) -> tuple[frozenset[str], bool]:
    """The texts in the collections of `value`, and whether all these are lists, not tables."""
    found: set[str] = set()
    is_list = True
    for node in ast.walk(value):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts: list[ast.expr | None] = list(node.elts)
        elif isinstance(node, ast.Dict):
            parts = list(node.keys)
        else:
            continue
        texts = [p.value for p in parts if isinstance(p, ast.Constant) and type(p.value) is str]
        if len(texts) >= ALIKE:
            found.update(texts)
            is_list = is_list and not isinstance(node, ast.Dict)
    return frozenset(found), is_list


@cache
def every_names() -> list[Names]:
    return list(_every_names())


def _every_names() -> Iterator[Names]:
    for path in sorted(ROOT.rglob("*.py")):
        for line in syntax.tree(path).body:
            if not isinstance(line, ast.Assign | ast.AnnAssign) or line.value is None:
                continue
            target = line.targets[0] if isinstance(line, ast.Assign) else line.target
            name = target.id if isinstance(target, ast.Name) else ""
            literal = isinstance(line.value, ast.Subscript)
            found, is_list = names_of(line.value)
            if len(found) >= ALIKE and name != "__all__":
                where = f"{path.relative_to(ROOT).as_posix()}:{name}"
                yield Names(where, found, is_list and not literal)


def twins(every: list[Names]) -> list[tuple[Names, Names]]:
    """Pairs of places of which one is a list that repeats names of the other."""
    return [
        (one, other)
        for one, other in combinations(every, 2)
        if (one.is_list or other.is_list) and len(one.found & other.found) >= ALIKE
    ]


def allowed(one: Names, other: Names) -> bool:
    return any(
        one.where.startswith(group) and other.where.startswith(group) for group in ALLOWED.values()
    )


def test_no_list_of_names_is_kept_twice() -> None:
    kept_twice = [
        f"{one.where} and {other.where}: {', '.join(sorted(one.found & other.found))}"
        for one, other in twins(every_names())
        if not allowed(one, other)
    ]
    assert kept_twice == []


def test_every_exception_is_still_one() -> None:
    """A place that no longer repeats names must be removed from `ALLOWED`."""
    needed = {names.where for pair in twins(every_names()) for names in pair}
    for why, group in ALLOWED.items():
        for where in group:
            assert any(name.startswith(where) for name in needed), (why, where)


def test_a_list_beside_a_table_is_found(tmp_path: Path) -> None:
    table, _ = names_of(ast.parse("{'a': 1, 'b': 2, 'c': 3}", mode="eval").body)
    bare, is_list = names_of(ast.parse("('b', 'c', 'a', 'all')", mode="eval").body)
    assert is_list
    assert twins([Names("x:A", table, False), Names("y:B", bare, is_list)])
    assert not twins([Names("x:A", table, False), Names("y:B", table, False)])
