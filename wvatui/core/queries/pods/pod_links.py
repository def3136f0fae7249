"""The variants of a State and, as links without a name, the model pods of no variant; the polled
pods of a model."""

from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link
from wvatui.core.state.replicas import ENDED
from wvatui.core.state.state import State, Watched

_LABEL = "llm-d.ai/model"


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


def watched_of(state: State, model: str) -> dict[str, Watched]:
    """The polled pods that serve `model` ("": all), those that are gone included.

    The model of a variant is the name in its objects' label; the engines of its pods may serve it
    by another.
    """
    if not model:
        return dict(state.watched)
    labelled = [name for name, pod in state.pods.items() if pod.labels.get(_LABEL) == model]
    linked = (name for item in pod_links(state) if item.model == model for name in item.all_pods)
    engines = (state.watched[n].engine for n in (*linked, *labelled) if n in state.watched)
    served = {model, *(engine.model for engine in engines if engine is not None and engine.model)}
    return {
        name: watched
        for name, watched in state.watched.items()
        if watched.engine is not None and watched.engine.model in served
    }


def _with_pods(state: State) -> tuple[Link, ...]:
    links = state_links(state)
    known = {name for item in links for name in item.all_pods}
    others: dict[tuple[str, str], list[str]] = {}
    for name, pod in sorted(state.pods.items()):
        if pod.role == "model" and name not in known:
            watched = state.watched.get(name)
            engine = watched.engine if watched is not None else None
            model = pod.labels.get(_LABEL, "") or (engine.model if engine else "")
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
