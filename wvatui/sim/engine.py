"""One vLLM engine, request by request: continuous batching, chunked prefill, preemption.

Time is advanced in stretches: while the same sequences decode and nobody arrives, many steps are
one. The duration of a step is linear in what it computes, which is how such engines are modelled
by WVA's own tuner (alpha, beta, gamma) and by the papers it follows.
"""

import random
from collections import deque
from dataclasses import dataclass, field

from wvatui.sim.kvcache import KvCache

TTFT_BOUNDS = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
    20.0, 40.0, 80.0, 160.0, 640.0, 2560.0,
)  # fmt: skip
ITL_BOUNDS = (
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0,
    40.0, 80.0,
)  # fmt: skip
E2E_BOUNDS = (
    0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0,
    480.0, 960.0, 1920.0, 7680.0,
)  # fmt: skip
TOKEN_BOUNDS = tuple(
    float(step * scale) for scale in (1, 10, 100, 1000, 10_000) for step in (1, 2, 5)
)
"""Bucket bounds of vLLM 0.11 (vllm/v1/metrics/loggers.py)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How fast and how big an engine is. Times in seconds."""

    accelerator: str
    blocks: int
    block_size: int = 16
    max_seqs: int = 256
    max_batched_tokens: int = 2048
    step_s: float = 0.012
    """A step that computes nothing."""
    seq_s: float = 0.00025
    """More for each sequence that decodes."""
    context_s: float = 1.2e-7
    """More for each token of context that is attended to."""
    prefill_s: float = 0.00006
    """More for each prompt token."""


