"""Evaluates `test`, `[` and `[[` where the values are known."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


def tested(words: Sequence[str]) -> bool | None:
    """Whether the test holds; None where a part of it is unknown or not supported."""
    rest = list(words[1:])
    if rest and rest[-1] in ("]", "]]"):
        rest = rest[:-1]
    for word, join in (("||", any), ("-o", any), ("&&", all), ("-a", all)):
        if word in rest:
            at = rest.index(word)
            parts = [tested(["[", *rest[:at]]), tested(["[", *rest[at + 1 :]])]
            sure = join is any
            return sure if sure in parts else None if None in parts else join(map(bool, parts))
    if rest[:1] == ["!"]:
        holds = tested(["[", *rest[1:]])
        return None if holds is None else not holds
    if any("$" in word for word in rest):
        return None
    match rest:
        case [word]:
            return bool(word)
        case ["-z", word]:
            return not word
        case ["-n", word]:
            return bool(word)
        case [left, "=" | "==", right]:
            return fnmatchcase(left, right) if words[0] == "[[" else left == right
        case [left, "!=", right]:
            return not fnmatchcase(left, right) if words[0] == "[[" else left != right
        case [left, how, right] if how in _NUMBERS:
            try:
                return _NUMBERS[how](int(left), int(right))
            except ValueError:
                return None
    return None
