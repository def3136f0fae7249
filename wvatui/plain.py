"""A session as lines, one a change: for a pipe, a small terminal, a screen reader, a CI log."""

from collections.abc import Callable
from typing import Any

from wvatui.core import health_rows, replica_rows, session_rows, variant_rows
from wvatui.core.lines import clean
from wvatui.core.state import State
from wvatui.core.trail import Trail
from wvatui.core.views import ReplicaRow, VariantRow
from wvatui.export.stamp import iso

LIMIT = 1_000
"""Characters of a line; whoever writes a megabyte did not mean it to be read."""


class PlainLines:
    """Give each State to `changes`; what differs from the one before comes back as lines."""

    def __init__(self) -> None:
        self._variants: dict[str, str] = {}
        self._replicas: dict[str, str] = {}
        self._health: dict[str, str] = {}
        self._decided: dict[tuple[str, float], str] = {}
        self._said = {"mark": 0, "gap": 0, "notice": 0}
        self._drift = ""

    def changes(self, state: State) -> list[str]:
        """Lines for what changed since the last call, oldest kind first; [] for no change."""
        words: list[str] = []
        for row in health_rows.health(state):
            # Ages move all the time; only a change of level or of the trouble is news.
            text = row.level if row.level == "ok" else f"{row.level}: {row.text.split(';')[0]}"
            _note(self._health, row.source, text, f"{row.title} {text}", words)
        for decision in reversed(session_rows.decisions(state, 8)):
            key = (decision.variant, decision.at)
            if decision.action != "no-change" and key not in self._decided:
                self._decided[key] = decision.action
                move = f"{_count(decision.current)}→{_count(decision.target)}"
                line = f"{decision.variant} decision {decision.action} {move} {decision.reason}"
                words.append(line.rstrip())
        for variant in variant_rows.variants(state):
            text = _ladder(variant)
            _note(self._variants, variant.key, text, f"{variant.name} {text}", words)
        for replica in replica_rows.replicas(state):
            key_ = f"{replica.namespace}/{replica.pod}"
            text = f"{replica.state}{_load(replica)}"
            _note(self._replicas, key_, replica.state, f"{replica.pod} {text}", words)
        self._news(state, words)
        stamp = iso(state.now)
        return [f"{stamp} {_clipped(word)}" for word in words]

    def _news(self, state: State, words: list[str]) -> None:
        drift = session_rows.totals(state).drift
        if drift != self._drift:
            self._drift = drift
            words.append(f"FORMAT DRIFT {drift}" if drift else "format drift is over")
        # In the order in which they came: a mark can be about an earlier moment.
        kinds: dict[str, tuple[Trail[Any], Callable[[Any], str]]] = {
            "mark": (state.marks, lambda mark: mark.note),
            "gap": (state.gaps, lambda gap: f"{gap.source}: {gap.reason}"),
            "notice": (state.notices, lambda notice: notice.text),
        }
        for kind, (trail, text) in kinds.items():
            new = trail.total - self._said[kind]
            self._said[kind] = trail.total
            words += [f"{kind} {clean(text(event))}" for event in trail.last(new)]


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


def _load(row: ReplicaRow) -> str:
    kv = "" if row.kv_ratio is None else f" kv {row.kv_ratio:.0%}"
    waiting = "" if row.waiting is None else f" waiting {row.waiting}"
    told = f" ({row.state_text})" if row.state_text not in ("", row.state) else ""
    return kv + waiting + told
