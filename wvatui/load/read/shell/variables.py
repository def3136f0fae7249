"""Expands words of a shell script: variables, defaults, arithmetic, braces and sequences.

Unknown expansions stay as written (`$RATE`, `$(nproc)`), so that they cannot be mistaken for a
value.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from wvatui.load.read.shell.lexer import Word, WordPart, span

MOST_FIELDS = 1_000
"""Most words that one word of a script may expand to; one that would give more stays as written."""
LONGEST = 1_000_000
"""Most characters of an expanded text; one that would be longer stays as written."""
LONGEST_CUT = 500
"""Most characters of a text to which a pattern is applied, as that tries every length."""
LARGEST = 2**63
"""Limit of a shell's integers, which have 64 bits."""
_PARAMETER = re.compile(r"\$(?:\{(\w+)(?:(:?[-=+?])(.*))?\}|([A-Za-z_]\w*|\d))", re.S)
_ARRAY = re.compile(r"\$\{(\w+)\[[@*]\]\}")
_ELEMENT = re.compile(r"\$\{(#?)(\w+)\[([^\]]+)\]\}")
_CUT = re.compile(r"\$\{(\w+)(##?|%%?)([^}]*)\}")
_BRACES = re.compile(r"^(.*?)\{([^{}$]*(?:,|\.\.)[^{}$]*)\}(.*)$", re.S)
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?\Z")
_DEPTH = 20


