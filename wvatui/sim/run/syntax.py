"""Shell text to commands: as much of POSIX sh as load jobs are written in."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple


class ShellError(Exception):
    """The text cannot be read as shell."""


class Part(NamedTuple):
    """A piece of a word. kind: literal, quoted (expanded, not split) or plain (both)."""

    kind: str
    text: str


Word = tuple[Part, ...]


class Redirect(NamedTuple):
    """`>`, `>>`, `<`, `<<` (then `word` is the text) or `>&` of a file descriptor."""

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
class Pipeline:
    """Commands one into the other."""

    commands: "list[Command]"
    is_negated: bool = False


@dataclass
class Chain:
    """Pipelines joined by && and ||: (operator before it, pipeline); with & it runs beside."""

    parts: list[tuple[str, Pipeline]]
    runs_beside: bool = False


@dataclass
class Body:
    """Commands in order; in parentheses or braces it can be redirected."""

    chains: list[Chain]
    redirects: list[Redirect] = field(default_factory=list)
    is_apart: bool = False
    """In parentheses: a shell of its own."""


@dataclass
class If:
    """(condition, then) in order, the else last."""

    branches: list[tuple[Body, Body]]
    otherwise: Body | None


@dataclass
class While:
    """`while`, or with `until` its opposite."""

    condition: Body
    body: Body
    until: bool


@dataclass
class For:
    """`for name in words`."""

    name: str
    words: list[Word]
    body: Body


Command = Simple | Body | If | While | For

_OPERATORS = ("&&", "||", ";;", ">>", "<<-", "<<", ">&", "&>", ";", "|", "&", "(", ")", ">", "<",
              "\n")  # fmt: skip
_RESERVED = {"then", "else", "elif", "fi", "do", "done", "}"}
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


class Token(NamedTuple):
    """An operator, or a word."""

    operator: str
    word: Word


def parse(text: str) -> Body:
    """The commands of a script. Raises ShellError."""
    reader = _Parser(_Lexer(text).tokens())
    body = reader.body(set())
    reader.expect_end()
    return body


class _Lexer:
    def __init__(self, text: str) -> None:
        self._text = text.replace("\\\n", "")
        self._at = 0
        self._tokens: list[Token] = []
        self._heredocs: list[tuple[int, str, bool, bool]] = []
        """(place of its token, delimiter, tabs are stripped, is quoted)."""

    def tokens(self) -> list[Token]:
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
            part = Part("literal" if is_quoted else "quoted", "".join(lines))
            self._tokens[place] = Token("", (part,))
        self._heredocs.clear()

    def _word(self) -> Word:
        parts: list[Part] = []
        plain = ""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in " \t\r\n;|&()<>":
                break
            if char == "'" or char == '"':
                if plain:
                    parts.append(Part("plain", plain))
                    plain = ""
                parts.append(self._quoted(char))
            elif char == "\\":
                if plain:
                    parts.append(Part("plain", plain))
                    plain = ""
                parts.append(Part("literal", self._text[self._at + 1 : self._at + 2]))
                self._at += 2
            elif char == "$" or char == "`":
                end = span(self._text, self._at)
                plain += self._text[self._at : end]
                self._at = end
            else:
                plain += char
                self._at += 1
        if plain:
            parts.append(Part("plain", plain))
        return tuple(parts)

    def _quoted(self, quote: str) -> Part:
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
        return Part("literal" if quote == "'" else "quoted", self._text[start : self._at - 1])


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


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            shown = token.operator or _plain(token.word)
            raise ShellError(f'"{shown}" unexpected')

    def body(self, until: set[str]) -> Body:
        chains = []
        while True:
            while self._peek_operator() in (";", "\n"):
                self._at += 1
            if self._at >= len(self._tokens) or self._peek_operator() == ")":
                break
            if self._peek_word() in until | (_RESERVED if until else set()):
                break
            chains.append(self._chain())
        return Body(chains)

    def _chain(self) -> Chain:
        parts = [("", self._pipeline())]
        while (operator := self._peek_operator()) in ("&&", "||"):
            self._at += 1
            self._skip_newlines()
            parts.append((operator, self._pipeline()))
        runs_beside = self._peek_operator() == "&"
        self._at += runs_beside
        return Chain(parts, runs_beside)

    def _pipeline(self) -> Pipeline:
        is_negated = self._peek_word() == "!"
        self._at += is_negated
        commands = [self._command()]
        while self._peek_operator() == "|":
            self._at += 1
            self._skip_newlines()
            commands.append(self._command())
        return Pipeline(commands, is_negated)

    def _command(self) -> Command:
        word = self._peek_word()
        if self._peek_operator() == "(":
            self._at += 1
            body = self.body(set())
            self._expect_operator(")")
            body.is_apart = True
            body.redirects = self._redirects()
            return body
        match word:
            case "{":
                self._at += 1
                body = self.body({"}"})
                self._expect("}")
                body.redirects = self._redirects()
                return body
            case "if":
                return self._if()
            case "while" | "until":
                self._at += 1
                condition = self.body({"do"})
                return While(condition, self._loop(), word == "until")
            case "for":
                return self._for()
        return self._simple()

    def _if(self) -> If:
        branches, otherwise = [], None
        self._at += 1
        while True:
            condition = self.body({"then"})
            self._expect("then")
            branches.append((condition, self.body({"elif", "else", "fi"})))
            word = self._peek_word()
            self._at += 1
            if word == "else":
                otherwise = self.body({"fi"})
                self._expect("fi")
            if word != "elif":
                break
        self._redirects()
        return If(branches, otherwise)

    def _for(self) -> For:
        self._at += 1
        name = self._peek_word() or ""
        self._at += 1
        words: list[Word] = []
        if self._peek_word() == "in":
            self._at += 1
            while self._at < len(self._tokens) and not self._tokens[self._at].operator:
                words.append(self._tokens[self._at].word)
                self._at += 1
        while self._peek_operator() in (";", "\n"):
            self._at += 1
        return For(name, words, self._loop())

    def _loop(self) -> Body:
        self._expect("do")
        body = self.body({"done"})
        self._expect("done")
        body.redirects = self._redirects()
        return body

    def _simple(self) -> Simple:
        simple = Simple()
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if redirect := self._redirect():
                simple.redirects.append(redirect)
                continue
            if token.operator:
                break
            self._at += 1
            first = token.word[0] if token.word else Part("literal", "")
            match = _ASSIGNMENT.match(first.text) if first.kind == "plain" else None
            if match and not simple.words:
                rest = Part("plain", first.text[match.end() :])
                simple.assigned.append((match.group(1), (rest, *token.word[1:])))
            else:
                simple.words.append(token.word)
        if not (simple.words or simple.assigned or simple.redirects):
            self.expect_end()
            raise ShellError("end of file unexpected")
        return simple

    def _redirects(self) -> list[Redirect]:
        found = []
        while redirect := self._redirect():
            found.append(redirect)
        return found

    def _redirect(self) -> Redirect | None:
        operator = self._peek_operator()
        descriptor = -1
        if operator.startswith("fd"):
            descriptor = int(operator[2:])
            self._at += 1
            operator = self._peek_operator()
        if operator not in (">", ">>", "<", "<<", "<<-", ">&", "&>"):
            return None
        self._at += 1
        if self._at >= len(self._tokens) or self._tokens[self._at].operator:
            raise ShellError(f'"{operator}" needs a word')
        word = self._tokens[self._at].word
        self._at += 1
        if descriptor < 0:
            descriptor = 0 if operator.startswith("<") else 1
        if operator == "&>":
            return Redirect(3, ">", word)
        return Redirect(descriptor, operator.rstrip("-") if "<<" in operator else operator, word)

    def _peek_operator(self) -> str:
        return self._tokens[self._at].operator if self._at < len(self._tokens) else ""

    def _peek_word(self) -> str | None:
        if self._at >= len(self._tokens) or self._tokens[self._at].operator:
            return None
        word = self._tokens[self._at].word
        return word[0].text if len(word) == 1 and word[0].kind == "plain" else None

    def _skip_newlines(self) -> None:
        while self._peek_operator() == "\n":
            self._at += 1

    def _expect(self, word: str) -> None:
        if self._peek_word() != word:
            raise ShellError(f'"{word}" expected')
        self._at += 1

    def _expect_operator(self, operator: str) -> None:
        if self._peek_operator() != operator:
            raise ShellError(f'"{operator}" expected')
        self._at += 1


def _plain(word: Word) -> str:
    return "".join(part.text for part in word)
