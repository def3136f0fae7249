"""The lags of each step over the session: mean, p95 and longest, for scale-ups and scale-downs."""

from wvatui.core.queries.scaling import scaling
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.scale_views import TITLES, LagRow
from wvatui.ui.draw.line import BLANK, Line, cut, rule, width_of
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.scaling.changes import seconds

WHOLE = {
    "decision ready": "decision to ready",
    "onset served": "saturated to first token",
    "crossing ready": "metric to ready",
    "crossing served": "metric to first token",
    "decision drained": "decision to drained",
    "crossing drained": "metric to drained",
}
NAME = 25
TWO = 106
"""The width, in cells, from which scale-downs are beside scale-ups."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per step, sums over several steps first."""
    rows = vm.scaling.lags
    title = rule("Lags of all changes", "mean, 95th percentile, longest", width, vm.symbols)
    if not rows:
        return [title, ((" no step was seen with the one before it", "muted"),)]
    ups = _column([r for r in rows if r.direction == "up"], "up", vm)
    downs = _column([r for r in rows if r.direction == "down"], "down", vm)
    two = width >= TWO and ups and downs
    body = _beside(ups, downs, width // 2) if two else [*ups, *downs]
    return [title, *cut(body, max(1, height - 1), vm.symbols)]


def height_for(vm: ViewModel, width: int) -> int:
    """The lines that all lags take."""
    ups = sum(row.direction == "up" for row in vm.scaling.lags)
    downs = len(vm.scaling.lags) - ups
    heads = (ups > 0) + (downs > 0)
    if width >= TWO and ups and downs:
        return 2 + max(ups, downs)
    return 1 + max(1, ups + downs + heads)


def _column(rows: list[LagRow], word: str, vm: ViewModel) -> list[Line]:
    if not rows:
        return []
    sign = vm.symbols.up if word == "up" else vm.symbols.down
    head: Line = (
        (f" {sign} {word:<{NAME - 2}}", "bold"),
        (f"{'mean':>7}{'p95':>7}{'max':>7}{'n':>5}", "muted"),
    )
    whole = [row for row in rows if row.step in WHOLE]
    steps = [row for row in rows if row.step not in WHOLE]
    return [head, *(_row(row) for row in (*whole, *steps))]


def _row(row: LagRow) -> Line:
    name = WHOLE.get(row.step) or TITLES[row.step]
    style = "bold" if row.step in WHOLE else ""
    return (
        (f" {name:<{NAME}}", style),
        (f"{seconds(row.mean_s):>7}", style),
        (f"{seconds(row.p95_s):>7}", style),
        (f"{seconds(row.max_s):>7}", style),
        (f"{row.count:>5}", "muted"),
    )


def _beside(left: list[Line], right: list[Line], at: int) -> list[Line]:
    out: list[Line] = []
    for number in range(max(len(left), len(right))):
        first = left[number] if number < len(left) else BLANK
        second = right[number] if number < len(right) else BLANK
        out.append((*first, (" " * max(0, at - width_of(first)), ""), *second))
    return out


PANELS = (
    Panel(
        id="lags",
        title="Lags of all changes",
        lines=lines,
        reads=(scaling.scaling, variant_rows.variants),
    ),
)
