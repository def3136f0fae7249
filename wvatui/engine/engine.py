"""One vLLM engine, request by request: continuous batching, chunked prefill, preemption.

Source: vLLM 0.22 vllm/v1/core/sched/scheduler.py, schedule. Running requests are scheduled first,
with one token each or the rest of a prompt; when blocks run out, the youngest is preempted, and
nothing is admitted in that step. Otherwise waiting requests are admitted in order, as long as the
whole prompt fits (scheduler_reserve_full_isl) and the step's token budget lasts.

Time advances in stretches: while the same sequences decode and no request arrives, many steps are
computed at once. The duration of a step is linear in the work it does, as in WVA's own tuner
(alpha, beta, gamma) and the papers it follows; `python -m bench.calibration` measures how well this
matches a real engine.
"""

import random
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import islice

from wvatui.engine.engine_stats import EngineStats
from wvatui.engine.kvcache import Holding, KvCache

NEXT = 64
"""Waiting requests that may be answered before the soonest running one is determined again."""


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """Speed and size of an engine. Times in seconds."""

    accelerator: str
    blocks: int
    block_size: int = 16
    max_seqs: int = 256
    max_batched_tokens: int = 2048
    max_model_len: int = 16_384
    """Most tokens of one request, prompt and answer together."""
    step_s: float = 0.012
    """Duration of an empty step."""
    seq_s: float = 0.00025
    """Added for each sequence that decodes."""
    context_s: float = 1.2e-7
    """Added for each token of attended context."""
    prefill_s: float = 0.00006
    """Added for each prompt token."""

    @property
    def longest(self) -> int:
        """Most tokens that one request can have: limited by `max_model_len` and by the cache."""
        return min(self.max_model_len, self.blocks * self.block_size)


@dataclass(slots=True)
class Sequence:
    """One request inside an engine."""

    prompt: int
    """Prompt tokens."""
    output: int
    """Tokens that it will generate."""
    arrived: float
    shared: int = 0
    """Prompt tokens at the beginning that it shares with others of the same `prefix`."""
    prefix: Hashable = ""
    """Name of the content with which the prompt begins."""
    received: int = 0
    """Prompt tokens whose KV cache was received from another pod."""
    computed: int = 0
    generated: int = 0
    cached: int = 0
    """Prompt tokens found in the prefix cache when it was first scheduled."""
    preempted: int = 0
    """How often it was preempted."""
    held: Holding = field(default_factory=Holding, repr=False)
    """Its KV-cache blocks."""
    scheduled: float | None = None
    """When it first left the queue, seconds; None: not yet."""
    first_token: float | None = None
    """When its first token was ready, seconds; None: not yet."""
    is_cut: bool = False
    """Its answer was cut off at the longest request that the engine serves."""
    finished: float | None = None
    """When it ended, seconds; None: not yet."""
    outcome: str = ""
    """How it ended: stop, length, abort, refused; empty: it has not."""
    done: "Callable[[Sequence], None] | None" = field(default=None, repr=False)
    """Called once when it has ended. Must not submit a request directly."""

    def end(self, outcome: str, at: float) -> None:
        """End the request with this outcome, and call `done`."""
        self.outcome, self.finished = outcome, at
        if self.done is not None:
            self.done(self)

    @property
    def wanted(self) -> int:
        """Tokens to compute before it decodes; after a preemption, including those it had
        generated."""
        return self.prompt + self.generated

    @property
    def is_decoding(self) -> bool:
        """Whether its whole prompt is computed."""
        return self.computed >= self.wanted


