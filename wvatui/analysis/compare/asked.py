"""Parses a comparison's flags: objectives, prices and gates."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wvatui.config.settings import duration_s
from wvatui.core.metrics.polled_totals import OBSERVED
from wvatui.core.queries.pods.replica_time import EVERY, PriceList
from wvatui.core.queries.pods.window import QUANTILES
from wvatui.errors import UsageError


@dataclass(frozen=True, slots=True)
class Objective:
    """One service level objective: `ttft_p95=2s` is a TTFT of at most 2 s for 95 % of requests,
    `error=1%` a share of failed requests of at most 0.01."""

    name: str
    """ttft_p95, itl_p95, e2e_p99, … or error."""
    limit: float
    """Milliseconds; for error a ratio."""

    @property
    def metric(self) -> str:
        """ttft, itl, e2e or error."""
        return self.name.partition("_")[0]

    @property
    def quantile(self) -> str:
        """p50, p95 or p99; empty for error."""
        return self.name.partition("_")[2]

    @property
    def share(self) -> float:
        """The share of requests that must meet the limit: 0.95 of a p95."""
        return dict(QUANTILES).get(self.quantile, 1.0 - self.limit)

    @property
    def words(self) -> str:
        """The objective as the user wrote it."""
        if self.metric == "error":
            return f"{self.name}={100 * self.limit:g}%"
        return f"{self.name}={self.limit:g}ms"


def objectives(texts: Iterable[str]) -> tuple[Objective, ...]:
    """The objectives in `ttft_p95=2s,itl_p95=80ms,error=1%`. Raises UsageError."""
    return tuple(_objective(name, value) for name, value in _pairs("--slo", texts))


def _objective(name: str, value: str) -> Objective:
    if name == "error":
        limit = _ratio(value)
        if limit is None or not 0 <= limit <= 1:
            raise UsageError(f"--slo error={value}: expected a share, such as 1%")
        return Objective(name, limit)
    metric, _, quantile = name.partition("_")
    if metric not in OBSERVED or quantile not in dict(QUANTILES):
        raise UsageError(
            f"--slo {name}: there is no such objective",
            hint="ttft, itl or e2e with _p50, _p95 or _p99 (ttft_p95=2s), and error=1%",
        )
    return Objective(name, _milliseconds(name, value))


def _milliseconds(name: str, value: str) -> float:
    try:
        milliseconds = 1000.0 * duration_s(value)
    except ValueError:
        milliseconds = 0.0
    if not milliseconds:
        raise UsageError(f"--slo {name}={value}: expected a time, such as 80ms or 2s")
    return milliseconds


def prices(texts: Iterable[str]) -> dict[str, float]:
    """Prices per hour and replica from `H100=3.2,L40S=1.1`, by variant, endpoint or accelerator in
    lower case; a number alone is the price of all others. Raises UsageError."""
    given: dict[str, float] = {}
    for name, value in _pairs("--cost", texts, alone=EVERY):
        try:
            price = float(value)
        except ValueError:
            price = -1.0
        if not 0 <= price < float("inf"):
            raise UsageError(f"--cost {name}={value}: expected a price an hour, such as 3.2")
        given[name.lower()] = price
    return given


def price_list(texts: Iterable[str]) -> PriceList:
    """`prices` in a hashable form."""
    return tuple(prices(texts).items())


@dataclass(frozen=True, slots=True)
class FigureGate:
    """One condition on a figure: `ttft_p99<=+10%` (against the first), `cost<=-2`, `error<=1%`."""

    text: str
    key: str
    """Key of the row."""
    at_most: bool
    limit: float
    kind: str
    """What the limit applies to: ratio (difference as a share of the first), difference, or
    value."""


_GATE = re.compile(r"\s*([a-z0-9_]+)\s*(<=|>=)\s*([+-]?)\s*([0-9.]+)\s*(%?)\s*")


def gates(texts: Iterable[str], keys: Iterable[str]) -> tuple[FigureGate, ...]:
    """Gates on the rows with these keys; their unit may be left out. Raises UsageError."""
    known = list(keys)
    return tuple(_gate(text, known) for text in texts)


def _gate(text: str, keys: list[str]) -> FigureGate:
    match = _GATE.fullmatch(text)
    try:
        limit = float(match[4]) if match is not None else 0.0
    except ValueError:
        match = None
    if match is None:
        raise UsageError(
            f"--gate {text or '(empty)'}: not a gate",
            hint="such as 'ttft_p99<=+10%', 'cost<=-5%', 'gap<=60'",
        )
    name, sign = match[1], match[3]
    key = next((key for key in keys if key == name), None) or next(
        (key for key in keys if any(key == f"{name}{end}" for end in ("_ms", "_s", "_ratio"))), ""
    )
    if not key:
        raise UsageError(
            f"--gate {text}: there is no row {name}", hint=f"there is: {', '.join(keys)}"
        )
    is_ratio = key.endswith(("_ratio", "_attainment")) or key.startswith("kv_")
    if match[5] and not sign and not is_ratio:
        raise UsageError(
            f"--gate {text}: a share of what?",
            hint="with a sign it is against the first: +10%, -5%",
        )
    signed = -limit if sign == "-" else limit
    if match[5]:
        signed /= 100
    kind = "value" if not sign else "ratio" if match[5] else "difference"
    return FigureGate(text, key, match[2] == "<=", signed, kind)


def _ratio(value: str) -> float | None:
    try:
        return float(value.removesuffix("%")) / (100.0 if value.endswith("%") else 1.0)
    except ValueError:
        return None


def _pairs(flag: str, texts: Iterable[str], alone: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for place, part in (each for text in texts for each in enumerate(text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if alone and name and not equals:
            if place:  # 3,2 may be meant as 3.2
                raise UsageError(
                    f"{flag}: {name} behind a comma has no name",
                    hint="3.2 has a point; what is of all others stands first: 2,H100=3",
                )
            name, value = alone, name
        if not name or not value:
            raise UsageError(f"{flag} {part.strip() or '(empty)'}: expected NAME=VALUE")
        pairs.append((name, value))
    return pairs
