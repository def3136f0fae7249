"""What is told of one ScaledObject beside its HPA, from one look at a live cluster."""

from collections.abc import Iterator
from typing import Any

from wvatui.core.decisions.hpa.sentence import ClockText
from wvatui.core.decisions.keda.account import KedaAccount, KedaNow, keda_account, labelled
from wvatui.core.decisions.keda.words import keda_data, keda_lines
from wvatui.core.rules.hpa.hpa_spec import HpaSpec


class KedaPart:
    """KEDA's share in an explanation. `account` None: no API server admits the object, and
    `trouble` says why."""

    def __init__(self, now: KedaNow) -> None:
        self.now = now
        self.account: KedaAccount | None = None
        self.trouble = ""
        try:
            self.account = keda_account(now)
        except ValueError as error:
            self.trouble = str(error)

    def called(self, spec: HpaSpec) -> HpaSpec:
        """The spec of its HPA, with the metrics by the names of their triggers."""
        return spec if self.account is None else labelled(spec, self.account)

    def lines(self, clock: ClockText) -> Iterator[str]:
        """Triggers, formula, fallback and the rest, a line each."""
        if self.account is None:
            yield f"ScaledObject {self.now.scaled.name}: {self.trouble}"
        else:
            yield from keda_lines(self.now, self.account, clock)

    def data(self, clock: ClockText, stamp: ClockText) -> dict[str, Any]:
        """The same as plain values."""
        if self.account is None:
            return {"trouble": self.trouble}
        return keda_data(self.now, self.account, clock, stamp)
