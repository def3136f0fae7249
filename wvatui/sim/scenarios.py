"""What happens in a simulated cluster: one row a scenario."""

from dataclasses import dataclass

from wvatui.sim.engine import Profile
from wvatui.sim.traffic import Shape, Stage

H100 = Profile("NVIDIA-H100-80GB-HBM3", blocks=2048, max_seqs=128)
L40S = Profile("NVIDIA-L40S", blocks=1280, max_seqs=96, step_s=0.02, seq_s=0.0004,
               prefill_s=0.00011)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelVariant:
    """One model on one kind of accelerator."""

    name: str
    profile: Profile
    cost: float
    replicas: int = 1
    min: int = 1
    max: int = 8
    load_s: float = 40.0
    """Time to load the model."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Load on variants of one model."""

    title: str
    shape: Shape
    variants: tuple[ModelVariant, ...]
    model: str = "meta-llama/Llama-3.1-8B-Instruct"


_ONE = (ModelVariant("llama-8b-h100", H100, cost=10.0),)
_TWO = (
    ModelVariant("llama-8b-h100", H100, cost=10.0),
    ModelVariant("llama-8b-l40s", L40S, cost=4.0, load_s=55.0),
)


def _stages(*pairs: tuple[float, float]) -> tuple[Stage, ...]:
    return tuple(Stage(start, rate) for start, rate in pairs)


SCENARIOS: dict[str, Scenario] = {
    "stair-step": Scenario(
        "the load climbs in steps and falls again, each hour",
        Shape(
            _stages((0, 1.3), (75, 4.4), (660, 7.5), (1140, 10.5), (1560, 4.0), (2160, 1.5),
                    (2700, 6.0), (3300, 1.3))
        ),
        _ONE,
    ),
    "spike": Scenario(
        "a quiet service is hit by ten times its load for four minutes",
        Shape(_stages((0, 0.8), (120, 8.0), (360, 0.8)), period_s=1800.0),
        _ONE,
    ),
    "burst-drain": Scenario(
        "bursts of three minutes with quiet between them",
        Shape(_stages((0, 0.5), (60, 6.0), (240, 0.2)), period_s=720.0),
        _ONE,
    ),
    "steady": Scenario(
        "a constant load that one replica can just bear",
        Shape(_stages((0, 2.2))),
        _ONE,
    ),
    "mixed": Scenario(
        "long and short requests on two kinds of accelerators",
        Shape(
            (Stage(0, 1.5), Stage(90, 5.0, ramp_s=240.0), Stage(1200, 8.0, ramp_s=120.0),
             Stage(2400, 2.0, ramp_s=300.0)),
            prompt_mean=900.0, spread=0.9,
        ),
        _TWO,
    ),
}  # fmt: skip
