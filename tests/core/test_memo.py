"""Caches belong to a State or a session, so that two sessions never share them."""

import ast
import gc
import importlib
import re
from dataclasses import replace
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import wvatui.core
from tests import syntax
from tests.core.explain.logs import START as LOG_START
from tests.core.explain.logs import capacity_cycle
from tests.core.queries.few_pods import START, folded, look, namespace
from tests.sweeps import sampled
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.explain import cycle_detail, limits, why_rows
from wvatui.core.explain.ledger import Ledger
from wvatui.core.findings import finding_rows, findings
from wvatui.core.fold.fold import fold
from wvatui.core.log.dialects.shape import Stamp
from wvatui.core.log.row import CatalogueTable
from wvatui.core.queries.charts import heat
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import session_rows
from wvatui.core.rows import cycle_rows, log_rows
from wvatui.core.state.history import Sealed
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, LogEntry, State
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.ui.actions.whatif import reckon

CORE = Path(wvatui.core.__file__).parent
READ_BY_TEXT = {
    "log/parser.py",
    "lines.py",
    "metrics/metrics_page.py",
}
"""Modules that cache the parsing of a text, which is the same in every session."""
_EMPTY = re.compile(
    r"^(\w+)(?:: .*)? = (?:\{\s*\}|\[\s*\]|(?:dict|list|set|defaultdict|deque)(?:\[.*\])?"
    r"\(\s*(?:list)?\s*\))[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
"""A name of a module, and an empty collection for it."""
MADE_ONCE = (CatalogueTable, Stamp)
"""Classes whose instances never change after they are made, though the class does not enforce
it."""
PURE = {
    "lines.py:time_of_day",
    "decisions/keda/scraped.py:_plan",
    "decisions/sizing.py:_solve",
    "rules/wva/config_text.py:read_config",
    "rows/log_rows.py:_found",
    "rows/log_rows.py:_levels",
    "rows/log_rows.py:field_words",
    "queries/charts/slots.py:_read",
    "findings/__init__.py:_rules",
    "results/notation.py:_loader",
    "redact.py:_names",
    "redact.py:_rules",
    "events/redact_event.py:_fields",
    "rules/hpa/hpa_conditions.py:active",
    "rules/hpa/hpa_conditions.py:limited",
    "rules/hpa/hpa_selector.py:unreadable",
    "decisions/hpa/recorded.py:_unnamed",
    "log/envelopes/json_object.py:_object",
}
"""Functions whose result depends only on their arguments, with caches of a bounded size."""


def session(kv: float, target: int) -> list[ev.Event]:
    """The events of a session: cycles with these numbers, and a polled pod."""
    lines = [
        ev.Log(float(n), line=line)
        for n in range(6)
        for line in capacity_cycle(n, [(kv, 0)] * 2, target)
    ]
    polled = [look("a", at, kv) for at in range(0, 60, 2)]
    # The second one has thresholds that can never trigger, which is a finding of its own.
    text = f"kvCacheThreshold: {100 * (kv > 0.5) + 0.5}"
    config = ev.Config(START, name="saturation", namespace="wva", data={"default": text})
    # Its log is of another namespace and an earlier day than its pods: the session holds both.
    header = ev.Header(START, started_at=LOG_START, interval_s=2.0)
    return [header, *namespace("a")[1:], config, *polled, *lines]


def seen(state: State) -> tuple[object, ...]:
    """What the screen draws of a State by means of caches."""
    newest = cycle_rows.cycles(state)[0]
    return (
        why_rows.cycle_why(state, newest.at),
        why_rows.decision_whys(state, session_rows.decisions(state)),
        finding_rows.findings(state),
        replica_rows.replicas(state),
        heat.heat(state, "kv", START, START + 60.0, 30),
        limits.thresholds(state),
        cycle_detail.cycle_detail(state, newest.at),
        [(one.rounds, one.moments, one.settings_over, one.source) for one in recorded(state)],
        summary(state, "session"),
    )


# Parts of seven events end within cycles as well as behind them.
@pytest.mark.parametrize("size", sampled([1, 7], [7]))
def test_two_sessions_in_turn_show_what_each_shows_alone(size: int) -> None:
    one, other = session(0.3, 2), session(0.7, 3)
    alone = [seen(fold(EMPTY, events)) for events in (one, other)]
    assert all(one != another for one, another in zip(*alone, strict=True))
    states = [EMPTY, EMPTY]
    for begin in range(0, max(len(one), len(other)), size):
        for n, events in enumerate((one, other)):
            states[n] = fold(states[n], events[begin : begin + size])
            if states[n].cycle is not None:
                seen(states[n])
    assert [seen(state) for state in states] == alone
    assert states[0].of_session is not states[1].of_session


def test_what_is_reckoned_in_a_thread_touches_nothing_that_the_session_keeps() -> None:
    state = fold(EMPTY, session(0.3, 2))
    limits.thresholds(state)
    ledger = state.of_session.of(Ledger)
    before = vars(ledger).copy()
    other = fold(state, session(0.3, 2)[-20:])
    reckon("replicas 2", other, lambda _: None, lambda: True)
    assert vars(ledger) == before
    assert other.apart().of_session is not other.of_session


def test_a_session_keeps_what_it_remembers_and_a_state_its_own() -> None:
    early = fold(EMPTY, session(0.3, 2))
    late = fold(early, [ev.Tick(early.now + 1.0)])
    assert early.of_session is late.of_session
    assert early.of_state is not late.of_state
    assert EMPTY.of_session is not early.of_session


def _is_changed(thing: object) -> bool:
    """Whether `thing` is of a class of `core` whose instances change."""
    kind = type(thing)
    if not kind.__module__.startswith(wvatui.core.__name__) or isinstance(
        thing, (tuple, *MADE_ONCE)
    ):
        return False
    frozen = getattr(kind, "__dataclass_params__", None) or getattr(kind, "__struct_config__", None)
    return not getattr(frozen, "frozen", False)


def test_no_module_of_the_pure_floor_keeps_what_changes() -> None:
    names = [str(path.relative_to(CORE))[:-3].replace("/", ".") for path in CORE.rglob("*.py")]
    found = set()
    for name in names:
        module = importlib.import_module(f"wvatui.core.{name}".removesuffix(".__init__"))
        for attribute, value in vars(module).items():
            several = value if isinstance(value, list | tuple | set | frozenset) else (value,)
            values = value.values() if isinstance(value, dict) else several
            if any(_is_changed(each) for each in values):
                found.add(f"{name} {attribute}")
    assert found == set()


def test_no_module_of_the_pure_floor_remembers_a_session() -> None:
    found = set()
    for path in CORE.rglob("*.py"):
        if set(_EMPTY.findall(syntax.text(path))) - {"NO_FIELDS"}:
            found.add(str(path.relative_to(CORE)))
    assert found == READ_BY_TEXT


def _remembering(tree: ast.Module) -> set[str]:
    """The functions of a module that cache results, and those that change a global."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            marks = " ".join(map(ast.unparse, node.decorator_list))
            if any(name in marks.split("(")[0].split(".") for name in ("cache", "lru_cache")):
                found.add(node.name)
            if any(isinstance(inner, ast.Global) for inner in ast.walk(node)):
                found.add(node.name)
    return found


def test_only_functions_of_values_keep_their_answers_in_a_module_of_the_pure_floor() -> None:
    found = set()
    for path in CORE.rglob("*.py"):
        text = syntax.text(path)
        if syntax.mentions(path, ("cache", "global ")):
            names = _remembering(syntax.tree(path))
            found |= {f"{path.relative_to(CORE)}:{name}" for name in names}
        assert "WeakKeyDictionary" not in text
        assert "WeakValueDictionary" not in text
    assert found == PURE


def test_each_line_of_the_log_is_tested_once_in_a_session_and_what_left_it_is_gone() -> None:
    tested: list[int] = []

    def is_odd(entry: LogEntry) -> bool:
        tested.append(entry.index)
        return entry.index % 2 == 1

    lines = [ev.Log(float(n), line=f"line {n}") for n in range(8)]
    early = fold(EMPTY, lines[:4])
    late = fold(early, lines[4:])
    kept = [replace(late, log=Ring(3).extend(late.log.last(count))) for count in (8, 3)]
    for state in (early, late, late, early, *kept):
        wanted = [entry for entry in state.log if entry.index % 2 == 1]
        assert list(log_rows.lines_that(state, is_odd)) == wanted
    assert tested[:8] == list(range(8))


def test_a_session_keeps_no_scrapes_of_a_pod_that_it_has_forgotten() -> None:
    looks = [look(name, at, at % 20 / 20) for at in range(0, 400, 5) for name in "ab"]
    rounds = [ev.PollRound(START + at, pods=2, answered=2) for at in range(0, 400, 5)]
    state = folded(*namespace("a", "b"), *sorted((*looks, *rounds), key=lambda e: e.at), now=400)
    findings(state)
    gone = (ev.Deleted(START + at, kind="pod", name=name) for at, name in ((401, "a"), (9e3, "b")))
    state = fold(state, gone)
    findings(state)
    assert set(state.watched) == {"b"}
    seen, left = set[int](), [state.of_session]
    while left:
        each = left.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen.add(id(each))
            left += gc.get_referents(each)
            assert not isinstance(each, Sealed) or each[0].pod == "b"
