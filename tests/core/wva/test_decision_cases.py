"""The controller's own unit tests, recorded: our rules must answer as it did."""

import json
from collections import Counter

from tests.core.wva.cases import CHECKS
from tests.fixtures import shared


def test_every_recorded_case_of_a_modelled_kind_comes_out_as_the_release_decided() -> None:
    cases = json.loads(shared("wva-decision-cases.json").read_text())["cases"]
    totals: Counter[str] = Counter()
    wrong = []
    for case in cases:
        check = CHECKS.get(case["kind"])
        if check is None:
            totals[f"{case['kind']}: not modelled"] += 1
            continue
        for version in case["versions"]:
            found = check(case, version)
            totals[f"{case['kind']}: {'wrong' if found else 'ok'}"] += 1
            wrong += [f"{case['id']} ({version}) {case['test']}: {text}" for text in found]
    tally = "\n".join(f"{name}: {count}" for name, count in sorted(totals.items()))
    assert not wrong, tally + "\n\n" + "\n".join(wrong)
    assert totals["v1.analyze: ok"] > 0, tally
