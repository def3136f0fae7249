"""The verbs and their flags: one file each, with a command of the file's name.

What a verb needs is imported when it runs, so that `--version` and `export` never load the screen.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import click


def _verbs() -> Iterator[click.Command]:
    for file in pkgutil.iter_modules(__path__):
        for one in vars(import_module(f"{__name__}.{file.name}")).values():
            if isinstance(one, click.Command) and one.name == file.name:
                yield one


VERBS = tuple(_verbs())
"""By name. `options`, which has what several of them share, is none."""
