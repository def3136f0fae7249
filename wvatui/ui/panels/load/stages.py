"""Statistics of each load stage: requests offered and answered, and the servers' metrics."""

from collections.abc import Callable, Iterator, Mapping

from wvatui.core.queries.load import stage_stats
from wvatui.core.rows.load_views import StageRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, heading
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, Panel, draw, latency_column
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.load.jobs import answered, rate

ID = "stages"
LEGENDS = (
    "server-side, of all pods; run: mean; wait, KV: the highest; repl: ready",
    "run: mean; wait, KV: the highest",
)
"""The meaning of the columns at several lengths; the longest that fits is shown."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per stage, the newest last; where not all fit, the newest ones."""
    stages, symbols = vm.ask(stage_stats.stage_rows), vm.symbols
    if not stages:
        title = heading("Stages", "", width, symbols)
        return [title, ((" no stage of load has begun", "muted"),)][:height]
    room = max(1, height - 2)
    shown = stages[-room:]
    met = dict(zip(map(_place, stages), _met(vm), strict=False))
    hidden = len(stages) - len(shown)
    earlier = f"{hidden} earlier, z enlarges" if hidden else ""
    legend = next((text for text in LEGENDS if len(text) + 30 <= width), "")
    # The name of a job that all stages belong to is shown once, in the title.
    jobs = {row.titles for row in stages}
    whole = sanitize(shown[0].titles[0], 60) if len(jobs) == 1 and len(shown[0].titles) == 1 else ""
    title = heading(f"Stages of {whole}" if whole else "Stages", earlier or legend, width, symbols)
    table = draw(
        _columns(vm, bool(whole), met),
        shown,
        lambda row: f"{row.since!r}",
        width=width,
        height=height - 1,
        symbols=symbols,
    )
    return [title, *table.lines][:height]


def height_for(vm: ViewModel) -> int:
    """The lines that the whole table takes."""
    return 2 + max(1, len(vm.ask(stage_stats.stage_rows)))


def name(row: StageRow, short: bool = False) -> str:
    """The name of a stage: its jobs and its own name, or the number of jobs if more than two.

    `short`: only its own name, if it has one.
    """
    titles = [sanitize(title, 60) for title in row.titles]
    if len(titles) > 2:
        return f"{len(titles)} jobs"
    own = sanitize(row.label, 60).removesuffix(f"{row.offered:g}/s" if row.offered else "").strip()
    return own if short and own else " ".join(part for part in (" + ".join(titles), own) if part)


def _offered(row: StageRow, symbols: Symbols) -> Span:
    return ("?", "muted") if row.offered is None else (rate(row.offered), "bold")


def _achieved(row: StageRow, symbols: Symbols) -> Span:
    if row.achieved is None:
        return (symbols.missing, "muted")
    # More than a tenth less than offered is no coincidence: the servers fall behind.
    behind = row.offered is not None and row.state == "done" and row.achieved < 0.9 * row.offered
    return (f"{row.achieved:.3g}/s", "warn" if behind else "")


def _requests(row: StageRow, symbols: Symbols) -> Line:
    if row.ok is None:
        return ((symbols.missing, "muted"),)
    return answered(row.ok, row.failed, symbols)


def _many(value: Callable[[StageRow], float | None]) -> Callable[[StageRow, Symbols], Span]:
    def cell(row: StageRow, symbols: Symbols) -> Span:
        number = value(row)
        if number is None:
            return (symbols.missing, "muted")
        return (f"{number:.1f}" if number < 9.95 and number % 1 else format.count(number), "")

    return cell


def _kv(row: StageRow, symbols: Symbols) -> Span:
    return (format.percent(row.kv_max), "muted" if row.kv_max is None else "")


def _replicas(row: StageRow, symbols: Symbols) -> Span:
    least, most = row.replicas_min, row.replicas_max
    if least is None or most is None:
        return (symbols.missing, "muted")
    return (f"{least}" if least == most else f"{least}-{most}", "")


