"""Compressed files: read in bounded steps, as far as they are intact, and never without an end."""

import gzip
import io
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import zstandard

from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.recording import inflate, open_recording, reader

Pack = Callable[[bytes], bytes]
HEADER = encode(ev.Header(100.0)) + b"\n"
MARKS = [ev.Mark(100.0 + n / 10, note=f"mark {n} {n * n:x}") for n in range(3_000)]
LINES = b"".join(encode(mark) + b"\n" for mark in MARKS)
PACKERS = pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
MEMORY_MB = 200
READ = """
import sys
from pathlib import Path
from wvatui.recording import open_recording
reader = open_recording(Path(sys.argv[1]))
print(sum(len(batch) for batch in reader.batches(2_000)))
print(*reader.notices, sep="; ")
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def bomb(folder: Path, pack: str, filler: bytes, megabytes: int) -> Path:
    """A recording's first line, followed by `megabytes` of `filler`, compressed with `pack`."""
    path = folder / f"bomb.{pack}"
    with path.open("wb") as raw:
        file = (
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6)
            if pack == "gz"
            else zstandard.ZstdCompressor(level=3).stream_writer(raw)
        )
        with file:
            file.write(HEADER)
            for _ in range(megabytes):
                file.write(filler * ((1 << 20) // len(filler)))
    return path


# One format and one filler: the limits do not depend on the format, and the bounds of a step and of
# the number of lines are tested below.
@pytest.mark.parametrize(
    ("pack", "filler"), sampled(product(["gz", "zst"], [b"\n", b"x"]), [("zst", b"x")])
)
@pytest.mark.new_interpreter  # its memory is measured
def test_what_unpacks_to_more_than_its_memory_costs_little_and_ends_in_words(
    tmp_path: Path, pack: str, filler: bytes
) -> None:
    path = bomb(tmp_path, pack, filler, 130 if filler == b"\n" else 300)
    assert path.stat().st_size < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, timeout=120, check=True
    )
    count, notices, kilobytes = done.stdout.decode().splitlines()
    assert count == "1"
    assert "read up to there" in notices or "the rest was not read" in notices
    assert int(kilobytes) < MEMORY_MB << 10


def test_lines_beyond_the_limit_are_not_read_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LINES_LIMIT", 1_000)
    path = tmp_path / "run.jsonl"
    path.write_bytes(HEADER + LINES)
    opened = open_recording(path)
    assert len(list(opened.events())) == 1_000
    assert "more than 1,000 lines: the rest was not read" in opened.notices


def test_a_line_that_is_too_long_costs_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LINE_BYTES", 1 << 20)
    monkeypatch.setattr(reader, "CHUNK_BYTES", 1 << 18)
    path = tmp_path / "run.jsonl"
    path.write_bytes(
        HEADER + b'{"k":"mark","at":100.0,"note":"' + b"x" * (3 << 20) + b'"}\n' + LINES
    )
    opened = open_recording(path)
    assert list(opened.events())[1:] == MARKS
    assert opened.notices[-1] == "a line of more than 1 MB was passed over"
    assert not any("damaged" in notice for notice in opened.notices)


@PACKERS
def test_no_step_is_larger_than_the_bound(pack: Pack) -> None:
    data = b"\n" * (8 << 20)
    unpacked = inflate.inflate_for(pack(b"x")[:4])
    unpacked.feed(pack(data))
    taken = []
    while step := unpacked.take():
        assert len(step) <= 1 << 20
        taken.append(len(step))
    assert sum(taken) == len(data)
    assert unpacked.is_whole


@PACKERS
def test_many_small_pieces_and_padding_are_one_file(tmp_path: Path, pack: Pack) -> None:
    path = tmp_path / "packed"
    lines = io.BytesIO(HEADER + LINES).readlines()
    padding = b"\0" * 700 if pack is gzip.compress else b""
    path.write_bytes(padding.join(map(pack, lines)) + padding)
    opened = open_recording(path)
    assert list(opened.events())[1:] == MARKS
    assert opened.notices == ["no end: the recording was cut, or is still being written"]


@PACKERS
def test_of_a_packed_file_that_is_cut_all_that_is_whole_is_read(tmp_path: Path, pack: Pack) -> None:
    path = tmp_path / "packed"
    first, second = pack(HEADER + LINES[: len(LINES) // 2]), pack(LINES[len(LINES) // 2 :])
    path.write_bytes(first + second[: len(second) // 2])
    opened = open_recording(path)
    events = list(opened.events())
    assert events[1:] == MARKS[: len(events) - 1]
    assert len(events) > 1_500
    assert "the compressed file is cut off, read up to there" in opened.notices


def test_what_stands_before_the_damage_in_a_gzip_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "packed"
    packed = bytearray(gzip.compress(HEADER + LINES))
    packed[-8] ^= 0xFF  # only the checksum is wrong: the data is complete
    path.write_bytes(packed)
    opened = open_recording(path)
    assert list(opened.events())[1:] == MARKS
    assert any("the compressed data is damaged, read up to there" in n for n in opened.notices)
