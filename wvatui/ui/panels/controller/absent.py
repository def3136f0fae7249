"""Texts for panels without any data of a controller: it is still to come, or there is none."""

from wvatui.core.queries.session import session_rows
from wvatui.ui.model.view_model import ViewModel


def no_log(vm: ViewModel) -> str:
    """The text of an empty log."""
    head = vm.ask(session_rows.header)
    if head.endpoints:
        return "no log: engines outside a cluster have no controller"
    if head.imported:
        return "no log of a controller was imported"
    if not head.with_wva:
        return "no log: WVA is not here, HPA or KEDA decide by themselves (view 4)"
    return "no log line yet"


def no_decision(vm: ViewModel) -> str:
    """The text of an empty list of decisions."""
    head = vm.ask(session_rows.header)
    return "no decision was imported" if head.imported else "no decision seen yet"


def no_cycle(vm: ViewModel) -> str:
    """The text of an empty table of cycles or decisions."""
    head = vm.ask(session_rows.header)
    if head.endpoints:
        return "nothing is decided: nobody scales engines outside a cluster"
    if head.imported:
        return "no cycle and no decision in what was imported"
    if not head.with_wva:
        return "no decision seen yet: WVA is not here, HPA or KEDA decide"
    return "no cycle seen yet: the controller's log has shown none"


def to_come(vm: ViewModel) -> str:
    """The text in place of the selected cycle or decision, where there is none yet."""
    head = vm.ask(session_rows.header)
    if head.endpoints or head.imported:
        return "nothing to show"
    if not head.with_wva:
        return "nothing yet: the first decision appears here"
    return "nothing yet: the first cycle of the controller appears here"
