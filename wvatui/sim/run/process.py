"""A program as a generator: it yields what it waits for, and returns its exit code."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from wvatui.engine.timeline import Appointment, Timeline


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many simulated seconds."""

    seconds: float


class Signal:
    """Something that happens once; who waits for it goes on."""

    def __init__(self) -> None:
        self.is_fired = False
        self._waiting: Callable[[], None] | None = None

    def fire(self) -> None:
        """It has happened."""
        self.is_fired = True
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def wait(self, then: Callable[[], None]) -> None:
        """Call `then` when it happens."""
        self._waiting = then


Steps = Generator[Sleep | Signal, None, int]


class Process:
    """Runs `steps` on the timeline. `on_exit` gets the exit code; never after `kill`."""

    def __init__(self, timeline: Timeline, steps: Steps, on_exit: Callable[[int], None]) -> None:
        self._timeline, self._steps, self._on_exit = timeline, steps, on_exit
        self._next: Appointment | None = None
        self.is_over = False

    def start(self, *, at_once: bool = False) -> None:
        """Begin at this moment: after what is due already, or `at_once` before it."""
        if at_once:
            self._step()
        else:
            self._next = self._timeline.call_after(0.0, self._step)

    def kill(self) -> None:
        """End it from outside: what it holds is let go, and nothing of it happens any more."""
        if self.is_over:
            return
        self.is_over = True
        if self._next is not None:
            self._next.cancel()
        self._steps.close()

    def _step(self) -> None:
        self._next = None
        if self.is_over:
            return
        try:
            wanted = next(self._steps)
        except StopIteration as end:
            self.is_over = True
            self._on_exit(int(end.value or 0))
            return
        if isinstance(wanted, Sleep):
            self._next = self._timeline.call_after(max(0.0, wanted.seconds), self._step)
        elif wanted.is_fired:
            self._next = self._timeline.call_after(0.0, self._step)
        else:
            wanted.wait(self._wake)

    def _wake(self) -> None:
        # Not at once: who fires may be in the middle of something.
        self._next = self._timeline.call_after(0.0, self._step)
