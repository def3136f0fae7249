"""The commands that a shell script runs, when each begins, and what of that is unknown.

A script is followed as a shell would run it. A program takes the time that the caller states
(`CommandLength`), `sleep` its argument, everything else none. Commands that depend on something
outside the script's text (a condition, the number of rounds of a loop) are marked with a doubt.
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
from wvatui.load.read.shell.variables import LONGEST, Variables, printed
from wvatui.load.read.shell.walk import DEPTH, STEPS, ScriptEnd, ShellWalk, latest_end
from wvatui.load.read.shell.wrappers import SHELLS, script_of, seconds, unwrapped

SCRIPT_LIMIT = 100_000
"""Most characters of a script that are read."""
_DEPTH = DEPTH // 5
_ASKS = frozenset(("grep", "curl", "wget", "which", "command", "nc", "kubectl", "diff", "cmp"))
"""Programs that query something, so that their exit code is unknown."""
_IN_PLACE = frozenset(("sed", "yq", "perl"))
_CHANGING = {*_IN_PLACE, "cp", "mv", "rm", "ln", "install", "truncate", "dd", "curl", "wget"}
"""Programs that change the files they are given, some of them only with -i."""
_IN_PLACE_FLAG = re.compile(r"-\w*i|--in-?place")


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One command of a script."""

    words: tuple[str, ...]
    delay_s: float | None
    """Seconds from the beginning of the script; None: unknown."""
    doubt: str = ""
    """Why it is uncertain whether, how often or in which form it runs, in words."""
    limit_s: float | None = None
    """Seconds after which `timeout` ends it; None: no limit."""
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Known files when it begins: content by path."""


CommandLength = Callable[[ShellCommand], float | None]
"""Returns how long a command takes, in seconds; None: unknown."""


@dataclass(slots=True)
class Script:
    """The commands of a script, and the limits of what was followed."""

    commands: list[ShellCommand] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Parts that could not be followed, in words."""
    waits: bool = False
    """Whether it waits for an unknown time before the first program that takes time; times then
    count from the end of that wait."""


def _no_time(command: ShellCommand) -> float | None:
    return 0.0


def followed(
    text: str,
    variables: Variables | None = None,
    *,
    lengths: CommandLength = _no_time,
    files: Mapping[str, str] | None = None,
) -> Script:
    """The commands that the script `text` runs. Raises ShellError where it cannot be parsed."""
    body = parse(text[:SCRIPT_LIMIT])
    script = Script()
    walk = _Walk(script, variables or Variables(), lengths, files or {})
    with suppress(ScriptEnd):
        walk.body(body)
    script.waits = walk.waits
    if walk.steps <= 0:
        script.unread.append(f"the script beyond its first {STEPS} commands")
    if len(text) > SCRIPT_LIMIT:
        script.unread.append(f"the script beyond its first {SCRIPT_LIMIT} characters")
    return script


