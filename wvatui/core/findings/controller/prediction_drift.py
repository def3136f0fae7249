"""A performance model that no longer fits: its predictions miss what is then observed (v0.4)."""

from collections.abc import Iterator, Sequence
from statistics import median

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.queries.scaling.predictions import PredictionPair, pairs_of

NEWEST = 6
"""How many of the newest pairs are compared with all before them."""
AGE_S = 1800.0
"""Age above which predictions are ignored, seconds."""
OFF = 0.25
"""Median error, as a share of the observation, above which there is a finding."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for variant in sorted(look.state.predicted):
        pairs = pairs_of(look.state, variant)
        recent = [pair for pair in pairs[-NEWEST:] if look.now - pair[1].at <= AGE_S]
        if len(recent) < NEWEST:
            continue
        for name, unit in (("itl_ms", "ITL"), ("ttft_ms", "TTFT")):
            now, before = errors(recent, name), errors(pairs[:-NEWEST], name)
            if len(now) < NEWEST or abs(median(now)) <= OFF:
                continue
            # A model that was always wrong is reported, too, even without earlier pairs.
            then = f"before that {median(before):+.0%}" if before else "nothing before that"
            first, last = recent[0][0].prediction, recent[-1]
            yield Finding(
                rule=RULE.id,
                severity="warning",
                title=f"the model misses the {unit} of {variant} by {median(now):+.0%}",
                about=f"model/{variant}/{name}",
                evidence=(
                    Evidence(
                        f"median error of the last {len(now)} predictions {median(now):+.0%},"
                        f" {then}",
                        variant,
                        "controller log",
                        look.age(last[1].at),
                    ),
                    Evidence(
                        f"last: {getattr(last[0].prediction, name):.1f} ms predicted,"
                        f" {getattr(last[1].metrics, name):.1f} ms observed",
                        variant,
                        "controller log",
                        look.age(last[1].at),
                    ),
                    Evidence(
                        f"accelerator {first.accelerator or 'not told'}", variant, "controller log"
                    ),
                ),
                advice="estimate alpha and beta anew on this engine and load: wvatui estimate"
                " SYNC.json THROUGHPUT.json",
                variant=variant,
            )
            break


def errors(pairs: Sequence[PredictionPair], name: str) -> list[float]:
    """(predicted - observed) / observed, where both are known and something was observed."""
    found = []
    for predicted, observed in pairs:
        expected, seen = getattr(predicted.prediction, name), getattr(observed.metrics, name)
        if expected is not None and seen:
            found.append((expected - seen) / seen)
    return found


RULE = FindingRule(
    "prediction-drift", "predictions drift from what is observed", "detector", _find, rank=220
)
