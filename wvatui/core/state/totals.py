"""Counts that must be exact over a whole log of any length: updated with every line, never taken
from the lines that are still kept.

What each one counts is described with the keys of `wvatui summary -o json`.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

_RECENT = 64


class LastDecision(NamedTuple):
    """The last decision counted of one variant."""

    at: float
    current: int | None
    target: int | None
    seen_at: float
    elapsed_s: float
    """Seconds since the variant's first decision."""


class LogClock(NamedTuple):
    """The newest line of one stream of the log, and its clock."""

    heard_at: float
    """When it came, by the session's clock, UTC epoch seconds."""
    stamp: float
    """Its time by the controller's clock, UTC epoch seconds."""
    ahead_s: float
    """By how much that clock is ahead, seconds; 0: no difference is known."""


@dataclass(slots=True, eq=False)
class SessionTotals:
    """Counters of one session. Owned by one fold at a time: `copy()` before changing."""

    lines: int = 0
    streams: dict[str, None] = field(default_factory=dict)
    """The streams of which lines were counted."""
    clocks: dict[str, LogClock] = field(default_factory=dict)
    """By stream, of lines from before the session too; empty for a log from a file."""
    unknown: int = 0
    beyond: int = 0
    """Lines with an impossible number, whose facts are ignored."""
    first_beyond: str = ""
    without_fields: int = 0
    """Known lines whose fields are cut off or damaged, so that their facts are not counted."""
    errors: int = 0
    error_messages: dict[str, int] = field(default_factory=dict)
    """Lines of each error, by its message."""
    warnings: int = 0
    dialects: dict[str, int] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)
    """Lines per template, which determine the version family."""
    unknown_templates: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    reconciles: int = 0
    model_starts: int = 0
    raw_decisions: int = 0
    cycles: int = 0
    cycles_cut: int = 0
    """Cycles of the controller that another one has followed."""
    ups: int = 0
    downs: int = 0
    target_changes: int = 0
    current_min: int | None = None
    current_max: int | None = None
    target_max: int | None = None
    replica_s: float = 0.0
    last_counted: dict[tuple[str, str], LastDecision] = field(default_factory=dict)
    """By variant."""
    set_back: bool = False
    """Whether the controller's clock was set back between two decisions for one variant."""
    first_decision_at: float | None = None
    last_decision_at: float | None = None
    pods: dict[str, None] = field(default_factory=dict)
    kv_samples: int = 0
    kv_peak: float = 0.0
    queue_samples: int = 0
    queue_peak: int = 0
    analyses: int = 0
    analyses_coalesced: int = 0
    analysis_times: int = 0
    recent_analysis_times: tuple[float, ...] = ()
    ttft_max_ms: float | None = None
    itl_max_ms: float | None = None
    arrival_max_per_min: float | None = None
    predictions: int = 0
    nis_rejections: int = 0
    restarts: int = 0
    gaps: int = 0
    """Stretches that a source cannot prove to be whole."""
    gaps_by_source: dict[str, int] = field(default_factory=dict)
    cycles_at_start: int = 0
    """Cycles when the controller's process was last seen to start."""

    def copy(self) -> "SessionTotals":
        """A copy that can be changed without changing this one."""
        return replace(
            self,
            dialects=dict(self.dialects),
            streams=dict(self.streams),
            clocks=dict(self.clocks),
            families=dict(self.families),
            unknown_templates=dict(self.unknown_templates),
            modes=dict(self.modes),
            error_messages=dict(self.error_messages),
            gaps_by_source=dict(self.gaps_by_source),
            pods=dict(self.pods),
            last_counted=dict(self.last_counted),
        )

    def of_part(self, before: "SessionTotals", upto: "SessionTotals") -> "SessionTotals":
        """These totals with each count as it grew from `before` to `upto`, so that the counts of
        adjoining parts add up. Extremes and what is known stay."""
        return replace(
            self,
            lines=upto.lines - before.lines,
            unknown=upto.unknown - before.unknown,
            beyond=upto.beyond - before.beyond,
            without_fields=upto.without_fields - before.without_fields,
            errors=upto.errors - before.errors,
            warnings=upto.warnings - before.warnings,
            reconciles=upto.reconciles - before.reconciles,
            model_starts=upto.model_starts - before.model_starts,
            raw_decisions=upto.raw_decisions - before.raw_decisions,
            cycles=upto.cycles - before.cycles,
            cycles_cut=upto.cycles_cut - before.cycles_cut,
            ups=upto.ups - before.ups,
            downs=upto.downs - before.downs,
            target_changes=upto.target_changes - before.target_changes,
            replica_s=upto.replica_s - before.replica_s,
            kv_samples=upto.kv_samples - before.kv_samples,
            queue_samples=upto.queue_samples - before.queue_samples,
            analyses=upto.analyses - before.analyses,
            analyses_coalesced=upto.analyses_coalesced - before.analyses_coalesced,
            analysis_times=upto.analysis_times - before.analysis_times,
            predictions=upto.predictions - before.predictions,
            nis_rejections=upto.nis_rejections - before.nis_rejections,
            restarts=upto.restarts - before.restarts,
            gaps=upto.gaps - before.gaps,
            error_messages=_more(upto.error_messages, before.error_messages),
            dialects=_more(upto.dialects, before.dialects),
            families=_more(upto.families, before.families),
            unknown_templates=_more(upto.unknown_templates, before.unknown_templates),
            modes=_more(upto.modes, before.modes),
            gaps_by_source=_more(upto.gaps_by_source, before.gaps_by_source),
        )

    @property
    def clocks_off(self) -> dict[str, float]:
        """Streams whose clock is off, with the seconds by which it is ahead."""
        return {name: clock.ahead_s for name, clock in self.clocks.items() if clock.ahead_s}

    @property
    def decisions_span_s(self) -> float | None:
        """Seconds from the first decision counted to the last one; None: none was counted."""
        if self.first_decision_at is None or self.last_decision_at is None:
            return None
        if self.set_back:
            return max(last.elapsed_s for last in self.last_counted.values())
        return self.last_decision_at - self.first_decision_at

    def saw_analysis_at(self, at: float) -> None:
        """Count one analysis line and, once each, its time."""
        self.analyses += 1
        if at not in self.recent_analysis_times:
            self.analysis_times += 1
            self.recent_analysis_times = (*self.recent_analysis_times[-_RECENT:], at)

    def saw_beyond(self, number: str) -> None:
        """Count the newest line (number `lines`), in which `number` is impossible."""
        self.beyond += 1
        self.first_beyond = self.first_beyond or f"log line {self.lines}: {number}"

    @property
    def out_of_range(self) -> str:
        """What was ignored because of impossible numbers, in words; empty: nothing."""
        if not self.beyond:
            return ""
        more = f" and {self.beyond - 1} more" if self.beyond > 1 else ""
        return f"{self.first_beyond}{more}: passed over, no such number can be"

    def saw_error(self, message: str) -> None:
        """Count a line of level ERROR; bounded in distinct messages."""
        self.errors += 1
        if message in self.error_messages or len(self.error_messages) < 500:
            self.error_messages[message] = self.error_messages.get(message, 0) + 1

    def saw_gap(self, source: str) -> None:
        """Count a gap."""
        self.gaps += 1
        self.gaps_by_source[source] = self.gaps_by_source.get(source, 0) + 1

    def saw_unknown(self, template: str) -> None:
        """Count a line that no row of the catalogue matches; bounded in distinct templates."""
        self.unknown += 1
        if template in self.unknown_templates or len(self.unknown_templates) < 500:
            self.unknown_templates[template] = self.unknown_templates.get(template, 0) + 1


def _more(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """What of each is new, without what is not."""
    return dict(Counter(after) - Counter(before))
