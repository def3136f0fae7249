"""The inputs that the controller's rule had when it decided about one model, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from wvatui.core.log import facts as fc
from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.thresholds import THRESHOLDS, V1_NAMES, V2_NAMES, Settings

ThresholdSource = Literal["stated", "configured", "recovered", "fitted", "assumed", "unknown"]
"""stated: lines of the log say it. configured: the ConfigMap says it. recovered: the log's numbers
determine it. fitted: the log's analyses all hold with it. assumed: it is the releases' default.
unknown: none of these."""
Base = Literal["counted", "current", ""]
"""What V1 counts a step from: replicas with metrics, or current ones; empty: by the release."""
RuleName = Literal["V1", "V2", "model-based", ""]


@dataclass(frozen=True, slots=True)
class Known:
    """A number and how it is known; `where` says so in words."""

    value: float | None = None
    source: ThresholdSource = "unknown"
    where: str = ""

    @property
    def told(self) -> bool:
        """Whether it comes from the log or an object, and is not assumed."""
        return self.source in TOLD

    @property
    def words(self) -> str:
        """How it is known, in words."""
        return f"{self.source}: {self.where}" if self.where else self.source


UNKNOWN = Known()


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds in force for one model at one time. Ratios 0 to 1, queue in requests."""

    kv: Known = UNKNOWN
    queue: Known = UNKNOWN
    kv_trigger: Known = UNKNOWN
    queue_trigger: Known = UNKNOWN
    scale_up: Known = UNKNOWN
    scale_down: Known = UNKNOWN

    def missing(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `names` that are not known, as the configuration writes them."""
        return tuple(CONFIG_KEYS[name] for name in names if getattr(self, name).value is None)

    def by_name(self) -> dict[str, Known]:
        """Each by its name in `wva.thresholds.THRESHOLDS`."""
        return {one.name: getattr(self, one.name) for one in THRESHOLDS}

    def only_told(self, names: tuple[str, ...]) -> "Limits":
        """The same, but of `names` only those that come from the log or an object are known."""
        known = self.by_name()
        return Limits(**{name: known[name] for name in names if known[name].told})

    def weakest(self, names: tuple[str, ...] = (*V1_NAMES, *V2_NAMES)) -> ThresholdSource:
        """The least certain of the sources of `names`."""
        return max((getattr(self, name).source for name in names), key=SOURCES.index)

    def settings(self) -> Settings:
        """The same as input of the rules; NaN where not known, so that no default is used."""
        known = self.by_name()
        values = {one.field: _or_nan(known[one.name]) for one in THRESHOLDS}
        return Settings(**values)  # type: ignore[arg-type]


SOURCES: tuple[ThresholdSource, ...] = get_args(ThresholdSource)
"""The most certain first."""
TOLD = SOURCES[: SOURCES.index("assumed")]
"""Sources that go back to the log or an object."""


def _or_nan(known: Known) -> float:
    return float("nan") if known.value is None else known.value


CONFIG_KEYS = {one.name: one.key for one in THRESHOLDS}


@dataclass(frozen=True, slots=True)
class ConfiguredThresholds:
    """A ConfigMap's thresholds for a model, and when it was read (UTC epoch seconds)."""

    settings: Settings
    name: str
    read_at: float

    def where(self, at: float) -> str:
        """Where the thresholds in force at `at` come from, in words."""
        return f"ConfigMap {self.name}{', read later' if self.read_at > at + 1.0 else ''}"


@dataclass(frozen=True, slots=True)
class Replica:
    """One pod as the controller logged it. KV use is a ratio, `queue` waiting requests.

    `variant` is empty where it is not known whose pod it is. `stood_in`: the controller used 0 for
    a number that it could not get.
    """

    pod: str
    variant: str = ""
    kv_ratio: float | None = None
    queue: float | None = None
    stood_in: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One variant of the model: its replicas and limits before the decision. None: not known.

    `counted`: replicas with metrics. `desired`: the decision before; 0: none was remembered.
    """

    name: str
    namespace: str = ""
    accelerator: str = ""
    role: str = ""
    cost: float | None = None
    counted: int | None = None
    current: int | None = None
    ready: int | None = None
    pending: int | None = None
    desired: int | None = None
    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Sizing:
    """Inputs and outputs of v0.4's model-based rule for one variant, in ms, 1/min and tokens.

    `parameters`: alpha, beta, gamma, delta in ms; None: not known. None elsewhere: not logged.
    """

    rate_per_min: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    parameters: tuple[float, float, float, float] | None = None
    parameters_source: ThresholdSource = "unknown"
    slo_ttft_ms: float | None = None
    slo_itl_ms: float | None = None
    seen_ttft_ms: float | None = None
    seen_itl_ms: float | None = None
    nis: float | None = None
    """The tuner's innovation; above 7.38 its step is rejected."""
    accepted: bool | None = None
    prediction: fc.Prediction | None = None
    stated: int | None = None
    """Replicas that the rule asked for, by the line that lists its targets."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What the log says was decided for a variant."""

    current: int | None
    target: int | None
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A change between the rule and the decision: limiter, enforcer, fallback. In replicas."""

    variant: str
    kind: Literal["limiter", "to-zero", "from-zero", "kept", "fallback"]
    before: int | None = None
    after: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Restated:
    """A quantity for which two lines of one cycle give different values."""

    quantity: str
    first: float
    other: float


@dataclass(frozen=True, slots=True)
class Case:
    """One decision about one model (V1 from v0.9.0-rc1: about one role group of it).

    Inputs are `replicas`, `members`, `limits`, `results` without what they conclude, `ages` and
    `cuts`; logged outputs are `analysis`, what `results` conclude, and `outcomes`.
    """

    cycle_at: float
    """Start of its cycle (`Cycle.at`), UTC epoch seconds."""
    number: int
    """Index of its reconcile in the cycle; some builds do two at once."""
    model: str
    namespace: str = ""
    role: str = ""
    rule: RuleName = ""
    versions: tuple[str, ...] = ()
    """Releases that may have written the log, by its wording; the likeliest first."""
    replicas: tuple[Replica, ...] = ()
    members: tuple[Member, ...] = ()
    limits: Limits = field(default_factory=Limits)
    """Thresholds that its rule needs, as far as the log or an object states them: an assumed
    default never explains a decision."""
    held: Limits = field(default_factory=Limits)
    """All thresholds, with the release's default where nothing states one."""
    base: Base = ""
    bases: Mapping[str, int] = field(default_factory=dict)
    """By variant: the replicas that the controller counted a step from, as it logged them."""
    costs_fitted: bool = False
    """The members' costs are only an order, derived from which variants moved."""
    clamps: Mapping[str, str] = field(default_factory=dict)
    """By variant: how its limit of replicas is known, where only repeated clamping shows it."""
    analysis: fc.SaturationV1 | None = None
    unsafe: fc.ScaleDownUnsafe | None = None
    transition: tuple[str, ...] = ()
    """The controller's own words for a model in transition."""
    results: tuple[fc.AnalyzerResult, ...] = ()
    ages: Mapping[str, int] = field(default_factory=dict)
    """Cycles since each analyzer last reported a capacity, before this one."""
    heard_at: Mapping[str, float] = field(default_factory=dict)
    """When each analyzer last reported a capacity before this cycle, UTC epoch seconds."""
    sizing: Mapping[str, Sizing] = field(default_factory=dict)
    """By variant, for the model-based rule."""
    cuts: tuple[Cut, ...] = ()
    outcomes: Mapping[str, RuleOutcome] = field(default_factory=dict)
    """Logged decisions by variant."""
    kept: Mapping[str, RuleOutcome] = field(default_factory=dict)
    """By variant: the target that is emitted although no analysis was made."""
    proposed: Mapping[str, int] = field(default_factory=dict)
    """Logged targets of the rule before cuts, by variant."""
    restated: tuple[Restated, ...] = ()
    """Quantities for which two lines of the cycle give different values."""
    up_reason: str = ""
    """Why V1 scales up, from the line that proposes it."""
    configured: ConfiguredThresholds | None = None
    """The controller's ConfigMap at that time; None: not known."""
    failure: str = ""
    """Why there is no analysis, in the controller's words; empty: there is one, or no reason is
    logged."""
    skipped: tuple[str, ...] = ()
    debug: bool = False
    """The log has lines of level DEBUG: what no such line states did not happen."""
    ended: bool = True
    unread: int = 0
    """Lines of its reconcile in words that no dialect knows."""

    @property
    def version(self) -> str:
        """The likeliest release."""
        return self.versions[0] if self.versions else HEAD

    @property
    def needs(self) -> tuple[str, ...]:
        """The thresholds of its rule, by name."""
        if self.rule not in ("V1", "V2") and self.analysis is None:
            return ()
        return V2_NAMES if self.rule == "V2" else V1_NAMES

    @property
    def exact(self) -> bool:
        """Whether the log prints numbers in full. Up to v0.4.2, KV use and its means have 3
        decimals, the mean spare queue has 1."""
        return at_least(self.version, "v0.5.0")
