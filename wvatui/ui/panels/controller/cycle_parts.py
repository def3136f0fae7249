"""Parts of a cycle in full: the reasons for its decisions, and its pods."""

from collections.abc import Callable, Mapping, Sequence

from wvatui.core.explain.explained import ArithmeticStep
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.core.kube_object import bare
from wvatui.core.lines import many, told_apart
from wvatui.core.queries.pods import pods_then
from wvatui.core.rows.cycle_views import CycleDetail, CycleSampleRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, wrapped
from wvatui.ui.draw.sanitize import fit, fit_middle, fit_right, sanitize
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.model.view_model import ViewModel

SENTENCE_LINES = 4
LABEL = 10
"""The width of the column with the name of a group of lines, in cells."""
_VERDICTS = {
    "agrees": ("ok", "recomputed, and agrees with {}"),
    "mismatch": ("bad", "recomputed, and DIFFERS from {}"),
    "unexplained": ("warn", "cannot be recomputed"),
}
_POORER = ("recovered", "fitted")
_FIRST = "Votes"
"""The section of steps that is shown first: it sums up the others."""
_LAST = "Thresholds"
"""The section of steps that is shown last: the others use its values."""
_SHOWN_BESIDE = ("Replicas",)
"""Sections of steps that are left out where the table of pods shows the same."""


def sentence(why: CycleWhy, width: int, symbols: Symbols) -> list[Line]:
    """The sentence of an explanation, with the symbol of its verdict."""
    level, _ = _judged(why)
    style = "bold" if level == "ok" else f"bold {level}"
    text = sanitize(why.sentence, 800)
    if not symbols.unicode:
        text = plain(text.replace("→", ">"))
    pieces = wrapped(text, width - 4)
    more = len(pieces) > SENTENCE_LINES
    out: list[Line] = []
    for number, piece in enumerate(pieces[:SENTENCE_LINES]):
        head: Span = (f" {symbols.level[level]} ", level) if not number else ("   ", "")
        tail = symbols.ellipsis if more and number == SENTENCE_LINES - 1 else ""
        out.append((head, (piece + tail, style)))
    return out


def pods_of(vm: ViewModel, width: int) -> list[Line]:
    """The state of the pods at the time of a scaler's decision, or the reason why it is unknown."""
    row = vm.decision
    then = vm.ask(pods_then.pods_then, row) if row is not None else None
    if row is None or then is None or not then.measured:
        text = "no measurement of that time is kept" if then is not None else "its variant is gone"
        return _told(("pods", text), "   ", "", width, vm.symbols)
    name = sanitize(bare(then.fullest), 120)
    number = vm.keys.get(then.fullest)
    pod = f"pod {number} {name[-5:]}" if number else f"pod {name}"
    waits = f", {then.waiting} waiting" if then.waiting else ""
    which = "fullest " if then.measured > 1 else ""
    load = f", {which}{pod} KV {format.percent(then.kv_ratio)}{waits}" if name else ""
    ready = "" if then.ready is None else f"; ready {then.ready}"
    text = f"{then.saturated} of {many(then.measured, 'pod')} saturated"
    if then.at != row.at:
        text = f"at {vm.time(then.at)} {text}"
    loud = "bad" if then.saturated else ""
    sign = f" {vm.symbols.replica['saturated' if then.saturated else 'ok']} "
    return _told(("pods", f"{text}{load}{ready}"), sign, loud, width, vm.symbols)


def verdict(why: CycleWhy, seen: str = "the log") -> str:
    """The result of the comparison with what was `seen`, in words; with the source of thresholds
    that are not exact."""
    by = f"; thresholds {why.known_by}" if why.known_by in _POORER else ""
    return _judged(why)[1].format(seen) + by


def _judged(why: CycleWhy) -> tuple[str, str]:
    if why.verdict == "agrees" and why.formula_differs:
        return "warn", "the size agrees with {}, the formula differs"
    return _VERDICTS[why.verdict]


def arithmetic(why: CycleWhy, width: int, symbols: Symbols, *, replicas: bool) -> list[Line]:
    """What differs or is missing, then the steps; with `replicas`, also the steps of the pods."""
    out: list[Line] = []
    for text in why.differs:
        out += _told(("differs", text), f" {symbols.error} ", "bad", width)
    for text in why.missing:
        out += _told(("missing", text), f" {symbols.level['warn']} ", "warn", width)
    steps = [s for s in why.steps if replicas or s.section not in _SHOWN_BESIDE or s.mark]
    ends = (_FIRST, _LAST)
    votes, others = (
        (s for s in steps if s.section == _FIRST),
        (s for s in steps if s.section not in ends),
    )
    steps = [*votes, *others, *_joined(steps)]
    section = ""
    for step in steps:
        label = "" if step.section == section else step.section.removeprefix("Analyzer ")
        section = step.section
        sign, style = _sign(step, symbols)
        out += _told((label, step.text), sign, style, width, symbols)
    return out


