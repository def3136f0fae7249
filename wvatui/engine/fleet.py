"""Engines behind one gateway under a given load, without a cluster, objects or HTTP.

What-if uses it: the same engines and routing as in the simulated cluster, driven synchronously and
as fast as they compute. Deterministic: the same arguments and calls give the same looks.
"""

import math
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from wvatui.core.queries.pods.demand import DemandStretch
from wvatui.core.queries.pods.engine_figures import EngineFigures
from wvatui.engine.engine import EngineModel, EngineProfile
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Appointment, Timeline

BOOT_S = 94.0
"""Seconds from a decision until its pod serves, where nothing else is known: an 8B model on an H100
whose image is on the node (a run of August 2026)."""
_NOTHING = DemandStretch(0.0, 0.0, 0.0, 1.0, 1.0)
REMEMBERED = 100
"""Number of different prompts that may be repeated."""


@dataclass(frozen=True, slots=True)
class EngineLook:
    """One pod at one moment."""

    at: float
    pod: str
    variant: str
    state: str
    """One of "booting", "ready", and "leaving": it finishes its requests and gets no new ones."""
    running: int
    waiting: int
    kv: float | None
    """Share of its blocks in use, 0 to 1; None while it boots."""


def profile_of(figures: EngineFigures, accelerator: str = "") -> EngineProfile:
    """The profile of a measured engine; its limits are vLLM's defaults on such accelerators.

    Source: vLLM 0.22 vllm/engine/arg_utils.py: 8,192 tokens per step and 1,024 requests from 70 GiB
    on.
    """
    return EngineProfile(
        accelerator,
        blocks=figures.blocks,
        block_size=figures.block_size,
        max_seqs=1024,
        max_batched_tokens=8192,
        max_model_len=131_072,
        step_s=figures.step_ms / 1000.0,
        seq_s=figures.seq_ms / 1000.0,
        context_s=0.0,
        prefill_s=figures.prefill_ms / 1000.0,
    )


