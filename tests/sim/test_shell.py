"""Scripts of load jobs run as in a shell."""

import random

import pytest

from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline
from wvatui.sim.kubelet import commands
from wvatui.sim.run.box import Box, Files, Network, Process
from wvatui.sim.store import Store

START = 1_788_249_600.0


class Ran:
    """A finished script: its output, its exit code, and its duration in seconds."""

    def __init__(self, script: str, *, files: dict[str, str] | None = None) -> None:
        timeline = Timeline(START)
        store, gateway = Store(timeline), Gateway(timeline)
        self.files = Files()
        for path, content in (files or {}).items():
            self.files.write(path, content.encode())
        out = bytearray()
        box = Box(
            timeline,
            Network(store, gateway, "m"),
            self.files,
            random.Random(1),
            out.extend,
            env={"NAME": "load", "RATE": "5"},
        )
        codes: list[int] = []
        ended: list[float] = []

        def exit_with(code: int) -> None:
            codes.append(code)
            ended.append(timeline.now)

        Process(timeline, commands.run(box, ["/bin/sh", "-c", script]), exit_with).start()
        timeline.run_until(START + 100_000)
        self.out, self.code = out.decode(), codes[0]
        self.seconds = ended[0] - START


@pytest.mark.parametrize(
    ("script", "out"),
    [
        ("echo $NAME ${RATE}x ${MISSING:-none}", "load 5x none\n"),
        ("echo '$NAME' \"$NAME\" a\\ b", "$NAME load a b\n"),
        ("X=1; X=$((X + 2 * 3)); echo $X", "7\n"),
        ("echo $(echo a; echo b)", "a b\n"),
        ("for i in a b; do echo $i; done", "a\nb\n"),
        ("false || echo or; true && echo and", "or\nand\n"),
        ("false; echo $?; (exit 4); echo $?", "1\n4\n"),
        ("cat <<END\n$NAME\nEND", "load\n"),
        ("cat <<'END'\n$NAME\nEND", "$NAME\n"),
        ("echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f", "one\ntwo\n"),
        ("printf '%s-%s\\n' a 1", "a-1\n"),
        ("date -u +%Y-%m-%dT%H:%M:%SZ", "2026-09-01T08:00:00Z\n"),
        ("echo err >&2; echo no 2>/dev/null >/dev/null", "err\n"),
        ("nothing --here", "sh: 1: nothing: not found\n"),
        ("X=a; (X=b; echo $X); echo $X # a comment", "b\na\n"),
        ("trap 'kill 0' TERM INT; echo hi; exit 0", "hi\n"),
        ("echo a b | tr -d ' \\n'", "ab"),
        ("if true; then echo; fi", 'sh: 1: Syntax error: "if" is not simulated\n'),
        ('echo "it\'s $(echo "deep")"', "it's deep\n"),
    ],
)
def test_it_writes_what_a_shell_writes(script: str, out: str) -> None:
    assert Ran(script).out == out


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("true", 0),
        ("exit 3", 3),
        ("false", 1),
        ("set -e; false; true", 1),
        ("false | cat", 0),
        ("set -o pipefail; false | cat", 1),
        ("nothing", 127),
        ("echo 'open", 2),
        ("set -e; false || true; exit 5", 5),
        ("test ! -e /x", 0),
    ],
)
def test_it_ends_as_a_shell_ends(script: str, code: int) -> None:
    assert Ran(script).code == code


def test_commands_beside_each_other_take_as_long_as_the_longest() -> None:
    ran = Ran("(sleep 10; echo late) & (sleep 5; echo early || touch /no) &\nwait; echo done")
    assert (ran.out, ran.seconds) == ("early\nlate\ndone\n", 10.0)


def test_what_runs_beside_a_script_ends_with_it() -> None:
    ran = Ran("(sleep 50; touch /tmp/late) & sleep 1")
    assert ran.seconds == 1.0
    assert ran.files.read("/tmp/late") is None


def test_tee_shows_what_is_written_at_once_and_keeps_it() -> None:
    ran = Ran("echo a | tee /tmp/log; cat /tmp/log")
    assert ran.out == "a\na\n"
