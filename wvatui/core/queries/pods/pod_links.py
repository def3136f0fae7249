"""The variants of a State and, as links without a name, the model pods of no variant."""

from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link
from wvatui.core.state.replicas import ENDED
from wvatui.core.state.state import State


class _Linked:
    """The cached links of one State."""

    with_pods: tuple[Link, ...] | None = None


def pod_links(state: State) -> tuple[Link, ...]:
    """`state_links`, and the model pods of no variant, in one link without a name per model.
    Nothing scales these pods, or their owner cannot be read; they serve all the same."""
    memo = state.of_state.of(_Linked)
    if memo.with_pods is None:
        memo.with_pods = _with_pods(state)
    return memo.with_pods


def _with_pods(state: State) -> tuple[Link, ...]:
    links = state_links(state)
    known = {name for item in links for name in item.all_pods}
    others: dict[tuple[str, str], list[str]] = {}
    for name, pod in sorted(state.pods.items()):
        if pod.role == "model" and name not in known:
            watched = state.watched.get(name)
            engine = watched.engine if watched is not None else None
            model = pod.labels.get("llm-d.ai/model", "") or (engine.model if engine else "")
            others.setdefault((model, pod.namespace), []).append(name)
    return (*links, *(_of_no_variant(state, *key, names) for key, names in sorted(others.items())))


def _of_no_variant(state: State, model: str, namespace: str, names: list[str]) -> Link:
    living = tuple(name for name in names if state.pods[name].phase not in ENDED)
    return Link(
        name="",
        namespace=namespace,
        model=model,
        source="Pod",
        variant=None,
        workload=None,
        hpa=None,
        scaled_object=None,
        pods=living,
        ended=tuple(name for name in names if name not in living),
    )
