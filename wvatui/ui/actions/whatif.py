"""Actions on what-if: ask for alternatives, compute them in the background, stop."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from wvatui.analysis.whatif.table import NOTHING, Trials
from wvatui.core.queries.session import session_rows
from wvatui.core.rules.wva.thresholds import THRESHOLDS
from wvatui.core.whatif.scaler import tuning
from wvatui.errors import UsageError, WvatuiError
from wvatui.ui.panels.whatif import trials
from wvatui.ui.shell.shell import Shell

_RULES = ("rule v1", "rule v2")
_OF_WVA = (*(f"{one.key}=" for one in THRESHOLDS), "minReplicas=", "maxReplicas=", *_RULES)
_OF_SCALERS = tuple(f"{name}=" for name in tuning.FIELDS)
_OF_ALL = ("hpa ", "scaledobject ", "replicas ")


def beginnings(*, with_wva: bool) -> tuple[str, ...]:
    """How an alternative may begin: those first that change what decides in the session."""
    if with_wva:
        return (*_OF_WVA, *_OF_ALL, *_OF_SCALERS)
    return (*_OF_SCALERS, *_OF_ALL, *_RULES)


class WhatIfActions(Shell):
    """The part of the app that tries alternatives."""

    _trying: "_Trying | None" = None

    def action_key_try(self) -> None:
        """Show the what-if view, and ask for alternatives."""
        self.show_view("whatif")
        self.ask(
            "what if",
            self.try_out,
            text=self.trials.asked,
            placeholder=self._example(),
            complete=lambda text: completions(text, self.beginnings()),
        )

    def beginnings(self) -> tuple[str, ...]:
        """How an alternative may begin in this session."""
        with_wva = self.vm is None or self.vm.ask(session_rows.header).with_wva
        return beginnings(with_wva=with_wva)

    def _example(self) -> str:
        """The placeholder of the prompt: alternatives that suit this session's rule."""
        shown = () if self.vm is None else trials.examples(self.vm)
        return " or ".join(text for text, _ in shown[:2])

    def try_out(self, text: str) -> None:
        """Compute the alternatives `text` on all that is known, in a thread."""
        self.stop_trying()
        self.hush()  # what was wrong with the alternatives before
        if self.view_state.view != "whatif":
            self.show_view("whatif")
        self.choose(self.view_state.select("trials", ""))
        self._trying = _Trying(self._heard_of)
        self.ask_session(self._trying.run(text, self.session.newest))

    def stop_trying(self) -> bool:
        """Stop the computation; returns whether one was running."""
        trying, self._trying = self._trying, None
        if trying is None or trying.done:
            return False
        trying.wanted = False
        if self.trials.running:
            self._show(Trials(self.trials.asked, False, self.trials.models, expected=0))
        return True

    def _heard_of(self, trying: "_Trying", trials: Trials) -> None:
        if trying is self._trying:
            self._show(trials)

    def _show(self, trials: Trials) -> None:
        self.trials = trials
        if self.is_running:
            self.redraw()


class _Trying:
    """One computation of alternatives. `wanted` is set to False to stop it."""

    def __init__(self, heard: "Callable[[_Trying, Trials], None]") -> None:
        self._heard = heard
        self.wanted = True
        self.done = False

    async def run(self, text: str, state: Any) -> str:
        """Compute in a thread; `heard` gets the rows one by one. Returns the message to show: none.

        Raises WvatuiError for alternatives that cannot be computed.
        """
        loop = asyncio.get_running_loop()
        self._heard(self, Trials(text, True))

        def tell(trials: Trials) -> None:
            if self.wanted:
                loop.call_soon_threadsafe(self._heard, self, trials)

        try:
            trials = await asyncio.to_thread(reckon, text, state, tell, lambda: self.wanted)
        except WvatuiError as error:
            self._heard(self, Trials(text, trouble=str(error)))
            raise
        finally:
            self.done = True
        self._heard(self, trials)
        return ""


def reckon(
    text: str, state: Any, tell: Callable[[Trials], None], wanted: Callable[[], bool]
) -> Trials:
    """Every alternative of `text` on every model of `state`.

    `tell` gets the rows so far, after each; `wanted` returns whether to go on. Raises UsageError
    or ConfigError for alternatives that are invalid.
    """
    from wvatui.analysis.whatif.alternatives import alternatives, spoken
    from wvatui.analysis.whatif.trying import rows_expected, tried
    from wvatui.core.whatif.recorded.reading import recorded
    from wvatui.core.whatif.trial import Tried

    asked = alternatives(spoken(text))
    if state.window.several:
        raise UsageError(
            "what-if takes one namespace, and this session watches several",
            hint=f"of its recording: wvatui whatif FILE -n {next(iter(state.namespaces), 'NAME')}",
        )
    state = state.apart()  # a copy for this thread: the screen goes on using the session's own
    models = recorded(state)
    if not models:
        return Trials(text, trouble="neither replicas nor a controller's cycles are known yet")
    expected = sum(rows_expected(state, one, asked) for one in models)
    done: list[Tried] = []
    for one in models:

        def heard(so_far: Tried) -> bool:
            tell(Trials(text, True, (*done, so_far), expected=expected))
            return wanted()

        done.append(tried(state, one, asked, heard=heard))
        if not wanted():
            break
    return Trials(text, False, tuple(done), expected=expected) if wanted() else NOTHING


def completions(text: str, keys: Sequence[str]) -> list[str]:
    """The completions of `text` by `keys`: whole lines, with the last word completed."""
    head, _, last = text.rpartition(" ")
    begin = f"{head} " if head else ""
    found = [begin + key for key in keys if key.lower().startswith(last.lower())]
    return found or [f"{text} or "] if text else list(keys)