def _count(id_: str, title: str, value: Callable[[StageRow], float | None]) -> Column[StageRow]:
    return Column(id_, title, 4, _many(value), value, right=True)


def _length(row: StageRow) -> float:
    return row.until - row.since


def _length_cell(row: StageRow, symbols: Symbols) -> Span:
    return (format.age(_length(row)), "muted")


def _counted_by(row: StageRow, symbols: Symbols) -> Span:
    return (sanitize(row.counted_by, 10) or symbols.missing, "muted")


def _sources(row: StageRow, symbols: Symbols) -> Span:
    return (sanitize(", ".join(row.sources), 60), "muted")


def _place(row: StageRow) -> tuple[object, ...]:
    return row.since, row.namespace, row.keys


StageMet = Mapping[tuple[object, ...], tuple[float | None, bool]]
"""Place of a stage → (the lowest share of requests that met an objective, whether all objectives
were met). The share is None if it is unknown for any objective."""


def _met(vm: ViewModel) -> Iterator[tuple[float | None, bool]]:
    asked = [each for each in vm.view_state.slo if each.quantile]
    if not asked:
        return
    limits = tuple((each.metric, each.limit) for each in asked)
    for shares in vm.ask(stage_stats.stage_shares, limits):
        known = [share for share in shares if share is not None]
        least = min(known) if len(known) == len(shares) else None
        pairs = zip(shares, asked, strict=True)
        yield least, all(share is None or share >= each.share for share, each in pairs)


def _columns(vm: ViewModel, short: bool, met: StageMet) -> tuple[Column[StageRow], ...]:
    """All columns. With objectives, one shows the lowest share of requests that met one of them: an
    upper bound of the share that met all."""

    def begun(row: StageRow, symbols: Symbols) -> Span:
        return (vm.time(row.since), "muted")

    def stage(row: StageRow, symbols: Symbols) -> Line:
        now = row.state == "now"
        sign = symbols.play if now else symbols.level["ok"]
        return (
            (f"{sign} ", "bold info" if now else "ok"),
            (name(row, short), "bold" if now else ""),
        )

    def slo(row: StageRow, symbols: Symbols) -> Span:
        share, well = met.get(_place(row), (None, True))
        if share is None:
            return (symbols.missing, "muted")
        return (f"{symbols.level['ok' if well else 'bad']} {share:.1%}", "ok" if well else "bad")

    asked = (Column("slo", "SLO met", 8, slo, lambda r: r.since, right=True),) if met else ()
    return (
        Column("stage", "stage", 12, stage, name, grows=True),
        Column("since", "from", 8, begun, lambda r: r.since, wide=118),
        Column("length", "length", 6, _length_cell, _length, right=True, wide=100),
        Column("offered", "offered", 7, _offered, lambda r: r.offered, right=True),
        Column("achieved", "done", 6, _achieved, lambda r: r.achieved, right=True),
        Column("requests", "ok/fail", 8, _requests, lambda r: r.ok, right=True),
        Column("counted", "by", 7, _counted_by, lambda r: r.counted_by, wide=130),
        latency_column("ttft_p50", "TTFT50", lambda r: r.ttft_p50_ms),
        latency_column("ttft_p95", "TTFT95", lambda r: r.ttft_p95_ms),
        latency_column("itl_p50", "ITL50", lambda r: r.itl_p50_ms, wide=88),
        latency_column("itl_p95", "ITL95", lambda r: r.itl_p95_ms),
        *asked,
        _count("running", "run", lambda r: r.running_mean),
        _count("waiting", "wait", lambda r: r.waiting_max),
        Column("kv", "KV", 4, _kv, lambda r: r.kv_max, right=True),
        Column("replicas", "repl", 4, _replicas, lambda r: r.replicas_max, right=True),
        Column("source", "by whom", 15, _sources, lambda r: r.sources, wide=150),
    )


PANELS = (
    Panel(
        id="stages",
        title="Stages of load",
        lines=lines,
        reads=(stage_stats.stage_rows, stage_stats.stage_shares),
    ),
)
