"""Parses shell text: POSIX sh, and those features of bash that load jobs use.

Simple commands with assignments, arrays, quotes, expansions, redirections and here-documents;
pipelines, `&&`, `||`, `!` and `&`; subshells and groups; `for` (including bash's form), `while`,
`until`, `if`, `case`, functions, `[[ … ]]` and `(( … ))`. Everything else is a syntax error.
"""

import re
from collections.abc import Callable

from wvatui.load.read.shell.lexer import END, Lexer, ShellError, Token, Word, WordPart
from wvatui.load.read.shell.nodes import (
    Arithmetic,
    Body,
    CaseOf,
    Chain,
    Command,
    CountLoop,
    Definition,
    For,
    Group,
    If,
    Negated,
    Redirect,
    Redirected,
    Simple,
    While,
)

_REDIRECTS = (">", ">>", "<<", ">&", "<", "<<<", "<&", ">|", "&>")
_UNSIMULATED = {"if", "while", "until", "case", "function", "!", "{", "[["}
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")
_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")
_DEPTH = 60
"""Deepest nesting of commands."""


def parse(text: str, *, simulated: bool = False) -> Body:
    """The commands of a script. Raises ShellError.

    `simulated`: features that the simulated shell cannot run are errors, too.
    """
    parser = _Parser(Lexer(text).tokens(), simulated=simulated)
    body = parser.body()
    if parser.next is not END:
        raise ShellError(f'"{parser.next.operator or parser.next.name}" unexpected')
    return body


