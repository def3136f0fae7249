"""Shell text to commands: as much of POSIX sh as recorded and built-in load jobs are written in.

That is simple commands with assignments, quotes, expansions, redirections and here-documents;
pipelines, `&&`, `||` and `&`; subshells; and `for`. Everything else is a syntax error.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple


class ShellError(Exception):
    """The text cannot be read as shell."""


class WordPart(NamedTuple):
    """A piece of a word. kind: literal, quoted (expanded, not split) or plain (both)."""

    kind: str
    text: str


Word = tuple[WordPart, ...]


class Redirect(NamedTuple):
    """`>`, `>>`, `<<` (then `word` is the text) or `>&` of a file descriptor."""

    descriptor: int
    operator: str
    word: Word


@dataclass
class Simple:
    """Assignments, words, redirections."""

    assigned: list[tuple[str, Word]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass
class Chain:
    """Pipelines joined by && and ||: (operator before it, its commands); with & it runs beside."""

    parts: "list[tuple[str, list[Command]]]"
    runs_beside: bool = False


@dataclass
class Body:
    """Commands in order: a script, what a loop repeats, or what parentheses hold."""

    chains: list[Chain]


@dataclass
class For:
    """`for name in words`."""

    name: str
    words: list[Word]
    body: Body


Command = Simple | Body | For
_OPERATORS = ("&&", "||", ">>", "<<", ">&", ";", "|", "&", "(", ")", ">", "<", "\n")
_UNREAD = {"if", "while", "until", "case", "function", "!", "{", "[["}
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


class Token(NamedTuple):
    """An operator, or a word."""

    operator: str
    word: Word = ()

    @property
    def name(self) -> str:
        """The text of a word that stands without quotes, else empty."""
        plain = len(self.word) == 1 and self.word[0].kind == "plain"
        return self.word[0].text if plain else ""


_END = Token("end of file")


def parse(text: str) -> Body:
    """The commands of a script. Raises ShellError."""
    parser = _Parser(_Lexer(text).tokens())
    body = parser.body()
    if parser.next is not _END:
        raise ShellError(f'"{parser.next.operator or parser.next.name}" unexpected')
    return body


def span(text: str, start: int) -> int:
    """Where an expansion that begins at `start` ($…) ends."""
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
    match = re.compile(r"\$([A-Za-z_]\w*|\?)").match(text, start)
    return match.end() if match else start + 1


class _Lexer:
    """Reads a script once; quotes, expansions and here-documents are kept together."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\\\n", "")
        self._at = 0
        self._tokens: list[Token] = []
        self._heredocs: list[tuple[int, Word]] = []
        """(place of its token, delimiter)."""

    def tokens(self) -> list[Token]:
        """All of them. Raises ShellError."""
        while self._at < len(self._text):
            rest = self._text[self._at :]
            if rest[0] in " \t\r":
                self._at += 1
            elif rest[0] == "#":
                self._at += len(rest.partition("\n")[0])
            elif digit := re.match(r"[12](?=>)", rest):
                self._tokens.append(Token(f"fd{digit.group()}"))
                self._at += 1
            elif operator := next((o for o in _OPERATORS if rest.startswith(o)), ""):
                self._operator(operator)
            else:
                self._tokens.append(Token("", self._word()))
        self._read_heredocs()
        return self._tokens

    def _operator(self, operator: str) -> None:
        self._at += len(operator)
        self._tokens.append(Token(operator))
        if operator == "\n":
            self._read_heredocs()
        elif operator == "<<":
            while self._text[self._at : self._at + 1] in (" ", "\t"):
                self._at += 1
            self._heredocs.append((len(self._tokens), self._word()))
            self._tokens.append(Token(""))

    def _read_heredocs(self) -> None:
        for place, delimiter in self._heredocs:
            end = "".join(part.text for part in delimiter)
            lines = self._text[self._at :].splitlines(keepends=True)
            count = next(
                (n for n, line in enumerate(lines) if line.rstrip("\n") == end), len(lines)
            )
            self._at += sum(map(len, lines[: count + 1]))
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


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def body(self, until: str = "") -> Body:
        chains: list[Chain] = []
        while True:
            self._skip(";", "\n")
            if self.next in (_END, Token(")")) or (until and self.next.name == until):
                return Body(chains)
            chains.append(self._chain())

    def _chain(self) -> Chain:
        parts = [("", self._pipeline())]
        while (operator := self.next.operator) in ("&&", "||"):
            self._at += 1
            self._skip("\n")
            parts.append((operator, self._pipeline()))
        runs_beside = self.next.operator == "&"
        self._at += runs_beside
        return Chain(parts, runs_beside)

    def _pipeline(self) -> list[Command]:
        commands = [self._command()]
        while self.next.operator == "|":
            self._at += 1
            self._skip("\n")
            commands.append(self._command())
        return commands

    def _command(self) -> Command:
        if self.next.operator == "(":
            self._at += 1
            body = self.body()
            if self.next.operator != ")":
                raise ShellError('")" expected')
            self._at += 1
            return body
        if self.next.name in _UNREAD:
            raise ShellError(f'"{self.next.name}" is not simulated')
        return self._for() if self.next.name == "for" else self._simple()

    def _for(self) -> For:
        self._at += 1
        name = self.next.name
        self._at += 1
        self._expect("in")
        words: list[Word] = []
        while not self.next.operator:
            words.append(self.next.word)
            self._at += 1
        self._skip(";", "\n")
        self._expect("do")
        body = self.body("done")
        self._expect("done")
        return For(name, words, body)

    def _simple(self) -> Simple:
        simple = Simple()
        while True:
            token = self.next
            if redirect := self._redirect():
                simple.redirects.append(redirect)
                continue
            if token.operator:
                break
            self._at += 1
            first = token.word[0] if token.word else WordPart("literal", "")
            match = _ASSIGNMENT.match(first.text) if first.kind == "plain" else None
            if match and not simple.words:
                rest = WordPart("plain", first.text[match.end() :])
                simple.assigned.append((match.group(1), (rest, *token.word[1:])))
            else:
                simple.words.append(token.word)
        if not (simple.words or simple.assigned or simple.redirects):
            raise ShellError(f'"{token.operator}" unexpected')
        return simple

    def _redirect(self) -> Redirect | None:
        descriptor, at = 1, self._at
        if self.next.operator.startswith("fd"):
            descriptor = int(self.next.operator[2:])
            self._at += 1
        operator = self.next.operator
        if operator not in (">", ">>", "<<", ">&"):
            self._at = at
            return None
        self._at += 1
        word = self.next.word
        if self.next.operator:
            raise ShellError(f'"{operator}" needs a word')
        self._at += 1
        return Redirect(descriptor, operator, word)

    def _skip(self, *operators: str) -> None:
        while self.next.operator in operators:
            self._at += 1

    def _expect(self, word: str) -> None:
        if self.next.name != word:
            raise ShellError(f'"{word}" expected')
        self._at += 1
