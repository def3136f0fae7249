"""A session as lines of text, one per change: for a pipe, a small terminal, a screen reader, a CI
log."""

from collections.abc import Callable, Iterable
from math import inf
from typing import Any

from wvatui.core.decisions.scalers.by_hand import judged_from
from wvatui.core.events import Event, Tick
from wvatui.core.findings import findings
from wvatui.core.findings.over_time import EACH_S
from wvatui.core.fold.fold import fold
from wvatui.core.lines import clean
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.health.health_rows import Listening
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.pods.replica_time import PriceList, RunningCost, running_cost
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, State
from wvatui.export.stamp import iso

LIMIT = 1_000
"""Longest line written, characters: a log may hold lines of a megabyte."""
WAITING = 2_000
"""Most events that are held back to be folded together."""
NEAR_S = 1.0
"""Within this many seconds of a time at which something may change, all of a State is compared."""


class PlainLines:
    """Turns each State given to `changes` into lines for what differs from the State before."""

    def __init__(self, *, findings_each_s: float = inf, prices: PriceList = ()) -> None:
        """`findings_each_s`: session seconds between two searches for findings; inf: findings are
        not reported. `prices`: where given, a variant's line shows its replicas' cost per hour."""
        self._findings_each_s = findings_each_s
        self._prices = prices
        self._found: dict[tuple[str, str, str], str] = {}
        self.due_at = -inf
        """When the next search for findings is due, by the session's clock."""
        self._variants: dict[str, str] = {}
        self._replicas: dict[str, str] = {}
        self._health: dict[str, str] = {}
        self._decided: dict[tuple[str, str, float], str] = {}
        self._said = {"mark": 0, "gap": 0, "notice": 0}
        self._drift = ""

    def changes(self, state: State) -> list[str]:
        """Lines for what changed since the last call, in a fixed order of kinds; [] for no
        change."""
        words: list[str] = []
        several = len(state.namespaces) > 1
        for row in health_rows.health(state):
            # Ages change all the time; only a new level or a new problem is worth a line.
            text = row.level if row.level == "ok" else f"{row.level}: {row.text.split(';')[0]}"
            _note(self._health, row.source, text, f"{row.title} {text}", words)
        for decision in reversed(session_rows.decisions(state, 8)):
            key = (decision.namespace, decision.variant, decision.at)
            if decision.context or decision.action == "no-change":
                continue
            if key not in self._decided:
                self._decided[key] = decision.action
                move = f"{_count(decision.current)}→{_count(decision.target)}"
                name = decision.variant
                if several and decision.namespace:
                    name = f"{decision.namespace}/{name}"
                line = f"{name} decision {decision.action} {move} {decision.reason}"
                words.append(line.rstrip())
        costs = running_cost(state, self._prices).each if self._prices else {}
        for variant in variant_rows.variants(state):
            text = _ladder(variant)
            if self._prices:
                text += f" cost {_an_hour(costs.get((variant.namespace, variant.name)))}/h"
            name = variant.key if several else variant.name
            _note(self._variants, variant.key, text, f"{name} {text}", words)
        for replica in replica_rows.replicas(state):
            key_ = f"{replica.namespace}/{replica.pod}"
            text = f"{replica.state}{_load(replica)}"
            _note(self._replicas, key_, replica.state, f"{replica.pod} {text}", words)
        self._news(state, words)
        return [*_stamped(state.now, words), *self.findings(state)]

    def findings(self, state: State) -> list[str]:
        """Lines for findings that are new since the last search, and for those that cleared; []
        when no search is due."""
        if self.due_at == -inf and state.events:
            self.due_at = state.first_at + self._findings_each_s
        if state.now < self.due_at or not state.events:
            return []
        words: list[str] = []
        self.due_at = state.now + self._findings_each_s
        now = {(each.rule, each.namespace, each.about): each for each in findings(state)}
        over = sorted(self._found.keys() - now)
        words += [f"cleared {self._found.pop(key)}" for key in over]
        for key, each in now.items():
            if key not in self._found:
                self._found[key] = clean(each.headline)
                words.append(f"finding {each.severity}: {self._found[key]}")
        return _stamped(state.now, words)

    def silences(self, sources: Iterable[Listening], now: float) -> list[str]:
        """Lines for sources whose level changes at `now`, when nothing but these sources can have
        changed."""
        words: list[str] = []
        for source in sources:
            if silent := source.trouble(now):
                text = f"warn: {silent}"
                _note(self._health, source.source, text, f"{source.title} {text}", words)
        return _stamped(now, words)

    def _news(self, state: State, words: list[str]) -> None:
        drift = session_rows.totals(state).drift
        if drift != self._drift:
            self._drift = drift
            words.append(f"FORMAT DRIFT {drift}" if drift else "format drift is over")
        # In the order in which they were written: a mark can be about an earlier moment.
        kinds: dict[str, tuple[Ring[Any], Callable[[Any], str]]] = {
            "mark": (state.marks, lambda mark: mark.note),
            "gap": (state.gaps, lambda gap: f"{gap.source}: {gap.reason}"),
            "notice": (state.notices, lambda notice: notice.text),
        }
        for kind, (ring, text) in kinds.items():
            new = ring.total - self._said[kind]
            self._said[kind] = ring.total
            words += [f"{kind} {clean(text(event))}" for event in ring.last(new)]


