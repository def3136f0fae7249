"""Wrappers before a program in a command: env, timeout, nice, Python's own, xargs, a shell."""

import re
from collections.abc import Sequence

SHELLS = ("sh", "bash", "ash", "dash", "zsh", "ksh")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.S)
_PLAIN = frozenset(
    ("exec", "nohup", "command", "time", "builtin", "unbuffer", "catchsegv", "sudo", "setsid")
)
_VALUED = {
    "env": frozenset(("-u", "-C", "-S")),
    "nice": frozenset(("-n",)),
    "ionice": frozenset(("-c", "-n")),
    "stdbuf": frozenset(("-i", "-o", "-e")),
    "taskset": frozenset(("-c",)),
    "numactl": frozenset(),
    "tini": frozenset(("-p",)),
    "dumb-init": frozenset(),
    "uv": frozenset(("--with", "--python", "-p", "--project", "--directory")),
    "uvx": frozenset(("--with", "--from", "--python")),
    "pipx": frozenset(("--spec",)),
    "poetry": frozenset(),
    "conda": frozenset(("-n", "-p", "--name", "--prefix")),
    "timeout": frozenset(("-k", "-s", "--kill-after", "--signal")),
    "xargs": frozenset(("-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E", "--max-procs")),
    "parallel": frozenset(("-j", "--jobs", "-n", "-N", "--delay")),
    "watch": frozenset(("-n", "--interval")),
}
"""Wrapper programs -> their options that take a separate argument."""
_RUNNERS = ("uv", "pipx", "poetry", "conda")
_REPEATERS = {
    "xargs": "for each line that is piped in",
    "parallel": "for each of its arguments",
    "watch": "again and again",
}


def seconds(word: str) -> float | None:
    """Seconds of `90`, `1.5m` or `2h`, as sleep and timeout read them; None: unknown."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)", word)
    if match is None:
        return None
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def unwrapped(words: Sequence[str]) -> tuple[float | None, str, list[str], dict[str, str]]:
    """(limit in seconds, why it may run more than once, the command itself, its variables)."""
    rest, limit_s, doubt = list(words), None, ""
    variables: dict[str, str] = {}
    while rest:
        name = rest[0].rpartition("/")[2]
        if match := _ASSIGNMENT.fullmatch(rest[0]):
            variables[match[1]] = match[2]
            rest = rest[1:]
        elif name in _PLAIN:
            rest = _behind(rest[1:], frozenset(("-u", "-f", "-o")))
        elif name in _VALUED and (name not in _RUNNERS or rest[1:2] == ["run"]):
            rest = _behind(rest[1 + (name in _RUNNERS) :], _VALUED[name])
            if name == "timeout" and rest:
                given, rest = seconds(rest[0]), rest[1:]
                doubt = doubt or ("until its timeout, which is not known" if given is None else "")
                limit_s = min(filter(None, (limit_s, given)), default=None)
            elif name == "taskset" and rest and re.fullmatch(r"[\da-fx,-]+", rest[0]):
                rest = rest[1:]
            doubt = doubt or _REPEATERS.get(name, "")
        else:
            break
    return limit_s, doubt, rest, variables


def _behind(words: list[str], valued: frozenset[str]) -> list[str]:
    """`words` without leading options."""
    while words and words[0].startswith("-") and len(words[0]) > 1:
        if words[0] == "--":
            return words[1:]
        words = words[2 if words[0] in valued else 1 :]
    return words


def script_of(words: Sequence[str]) -> str | None:
    """The script that a shell gets with -c; None: there is none."""
    for number, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-[a-z]*c", word):
            rest = [w for w in words[number + 1 :] if not re.fullmatch(r"[-+][a-z]+", w)]
            return rest[0] if rest else None
        if not word.startswith(("-", "+")):
            return None
    return None
