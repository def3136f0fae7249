"""What a run can support, one row per capability, as in the benchmark's own coverage.

Names that `coverage.json` of a bundle also has mean the same there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from wvatui.analysis.compare.measured import Figure, MeasuredRun
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.scaler_share import explainable
from wvatui.core.explain.to_json import share
from wvatui.core.lines import many
from wvatui.core.queries.health.silences import silent_rows
from wvatui.core.queries.scaling.scaling import gap_windows
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.rows.views import Thresholds
from wvatui.core.rules.hpa.hpa_policy import SYNC_S

SETTLED_S = 60.0
"""A run has settled when its size did not change for this many seconds before its end."""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One capability. `verdict`: PASS, FAIL, or NO DATA where nothing shows it."""

    capability: str
    verdict: str
    detail: str


def coverage(measured: MeasuredRun) -> tuple[CoverageRow, ...]:
    """Every capability of a single run."""
    answers = ((name, *check(measured)) for name, check in CHECKS)
    return tuple(CoverageRow(name, _word(holds), detail) for name, holds, detail in answers)


def repeated(repetitions: int) -> CoverageRow:
    """Whether a group has enough repetitions for an interval."""
    words = f"n={repetitions}" + (": no interval" if repetitions < 2 else "")
    return CoverageRow("Repetitions for an interval", _word(repetitions > 1), words)


_Answer = tuple[bool | None, str]


def _word(holds: bool | None) -> str:
    return "NO DATA" if holds is None else "PASS" if holds else "FAIL"


def _load(m: MeasuredRun) -> _Answer:
    load = m.run.load
    if load.known_by == "nothing":
        return False, "nothing tells of load: the run is not aligned"
    warm_up = f", {load.warm_up_s:.0f} s of warm-up before it" if load.warm_up_s else ""
    seen = m.run.state.first_at <= load.since + 1.0
    return seen, f"by {load.known_by}{warm_up}" + ("" if seen else "; recorded from later on")


def _before(m: MeasuredRun) -> _Answer:
    rows = m.run.looks.values()
    busy = [look.at for own in rows for look in own if look.running and look.at < m.run.load.since]
    if not m.run.looks:
        return None, "no pod was polled"
    early = m.run.load.since - m.run.load.warm_up_s
    first = min(busy, default=early)
    if first >= early - 1.0:
        return True, "no request before it"
    return False, f"servers had requests {early - first:.0f} s before it"


def _saturation(m: MeasuredRun) -> _Answer:
    source, samples = m.loads
    judged = [is_full for _, is_full in samples if is_full is not None]
    full = sum(judged)
    words = {model: _limit_words(steps) for model, steps in sorted(m.limits.items())}
    limits, *others = dict.fromkeys(words.values())
    if others:
        limits = "; ".join(f"{model}: {each}" for model, each in words.items())
    if not samples:
        return None, "no sample of a pod"
    if not judged:
        return None, "KV cache or queue was not measured"
    return full > 0, f"n={full} of {len(judged)} by {source} ({limits})"


def _limit_words(limits: Iterable[Thresholds]) -> str:
    """`KV 0.8, queue 5; then KV 0.7, queue 5`."""
    steps = groupby(f"KV {each.kv:g}, queue {each.queue:g}" for each in limits)
    return "; then ".join(words for words, _ in steps)


def _moved(m: MeasuredRun, up: bool) -> _Answer:
    source, made = m.moves
    count = sum(move.up is up for move in made)
    return (None, "no replicas are known") if not source else (count > 0, f"n={count} by {source}")


def _drains(m: MeasuredRun) -> _Answer:
    holds = bool(_moved(m, up=False)[0]) and bool(m.requests)
    return holds, "needs a scale-down and a per-request trace"


def _settled(m: MeasuredRun) -> _Answer:
    source, made = m.moves
    if not source:
        return None, "no replicas are known"
    last = max((move.at for move in made), default=m.since)
    lacks = [
        gap
        for gap in gap_windows(m.run.state)
        if gap.since < m.until and (gap.is_open or gap.until > m.until)
    ]
    words = f"last change {m.until - last:.0f} s before the end"
    words += ", replicas lack there" if lacks else ""
    return m.until - last >= SETTLED_S and not lacks, words


def _boots(m: MeasuredRun) -> _Answer:
    source, taken = m.boots
    mean = f" mean={sum(taken) / len(taken):.1f} s by {source}" if taken else ""
    return bool(taken), f"n={len(taken)}{mean}"


def _signals(m: MeasuredRun) -> _Answer:
    counts = {pod: len(rows) for pod, rows in m.run.looks.items()}
    if not counts:
        return False, "no pod was polled"
    few = [pod for pod, count in counts.items() if count < 2]
    return not few, "; ".join(f"{pod[-5:]}={count}" for pod, count in sorted(counts.items()))


