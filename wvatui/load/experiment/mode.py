"""Whether the cluster is what an experiment's `mode` says: the controller's mode, or no WVA."""

from collections.abc import Iterable

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.lines import clean
from wvatui.core.log.versions import family
from wvatui.core.state.state import EMPTY, State
from wvatui.load.experiment.settings import ExperimentSettings

MODELESS = "mode not applicable"
SILENT = "the controller's log is silent: its mode is not known yet"
SWITCH = {"model-based": "model-only", "capacity-based": "off", "hybrid": "on"}
"""Value of EXPERIMENTAL_HYBRID_OPTIMIZATION (WVA v0.4)."""
WVA_METRICS = ("wva_", "inferno_")
"""How the metrics begin through which WVA tells an HPA or KEDA what it wants."""


def mode_of(word: str) -> str:
    """The controller's own word as an experiment says it; empty: none of them."""
    lower = word.lower()
    if "hybrid" in lower:
        return "hybrid"
    if "model" in lower:
        return "model-based"
    return "capacity-based" if "capacity" in lower or "saturation" in lower else ""


def mode_warning(experiment: ExperimentSettings, lines: Iterable[str], now: float) -> str:
    """What to say about `mode` after the controller's newest log lines; empty: it is as wanted."""
    found = judged(experiment, fold(EMPTY, [ev.Log(now, line=line) for line in lines]))
    return SILENT if found is None else found


def judged(experiment: ExperimentSettings, state: State) -> str | None:
    """What to say about `mode`; empty: it is as wanted; None: the log has not told enough yet."""
    if not state.tally.reconciles and not state.tally.modes:
        return None
    words = sorted(state.tally.modes)
    if not words and state.mode.lower().endswith(("-only", "hybrid")):
        words = [state.mode]  # from v0.5 on it is a word that never changes
    if not words:
        release = family(state.tally.families)
        of = f" (WVA {release})" if release else ""
        return f"{MODELESS}: the controller{of} does not tell any"
    wanted = experiment.mode
    if wanted in {mode_of(word) for word in words}:
        return ""
    observed = clean(", ".join(words))
    where = experiment.controller_namespace or "NAMESPACE"
    name = experiment.controller_prefix or "DEPLOYMENT"
    return (
        f"the experiment wants mode {wanted}, and the controller says {observed}; to change it: "
        f"kubectl -n {where} set env deployment/{name} "
        f"EXPERIMENTAL_HYBRID_OPTIMIZATION={SWITCH[wanted]}"
    )


def wva_driver(
    hpas: Iterable[ev.Autoscaler], scaled: Iterable[ev.ScaledObject], deployment: str
) -> str:
    """What makes WVA scale `deployment`, in words; empty: nothing does."""
    for hpa in hpas:
        if hpa.target_name != deployment:
            continue
        read = [one.name for one in hpa.metrics if one.name.startswith(WVA_METRICS)]
        if read or hpa.managed:
            return f"HPA {hpa.name} " + (f"reads {read[0]}" if read else "is managed by it")
    for one in scaled:
        if one.target_name == deployment and (
            one.managed or any("wva_" in t for t in one.triggers)
        ):
            return f"ScaledObject {one.name} takes its value"
    return ""
