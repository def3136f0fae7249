"""Cases replayed one by one and counted by kind and version."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wvatui.core.rules.cases import capacity, cuts, hpa_cases, keda_cases, optimizers, saturation
from wvatui.core.rules.cases.shapes import Head, RecordedCase
from wvatui.core.rules.cases.verdict import Difference, NotModelled, shaped
from wvatui.core.rules.wva.releases import at_least, is_release, order

OK, FAILED, NOT_MODELLED = "ok", "failed", "not_modelled"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one case under one version."""

    id: str
    kind: str
    version: str
    outcome: str
    """ok, failed or not_modelled."""
    test: str = ""
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    """Why it is not modelled."""


@dataclass(slots=True)
class CaseCount:
    """Counts of the outcomes for one kind and version."""

    kind: str
    version: str
    ok: int = 0
    failed: int = 0
    not_modelled: int = 0

    @property
    def wva(self) -> bool:
        """Whether it is a kind of WVA's decisions, or an unknown kind."""
        return self.kind not in KINDS or bool(KINDS[self.kind].since)

    def add(self, outcome: str) -> None:
        """Count one more case with this outcome."""
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(slots=True)
class ReplayReport:
    """All results of a file, and their sums."""

    results: list[CaseResult] = field(default_factory=list)

    @property
    def rows(self) -> list[CaseCount]:
        """Counts by kind and version: kinds in the table's order, versions in order of time."""
        counts: dict[tuple[str, str], CaseCount] = {}
        for result in self.results:
            key = result.kind, result.version
            counts.setdefault(key, CaseCount(*key)).add(result.outcome)
        known = list(KINDS)

        def place(count: CaseCount) -> tuple[int, str, tuple[int, str]]:
            listed = known.index(count.kind) if count.kind in KINDS else len(known)
            return listed, count.kind, order(count.version)

        return sorted(counts.values(), key=place)

    def total(self, outcome: str) -> int:
        """How many cases have this outcome."""
        return sum(result.outcome == outcome for result in self.results)

    def those(self, outcome: str) -> list[CaseResult]:
        """The results with this outcome."""
        return [result for result in self.results if result.outcome == outcome]


class MalformedError(ValueError):
    """The file does not hold cases; the message says where it fails."""


class _Meta(msgspec.Struct):
    source: str = ""


class CaseFile(msgspec.Struct):
    """The cases of a file, undecoded, and the file's own header."""

    cases: list[msgspec.Raw]
    meta: _Meta = msgspec.field(default_factory=_Meta)

    @property
    def version(self) -> str:
        """The release whose code was recorded, if the file states one for all its cases."""
        match = re.search(r"v\d+\.\d+\.\d+", self.meta.source)
        return match[0] if match is not None else ""


def cases_of(data: bytes) -> CaseFile:
    """The cases of a file. Raises MalformedError, naming the place."""
    try:
        return msgspec.json.decode(data, type=CaseFile)
    except msgspec.ValidationError as error:
        raise MalformedError(str(error).replace("`", "")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"not JSON: {error}") from None


def replay(file: CaseFile) -> ReplayReport:
    """Every case under every version. Raises MalformedError for one that cannot be counted."""
    report = ReplayReport()
    for index, raw in enumerate(file.cases):
        try:
            head = msgspec.json.decode(raw, type=Head)
            versions = head.versions or ((file.version,) if file.version else None)
            if head.versions is None and versions is None:
                raise msgspec.ValidationError("Object missing required field versions")
        except msgspec.ValidationError as error:
            place = f"$.cases[{index}]"
            words = str(error).replace("`", "")
            words = words.replace("$", place) if "$" in words else f"{words} - at {place}"
            raise MalformedError(words) from None
        report.results += [_replayed(raw, head, version) for version in versions or ()]
    return report


