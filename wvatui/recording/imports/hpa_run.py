"""Runs recorded by the HPA experiments' monitor: `metrics.csv`, `scaling-events.log`, and the files
beside them that name the workload, `metadata.json` and `experiment-config.yaml`.

The CSV holds the HPA's status: current and desired replicas, the metrics and their targets.
`replicas` counts existing pods, without saying which are ready. Latencies, the rate and
`active_jobs` are left out: the monitor writes 0 both for zero and for what it could not read. Its
times have no zone.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from wvatui.core.events import Autoscaler, Event, MetricStatus, Notice, Variant
from wvatui.core.lines import clean, many, verb
from wvatui.core.results.loose import table, text
from wvatui.core.results.notation import decoded
from wvatui.core.results.times import EARLIEST
from wvatui.core.rules.quantities import quantity
from wvatui.errors import RecordingError
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.source import ImportSource, nearest

_CSV = re.compile(rb"\A(?:\xef\xbb\xbf)?[^\n]*\breplicas,desired_replicas\b[^\n]*(?:\n|\Z)")
_LOG = re.compile(
    rb"\A\[\d{4}-\d\d-\d\d[ T][\d:]{8}\] (?:Monitor (?:started|stopped)|REPLICAS CHANGED:|SCALE )"
)
_META = re.compile(rb'\A\s*\{[^{}]*"experiment_name"[^{}]*"hpa_(?:name|enabled)"')
_CONFIG = re.compile(rb"(?m)\A(?:[^\n]*\n){0,200}?deployment:[^\n]*\n(?:[^\n]*\n){0,20}?hpa:")
_LINE = re.compile(r"\[(\d{4}-\d\d-\d\d[ T][\d:]{8})\]\s*(.*)")
_CODES = {
    "SCALE UP TRIGGERED": "scale-up",
    "SCALE DOWN TRIGGERED": "scale-down",
    "REPLICAS CHANGED": "replicas-changed",
}
METRICS = {"num_requests_waiting": "waiting", "kv_cache_usage_perc": "kv"}
"""Columns of the metrics; the target of each is in a column beside it."""
_TARGETS = {"kv_cache_usage_perc": "kv_cache_usage_target"}
UNITLESS = 10_000.0
"""From this many waiting requests per pod on, a value counts as one whose unit was dropped: the
monitor writes 60250m as 60250."""


def takes(head: bytes, name: str) -> bool:
    """Whether a piece is a file of such a run."""
    return any(pattern.search(head) for pattern in (_CSV, _LOG, _META, _CONFIG))


class HpaRunNames(NamedTuple):
    """The names of the watched objects, from the files beside a run's metrics."""

    namespace: str = ""
    model: str = ""
    target: str = ""
    hpa: str = ""