class _Parser:
    def __init__(self, tokens: list[Token], *, simulated: bool = False) -> None:
        self._tokens, self._simulated = tokens, simulated
        self._at = self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def body(self, *until: str) -> Body:
        self._depth += 1
        if self._depth > _DEPTH:
            raise ShellError("commands stand too deep in one another")
        chains: list[Chain] = []
        while True:
            self._skip(";", "\n")
            over = self.next is END or self.next.operator in (")", ";;")
            if over or self.next.name in until:
                self._depth -= 1
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
        commands = [self._redirected(self._command())]
        while self.next.operator == "|":
            self._at += 1
            self._skip("\n")
            commands.append(self._redirected(self._command()))
        return commands

    def _redirected(self, command: Command) -> Command:
        redirects = []
        while not self._simulated and (redirect := self._redirect()):
            redirects.append(redirect)
        return Redirected(command, redirects) if redirects else command

    def _command(self) -> Command:
        if self.next.operator == "(":
            self._at += 1
            body = self.body()
            self._operator(")")
            return body
        name = self.next.name
        if self._simulated and (name in _UNSIMULATED or self.next.operator == "(("):
            raise ShellError(f'"{name or "(("}" is not simulated')
        if self.next.operator == "((":
            return Arithmetic(self._text())
        if name in _COMPOUND:
            self._at += 1
            self._depth += 1
            if self._depth > _DEPTH:
                raise ShellError("commands stand too deep in one another")
            command = _COMPOUND[name](self)
            self._depth -= 1
            return command
        after = [token.operator for token in self._tokens[self._at + 1 : self._at + 3]]
        if not self._simulated and after == ["(", ")"] and _NAME.match(name):
            self._at += 3
            return self._defined(name)
        return self._simple()

    # --- compound commands

    def _for(self) -> Command:
        if self.next.operator == "((":
            begin, condition, step, *_ = [*self._text().split(";"), "", "", ""]
            return CountLoop(begin, condition, step, self._repeated())
        name = self.next.name
        self._at += 1
        self._skip("\n")
        if not self._simulated and self.next.name != "in":
            return For(name, None, self._repeated())
        self._expect("in")
        words: list[Word] = []
        while not self.next.operator:
            words.append(self.next.word)
            self._at += 1
        return For(name, words, self._repeated())

    def _repeated(self) -> Body:
        """`do … done`."""
        self._skip(";", "\n")
        self._expect("do")
        body = self.body("done")
        self._expect("done")
        return body

    def _while(self) -> Command:
        return self._loop(until=False)

    def _until(self) -> Command:
        return self._loop(until=True)

    def _loop(self, *, until: bool) -> Command:
        condition = self.body("do")
        return While(condition, self._repeated(), until)

    def _if(self) -> Command:
        branches: list[tuple[Body | None, Body]] = []
        word = "if"
        while word in ("if", "elif"):
            condition = self.body("then")
            self._expect("then")
            branches.append((condition, self.body("elif", "else", "fi")))
            word = self.next.name
            self._at += word in ("elif", "else")
        if word == "else":
            branches.append((None, self.body("fi")))
        self._expect("fi")
        return If(branches)

    def _case(self) -> Command:
        subject = self.next.word
        self._at += 1
        self._skip("\n")
        self._expect("in")
        branches: list[tuple[list[Word], Body]] = []
        self._skip("\n")
        while self.next.name != "esac":
            if self.next.operator == "(":
                self._at += 1
            patterns: list[Word] = []
            while self.next.operator in ("", "|") and self.next is not END:
                if not self.next.operator:
                    patterns.append(self.next.word)
                self._at += 1
            self._operator(")")
            branches.append((patterns, self.body("esac")))
            self._skip(";;", "\n")
        self._expect("esac")
        return CaseOf(subject, branches)

    def _group(self) -> Command:
        body = self.body("}")
        self._expect("}")
        return Group(body)

    def _function(self) -> Command:
        name = self.next.name
        self._at += 1
        self._skip("(", ")")
        return self._defined(name)

    def _defined(self, name: str) -> Command:
        self._skip("\n")
        return Definition(name, self._redirected(self._command()))

    def _negated(self) -> Command:
        return Negated(self._command())

    def _test(self) -> Command:
        """`[[ … ]]`, whose operators are parsed as words."""
        words: list[Word] = [(WordPart("literal", "[["),)]
        while self.next.name != "]]":
            token = self.next
            if token is END:
                raise ShellError('"]]" expected')
            operator = (WordPart("literal", token.operator),)
            words.append(operator if token.operator else token.word)
            self._at += 1
        self._at += 1
        return Simple(words=words)

    # --- one command

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
                more = match.group().endswith("+=")
                if not rest.text and len(token.word) == 1 and self.next.operator == "(":
                    earlier: Word = (WordPart("quoted", f"${{{match.group(1)}[@]}}"),)
                    words = self._array()
                    simple.arrays.append((match.group(1), [earlier, *words] if more else words))
                    continue
                before = WordPart("quoted", f"${{{match.group(1)}-}}")
                word = (rest, *token.word[1:])
                simple.assigned.append((match.group(1), (before, *word) if more else word))
            else:
                simple.words.append(token.word)
        if not (simple.words or simple.assigned or simple.redirects or simple.arrays):
            raise ShellError(f'"{token.operator}" unexpected')
        return simple

    def _array(self) -> list[Word]:
        self._at += 1
        words: list[Word] = []
        while not self.next.operator or self.next.operator == "\n":
            if not self.next.operator:
                words.append(self.next.word)
            self._at += 1
        self._operator(")")
        return words

    def _redirect(self) -> Redirect | None:
        descriptor, at = 1, self._at
        if self.next.operator.startswith("fd"):
            descriptor = int(self.next.operator[2:])
            self._at += 1
        operator = self.next.operator
        if operator not in (_REDIRECTS[:4] if self._simulated else _REDIRECTS):
            self._at = at
            return None
        self._at += 1
        word = self.next.word
        if self.next.operator:
            raise ShellError(f'"{operator}" needs a word')
        self._at += 1
        return Redirect(descriptor, operator, word)

    def _text(self) -> str:
        """The text in a token `((…))`."""
        text = self.next.word[0].text
        self._at += 1
        return text

    def _skip(self, *operators: str) -> None:
        while self.next.operator in operators:
            self._at += 1

    def _operator(self, operator: str) -> None:
        if self.next.operator != operator:
            raise ShellError(f'"{operator}" expected')
        self._at += 1

    def _expect(self, word: str) -> None:
        if self.next.name != word:
            raise ShellError(f'"{word}" expected')
        self._at += 1


_COMPOUND: dict[str, Callable[[_Parser], Command]] = {
    "for": _Parser._for,
    "while": _Parser._while,
    "until": _Parser._until,
    "if": _Parser._if,
    "case": _Parser._case,
    "{": _Parser._group,
    "function": _Parser._function,
    "!": _Parser._negated,
    "[[": _Parser._test,
}
"""First word of a compound command -> the method that parses the rest."""
