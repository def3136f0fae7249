"""Whether the facts of a log line are possible: every number must be within its range.

Checked once, where facts are made, so that their readers can calculate with them.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, get_args, get_type_hints

import msgspec

from wvatui.core.log import facts as fc

LEAST = 1e-100
"""The smallest amount above 0: dividing by a smaller one could give infinity. Rounding errors of a
difference are far larger, about 1e-17."""

_Limit = tuple[str, float, float]
_Check = tuple[Callable[[Any], tuple[Any, ...]], tuple[_Limit, ...], tuple[str, ...]]
"""The numbers of a fact, the limits of each, and the fields that hold structs of their own."""


def beyond(facts: Iterable[Any]) -> str:
    """The first number outside its range, in words; empty: all are within."""
    for fact in facts:
        numbers, limits, parts = _CHECKS[fact.__class__]
        for value, (name, low, high) in zip(numbers(fact), limits, strict=True):
            # Every range begins at 0 or below it.
            if value is None or LEAST <= value <= high or not value:
                continue
            if not low <= value <= high:
                where = f"below {low:.10g}" if value < low else f"above {high:.10g}"
                return f"{name} {value:g} is {where}"
            if -LEAST < value < LEAST:
                return f"{name} {value:g} is nearer to 0 than {LEAST:g}"
        for part in parts:
            wrong = beyond(getattr(fact, part))
            if wrong:
                return wrong
    return ""


def _check(kind: type[msgspec.Struct]) -> _Check:
    limits: list[_Limit] = []
    parts: list[str] = []
    for name, hint in get_type_hints(kind, include_extras=True).items():
        ranged = [arg for arg in (hint, *get_args(hint)) if hasattr(arg, "__metadata__")]
        for arg in ranged:
            meta = arg.__metadata__[0]
            limits.append((name, meta.ge, meta.lt if meta.le is None else meta.le))
        inner = next(iter(get_args(hint)), None)
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            parts.append(name)
    names = [name for name, _, _ in limits]
    if not names:
        return _none, (), tuple(parts)
    numbers = attrgetter(*names) if len(names) > 1 else _alone(attrgetter(*names))
    return numbers, tuple(limits), tuple(parts)


def _none(fact: Any) -> tuple[Any, ...]:
    return ()


def _alone(number: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda fact: (number(fact),)


_KINDS: tuple[type[msgspec.Struct], ...] = (*fc.Fact.__subclasses__(), fc.VariantCapacity)
_CHECKS: dict[type, _Check] = {kind: _check(kind) for kind in _KINDS}
