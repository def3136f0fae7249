"""Complaints in the controller's log, each of which holds until the log shows the contrary.

There are three kinds. A complaint of every cycle ends with the next complete cycle without it. One
about a call that an API client retries by itself ends with a silence longer than its next attempt
can take. One about a single watch is ended by that watch.
"""

from collections.abc import Sequence

from wvatui.core.findings.look import FindingContext
from wvatui.core.state.state import LogEntry

FIRST_RETRY_S = 0.8
LAST_RETRY_S = 30.0
JITTER = 2.0
"""Back-off of client-go's reflector: doubled from the first to the last, each up to twice as long
(k8s.io/client-go v0.34 tools/cache/reflector.go: NewExponentialBackoffManager)."""
SLACK_S = 5.0
"""Seconds that an attempt and its log line may take."""


def holds_in_cycles(look: FindingContext, newest: LogEntry) -> bool:
    """Whether a complaint of every cycle still holds: there was no good cycle without it since."""
    return not any(
        cycle.ok and (cycle.ended or cycle.stop_line is not None)
        for cycle in (*look.state.cycles.last(5), look.state.cycle)
        if cycle is not None and cycle.first_line > newest.index
    )


def holds_until_retried(look: FindingContext, lines: Sequence[LogEntry]) -> bool:
    """Whether a complaint about a watch or list still holds; `lines`: all its lines, newest first.

    It holds while the next attempt may still be pending, and while the log was silent since.
    """
    newest, heard = lines[0], look.lines[0]
    backoff_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(len(lines), 10))
    return heard.at - newest.at <= JITTER * backoff_s + SLACK_S
