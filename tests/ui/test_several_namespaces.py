"""Several namespaces on the screen: names that distinguish them, and one shown alone."""

import pytest

from tests.ui.stills import OWN, TWIN, Still
from tests.waiting import until
from wvatui.errors import UsageError
from wvatui.ui.actions.whatif import reckon
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.theme import load


async def test_one_namespace_is_shown_alone_by_a_key_and_by_name() -> None:
    session = Still("several")
    app = WvatuiApp(session, palette=load("dark"), ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.vm is not None, what="drawn")
        assert app.vm is not None
        assert app.namespaces == (OWN, TWIN)
        assert app.vm.several
        assert {row.namespace for row in app.vm.replicas} == {OWN, TWIN}
        decided = len(app.vm.decisions)
        assert decided > 1
        # The controller decides for one of them, an autoscaler for the other.
        for alone, decisions in ((OWN, decided - 1), (TWIN, 1)):
            await pilot.press("N")
            await until(lambda: app.view_state.namespace == alone, what=alone)  # noqa: B023
            assert {row.namespace for row in app.vm.variants} == {alone}
            assert {row.namespace for row in app.vm.replicas} == {alone}
            assert len(app.vm.decisions) == decisions
            assert not app.vm.several
        await pilot.press("N")
        await until(lambda: app.view_state.namespace == "", what="all again")
        app.show_namespace(TWIN)
        await pilot.press("escape", "escape")
        await until(lambda: app.view_state.namespace == "", what="all again")
    session.stop("seen")


async def test_a_variant_alone_is_that_of_its_namespace() -> None:
    session = Still("several")
    app = WvatuiApp(session, palette=load("dark"), ascii_only=False)
    async with app.run_test(size=(120, 40)):
        await until(lambda: app.vm is not None, what="drawn")
        assert app.vm is not None
        app.show_variant(f"{TWIN}/llama-8b-h100")
        await until(lambda: app.vm is not None and app.vm.only is not None, what="alone")
        assert {row.namespace for row in app.vm.replicas} == {TWIN}
        assert [row.decider for row in app.vm.decisions] == ["hpa"]
        assert app.vm.scope == f"{TWIN}/llama-8b-h100"
        app.show_variant(f"{OWN}/llama-8b-h100")
        await until(lambda: app.vm is not None and len(app.vm.decisions) > 1, what="the other")
    session.stop("seen")


def test_what_if_says_that_it_takes_one_namespace() -> None:
    state = Still("several").state
    with pytest.raises(UsageError, match="takes one namespace") as refused:
        reckon("kvCacheThreshold=0.9", state, lambda trials: None, lambda: True)
    assert OWN in refused.value.hint
