"""Simulated time: a heap of actions, run strictly in order of time."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True, slots=True)
class Appointment:
    """One scheduled action; `cancel()` removes it."""

    when: float
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Do not run the action any more."""
        self.cancelled = True


class Timeline:
    """Discrete-event scheduler. `now` is UTC epoch seconds of the simulated clock.

    Synchronous and deterministic: appointments of the same moment run in the order they were
    made, and nothing but `run_until` lets time pass.
    """

    def __init__(self, start: float) -> None:
        self.now = start
        self.start = start
        self._heap: list[Appointment] = []
        self._order = 0

    def call_at(self, when: float, action: Callable[[], None]) -> Appointment:
        """Run `action` at `when`; a time in the past means now, after everything already due."""
        self._order += 1
        appointment = Appointment(max(when, self.now), self._order, action)
        heapq.heappush(self._heap, appointment)
        return appointment

    def call_after(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Run `action` `seconds` from now."""
        return self.call_at(self.now + seconds, action)

    def every(self, seconds: float, action: Callable[[], None], *, first: float = 0.0) -> "Every":
        """Run `action` every `seconds`, first after `first` seconds."""
        return Every(self, seconds, action, first)

    def next_at(self) -> float | None:
        """When the next appointment is due; None when there is none."""
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0].when if self._heap else None

    def run_until(self, when: float) -> None:
        """Run everything due up to and including `when`, then set the time to `when`."""
        while self._heap and self._heap[0].when <= when:
            appointment = heapq.heappop(self._heap)
            if not appointment.cancelled:
                self.now = appointment.when
                appointment.action()
        self.now = max(self.now, when)


class Every:
    """A repeating appointment, without drift: the n-th run is at start + first + n * seconds."""

    def __init__(
        self, timeline: Timeline, seconds: float, action: Callable[[], None], first: float
    ) -> None:
        self._timeline = timeline
        self._seconds = seconds
        self._action = action
        self._base = timeline.now + first
        self._count = 0
        self._next = timeline.call_at(self._base, self._run)

    def _run(self) -> None:
        self._count += 1
        self._next = self._timeline.call_at(self._base + self._count * self._seconds, self._run)
        self._action()

    def cancel(self) -> None:
        """Stop repeating."""
        self._next.cancel()
