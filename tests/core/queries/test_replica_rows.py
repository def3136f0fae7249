"""One row a replica."""

import pytest

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.state.state import EMPTY


@pytest.mark.parametrize(
    ("variant", "workload", "shown"),
    [("", "H100", "H100"), ("A100", "H100", "A100"), ("A100", "", "A100"), ("", "", "")],
)
def test_the_accelerator_is_the_variants_or_else_that_of_its_workload(
    variant: str, workload: str, shown: str
) -> None:
    state = fold(
        EMPTY,
        [
            ev.Variant(
                1.0,
                name="v",
                namespace="ns",
                source="VariantAutoscaling",
                target_kind="Deployment",
                target_name="d",
                accelerator=variant,
            ),
            ev.Workload(
                1.0,
                kind="Deployment",
                name="d",
                namespace="ns",
                selector={"app": "d"},
                accelerator=workload,
            ),
            ev.Pod(1.0, name="d-5f-x", namespace="ns", role="model", labels={"app": "d"}),
        ],
    )
    (row,) = replicas(state)
    assert (row.pod, row.accelerator) == ("d-5f-x", shown)


def test_the_accelerator_of_what_no_variant_declares_is_that_of_its_workload() -> None:
    state = fold(
        EMPTY,
        [
            ev.Workload(
                1.0,
                kind="Deployment",
                name="d",
                namespace="ns",
                selector={"app": "d"},
                accelerator="H100",
            ),
            ev.Pod(1.0, name="d-5f-x", namespace="ns", role="model", labels={"app": "d"}),
        ],
    )
    assert [row.accelerator for row in replicas(state)] == ["H100"]
