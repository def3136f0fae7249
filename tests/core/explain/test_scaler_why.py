"""Why a listed decision of an HPA was taken: its own, where two namespaces have one name."""

from msgspec.structs import replace

from tests.core.queries.few_pods import START
from tests.findings.test_holding import ACTIVE, NO_LIMIT, WINDOW, hpa, seen
from wvatui.core import events as ev
from wvatui.core.explain.why_rows import scaler_why
from wvatui.core.fold.fold import fold
from wvatui.core.queries.session.session_rows import decisions
from wvatui.core.state.state import EMPTY


def test_a_decision_is_told_of_its_own_namespace() -> None:
    events: list[ev.Event] = [
        ev.Header(START, started_at=START, namespace="team-a,team-b", interval_s=2.0)
    ]
    for where, size in (("team-a", 2), ("team-b", 3)):
        one = seen(size)
        events += [replace(each, namespace=where) for each in one.workloads.values()]
        events += [replace(each, namespace=where) for each in one.pods.values()]
        events.append(hpa(15.0, size, WINDOW, ACTIVE, NO_LIMIT, queue="0", namespace=where))
    state = fold(EMPTY, [*events, ev.Tick(START + 61.0)])
    rows = {row.namespace: row for row in decisions(state)}
    assert set(rows) == {"team-a", "team-b"}
    for row in rows.values():
        why = scaler_why(state, row)
        assert why is not None
        assert why.sentence.startswith(f"stays at {row.target}")
