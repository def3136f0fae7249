"""Runs shell commands in simulated time."""

import re
from collections.abc import Callable, Generator
from dataclasses import replace

from wvatui.sim.run.box import Box, Write
from wvatui.sim.run.process import Process, Signal, Sleep, Steps
from wvatui.sim.run.syntax import (
    Body,
    Chain,
    Command,
    For,
    If,
    Part,
    Pipeline,
    Redirect,
    ShellError,
    Simple,
    While,
    Word,
    parse,
    span,
)

Program = Callable[[Box, list[str], bytes], Steps]
"""(surroundings, argv, standard input) -> its steps."""
Find = Callable[[str], Program | None]
"""A program by its name; None: there is none of that name in the image."""
Expanded = Generator[Sleep | Signal, None, str]
Fields = Generator[Sleep | Signal, None, list[str]]
LOOPS = 10_000
"""Rounds after which a loop that waits for nothing is taken for endless, and ends."""
_BUILTINS = ("cd", "export", "set", "exit", "trap", "unset", "shift", ".", "source", "break",
             "wait")  # fmt: skip


class Exit(Exception):  # noqa: N818 - how a script ends
    """`exit N`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Break(Exception):  # noqa: N818 - how a loop ends
    """`break`."""


class Shell:
    """One shell process. `name` is how its complaints begin."""

    def __init__(self, box: Box, find: Find, *, name: str = "sh") -> None:
        self._box, self._find, self._name = box, find, name
        self._variables = dict(box.env)
        self._status = 0
        self._stops = False
        self._pipes_fail = False
        self._trap = ""
        self._arguments: list[str] = []
        self._beside: list[tuple[Process, Signal]] = []
        """What was started with &."""

    def run(self, text: str, arguments: list[str] | None = None) -> Steps:
        """Run a script; its exit code. What still runs beside it ends with it."""
        self._arguments = arguments or []
        try:
            return (yield from self._whole(text))
        finally:
            for process, _ in self._beside:
                process.kill()

    def _whole(self, text: str) -> Steps:
        try:
            code = yield from self._script(text)
        except Exit as end:
            code = end.code
        if self._trap:
            text, self._trap = self._trap, ""
            try:
                yield from self._script(text)
            except Exit as end:
                code = end.code
        return code

    def _script(self, text: str) -> Steps:
        try:
            body = parse(text)
        except ShellError as error:
            self._box.say(f"{self._name}: 1: Syntax error: {error}")
            return 2
        return (yield from self._body(body, self._box.out, b""))

    def _body(self, body: Body, out: Write, given: bytes) -> Steps:
        out, given, _ = yield from self._redirected(body.redirects, out, given)
        for chain in body.chains:
            if chain.runs_beside:
                self._start_beside(chain, out)
            else:
                yield from self._chain(chain, out, given)
        return self._status

    def _start_beside(self, chain: Chain, out: Write) -> None:
        """`… &`: in a shell of its own, which knows what this one knows now."""
        ended = Signal()
        steps = self._apart(Body([replace(chain, runs_beside=False)]), out, b"")
        process = Process(self._box.timeline, steps, lambda code: ended.fire())
        self._beside.append((process, ended))
        self._status = 0
        process.start()

    def _apart(self, body: Body, out: Write, given: bytes) -> Steps:
        """In a shell of its own, which knows what this one knows now."""
        other = Shell(replace(self._box, out=out), self._find, name=self._name)
        other._variables = dict(self._variables)
        other._arguments = list(self._arguments)
        other._stops, other._pipes_fail = self._stops, self._pipes_fail
        try:
            return (yield from other._body(replace(body, is_apart=False), out, given))
        except Exit as end:
            return end.code
        finally:
            for process, _ in other._beside:
                process.kill()

    def _wait(self) -> Steps:
        """Until everything beside has ended."""
        for _, ended in self._beside:
            yield ended
        self._beside.clear()
        return 0

    def _chain(self, chain: Chain, out: Write, given: bytes, *, tested: bool = False) -> Steps:
        for number, (operator, pipeline) in enumerate(chain.parts):
            if (operator == "&&" and self._status) or (operator == "||" and not self._status):
                continue
            self._status = yield from self._pipeline(pipeline, out, given)
            is_last = number == len(chain.parts) - 1
            if self._status and self._stops and is_last and not pipeline.is_negated and not tested:
                raise Exit(self._status)
        return self._status

    def _pipeline(self, pipeline: Pipeline, out: Write, given: bytes) -> Steps:
        failed = 0
        code = 0
        for number, command in enumerate(pipeline.commands):
            is_last = number == len(pipeline.commands) - 1
            collected = bytearray()
            through = None if is_last else self._passes(pipeline.commands[number + 1])
            if through is not None and number + 2 == len(pipeline.commands):
                # `… | tee FILE`: what is written is seen at once.
                path, more = through

                def both(data: bytes, path: str = path, more: bool = more) -> None:
                    self._box.files.write(path, data, more=True)
                    out(data)

                if not more:
                    self._box.files.write(path, b"")
                code = yield from self._command(command, both, given)
                failed = failed or code
                return failed if self._pipes_fail else 0
            code = yield from self._command(command, out if is_last else _collect(collected), given)
            failed = code or failed
            given = bytes(collected)
        code = failed if self._pipes_fail else code
        return int(not code) if pipeline.is_negated else code

    def _passes(self, command: Command) -> tuple[str, bool] | None:
        """(file, whether it is added to) when the command is a plain `tee FILE`."""
        if not isinstance(command, Simple) or command.redirects:
            return None
        words = ["".join(part.text for part in word) for word in command.words]
        if any("$" in word or "`" in word for word in words) or not words or words[0] != "tee":
            return None
        files = [word for word in words[1:] if not word.startswith("-")]
        return (self._box.path(files[0]), "-a" in words) if len(files) == 1 else None

    def _command(self, command: Command, out: Write, given: bytes) -> Steps:
        match command:
            case Simple():
                return (yield from self._simple(command, out, given))
            case Body(is_apart=True):
                return (yield from self._apart(command, out, given))
            case Body():
                return (yield from self._body(command, out, given))
            case If():
                return (yield from self._if(command, out, given))
            case While():
                return (yield from self._while(command, out, given))
            case For():
                return (yield from self._for(command, out, given))

    def _test(self, body: Body, out: Write, given: bytes) -> Steps:
        for chain in body.chains:
            yield from self._chain(chain, out, given, tested=True)
        return self._status

    def _if(self, command: If, out: Write, given: bytes) -> Steps:
        for condition, then in command.branches:
            if not (yield from self._test(condition, out, given)):
                return (yield from self._body(then, out, given))
        if command.otherwise is not None:
            return (yield from self._body(command.otherwise, out, given))
        return 0

    def _while(self, command: While, out: Write, given: bytes) -> Steps:
        since, rounds = self._box.timeline.now, 0
        while bool((yield from self._test(command.condition, out, given))) is command.until:
            try:
                yield from self._body(command.body, out, given)
            except Break:
                break
            rounds += 1
            if self._box.timeline.now > since:
                since, rounds = self._box.timeline.now, 0
            if rounds > LOOPS:
                raise Exit(124)
        return 0

    def _for(self, command: For, out: Write, given: bytes) -> Steps:
        fields: list[str] = []
        for word in command.words:
            fields += yield from self._fields(word)
        for value in fields:
            self._variables[command.name] = value
            try:
                yield from self._body(command.body, out, given)
            except Break:
                break
        return self._status

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
            return (
                self._status if any("$(" in p.text for _, w in command.assigned for p in w) else 0
            )
        if words[0] in _BUILTINS:
            return (yield from self._builtin(words, out))
        program = self._find(words[0])
        if program is None:
            errors(f"{self._name}: 1: {words[0]}: not found\n".encode())
            return 127
        env = self._variables | assigned
        box = replace(self._box, env=env, out=out)
        return (yield from program(box, words, given))

    def _builtin(self, words: list[str], out: Write) -> Steps:
        name, rest = words[0], words[1:]
        match name:
            case "exit":
                raise Exit(int(rest[0]) if rest and rest[0].lstrip("-").isdigit() else self._status)
            case "break":
                raise Break
            case "cd":
                self._box.folder = self._box.path(rest[0] if rest else "/")
            case "export":
                for item in rest:
                    key, equals, value = item.partition("=")
                    if equals:
                        self._variables[key] = value
            case "unset":
                for item in rest:
                    self._variables.pop(item, None)
            case "shift":
                self._arguments = self._arguments[1:]
            case "set":
                self._set(rest)
            case "trap":
                if len(rest) > 1 and {"EXIT", "0"} & set(rest[1:]):
                    self._trap = rest[0]
            case "wait":
                return (yield from self._wait())
            case "." | "source":
                content = self._box.files.read(self._box.path(rest[0])) if rest else None
                if content is None:
                    out(f"{self._name}: 1: .: cannot open {''.join(rest)}\n".encode())
                    return 2
                return (yield from self._script(content.decode("utf-8", "replace")))
        return 0

    def _set(self, options: list[str]) -> None:
        for place, option in enumerate(options):
            on = option.startswith("-")
            if option[1:] == "o" and place + 1 < len(options):
                if options[place + 1] == "pipefail":
                    self._pipes_fail = on
                elif options[place + 1] == "errexit":
                    self._stops = on
                return
            if option[:1] in "-+" and "e" in option:
                self._stops = on
            if option[:1] in "-+" and option.endswith("o") and "pipefail" in options[place + 1 :]:
                self._pipes_fail = on

    def _redirected(
        self, redirects: list[Redirect], out: Write, given: bytes
    ) -> Generator[Sleep | Signal, None, tuple[Write, bytes, Write]]:
        """(output, input, errors) with the redirections of a command."""
        errors = out
        for one in redirects:
            text = yield from self._joined(one.word)
            match one.operator:
                case "<<":
                    given = text.encode()
                case "<":
                    given = self._box.files.read(self._box.path(text)) or b""
                case ">&":
                    if one.descriptor == 1 and text == "2":
                        out = errors
                    elif one.descriptor == 2 and text == "1":
                        errors = out
                case operator:
                    into = self._file(text, more=operator == ">>")
                    if one.descriptor in (1, 3):
                        out = into
                    if one.descriptor in (2, 3):
                        errors = into
        return out, given, errors

    def _file(self, path: str, *, more: bool) -> Write:
        path = self._box.path(path)
        if path in ("/dev/stdout", "/dev/stderr", "/dev/tty"):
            return self._box.out
        if path == "/dev/null":
            return lambda data: None
        files = self._box.files
        if not more:
            files.write(path, b"")
        return lambda data: files.write(path, data, more=True)

    # --- expansion -------------------------------------------------------------------------

    def _joined(self, word: Word) -> Expanded:
        text = ""
        for part in word:
            text += part.text if part.kind == "literal" else (yield from self._expanded(part))
        return text

    def _fields(self, word: Word) -> Fields:
        """The fields that a word becomes: unquoted expansions are split, and files matched."""
        if len(word) == 1 and word[0] == Part("quoted", "$@"):
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

    def _expanded(self, part: Part) -> Expanded:
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
            collected = bytearray()
            shell = Shell(replace(self._box, out=_collect(collected), env=self._variables),
                          self._find, name=self._name)  # fmt: skip
            self._status = yield from shell.run(inner, self._arguments)
            return collected.decode("utf-8", "replace").rstrip("\n")
        name = text[2:-1] if text.startswith("${") else text[1:]
        match = re.match(r"(\w+|[?#@*$])(:?[-=+?]|##?|%%?)?(.*)", name, re.S)
        if match is None:
            return text
        key, operator, rest = match.groups()
        value = self._variable(key)
        if operator in (":-", "-", ":=", "=") and not value:
            value = yield from self._expanded(Part("quoted", rest.strip('"')))
            if operator in (":=", "="):
                self._variables[key] = value
        elif operator in (":+", "+"):
            value = (yield from self._expanded(Part("quoted", rest))) if value else ""
        elif operator in ("##", "#") and rest:
            value = value.rpartition(rest.lstrip("*"))[2] if operator == "##" else (
                value.removeprefix(rest))  # fmt: skip
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


def _collect(into: bytearray) -> Write:
    def write(data: bytes) -> None:
        into.extend(data)

    return write
