"""Scale targets of every kind in the variant's row, page and snapshot."""

import csv
import io

import pytest

from tests.core.fold.log_lines import START, learned
from wvatui.core import events as ev
from wvatui.core.queries.session.variant_detail import variant_detail
from wvatui.core.queries.session.variant_rows import variants
from wvatui.export.snapshot import snapshot_csv


def _workload(kind: str, name: str = "m", ready: int = 2) -> ev.Workload:
    return ev.Workload(
        START, kind=kind, name=name, namespace="ns", spec=2, ready=ready, selector={"app": name}
    )


def _pod(name: str, app: str = "m", phase: str = "Running", reason: str = "") -> ev.Pod:
    return ev.Pod(
        START,
        name=name,
        namespace="ns",
        role="model",
        phase=phase,
        reason=reason,
        ready=phase == "Running",
        labels={"app": app},
    )


def _hpa(name: str, kind: str, target: str = "m") -> ev.Autoscaler:
    return ev.Autoscaler(
        START, name=name, namespace="ns", target_kind=kind, target_name=target, desired=2
    )


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "LeaderWorkerSet", "Rollout", "X"])
def test_an_hpa_scales_a_target_of_any_kind(kind: str) -> None:
    state = learned(_workload(kind), _pod("m-0"), _pod("m-1"), _hpa("h", kind), ev.Tick(START))
    (row,) = variants(state)
    assert (row.name, row.desired, row.spec, row.ready, row.target_kind) == ("h", 2, 2, 2, kind)
    levels = [
        (r["level"], r["target_kind"]) for r in csv.DictReader(io.StringIO(snapshot_csv(state)))
    ]
    assert levels == [("variant", kind), ("replica", ""), ("replica", "")]


def test_pods_that_ended_are_counted_by_reason_and_are_no_rows() -> None:
    ended = [_pod(f"e{n}", phase="Failed", reason="Evicted") for n in range(3)]
    done = _pod("d", phase="Succeeded", reason="Completed")
    state = learned(_workload("Deployment"), _pod("m-0"), *ended, done, _hpa("h", "Deployment"))
    (row,) = variants(state)
    assert (row.starting, row.ended) == (0, 4)
    assert snapshot_csv(state).count("replica,") == 1
    facts = {fact.name: fact.text for fact in variant_detail(state, row.key).facts}
    assert facts["ended pods"] == "3 Evicted, 1 Completed"


def test_what_is_not_declared_stands_beside_what_is() -> None:
    declared = ev.Variant(
        START, name="m-va", namespace="ns", source="VariantAutoscaling", target_name="m"
    )
    state = learned(
        declared,
        _workload("Deployment"),
        _workload("Deployment", "other"),
        _workload("Deployment", "alone"),
        *(_pod(f"{app}-0", app) for app in ("m", "other", "alone")),
        _hpa("h", "Deployment", "other"),
    )
    assert [(row.name, row.source) for row in variants(state)] == [
        ("h", "HPA"),
        ("m-va", "VariantAutoscaling"),
    ]
