"""Words of a shell to the fields they become: variables, commands inside, sums, file names."""

import re
from abc import ABC, abstractmethod
from collections.abc import Generator

from wvatui.sim.run.box import Box
from wvatui.sim.run.grammar import Word, WordPart
from wvatui.sim.run.process import Signal, Sleep
from wvatui.sim.run.tokens import span

Expanded = Generator[Sleep | Signal, None, str]
ShellFields = Generator[Sleep | Signal, None, list[str]]


class Expansion(ABC):
    """The half of a shell that expands words; the other half runs what stands inside `$(…)`."""

    def __init__(self, box: Box, name: str) -> None:
        self._box, self._name = box, name
        self._variables = dict(box.env)
        self._arguments: list[str] = []
        self._status = 0

    @abstractmethod
    def _inside(self, text: str) -> Expanded:
        """What the commands in `text` write."""

    def _joined(self, word: Word) -> Expanded:
        text = ""
        for part in word:
            text += part.text if part.kind == "literal" else (yield from self._expanded(part))
        return text

    def _fields(self, word: Word) -> ShellFields:
        """The fields that a word becomes: unquoted expansions are split, and files matched."""
        if len(word) == 1 and word[0] == WordPart("quoted", "$@"):
            return list(self._arguments)
        fields = [""]
        has_text = False
        for part in word:
            if part.kind != "plain":
                fields[-1] += (
                    part.text if part.kind == "literal" else (yield from self._expanded(part))
                )
                has_text = True
                continue
            text = yield from self._expanded(part)
            if "$" not in part.text and "`" not in part.text:
                fields[-1] += text
                has_text = True
                continue
            pieces = text.split()
            if not pieces:
                continue
            fields[-1] += pieces[0]
            fields += pieces[1:]
            has_text = True
        if not has_text:
            return []
        return [name for one in fields for name in self._matched(one, word)]

    def _matched(self, field: str, word: Word) -> list[str]:
        if "*" not in field or not any("*" in p.text for p in word if p.kind == "plain"):
            return [field]
        pattern = re.compile(re.escape(self._box.path(field)).replace(r"\*", "[^/]*"))
        return [p for p in sorted(self._box.files.paths()) if pattern.fullmatch(p)] or [field]

    def _expanded(self, part: WordPart) -> Expanded:
        text, result, at = part.text, "", 0
        while at < len(text):
            char = text[at]
            if char == "\\" and part.kind == "quoted" and text[at + 1 : at + 2] in '$`"\\':
                result += text[at + 1 : at + 2]
                at += 2
            elif char in "$`":
                end = span(text, at)
                result += yield from self._value(text[at:end])
                at = end
            else:
                result += char
                at += 1
        return result

    def _value(self, text: str) -> Expanded:
        if text.startswith("$(("):
            return self._sum(text[3:-2])
        if text.startswith(("$(", "`")):
            inner = text[2:-1] if text.startswith("$(") else text[1:-1]
            return (yield from self._inside(inner))
        name = text[2:-1] if text.startswith("${") else text[1:]
        match = re.match(r"(\w+|[?#@*$])(:?[-=+?]|##?|%%?)?(.*)", name, re.S)
        if match is None:
            return text
        key, operator, rest = match.groups()
        value = self._variable(key)
        if operator in (":-", "-", ":=", "=") and not value:
            value = yield from self._expanded(WordPart("quoted", rest.strip('"')))
            if operator in (":=", "="):
                self._variables[key] = value
        elif operator in (":+", "+"):
            value = (yield from self._expanded(WordPart("quoted", rest))) if value else ""
        elif operator in ("##", "#") and rest:
            value = (
                value.rpartition(rest.lstrip("*"))[2]
                if operator == "##"
                else (value.removeprefix(rest))
            )
        elif operator in ("%%", "%") and rest:
            value = value.removesuffix(rest.rstrip("*"))
        return value

    def _variable(self, name: str) -> str:
        match name:
            case "?":
                return str(self._status)
            case "$":
                return "7"
            case "#":
                return str(len(self._arguments))
            case "@" | "*":
                return " ".join(self._arguments)
            case "0":
                return self._name
        if name.isdigit():
            place = int(name) - 1
            return self._arguments[place] if place < len(self._arguments) else ""
        return self._variables.get(name, "")

    def _sum(self, text: str) -> str:
        """Whole numbers with + - * / %, from left to right as they bind."""
        known = re.sub(r"\$?([A-Za-z_]\w*)", lambda m: self._variable(m.group(1)) or "0", text)
        numbers = re.findall(r"\d+|[-+*/%]", known)
        total, sign, term, operator = 0, 1, 0, "+"
        for token in numbers:
            if not token.isdigit():
                operator = token
                continue
            value = int(token)
            if operator in "+-":
                total += sign * term
                sign, term = (1 if operator == "+" else -1), value
            elif operator == "*":
                term *= value
            elif value:
                term = term // value if operator == "/" else term % value
        return str(total + sign * term)
