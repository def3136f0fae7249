"""Follows the control flow of a script: sequences, background commands, conditions and loops.

Subclasses define the effect of each command, and the time it takes. Where it is unknown whether or
how often something runs, it is marked with a doubt, and the time after it is unknown.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial

from wvatui.load.read.shell.lexer import Word
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
from wvatui.load.read.shell.variables import Variables

STEPS = 5_000
"""Commands after which a script is not followed any further."""
ROUNDS = 1_000
DEPTH = 100


class ScriptEnd(Exception):  # noqa: N818 - how a script, a function or a loop ends
    """`exit`, `return`, `break` or `continue`."""


class ShellWalk(ABC):
    """One shell. `at`: seconds since the script began; None: unknown."""

    def __init__(self, variables: Variables) -> None:
        self.at: float | None = 0.0
        self.steps = STEPS
        self.waits = False
        """See `Script`."""
        self._variables = variables
        self._doubts: list[str] = []
        self._beside: list[float | None] = []
        """When each background command ends."""
        self._functions: dict[str, Command] = {}
        self._depth = 0
        self._has_begun = False
        """Whether a program has run that takes time."""
        self._may_be_left = False
        """Whether the current loop may have been left with `break`."""

    @abstractmethod
    def simple(self, command: Simple) -> bool | None:
        """Run one command; returns whether it succeeded. None: unknown."""

    @abstractmethod
    def overwritten(self, redirects: list[Redirect]) -> None:
        """Forget the files that a group of commands writes together."""

    # --- sequences, background commands, and pipelines

    def body(self, body: Body) -> bool | None:
        """Run a body; returns whether its last command succeeded. None: unknown."""
        status: bool | None = True
        for chain in body.chains:
            if self.steps <= 0:
                break
            if chain.runs_beside:
                begun, known = self.at, self._variables
                self._variables = known.copy()
                self._ended(partial(self._chain, chain))
                self._variables = known
                self._beside.append(self.at)
                self.at, status = begun, True
            else:
                status = self._chain(chain)
        return status

    def _ended(self, run: Callable[[], bool | None]) -> bool | None:
        """Call `run` as in a subshell: an exit inside it ends nothing else."""
        try:
            return run()
        except ScriptEnd:
            return True

    def _chain(self, chain: Chain) -> bool | None:
        status: bool | None = True
        for joint, commands in chain.parts:
            if joint and status is not None and status is (joint == "||"):
                continue
            doubt = ""
            if joint and status is None:
                doubt = "only if what stands before it " + (
                    "succeeds" if joint == "&&" else "fails"
                )
            status = self._doubted(doubt, partial(self._pipeline, commands))
        return status

    def _doubted(self, doubt: str, run: Callable[[], bool | None]) -> bool | None:
        """Call `run`, which may not happen: if it took some, the time after it is unknown, as are
        the variables that it sets."""
        if not doubt:
            return run()
        before, kept = self.at, self._variables
        self._variables = kept.copy()
        self._doubts.append(doubt)
        try:
            self._ended(run)
        finally:
            self._doubts.pop()
            kept.doubt(self._variables)
            self._variables = kept
        if self.at != before:
            self._lose_time(before)
        return None

    def _lose_time(self, before: float | None) -> None:
        """From here on, mark start times as unknown."""
        self.at = None if self._has_begun else before
        self.waits = self.waits or not self._has_begun

    def _pipeline(self, commands: list[Command]) -> bool | None:
        if len(commands) == 1:
            return self._command(commands[0])
        begun, ends, status = self.at, [], None
        for command in commands:
            self.at = begun
            status = self._ended(partial(self._command, command))
            ends.append(self.at)
        self.at = latest_end(ends)
        return status

    def _command(self, command: Command) -> bool | None:
        self.steps -= 1
        self._depth += 1
        try:
            if self._depth > DEPTH or self.steps <= 0:
                return None
            match command:
                case Simple():
                    return self.simple(command)
                case Body():
                    return self._apart(command)
                case Group():
                    return self.body(command.body)
                case Redirected():
                    status = self._command(command.command)
                    self.overwritten(command.redirects)
                    return status
                case Negated():
                    status = self._command(command.command)
                    return None if status is None else not status
                case Arithmetic():
                    value = self._variables.assign(command.expression)
                    return None if value is None else bool(value)
                case Definition():
                    self._functions[command.name] = command.body
                    return True
                case If():
                    return self._if(command)
                case CaseOf():
                    return self._case(command)
                case For():
                    return self._loop(partial(self._for, command))
                case CountLoop() | While():
                    return self._loop(partial(self._while, command))
        finally:
            self._depth -= 1

    def _apart(self, body: Body) -> bool | None:
        """Run a subshell: variables that it sets end with it."""
        known, beside = self._variables, self._beside
        self._variables, self._beside = known.copy(), []
        try:
            return self._ended(partial(self.body, body))
        finally:
            self._variables, self._beside = known, [*beside, *self._beside]

    # --- conditions and loops

    def _if(self, command: If) -> bool | None:
        doubt = ""
        for condition, body in command.branches:
            status = True if condition is None else self.body(condition)
            if status is False:
                continue
            doubt = doubt or ("" if status else "only if a condition holds")
            done = self._doubted(doubt, partial(self.body, body))
            if status:
                return done
        return None if doubt else True

    def _case(self, command: CaseOf) -> bool | None:
        subject = self._variables.joined(command.subject)
        doubt = "" if "$" not in subject else f"only for one value of {subject}"
        for patterns, body in command.branches:
            texts = [self._variables.joined(pattern) for pattern in patterns]
            if not doubt and not any(fnmatchcase(subject, text) for text in texts):
                continue
            self._doubted(doubt, partial(self.body, body))
            if not doubt:
                return True
        return None if doubt else True

    def _loop(self, run: Callable[[], bool | None]) -> bool | None:
        """Run a loop; its duration is unknown where any round may have left it."""
        before, outer = self.at, self._may_be_left
        self._may_be_left = False
        try:
            return run()
        finally:
            if self._may_be_left:
                self._lose_time(before)
            self._may_be_left = outer

    def _for(self, command: For) -> bool | None:
        words = command.words
        if words is None:
            values = self._variables.arrays.get("@", ["$@"])
        else:
            values = [value for word in words for value in self._variables.fields(word)]
        for value in values:
            doubt = f"for each of {value}" if "$" in value or "*" in value else ""
            self._variables.set(command.name, f"${command.name}" if doubt else value)
            if (
                self._doubted(doubt or self._unless_left(), partial(self._round, command.body))
                is False
            ):
                break
        return True

    def _unless_left(self) -> str:
        return "unless its loop was left before" if self._may_be_left else ""

    def _round(self, body: Body) -> bool | None:
        """Run a loop's body once; returns False when it was left with `break`."""
        try:
            self.body(body)
        except ScriptEnd as end:
            if str(end) not in ("break", "continue"):
                raise
            return str(end) == "continue"
        return True

    def _while(self, command: While | CountLoop) -> bool | None:
        if isinstance(command, CountLoop):
            self._variables.assign(command.begin)
        begun = self.at
        for number in range(ROUNDS):
            status = self._holds(command)
            if status is False:
                return True
            forever = number == 0 and status is True and self._is_endless(command)
            if status is None or forever or self.steps <= 0:
                doubt = "again and again" if forever else "as often as a condition holds"
                before = self.at
                self._doubted(doubt, partial(self.body, command.body))
                if forever:
                    self._lose_time(before)
                return None
            if self._doubted(self._unless_left(), partial(self._round, command.body)) is False:
                return True
            if isinstance(command, CountLoop):
                self._variables.assign(command.step)
        self._lose_time(begun)  # it runs longer than it is followed
        return None

    def _holds(self, command: While | CountLoop) -> bool | None:
        if isinstance(command, CountLoop):
            value = self._variables.sum(command.condition or "1")
            return None if value is None else bool(value)
        status = self.body(command.condition)
        return status if status is None else status is not command.until

    def _is_endless(self, command: While | CountLoop) -> bool:
        """Whether its condition changes nothing, and so holds forever."""
        if isinstance(command, CountLoop):
            return not command.condition
        names = [self._variables.fields(w) for w in _words_of(command.condition)]
        return names in ([["true"]], [[":"]], [["1"]])


def latest_end(ends: list[float | None]) -> float | None:
    known = [end for end in ends if end is not None]
    return max(known, default=0.0) if len(known) == len(ends) else None


def _words_of(body: Body) -> list[Word]:
    return [
        word
        for chain in body.chains
        for _, commands in chain.parts
        for command in commands
        if isinstance(command, Simple)
        for word in command.words
    ]
