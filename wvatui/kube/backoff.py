"""How long to wait before trying again."""


class Backoff:
    """Doubles from `first_s` up to `top_s`; `reset` when it worked. Seconds of the clock."""

    def __init__(self, first_s: float = 1.0, top_s: float = 30.0) -> None:
        self._first_s = first_s
        self._top_s = top_s
        self._next_s = first_s

    def next(self) -> float:
        """Seconds to wait now."""
        wait_s, self._next_s = self._next_s, min(self._next_s * 2, self._top_s)
        return wait_s

    def reset(self) -> None:
        """It worked: begin with the shortest wait again."""
        self._next_s = self._first_s
