"""The Kubernetes events about all objects of the session."""

from wvatui.core.queries.pods.kube_event_rows import every_event
from wvatui.ui.draw.line import Line
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.detail.facts import kube_event_section


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then a line per event, the newest first."""
    rows = vm.ask(every_event)
    return kube_event_section(vm, rows, width, height, of="what is watched", about=True)


PANELS = (Panel(id="kube_events", title="Kubernetes events", lines=lines, reads=(every_event,)),)