class HpaRunImporter:
    """Imports the HPA's status from each row, and the changes that the monitor noted."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._rows: dict[str, list[dict[str, str]]] = defaultdict(list)
        """Rows by folder, as are the names."""
        self._names: dict[str, HpaRunNames] = {}
        self._lines: list[tuple[str, str]] = []

    def take(self, piece: Piece) -> None:
        """Keep one file of the run."""
        words = piece.content.decode("utf-8", "replace").lstrip("\ufeff")
        if _META.search(piece.head) or _CONFIG.search(piece.head):
            self._learn(words, piece)
        elif _CSV.search(piece.head):
            self._rows[piece.folder] += _rows(words, piece.base)
        else:
            matches = map(_LINE.fullmatch, (line.strip() for line in words.split("\n")))
            self._lines += [(match[1], match[2]) for match in matches if match is not None]

    def events(self) -> Iterator[Event]:
        """The variant that each HPA scales, the HPA at each row, and each note of the monitor."""
        source = self._source
        if not self._rows:
            source.notice("without a metrics.csv: only what the monitor noted")
        source.autoscaler = "hpa"
        for folder, rows in self._rows.items():
            yield from self._run(rows, nearest(self._names, folder, HpaRunNames()))
        self._tell_unitless([row for rows in self._rows.values() for row in rows])
        before = 0.0
        for stamp, words in self._lines:
            when = self._time(stamp, before)
            if when is not None:
                before = when
                code = next(
                    (c for start, c in _CODES.items() if words.startswith(start)), "monitor"
                )
                yield Notice(when, source="hpa-monitor", code=code, text=clean(words))

    def _run(self, rows: Iterable[Mapping[str, str]], names: HpaRunNames) -> Iterator[Event]:
        names = names._replace(
            namespace=names.namespace or self._source.namespace,
            model=names.model or self._source.model,
            target=names.target or "workload",
            hpa=names.hpa or names.target or "workload",
        )
        sights: list[Autoscaler] = []
        for row in rows:
            before = sights[-1].at if sights else 0.0
            if (sight := self._sight(row, names, before)) is not None:
                sights.append(sight)
        if sights:
            yield Variant(
                sights[0].at,
                name=names.target,
                namespace=names.namespace,
                source="HorizontalPodAutoscaler",
                model=names.model,
                target_name=names.target,
            )
        yield from sights

    def _learn(self, words: str, piece: Piece) -> None:
        try:
            data = table(decoded(words))
        except ValueError as error:
            self._source.notice(f"{clean(piece.base)}: {error}")
            return
        source = self._source
        names = HpaRunNames(
            namespace=_text(data, "namespace"),
            model=_text(data, "model_name"),
            target=_text(data, "deployment_name", "deployment"),
            hpa=_text(data, "hpa_name"),
        )
        source.namespace = source.namespace or names.namespace
        source.model = source.model or names.model
        before = self._names.get(piece.folder, HpaRunNames())
        self._names[piece.folder] = HpaRunNames._make(
            a or b for a, b in zip(before, names, strict=True)
        )

    def _sight(
        self, row: Mapping[str, str], names: HpaRunNames, before: float
    ) -> Autoscaler | None:
        when = self._time(row.get("epoch") or row.get("timestamp") or "", before)
        if when is None:
            return None
        return Autoscaler(
            when,
            name=names.hpa,
            namespace=names.namespace,
            target_kind="Deployment",
            target_name=names.target,
            current=_whole(row.get("replicas")),
            desired=_whole(row.get("desired_replicas")),
            metrics=tuple(
                MetricStatus(
                    name=column,
                    target=_amount(row.get(_TARGETS.get(column, f"{column}_target"))),
                    current=_metric(column, row.get(column)),
                )
                for column in METRICS
                if column in row
            ),
        )

    def _time(self, stamp: str, before: float) -> float | None:
        """A row's time in UTC epoch seconds, from an epoch or a local time; None: unreadable.

        In the hour that a clock shows twice, when it is put back, it is the second time where the
        first would be before that of the row above (`before`).
        """
        number = _amount(stamp)
        if number is not None and number >= EARLIEST:
            return number
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._source.local())
        first, second = moment.timestamp(), moment.replace(fold=1).timestamp()
        return second if first < before <= second else first

    def _tell_unitless(self, rows: Sequence[Mapping[str, str]]) -> None:
        odd = [
            value
            for row in rows
            if (value := row.get("num_requests_waiting", ""))
            and (_amount(value) or 0.0) >= UNITLESS
        ]
        if odd:
            self._source.notice(
                f"{len(odd)} of {many(len(rows), 'value')} of num_requests_waiting"
                f" {verb(len(odd), 'are')} left out:"
                f" {clean(odd[0])} is {clean(odd[0])}m of which the monitor drops the unit"
            )


def _rows(words: str, name: str) -> Iterable[dict[str, str]]:
    """The rows of a CSV that have a time. Raises RecordingError for a damaged one."""
    try:
        rows = list(csv.DictReader(io.StringIO(words), restkey="", restval=""))
    except csv.Error as error:
        raise RecordingError(f"{clean(name)}: not whole CSV: {error}") from None
    return [{str(k): v for k, v in row.items() if isinstance(v, str)} for row in rows]


def _text(data: Mapping[str, object], *names: str) -> str:
    return next((clean(words) for name in names if (words := text(data.get(name)))), "")


def _metric(column: str, cell: str | None) -> float | None:
    value = _amount(cell)
    is_unitless = column == "num_requests_waiting" and value is not None and value >= UNITLESS
    return None if is_unitless else value


def _amount(cell: str | None) -> float | None:
    """A quantity of the API, such as 0.5 or 500m; None for an empty or unreadable one."""
    return quantity(cell) if cell else None


def _whole(cell: str | None) -> int | None:
    value = _amount(cell)
    return int(value) if value is not None and value >= 0 and value == int(value) else None
