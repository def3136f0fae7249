"""Every verb whose output is not read or cannot be written: it ends with at most a message and the
right exit code, and its recording is complete."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.sweeps import sampled
from tests.verbs.program import environment, program
from tests.verbs.test_hostile import called
from tests.verbs.ways import WAYS
from wvatui.core.events import Footer
from wvatui.recording import open_recording

SILENT = ("config validate", "import", "mark", "relabel", "report", "serve")
"""Verbs whose first way prints nothing on standard output."""
TROUBLE = (b"Traceback", b"Exception ignored", b"BrokenPipe", b"Errno")


def recordings_are_whole(folder: Path) -> None:
    for path in folder.rglob("*.jsonl"):
        if path.is_file() and b'"k":"header"' in path.read_bytes()[:200]:
            assert isinstance(list(open_recording(path).events())[-1], Footer), path


def in_turn(kind: int, verbs: Iterable[str]) -> list[str]:
    """Every sixth verb, different ones for each kind of stream. It is enough because all verbs
    write through the console, which `tests/host/test_console.py` checks."""
    return [verb for verb in sorted(WAYS)[kind::6] if verb in verbs]


@pytest.mark.parametrize("verb", sampled(WAYS, in_turn(0, WAYS)))
def test_a_reader_that_has_gone_is_no_words_and_141(
    verb: str, files: dict[str, str], tmp_path: Path
) -> None:
    way = WAYS[verb][0]
    done = called(verb, way._replace(ends=way.ends or verb != "serve"), files, tmp_path, read=False)
    assert not any(word in done.err for word in TROUBLE), done.err
    if verb in SILENT:
        assert done.code in way.codes
    else:
        assert done.code == 141, done.err
        assert b"standard output" not in done.err
    recordings_are_whole(tmp_path)


LOUD = [verb for verb in WAYS if verb not in SILENT]


@pytest.mark.parametrize("verb", sampled(LOUD, in_turn(1, LOUD)))
def test_a_full_disk_is_one_line_and_5(verb: str, files: dict[str, str], tmp_path: Path) -> None:
    done = called(verb, WAYS[verb][0]._replace(ends=True), files, tmp_path, ">/dev/full")
    assert not any(word in done.err for word in TROUBLE), done.err
    assert done.err.count(b"wvatui: standard output: No space left on device\n") == 1
    assert done.code == 5
    recordings_are_whole(tmp_path)


# A verb that records, connects and starts processes, and one that writes a file: what they open
# gets the numbers of the closed streams.
@pytest.mark.parametrize("verb", sampled(WAYS, ("demo", "import")))
def test_closed_streams_are_nowhere_and_change_nothing(
    verb: str, files: dict[str, str], tmp_path: Path
) -> None:
    way = WAYS[verb][0]
    if not way.ends:
        pytest.skip("nobody would know when it is up")
    done = called(verb, way, files, tmp_path, "<&- >&- 2>&-")
    assert done.code in way.codes
    assert done.out + done.err == b""
    recordings_are_whole(tmp_path)


def test_one_closed_or_full_stream_takes_nothing_from_the_other(
    files: dict[str, str], tmp_path: Path
) -> None:
    way = WAYS["replay"][1]
    whole = called("replay", way, files, tmp_path)
    assert whole.out
    assert whole.err
    for stream in (">&-", "2>&-", "2>/dev/full"):
        part = called("replay", way, files, tmp_path, stream)
        assert part.code == 0
        assert (part.out, part.err) == ((b"", whole.err) if stream == ">&-" else (whole.out, b""))


@pytest.mark.parametrize(("arguments", "code"), [(("--help",), 5), (("--version",), 5)])
def test_what_click_prints_itself_is_told_too(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    done = program(list(arguments), environment(tmp_path), tmp_path, redirected=">/dev/full")
    assert (done.code, done.err.count(b"\n")) == (code, 1)
    assert program(list(arguments), environment(tmp_path), tmp_path, read=False).code == 141
