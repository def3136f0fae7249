"""Runs shell commands in simulated time."""

import math
import re
from collections.abc import Callable, Generator
from dataclasses import replace

from wvatui.load.read.shell.lexer import ShellError, Word, WordPart, span
from wvatui.load.read.shell.nodes import Body, Chain, Command, For, Redirect, Simple
from wvatui.load.read.shell.syntax import parse
from wvatui.sim.run.box import Box, Process, Signal, Sleep, Steps, Write

ShellProgram = Callable[[Box, list[str], bytes], Steps]
"""(surroundings, argv, standard input) -> steps of the program."""
Find = Callable[[str], ShellProgram | None]
"""A program by name; None: the image has none of that name."""
Expanded = Generator[Sleep | Signal, None, str]
ShellFields = Generator[Sleep | Signal, None, list[str]]
_BUILTINS = ("exit", "export", "set", "trap", "wait")


class Exit(Exception):  # noqa: N818 - how a script ends
    """`exit N`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class PosixShell:
    """One shell process. `name` begins its error messages."""

    def __init__(self, box: Box, find: Find, *, name: str = "sh") -> None:
        self._box, self._find, self._name = box, find, name
        self._variables = dict(box.env)
        self._status = 0
        self._stops = False
        self._pipes_fail = False
        self._beside: list[tuple[Process, Signal]] = []
        """Background commands."""

    def run(self, text: str) -> Steps:
        """Run a script; returns its exit code. Background commands end with it."""
        try:
            body = parse(text, simulated=True)
        except ShellError as error:
            self._box.say(f"{self._name}: 1: Syntax error: {error}")
            return 2
        return (yield from self._whole(body, self._box.out, b""))

    def _whole(self, body: Body, out: Write, given: bytes) -> Steps:
        try:
            return (yield from self._body(body, out, given))
        except Exit as end:
            return end.code
        finally:
            for process, _ in self._beside:
                process.kill()

    def _apart(self, out: Write) -> "PosixShell":
        """A subshell, with a copy of this shell's state."""
        other = PosixShell(replace(self._box, out=out), self._find, name=self._name)
        other._variables = dict(self._variables)
        other._stops, other._pipes_fail = self._stops, self._pipes_fail
        return other

    # --- commands ------------------------------------------------------------------------------

    def _body(self, body: Body, out: Write, given: bytes) -> Steps:
        for chain in body.chains:
            if chain.runs_beside:
                self._start_beside(chain, out)
            else:
                yield from self._chain(chain, out, given)
        return self._status

    def _start_beside(self, chain: Chain, out: Write) -> None:
        ended = Signal()
        steps = self._apart(out)._whole(Body([replace(chain, runs_beside=False)]), out, b"")
        process = Process(self._box.timeline, steps, lambda code: ended.fire())
        self._beside.append((process, ended))
        self._status = 0
        process.start()

    def _chain(self, chain: Chain, out: Write, given: bytes) -> Steps:
        for number, (operator, commands) in enumerate(chain.parts):
            if (operator == "&&" and self._status) or (operator == "||" and not self._status):
                continue
            self._status = yield from self._pipeline(commands, out, given)
            if self._status and self._stops and number == len(chain.parts) - 1:
                raise Exit(self._status)
        return self._status

    def _pipeline(self, commands: list[Command], out: Write, given: bytes) -> Steps:
        *first, last = commands
        path = self._kept(last) if first else ""
        if path:
            # `… | tee FILE`: output is visible at once.
            first, last = first[:-1], first[-1]
            keep, shown = self._file(path, more=False), out

            def out(data: bytes) -> None:
                keep(data)
                shown(data)

        failed = 0
        for command in first:
            collected = bytearray()
            failed = (yield from self._command(command, collected.extend, given)) or failed
            given = bytes(collected)
        code = yield from self._command(last, out, given)
        if self._pipes_fail:
            return code or failed
        return 0 if path else code

    def _kept(self, command: Command) -> str:
        """The file of a plain `tee FILE`; empty for any other command."""
        if not isinstance(command, Simple) or command.redirects or len(command.words) != 2:
            return ""
        name, path = ("".join(part.text for part in word) for word in command.words)
        return path if name == "tee" and "$" not in path else ""

    def _command(self, command: Command, out: Write, given: bytes) -> Steps:
        match command:
            case Simple():
                return (yield from self._simple(command, out, given))
            case Body():
                return (yield from self._apart(out)._whole(command, out, given))
            case For():
                for word in command.words or []:
                    for value in (yield from self._fields(word)):
                        self._variables[command.name] = value
                        yield from self._body(command.body, out, given)
                return self._status
            case _:
                raise AssertionError(f"{type(command).__name__} was to be refused when read")

    def _simple(self, command: Simple, out: Write, given: bytes) -> Steps:
        words: list[str] = []
        for word in command.words:
            words += yield from self._fields(word)
        assigned = {}
        for name, word in command.assigned:
            assigned[name] = yield from self._joined(word)
        out, given, errors = yield from self._redirected(command.redirects, out, given)
        if not words:
            self._variables |= assigned
            runs = any("$(" in part.text for _, word in command.assigned for part in word)
            return self._status if runs else 0
        if words[0] in _BUILTINS:
            return (yield from self._builtin(words[0], words[1:]))
        program = self._find(words[0])
        if program is None:
            errors(f"{self._name}: 1: {words[0]}: not found\n".encode())
            return 127
        box = replace(self._box, env=self._variables | assigned, out=out)
        return (yield from program(box, words, given))

    def _builtin(self, name: str, words: list[str]) -> Steps:
        match name:
            case "exit":
                raise Exit(int(words[0]) if words and words[0].isdigit() else self._status)
            case "export":
                pairs = [word.partition("=") for word in words]
                self._variables |= {key: value for key, equals, value in pairs if equals}
            case "set":
                options = "".join(word[1:] for word in words if word.startswith("-"))
                self._stops |= "e" in options
                self._pipes_fail |= "pipefail" in words
            case "wait":
                for _, ended in self._beside:
                    yield ended
                self._beside.clear()
        # `trap`: no signals are sent here.
        return 0

    def _redirected(
        self, redirects: list[Redirect], out: Write, given: bytes
    ) -> Generator[Sleep | Signal, None, tuple[Write, bytes, Write]]:
        """(output, input, errors) with the redirections of a command."""
        errors = out
        for redirect in redirects:
            text = yield from self._joined(redirect.word)
            if redirect.operator == "<<":
                given = text.encode()
            elif redirect.operator == ">&":
                out, errors = (errors, errors) if text == "2" else (out, out)
            elif redirect.descriptor == 2:
                errors = self._file(text, more=redirect.operator == ">>")
            else:
                out = self._file(text, more=redirect.operator == ">>")
        return out, given, errors

    def _file(self, path: str, *, more: bool) -> Write:
        path, files = self._box.path(path), self._box.files
        if path == "/dev/null":
            return lambda data: None
        if not more:
            files.write(path, b"")
        return lambda data: files.write(path, data, more=True)

    # --- words ---------------------------------------------------------------------------------

    def _joined(self, word: Word) -> Expanded:
        text = ""
        for part in word:
            text += part.text if part.kind == "literal" else (yield from self._expanded(part))
        return text

    def _fields(self, word: Word) -> ShellFields:
        """The fields that a word becomes: unquoted expansions are split."""
        fields, has_text = [""], False
        for part in word:
            text = part.text if part.kind == "literal" else (yield from self._expanded(part))
            if part.kind == "plain" and "$" in part.text:
                first, *more = text.split() or [""]
                fields[-1] += first
                fields += more
                has_text = has_text or bool(first)
            else:
                fields[-1] += text
                has_text = True
        return fields if has_text else []

    def _expanded(self, part: WordPart) -> Expanded:
        text, result, at = part.text, "", 0
        while at < len(text):
            char = text[at]
            if char == "\\" and part.kind == "quoted" and text[at + 1 : at + 2] in '$`"\\':
                result += text[at + 1 : at + 2]
                at += 2
            elif char == "$":
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
        if text.startswith("$("):
            collected = bytearray()
            self._status = yield from self._apart(collected.extend).run(text[2:-1])
            return collected.decode("utf-8", "replace").rstrip("\n")
        match = re.fullmatch(r"\$\{?(\w+|\?)(?::?-(.*?))?\}?", text, re.S)
        if match is None:
            return text
        name, otherwise = match.groups()
        value = str(self._status) if name == "?" else self._variables.get(name, "")
        if value or not otherwise:
            return value
        return (yield from self._expanded(WordPart("quoted", otherwise.strip('"'))))

    def _sum(self, text: str) -> str:
        """Whole numbers with +, - and *."""
        known = re.sub(r"\$?([A-Za-z_]\w*)", lambda m: self._variables.get(m[1], "0"), text)
        terms = re.findall(r"([-+]?)\s*(\d+(?:\s*\*\s*\d+)*)", known)
        products = [(sign, math.prod(map(int, factors.split("*")))) for sign, factors in terms]
        return str(sum(-value if sign == "-" else value for sign, value in products))
