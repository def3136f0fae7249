"""What must be taken away before the program ends, and how long that may take."""

from collections.abc import Callable, Sequence

TAKING_AWAY_S = 8.0
"""Wall seconds that a session gets to delete the load it made, once it is to end."""


class Leaving:
    """Asked by whoever brings a session to its end."""

    def __init__(
        self,
        left: Callable[[], Sequence[str]] = tuple,
        *,
        limit_s: float = TAKING_AWAY_S,
        else_s: float = 0.0,
    ) -> None:
        """`left`: what is still to be taken away, in words; `else_s`: time for what is to be
        finished although nothing is left."""
        self.left = left
        self._else_s = else_s
        self.limit_s = limit_s
        self.given_up = False
        """It took too long, or the person would not wait: nothing more is tried."""

    def more_s(self) -> float:
        """How much longer than usual the session may take to end, wall seconds."""
        return self.limit_s if self.left() else self._else_s

    def words(self) -> str:
        """What goes on, for the person; empty: nothing that takes time."""
        left = self.left()
        return f"deleting {', '.join(left)} (ctrl+c leaves at once)" if left else ""

    def last_words(self) -> str:
        """What has stayed; empty: nothing."""
        left = self.left()
        more = "the next session there offers to delete it"
        return f"still there: {', '.join(left)}; {more}" if left else ""
