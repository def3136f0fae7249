"""Source files as syntax trees, each read and parsed once in a process.

A dozen tests look through the whole package. What a test looks for by name is in the text of a
file as well, so it asks `mentions` first and has few trees to look through.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's tree."""
    return tuple(ast.walk(tree(path)))


def mentions(path: Path, names: Iterable[str]) -> bool:
    """Whether the text of a file has any of `names`, wherever."""
    whole = text(path)
    return any(name in whole for name in names)
