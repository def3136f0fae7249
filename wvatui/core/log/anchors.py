"""Anchors: messages that every healthy cycle has, and the alarm when they are no longer recognised.

Controllers change their wording. A parser that no longer recognises decisions shows a flat chart,
which looks as if all were quiet. So cycles that lack their anchors *but contain unknown lines* are
counted, and more than two in a row are format drift. Without unknown lines nothing was renamed: a
standby, a long start-up, a gap or a failed cycle raises no alarm.
"""

from dataclasses import dataclass, replace

from wvatui.core.log.facts import CycleEnd, Skipped
from wvatui.core.log.parsed_line import ParsedLine

_START = frozenset(("a/grouped", "b/grouped"))
_MODEL = frozenset(("a/model", "b/model", "b/model-v1", "b/model-v2", "b/model-qm"))
_ANALYSIS = frozenset(
    (
        "a/capacity-analysis",
        "a/model-targets",
        "a/solution",
        "f/analysis",
        "f/analysis-capital",
        "b/analysis",
        "b/analysis-detail",
        "b/analysis-v2",
        "b/analysis-qm",
        "b/analyzer-result",
        "b/saturation-cycle-summary",
    )
)
_DECISION = frozenset(
    ("a/processing", "b/processing", "b/scaling-decision", "b/saturation-cycle-summary")
)
_EMITTED = frozenset(("a/emitted", "a/emitted-for", "b/emitted"))
_END = frozenset(("a/cycle-end", "a/cycle-end-errors", "a/old-cycle-end", "b/cycle-end"))
_PROMISE = frozenset(
    ("a/applying-scaling-decisions-totaldecisions", "b/applying-scaling-decisions")
)
_NOTHING = frozenset(
    (
        "a/no-scaling-decisions-to-apply",
        "b/no-scaling-decisions-to-apply-updating-va-status-with-metrics",
    )
)
ANCHORS = _START | _MODEL | _ANALYSIS | _DECISION | _EMITTED | _END
"""Ids of the rows that are anchors, without their suffixes."""

CYCLES = 3
"""Cycles in a row without anchors that are drift: more than two."""
PERIOD_S = 60.0
"""A cycle's length until the log has shown its own (the longest default of any release)."""
FEW = 5
"""Lines after which "nothing recognised" is more than chance."""
SOME = 20
"""Lines after which a small recognised share is more than chance."""


@dataclass(slots=True)
class Drift:
    """What the alarm needs to remember. Times are the log's own, UTC epoch seconds."""

    lines: int = 0
    recognised: int = 0
    unknown: int = 0
    strange: int = 0
    """Lines of no dialect since the last anchor; those before an anchor are of other tools."""
    streak: int = 0
    missing: str = ""
    """The anchors that the newest suspicious cycle lacked, in words."""
    period_s: float = 0.0
    """The newest spacing of two cycle starts; 0 until two were seen."""
    started_at: float = 0.0
    cycle_open: bool = False
    cycle_unknown: int = 0
    cycle_analysed: bool = False
    cycle_decided: bool = False
    cycle_promised: bool = False
    cycle_excused: bool = False
    lost_since: float = 0.0
    """Time of the first unknown line since the last anchor; 0: none."""
    lost_until: float = 0.0
    lost_lines: int = 0

    def copy(self) -> "Drift":
        """A copy that can be changed without changing this one."""
        return replace(self)

    def feed(self, line: ParsedLine) -> None:
        """Take the next line of one log into account."""
        kind = line.kind
        if kind == "known":
            self.lines += 1
            self.recognised += 1
            self._known(line)
        elif kind == "unknown" and line.dialect == "none":
            self.strange += 1
            self._lost(line)
        elif kind == "unknown":
            self.lines += 1
            self.unknown += 1
            self.cycle_unknown += 1
            self._lost(line)
        elif kind == "klog":
            self.lines += 1
            # Without a row, a klog line is named after its source file.
            self.recognised += not line.template.endswith(".go")

    @property
    def alarm(self) -> str:
        """The alarm's text when the log's wording is not recognised; empty when all is well."""
        lines, unknown = self.lines + self.strange, self.unknown + self.strange
        if lines >= FEW and not self.recognised:
            return f"{lines} lines, 0 recognised: not a controller log that is known here"
        if lines >= SOME and unknown * 2 >= lines:
            return f"format drift: {lines} lines, only {self.recognised} recognised"
        if self.streak >= CYCLES:
            return (
                f"format drift: no known {self.missing} line for {self.streak} cycles,"
                f" {unknown} of {lines} lines not recognised"
            )
        period = self.period_s or PERIOD_S
        lost_s = self.lost_until - self.lost_since
        if self.lost_lines >= CYCLES and lost_s >= (CYCLES - 1) * period * 0.98:
            return (
                f"format drift: no known cycle for {lost_s:.0f} s,"
                f" {self.lost_lines} lines since then not recognised"
            )
        return ""

    def _lost(self, line: ParsedLine) -> None:
        if line.at is not None:
            if not self.lost_lines:
                self.lost_since = line.at
            self.lost_until = max(line.at, self.lost_since)
            self.lost_lines += 1

    def _known(self, line: ParsedLine) -> None:
        name = line.template.partition("+")[0]
        if line.level == "ERROR":
            self.cycle_excused = True
        if name in ANCHORS:
            self.lost_since = self.lost_until = 0.0
            self.lost_lines = self.strange = 0
            self._anchor(name, line)
        elif name in _PROMISE:
            self.cycle_promised = True
        elif name in _NOTHING or (line.facts and isinstance(line.facts[0], Skipped)):
            self.cycle_excused = True

    def _anchor(self, name: str, line: ParsedLine) -> None:
        if name in _START:
            self._close()
            self.cycle_open = True
            if line.at is not None:
                # Some builds reconcile twice within 0.1 s: that is no period.
                spacing = line.at - self.started_at
                if self.started_at and 1.0 < spacing < 600.0:
                    self.period_s = spacing
                if not self.started_at or spacing > 1.0:
                    self.started_at = line.at
        elif name in _MODEL:
            self.cycle_open = True
        elif name in _ANALYSIS or name in _DECISION:
            self.cycle_open = True
            self.cycle_analysed |= name in _ANALYSIS
            self.cycle_decided |= name in _DECISION
        elif name in _END:
            self._end(line)

    def _end(self, line: ParsedLine) -> None:
        end = line.facts[0] if line.facts else None
        if isinstance(end, CycleEnd):
            self.cycle_promised |= bool(end.decisions)
            if line.template == "a/old-cycle-end":
                # v0.0.x has no messages of its own for analysis and decision.
                self.cycle_excused = True
        self._close()

    def _close(self) -> None:
        """Check the anchors of the cycle that ends here, and begin another."""
        if self.cycle_open:
            analysis = not self.cycle_analysed and not self.cycle_excused
            decision = not self.cycle_decided and (self.cycle_promised or not self.cycle_excused)
            if self.cycle_unknown and (analysis or decision):
                self.streak += 1
                words = ["analysis"] * analysis + ["decision"] * decision
                self.missing = " or ".join(words)
            else:
                self.streak = 0
                self.missing = ""
        self.cycle_open = self.cycle_analysed = self.cycle_decided = False
        self.cycle_promised = self.cycle_excused = False
        self.cycle_unknown = 0
