"""Cases are made once, whatever a State still holds, and in whatever batches it was folded."""

from itertools import pairwise

from tests.core.explain.logs import START, capacity_cycle
from tests.core.folding import recorded
from wvatui.core import events as ev
from wvatui.core.explain import why_rows
from wvatui.core.explain.cycles import Explainer, explained
from wvatui.core.fold.fold import fold
from wvatui.core.queries.session import session_rows
from wvatui.core.rows import cycle_rows
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY


def events(count: int) -> list[ev.Event]:
    lines = [
        (START + 60.0 * n, line)
        for n in range(count)
        for line in capacity_cycle(n, [(0.3, 0)] * 2, 2)
    ]
    return [ev.Log(at, line=line) for at, line in lines]


def test_a_session_explained_as_it_grows_is_explained_as_at_its_end() -> None:
    explainer, state = Explainer(), EMPTY
    log = events(6)
    for event in log:
        state = fold(state, [event])
        explainer.cycles(state)
    whole = explained(fold(EMPTY, log))
    grown = explainer.cycles(state)
    assert [(c.at, c.number, c.verdict, c.sentence) for c in grown] == [
        (c.at, c.number, c.verdict, c.sentence) for c in whole
    ]


def test_a_cycle_whose_lines_are_gone_stays_explained() -> None:
    state = fold(EMPTY, events(4))
    explainer = Explainer()
    before = explainer.cycles(state)
    object.__setattr__(state, "log", Ring(10))
    after = explainer.cycles(state)
    assert [c.verdict for c in after] == [c.verdict for c in before] == ["agrees"] * 4


def test_going_back_and_forth_tells_the_same() -> None:
    log = events(5)
    early, late = fold(EMPTY, log[:25]), fold(EMPTY, log)
    explainer = Explainer()
    first = [c.sentence for c in explainer.cycles(late)]
    explainer.cycles(early)
    assert [c.sentence for c in explainer.cycles(late)] == first


def test_what_was_explained_is_the_same_object_when_asked_again() -> None:
    state = fold(EMPTY, events(3))
    explainer = Explainer()
    one, other = explainer.cycles(state), explainer.cycles(state)
    for a, b in zip(one, other, strict=True):
        assert a.explanations[0] is b.explanations[0]


def test_the_screen_gets_clean_text_and_marks() -> None:
    state = fold(EMPTY, events(3))
    newest = cycle_rows.cycles(state)[0]
    why = why_rows.cycle_why(state, newest.at)
    assert why is not None
    assert why.verdict == "agrees"
    assert {step.mark for step in why.steps} == {"", "agrees"}
    ((told, *_), *_) = why_rows.decision_whys(state, session_rows.decisions(state))
    assert told in why.sentence


def test_the_controllers_number_is_as_old_as_the_look_that_last_had_it() -> None:
    state = recorded("burst-drain-v1.jsonl")
    newest = cycle_rows.cycles(state)[-10]
    why = why_rows.cycle_why(state, newest.at)
    assert why is not None
    assert why.ages_s
    assert all(0.0 <= age <= 61.0 for age in why.ages_s.values())  # the peak of a minute


def test_numbers_count_the_sessions_cycles_from_one() -> None:
    found = explained(fold(EMPTY, events(3)))
    assert [c.number for c in found] == [1, 2, 3]
    assert all(a.at < b.at for a, b in pairwise(found))
    assert not at_least(found[0].explanations[0].case.version, "v0.5.0")


def test_a_config_map_that_is_read_later_stands_in_for_the_cycles_before_it() -> None:
    log = [*events(3)]
    early = fold(EMPTY, log)
    explainer = Explainer()
    explainer.cycles(early)
    text = "kvCacheThreshold: 0.5"
    config = ev.Config(START + 500.0, name="c", namespace="wva", data={"default": text})
    late = fold(early, [config])
    for state in (late, fold(EMPTY, [*log, config])):
        (known,) = {c.explanations[0].case.held.kv for c in explainer.cycles(state)}
        assert (known.value, known.words) == (0.5, "configured: ConfigMap c, read later")
