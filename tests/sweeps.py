"""Selects the cases of a sweep that `make test` runs; `make sweeps` runs the others.

A sweep repeats one behaviour over many inputs of one kind. `make test` runs a fixed sample that
shows each kind once, and does not collect the rest. A comment beside each sample says why it is
enough. A whole test with `@pytest.mark.sweep` is left to `make sweeps` too; its comment says which
cheaper test fails for the same mistakes.
"""

import os
from collections.abc import Collection, Iterable
from itertools import product
from typing import Any

import pytest

ALL = os.environ.get("WVATUI_TEST_SWEEPS") == "all"


def examples(whole: int, share: int = 4) -> int:
    """The number of examples for a property: `whole` divided by `share`, in a sweep all.

    The first examples of a property are small ones and edge cases, on which a wrong rule fails.
    Examples are the same in each run (see `conftest.py`), so it is enough to try the others in a
    sweep.
    """
    return whole if ALL else max(10, whole // share)


def sampled(cases: Iterable[Any], kept: Collection[Any]) -> list[Any]:
    """Cases for `parametrize`: those in `kept`; in a sweep all of them, the others marked `sweep`.

    A tuple has a value for each of several names. Raises ValueError for a member of `kept` that is
    no case.
    """
    everything = list(cases)
    if strange := [case for case in kept if case not in everything]:
        raise ValueError(f"no cases of the sweep: {strange}")
    return [_case(case, is_kept=case in kept) for case in everything if ALL or case in kept]


def sampled_ways(*sides: Iterable[Any]) -> list[Any]:
    """Combinations for `parametrize` in which each value of each side occurs; in a sweep, all.

    The values of shorter sides are repeated in order.
    """
    lists = [list(side) for side in sides]
    longest = max(len(values) for values in lists)
    kept = [tuple(values[n % len(values)] for values in lists) for n in range(longest)]
    return sampled(product(*lists), kept)


def _case(case: Any, *, is_kept: bool) -> Any:
    if is_kept:
        return case
    values = case if type(case) is tuple else (case,)  # a row of a table is one value
    return pytest.param(*values, marks=pytest.mark.sweep)
