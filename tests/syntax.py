"""Source files as syntax trees, each read and parsed once per process.

A dozen tests search the whole package. A test that searches for a name calls `mentions` first,
which searches the text, so that it has few trees to parse.
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
    """Whether the text of a file contains any of `names`."""
    whole = text(path)
    return any(name in whole for name in names)