def _joined(steps: Sequence[ArithmeticStep]) -> list[ArithmeticStep]:
    """The steps of the thresholds, merged into one per source."""
    sources: dict[str, list[str]] = {}
    for step in steps:
        if step.section == _LAST:
            value, _, source = step.text.partition(" (")
            sources.setdefault(source.removesuffix(")"), []).append(value)
    return [
        ArithmeticStep(_LAST, ", ".join(values) + (f" ({source})" if source else ""))
        for source, values in sources.items()
    ]


def _sign(step: ArithmeticStep, symbols: Symbols) -> tuple[str, str]:
    if step.mark == "agrees":
        return f" {symbols.level['ok']} ", "ok"
    if step.mark == "mismatch":
        return f" {symbols.error} ", "bad"
    return (f" {symbols.missing} ", "muted") if step.mark == "taken" else ("   ", "")


def _told(
    labelled: tuple[str, str], sign: str, style: str, width: int, symbols: Symbols | None = None
) -> list[Line]:
    """A symbol, the group's name, and the text, wrapped to `width`. `labelled`: (name, text)."""
    label, text = sanitize(labelled[0], 60).lower(), sanitize(labelled[1], 600)
    if symbols is not None and not symbols.unicode:
        text = plain(text)
    loud = style if style in ("bad", "warn") else ""
    pieces = wrapped(text, width - LABEL - 6)
    return [
        (
            (sign if not n else "   ", style),
            (fit(label if not n else "", LABEL) + " ", "muted"),
            (piece, loud),
        )
        for n, piece in enumerate(pieces)
    ]


def logged(detail: CycleDetail) -> bool:
    """Whether the controller logged a number of any pod."""
    return any(s.kv_ratio is not None or s.waiting is not None for s in detail.samples)


def pods_heading(detail: CycleDetail) -> str:
    """The source of the pods' numbers, in words."""
    if not logged(detail):
        return "as polled then; the controller logged none"
    polled = any(s.polled_at is not None for s in detail.samples)
    return "the controller's numbers | polled then" if polled else "the controller's numbers"


def pod_lines(vm: ViewModel, detail: CycleDetail, width: int) -> list[Line]:
    """Titles, then one line per pod; empty when no number of any pod is known."""
    if not detail.samples:
        return []
    names = told_apart([sample.pod for sample in detail.samples])
    why = vm.cycle_why
    ages = why.ages_s if why is not None else {}
    columns = _columns(detail, width, why.left_out if why is not None else {}, ages)
    taken = sum(1 + size for size, _, _ in columns)
    longest = max(len(sanitize(name, 120)) for name in names.values())
    room = max(8, min(longest, width - taken - 2))
    titles = " ".join(fit_right(title, size) for size, title, _ in columns)
    out: list[Line] = [((f" {fit('pod', room)} {titles}", "bold muted"),)]
    for sample in detail.samples:
        number = vm.keys.get(sample.pod)
        name = fit_middle(sanitize(names[sample.pod], 120), room, vm.symbols.ellipsis)
        cells = " ".join(fit_right(cell(detail, sample), size) for size, _, cell in columns)
        out.append(((" ", ""), (name, f"s{number}" if number else ""), (f" {cells}", "")))
    return out


_SHORT = {"KV": "KV", "queue": "wait", "KV and queue": "KV, wait"}
ComparedCell = Callable[[CycleDetail, CycleSampleRow], str]


def _columns(
    detail: CycleDetail, width: int, left_out: Mapping[str, str], ages: Mapping[str, float]
) -> list[tuple[int, str, ComparedCell]]:
    """(width, title, cell) of each column for which any pod has a number."""
    out: list[tuple[int, str, ComparedCell]] = []
    samples = detail.samples
    if logged(detail):
        out += [
            (5, "KV", lambda d, s: format.percent(s.kv_ratio)),
            (5, "wait", lambda d, s: format.count(s.waiting)),
        ]
    if ages:
        # The age of the poll whose number the controller used.
        out.append((4, "old", lambda d, s: format.age(ages.get(s.pod))))
    if left_out:
        # Why a replica was left out: the metric that saturated it.
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
