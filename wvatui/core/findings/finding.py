"""What a rule finds: a title, the evidence for it, and what to do about it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from wvatui.core.lines import clean

if TYPE_CHECKING:
    from wvatui.core import events as ev
    from wvatui.core.decisions.keda.account import KedaAccount
    from wvatui.core.findings.look import FindingContext

Severity = Literal["blocked", "warning", "waiting", "advice"]
"""The worst first. blocked: nothing changes until somebody acts. warning: something looks wrong, as
numbers show. waiting: it goes on by itself, at a stated time where that is known. advice: nothing
is wrong now, but a setting hurts in a case that the title names; in that case it is a warning, or
another rule finds it."""
COUNTED: dict[Severity, str] = {
    "blocked": "blocked",
    "warning": "to look at",
    "waiting": "waiting",
    "advice": "to consider",
}
"""How findings of a severity are counted: `2 to look at`."""
FindingKind = Literal["blocker", "detector"]
"""blocker: why a wish was not carried out. detector: a pattern over time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact. `about` is the object (`HPA/qwen`), `source` where it was learned."""

    text: str
    about: str = ""
    source: str = ""
    age_s: float | None = None
    """Seconds since it began or was seen; None: it has no time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Texts are raw, as in objects and logs: use `cleaned` before showing them."""

    rule: str
    severity: Severity
    title: str
    """One sentence with the numbers that matter."""
    about: str
    """The object that it is about; with `rule` its identity over time."""
    evidence: tuple[Evidence, ...]
    advice: str
    """What to do, with the command where there is one."""
    variant: str = ""
    namespace: str = ""
    """The namespace it is about, where several are watched; empty: no single one."""
    until: float | None = None
    """When it ends by itself, UTC epoch seconds; None: it does not, or that is not known."""

    @property
    def is_trouble(self) -> bool:
        """Whether it is wrong now: neither a wait nor an advice."""
        return self.severity in ("blocked", "warning")

    @property
    def headline(self) -> str:
        """The title, with the namespace in front where there are several."""
        return f"{self.namespace}: {self.title}" if self.namespace else self.title


def behavior_of(hpa: "ev.Autoscaler", way: str = "") -> str:
    """`behavior`, or a part of it, with the object to edit: KEDA overwrites that of its HPA."""
    part = f"behavior.{way}" if way else "behavior"
    if hpa.scaled_object:
        config = "advanced.horizontalPodAutoscalerConfig"
        return f"{part} in {config} of ScaledObject {hpa.scaled_object}"
    return f"{part} of HPA {hpa.name}"


def cleaned(finding: Finding) -> Finding:
    """The same without control characters, whatever an object or a log line held."""
    return replace(
        finding,
        title=clean(finding.title),
        about=clean(finding.about),
        advice=clean(finding.advice),
        variant=clean(finding.variant),
        namespace=clean(finding.namespace),
        evidence=tuple(
            replace(fact, text=clean(fact.text), about=clean(fact.about), source=clean(fact.source))
            for fact in finding.evidence
        ),
    )


def counted(findings: Iterable[Finding]) -> str:
    """How many there are of each severity, the worst first; empty: there is none."""
    numbers = Counter(finding.severity for finding in findings)
    return ", ".join(f"{numbers[each]} {word}" for each, word in COUNTED.items() if numbers[each])


class ScalersSeen(Protocol):
    """What rules need that only look at autoscalers and their targets."""

    @property
    def now(self) -> float:
        """UTC epoch seconds."""

    @property
    def hpas(self) -> "Sequence[ev.Autoscaler]":
        """By namespace and name."""

    @property
    def workloads(self) -> "Mapping[tuple[str, str, str], ev.Workload]":
        """By (kind, namespace, name)."""

    @property
    def keda_accounts(self) -> "Sequence[tuple[ev.ScaledObject, KedaAccount]]":
        """ScaledObjects with what KEDA does with each."""

    def name_of(self, scaler: "ev.Autoscaler | ev.ScaledObject") -> str:
        """Name of the variant that it scales; empty: of none that is known."""


@dataclass(frozen=True, slots=True)
class FindingRule:
    """The row at the end of a file. `find` is pure: it looks at one moment, without memory."""

    id: str
    title: str
    kind: FindingKind
    find: "Callable[[FindingContext], Iterable[Finding]]"
    rank: int
    """Its place among the rules, ascending. No two rules share one."""
