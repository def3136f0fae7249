"""The scope of a question: all variants, one variant, or all variants of one model.

Written as a text so that it can stand in a name: a variant's name or key (`namespace/name`), or
`model:NAME`. Numbers of two models are never drawn in one chart.
"""

from wvatui.core.state.links import Link
from wvatui.core.state.state import Decision

_MODEL = "model:"


def of_model(model: str) -> str:
    """The scope of all variants that serve this model."""
    return _MODEL + model


def model_in(scope: str | None) -> str:
    """The model that `scope` names; empty when it names none."""
    return scope.removeprefix(_MODEL) if scope and scope.startswith(_MODEL) else ""


def has_link(scope: str | None, link: Link) -> bool:
    """Whether a variant lies within the scope."""
    return _has(scope, link.name, link.namespace, link.model)


def has_decision(scope: str | None, decided: Decision) -> bool:
    """Whether a decision lies within the scope."""
    return _has(scope, decided.variant, decided.namespace, decided.model)


def _has(scope: str | None, name: str, namespace: str, model: str) -> bool:
    if not scope:
        return True
    if wanted := model_in(scope):
        return model == wanted
    return scope in (name, f"{namespace}/{name}")
