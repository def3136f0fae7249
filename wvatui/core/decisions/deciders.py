"""Who decides about sizes: whether scalers follow WVA, or HPAs and KEDA decide on their own."""

from wvatui.core import events as ev
from wvatui.core.state.links import decision_metrics, target_of
from wvatui.core.state.session_window import is_outside
from wvatui.core.state.state import State


def scalers_of(state: State) -> list[ev.Autoscaler | ev.ScaledObject]:
    """Every HPA and every ScaledObject."""
    return [*state.hpas.values(), *state.scaled_objects.values()]


def waiting_for_wva(state: State) -> list[str]:
    """Names of the scalers that read WVA's decisions, or, where there are none, of the variants
    that no scaler acts on. Empty: an HPA or KEDA decides by metrics of its own."""
    scalers = scalers_of(state)
    scaled = set(map(target_of, scalers))
    readers = sorted(scaler.name for scaler in scalers if decision_metrics(scaler))
    return readers or sorted(v.name for v in state.variants.values() if target_of(v) not in scaled)


def is_without_wva(state: State) -> bool:
    """Whether WVA plays no part: there are scalers, none follows it, and there is no trace of it:
    no pod, no line of its log, no object of its own kind."""
    if is_outside(state.header):
        return True  # there is no cluster that it could work in
    if not state.hpas and not state.scaled_objects:
        return False
    if state.totals.lines or state.deciding or waiting_for_wva(state):
        return False
    if any(variant.source == "VariantAutoscaling" for variant in state.variants.values()):
        return False
    return not any(pod.role == "controller" for pod in state.pods.values())
