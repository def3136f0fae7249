"""Shell text to commands: as much of POSIX sh as load jobs are written in."""

import re

from wvatui.sim.run.grammar import (
    Body,
    Chain,
    Command,
    For,
    If,
    Pipeline,
    Redirect,
    ShellError,
    Simple,
    While,
    Word,
    WordPart,
)
from wvatui.sim.run.tokens import Lexer, Token

_RESERVED = {"then", "else", "elif", "fi", "do", "done", "}"}
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


def parse(text: str) -> Body:
    """The commands of a script. Raises ShellError."""
    reader = _Parser(Lexer(text).tokens())
    body = reader.body(set())
    reader.expect_end()
    return body


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
            first = token.word[0] if token.word else WordPart("literal", "")
            match = _ASSIGNMENT.match(first.text) if first.kind == "plain" else None
            if match and not simple.words:
                rest = WordPart("plain", first.text[match.end() :])
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
