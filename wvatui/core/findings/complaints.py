"""Complaints in the controller's log: each holds until the log shows the contrary.

Three kinds. What is said in each cycle is taken back by the next whole cycle without it. What a
client of the API retries by itself is taken back by silence that is longer than its next attempt
can take. What concerns one watch is taken back by that watch.
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
"""An attempt takes a moment, and its line too."""


def holds_in_cycles(look: FindingContext, newest: LogEntry) -> bool:
    """Whether what is said in each cycle still holds: no good cycle since passed without it."""
    return not any(
        cycle.ok and (cycle.ended or cycle.stop_line is not None)
        for cycle in (*look.state.cycles.last(5), look.state.cycle)
        if cycle is not None and cycle.first_line > newest.index
    )


def holds_until_retried(look: FindingContext, lines: Sequence[LogEntry]) -> bool:
    """Whether what a watch or a list complains of still holds; `lines`: all of it, newest first.

    It holds while the next attempt may be on its way, and while nothing was heard since.
    """
    newest, heard = lines[0], look.lines[0]
    backoff_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(len(lines), 10))
    return heard.at - newest.at <= JITTER * backoff_s + SLACK_S