class PlainEvents:
    """The lines for recorded events: those of the State at every tick.

    While only time passes, hardly anything can change, so one State is made for many ticks.
    Findings are still searched for as often as in a live session.
    """

    def __init__(self, *, findings_each_s: float = EACH_S, prices: PriceList = ()) -> None:
        """`findings_each_s`, `prices`: see `PlainLines`."""
        self.state: State = EMPTY
        """The newest State."""
        self.looks = 0
        """How often all of a State was compared."""
        self._lines = PlainLines(findings_each_s=findings_each_s, prices=prices)
        self._waiting: list[Event] = []
        self._calm = (inf, -inf)
        """The stretch of time in which ticks change nothing but which sources are silent."""
        self._listening: list[Listening] = []
        self._silent_from = inf
        self._now = 0.0

    def take(self, events: Iterable[Event]) -> list[str]:
        """The lines for these events, which follow those given before."""
        lines: list[str] = []
        for event in events:
            self._waiting.append(event)
            at = event.at
            if type(event) is not Tick:
                self._calm = (inf, -inf)
            elif not self._calm[0] <= at < self._calm[1]:
                lines += self._look(at)
            elif at > self._now:
                self._now = at
                if at >= self._silent_from:
                    lines += self._lines.silences(self._listening, at)
                if at >= self._lines.due_at:
                    self._fold()
                    lines += self._lines.findings(self.state)
        if len(self._waiting) >= WAITING:
            self._fold()
        return lines

    def finish(self) -> list[str]:
        """The lines for what came after the last tick; `state` is then the State at the end."""
        return self._look(self.state.now)

    def _look(self, at: float) -> list[str]:
        self._fold()
        self.looks += 1
        early = at - NEAR_S
        settled = replica_rows.settled_until(self.state, early), judged_from(self.state, early)
        self._calm = at, min(settled) - NEAR_S
        self._listening = health_rows.listening(self.state)
        ends = (source.heard_at + source.limit_s for source in self._listening)
        self._silent_from = min(ends, default=inf) - NEAR_S
        self._now = self.state.now
        return self._lines.changes(self.state)

    def _fold(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.state = fold(self.state, waiting)


def _stamped(now: float, words: list[str]) -> list[str]:
    if not words:
        return []
    stamp = iso(now)
    return [f"{stamp} {_clipped(word)}" for word in words]


def _clipped(text: str) -> str:
    return text if len(text) <= LIMIT else text[: LIMIT - 1] + "…"


def _note(known: dict[str, str], key: str, text: str, line: str, words: list[str]) -> None:
    if known.get(key) != text:
        known[key] = text
        words.append(line)


def _count(value: int | None) -> str:
    return "?" if value is None else str(value)


def _ladder(row: VariantRow) -> str:
    rungs = (row.target, row.desired, row.spec, row.ready, row.serving)
    text = "replicas " + "→".join("-" if rung is None else str(rung) for rung in rungs)
    return f"{text} blocked: {row.blocked}" if row.blocked else text


def _an_hour(cost: RunningCost | None) -> str:
    return "-" if cost is None or cost.an_hour is None else f"{cost.an_hour:.4g}"


def _load(row: ReplicaRow) -> str:
    kv = "" if row.kv_ratio is None else f" kv {row.kv_ratio:.0%}"
    waiting = "" if row.waiting is None else f" waiting {row.waiting}"
    more = row.state_text.removeprefix(row.state).lstrip(":, ")
    state = f" ({more})" if more else ""
    return kv + waiting + state
