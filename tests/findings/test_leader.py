"""Who holds the controller's Lease, and who waits for it."""

import pytest

from tests.core.queries.few_pods import NAMESPACE, START, pod
from tests.findings.test_complaints import rule
from wvatui.core import events as ev


def lease(at: float, holder: str = "ctl-a_1", renewed: float | None = None) -> ev.Lease:
    """A Lease as it is seen `at` seconds after the start."""
    renewed_at = START + (at if renewed is None else renewed)
    return ev.Lease(
        START + at,
        name="l",
        namespace=NAMESPACE,
        holder=holder,
        renewed_at=renewed_at,
        duration_s=60,
    )


def controller(name: str, born: float = 0.0) -> ev.Pod:
    return pod(name, born, role="controller", started_at=START + born)


KILLED = (
    controller("ctl-a"),
    lease(1),
    ev.Deleted(START + 10, kind="pod", name="ctl-a", namespace=NAMESPACE),
    controller("ctl-b", 12),
)


def test_a_controller_that_waits_for_the_lease_of_a_dead_pod_is_told_until_when() -> None:
    [found] = rule("controller-not-leader", *KILLED, now=40)
    assert found.severity == "waiting"
    assert found.title == "ctl-b waits for the Lease of ctl-a, a pod that is gone for 30 s"
    assert found.until == START + 12 + 60 + 12, "it counts from its start, and tries each 12 s"
    assert rule("controller-not-leader", *KILLED, lease(75, "ctl-b_2"), now=76) == []


def test_one_that_has_run_all_along_counts_from_the_last_renewal() -> None:
    [found] = rule("controller-not-leader", controller("ctl-c"), *KILLED, now=40)
    assert found.title == "2 controllers wait for the Lease of ctl-a, a pod that is gone for 30 s"
    assert found.until == START + 1 + 60 + 12


def test_a_lease_that_has_expired_and_is_not_taken_blocks() -> None:
    [found] = rule("controller-not-leader", *KILLED, now=90)
    assert (found.severity, found.until) == ("blocked", None)
    assert found.title == "ctl-b does not take the Lease of ctl-a, a pod that is gone for 80 s"


@pytest.mark.parametrize("renewals", [(1, 11, 21, 31), (25,)], ids=["seen", "not yet seen"])
def test_a_holder_of_another_name_than_its_pod_leads_as_long_as_it_renews(
    renewals: tuple[float, ...],
) -> None:
    held = [lease(at, "node-7_1") for at in renewals]
    assert rule("controller-not-leader", controller("ctl-a"), *held, now=40) == []
    [found] = rule("controller-not-leader", controller("ctl-a"), *held, now=70)
    assert "ctl-a waits for the Lease of node-7, which has not renewed it for" in found.title


def test_an_api_server_that_does_not_answer_shows_no_renewal() -> None:
    lost = ev.Source(START + 20, source="controller", status="retrying", text="refused")
    events = (controller("ctl-a"), lease(1), lease(11))
    assert rule("controller-not-leader", *events, now=100)
    assert rule("controller-not-leader", *events, lost, now=100) == []


def test_where_the_lease_cannot_be_seen_nobody_knows_whether_it_is_renewed() -> None:
    seen = (controller("ctl-a"), lease(1))
    assert rule("controller-not-leader", *seen, now=100)
    for status in ("retrying", "denied"):
        blind = ev.Source(START + 20, source="controller", status=status, text="no")
        assert rule("controller-not-leader", *seen, blind, now=100) == []
