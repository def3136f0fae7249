"""Decisions recorded from the controllers' own code: our rules must answer as they did."""

import pytest

from tests.fixtures import shared
from wvatui.core.rules.cases.replay import FAILED, NOT_MODELLED, cases_of, replay


@pytest.mark.parametrize(
    ("file", "cases"), [("wva-decision-cases.json", 435), ("hpa-keda/hpa-decision-cases.json", 388)]
)
def test_every_recorded_case_comes_out_as_the_controller_decided(file: str, cases: int) -> None:
    report = replay(cases_of(shared(file).read_bytes()))
    wrong = [
        f"{r.id} ({r.version}) {r.test}: {difference}"
        for r in report.those(FAILED)
        for difference in r.differences
    ]
    left = [f"{r.id} ({r.version}): {r.reason}" for r in report.those(NOT_MODELLED)]
    assert not wrong + left, "\n".join(wrong + left)
    assert len(report.results) == cases
