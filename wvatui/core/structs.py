"""Structs that differ in some fields, with the names and types of those fields checked.

`msgspec.structs.replace` takes any keyword as far as mypy can tell; it checks the standard
library's own `replace` field by field, for structs as well as for dataclasses.
"""

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from dataclasses import replace as replace
else:
    from msgspec.structs import replace as replace

S = TypeVar("S", bound=msgspec.Struct)


def merged(before: S, newer: S) -> S:
    """`newer`, with the fields that are None or "" in it taken from `before`; both of one type."""
    unsaid = [name for name in newer.__struct_fields__ if getattr(newer, name) in (None, "")]
    return msgspec.structs.replace(newer, **{name: getattr(before, name) for name in unsaid})
