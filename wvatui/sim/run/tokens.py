"""Shell text to operators and words: quotes, expansions and here-documents are kept together."""

import re
from typing import NamedTuple

from wvatui.sim.run.grammar import ShellError, Word, WordPart

_OPERATORS = (
    "&&",
    "||",
    ";;",
    ">>",
    "<<-",
    "<<",
    ">&",
    "&>",
    ";",
    "|",
    "&",
    "(",
    ")",
    ">",
    "<",
    "\n",
)


class Token(NamedTuple):
    """An operator, or a word."""

    operator: str
    word: Word


class Lexer:
    """Reads a script once."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\\\n", "")
        self._at = 0
        self._tokens: list[Token] = []
        self._heredocs: list[tuple[int, str, bool, bool]] = []
        """(place of its token, delimiter, tabs are stripped, is quoted)."""

    def tokens(self) -> list[Token]:
        """All of them. Raises ShellError."""
        while self._at < len(self._text):
            rest = self._text[self._at :]
            char = rest[0]
            if char in " \t\r":
                self._at += 1
            elif char == "#":
                self._at += len(rest.partition("\n")[0])
            elif digit := re.match(r"[012](?=[<>])", rest):
                self._tokens.append(Token(f"fd{digit.group()}", ()))
                self._at += 1
            elif operator := next((o for o in _OPERATORS if rest.startswith(o)), ""):
                self._at += len(operator)
                self._tokens.append(Token(operator, ()))
                if operator == "\n":
                    self._read_heredocs()
                elif operator in ("<<", "<<-"):
                    self._expect_heredoc(operator == "<<-")
            else:
                self._tokens.append(Token("", self._word()))
        self._read_heredocs()
        return self._tokens

    def _expect_heredoc(self, strip: bool) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1
        word = self._word()
        is_quoted = any(part.kind != "plain" for part in word)
        self._heredocs.append((len(self._tokens), "".join(p.text for p in word), strip, is_quoted))
        self._tokens.append(Token("", ()))

    def _read_heredocs(self) -> None:
        for place, delimiter, strip, is_quoted in self._heredocs:
            lines = []
            while self._at < len(self._text):
                line, newline, _ = self._text[self._at :].partition("\n")
                self._at += len(line) + len(newline)
                line = line.lstrip("\t") if strip else line
                if line == delimiter:
                    break
                lines.append(line + "\n")
            part = WordPart("literal" if is_quoted else "quoted", "".join(lines))
            self._tokens[place] = Token("", (part,))
        self._heredocs.clear()

    def _word(self) -> Word:
        parts: list[WordPart] = []
        plain = ""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in " \t\r\n;|&()<>":
                break
            if char == "'" or char == '"':
                if plain:
                    parts.append(WordPart("plain", plain))
                    plain = ""
                parts.append(self._quoted(char))
            elif char == "\\":
                if plain:
                    parts.append(WordPart("plain", plain))
                    plain = ""
                parts.append(WordPart("literal", self._text[self._at + 1 : self._at + 2]))
                self._at += 2
            elif char == "$" or char == "`":
                end = span(self._text, self._at)
                plain += self._text[self._at : end]
                self._at = end
            else:
                plain += char
                self._at += 1
        if plain:
            parts.append(WordPart("plain", plain))
        return tuple(parts)

    def _quoted(self, quote: str) -> WordPart:
        self._at += 1
        start = self._at
        while self._at < len(self._text) and self._text[self._at] != quote:
            if quote == '"' and self._text[self._at] == "\\":
                self._at += 1
            elif quote == '"' and self._text[self._at] in "$`":
                self._at = span(self._text, self._at) - 1
            self._at += 1
        if self._at >= len(self._text):
            raise ShellError("Unterminated quoted string")
        self._at += 1
        return WordPart("literal" if quote == "'" else "quoted", self._text[start : self._at - 1])


def span(text: str, start: int) -> int:
    """Where an expansion that begins at `start` ($… or `…`) ends."""
    if text[start] == "`":
        end = text.find("`", start + 1)
        return len(text) if end < 0 else end + 1
    for opening, closing in (("$(", ")"), ("${", "}")):
        if text.startswith(opening, start):
            depth, at = 1, start + 2
            while at < len(text) and depth:
                if text[at] == "\\":
                    at += 1
                elif text[at] == "'" and closing == ")":
                    at = max(at, text.find("'", at + 1))
                depth += (text[at] == opening[1]) - (text[at] == closing)
                at += 1
            return at
    match = re.compile(r"\$([A-Za-z_]\w*|[0-9@*#?$!])?").match(text, start)
    return match.end() if match else start + 1
