"""KEDA's part in the explanation of one HPA, read once from a live cluster."""

from collections.abc import Iterator
from typing import Any

from wvatui.core.decisions.hpa.sentence import ClockText
from wvatui.core.decisions.keda.account import KedaAccount, KedaNow, keda_account, labelled
from wvatui.core.decisions.keda.words import keda_data, keda_lines
from wvatui.core.rules.hpa.hpa_spec import HpaSpec


class KedaPart:
    """KEDA's part in an explanation. `account` None: no API server would admit the object, for the
    reason in `trouble`."""

    def __init__(self, now: KedaNow) -> None:
        self.now = now
        self.account: KedaAccount | None = None
        self.trouble = ""
        try:
            self.account = keda_account(now)
        except ValueError as error:
            self.trouble = str(error)

    def called(self, spec: HpaSpec) -> HpaSpec:
        """The spec of its HPA, with each metric under the name of its trigger."""
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
