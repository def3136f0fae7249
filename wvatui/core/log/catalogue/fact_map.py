"""Declares how a log line becomes a fact: which value of the line fills which field of the fact.

    from_fields(PodQueue, pod="pod", waiting="queueLength")

The type of the field decides how the value is parsed. A value that is missing or cannot be parsed
leaves the field's default; a line that lacks a required field yields no fact.
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from wvatui.core.log.facts import Fact
from wvatui.core.log.row import Facts, FieldBuilder, TextBuilder
from wvatui.core.log.values import (
    action,
    as_integer,
    as_number,
    as_text,
    as_truth,
    integer,
    number,
    pairs,
    split_name,
    step,
    truth,
)

ValueReader = Callable[[Any], Any]
"""Converts a value of the line to a value of the fact; None: it cannot be parsed."""


class Value(msgspec.Struct, frozen=True):
    """The value that the line has under `key`, converted by `read`."""

    key: str
    read: ValueReader


class Constant(msgspec.Struct, frozen=True):
    """A value that follows from the wording of the message, not from a value in it."""

    value: Any


class Derived(msgspec.Struct, frozen=True):
    """A value computed from the fields `names` of the fact, where the line does not state it."""

    of: Callable[..., Any]
    names: tuple[str, ...]


Choice = str | Value | Constant | Derived
ValueSource = Choice | tuple[Choice, ...]
"""The source of one field: a key of the line, a `Value` with its own conversion, a constant or a
value derived from other fields. Of several sources the first that has a value is used; constants
and derived values come last."""


def bare(key: str) -> Value:
    """The name in a value of the form `namespace/name`."""
    return Value(key, lambda value: split_name(as_text(value))[0] or None)


def namespace_of(key: str) -> Value:
    """The namespace in a value of the form `namespace/name`; missing where it has none."""
    return Value(key, lambda value: split_name(as_text(value))[1] or None)


def not_zero(key: str) -> Value:
    """A count that is missing where the line prints 0."""
    return Value(key, lambda value: as_integer(value) or None)


STEP = Derived(step, ("current", "target"))
"""The action that follows from the two replica counts, for lines that do not name it."""

_FIELD_READERS: dict[type, ValueReader] = {
    int: as_integer,
    float: as_number,
    bool: as_truth,
    str: as_text,
}
_TEXT_READERS: dict[type, ValueReader] = {
    int: integer,
    float: number,
    bool: truth,
    str: str,
}


def from_fields(kind: type[Fact], /, **sources: ValueSource) -> FieldBuilder:
    """Returns a function that makes a fact from a line's structured fields.

    Raises TypeError for a source of a field that `kind` does not have.
    """
    return _Columns(kind, _FIELD_READERS, sources).builder()


def from_texts(kind: type[Fact], /, **sources: ValueSource) -> Callable[[Mapping[str, str]], Facts]:
    """Like `from_fields`, for values that are texts cut out of a message."""
    return _Columns(kind, _TEXT_READERS, sources).builder()


def from_pairs(
    kind: type[Fact], mark: str, /, tails: Iterable[tuple[str, str]] = (), **sources: ValueSource
) -> TextBuilder:
    """Returns a function that makes a fact from the `k=v, k=v` behind `mark`.

    `tails` are values at the end that may contain commas, in the order of the message: for each,
    the words before it and its key.
    """
    build, ends = _Columns(kind, _TEXT_READERS, sources).builder(), tuple(tails)
    keys = [key for _, key in ends]
    if not ends:
        return lambda message: build(pairs(message.partition(mark)[2]))

    def cut(message: str) -> Facts:
        pieces, text = [], message
        for begin, _ in ends:
            piece, _, text = text.partition(begin)
            pieces.append(piece)
        values = pairs(pieces[0].partition(mark)[2])
        values.update(zip(keys, (*pieces[1:], text), strict=True))
        return build(values)

    return cut


def from_template(kind: type[Fact], template: str, /, **sources: Choice) -> TextBuilder:
    """Returns a function that makes a fact from `Queue metric: pod={pod}, queueLength={waiting}`.

    A value ends where the words after it begin. `sources` replace the default parsing of a field.
    """
    head, *pieces = re.split(r"\{(\w+)\}", template)
    names = pieces[::2]
    columns = _Columns(kind, _TEXT_READERS, {**{name: name for name in names}, **sources})
    readers = {key: (place, read) for place, (key, read, _) in enumerate(columns.plain)}
    readers.update({key: (place, read) for place, key, read in columns.careful})
    holes = tuple((*readers[n], mark) for n, mark in zip(names, pieces[1::2], strict=True))
    defaults = [default for _, _, default in columns.plain]
    finish, begin = columns.finisher(), len(head)

    def build(message: str) -> Facts:
        values = defaults.copy()
        text = message[begin:]
        for place, read, mark in holes:
            if mark:
                value, _, text = text.partition(mark)
                values[place] = read(value)
            else:
                values[place] = read(text)
        return finish(values)

    return build


class _Columns:
    """The fields of a fact in their order, each with its source.

    All names are checked here, at import. A fact is built from positional values, which is faster
    than from keywords.
    """

    __slots__ = ("careful", "derived", "kind", "plain", "required")

    def __init__(
        self,
        kind: type[Fact],
        readers: Mapping[type, ValueReader],
        sources: Mapping[str, ValueSource],
    ) -> None:
        fields, hints = msgspec.structs.fields(kind), get_type_hints(kind)
        names = [field.name for field in fields]
        if not sources.keys() <= set(names):
            raise TypeError(f"{kind.__name__} has no {', '.join(sources.keys() - set(names))}")
        # Fields behind the last source keep their defaults.
        fields = fields[: max((names.index(name) + 1 for name in sources), default=0)]
        self.kind = kind
        self.plain: list[tuple[Any, ValueReader, Any]] = []
        self.careful: list[tuple[int, str, ValueReader]] = []
        self.derived: list[tuple[int, Derived, list[int]]] = []
        self.required = [place for place, field in enumerate(fields) if field.required]
        for place, field in enumerate(fields):
            default = None if field.required else field.default
            source = sources.get(field.name, Constant(default))
            choices = source if isinstance(source, tuple) else (source,)
            keyed: list[tuple[str, ValueReader]] = []
            for choice in choices:
                if isinstance(choice, Constant):
                    default = choice.value
                elif isinstance(choice, Derived):
                    places = [names.index(name) for name in choice.names]
                    self.derived.append((place, choice, places))
                elif isinstance(choice, Value):
                    keyed.append((choice.key, choice.read))
                else:
                    keyed.append((choice, _reader(hints[field.name], readers)))
            if len(keyed) == 1 and not default and isinstance(source, str):
                self.plain.append((*keyed[0], default))
                continue
            self.plain.append((None, str, default))
            # Later reads overwrite earlier ones, so the preferred source is read last.
            self.careful += [(place, key, read) for key, read in reversed(keyed)]

    def builder(self) -> FieldBuilder:
        """Returns a function from named values to the fact."""
        plain, careful, finish = self.plain, self.careful, self.finisher()

        def build(named: Mapping[str, Any]) -> Facts:
            values = [read(named[key]) if key in named else default for key, read, default in plain]
            for place, key, read in careful:
                if key in named:
                    value = read(named[key])
                    if value is not None and value != "":
                        values[place] = value
            return finish(values)

        return build

    def finisher(self) -> Callable[[list[Any]], Facts]:
        """Returns a function from positional values to the fact; none if a required one is missing.

        It fills derived fields in the given list.
        """
        kind, required, derived = self.kind, self.required, self.derived

        def finish(values: list[Any]) -> Facts:
            for place in required:
                if not values[place] and values[place] != 0:
                    return ()
            for place, source, places in derived:
                if values[place] is None:
                    values[place] = source.of(*[values[other] for other in places])
            return (kind(*values),)

        return finish


def _reader(hint: Any, readers: Mapping[type, ValueReader]) -> ValueReader:
    """The reader for a field of type `hint`; `X | None` is read like X."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is Literal:
        return lambda value: action(value) if isinstance(value, str) else None
    return readers[hint]
