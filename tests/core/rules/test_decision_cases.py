"""The controller's own unit tests, recorded: our rules must answer as it did."""

from tests.fixtures import shared
from wvatui.core.rules.cases.replay import FAILED, KINDS, NOT_MODELLED, cases_of, replay


def test_every_recorded_case_comes_out_as_the_release_decided() -> None:
    report = replay(cases_of(shared("wva-decision-cases.json").read_bytes()))
    wrong = [
        f"{r.id} ({r.version}) {r.test}: {difference}"
        for r in report.those(FAILED)
        for difference in r.differences
    ]
    left = [f"{r.id} ({r.version}): {r.reason}" for r in report.those(NOT_MODELLED)]
    assert not wrong + left, "\n".join(wrong + left)
    assert {row.kind for row in report.rows} == set(KINDS)
