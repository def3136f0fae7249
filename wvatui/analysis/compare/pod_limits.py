"""The thresholds by which each replica of a session is saturated: those of its model."""

from collections.abc import Mapping

from wvatui.core.explain.limits import LimitSteps, in_force, thresholds_over
from wvatui.core.rows.views import Thresholds
from wvatui.core.state.linking import state_links
from wvatui.core.state.state import State


class PodLimits:
    """The thresholds of each pod of a State."""

    def __init__(self, state: State) -> None:
        self._state = state
        links = [link for link in state_links(state) if link.model]
        self._of_pods = {pod: link.model for link in links for pod in link.all_pods}
        self._models = {link.model for link in links} or {""}
        self._only = next(iter(self._models)) if len(self._models) == 1 else ""

    def over(self, pod: str) -> LimitSteps:
        """Those of a pod over the session; of a pod whose model is not known, of the only one."""
        return thresholds_over(self._state, self._of_pods.get(pod, self._only))

    def between(self, since: float, until: float) -> Mapping[str, tuple[Thresholds, ...]]:
        """By model, those that were in force in [since, until], ascending in time; under an empty
        name where no model is known."""
        told = {}
        for model in self._models:
            over = thresholds_over(self._state, model)
            turns = (at for at, _ in over if since < at <= until)
            told[model] = tuple(in_force(over, at) for at in (since, *turns))
        return told
