"""One line of the controller's log, parsed: its time, and what it says."""

import msgspec

from wvatui.core.log.facts import Fact
from wvatui.core.ranges import Moment


class Content(msgspec.Struct, frozen=True, gc=False):
    """The content of a line without its time; lines that differ only in their time share it.

    `level` is normalised: ERROR, WARN, INFO, DEBUG, V(n). `kind`: known, unknown, klog,
    continuation (of an error's stack trace), blank. `template` names the catalogue row that
    matched, or, for an unknown line, its text with the changing parts replaced, so that unknown
    lines can be counted by kind. `message` is the text a person should read (never the whole JSON
    object).
    """

    level: str
    message: str
    kind: str
    dialect: str
    template: str
    facts: tuple[Fact, ...] = ()
    caller: str = ""
    error: str = ""
    beyond: str = ""
    """An impossible number in it, in words: then the line has no facts. Empty: none."""
    namespace: str = ""
    """The namespace in its fields, for a line without facts: an error, or an unknown line."""
    of_model: bool = False
    """Whether its fields name a model, or a variant together with that namespace."""
    lacks_fields: bool = False
    """Whether its row needs fields, but the line's are cut off or damaged."""


class Worded(msgspec.Struct, frozen=True, gc=False):
    """Base of types with the content of a line; see `Content` for the parts."""

    content: Content

    @property
    def level(self) -> str:
        """ERROR, WARN, INFO, DEBUG, V(n)."""
        return self.content.level

    @property
    def message(self) -> str:
        """The text that a person should read."""
        return self.content.message

    @property
    def kind(self) -> str:
        """known, unknown, klog, continuation, blank."""
        return self.content.kind

    @property
    def dialect(self) -> str:
        """Name of the dialect that read it."""
        return self.content.dialect

    @property
    def template(self) -> str:
        """Id of the row that matched."""
        return self.content.template

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Its facts."""
        return self.content.facts

    @property
    def caller(self) -> str:
        """Source file and line of the controller."""
        return self.content.caller

    @property
    def error(self) -> str:
        """The error that it carries."""
        return self.content.error


class ParsedLine(Worded, frozen=True, gc=False):
    """One parsed line. `at`: its own time (UTC epoch seconds); None: it has none."""

    at: Moment | None
