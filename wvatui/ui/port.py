"""What the screen asks of the floors below, in one place.

`SessionPort` is the part of `wvatui.session.Session` that the screen uses; `Views` is the part of
`wvatui.core.select`. Nothing else in `ui` names either of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wvatui.core.views import (
    ChartView,
    DecisionRow,
    EventRow,
    HeaderView,
    HealthRow,
    LogRow,
    ReplicaRow,
    Thresholds,
    Totals,
    VariantRow,
)

if TYPE_CHECKING:
    from wvatui.session import Capabilities, SessionStatus

State = Any
"""One immutable State of the fold: opaque here, only ever handed to `Views`."""


class SessionPort(Protocol):
    """A session as the screen sees it; see `wvatui.session.Session` for what the calls do."""

    @property
    def state(self) -> State: ...
    @property
    def status(self) -> "SessionStatus": ...
    @property
    def capabilities(self) -> "Capabilities": ...

    def listen(self, listener: Callable[[Any, "SessionStatus"], None]) -> None: ...
    async def run(self) -> None: ...
    def stop(self, reason: str) -> None: ...
    async def aclose(self) -> None: ...
    def mark(self, note: str) -> None: ...
    def freeze(self, on: bool) -> None: ...
    def snapshot(self) -> Path: ...
    def toggle(self) -> None: ...
    def faster(self) -> float: ...
    def slower(self) -> float: ...
    async def step(self, direction: int) -> None: ...
    async def seek(self, to: str) -> float: ...
    async def jump(self, direction: int) -> EventRow | None: ...


class Views(Protocol):
    """The functions of `wvatui.core.select` that the panels draw from."""

    def header(self, state: State) -> HeaderView: ...
    def health(self, state: State) -> tuple[HealthRow, ...]: ...
    def variants(self, state: State) -> tuple[VariantRow, ...]: ...
    def replicas(self, state: State, variant: str | None = None) -> tuple[ReplicaRow, ...]: ...
    def decisions(
        self, state: State, limit: int = 50, variant: str | None = None
    ) -> tuple[DecisionRow, ...]: ...
    def log_tail(
        self, state: State, limit: int = 200, pattern: str = "", level: str = ""
    ) -> tuple[LogRow, ...]: ...
    def events(self, state: State, kinds: frozenset[str] | None = None) -> tuple[EventRow, ...]: ...
    def thresholds(self, state: State, model: str = "") -> Thresholds: ...
    def totals(self, state: State) -> Totals: ...
    def chart(
        self,
        state: State,
        name: str,
        *,
        since: float,
        until: float,
        columns: int,
        variant: str | None = None,
    ) -> ChartView: ...


def core_views() -> Views:
    """The real thing; imported when used, so that the screen can come up before the fold."""
    from wvatui.core import select

    return select