@dataclass(slots=True)
class Histogram:
    """Observations by bucket, as prometheus_client counts them (not cumulative)."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float, times: int = 1) -> None:
        """Count `value`."""
        place = next((i for i, bound in enumerate(self.bounds) if value <= bound), len(self.bounds))
        self.counts[place] += times
        self.total += value * times


@dataclass(slots=True)
class Sequence:
    """One request inside an engine."""

    prompt: int
    """Prompt tokens."""
    output: int
    """Tokens it will generate."""
    arrived: float
    shared: int = 0
    """Prompt tokens that the prefix cache already has."""
    computed: int = 0
    generated: int = 0
    had_first: bool = False

    @property
    def wanted(self) -> int:
        """Tokens to compute before it decodes: after a preemption also what it had generated."""
        return self.prompt + self.generated

    @property
    def is_decoding(self) -> bool:
        """Its prompt is computed."""
        return self.computed >= self.wanted


class Engine:
    """Sequences that wait and run. Nothing happens but through `advance` and `submit`."""

    def __init__(self, profile: Profile, now: float, rng: random.Random) -> None:
        self.profile = profile
        self.cache = KvCache(profile.blocks, profile.block_size)
        self.now = now
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []
        self.preemptions = 0
        self.prompt_tokens = 0
        self.generation_tokens = 0
        self.prefix_queries = 0
        self.prefix_hits = 0
        self.finished = {"stop": 0, "length": 0, "abort": 0}
        self.ttft = Histogram(TTFT_BOUNDS)
        self.itl = Histogram(ITL_BOUNDS)
        self.e2e = Histogram(E2E_BOUNDS)
        self.prompts = Histogram(TOKEN_BOUNDS)
        self.outputs = Histogram(TOKEN_BOUNDS)
        self._rng = rng

    @property
    def load(self) -> int:
        """Requests inside."""
        return len(self.waiting) + len(self.running)

    def submit(self, sequence: Sequence, now: float) -> None:
        """A request arrives."""
        self.advance(now)
        if not self.running and not self.waiting:
            self.now = now
        self.waiting.append(sequence)

    def abort_all(self) -> list[Sequence]:
        """The process ends: requests inside are lost to it."""
        lost = [*self.running, *self.waiting]
        self.finished["abort"] += len(lost)
        for sequence in self.running:
            self.cache.release(sequence.computed)
        self.running.clear()
        self.waiting.clear()
        return lost

    def advance(self, to: float) -> None:
        """Work up to the time `to`; the last step may end a little later."""
        while self.now < to:
            if not self.running and not self.waiting:
                self.now = to
                return
            self._work(to)

    # --- one stretch of steps ------------------------------------------------------------------

    def _work(self, to: float) -> None:
        decoding = [s for s in self.running if s.is_decoding]
        if not self.cache.steps_that_fit((s.computed for s in decoding), 1):
            self._preempt()
            return
        # Who decodes takes its blocks before anybody's prompt does.
        self._grow(decoding, 1)
        prefill = self._schedule(self.profile.max_batched_tokens - len(decoding))
        step_s = self._step_s(len(decoding), sum(prefill.values()))
        steps = 1
        if not prefill and decoding:
            left = min(s.output - s.generated for s in decoding)
            more = min(left, int((to - self.now) / step_s))
            if more > 0:
                more = self.cache.steps_that_fit((s.computed for s in decoding), more)
                self._grow(decoding, more)
                steps += more
        if decoding:
            self.generation_tokens += steps * len(decoding)
            self.itl.observe(step_s, steps * len(decoding))
        self.now += steps * step_s
        self._prefill(prefill)
        self._finish()

    def _grow(self, decoding: list[Sequence], steps: int) -> None:
        for sequence in decoding:
            self.cache.grow(sequence.computed, sequence.computed + steps)
            sequence.computed += steps
            sequence.generated += steps

    def _step_s(self, decoding: int, prefill: int) -> float:
        profile = self.profile
        context = self.cache.used * profile.block_size
        return (
            profile.step_s
            + profile.seq_s * decoding
            + profile.context_s * context
            + profile.prefill_s * prefill
        )

    def _schedule(self, budget: int) -> dict[int, int]:
        """Prompt tokens to compute in this step, by the sequence's place in `running`."""
        chunks: dict[int, int] = {}
        for place, sequence in enumerate(self.running):
            if not sequence.is_decoding and budget > 0:
                budget -= self._take(place, sequence, budget, chunks)
        while self.waiting and budget > 0 and len(self.running) < self.profile.max_seqs:
            sequence = self.waiting[0]
            # A whole prompt must fit, with a little room to decode: half of one helps nobody.
            needed = self.cache.blocks_for(sequence.wanted) + 1
            if needed > self.cache.free and self.running:
                break
            self.waiting.popleft()
            self.prefix_queries += sequence.prompt
            if not sequence.generated:
                self.prefix_hits += sequence.shared
            self.running.append(sequence)
            budget -= self._take(len(self.running) - 1, sequence, budget, chunks)
        return chunks

    def _take(self, place: int, sequence: Sequence, budget: int, chunks: dict[int, int]) -> int:
        hit = sequence.shared if sequence.computed == 0 else 0
        missing = sequence.wanted - sequence.computed - hit
        chunk = min(missing, budget)
        if not self.cache.grow(sequence.computed, sequence.computed + hit + chunk):
            return 0
        sequence.computed += hit
        chunks[place] = chunk
        return chunk

    def _prefill(self, chunks: dict[int, int]) -> None:
        for place, chunk in chunks.items():
            sequence = self.running[place]
            sequence.computed += chunk
            if not sequence.is_decoding:
                continue
            if not sequence.had_first:
                sequence.had_first = True
                self.prompt_tokens += sequence.prompt
                self.ttft.observe(self.now - sequence.arrived)
                self.generation_tokens += 1
                # The first token comes with the last piece of the prompt.
                if self.cache.grow(sequence.computed, sequence.computed + 1):
                    sequence.computed += 1
                    sequence.generated += 1

    def _finish(self) -> None:
        done = [s for s in self.running if s.generated >= s.output]
        if not done:
            return
        self.running = [s for s in self.running if s.generated < s.output]
        for sequence in done:
            self.cache.release(sequence.computed)
            self.e2e.observe(self.now - sequence.arrived)
            self.prompts.observe(sequence.prompt)
            self.outputs.observe(sequence.output)
            reason = "length" if self._rng.random() < 0.1 else "stop"
            self.finished[reason] += 1

    def _preempt(self) -> None:
        """No block is left: the youngest goes back to the queue and is computed again later."""
        sequence = self.running.pop()
        self.cache.release(sequence.computed)
        if not self.running:
            # Alone it fills the whole cache: the server ends such a request at its limit.
            sequence.output = sequence.generated
            self.finished["length"] += 1
            return
        sequence.computed = 0
        self.preemptions += 1
        self.waiting.appendleft(sequence)
