"""A finding as plain values, for JSON."""

from typing import Any

from wvatui.core.findings.finding import Finding, cleaned
from wvatui.export.stamp import iso


def finding_values(finding: Finding) -> dict[str, Any]:
    """The finding without control characters. `null` means none or not known."""
    finding = cleaned(finding)
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": finding.title,
        "about": finding.about,
        "variant": finding.variant or None,
        "namespace": finding.namespace or None,
        "evidence": [
            {
                "text": fact.text,
                "about": fact.about,
                "source": fact.source,
                "age_s": None if fact.age_s is None else round(fact.age_s, 1),
            }
            for fact in finding.evidence
        ],
        "advice": finding.advice,
        "until": None if finding.until is None else iso(finding.until),
    }
