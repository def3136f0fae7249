"""Runs shell commands in simulated time."""

from collections.abc import Callable, Generator
from dataclasses import replace

from wvatui.sim.run.box import Box, Write
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
)
from wvatui.sim.run.process import Process, Signal, Sleep, Steps
from wvatui.sim.run.syntax import parse
from wvatui.sim.run.words import Expanded, Expansion

ShellProgram = Callable[[Box, list[str], bytes], Steps]
"""(surroundings, argv, standard input) -> its steps."""
Find = Callable[[str], ShellProgram | None]
"""A program by its name; None: there is none of that name in the image."""
LOOPS = 10_000
"""Rounds after which a loop that waits for nothing is taken for endless, and ends."""
_BUILTINS = (
    "cd",
    "export",
    "set",
    "exit",
    "trap",
    "unset",
    "shift",
    ".",
    "source",
    "break",
    "wait",
)


class Exit(Exception):  # noqa: N818 - how a script ends
    """`exit N`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Break(Exception):  # noqa: N818 - how a loop ends
    """`break`."""


class PosixShell(Expansion):
    """One shell process. `name` is how its complaints begin."""

    def __init__(self, box: Box, find: Find, *, name: str = "sh") -> None:
        super().__init__(box, name)
        self._find = find
        self._stops = False
        self._pipes_fail = False
        self._trap = ""
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
        except Break:
            code = self._status
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
        other = PosixShell(replace(self._box, out=out), self._find, name=self._name)
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

    def _inside(self, text: str) -> Expanded:
        collected = bytearray()
        shell = PosixShell(
            replace(self._box, out=_collect(collected), env=self._variables),
            self._find,
            name=self._name,
        )
        self._status = yield from shell.run(text, self._arguments)
        return collected.decode("utf-8", "replace").rstrip("\n")

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


def _collect(into: bytearray) -> Write:
    def write(data: bytes) -> None:
        into.extend(data)

    return write
