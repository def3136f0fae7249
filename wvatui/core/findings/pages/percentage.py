"""A gauge with percentages where its name promises a ratio; it is not used."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext

CODE = "percent"
"""Code of the notice that polling gives once, when it ignores the gauge."""


def _find(look: FindingContext) -> Iterator[Finding]:
    there = {pod.name: pod for pod in look.model_pods}
    for notice in look.state.notices:
        pod = there.get(notice.text.partition(":")[0])
        if notice.code != CODE or pod is None or (pod.created_at or 0.0) > notice.at:
            continue
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=notice.text,
            about=f"Pod/{pod.namespace}/{pod.name}/{notice.text}",
            evidence=(
                Evidence(notice.text, f"Pod/{pod.name}", "metrics page", look.age(notice.at)),
            ),
            advice="mend the exporter, or the relabelling that renames the gauge; thresholds are"
            " held against ratios from 0 to 1",
            variant=look.variant_of(pod),
        )


RULE = FindingRule("percentage", "a ratio is given in percent", "detector", _find, rank=135)