def _dense(m: MeasuredRun) -> _Answer:
    """At least two looks per period of the controller's cycles, else of the HPA's (Nyquist)."""
    steps = [b.at - a.at for _, own in m.looks for a, b in pairwise(own)]
    cycles = [b.at - a.at for a, b in pairwise(all_cycles(m.run.state)) if b.at - a.at > 1.0]
    period = median(cycles) if cycles else SYNC_S
    if not steps:
        return None, "no pod was polled twice"
    spacing = median(steps)
    what = "a cycle of the controller" if cycles else "a look of an HPA"
    return spacing <= period / 2, f"a look each {spacing:.1f} s, {what} each {period:.0f} s"


def _gaps(m: MeasuredRun) -> _Answer:
    known = [(gap.since, gap.until) for gap in m.run.state.gaps]
    known += [(row.since, row.until) for row in silent_rows(m.run.state)]
    spans = [(since, until) for since, until in known if until > m.since and since < m.until]
    longest = max((min(b, m.until) - max(a, m.since) for a, b in spans), default=0.0)
    return not spans, many(len(spans), "gap") + (f", longest {longest:.0f} s" if spans else "")


def _clocks(m: MeasuredRun) -> _Answer:
    head = m.run.state.header
    if head is None or head.ahead_s is None:
        return None, "not measured"
    return head.skew_s is None, f"this machine was ahead by {head.ahead_s:.1f} s"


def _wording(m: MeasuredRun) -> _Answer:
    if not m.run.state.totals.lines:
        return None, "no line of a controller"
    return not m.run.state.drift.alarm, m.run.state.drift.alarm or "every cycle was understood"


def _constant(m: MeasuredRun) -> _Answer:
    changed = [what for at, what in m.run.changed if m.since <= at <= m.until]
    known = m.run.state.configs or m.run.state.hpas or m.run.state.scaled_objects
    if not (changed or known or any(w.images for w in m.run.state.workloads.values())):
        return None, "no configuration was recorded"
    return not changed, "; ".join(dict.fromkeys(changed)) or "nothing changed"


def _explained(m: MeasuredRun) -> _Answer:
    made = [each for each in Explainer().cycles(m.run.state) if m.since <= each.at <= m.until]
    scaled = [each for each in scaling_decisions(m.run.state) if m.since <= each.at <= m.until]
    cycles, others = share(made), explainable(scaled)
    decided = cycles["cycles"] + len(others)
    explained = cycles["explained"] + sum(each.verdict == "agrees" for each in others)
    if not decided:
        return None, "no decision"
    return explained == decided, f"{explained} of {decided}"


def _latencies(m: MeasuredRun) -> _Answer:
    sides = dict.fromkeys(who for name in ("ttft", "itl") for who in m.latency(name, "p99"))
    return bool(sides), f"by {' and '.join(sides)}" if sides else "no side measured any"


def _failures(m: MeasuredRun) -> _Answer:
    sides = list(m.failed_ratio())
    return bool(sides), f"by {' and '.join(sides)}" if sides else "no requests were counted"


def _trace(m: MeasuredRun) -> _Answer:
    return bool(m.requests), f"n={len(m.requests)}"


def _queued(figure: Figure) -> _Answer:
    peak = next(iter(figure.values()), None)
    return (None, "no queue was measured") if peak is None else (peak > 0, f"max={peak:g}")


CHECKS: tuple[tuple[str, Callable[[MeasuredRun], _Answer]], ...] = (
    ("Start of load known", _load),
    ("No load before it", _before),
    ("Saturation reached", _saturation),
    ("Scale-up present", lambda m: _moved(m, up=True)),
    ("Scale-down present", lambda m: _moved(m, up=False)),
    ("Drain-vs-kill measurable", _drains),
    ("Settled at the end", _settled),
    ("Boot lag measured", _boots),
    ("Signal completeness", _signals),
    ("Polls dense enough", _dense),
    ("No gap", _gaps),
    ("Clocks agree", _clocks),
    ("Wording known", _wording),
    ("Configuration constant", _constant),
    ("Decisions explained", _explained),
    ("Latencies measured", _latencies),
    ("Failures counted", _failures),
    ("Per-request trace present", _trace),
    ("Queue of pods seen", lambda m: _queued(m.queue("waiting_max", max))),
    ("Queue of gateway seen", lambda m: _queued(m.gateway_queue(max))),
)
"""In the order in which they are shown."""


def counted(rows: Sequence[CoverageRow]) -> dict[str, int]:
    """Number of rows that pass, and that fail."""
    return {
        "n_pass": sum(row.verdict == "PASS" for row in rows),
        "n_fail": sum(row.verdict == "FAIL" for row in rows),
    }


def counted_words(rows: Sequence[CoverageRow]) -> str:
    """`13 PASS, 5 FAIL, 2 NO DATA`."""
    numbers = counted(rows)
    unknown = len(rows) - numbers["n_pass"] - numbers["n_fail"]
    words = f"{numbers['n_pass']} PASS, {numbers['n_fail']} FAIL"
    return words + (f", {unknown} NO DATA" if unknown else "")


def lines(rows: Sequence[CoverageRow]) -> Iterator[str]:
    """The table as text, one line per row."""
    for row in rows:
        yield f"  {row.verdict:<8} {row.capability:<28} {row.detail}"
