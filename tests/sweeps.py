"""Which cases of a sweep `make test` runs; `make sweeps` runs the others.

A sweep repeats one behaviour over many inputs of one kind. `make test` keeps a sample of it that
shows each kind once, always the same; what it leaves out is not even collected there. Each sweep
says beside its sample why that is enough.
"""

import os
from collections.abc import Collection, Iterable
from itertools import product
from typing import Any

import pytest

ALL = os.environ.get("WVATUI_TEST_SWEEPS") == "all"


def examples(whole: int) -> int:
    """How many examples a property is tried on: a quarter of `whole`, all of them in a sweep.

    A property looks for inputs that nobody thought of. Its first examples are the smallest and the
    edges, on which a rule that is wrong fails; they are the same in each run (see `conftest.py`),
    so the others say something new only once, and belong to a sweep.
    """
    return whole if ALL else max(10, whole // 4)


def sampled(cases: Iterable[Any], kept: Collection[Any]) -> list[Any]:
    """Cases for `parametrize`: those in `kept`; in a sweep all, the others marked `sweep`.

    A case that is a tuple has a value for each of several names.

    Raises ValueError when `kept` holds something that is no case.
    """
    everything = list(cases)
    if strange := [case for case in kept if case not in everything]:
        raise ValueError(f"no cases of the sweep: {strange}")
    return [_case(case, is_kept=case in kept) for case in everything if ALL or case in kept]


def sampled_ways(*sides: Iterable[Any]) -> list[Any]:
    """Combinations for `parametrize`: so many that each value of each side is in one of them.

    The values of the shorter sides are used again in their order. In a sweep all combinations.
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
