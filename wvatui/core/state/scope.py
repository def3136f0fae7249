"""Whose numbers are wanted: of everybody, of one variant, or of all variants of one model.

Written as a text so that it can stand in a name: a variant's name or key (`namespace/name`), or
`model:NAME`. Numbers of two models are never drawn in one chart.
"""

from wvatui.core.state.links import Link
from wvatui.core.state.state import Decision

_MODEL = "model:"


def of_model(model: str) -> str:
    """Whoever serves this model."""
    return _MODEL + model


def model_in(whose: str | None) -> str:
    """The model that `whose` names; empty when it names none."""
    return whose.removeprefix(_MODEL) if whose and whose.startswith(_MODEL) else ""


def has_link(whose: str | None, link: Link) -> bool:
    """Whether a variant with its objects is wanted."""
    return _has(whose, link.name, link.namespace, link.model)


def has_decision(whose: str | None, decided: Decision) -> bool:
    """Whether a decision is wanted."""
    return _has(whose, decided.variant, decided.namespace, decided.model)


def _has(whose: str | None, name: str, namespace: str, model: str) -> bool:
    if not whose:
        return True
    if wanted := model_in(whose):
        return model == wanted
    return whose in (name, f"{namespace}/{name}")
