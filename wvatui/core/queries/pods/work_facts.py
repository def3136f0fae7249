"""The work of a pod's engine in the last minute, and the arguments it was started with."""

from wvatui.core.events import Engine, Scrape, Workload
from wvatui.core.lines import clean
from wvatui.core.metrics.scrape_fields import rate
from wvatui.core.queries.pods.window import WINDOW_S
from wvatui.core.rows.views import FactRow
from wvatui.core.state.history import History


def work_facts(history: History | None, now: float) -> list[FactRow]:
    """Tokens, preemptions and prefix cache hits; without those that its page does not have."""
    pair = history.window(now, WINDOW_S) if history is not None else None
    if pair is None:
        return []
    older, newer = pair
    facts: list[FactRow] = []
    tokens = rate(older, newer)
    if tokens is not None:
        facts.append(FactRow("tokens/s", f"{tokens:.0f}"))
    preempted = rate(older, newer, "preemptions")
    if preempted is not None:
        count = round(preempted * (newer.at - older.at))
        text = f"{count} in the last {newer.at - older.at:.0f} s"
        facts.append(FactRow("preemptions", text, level="warn" if count else None))
    if (hits := _hits(older, newer)) is not None:
        facts.append(FactRow("prefix cache", hits))
    return facts


def _hits(older: Scrape, newer: Scrape) -> str | None:
    """The share of prompt tokens found in the prefix cache; None: not on the page, or a counter was
    reset."""
    asked = rate(older, newer, "prefix_queries")
    hits = rate(older, newer, "prefix_hits")
    if asked is None or hits is None:
        return None
    return f"{100 * hits / asked:.0f} % of tokens hit" if asked else "nothing was looked up"


def arguments_fact(workload: Workload | None, engine: Engine | None) -> list[FactRow]:
    """The command line of the serving container, from its workload; of several containers, the one
    with the engine's name in it."""
    lines = [" ".join(words) for words in workload.arguments.values()] if workload else []
    name = engine.engine.lower() if engine else ""
    named = [line for line in lines if name and name in line.lower()]
    text = (named or lines or [""])[0]
    return [FactRow("arguments", clean(text), source=workload.kind)] if text and workload else []