@dataclass(slots=True)
class Variables:
    """The variables of a script. `open`: others may be set by an unknown source."""

    values: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, list[str]] = field(default_factory=dict)
    is_open: bool = False

    def copy(self) -> "Variables":
        """A copy, for a subshell."""
        return Variables(dict(self.values), dict(self.arrays), self.is_open)

    def set(self, name: str, value: str) -> None:
        """Set the value of `name`."""
        self.values[name] = value
        self.arrays.pop(name, None)

    def doubt(self, changed: "Variables") -> None:
        """Forget the values that differ in `changed`, as it is unknown which of the two holds."""
        for name in set(changed.values) | set(self.values):
            if changed.values.get(name) != self.values.get(name):
                self.values[name] = f"${name}"
        for name in set(changed.arrays) | set(self.arrays):
            if changed.arrays.get(name) != self.arrays.get(name):
                self.arrays.pop(name, None)

    # --- words

    def joined(self, word: Word) -> str:
        """The expanded text of a word, not split."""
        return "".join(self._part(part) for part in word)

    def fields(self, word: Word) -> list[str]:
        """The fields of a word: braces expanded, and expansions split at white space."""
        texts: list[str] = [""]
        has_text = False
        for part in word:
            if part.kind != "literal" and (match := _ARRAY.fullmatch(part.text)):
                items = self.arrays.get(match[1])
                items = [part.text] if items is None else items
                texts[-1] += items[0] if items else ""
                texts += items[1:]
                has_text = has_text or bool(items)
            elif part.kind == "plain" and "$" in part.text:
                first, *more = self._part(part).split() or [""]
                if part.text.startswith("$(") and not self._known(part.text):
                    first, more = self._part(part), []
                texts[-1] += first
                texts += more
                has_text = has_text or bool(first)
            elif part.kind == "plain":
                head, *rest = braced(part.text)
                texts += [texts[-1] + item for item in rest]
                texts[-1 - len(rest)] += head
                has_text = True
            else:
                texts[-1] += self._part(part)
                has_text = True
        return texts[:MOST_FIELDS] if has_text else []

    def _known(self, text: str) -> bool:
        return "$" not in self.expanded(text)

    def _part(self, part: WordPart) -> str:
        return part.text if part.kind == "literal" else self.expanded(part.text)

    def expanded(self, text: str, depth: int = 0) -> str:
        """`text` with known expansions replaced."""
        result, at = "", 0
        while at < len(text):
            char = text[at]
            if char == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\"):
                result += text[at + 1 : at + 2]
                at += 2
            elif char == "$" and depth < _DEPTH:
                end = span(text, at)
                result += self._value(text[at:end], depth + 1)
                at = end
            elif char == "`" and depth < _DEPTH and (end := text.find("`", at + 1)) > 0:
                result += self._output(text[at + 1 : end], depth + 1)
                at = end + 1
            else:
                result += char
                at += 1
        return result if len(result) <= LONGEST else text

    def _value(self, text: str, depth: int) -> str:
        if text.startswith("$((") and text.endswith("))"):
            total = self.sum(text[3:-2])
            return text if total is None else str(total)
        if text.startswith("$("):
            return self._output(text[2:-1], depth)
        if match := _PARAMETER.fullmatch(text):
            return self._parameter(match, depth)
        if match := _CUT.fullmatch(text):
            value = self.values.get(match[1])
            is_left = value is None or "$" in value or len(value) > LONGEST_CUT
            return text if value is None or is_left else _cut(value, match[2], match[3])
        if match := _ELEMENT.fullmatch(text):
            items = self.arrays.get(match[2])
            if items is None:
                return text
            if match[1]:
                return str(len(items))
            index = self.sum(match[3])
            return items[index] if index is not None and -len(items) <= index < len(items) else text
        return text

    def _parameter(self, match: re.Match[str], depth: int) -> str:
        name, how, other = match[1] or match[4], match[2] or "", match[3] or ""
        value = self.values.get(name)
        items = self.arrays.get(name)
        if value is None and items:
            value = items[0]
        is_set = bool(value) if how.startswith(":") else value is not None
        if how.endswith("+"):
            return self._default(other, depth) if is_set else "" if not self.is_open else match[0]
        if is_set or (value is not None and not how):
            return value or ""
        if how.endswith(("-", "=")) and not self.is_open:
            default = self._default(other, depth)
            if how.endswith("="):
                self.values[name] = default
            return default
        return match[0]

    def _default(self, text: str, depth: int) -> str:
        return self.expanded(text.strip("\"'"), depth)

    def _output(self, command: str, depth: int) -> str:
        """The output of `$(command)`, where its words determine it: seq, echo, printf."""
        words = self.expanded(command, depth).split()
        if words[:1] == ["seq"] and (numbers := sequence(words[1:])) is not None:
            return " ".join(numbers)
        known = words[:1] in (["echo"], ["expr"]) and not set("|;&<>`$()") & set(" ".join(words))
        if known and words[0] == "echo":
            return " ".join(words[1:]).replace('"', "").replace("'", "")
        if known and (total := self.sum(" ".join(words[1:]).replace("\\", ""))) is not None:
            return str(total)
        return f"$({command})"

    # --- arithmetic

    def sum(self, text: str) -> int | None:
        """The value of an arithmetic expression; None where a part of it is unknown."""
        known = re.sub(
            r"\$\{(\w+)\}|\$?\b([A-Za-z_]\w*)",
            lambda m: self.values.get(m[1] or m[2], "?"),
            self.expanded(text),
        )
        known = known.replace("&&", " and ").replace("||", " or ")
        known = re.sub(r"(?<![\w.])0+(?=\d)", "", known.strip()).replace("/", "//")
        try:
            value = _whole(ast.parse(known, mode="eval").body)
            return value if -LARGEST <= value < LARGEST else None
        except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
            return None

    def assign(self, text: str) -> int | None:
        """Evaluate `i=1`, `i++`, `i+=2` and the like, and return the value. None: unknown."""
        match = re.fullmatch(r"\s*(\w+)\s*(\+\+|--|[-+*/]?=(?!=))\s*(.*?)\s*", text, re.S)
        if match is None:
            return self.sum(text)
        name, how, rest = match.groups()
        if how in ("++", "--"):
            value = self.sum(f"{name} {how[0]} 1")
        else:
            value = self.sum(f"{name} {how[0]} ({rest})" if how != "=" else rest)
        self.values[name] = f"$(({text.strip()}))" if value is None else str(value)
        return value


