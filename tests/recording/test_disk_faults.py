"""Faults of the disk and changes by others: each event is in a file, or in a recorded gap."""

import contextlib
import errno
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.recording.test_full_disk import Limited, mark
from tests.recording.test_writer import HEADER
from tests.sweeps import examples
from wvatui.core import events as ev
from wvatui.core.events.codec import DamagedLine, decode
from wvatui.recording import Writer, open_recording

ACTS = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 30)),
    st.tuples(st.just("room"), st.integers(0, 3_000)),
    st.tuples(st.sampled_from(["delete", "rename", "add", "look", "free"]), st.just(0)),
    st.tuples(st.just("shorten"), st.integers(0, 2_000)),
)


def act(writer: Writer, disk: Limited, what: str, number: int) -> None:
    """Do `what` to the file or to the disk; nothing if there is no file."""
    path = writer.path
    if what == "room":
        disk.limit = number
    elif what == "free":
        disk.limit = 1_000_000
    elif what == "look":
        writer.look()
    if writer._former is not None:
        return  # a complete file is like an earlier part, which is not read again
    with contextlib.suppress(FileNotFoundError):
        if what == "delete":
            path.unlink()
        elif what == "rename":
            path.rename(path.with_name(f"{path.name}.{os.urandom(4).hex()}.kept"))
        elif what == "add":
            with path.open("ab") as file:
                file.write(b"half a line")
        elif what == "shorten" and path.stat().st_size > number:
            os.truncate(path, number)


def found(folder: Path) -> Counter[float]:
    """Event time → the number of times it is in any of the files."""
    counts: Counter[float] = Counter()
    for path in folder.iterdir():
        for line in path.read_bytes().split(b"\n"):
            with contextlib.suppress(DamagedLine):
                event = decode(line)
                if isinstance(event, ev.Mark):
                    counts[event.at] += 1
    return counts


@pytest.mark.parametrize("max_bytes", [None, 1_500])
@settings(
    max_examples=examples(60),
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(ACTS, max_size=25), room_at_the_end=st.booleans())
def test_every_event_is_in_a_file_or_told_to_be_missing(
    tmp_path: Path, max_bytes: int | None, acts: list[tuple[str, int]], room_at_the_end: bool
) -> None:
    folder = tmp_path / os.urandom(8).hex()
    happened: list[float] = []
    with pytest.MonkeyPatch.context() as patched:
        disk = Limited(patched, 1_000_000, errno.ENOSPC)
        writer = Writer(folder / "run.jsonl", HEADER, max_bytes=max_bytes)
        for what, number in acts:
            act(writer, disk, what, number)
            for _ in range(number if what == "write" else 0):
                happened.append(2.0 + len(happened))
                writer.write([mark(happened[-1])])
        if room_at_the_end:
            disk.limit = 1_000_000
        writer.close("quit")
    counts = found(folder)
    assert set(counts.values()) <= {1}
    missing = writer.missing
    assert len(counts) + (missing.events if missing else 0) == len(happened)
    for at in set(happened) - set(counts):
        assert missing is not None
        assert missing.since <= at <= missing.until
    if room_at_the_end:
        reader = open_recording(writer.path)
        *_, footer = reader.events()
        assert isinstance(footer, ev.Footer)
        assert footer.missing == (missing.events if missing else 0)
