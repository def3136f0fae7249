"""The commands that a shell script runs, when each begins, and what of that is not known.

A script is walked through as a shell would run it. A program takes the time that its caller says
(`CommandLength`), `sleep` what it is told, everything else none. What depends on something that the
script's text does not tell (a condition, how often a loop is repeated) is named as doubt.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from wvatui.load.read.shell.conditions import tested
from wvatui.load.read.shell.lexer import ShellError, Word, span
from wvatui.load.read.shell.nodes import Redirect, Simple
from wvatui.load.read.shell.syntax import parse
from wvatui.load.read.shell.variables import Variables
from wvatui.load.read.shell.walk import DEPTH, STEPS, ScriptEnd, ShellWalk, latest_end
from wvatui.load.read.shell.wrappers import SHELLS, script_of, seconds, unwrapped

SCRIPT_LIMIT = 100_000
"""Characters of a script that are read."""
_DEPTH = DEPTH // 5
_ASKS = frozenset(("grep", "curl", "wget", "which", "command", "nc", "kubectl", "diff", "cmp"))
"""Programs that are run to ask something: how they end is not known."""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One command of a script."""

    words: tuple[str, ...]
    delay_s: float | None
    """Seconds from the beginning of the script; None: not known."""
    doubt: str = ""
    """Why it is not certain that it runs once and so, in words."""
    limit_s: float | None = None
    """`timeout` ends it after that."""
    variables: Mapping[str, str] = field(default_factory=dict)


CommandLength = Callable[[ShellCommand], float | None]
"""How long a command takes, in seconds; None: nobody knows."""


