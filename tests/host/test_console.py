"""All output to a terminal goes through one function, which lets no terminal command pass."""

import ast
import io
import json
import math
import os
import sys
from datetime import date
from pathlib import Path

import click
import pytest

from tests import syntax
from tests.fixtures import ROOT
from tests.test_hostile_text import HOSTILE, unsafe
from wvatui.errors import OutputError
from wvatui.host import console

OTHER_PROGRAMS = {
    "kube/credentials.py",  # answers its parent through a pipe
    "sim/execplugin.py",  # answers kubectl through a pipe
    "load/profiles/report.py",  # text of a program that runs in a pod
}
"""Modules that are programs of their own, whose output does not go to a terminal."""
FIXED_CODES = {"ui/shell/guard.py"}
"""Modules that write fixed codes: the guard restores the terminal with a plain system call."""
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
ALLOWED = {"isatty", "fileno"}
"""Methods of standard streams that other modules may call."""


def writes(path: Path) -> list[str]:
    """The places where a module writes to a standard stream itself, or passes one on."""
    if not syntax.mentions(path, ("print", "echo", *STREAMS)):
        return []
    nodes = syntax.nodes(path)
    above = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(
            node.func, "attr", getattr(node.func, "id", "")
        ) in ("print", "echo", "secho", "pprint"):
            name = ast.unparse(node.func)
            told = {"print", "click.echo", "click.secho", "click.print", "rich.print", "pprint"}
            if name in told or name.endswith("Console().print"):
                found.append(f"{path.name}:{node.lineno}: {name}")
        if not (isinstance(node, ast.Attribute) and node.attr in STREAMS):
            continue
        if not (isinstance(node.value, ast.Name) and node.value.id == "sys"):
            continue
        asked = above[node]
        if not (isinstance(asked, ast.Attribute) and asked.attr in ALLOWED):
            found.append(f"{path.name}:{node.lineno}: {ast.unparse(asked)}")
    return found


def test_nothing_writes_to_a_standard_stream_but_the_console() -> None:
    package = ROOT / "wvatui"
    found = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if name != "host/console.py" and name not in OTHER_PROGRAMS | FIXED_CODES:
            found += writes(path)
    assert not found


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_whatever_is_printed_by_whomever_steers_nothing(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw[0], encoding="utf-8"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw[1], encoding="utf-8"))
    console.take_over()
    console.out(text)
    console.out_text(text)
    console.out_json({text: [text]})
    console.painted(("\x1b[1m", text), ("\x1b[0m", ""))
    console.err(text)
    console.err_text(text)
    click.echo(text)
    click.echo(text, err=True)
    sys.stderr.writelines([text])
    assert console.finish(0) == 0
    for kept in raw:
        shown = kept.getvalue().decode("utf-8").replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert not unsafe(shown) - {"\n", "\t"}


def test_a_line_stays_one_line_and_a_text_keeps_its_lines_and_tabs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.out("one\nand the same\r")
    console.out_text("a\tb\r\nc\n")
    assert capsys.readouterr().out == "one␊and the same␍\na\tb␍\nc\n"


def test_a_stream_that_cannot_show_a_sign_shows_another(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    console.out("1→2", flush=True)
    assert raw.getvalue() == b"1?2\n"


def test_json_holds_no_number_that_is_none_and_nothing_that_steers() -> None:
    steering = "".join(map(chr, (*range(32), *range(0x7F, 0xA0), 0x202E, 0xFEFF, 0xE0001)))
    value = {
        "bad": [math.nan, {"x": math.inf}, (-math.inf,)],
        "text": f"é→ {steering}",
        "half": "x\ud800y\udfffz",
        "day": date(2026, 9, 1),
    }
    text = console.json_text(value)
    assert not unsafe(text) - {"\n"}
    assert "é→" in text

    def never(word: str) -> None:
        raise AssertionError(word)

    assert json.loads(text, parse_constant=never) == {
        "bad": [None, {"x": None}, [None]],
        "text": value["text"],
        "half": "x�y�z",
        "day": "2026-09-01",
    }


def test_what_json_cannot_hold_is_a_bug_and_not_its_picture() -> None:
    with pytest.raises(TypeError, match="PosixPath"):
        console.json_text({"path": Path("/tmp")})


def test_no_line_of_words_holds_a_credential(capsys: pytest.CaptureFixture[str]) -> None:
    console.out("target http://me:S3CR3T@gw answers", "--api-key S3CR3T")
    console.err("wvatui: token=S3CR3T was refused")
    said = capsys.readouterr()
    assert said.out == "target http://***@gw answers\n--api-key ***\n"
    assert said.err == "wvatui: token=*** was refused\n"


def test_that_standard_output_is_full_is_said_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        monkeypatch.setattr(sys, "stderr", sys.stderr)
        console.take_over()
        for _ in range(2):
            with pytest.raises(OutputError) as told:
                console.out("a line", flush=True)
            console.say(told.value.message)
            console.say("the run is stopped")
        assert console.finish(1) == 5
    said = ["wvatui: the run is stopped"] * 2
    assert capsys.readouterr().err.splitlines() == [f"wvatui: {told.value.message}", *said]


def test_lines_that_are_drawn_over_fit_the_terminal_and_take_away_what_was_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.get_terminal_size", lambda fd: os.terminal_size((30, 6)))
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1, raising=False)
    drawn = console.Redrawn()
    drawn.show(["first", "a line of words that is longer than thirty columns"])
    drawn.show([f"line {number}" for number in range(9)])
    drawn.clear()
    first, second, cleared = capsys.readouterr().out.split("\x1b[J")[0:3]
    assert first.startswith("\x1b[?7lfirst\n")
    assert [len(row) <= 29 for row in first.split("\n")][:-1] == [True] * 4
    assert first.endswith("\x1b[4A\r")
    assert "line 2\n... 6 lines more\n" in second
    assert second.endswith("\x1b[4A\r")
    assert cleared == ""


def test_reading_tells_how_far_it_is_on_a_terminal_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(console.Progress, "AFTER_S", 0.0)
    progress = console.Progress("run.jsonl\x1b[31m")
    progress(25, 100)
    assert "run.jsonl" in shown.getvalue()
    assert "25 % read" in shown.getvalue()
    assert "\x1b[31m" not in shown.getvalue()
    progress(100, 100)
    assert shown.getvalue().endswith("\r\x1b[2K")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    console.Progress("run.jsonl")(25, 100)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]