def _replayed(raw: msgspec.Raw, head: Head, version: str) -> CaseResult:
    test = ""
    try:
        kind = KINDS.get(head.kind)
        if kind is None:
            raise NotModelled(f"unknown kind {head.kind!r}")
        if not is_release(version):
            raise NotModelled(f"{version} is no release")
        if reason := kind.missing(version):
            raise NotModelled(reason)
        case = shaped(_named(msgspec.json.decode(raw)), RecordedCase, "case")
        test = case.test
        disagreements = kind.replay(case, version)
    except ArithmeticError as error:
        reason = f"numbers that no cluster has: {error}"
        return CaseResult(head.id, head.kind, version, NOT_MODELLED, test, reason=reason)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"an object that no API server admits: {error!r}"
        return CaseResult(head.id, head.kind, version, NOT_MODELLED, test, reason=reason)
    except NotModelled as why:
        return CaseResult(head.id, head.kind, version, NOT_MODELLED, test, reason=str(why))
    outcome = FAILED if disagreements else OK
    return CaseResult(head.id, head.kind, version, outcome, test, tuple(disagreements))


def _named(case: dict[str, Any]) -> dict[str, Any]:
    """`case` with the names `input` and `output`; recordings of HPA and KEDA use `in` and `out`."""
    return {{"in": "input", "out": "output"}.get(key, key): value for key, value in case.items()}


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind of case. It is part of WVA's releases from `since` to before `until`.

    Without `since` it is a kind of HPA or KEDA, whose rules take the version into account.
    """

    name: str
    replay: Callable[[RecordedCase, str], list[Difference]]
    since: str = ""
    until: str = ""

    def missing(self, version: str) -> str:
        """Why the rule is not part of a release; empty when it is."""
        if self.since and not at_least(version, self.since):
            return f"{self.name} came with {self.since}"
        if self.until and at_least(version, self.until):
            return f"{self.name} was gone from {self.until} on"
        return ""


KINDS: dict[str, CaseKind] = {
    kind.name: kind
    for kind in (
        CaseKind("v1.analyze", saturation.analyze, "v0.0.5"),
        CaseKind("v1.targets", saturation.targets, "v0.0.5"),
        CaseKind("v1.arbitrate", saturation.arbitration, "v0.0.5", "v0.5.0"),
        CaseKind("v2.analyze", capacity.analyze, "v0.5.1"),
        CaseKind("optimizer.cost-aware", optimizers.cost_aware_cases, "v0.6.0"),
        CaseKind("optimizer.greedy-by-score", optimizers.greedy_cases, "v0.6.0"),
        CaseKind("limiter", cuts.limiter_cases, "v0.5.0"),
        CaseKind("enforcer", cuts.enforcer_cases, "v0.5.0"),
        CaseKind("replicas", hpa_cases.replicas),
        CaseKind("group_pods", hpa_cases.group_pods),
        CaseKind("tolerance", hpa_cases.tolerance),
        CaseKind("stabilize_plain", hpa_cases.stabilize_plain),
        CaseKind("stabilize_behaviors", hpa_cases.stabilize_behaviors),
        CaseKind("limit_plain", hpa_cases.limit_plain),
        CaseKind("limit_behaviors", hpa_cases.limit_behaviors),
        CaseKind("up_limit", hpa_cases.rate_up),
        CaseKind("down_limit", hpa_cases.rate_down),
        CaseKind("store_event", hpa_cases.store_event),
        CaseKind("api_defaults", hpa_cases.api_defaults),
        CaseKind("reconcile", hpa_cases.reconcile),
        CaseKind("request_scale", keda_cases.loop),
        CaseKind("hpa_health", keda_cases.hpa_condition),
        CaseKind("fallback", keda_cases.fallback),
        CaseKind("formula", keda_cases.formula),
        CaseKind("formula_driven", keda_cases.formula_driven),
        CaseKind("modifiers", keda_cases.formula),
        CaseKind("object_state", keda_cases.object_state),
        CaseKind("served_metrics", keda_cases.served_metrics),
    )
}
"""By name. A kind that is not here counts as not modelled."""
