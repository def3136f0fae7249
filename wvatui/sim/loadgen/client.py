"""A client of the gateway: sends requests on a plan, and measures the answers."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from wvatui.engine.engine import Sequence
from wvatui.engine.timeline import Appointment, Timeline
from wvatui.sim.run.box import Endpoint, Signal, Steps

MOST_STREAMS = 4096
"""Most concurrent requests of one client: it has no more sockets."""
LEAST_GAP_S = 1e-4
REFUSAL_S = 0.004
"""Seconds that a refused request takes."""


@dataclass(slots=True)
class ClientResult:
    """One request as its client saw it. Moments are UTC epoch seconds, lengths are tokens."""

    planned: float
    sent: float
    prompt: int
    wanted: int
    """Tokens requested."""
    first: float | None = None
    ended: float | None = None
    output: int = 0
    state: str = "running"
    """"running", "successful", "errored" or "incomplete"."""
    error: str = ""

    @property
    def ttft_s(self) -> float | None:
        """Time to the first token, seconds."""
        return None if self.first is None else self.first - self.sent

    @property
    def latency_s(self) -> float | None:
        """Seconds until the last token; None: there is none."""
        return None if self.ended is None else self.ended - self.sent

    @property
    def itl_s(self) -> float | None:
        """Mean time between tokens, seconds; None with fewer than two."""
        if self.first is None or self.ended is None or self.output < 2:
            return None
        return (self.ended - self.first) / (self.output - 1)

    @property
    def tpot_s(self) -> float | None:
        """Latency per token, including the first, seconds."""
        latency_s = self.latency_s
        return None if latency_s is None or not self.output else latency_s / self.output


LengthSource = Callable[[], tuple[int, int, int]]
"""Draws (prompt, answer, shared prompt) tokens of the next request."""


@dataclass(frozen=True)
class ClientPlan:
    """The requests to send. Without `gaps`, requests follow each other on `streams`."""

    gaps: Callable[[], float] | None = None
    """Draws the seconds to the next request."""
    streams: int | None = None
    """Most concurrent requests."""
    requests: int | None = None
    seconds: float | None = None
    """Requests still running after this time are aborted."""
    send_seconds: float | None = None
    """No request is sent after this time; running ones are waited for."""


class LoadClient:
    """Runs one plan. `on_end` is called for each finished request."""

    def __init__(
        self,
        timeline: Timeline,
        endpoint: Endpoint,
        plan: ClientPlan,
        lengths: LengthSource,
        *,
        models: bool = True,
        on_end: Callable[[ClientResult], None] = lambda result: None,
    ) -> None:
        """`models` False: the server does not know the model, and refuses the requests."""
        self.results: list[ClientResult] = []
        self.begun = timeline.now
        self.ended = timeline.now
        self._timeline, self._endpoint, self._plan = timeline, endpoint, plan
        self._lengths, self._knows, self._on_end = lengths, models, on_end
        self._limit = None if plan.streams is None else min(plan.streams, MOST_STREAMS)
        self._inside: dict[int, tuple[Sequence, ClientResult]] = {}
        self._queued: deque[float] = deque()
        self._next: Appointment | None = None
        self._sent = 0
        self._is_over = False
        self._over = Signal()
        self._stop: Appointment | None = None

    @property
    def running(self) -> int:
        """Requests being answered."""
        return len(self._inside)

    @property
    def sent(self) -> int:
        """Requests sent so far."""
        return self._sent

    def steps(self) -> Steps:
        """Run the plan to its end."""
        self.begun = self._timeline.now
        try:
            if self._plan.seconds is not None:
                self._stop = self._timeline.call_after(self._plan.seconds, self._cut)
            if self._plan.gaps is None:
                for _ in range(self._limit or 1):
                    self._queued.append(self._timeline.now)
                    self._pump()
            else:
                self._arrive()
            self._look()
            yield self._over
        finally:
            self._end()
        return 0

    def _planned(self) -> bool:
        """Whether another request may be sent."""
        plan = self._plan
        if plan.requests is not None and self._sent + len(self._queued) >= plan.requests:
            return False
        since = self._timeline.now - self.begun
        limit = plan.send_seconds
        return not self._is_over and (limit is None or since < limit)

    def _arrive(self) -> None:
        self._next = None
        if not self._planned():
            self._look()
            return
        self._queued.append(self._timeline.now)
        self._pump()
        assert self._plan.gaps is not None
        gap_s = max(self._plan.gaps(), LEAST_GAP_S)
        self._next = self._timeline.call_after(gap_s, self._arrive)

    def _pump(self) -> None:
        limit = self._limit
        while self._queued and not self._is_over and (limit is None or self.running < limit):
            self._send(self._queued.popleft())

    def _send(self, planned: float) -> None:
        prompt, wanted, shared = self._lengths()
        result = ClientResult(planned, self._timeline.now, prompt, wanted)
        self.results.append(result)
        self._sent += 1
        number = self._sent
        if not self._knows:
            self._refuse(number, result, "Not Found")
            return
        answered: list[Sequence] = []

        def done(sequence: Sequence) -> None:
            answered.append(sequence)
            at = sequence.finished or self._timeline.now
            self._timeline.call_at(at, lambda: self._answered(number, sequence))

        sequence = self._endpoint.send(prompt, wanted, shared, done)
        self._inside[number] = (sequence, result)

    def _refuse(self, number: int, result: ClientResult, error: str) -> None:
        result.error = error
        self._inside[number] = (Sequence(result.prompt, result.wanted, self._timeline.now), result)
        self._timeline.call_after(REFUSAL_S, lambda: self._refused(number))

    def _refused(self, number: int) -> None:
        call = self._inside.pop(number, None)
        if call is None:
            return
        call[1].state, call[1].ended = "errored", self._timeline.now
        self._after(call[1])

    def _answered(self, number: int, sequence: Sequence) -> None:
        call = self._inside.pop(number, None)
        if call is None:
            return
        result = call[1]
        result.first, result.ended = sequence.first_token, sequence.finished
        result.output = sequence.generated
        result.state = "successful" if sequence.outcome in ("stop", "length") else "errored"
        if sequence.outcome == "abort":
            result.error = "Server disconnected without sending a response."
        elif result.state == "errored":
            result.error = "Bad Request"
        self._after(result)

    def _after(self, result: ClientResult) -> None:
        self._on_end(result)
        if self._plan.gaps is None and self._planned():
            self._queued.append(self._timeline.now)
        self._pump()
        self._look()

    def _look(self) -> None:
        """Check whether everything was sent and answered."""
        waits_to_send = self._next is not None or self._queued
        if not self.running and not waits_to_send and (self._is_over or not self._planned()):
            self._end()
            self._over.fire()

    def _cut(self) -> None:
        """Abort running requests, as the time is over."""
        self._stop = None
        self._is_over = True
        for sequence, result in list(self._inside.values()):
            result.first, result.output = sequence.first_token, sequence.generated
            result.state, result.ended = "incomplete", self._timeline.now
        self._end()
        self._over.fire()

    def _end(self) -> None:
        if not self._over.is_fired:
            self.ended = self._timeline.now
        self._is_over = True
        for appointment in (self._next, self._stop):
            if appointment is not None:
                appointment.cancel()
        self._next = self._stop = None
        self._queued.clear()
        inside, self._inside = self._inside, {}
        for sequence, _ in inside.values():
            self._endpoint.cancel(sequence)
