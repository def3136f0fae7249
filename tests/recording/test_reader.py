"""Opening recordings and logs: complete, compressed, truncated, damaged, foreign, growing."""

import gzip
import io
import json
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.canonical import canonical
from tests.fixtures import shared
from tests.recording.test_envelopes import real_logs
from tests.sweeps import examples
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.errors import RecordingError
from wvatui.recording import Writer, open_recording

JSON_LOG = "".join(
    f'{{"level":"INFO","ts":"2025-11-28T20:17:{second:02d}.000Z","msg":"Processing decision: '
    f'variant=v, action=scale-up, current=1→target=2"}}\n'
    for second in (1, 2, 30)
)


def recording(folder: Path, count: int = 50) -> Path:
    path = folder / "run.jsonl"
    writer = Writer(path, ev.Header(100.0, started_at=100.0, namespace="ns"))
    for number in range(count):
        writer.write([ev.Mark(101.0 + number, note=f"mark {number} ü"), ev.Tick(101.0 + number)])
    writer.close("quit")
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    reader = open_recording(recording(tmp_path))
    events = list(reader.events())
    assert len(events) == 102
    assert isinstance(events[0], ev.Header)
    assert isinstance(events[-1], ev.Footer)
    assert reader.notices == []


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_packed_file_is_known_by_content_and_not_by_name(tmp_path: Path, pack: object) -> None:
    plain = recording(tmp_path)
    packed = tmp_path / "packed"
    packed.write_bytes(pack(plain.read_bytes()))  # type: ignore[operator]
    assert list(open_recording(packed).events()) == list(open_recording(plain).events())


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_pieces_one_after_another_are_one_file(tmp_path: Path, pack: object) -> None:
    data = recording(tmp_path).read_bytes()
    packed = tmp_path / "packed"
    packed.write_bytes(pack(data[:1000]) + pack(data[1000:]))  # type: ignore[operator]
    assert len(list(open_recording(packed).events())) == 102


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_recording_cut_anywhere_opens_with_what_is_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    path = recording(folder, 8)
    whole = path.read_bytes()
    keep = data.draw(st.integers(1, len(whole) - 2))
    path.write_bytes(whole[:keep])
    reader = open_recording(path)
    events = list(reader.events())
    assert len(events) >= whole[:keep].count(b"\n")
    assert any("cut" in notice for notice in reader.notices)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_packed_file_cut_anywhere_opens_with_a_notice(tmp_path: Path, pack: object) -> None:
    packed = tmp_path / "run.jsonl.gz"
    random_notes = [ev.Mark(1.0 + n, note=os.urandom(40).hex()) for n in range(2_000)]
    path = tmp_path / "big.jsonl"
    writer = Writer(path, ev.Header(1.0))
    writer.write(random_notes)
    writer.close("quit")
    data = pack(path.read_bytes())  # type: ignore[operator]
    packed.write_bytes(data[: len(data) * 2 // 3])
    reader = open_recording(packed)
    events = list(reader.events())
    assert 0 < len(events) < 2_000
    assert "the compressed file is cut off, read up to there" in reader.notices


def test_a_damaged_line_costs_only_itself_and_is_named(tmp_path: Path) -> None:
    path = recording(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[10] = b'{"k":"mark","at":"soon"}\n'
    lines[20] = b"\x00\xff{{{\n"
    path.write_bytes(b"".join(lines))
    reader = open_recording(path)
    assert len(list(reader.events())) == 100
    assert reader.notices[0].startswith("line 11 and 1 more damaged and passed over")


@pytest.mark.parametrize("chunk_bytes", [7, 64, 1_000, 1 << 16])
def test_what_a_line_is_does_not_depend_on_how_much_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    monkeypatch.setattr("wvatui.recording.reader.CHUNK_BYTES", chunk_bytes)
    path = recording(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    odd = (b"\n", b"  \n", lines[7][:-1] + lines[7], b'{"k":"tick"\n,"at":120.0}\n', b"{\n")
    for place, line in zip(range(90, 10, -15), odd, strict=False):
        lines.insert(place, line)
    path.write_bytes(b"".join(lines))
    reader = open_recording(path)
    assert len(list(reader.events())) == 102
    assert reader.notices == [
        "line 31 and 3 more damaged and passed over (Input data was truncated)"
    ]


DAYS = 86_400.0


@pytest.mark.parametrize("at", [101.0 + 2 * DAYS, 4.0e9, 1e15, 1e308, -1.0])
@pytest.mark.parametrize("place", [0, 1, 51, 101, 102])
def test_a_line_whose_time_nothing_beside_it_bears_out_costs_only_itself(
    tmp_path: Path, at: float, place: int
) -> None:
    path = recording(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    kind = "header" if place == 0 else "tick"
    lines.insert(place, f'{{"k":"{kind}","at":{at!r}}}\n'.encode())
    path.write_bytes(b"".join(lines))
    reader = open_recording(path)
    events = list(reader.events())
    assert len(events) == 102
    assert max(event.at for event in events) == 150.0
    assert reader.notices[0].startswith(f"line {place + 1} damaged and passed over")


def test_a_session_that_slept_for_days_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(100.0))
    writer.write([ev.Tick(101.0), *(ev.Tick(at + 9 * DAYS) for at in (1.0, 2.0, 3.0))])
    writer.close("quit")
    reader = open_recording(path)
    assert [round(event.at) for event in reader.events()] == [
        100,
        101,
        777_601,
        777_602,
        777_603,
        777_603,
    ]
    assert reader.notices == []


def test_a_recording_whose_head_is_gone_still_opens(tmp_path: Path) -> None:
    path = recording(tmp_path)
    path.write_bytes(path.read_bytes()[37:])
    reader = open_recording(path)
    assert len(list(reader.events())) == 101
    assert any("header" in notice for notice in reader.notices)


def test_a_newer_minor_schema_opens_with_a_notice_and_a_newer_major_is_refused(
    tmp_path: Path,
) -> None:
    head = {"k": "header", "at": 1.0, "schema": [1, 9], "tool": "wvatui 9.1", "new": 1}
    path = tmp_path / "run.jsonl"
    lines = [head, {"k": "hologram", "at": 2.0, "x": [1]}, {"k": "mark", "at": 3.0, "note": "n"}]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    reader = open_recording(path)
    kinds = [type(event) for event in reader.events()]
    assert kinds == [ev.Header, ev.Unknown, ev.Mark]
    assert "written by a newer version (wvatui 9.1)" in reader.notices
    head["schema"] = [2, 0]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    with pytest.raises(RecordingError, match=r"written in format 2\.0") as refused:
        list(open_recording(path).events())
    assert refused.value.exit_code == 4


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "nothing in it can be read"),
        (PNG, "neither a recording nor a controller's log"),
        (os.urandom(3_000), "neither a recording nor a controller's log"),
        (b"dear diary\n" * 500, "neither a recording nor a controller's log"),
        (b"dear diary\n", "neither a recording nor a controller's log"),
        (gzip.compress(b"", mtime=0), "nothing in it can be read"),
        (b"\x1f\x8b\x08garbage that is no gzip", "nothing in it can be read"),
        (gzip.compress(PNG), "neither a recording nor a controller's log"),
    ],
)
def test_what_cannot_be_replayed_is_one_clear_line_and_exit_4(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "it.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=words) as refused:
        list(open_recording(path).events())
    assert refused.value.exit_code == 4
    assert "\n" not in refused.value.message
    assert "it.jsonl" in refused.value.message


def test_a_missing_path_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="nowhere: No such file"):
        open_recording(tmp_path / "nowhere")
    with pytest.raises(RecordingError, match="a folder without a recording"):
        open_recording(tmp_path)


# --- logs -----------------------------------------------------------------------------------


def test_a_log_is_put_at_its_own_times_with_a_clock_that_ticks_between(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    path.write_text(JSON_LOG)
    events = list(open_recording(path).events())
    header = events[0]
    assert isinstance(header, ev.Header)
    assert header.imported == "controller.log"
    logs = [event.at - header.at for event in events if isinstance(event, ev.Log)]
    assert logs == [0.0, 1.0, 29.0]
    ticks = [event.at - header.at for event in events if isinstance(event, ev.Tick)]
    assert ticks == [*map(float, range(1, 29)), 29.0]
    assert [e.at for e in events] == sorted(e.at for e in events)


def test_lines_before_the_first_time_are_kept_and_time_never_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    later, earlier = JSON_LOG.splitlines(keepends=True)[1::-1]
    path.write_text("goroutine 1 [running]:\n" + later + earlier)
    events = list(open_recording(path).events())
    logs = [event for event in events if isinstance(event, ev.Log)]
    assert logs[0].line == "goroutine 1 [running]:"
    assert len({event.at for event in logs}) == 1


def test_a_log_without_years_in_its_lines_goes_on_beyond_new_year(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    dated = JSON_LOG.replace("2025-11-28T20:17", "2026-12-31T23:59")
    rest = "       1 leaderelection.go:257] nothing new\n"
    path.write_text(f"{dated}I1231 23:59:59.000000{rest}I0101 00:00:01.500000{rest}")
    state = fold(EMPTY, open_recording(path).events())
    new_year = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    assert [entry.at - new_year for entry in state.log][-2:] == [-1.0, 1.5]
    assert (state.now, state.totals.beyond) == (new_year + 1.5, 0)


def test_a_log_that_sleeps_for_a_month_does_not_tick_for_a_month(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    path.write_text(JSON_LOG + JSON_LOG.replace("2025-11-28", "2025-12-28"))
    events = list(open_recording(path).events())
    assert 600 < len(events) < 700


@pytest.mark.parametrize("year", ["1971", "2016", "2025", "2027", "2099"])
@pytest.mark.parametrize("place", [0, 1, 2, 5, 9])
def test_a_line_of_a_log_with_a_wrong_year_moves_no_other_line(
    tmp_path: Path, place: int, year: str
) -> None:
    lines = [
        f'{{"level":"INFO","ts":"2026-06-24T11:0{minute}:00.000Z","msg":"Processing decision: '
        f'variant=v, action=scale-up, current=1→target=2"}}'
        for minute in range(10)
    ]
    whole, damaged = tmp_path / "whole.log", tmp_path / "damaged.log"
    whole.write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines[place] = lines[place].replace("2026-06", f"{year}-06")
    damaged.write_text("\n".join(lines) + "\n", encoding="utf-8")
    before, after = (list(open_recording(path).events()) for path in (whole, damaged))
    told = [[e.line for e in events if isinstance(e, ev.Log)] for events in (before, after)]
    assert told[1] == lines
    assert max(e.at for e in after) - min(e.at for e in after) <= 540.0
    others = [
        [e.at for n, e in enumerate(x for x in events if isinstance(x, ev.Log)) if n != place]
        for events in (before, after)
    ]
    assert others[0] == others[1]
    totals = fold(EMPTY, after).totals
    assert totals.beyond == 1
    assert totals.last_decision_at is not None
    assert totals.first_decision_at is not None
    assert totals.last_decision_at - totals.first_decision_at <= 540.0


def test_a_log_that_goes_on_after_days_goes_on_there(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    days = ("01", "01", "09", "09", "10")
    path.write_text(
        "".join(JSON_LOG.splitlines(keepends=True)[0].replace("11-28", f"12-{d}") for d in days),
        encoding="utf-8",
    )
    events = list(open_recording(path).events())
    logs = [event.at for event in events if isinstance(event, ev.Log)]
    assert [round((at - logs[0]) / DAYS) for at in logs] == [0, 0, 8, 8, 9]
    assert fold(EMPTY, events).totals.beyond == 0


def test_a_line_of_a_log_that_is_cut_at_the_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    path.write_text(JSON_LOG[:-40])
    logs = [event for event in open_recording(path).events() if isinstance(event, ev.Log)]
    assert len(logs) == 3


def test_a_log_whose_every_message_is_new_opens_and_is_counted_as_unknown(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    path.write_text(JSON_LOG.replace("Processing decision", "Pondering verdict"))
    state = fold(EMPTY, list(open_recording(path).events()))
    assert state.totals.unknown == 3


def test_every_real_log_opens_and_is_in_no_envelope() -> None:
    folder = shared("wva-2026").parent
    files = [*folder.glob("**/*controller*.log"), *folder.glob("wva-log-samples/*")]
    files += folder.glob("wva-experiments-2025/*/*controller-logs.jsonl")
    assert len(files) > 20
    real = frozenset(real_logs())
    for file in files:
        events = list(open_recording(file).events())
        assert sum(isinstance(event, ev.Log) for event in events) > 0, file
        if file in real:
            assert isinstance(events[0], ev.Header)
            assert events[0].envelope == "", file


# --- pipes and files that grow ----------------------------------------------------------------


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    data = recording(tmp_path).read_bytes()
    reader = open_recording(io.BytesIO(data))
    assert len(list(reader.events())) == 102
    assert reader.path is None


def test_a_pipe_that_is_still_fed_gives_what_is_there(tmp_path: Path) -> None:
    data = recording(tmp_path).read_bytes()
    out, into = os.pipe()
    os.write(into, data[:1000])
    reader = open_recording(os.fdopen(out, "rb", buffering=0), follow=True)
    first = list(reader.events())
    assert len(first) == data[:1000].count(b"\n")
    assert reader.poll() == []
    os.write(into, data[1000:])
    assert len(first) + len(reader.poll()) == 102
    os.close(into)
    assert reader.poll() == []
    reader.close()


def test_a_recording_that_is_still_written_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(1.0))
    reader = open_recording(path, follow=True)
    assert len(list(reader.events())) == 1
    writer.write([ev.Mark(2.0, note="more")])
    with path.open("ab") as file:
        file.write(b'{"k":"mark","at":3.0,"no')
    assert [event.at for event in reader.poll()] == [2.0]
    with path.open("ab") as file:
        file.write(b'te":"whole now"}\n')
    assert [event.at for event in reader.poll()] == [3.0]
    writer.close("quit")
    reader.close()


def test_what_was_written_in_one_burst_comes_with_one_look(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(1.0))
    reader = open_recording(path, follow=True)
    with closing(reader):
        list(reader.events())
        writer.write([ev.Mark(2.0, note=f"{number}" * 50) for number in range(3_000)])
        assert path.stat().st_size > 400_000
        assert len(reader.poll()) == 3_000
    writer.close("quit")


def test_reading_never_writes(tmp_path: Path) -> None:
    path = recording(tmp_path)
    path.chmod(0o400)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    list(open_recording(path).events())
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_each_part_of_a_rotated_recording_opens_alone_and_together_they_are_the_session(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.jsonl"
    pod = ev.Pod(1.0, name="pod-a", namespace="ns", role="model")
    writer = Writer(path, ev.Header(1.0, started_at=1.0), max_bytes=1_500, known=lambda: [pod])
    events = [ev.Mark(2.0 + n, note="m" * 30) for n in range(60)]
    writer.write([pod])
    for event in events:
        writer.write([event])
    writer.close("quit")
    second = list(open_recording(tmp_path / "run.2.jsonl").events())
    state = fold(EMPTY, second)
    assert state.first_at == 1.0
    assert "pod-a" in str(canonical(state))
    notices = open_recording(path)
    list(notices.events())
    assert notices.notices == ["goes on in run.2.jsonl"]


def test_how_far_the_reading_is_never_exceeds_the_whole_and_always_ends(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(1.0, started_at=1.0), max_bytes=70_000)
    for second in range(3_000):
        writer.write([ev.Mark(2.0 + second, note=f"{second:020}")])
    writer.close("quit")
    assert len(writer.parts) > 2
    damaged = bytearray(gzip.compress(path.read_bytes()))
    damaged[len(damaged) // 2 :] = b"\x00" * 5_000
    (tmp_path / "damaged.gz").write_bytes(damaged)
    told: list[tuple[int, int]] = []
    for name in ("run.jsonl", "damaged.gz"):
        reader = open_recording(tmp_path / name, parts=True)
        reader.heard = lambda read, whole: told.append((read, whole))
        assert list(reader.events())
        assert told[-1][0] == told[-1][1]
    assert all(read <= whole for read, whole in told)


def test_a_recording_that_is_followed_goes_on_in_its_next_parts(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(1.0, started_at=1.0, namespace="ns"), max_bytes=2_000)
    reader = open_recording(path, follow=True)
    notes = []
    for second in range(200):
        writer.write([ev.Mark(2.0 + second, note=f"{second:020}")])
        got = reader.poll() if second else list(reader.events())
        notes += [event.note for event in got if isinstance(event, ev.Mark)]
        assert reader.notices in ([], [f"goes on in {writer.path.name}"])
    writer.close("quit")
    rest = [event for _ in range(9) for event in reader.poll()]
    reader.close()
    notes += [event.note for event in rest if isinstance(event, ev.Mark)]
    assert notes == [f"{second:020}" for second in range(200)]
    assert isinstance(rest[-1], ev.Footer)
    assert reader.path == writer.path != path


def test_what_is_odd_about_a_part_is_told_when_the_next_one_is_read(tmp_path: Path) -> None:
    lines = [
        encode(ev.Header(100.0, started_at=100.0)),
        b'{"k":"mark",',
        encode(ev.Footer(102.0, next="b.jsonl")),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (tmp_path / "b.jsonl").write_bytes(encode(ev.Header(103.0, started_at=100.0, part=2)) + b"\n")
    reader = open_recording(tmp_path / "a.jsonl", parts=True)
    assert [event.at for event in reader.events()] == [100.0, 102.0, 103.0]
    assert reader.notices[0].startswith("a.jsonl: line 2 damaged and passed over")


def test_all_parts_that_are_there_are_read_before_the_rest_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(1.0, started_at=1.0, namespace="ns"), max_bytes=2_000)
    for second in range(200):
        writer.write([ev.Mark(2.0 + second, note=f"{second:020}")])
    with closing(open_recording(path, follow=True)) as reader:
        events = list(reader.events())
    assert sum(isinstance(event, ev.Mark) for event in events) == 200


def test_a_next_part_is_never_looked_for_in_another_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    recording(tmp_path)
    path = inside / "run.jsonl"
    header, footer = ev.Header(1.0, started_at=1.0), ev.Footer(2.0, next="../run.jsonl")
    path.write_bytes(encode(header) + b"\n" + encode(footer) + b"\n")
    with closing(open_recording(path, follow=True)) as reader:
        assert len(list(reader.events())) == 2
        assert reader.poll() == []


@pytest.mark.parametrize("names", [["a.jsonl"], ["a.jsonl", "b.jsonl"], ["link.jsonl"]])
def test_parts_that_name_each_other_in_a_ring_are_read_once_and_that_is_told(
    tmp_path: Path, names: list[str]
) -> None:
    parts = ["a.jsonl", *names[1:]]
    for number, name in enumerate(parts):
        following = names[(number + 1) % len(names)]
        lines = [
            ev.Header(100.0, part=number + 1),
            ev.Tick(101.0 + number),
            ev.Footer(102.0 + number, next=following),
        ]
        (tmp_path / name).write_bytes(b"".join(encode(line) + b"\n" for line in lines))
    (tmp_path / "link.jsonl").symlink_to("a.jsonl")
    reader = open_recording(tmp_path / "a.jsonl", follow=True)
    with closing(reader):
        events = [*reader.events(), *(e for _ in range(9) for e in reader.poll())]
        assert len(events) == 3 * len(parts)
        assert reader.notices[-1] == (
            f"it goes on in {names[0]}, which was read already: read up to there"
        )


def test_a_recording_whose_json_was_written_anew_is_one_too(tmp_path: Path) -> None:
    path = recording(tmp_path)
    expected = list(open_recording(path).events())
    values = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    for sort, spaces in ((True, (",", ":")), (False, (", ", ": ")), (True, (" , ", " : "))):
        lines = [json.dumps(value, sort_keys=sort, separators=spaces) for value in values]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert list(open_recording(path).events()) == expected
