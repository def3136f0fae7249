"""Rules for every file of the package: names, sizes, folders, layout."""

import ast
import importlib
import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests import syntax

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wvatui"

MOST_MODULES = 12
"""The most modules in one folder, without its `__init__`."""

CROWDED: set[str] = set()
"""Folders that hold more than `MOST_MODULES` today. A folder that has shrunk leaves this list."""

MOST_LINES = 400
"""The most lines of one file, as formatted."""

LONG: set[str] = set()
"""Files that are longer than `MOST_LINES` today. A file that has shrunk leaves this list."""

DOUBLED: dict[str, str] = {}
"""Public type names that two modules define, with the reason; at most five."""

MOST_FUNCTION_LINES = 60
"""The most lines of one function, its docstring included."""

LONG_FUNCTIONS = {"core/state/building/builder.py: seal": "a line for each field of the State"}
"""Functions that are longer, with the reason. One that has shrunk leaves this list."""

LAYOUT = re.compile(r"#\s*fmt:\s*(?:skip|off)", re.IGNORECASE)


def files(root: Path = PACKAGE) -> list[Path]:
    return sorted(root.rglob("*.py"))


def public_types(module: ast.Module) -> Iterator[str]:
    """Classes and type aliases that a module defines at its top level under a public name."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id if _is_type(node.value) else ""
            name = "" if name.isupper() else name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id if ast.unparse(node.annotation) == "TypeAlias" else ""
        else:
            continue
        if name and not name.startswith("_"):
            yield name


def _is_type(value: ast.expr) -> bool:
    """Whether a top-level assignment of `value` names a type: a union, a subscript, a `NewType`."""
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.BitOr)
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ("NewType", "TypeVar", "NamedTuple")
    return isinstance(value, ast.Subscript)


def doubled(modules: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Public type name → modules, for each that more than one module defines."""
    places: dict[str, list[str]] = defaultdict(list)
    for where, module in modules.items():
        for name in public_types(module):
            places[name].append(where)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_a_public_type_name_is_defined_once() -> None:
    names = doubled({file.relative_to(PACKAGE).as_posix(): syntax.tree(file) for file in files()})
    assert {name: where for name, where in names.items() if name not in DOUBLED} == {}
    assert set(DOUBLED) <= set(names), "no longer doubled: take it from the list"
    assert len(DOUBLED) <= 5
    assert all(DOUBLED.values()), "each needs its reason"


@pytest.mark.parametrize(
    "definition",
    ["class Row:\n    pass", "Row = int | str", "Row: TypeAlias = 'int'", "Row = dict[str, int]"],
)
def test_a_second_definition_of_a_type_is_found(definition: str) -> None:
    modules = {"a.py": ast.parse("class Row:\n    pass\n"), "b.py": ast.parse(definition)}
    assert doubled(modules) == {"Row": ["a.py", "b.py"]}


def test_private_types_and_values_may_share_a_name() -> None:
    module = ast.parse("class _Row:\n    pass\nROWS = dict[str, int]\nlimit = 3\n")
    assert doubled({"a.py": module, "b.py": module}) == {}


def test_no_folder_holds_more_than_a_dozen_modules() -> None:
    crowded = {
        folder.relative_to(PACKAGE).as_posix()
        for folder in {file.parent for file in files()}
        if len([file for file in folder.glob("*.py") if file.stem != "__init__"]) > MOST_MODULES
    }
    assert crowded - CROWDED == set(), "split these, or merge files that have one importer"
    assert CROWDED - crowded == set(), "no longer crowded: take it from the list"


def test_no_file_is_long() -> None:
    lengths = {
        file.relative_to(PACKAGE).as_posix(): syntax.text(file).count("\n") for file in files()
    }
    long = {name for name, lines in lengths.items() if lines > MOST_LINES}
    assert long - LONG == set(), "split these"
    assert LONG - long == set(), "no longer long: take it from the list"


def long_functions(nodes: Iterable[ast.AST]) -> set[str]:
    """Names of the functions and methods among `nodes` that are too long."""
    return {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_FUNCTION_LINES
    }


