"""The health of all sources, as plain rows: see `views` for the rules of rows."""

from dataclasses import dataclass

from wvatui.core.rows.views import Level


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One source with its age and its trouble in words."""

    source: str
    title: str
    level: Level
    age_s: float | None
    """Seconds since it last delivered; None when it never has."""
    text: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source. `status` is its own word; `level` and `text` are those of the health strip."""

    source: str
    title: str
    level: Level
    status: str
    text: str
    age_s: float | None
    """Seconds since it last delivered; None: it never has."""
    since: float | None
    """When it got this status, UTC epoch seconds."""
    retry_in_s: float | None
    """Seconds to its next try; None: none is planned."""
    verb: str
    resource: str
    """The right that is missing, as Kubernetes names it; empty when none is."""


@dataclass(frozen=True, slots=True)
class ScrapeFailureRow:
    """One pod whose last scrape failed. `why` is a stable word, `text` describes it."""

    pod: str
    failures: int
    """Failed scrapes in a row, until now."""
    why: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class PollingRow:
    """Statistics of the poll rounds that are kept (600 at most)."""

    asked_s: float | None
    """The configured interval; None: not known."""
    rounds: int
    mean_s: float | None
    """Mean spacing of the rounds that was achieved; None: fewer than two rounds."""
    worst_s: float | None
    skipped: int
    """Rounds left out because the one before had not finished."""
    took_mean_ms: float | None
    took_worst_ms: float | None
    late_worst_ms: float | None
    """The longest delay of a round's start."""
    answered: int | None
    pods: int | None
    """`answered` of `pods` in the newest round."""
    answered_all: int
    asked_all: int
    """`answered_all` of `asked_all` scrapes in these rounds succeeded."""
    failures: tuple[ScrapeFailureRow, ...]


@dataclass(frozen=True, slots=True)
class GapRow:
    """A stretch in which a source cannot prove that nothing was missed."""

    source: str
    since: float
    until: float
    reason: str
    context: bool = False
    """It was over before T+0: shown dimmed, and counted nowhere."""


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """Lines of one kind that match no row of the catalogue. `sample`: the newest that is kept."""

    template: str
    count: int
    sample: str


@dataclass(frozen=True, slots=True)
class LogHealth:
    """How well the controller's log is understood."""

    lines: int
    unknown: int
    errors: int
    warnings: int
    dialects: tuple[tuple[str, int], ...]
    """Lines by dialect, the most first."""
    templates: tuple[UnknownRow, ...]
    """The most first."""
    alarm: str
    """The alarm's text when the wording is not recognised; empty when all is well."""
    out_of_range: str = ""
    """What was ignored because of impossible numbers; empty: nothing."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message. `code` is a stable word: leader-change, restart, resync, …"""

    at: float
    source: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class HealthDetail:
    """Everything about the health of the sources."""

    sources: tuple[SourceRow, ...]
    """In the order in which they first reported."""
    polling: PollingRow | None
    """None: no round was ever made."""
    gaps: tuple[GapRow, ...]
    """The newest first."""
    log: LogHealth
    unknown_kinds: tuple[tuple[str, int], ...]
    """Events of a recording that this version does not know, by kind."""
    bad_samples: int
    """Samples that were not finite or not readable, in the newest scrapes."""
    notices: tuple[NoticeRow, ...]
    """The newest first."""
    events: int
