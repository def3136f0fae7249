"""How much of a module its tests cover: one place is changed at a time, and the tests are run on
it.

python -m bench.mutants wvatui/core/rules/hpa/hpa.py --sample 40 --seed 1 -- tests/core/rules

A mutant is the module with one comparison flipped, one constant moved by one, `and` and `or`
exchanged, a `not` or a statement left out. It is killed when a test fails (or takes far too long),
and survives when all of them pass. Survivors are printed with their line. The checkout is copied,
and only the copy is changed. The same seed draws the same sample.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".bench", ".fuzz", "__pycache__", ".*_cache", ".hypothesis"
)
"""Parts of the checkout that are not copied."""
FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
PATIENCE = 4.0
"""A mutant may take this many times as long as the module itself, plus `GRACE_S`."""
GRACE_S = 10.0


class Mutant(NamedTuple):
    """The module with one change, and the place of the change."""

    line: int
    change: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    for number, node in enumerate(_inside(tree)):
        for variant, change in enumerate(_changes(node)):
            other = copy.deepcopy(tree)
            twin = next(each for n, each in enumerate(_inside(other)) if n == number)
            before = ast.unparse(twin)
            _apply(twin, variant)
            after = ast.unparse(twin)
            told = f"{change}: {_short(before)} -> {_short(after)}"
            yield Mutant(node.lineno, told, ast.unparse(ast.fix_missing_locations(other)))


def _short(text: str) -> str:
    line = text.splitlines()[0]
    return line if len(line) <= 60 else f"{line[:57]}..."


Changeable = ast.expr | ast.stmt


def _inside(tree: ast.AST) -> Iterator[Changeable]:
    """Every node except annotations, docstrings and code that only type checkers read."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_text(child) or _is_for_types(child):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child
            yield from _inside(child)


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, of whatever precedes it."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_for_types(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.Import | ast.ImportFrom)


def _changes(node: Changeable) -> tuple[str, ...]:
    """The changes that are possible in this node itself."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return ("comparison",)
    if isinstance(node, ast.BoolOp):
        return ("and/or",)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ("not",)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ("constant", "constant")
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        return ("constant",)
    if isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Expr):
        return ("left out",)
    if isinstance(node, ast.Return) and node.value is not None:
        return ("left out",)
    if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple):
        return ("left out",)
    return ()


def _apply(node: Changeable, variant: int) -> None:
    """Change the node in place."""
    if isinstance(node, ast.Compare):
        node.ops = [FLIPPED[type(node.ops[0])]()]
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = not value if isinstance(value, bool) else value + (1, -1)[variant]  # type: ignore[operator]
    elif isinstance(node, ast.UnaryOp):
        _become(node, node.operand)
    else:
        _become(node, ast.Pass())


def _become(node: Changeable, other: ast.AST) -> None:
    """Turn the node into `other` in place, so that references to it stay valid."""
    place = {name: getattr(node, name) for name in ("lineno", "col_offset")}
    node.__dict__.clear()
    node.__class__ = other.__class__  # type: ignore[assignment]
    node.__dict__.update(place | other.__dict__)


def run(checkout: Path, tests: list[str], limit_s: float | None) -> bool:
    """Whether the tests pass in the copy."""
    environment = os.environ | {
        "PYTHONPATH": str(checkout),
        "WVATUI_TEST_FIXTURES": os.environ.get(
            "WVATUI_TEST_FIXTURES", str(ROOT.parent / "shared" / "fixtures")
        ),
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    child = subprocess.Popen(
        [*command, *tests],
        cwd=checkout,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return child.wait(limit_s) == 0
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False


def measure(module: str, tests: list[str], sample: int, seed: int) -> int:
    """Draw a sample, run the tests on each mutant and print survivors; returns 1 when the tests
    fail on the unchanged module."""
    every = list(mutants((ROOT / module).read_text(encoding="utf-8")))
    drawn = sorted(random.Random(seed).sample(every, min(sample, len(every))))
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        shutil.copytree(ROOT, checkout, ignore=LEFT_OUT)
        begin = time.monotonic()
        if not run(checkout, tests, None):
            print(f"{module}: the tests fail without any change", file=sys.stderr)
            return 1
        limit_s = PATIENCE * (time.monotonic() - begin) + GRACE_S
        survived = []
        for mutant in drawn:
            place = checkout / module
            place.write_text(mutant.source, encoding="utf-8")
            # Python compares modification times in whole seconds: the previous file may be from
            # this second.
            Path(cache_from_source(str(place))).unlink(missing_ok=True)
            if run(checkout, tests, limit_s):
                survived.append(mutant)
                print(f"{module}:{mutant.line}: survived, {mutant.change}", flush=True)
    killed = len(drawn) - len(survived)
    share = 100 * killed / len(drawn) if drawn else 100.0
    print(f"{module}: {killed} of {len(drawn)} killed ({share:.0f} %), {len(every)} mutants in all")
    return 0


def main() -> int:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants")
    parser.add_argument("module", help="its path from the top of the checkout")
    parser.add_argument("--sample", type=int, default=40, help="how many mutants are run")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("tests", nargs="+", help="what pytest is given")
    asked = parser.parse_args()
    return measure(asked.module, asked.tests, asked.sample, asked.seed)


if __name__ == "__main__":
    sys.exit(main())
