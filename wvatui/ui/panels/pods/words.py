"""Pods in words: those that have nothing to measure yet, and what is said where there is none."""

from wvatui.core.lines import many
from wvatui.core.queries.pods.replica_rows import SERVING
from wvatui.core.rows.views import ReplicaRow
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import fit
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview.replicas import state_words


def has_words(row: ReplicaRow) -> bool:
    """Whether a pod has nothing to measure: then its line says why."""
    return row.kv_ratio is None and row.waiting is None and row.state not in SERVING


def words_of(row: ReplicaRow) -> str:
    """What the words for a pod's state tell more than its name does, and its restarts."""
    said = state_words(row)
    if said.lower().startswith(row.state):
        said = said[len(row.state) :].lstrip(" :,")
    if row.restarts:
        restarts = many(row.restarts, "restart")
        said = f"{said}, {restarts}" if said else restarts
    return said


def no_pods(vm: ViewModel, width: int) -> list[Line]:
    """Why there is no pod, and what will bring one."""
    if vm.connecting:
        texts = ("Connecting to the cluster.", "")
    elif vm.log_only:
        texts = ("This controller's log names no pod yet.", "")
    else:
        texts = (
            "No model pods yet.",
            "They appear here as soon as what a variant scales has one.",
        )
    return [
        (((" " + fit(text, max(0, width - 1), vm.symbols.ellipsis)), "" if i else "bold"),)
        for i, text in enumerate(texts)
    ]
