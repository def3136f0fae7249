"""Decisions recorded from the controllers' own code, which our rules must reproduce."""

import pytest

from tests.fixtures import shared
from wvatui.core.rules.cases.replay import FAILED, NOT_MODELLED, cases_of, replay

CLUSTER_SIDE = ("the HPA that KEDA read is not recorded", "no trigger could be built")
"""Reasons for cases that failed in the cluster before a decision, which a recording cannot show."""


@pytest.mark.parametrize(
    ("file", "cases"),
    [
        ("wva-decision-cases.json", 435),
        ("hpa-keda/hpa-decision-cases.json", 388),
        ("hpa-keda/keda-decision-cases.json", 1190),
    ],
)
def test_every_recorded_case_comes_out_as_the_controller_decided(file: str, cases: int) -> None:
    report = replay(cases_of(shared(file).read_bytes()))
    wrong = [
        f"{r.id} ({r.version}) {r.test}: {difference}"
        for r in report.those(FAILED)
        for difference in r.differences
    ]
    left = [
        f"{r.id} ({r.version}): {r.reason}"
        for r in report.those(NOT_MODELLED)
        if r.reason not in CLUSTER_SIDE
    ]
    assert len(report.those(NOT_MODELLED)) <= cases / 100
    assert not wrong + left, "\n".join(wrong + left)
    assert len(report.results) == cases