class EngineModel:
    """Waiting and running sequences. State changes only through `advance` and `submit`."""

    def __init__(self, profile: EngineProfile, now: float, rng: random.Random) -> None:
        self.profile = profile
        self.cache = KvCache(profile.blocks, profile.block_size)
        self.now = now
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []
        self.stats = EngineStats(profile.max_model_len)
        self._rng = rng

    @property
    def load(self) -> int:
        """Number of requests inside."""
        return len(self.waiting) + len(self.running)

    def submit(self, sequence: Sequence, now: float) -> None:
        """Add a request. One whose prompt leaves no room for an answer is refused by the API server
        (400), and does not appear in the engine's metrics."""
        self.advance(now)
        room = self.profile.longest - sequence.prompt
        if room < 1:
            sequence.end("refused", now)
            return
        if sequence.output > room:
            sequence.output, sequence.is_cut = room, True
        self._begin(sequence, now)
        self.waiting.append(sequence)

    def take_over(self, sequence: Sequence, now: float) -> bool:
        """Continue a request that is already being answered, with `generated` tokens of its answer;
        returns False when its blocks do not fit.

        Its beginning is not counted in the engine's statistics.
        """
        self.advance(now)
        self._begin(sequence, now)
        if not self.cache.grow(sequence.held, sequence.wanted):
            return False
        sequence.computed, sequence.scheduled, sequence.first_token = sequence.wanted, now, now
        self.running.append(sequence)
        return True

    def _begin(self, sequence: Sequence, now: float) -> None:
        # Only whole blocks are shared, and the last token is always computed anew.
        whole = min(sequence.shared, sequence.prompt - 1) // self.profile.block_size
        sequence.held = Holding(sequence.prefix, whole)
        if not self.running and not self.waiting:
            self.now = now

    def abort_all(self) -> list[Sequence]:
        """End all requests, as when the process ends; returns them."""
        lost = [*self.running, *self.waiting]
        self.stats.finished["abort"] += len(lost)
        for sequence in self.running:
            self.cache.release(sequence.held)
        self.running.clear()
        self.waiting.clear()
        for sequence in lost:
            sequence.end("abort", self.now)
        return lost

    def cancel(self, sequence: Sequence) -> bool:
        """Remove a request whose client disconnected; False when it is not inside. `done` is not
        called."""
        if any(other is sequence for other in self.running):
            self.running = [other for other in self.running if other is not sequence]
            self.cache.release(sequence.held)
        elif any(other is sequence for other in self.waiting):
            self.waiting = deque(other for other in self.waiting if other is not sequence)
            self.cache.forget(sequence.held)
        else:
            return False
        self.stats.finished["abort"] += 1
        return True

    def soonest(self) -> float | None:
        """The earliest moment at which a request with a `done` callback can be answered; None:
        there is none."""
        # Written out for speed: called after every request and every look.
        least, decoding = 0, 0
        for s in self.running:
            decoding += s.computed >= s.prompt + s.generated
            left = s.output - s.generated
            if s.done is not None and (not least or left < least):
                least = max(1, left)
        for s in islice(self.waiting, NEXT):
            if s.done is not None and (not least or s.output < least):
                least = max(1, s.output)
        return self.now + least * self._step_s(decoding, 0) if least else None

    def advance(self, to: float) -> None:
        """Simulate up to the time `to`; the last step may end a little later."""
        while self.now < to:
            if not self.running and not self.waiting:
                self.now = to
                return
            self._work(to)

    # --- one stretch of steps ------------------------------------------------------------------

    def _work(self, to: float) -> None:
        decoding = [s for s in self.running if s.computed >= s.prompt + s.generated]
        preempted = False
        while decoding and not self._steps_that_fit(decoding, 1):
            preempted = True
            if self._preempt() is decoding[-1]:
                decoding.pop()
        # Decoding sequences get their blocks before any prompt does.
        left = self._grow(decoding, 1)
        budget = self.profile.max_batched_tokens - len(decoding)
        prefill: dict[int, int] = {}
        if len(decoding) < len(self.running):
            budget, preempted = self._go_on(budget, prefill, preempted=preempted)
        blocked = None if preempted else self._admit(budget, prefill)
        step_s = self._step_s(len(decoding), sum(prefill.values()))
        steps = 1
        if not prefill and decoding and not preempted:
            more = min(left, int((to - self.now) / step_s))
            if more > 0:
                more = self._steps_that_fit(decoding, more)
                left = self._grow(decoding, more)
                steps += more
        if blocked is not None:
            # vLLM looks the first waiting prompt up in each step in which it does not fit, and
            # counts that.
            self._count_look(*blocked, steps)
        if decoding:
            self.stats.generation_tokens += steps * len(decoding)
            self.stats.itl.observe(step_s, steps * len(decoding))
        self.now += steps * step_s
        first = self._prefill(prefill)
        self.stats.iteration.observe(len(decoding) + first)
        if steps > 1:
            self.stats.iteration.observe(len(decoding), steps - 1)
        if prefill or left <= 0:
            self._finish()

    def _steps_that_fit(self, decoding: list[Sequence], wanted: int) -> int:
        return self.cache.steps_that_fit((s.computed for s in decoding), len(decoding), wanted)

    def _grow(self, decoding: list[Sequence], steps: int) -> int:
        """Grow each by `steps` tokens; the fewest that one of them still has to generate, or 0."""
        # They fit, as `steps_that_fit` has shown. Written out, as most time is spent here.
        size = self.cache.block_size
        blocks = 0
        least = decoding[0].output if decoding else 0
        for sequence in decoding:
            before = sequence.computed
            after = before + steps
            more = (after + size - 1) // size - (before + size - 1) // size
            if more:
                sequence.held.own += more
                blocks += more
            sequence.computed = after
            sequence.generated = generated = sequence.generated + steps
            if sequence.output - generated < least:
                least = sequence.output - generated
        self.cache.take(blocks)
        return least

    def _step_s(self, decoding: int, prefill: int) -> float:
        profile = self.profile
        context = self.cache.used * profile.block_size
        return (
            profile.step_s
            + profile.seq_s * decoding
            + profile.context_s * context
            + profile.prefill_s * prefill
        )

    def _go_on(self, budget: int, chunks: dict[int, int], *, preempted: bool) -> tuple[int, bool]:
        """Schedule the running sequences whose prompt is not computed yet; returns the remaining
        budget, and whether any was preempted."""
        place = 0
        while place < len(self.running):
            sequence = self.running[place]
            if sequence.computed < sequence.prompt + sequence.generated and budget > 0:
                chunk = min(sequence.wanted - sequence.computed, budget)
                if self.cache.grow(sequence.held, sequence.computed + chunk):
                    chunks[place] = chunk
                    budget -= chunk
                elif place == len(self.running) - 1:
                    self._preempt()
                    return budget, True
            place += 1
        return budget, preempted

    def _admit(self, budget: int, chunks: dict[int, int]) -> tuple[Sequence, int] | None:
        """Admit waiting requests in order; fills `chunks`, prompt tokens by index in `running`.

        Returns the first request that does not fit, with the tokens found for it in the prefix
        cache; None: there is none.
        """
        while self.waiting and budget > 0 and len(self.running) < self.profile.max_seqs:
            sequence = self.waiting[0]
            # The last token is always computed anew, together with its block.
            size = self.profile.block_size
            hit = min(self.cache.found(sequence.held), (sequence.wanted - 1) // size * size)
            if self.cache.missing(sequence.held, sequence.wanted) > self.cache.free:
                return sequence, hit
            self.waiting.popleft()
            self._count_look(sequence, hit, 1)
            if sequence.scheduled is None:
                sequence.scheduled, sequence.cached = self.now, hit
            there = max(hit, self._received(sequence, hit))
            chunk = min(sequence.wanted - there, budget)
            self.cache.grow(sequence.held, there + chunk)
            sequence.computed = there
            chunks[len(self.running)] = chunk
            self.running.append(sequence)
            budget -= chunk
        return None

    def _received(self, sequence: Sequence, hit: int) -> int:
        """Tokens in whole blocks of the prompt that another pod sent beyond what the pod's own
        cache has (vLLM's external prefix cache); after a preemption they are gone."""
        if not sequence.received or sequence.preempted:
            return 0
        size = self.profile.block_size
        there = min(sequence.received, sequence.wanted - 1) // size * size
        self.stats.external_queries += sequence.prompt - hit
        self.stats.external_hits += max(0, there - hit)
        return there

    def _count_look(self, sequence: Sequence, hit: int, times: int) -> None:
        # A lookup after a preemption is not counted (vLLM v1 PrefixCacheStats).
        if not sequence.preempted:
            self.stats.prefix_queries += times * sequence.prompt
            self.stats.prefix_hits += times * hit

    def _prefill(self, chunks: dict[int, int]) -> int:
        """Count the prompt tokens that the step has computed; returns the tokens of completed
        prompts."""
        tokens = 0
        for place, chunk in chunks.items():
            sequence = self.running[place]
            sequence.computed += chunk
            if not sequence.is_decoding or sequence.first_token is not None:
                continue
            sequence.first_token = self.now
            self.stats.prompt_tokens += sequence.prompt
            self.stats.cached_tokens += sequence.cached
            self.stats.ttft.observe(self.now - sequence.arrived)
            tokens += sequence.prompt
            # The last piece of the prompt yields the first token.
            if self.cache.grow(sequence.held, sequence.computed + 1):
                sequence.computed += 1
                sequence.generated += 1
                self.stats.generation_tokens += 1
                tokens += 1
        return tokens

    def _finish(self) -> None:
        done = [s for s in self.running if s.generated >= s.output]
        if not done:
            return
        self.running = [s for s in self.running if s.generated < s.output]
        for sequence in done:
            self.cache.release(sequence.held)
            limited = self._rng.random() < 0.1 or sequence.is_cut
            reason = "length" if limited else "stop"
            self.stats.finish(
                reason,
                ended=self.now,
                arrived=sequence.arrived,
                scheduled=sequence.scheduled or sequence.arrived,
                first_token=sequence.first_token or self.now,
                prompt=sequence.prompt,
                computed=sequence.prompt - sequence.cached,
                output=sequence.generated,
                # A request without its own limit may fill the model's context.
                allowed=sequence.output if limited else self.profile.longest - sequence.prompt,
            )
            sequence.end(reason, self.now)

    def _preempt(self) -> Sequence:
        """Send the youngest running sequence back to the head of the queue, as no block is left.

        Its tokens are computed again, except for blocks that nothing has reused until then. A
        sequence that runs alone always fits (`EngineProfile.longest`), so another one gains by the
        preemption.
        """
        sequence = self.running.pop()
        self.cache.release(sequence.held, sequence.computed)
        sequence.computed = 0
        sequence.preempted += 1
        self.stats.preemptions += 1
        self.waiting.appendleft(sequence)
        return sequence
