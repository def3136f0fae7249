"""Findings for panels and output: with clean texts, computed once per State."""

from dataclasses import replace

from wvatui.core.findings import Finding
from wvatui.core.findings import findings as found_in
from wvatui.core.lines import clean
from wvatui.core.state.state import State


class _Rows:
    """The cached findings of one State, since several panels draw them."""

    def __init__(self) -> None:
        self.found: tuple[Finding, ...] | None = None


def findings(state: State) -> tuple[Finding, ...]:
    """What blocks, what looks wrong and what waits at this moment, the worst first."""
    rows = state.of_state.of(_Rows)
    if rows.found is None:
        rows.found = tuple(map(cleaned, found_in(state)))
    return rows.found


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