class _Walk(ShellWalk):
    """One shell, with the effect of each command on it."""

    def __init__(
        self,
        script: Script,
        variables: Variables,
        lengths: CommandLength,
        files: Mapping[str, str],
    ) -> None:
        super().__init__(variables)
        self._script, self._lengths = script, lengths
        self._files = dict(files)
        """The given files, and those that the script has written so far."""
        self._ends: float | None = None
        """When a timeout ends the running commands at the latest; None: never, or unknown."""
        self._may_end = False
        """Whether a timeout may have ended it already."""

    def _doubted(self, doubt: str, run: Callable[[], bool | None]) -> bool | None:
        before = dict(self._files)
        status = super()._doubted(doubt, run)
        if doubt:
            self._files = {k: v for k, v in self._files.items() if before.get(k) == v}
        return status

    def _lose_time(self, before: float | None) -> None:
        super()._lose_time(before)
        self._may_end = self._may_end or self._ends is not None

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
        status = self.run(words, own)
        if words[0] == "exec" and words[1:] and not self._doubts:
            raise ScriptEnd("exit")
        return status

    def _substituted(self, word: Word) -> None:
        """Run the commands in `$(…)`, which may take time."""
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
        """Record the text that a command writes into a file."""
        to = next((r for r in redirects if r.operator in (">", ">>") and r.descriptor == 1), None)
        adds = {self._variables.joined(to.word): to.operator == ">>"} if to is not None else {}
        here = (self._variables.joined(r.word) for r in redirects if r.operator == "<<")
        text = next(here, printed(words))
        if words[:1] == ["tee"]:
            also = not {"-a", "--append"}.isdisjoint(words)
            adds |= {word: also for word in words[1:] if not word.startswith("-")}
        for target, is_more in adds.items():
            before = self._files.pop(target, None) if is_more else ""
            if text is not None and before is not None and len(before + text) <= LONGEST:
                self._files[target] = before + text
            else:
                self._files.pop(target, None)
        is_in_place = any(map(_IN_PLACE_FLAG.match, words[1:]))
        if _CHANGING.intersection(words[:1]) and (words[0] not in _IN_PLACE or is_in_place):
            for word in words[1:]:
                self._files.pop(re.sub(r"^(-\w*?[oO]|.*=)(?=.)", "", word), None)

    def overwritten(self, redirects: list[Redirect]) -> None:
        for redirect in redirects:
            if redirect.operator in (">", ">>"):
                self._files.pop(self._variables.joined(redirect.word), None)

    def run(self, words: list[str], own: Mapping[str, str]) -> bool | None:
        """Run a builtin, a function, a script, or a program."""
        limit_s, doubt, words, more = unwrapped(words)
        if not words:
            return True
        own = {**own, **more}
        name = words[0].rpartition("/")[2]
        if builtin := _BUILTINS.get(words[0]):
            return builtin(self, words)
        nested: Callable[[], bool | None] | None = None
        if words[0] in self._functions:
            nested = partial(self._call, words)
        elif name in SHELLS or name in ("source", ".", "eval"):
            nested = partial(self._shell, name, words)
        elif words[0] in self._files and len(words[0]) > 1:
            nested = partial(self._nested, self._files[words[0]], words)
        if nested is not None:
            stays = words[0] in self._functions or name in ("source", ".", "eval")
            return self._doubted(doubt, partial(self._within, limit_s, own, nested, stays=stays))
        variables = {**self._variables.values, **own}
        doubts = [*self._doubts, *([doubt] if doubt else [])]
        self._begin(tuple(words), limit_s, "; ".join(dict.fromkeys(doubts)), variables)
        return None if name in _ASKS else True

    def _within(
        self,
        limit_s: float | None,
        own: Mapping[str, str],
        run: Callable[[], bool | None],
        *,
        stays: bool,
    ) -> bool | None:
        """Run commands inside a command, with its own variables and time limit. `stays`: in this
        shell, so that variables they set are kept."""
        known, ends, may_end = self._variables, self._ends, self._may_end
        if not stays:
            self._variables = known.copy()
        earlier = {name: known.values.get(name) for name in own}
        for name, value in own.items():
            self._variables.set(name, value)
        if limit_s is not None and self.at is None:
            self._may_end = True
        elif limit_s is not None and self.at is not None:
            self._ends = min(self.at + limit_s, float("inf") if ends is None else ends)
        try:
            return run()
        finally:
            if self._ends is not None and self.at is not None:
                self.at = min(self.at, self._ends)
            self._may_end = may_end or (self._may_end and ends is not None)
            self._variables, self._ends = known, ends
            for name, before in earlier.items() if stays else ():
                known.values.pop(name, None)
                if before is not None:
                    known.values[name] = before

    def _begin(
        self,
        words: tuple[str, ...],
        limit_s: float | None,
        doubt: str,
        variables: Mapping[str, str],
    ) -> None:
        if self._may_end or (self._ends is not None and self.at is None):
            doubt = "; ".join(filter(None, (doubt, "unless a timeout ends it before")))
        if self._ends is not None and self.at is not None:
            left = self._ends - self.at
            if left <= 0:
                return
            limit_s = left if limit_s is None else min(limit_s, left)
        command = ShellCommand(words, self.at, doubt, limit_s, variables, dict(self._files))
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
        if path in self._files:
            return self._nested(self._files[path], words[words.index(path) :])
        if path:
            self._script.unread.append(path)
        return None

    def _nested(self, text: str, words: list[str]) -> bool | None:
        """Run a script that another script contains."""
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
        """Treat each line of a script that cannot be parsed as one doubtful command."""
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
        """Wait until every background command has ended."""
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
        """`read name`: the value is unknown."""
        for name in words[1:]:
            if not name.startswith("-"):
                self._variables.set(name, f"${name}")
        return None

    def end(self, words: list[str]) -> bool | None:
        """`exit`, `return`, `break` and `continue`; a doubtful one ends nothing."""
        if self._doubts:
            self._may_be_left = self._may_be_left or words[0] == "break"
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

    def unset(self, words: list[str]) -> bool | None:
        """`unset name`."""
        for name in words[1:]:
            self._variables.values.pop(name, None)
            self._variables.arrays.pop(name, None)
        return True

    def nothing(self, words: list[str]) -> bool | None:
        """Do nothing and succeed, as for commands without an effect here."""
        return words[0] != "false"


_BUILTINS: Mapping[str, Callable[[_Walk, list[str]], bool | None]] = {
    name: method
    for names, method in (
        ("sleep /bin/sleep", _Walk.sleep),
        ("wait", _Walk.wait),
        ("read", _Walk.read),
        ("let", _Walk.let),
        ("shift", _Walk.shift),
        ("export local declare readonly typeset", _Walk.export),
        ("exit return break continue", _Walk.end),
        ("test [ [[", _Walk.test),
        ("unset", _Walk.unset),
        (": true false set trap cd echo printf pwd ulimit umask tee cat", _Walk.nothing),
    )
    for name in names.split()
}
