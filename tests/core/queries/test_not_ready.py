"""A pod that Kubernetes calls not Ready is "not ready", and does not count as serving."""

import pytest

from tests.core.queries.few_pods import START, folded, look, namespace, pod
from wvatui.core import events as ev
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.session.variant_rows import variants

A, B = "qwen-7d9f5c6b8-a", "qwen-7d9f5c6b8-b"


@pytest.mark.parametrize("kv", [0.1, 0.99])
def test_a_pod_whose_engine_answers_and_that_is_not_ready_does_not_serve(kv: float) -> None:
    lost = pod(B, 5, ready=False, reason="ContainersNotReady")
    state = folded(
        *namespace(A, B), lost, *(look(name, 9, kv, waiting=0) for name in (A, B)), now=10
    )
    good, bad = replicas(state)
    assert good.state in ("ok", "saturated")
    assert bad.state == "not ready"
    assert bad.state_text == "not ready: the probe fails, its engine answers"
    assert bad.kv_ratio == kv, "what it says is still shown"
    [variant] = variants(state)
    assert (variant.serving, variant.starting) == (1, 1)


def test_it_serves_again_as_soon_as_it_is_ready_again() -> None:
    lost, back = pod(B, 5, ready=False), pod(B, 20)
    looks = [look(name, at, 0.1, waiting=0) for name in (A, B) for at in (9, 21)]
    state = folded(*namespace(A, B), lost, back, *looks, now=22)
    assert [row.state for row in replicas(state)] == ["ok", "ok"]
    assert variants(state)[0].serving == 2


def test_none_serves_where_none_is_ready_and_unread_is_not_zero() -> None:
    lost = pod(A, 5, ready=False)
    assert variants(folded(*namespace(A), lost, look(A, 9), now=10))[0].serving == 0
    assert variants(folded(*namespace(A), lost, now=10))[0].serving is None


def test_a_silent_pod_that_was_ready_is_not_called_starting() -> None:
    was = pod(A, 1, ready_at=START + 1, created_at=START)
    crashed = pod(A, 30, ready=False, reason="CrashLoopBackOff", created_at=START)
    [row] = replicas(folded(*namespace(), was, crashed, now=40))
    assert row.state_text == "not ready: CrashLoopBackOff, it was ready before"


def test_a_pod_that_was_never_ready_and_is_silent_starts() -> None:
    boots = pod(A, 1, ready=False, reason="ContainersNotReady")
    [row] = replicas(folded(*namespace(), boots, now=40))
    assert (row.state, row.state_text) == ("starting", "starting: loading the model")


def test_a_pod_that_is_made_says_what_keeps_its_container() -> None:
    """Volumes, init containers and the image take their time: only an event tells of the image."""

    def said(reason: str, *more: ev.Event) -> tuple[str, str]:
        made = pod(A, 1, ready=False, phase="Pending", reason=reason, scheduled_at=START + 1)
        [row] = replicas(folded(*namespace(), made, *more, now=40))
        return row.state, row.state_text

    pulls = ev.KubeEvent(START + 5, kind="Pod", name=A, namespace="llm-d-sim", reason="Pulling")
    assert said("ContainerCreating") == ("creating", "ContainerCreating")
    assert said("ContainerCreating", pulls)[1] == "ContainerCreating: the image is pulled"
    assert said("ImagePullBackOff", pulls)[1] == "ImagePullBackOff"


def test_a_pod_that_goes_serves_no_more_at_once() -> None:
    """Its last known object is ready, and was scraped a moment ago."""
    looks = [look(name, 9, 0.1, waiting=0) for name in (A, B)]
    deleted = ev.Deleted(START + 9.5, kind="pod", name=B, namespace="llm-d-sim")
    leaving = pod(B, 9.5, deleting_at=START + 39.5)
    for going in (deleted, leaving):
        assert variants(folded(*namespace(A, B), *looks, now=9.4))[0].serving == 2
        assert variants(folded(*namespace(A, B), *looks, going, now=10))[0].serving == 1
