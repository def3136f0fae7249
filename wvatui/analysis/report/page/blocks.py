"""The blocks of a page before they become HTML: sections of tables, figures, facts and texts."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from wvatui.analysis.report.pictures.drawing import Picture
from wvatui.analysis.report.pictures.figures import zero_of
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.lines import time_of_day

NO_DATA = "NO DATA"


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table. `source`: where its rows come from, and which time they cover. `texts`: indices of
    columns with text, from 0; the others have numbers."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    source: str = ""
    texts: frozenset[int] = frozenset((0,))


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A figure, with its source and window below it. `drawing`: None where it cannot be drawn."""

    title: str
    drawing: "Future[Picture] | None"
    source: str
    window: str


@dataclass(frozen=True, slots=True)
class FactsBlock:
    """Facts by name."""

    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KeyFiguresBlock:
    """The key figures: (title, value) each."""

    figures: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WordsBlock:
    """A paragraph. `missing`: it states that some data is missing."""

    text: str
    missing: bool = False


PageBlock = TableBlock | FigureBlock | FactsBlock | KeyFiguresBlock | WordsBlock


@dataclass(frozen=True, slots=True)
class PageSection:
    """A part of the page. `run`: the run that it covers, where the page has several; empty: all."""

    title: str
    blocks: Sequence[PageBlock]
    run: str = ""


def no_data(why: str) -> WordsBlock:
    """The text in place of a table or a figure without data."""
    return WordsBlock(f"{NO_DATA}: {why}", missing=True)


def clock(reported: ReportedRun, at: float) -> str:
    """A moment as the time of day in UTC, and since the start of load: `08:02:30 (+2:30)`."""
    after = round(at - zero_of(reported.run)[0])
    minutes, seconds = divmod(abs(after), 60)
    sign = "-" if after < 0 else "+"
    return f"{time_of_day(at)} ({sign}{minutes}:{seconds:02d})"


def date_time(at: float) -> str:
    """`2026-09-01 08:02:30 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def window(since: float, until: float) -> str:
    """A stretch of time in words."""
    same_day = date_time(since)[:10] == date_time(until)[:10]
    end = time_of_day(until) + " UTC" if same_day else date_time(until)
    begin = date_time(since).removesuffix(" UTC") if same_day else date_time(since)
    return f"{begin} to {end}"


def lasted(seconds: float) -> str:
    """A length of time: `1 h 2 min`, `12 min 30 s`, `45 s`."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left if not hours else 0, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