def test_no_function_is_long() -> None:
    long = {
        f"{file.relative_to(PACKAGE).as_posix()}: {name}"
        for file in files()
        for name in long_functions(syntax.nodes(file))
    }
    assert long - set(LONG_FUNCTIONS) == set(), "split these"
    assert set(LONG_FUNCTIONS) - long == set(), "no longer long: take it from the list"


@pytest.mark.parametrize("begin", ["def f():", "async def f():", "class A:\n  def f(self):"])
def test_a_function_that_is_too_long_is_found(begin: str) -> None:
    lines = MOST_FUNCTION_LINES - 1
    short, long = (ast.parse(begin + "\n    x = 1" * count) for count in (lines, lines + 1))
    assert long_functions(ast.walk(short)) == set()
    assert long_functions(ast.walk(long)) == {"f"}


def test_every_file_and_every_folder_says_what_it_is_for() -> None:
    for file in files():
        assert ast.get_docstring(syntax.tree(file)), file
        assert (file.parent / "__init__.py").exists(), file.parent


def test_no_file_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "helpers", "manager", "misc", "common"}
    assert [file for file in files() if file.stem in vague] == []


NAMELESS = {"found", "one", "told"}
"""Names of locals that say nothing about their values."""
NAMELESS_WORD = re.compile(
    rf"\b(?:{'|'.join(NAMELESS)})\b\s*(?:[-+*/%@&|^<>]*=|[,:)\]}}]|(?:in|for|if)\b)"
)
"""One of them where Python code may store a value, or a list of arguments has it."""

UNNAMED = {
    "analysis",
    "cli",
    "core/decisions",
    "core/explain",
    "core/findings",
    "sources",
    "ui",
    "ui/actions",
    "ui/app",
    "ui/model",
    "ui/shell",
    "ui/widgets",
}
"""Folders in which some locals have such a name today. A new folder must have none."""


def nameless(source: str) -> set[int]:
    """Lines of `source` on which a local or an argument has one of the `NAMELESS` names."""
    if not NAMELESS_WORD.search(source):
        return set()
    nodes = list(ast.walk(ast.parse(source)))
    stored = (n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return {n.lineno for n in stored if n.id in NAMELESS} | {
        n.lineno for n in nodes if isinstance(n, ast.arg) and n.arg in NAMELESS
    }


def test_a_local_is_named_by_what_it_holds() -> None:
    assert [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files()
        if room(file) not in UNNAMED
        for line in sorted(nameless(syntax.text(file)))
    ] == []


def room(file: Path) -> str:
    """The folder of a file from the top of the package, two names deep in `core` and `ui`."""
    parts = file.relative_to(PACKAGE).parent.parts
    return "/".join(parts[: 2 if parts[:1] in (("core",), ("ui",)) else 1])


@pytest.mark.parametrize(
    "source",
    ["found = 1", "[one for one in ()]", "def f(told):\n    pass", "(found := 1)", "lambda one: 1"],
)
def test_a_local_that_says_nothing_is_found(source: str) -> None:
    assert nameless(source) == {1}
    assert nameless("def told(self):\n    return self.found") == set()


def test_the_formatter_is_switched_off_nowhere() -> None:
    off = [
        f"{file.relative_to(ROOT)}:{number}"
        for root in (PACKAGE, ROOT / "tests", ROOT / "bench")
        for file in files(root)
        for number, line in enumerate(syntax.text(file).splitlines(), 1)
        if LAYOUT.search(line)
    ]
    assert off == []


PROGRAM_IMPORT = re.compile(r"^ *from (wvatui[\w.]*) import ([\w, ]+)$", re.MULTILINE)


def imported_by_programs() -> Iterator[tuple[str, str, str]]:
    """(file, module, name) of each import from the package in programs that bench has as texts."""
    for file in sorted((PACKAGE.parent / "bench").rglob("*.py")):
        for node in syntax.nodes(file):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for module, names in PROGRAM_IMPORT.findall(node.value):
                    for name in names.split(","):
                        yield file.name, module, name.split(" as ")[0].strip()


def test_programs_inside_the_bench_import_what_there_is() -> None:
    found = list(imported_by_programs())
    assert len(found) > 5
    for file, module, name in found:
        owner = importlib.import_module(module)
        is_package = hasattr(owner, "__path__")
        is_module = is_package and importlib.util.find_spec(f"{module}.{name}") is not None
        assert is_module or hasattr(owner, name), (file, module, name)