@dataclass(slots=True)
class Script:
    """What a script does."""

    commands: list[ShellCommand] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Files that are known: those that were given, and those that the script writes."""
    unread: list[str] = field(default_factory=list)
    """What could not be followed, in words."""
    waits: bool = False
    """Whether it waits for something, nobody knows how long, before the first program that takes
    time; times count from the end of that."""


def _no_time(command: ShellCommand) -> float | None:
    return 0.0


def followed(
    text: str,
    variables: Variables | None = None,
    *,
    lengths: CommandLength = _no_time,
    files: Mapping[str, str] | None = None,
) -> Script:
    """What the script `text` runs. Raises ShellError where it cannot be read."""
    body = parse(text[:SCRIPT_LIMIT])
    script = Script(files=dict(files or {}))
    walk = _Walk(script, variables or Variables(), lengths)
    with suppress(ScriptEnd):
        walk.body(body)
    script.waits = walk.waits
    if walk.steps <= 0:
        script.unread.append(f"the script beyond its first {STEPS} commands")
    if len(text) > SCRIPT_LIMIT:
        script.unread.append(f"the script beyond its first {SCRIPT_LIMIT} characters")
    return script


class _Walk(ShellWalk):
    """One shell, and what each command does in it."""

    def __init__(self, script: Script, variables: Variables, lengths: CommandLength) -> None:
        super().__init__(variables)
        self._script, self._lengths = script, lengths

    # --- one command

    def simple(self, command: Simple) -> bool | None:
        variables = self._variables
        for name, items in command.arrays:
            variables.arrays[name] = [text for word in items for text in variables.fields(word)]
            variables.values.pop(name, None)
        for word in [*command.words, *(word for _, word in command.assigned)]:
            self._substituted(word)
        own = {name: variables.joined(word) for name, word in command.assigned}
        words = [text for word in command.words for text in variables.fields(word)]
        self._written(command.redirects, words)
        if not words:
            for name, value in own.items():
                variables.set(name, value)
            return None if any("$(" in value for value in own.values()) else True
        return self.run(words, own)

    def _substituted(self, word: Word) -> None:
        """Run what stands in `$(…)`: it may take time."""
        for part in word:
            at = part.text.find("$(") if part.kind != "literal" else -1
            while at >= 0:
                end = span(part.text, at)
                if not part.text.startswith("$((", at):
                    known = self._variables
                    self._variables = known.copy()
                    self._nested(part.text[at + 2 : end - 1], [])
                    self._variables = known
                at = part.text.find("$(", end)

    def _written(self, redirects: list[Redirect], words: list[str]) -> None:
        """Note the text that a command writes into a file."""
        target = next((self._variables.joined(r.word) for r in redirects if r.operator == ">"), "")
        text = next((self._variables.joined(r.word) for r in redirects if r.operator == "<<"), None)
        if text is None and words[:1] in (["echo"], ["printf"]):
            text = " ".join(words[2:] if words[1:2] in (["%s"], ["%s\\n"], ["-e"]) else words[1:])
        if words[:1] == ["tee"] and text is not None and not target:
            target = next((word for word in words[1:] if not word.startswith("-")), "")
        if target and text is not None:
            self._script.files[target] = text

    def run(self, words: list[str], own: Mapping[str, str]) -> bool | None:
        """A builtin, a function, a script, or a program."""
        limit_s, doubt, words, more = unwrapped(words)
        if not words:
            return True
        own = {**own, **more}
        name = words[0].rpartition("/")[2]
        if builtin := _BUILTINS.get(words[0]):
            return builtin(self, words)
        if words[0] in self._functions:
            return self._call(words)
        if name in SHELLS or name in ("source", ".", "eval"):
            return self._shell(name, words)
        if words[0] in self._script.files and len(words[0]) > 1:
            return self._nested(self._script.files[words[0]], words)
        variables = {**self._variables.values, **own}
        doubts = [*self._doubts, *([doubt] if doubt else [])]
        self._begin(tuple(words), limit_s, "; ".join(dict.fromkeys(doubts)), variables)
        return None if name in _ASKS else True

    def _begin(
        self,
        words: tuple[str, ...],
        limit_s: float | None,
        doubt: str,
        variables: Mapping[str, str],
    ) -> None:
        command = ShellCommand(words, self.at, doubt, limit_s, variables)
        self._script.commands.append(command)
        length = self._lengths(command)
        if length != 0.0:
            self._has_begun = True
            known = length is not None and self.at is not None and not doubt
            self.at = (self.at or 0.0) + (length or 0.0) if known else None

    def _call(self, words: list[str]) -> bool | None:
        kept = self._variables.copy()
        for number, value in enumerate(words[1:], 1):
            self._variables.set(str(number), value)
        self._variables.arrays["@"] = words[1:]
        self._depth += _DEPTH // 4
        try:
            return self._command(self._functions[words[0]])
        except ScriptEnd as end:
            if str(end) != "return":
                raise
            return True
        finally:
            self._depth -= _DEPTH // 4
            names = [str(number) for number in range(1, len(words))]
            for name in names:
                self._variables.values.pop(name, None)
                if name in kept.values:
                    self._variables.values[name] = kept.values[name]

    def _shell(self, name: str, words: list[str]) -> bool | None:
        if name == "eval":
            return self._nested(" ".join(words[1:]), [])
        if name in SHELLS and (text := script_of(words)) is not None:
            return self._nested(text, [])
        path = next((word for word in words[1:] if not word.startswith("-")), "")
        if path in self._script.files:
            return self._nested(self._script.files[path], words[words.index(path) :])
        if path:
            self._script.unread.append(path)
        return None

    def _nested(self, text: str, words: list[str]) -> bool | None:
        """A script in the script."""
        if self._depth > _DEPTH * 3:
            return None
        try:
            body = parse(text[:SCRIPT_LIMIT])
        except ShellError as error:
            self._script.unread.append(f"a script ({error})")
            self._by_line(text)
            return None
        for number, value in enumerate(words[1:], 1):
            self._variables.set(str(number), value)
        self._depth += _DEPTH
        try:
            return self._ended(partial(self.body, body))
        finally:
            self._depth -= _DEPTH

    def _by_line(self, text: str) -> None:
        """The commands of a script that cannot be read, as if each line was one: in doubt."""
        for line in text.splitlines():
            _, _, words, _ = unwrapped(line.split())
            if words:
                self._begin(tuple(words), None, "in a script that cannot be read", {})

    # --- builtins

    def sleep(self, words: list[str]) -> bool | None:
        """`sleep 1m 30s`."""
        lengths = [seconds(word) for word in words[1:]]
        known = [length for length in lengths if length is not None]
        if len(known) < len(lengths):
            self._lose_time(self.at)
        elif self.at is not None:
            self.at += sum(known)
        return True

    def wait(self, words: list[str]) -> bool | None:
        """Until all that was started with & has ended."""
        self.at = latest_end([self.at, *self._beside])
        self._beside.clear()
        return True

    def export(self, words: list[str]) -> bool | None:
        """`export`, `local`, `declare`, `readonly`: names with their values."""
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if equals and re.fullmatch(r"\w+", name):
                self._variables.set(name, value)
        return True

    def read(self, words: list[str]) -> bool | None:
        """`read name`: nobody knows what comes."""
        for name in words[1:]:
            if not name.startswith("-"):
                self._variables.set(name, f"${name}")
        return None

    def end(self, words: list[str]) -> bool | None:
        """`exit`, `return`, `break` and `continue`; in doubt they end nothing."""
        if self._doubts:
            return None
        raise ScriptEnd(words[0])

    def test(self, words: list[str]) -> bool | None:
        """`test`, `[` and `[[`."""
        return tested(words)

    def let(self, words: list[str]) -> bool | None:
        """`let i=i+1`."""
        values = [self._variables.assign(word) for word in words[1:]]
        return None if None in values or not values else bool(values[-1])

    def shift(self, words: list[str]) -> bool | None:
        """`shift`: the positional parameters move up."""
        items = self._variables.arrays.get("@", [])[1:]
        self._variables.arrays["@"] = items
        for number in range(1, len(items) + 2):
            self._variables.values.pop(str(number), None)
        for number, value in enumerate(items, 1):
            self._variables.set(str(number), value)
        return True

    def nothing(self, words: list[str]) -> bool | None:
        """What changes nothing here, and succeeds."""
        return words[0] != "false"


_BUILTINS: Mapping[str, Callable[[_Walk, list[str]], bool | None]] = {
    "sleep": _Walk.sleep,
    "/bin/sleep": _Walk.sleep,
    "wait": _Walk.wait,
    "read": _Walk.read,
    "let": _Walk.let,
    "shift": _Walk.shift,
} | {
    name: method
    for names, method in (
        ("export local declare readonly typeset", _Walk.export),
        ("exit return break continue", _Walk.end),
        ("test [ [[", _Walk.test),
        (": true false set trap cd unset echo printf pwd ulimit umask tee cat", _Walk.nothing),
    )
    for name in names.split()
}
