"""Why nothing of a controller is here: it has not spoken yet, or there is none that could."""

from wvatui.core.queries.session import session_rows
from wvatui.ui.model.view_model import ViewModel


def no_log(vm: ViewModel) -> str:
    """Words for a log without a line."""
    head = vm.ask(session_rows.header)
    if head.endpoints:
        return "no log: engines outside a cluster have no controller"
    if head.imported:
        return "no log of a controller was imported"
    if not head.with_wva:
        return "no log: WVA is not here, HPA or KEDA decide by themselves (view 4)"
    return "no log line yet"


def no_decision(vm: ViewModel) -> str:
    """The same of decisions, in few words."""
    head = vm.ask(session_rows.header)
    return "no decision was imported" if head.imported else "no decision seen yet"


def no_cycle(vm: ViewModel) -> str:
    """Words for a table of cycles, or of decisions, without a row."""
    head = vm.ask(session_rows.header)
    if head.endpoints:
        return "nothing is decided: nobody scales engines outside a cluster"
    if head.imported:
        return "no cycle and no decision in what was imported"
    if not head.with_wva:
        return "no decision seen yet: WVA is not here, HPA or KEDA decide"
    return "no cycle seen yet: the controller's log has shown none"


def to_come(vm: ViewModel) -> str:
    """Words for the cycle, or the decision, that would be shown in full."""
    head = vm.ask(session_rows.header)
    if head.endpoints or head.imported:
        return "nothing to show"
    if not head.with_wva:
        return "nothing yet: the first decision appears here"
    return "nothing yet: the first cycle of the controller appears here"