_SUMS: Mapping[type[ast.AST], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: lambda a, b: int(a / b),
    ast.Mod: lambda a, b: a - b * int(a / b),
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Pow: lambda a, b: a**b if abs(a) < 1000 and 0 <= b < 20 else _no(),
}


def _no() -> int:
    raise ValueError("too large")


def _whole(node: ast.expr) -> int:
    """The value of a parsed expression. Raises ValueError for an unsupported one."""
    match node:
        case ast.Constant(value=int(value)):
            return int(value)
        case ast.UnaryOp(op=ast.USub()):
            return -_whole(node.operand)
        case ast.BinOp() if type(node.op) in _SUMS:
            return _SUMS[type(node.op)](_whole(node.left), _whole(node.right))
        case ast.Compare(ops=[op], comparators=[right]) if type(op) in _SUMS:
            return int(_SUMS[type(op)](_whole(node.left), _whole(right)))
        case ast.BoolOp():
            values = [bool(_whole(value)) for value in node.values]
            return int(all(values) if isinstance(node.op, ast.And) else any(values))
    raise ValueError("not a sum")


def sequence(words: Iterable[str]) -> list[str] | None:
    """The output of `seq` as words; None where its arguments are unknown."""
    try:
        values = [int(word) for word in words if not word.startswith(("-s", "-w", "-f"))]
    except ValueError:
        return None
    if not 1 <= len(values) <= 3:
        return None
    first, step = (values[0] if len(values) > 1 else 1), (values[1] if len(values) == 3 else 1)
    if not step:
        return None
    end = values[-1] + (1 if step > 0 else -1)
    numbers = range(first, end, step)
    return [str(value) for value in numbers] if len(numbers) <= MOST_FIELDS else None


def printed(words: Sequence[str]) -> str | None:
    """The output of echo or printf; None where their words do not determine it."""
    name, rest, end = next(iter(words), ""), list(words[1:]), "\n"
    if name == "printf" and rest:
        if rest[0] in ("%s", "%s\\n"):
            end = "\n" if rest[0] != "%s" else ""
            return "".join(f"{word}{end}" for word in rest[1:])
        return None if "%" in rest[0] or "\\" in rest[0] else rest[0]
    if name != "echo":
        return None
    while rest and rest[0] in ("-e", "-n", "-ne", "-en"):
        end = "" if "n" in rest[0] else end
        rest = rest[1:]
    return " ".join(rest) + end


def braced(text: str) -> list[str]:
    """The words that bash's `{1..4}` and `{a,b}` expand to."""
    match = _BRACES.match(text)
    if match is None:
        return [text]
    before, inner, after = match.groups()
    if span_ := _RANGE.match(inner):
        first, last, step = int(span_[1]), int(span_[2]), abs(int(span_[3] or 1)) or 1
        up = last >= first
        values = range(first, last + (1 if up else -1), step if up else -step)
        if len(values) > MOST_FIELDS:
            return [f"${text}"]
        items = [str(value) for value in values]
    elif "," in inner:
        items = inner.split(",")
    else:
        return [text]
    ends = braced(after)
    if len(items) * len(ends) > MOST_FIELDS:
        return [f"${text}"]
    return [f"{before}{item}{end}" for item in items for end in ends]


def _cut(value: str, how: str, pattern: str) -> str:
    """`${name#pattern}` and `${name%pattern}`, shortest or longest match removed."""
    sizes = range(len(value) + 1) if len(how) == 1 else range(len(value), -1, -1)
    for size in sizes:
        part = value[:size] if how[0] == "#" else value[len(value) - size :]
        if fnmatchcase(part, pattern):
            return value[size:] if how[0] == "#" else value[: len(value) - size]
    return value
