"""A recording in memory: values that repeat from one scrape to the next are stored once."""

import tracemalloc
from pathlib import Path

import msgspec

from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.recording import open_recording


def look(at: float, pod: str, counts: str, **values: object) -> bytes:
    """A line of a recording with a scrape of a pod."""
    told = ev.Scrape(at, pod=pod, success={"stop": 2}, ttft=msgspec.Raw(counts.encode()), **values)  # type: ignore[arg-type]
    return encode(told)


def looks(path: Path, lines: list[bytes]) -> list[ev.Scrape]:
    """The scrapes of a recording with these lines."""
    path.write_bytes(b"\n".join([encode(ev.Header(1.0)), *lines, b""]))
    return [event for event in open_recording(path).events() if isinstance(event, ev.Scrape)]


def test_what_is_alike_in_two_looks_at_a_pod_is_kept_once(tmp_path: Path) -> None:
    lines = [
        look(1.0, "a", "[0,1.5,3]", kv=0.1),
        look(1.0, "b", "[0,9.5,3]"),
        look(2.0, "a", "[0,1.5,3]", kv=0.2),
        look(3.0, "a", "[0,2.5,4]"),
    ]
    first, other, second, third = found = looks(tmp_path / "r.jsonl", lines)
    assert first.pod is second.pod is third.pod
    assert first.success is second.success
    assert first.ttft is second.ttft
    assert first.ttft != third.ttft
    assert other.ttft != first.ttft
    assert [encode(one) for one in found] == lines


def test_a_histogram_does_not_keep_its_line_in_memory(tmp_path: Path) -> None:
    """The lines have a field of 2 kB that nobody reads."""
    line = look(1.0, "a", "[0,1.5,3]")
    wide = [
        line[:-1].replace(b"1.5", b"%d.5" % n) + b',"new":"' + b"x" * 2_000 + b'"}'
        for n in range(1_000)
    ]
    tracemalloc.start()
    try:
        found = looks(tmp_path / "r.jsonl", wide)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == len(wide)
    assert kept < 1_500_000
