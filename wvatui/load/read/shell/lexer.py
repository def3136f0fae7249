"""Splits shell text into words and operators; quotes, expansions and here-documents are kept
together."""

import re
from typing import NamedTuple


class ShellError(Exception):
    """The text cannot be parsed as shell."""


class WordPart(NamedTuple):
    """A piece of a word. kind: literal, quoted (expanded, not split) or plain (expanded and
    split)."""

    kind: str
    text: str


Word = tuple[WordPart, ...]


_OPERATOR = re.compile(r"&&|\|\||;;|&>|\|&|>>|<<<|<<-|<<|>&|<&|>\||[;|&()><\n]")
_SAME = {">|": ">", "&>": ">", "<<-": "<<", "|&": "|"}
"""Operators of bash that are treated like those of POSIX sh."""

_BEFORE_COMMAND = {"do", "then", "else", "elif", "if", "while", "until", "{", "!", "for"}
"""Words after which a command begins."""
_EXPANSION = re.compile(r"\$([A-Za-z_]\w*|[?#@*\d$!])")


class Token(NamedTuple):
    """An operator, or a word."""

    operator: str
    word: Word = ()

    @property
    def name(self) -> str:
        """The text of an unquoted word, else empty."""
        plain = len(self.word) == 1 and self.word[0].kind == "plain"
        return self.word[0].text if plain else ""


END = Token("end of file")


def span(text: str, start: int) -> int:
    """Index at which the expansion that begins at `start` ($…) ends."""
    for opening, closing in (("$(", ")"), ("${", "}")):
        if text.startswith(opening, start):
            depth, at = 1, start + 2
            while at < len(text) and depth:
                if text[at] == "\\":
                    at += 1
                elif text[at] == "'" and closing == ")":
                    at = max(at, text.find("'", at + 1))
                depth += (text[at : at + 1] == opening[1]) - (text[at : at + 1] == closing)
                at += 1
            return at
    match = _EXPANSION.match(text, start)
    return match.end() if match else start + 1


class Lexer:
    """Reads a script once, from front to end."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\\\n", "")
        self._at = 0
        self._tokens: list[Token] = []
        self._heredocs: list[tuple[int, Word, bool]] = []
        """(index of its token, delimiter, whether tabs at the start of its lines are removed)."""

    def tokens(self) -> list[Token]:
        """All tokens. Raises ShellError."""
        while self._at < len(self._text):
            rest = self._text[self._at :]
            if rest[0] in " \t\r":
                self._at += 1
            elif rest[0] == "#":
                self._at += len(rest.partition("\n")[0])
            elif digit := re.match(r"[12](?=>)", rest):
                self._tokens.append(Token(f"fd{digit.group()}"))
                self._at += 1
            elif rest.startswith("((") and self._begins_command():
                self._sum(rest)
            elif operator := _OPERATOR.match(rest):
                self._operator(operator.group())
            else:
                self._tokens.append(Token("", self._word()))
        self._read_heredocs()
        return self._tokens

    def _begins_command(self) -> bool:
        last = self._tokens[-1] if self._tokens else Token("\n")
        return last.operator in (";", "\n", "&&", "||", "|") or last.name in _BEFORE_COMMAND

    def _sum(self, rest: str) -> None:
        """`((…))`, kept together as one token."""
        depth = end = 0
        for end, char in enumerate(rest, 1):  # noqa: B007 - where it ends is what is wanted
            depth += (char == "(") - (char == ")")
            if not depth:
                break
        if depth or not rest[:end].endswith("))"):
            self._operator("(")  # a subshell in a subshell
            return
        self._at += end
        self._tokens.append(Token("((", (WordPart("literal", rest[2 : end - 2]),)))

    def _operator(self, operator: str) -> None:
        self._at += len(operator)
        self._tokens.append(Token(_SAME.get(operator, operator)))
        if operator == "\n":
            self._read_heredocs()
        elif operator in ("<<", "<<-"):
            while self._text[self._at : self._at + 1] in (" ", "\t"):
                self._at += 1
            self._heredocs.append((len(self._tokens), self._word(), operator == "<<-"))
            self._tokens.append(Token(""))

    def _read_heredocs(self) -> None:
        for place, delimiter, without_tabs in self._heredocs:
            end = "".join(part.text for part in delimiter)
            lines = self._text[self._at :].splitlines(keepends=True)
            size = [len(line) for line in lines]
            if without_tabs:
                lines = [line.lstrip("\t") for line in lines]
            count = next(
                (n for n, line in enumerate(lines) if line.rstrip("\n") == end), len(lines)
            )
            self._at += sum(size[: count + 1])
            is_quoted = any(part.kind != "plain" for part in delimiter)
            part = WordPart("literal" if is_quoted else "quoted", "".join(lines[:count]))
            self._tokens[place] = Token("", (part,))
        self._heredocs.clear()

    def _word(self) -> Word:
        parts: list[WordPart] = []
        plain = ""
        while self._at < len(self._text) and (char := self._text[self._at]) not in " \t\r\n;|&()<>":
            if char in "'\"\\":
                parts += [WordPart("plain", plain)] if plain else []
                plain = ""
                parts.append(self._quoted(char))
                continue
            end = span(self._text, self._at) if char == "$" else self._at + 1
            plain += self._text[self._at : end]
            self._at = end
        return (*parts, WordPart("plain", plain)) if plain else tuple(parts)

    def _quoted(self, quote: str) -> WordPart:
        self._at += 1
        start = self._at
        if quote == "\\":
            self._at += 1
            return WordPart("literal", self._text[start : self._at])
        while self._at < len(self._text) and self._text[self._at] != quote:
            if quote == '"' and self._text[self._at] == "\\":
                self._at += 1
            elif quote == '"' and self._text[self._at] == "$":
                self._at = span(self._text, self._at) - 1
            self._at += 1
        if self._at >= len(self._text):
            raise ShellError("Unterminated quoted string")
        self._at += 1
        return WordPart("literal" if quote == "'" else "quoted", self._text[start : self._at - 1])
