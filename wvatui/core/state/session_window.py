"""What belongs to a session: decided here, and nowhere else.

A live session reads back what the controller's log said before it began, and a controller that
works for the whole cluster writes of every namespace. Both are kept as lines and shown, and
neither is counted: a session is what happened from T+0 on to what is watched.
"""

from dataclasses import dataclass

from wvatui.core.events import Header


@dataclass(frozen=True, slots=True)
class SessionWindow:
    """From when on, and of which namespaces, something belongs to the session.

    `began`: UTC epoch seconds of T+0; 0: a log that was opened alone is a session of its own.
    `namespaces`: those that are watched; empty: all.
    """

    began: float = 0.0
    namespaces: frozenset[str] = frozenset()

    def holds(self, at: float) -> bool:
        """Whether what was said at `at` (UTC epoch seconds) is of the session's own time."""
        return at >= self.began

    def reaches(self, until: float) -> bool:
        """Whether something that ended at `until` (UTC epoch seconds) was not over before T+0."""
        return until > self.began

    def watches(self, namespace: str) -> bool:
        """Whether a namespace is watched; empty: one that is not known, which may be."""
        return not namespace or not self.namespaces or namespace in self.namespaces


def window_of(header: Header | None) -> SessionWindow:
    """The window of a session with this header. Several namespaces are separated by commas."""
    if header is None:
        return SessionWindow()
    names = frozenset(name for part in header.namespace.split(",") if (name := part.strip()))
    began = 0.0 if header.imported else header.started_at or header.at
    return SessionWindow(began, names)


FRESH_S = 10.0
"""A replica serves when it is Ready and its engine answered a look not longer ago than this
(seconds)."""
FRESH_ROUNDS = 3.0
"""… or than this many polling intervals, whichever is longer."""


def fresh_s(interval_s: float) -> float:
    """How old a sample may be and still speak for the present, seconds."""
    return max(FRESH_S, FRESH_ROUNDS * interval_s)
