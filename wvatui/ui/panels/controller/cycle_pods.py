"""The pods of one cycle: the controller's numbers beside what was polled from them by then."""

from collections.abc import Callable, Mapping

from wvatui.core.rows.cycle_views import CycleDetail, CycleSampleRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import fit, fit_middle, fit_right, sanitize
from wvatui.ui.draw.sections import short_names
from wvatui.ui.model.view_model import ViewModel


def logged(detail: CycleDetail) -> bool:
    """Whether the controller logged a number of any pod."""
    return any(s.kv_ratio is not None or s.waiting is not None for s in detail.samples)


def heading(detail: CycleDetail) -> str:
    """Where the numbers below it come from."""
    if not logged(detail):
        return "as polled then; the controller logged none"
    polled = any(s.polled_at is not None for s in detail.samples)
    return "the controller's numbers | polled then" if polled else "the controller's numbers"


def lines(scene: ViewModel, detail: CycleDetail, width: int) -> list[Line]:
    """Titles, then a pod a line; nothing when no number of any pod is known."""
    if not detail.samples:
        return []
    names = short_names([sample.pod for sample in detail.samples])
    why = scene.cycle_why
    ages = why.ages_s if why is not None else {}
    columns = _columns(detail, width, why.left_out if why is not None else {}, ages)
    taken = sum(1 + size for size, _, _ in columns)
    longest = max(len(sanitize(name, 120)) for name in names.values())
    room = max(8, min(longest, width - taken - 2))
    titles = " ".join(fit_right(title, size) for size, title, _ in columns)
    out: list[Line] = [((f" {fit('pod', room)} {titles}", "bold muted"),)]
    for sample in detail.samples:
        number = scene.keys.get(sample.pod)
        name = fit_middle(sanitize(names[sample.pod], 120), room, scene.symbols.ellipsis)
        cells = " ".join(fit_right(cell(detail, sample), size) for size, _, cell in columns)
        out.append(((" ", ""), (name, f"s{number}" if number else ""), (f" {cells}", "")))
    return out


_SHORT = {"KV": "KV", "queue": "wait", "KV and queue": "KV, wait"}
ComparedCell = Callable[[CycleDetail, CycleSampleRow], str]


def _columns(
    detail: CycleDetail, width: int, left_out: Mapping[str, str], ages: Mapping[str, float]
) -> list[tuple[int, str, ComparedCell]]:
    """(width, title, cell) of each column: those of which there is a number at all."""
    out: list[tuple[int, str, ComparedCell]] = []
    samples = detail.samples
    if logged(detail):
        out += [
            (5, "KV", lambda d, s: format.percent(s.kv_ratio)),
            (5, "wait", lambda d, s: format.count(s.waiting)),
        ]
    if ages:
        # How long ago the pod was polled with the number that the controller used.
        out.append((4, "old", lambda d, s: format.age(ages.get(s.pod))))
    if left_out:
        # Which replicas did not count, and by what they were saturated.
        out.append((8, "left out", lambda d, s: _SHORT.get(left_out.get(s.pod, ""), "")))
    if width >= 84 and any(s.arrival_per_s is not None for s in samples):
        out.append((6, "req/s", lambda d, s: _rate(s.arrival_per_s)))
    if width >= 84 and any(s.ttft_ms is not None for s in samples):
        out.append((6, "TTFT", lambda d, s: format.latency(s.ttft_ms)))
        out.append((6, "ITL", lambda d, s: format.latency(s.itl_ms)))
    if any(s.polled_at is not None for s in samples):
        if out:
            out.append((1, "|", lambda d, s: "|"))
        out += [
            (5, "KV", lambda d, s: format.percent(s.polled_kv)),
            (7, "max 1m", lambda d, s: format.percent(s.polled_kv_peak)),
            (5, "wait", lambda d, s: format.count(s.polled_waiting)),
            (4, "run", lambda d, s: format.count(s.polled_running)),
            (4, "age", _age),
        ]
    return out


def _rate(value: float | None) -> str:
    return format.MISSING if value is None else f"{value:.3g}"


def _age(detail: CycleDetail, row: CycleSampleRow) -> str:
    return format.age(None if row.polled_at is None else detail.row.at - row.polled_at)
