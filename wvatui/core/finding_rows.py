"""Findings as they leave the fold: clean texts, and made once a State."""

from dataclasses import replace

from wvatui.core.findings import Finding
from wvatui.core.findings import findings as found_in
from wvatui.core.lines import clean
from wvatui.core.state import State


class _Newest:
    """The findings of the State that was asked for last: several panels draw them."""

    def __init__(self) -> None:
        self.state: State | None = None
        self.rows: tuple[Finding, ...] = ()


_newest = _Newest()


def findings(state: State) -> tuple[Finding, ...]:
    """What blocks, what looks wrong and what waits at this moment, the worst first."""
    if _newest.state is not state:
        _newest.state, _newest.rows = state, tuple(map(cleaned, found_in(state)))
    return _newest.rows


def cleaned(finding: Finding) -> Finding:
    """The same without control characters, whatever an object or a log line held."""
    return replace(
        finding,
        title=clean(finding.title),
        about=clean(finding.about),
        advice=clean(finding.advice),
        variant=clean(finding.variant),
        evidence=tuple(
            replace(fact, text=clean(fact.text), about=clean(fact.about))
            for fact in finding.evidence
        ),
    )