class Fleet:
    """Pods of some variants of one model. Time passes only in `advance`."""

    def __init__(
        self,
        profiles: Mapping[str, EngineProfile],
        demand: Sequence[DemandStretch],
        *,
        start: float,
        replicas: Mapping[str, int],
        boot_s: float | Mapping[str, float] = BOOT_S,
        seed: int = 7,
    ) -> None:
        """`profiles`: the engine of each variant; `replicas`: pods that are ready at `start`, UTC
        epoch seconds; `boot_s`: seconds from `scale` until a new pod is ready, for all variants or
        by variant."""
        self._timeline = Timeline(start)
        self._gateway = Gateway(self._timeline)
        self._profiles = dict(profiles)
        self._boot_s = boot_s
        self._seed = seed
        self._rng = random.Random(f"{seed}/demand")
        self._pods: list[_Pod] = []
        self._born = 0
        self._asked_for = deque(demand)
        self._arrivals = self._arriving()
        self._prompts: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        self._asked = 0
        self._done = 0
        for variant, count in replicas.items():
            for _ in range(count):
                self._ready(self._new(variant))
        self._waits = False
        self._next()

    # --- queries -------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The simulated time, UTC epoch seconds."""
        return self._timeline.now

    @property
    def held(self) -> int:
        """Requests held at the gateway while no pod is ready."""
        return len(self._gateway.queue)

    @property
    def accepted(self) -> int:
        """Requests that arrived."""
        return self._gateway.accepted

    @property
    def finished(self) -> int:
        """Requests that were answered."""
        return self._done + sum(_finished(pod.engine) for pod in self._pods)

    def engine(self, pod: str) -> EngineModel:
        """The engine of a pod, with its statistics. Raises KeyError when there is none."""
        for member in self._pods:
            if member.name == pod and member.engine is not None:
                return member.engine
        raise KeyError(pod)

    def look(self) -> tuple[EngineLook, ...]:
        """Every pod at this moment, oldest first; one that left and has finished is omitted."""
        self._settle()
        return tuple(pod.look(self.now) for pod in self._pods)

    # --- actions -------------------------------------------------------------------------------

    def advance(self, to: float) -> None:
        """Simulate up to `to`, UTC epoch seconds."""
        self._timeline.run_until(to)
        self._settle()

    def offer(self, demand: Sequence[DemandStretch]) -> None:
        """Add load after all load offered before."""
        self._asked_for.extend(demand)
        if not self._waits:
            self._next()

    def scale(self, variant: str, replicas: int) -> None:
        """Set the number of pods of a variant. New ones boot; surplus ones leave, booting pods
        first, then the youngest, as the ReplicaSet chooses. Raises KeyError for an unknown
        variant."""
        mine = [pod for pod in self._pods if pod.variant == variant and pod.state != "leaving"]
        for _ in range(len(mine), replicas):
            pod = self._new(variant)
            given = self._boot_s
            boot_s = given if isinstance(given, int | float) else given[variant]
            pod.boots = self._timeline.call_after(boot_s, partial(self._ready, pod))
        mine.sort(key=lambda pod: (pod.state == "ready", -pod.number))
        for pod in mine[: max(0, len(mine) - replicas)]:
            self._leave(pod)

    # --- inside --------------------------------------------------------------------------------

    def _new(self, variant: str) -> "_Pod":
        self._born += 1
        pod = _Pod(self._born, variant, self._profiles[variant])
        self._pods.append(pod)
        return pod

    def _ready(self, pod: "_Pod") -> None:
        rng = random.Random(f"{self._seed}/{pod.name}")
        pod.engine = EngineModel(pod.profile, self.now, rng)
        pod.state = "ready"
        self._gateway.join(pod.name, pod.engine)

    def _leave(self, pod: "_Pod") -> None:
        if pod.state == "ready":
            self._gateway.leave(pod.name)
        elif pod.boots is not None:
            pod.boots.cancel()
        pod.state = "leaving"

    def _settle(self) -> None:
        """Let every engine work up to now, and remove pods that left and have finished."""
        for pod in self._pods:
            if pod.engine is not None:
                pod.engine.advance(self.now)
        for pod in [p for p in self._pods if p.state == "leaving" and not p.load]:
            self._done += _finished(pod.engine)
            self._pods.remove(pod)

    def _arriving(self) -> Iterator[tuple[float, DemandStretch, bool]]:
        """Arrival times of requests, and whether each is already being answered (these come first).

        Each stretch has a fixed number of requests at uniformly distributed moments, which is a
        Poisson process conditioned on that number.
        """
        owed = 0.0
        while True:
            if not self._asked_for:
                yield math.inf, _NOTHING, False
                continue
            stretch = self._asked_for.popleft()
            seconds = stretch.until - stretch.since
            owed += stretch.rate * seconds
            count = int(owed + 0.5)
            owed -= count
            for place, part in enumerate(sorted(self._rng.random() for _ in range(count))):
                yield stretch.since + part * seconds, stretch, place < stretch.begun * count

    def _next(self) -> None:
        at, stretch, begun = next(self._arrivals)
        while at < self._timeline.start:
            at, stretch, begun = next(self._arrivals)
        self._waits = at < math.inf
        if self._waits:
            self._timeline.call_at(at, partial(self._arrive, stretch, begun=begun))

    def _arrive(self, stretch: DemandStretch, *, begun: bool) -> None:
        output = self._length(stretch.output, stretch.output_spread)
        if self._prompts and self._rng.random() < stretch.repeated:
            name, prompt = self._prompts[self._rng.randrange(len(self._prompts))]
        else:
            self._asked += 1
            name, prompt = self._asked, self._length(stretch.prompt, stretch.prompt_spread)
            self._prompts.append((name, prompt))
        # At a random moment an answer is anywhere between its first and its last token.
        generated = self._rng.randrange(output) if begun else 0
        self._gateway.send(prompt, output, prompt, prefix=name, generated=generated)
        self._next()

    def _length(self, mean: float, spread: float) -> int:
        return max(1, round(self._rng.gauss(mean, spread * mean)))


class _Pod:
    """One pod; its engine is None until it is ready."""

    def __init__(self, number: int, variant: str, profile: EngineProfile) -> None:
        self.number = number
        self.name = f"{variant}-{number}"
        self.variant = variant
        self.profile = profile
        self.state = "booting"
        self.engine: EngineModel | None = None
        self.boots: Appointment | None = None

    @property
    def load(self) -> int:
        """Number of requests inside."""
        return self.engine.load if self.engine is not None else 0

    def look(self, at: float) -> EngineLook:
        """The pod at this moment."""
        engine = self.engine
        if engine is None:
            return EngineLook(at, self.name, self.variant, self.state, 0, 0, None)
        return EngineLook(
            at,
            self.name,
            self.variant,
            self.state,
            len(engine.running),
            len(engine.waiting),
            engine.cache.ratio,
        )


def _finished(engine: EngineModel | None) -> int:
    return 0 if engine is None else engine.stats.finished["stop"] + engine.stats.finished["length"]
