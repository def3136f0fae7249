"""Everything that can go wrong in a way the user can do something about.

    WvatuiError                  1   base; one clear line, and a hint where one helps
    ├── CheckFailed              1   a check found a problem
    ├── UsageError               2   wrong flags, wrong configuration
    │   └── ConfigError          2   a configuration file, with file, key and line
    ├── ClusterError             3   the cluster is unreachable or refused a request
    │   └── DeniedError          3   a right is missing: verb, resource, namespace
    ├── RecordingError           4   a recording cannot be read
    └── OutputError              5   what was asked for could not be written
        └── ReaderGone         141   nobody reads standard output any more; no line

Each class carries its exit code, so no caller keeps a second table. A session that ended well but
whose recording is incomplete also exits with 5; nothing is raised, since all other output exists.
"""

from typing import ClassVar


class WvatuiError(Exception):
    """One line that names the file, line or object, and what to do about it.

    `hint` is shown after the message, on its own line.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CheckFailed(WvatuiError):  # noqa: N818 - a finding, not a malfunction
    """A check found a problem in what it looked at."""

    exit_code = 1


class UsageError(WvatuiError):
    """The command line, an environment variable or a file asks for something impossible."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file is wrong; the message names file, key and line."""


class ClusterError(WvatuiError):
    """The cluster could not be reached, or answered with a refusal."""

    exit_code = 3


class DeniedError(ClusterError):
    """The API server said 403; the message names the verb and the resource."""


class RecordingError(WvatuiError):
    """A recording or log cannot be read at all; damaged parts of a readable one are notices."""

    exit_code = 4


class OutputError(WvatuiError):
    """Standard output or a file that was asked for could not be written: a full disk, mostly."""

    exit_code = 5


class ReaderGone(OutputError):  # noqa: N818 - what `| head` does, and no malfunction
    """Nobody reads standard output any more. The code is the one a shell reports for SIGPIPE."""

    exit_code = 141
