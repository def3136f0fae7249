"""The controller's log, in the whole body; without any, what Kubernetes says happened."""

from wvatui.core.queries.pods.kube_event_rows import every_event
from wvatui.core.queries.session import session_rows
from wvatui.ui.model.layout import Layout, Place, stack
from wvatui.ui.model.view_model import ViewModel

NO_LOG = 2
"""The lines of a log without lines: its title, and why there are none."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The lines of the log; where there are none, the Kubernetes events below."""
    if vm.ask(session_rows.totals).lines or not vm.ask(every_event):
        return [Place("loglines", 0, 0, width, height)]
    return stack((("loglines", NO_LOG), ("kube_events", height - NO_LOG)), width)


VIEW = Layout(places, "loglines")
