"""Workers: functions that are called in child processes, and how these end."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from wvatui.core.lines import many
from wvatui.errors import WvatuiError
from wvatui.host.child import Child
from wvatui.host.workers import Workers, in_place
from wvatui.recording import open_recording

pytestmark = pytest.mark.new_interpreter


def test_a_child_answers_one_call_after_the_other_and_hands_errors_on() -> None:
    with Workers(1) as workers:
        asked = [workers.call(many, number, "error") for number in (1, 3)]
        failed = workers.call(open_recording, Path("/no/such/file"))
        process, again = workers.call(os.getpid), workers.call(os.getpid)
        assert [each.result(120) for each in asked] == ["1 error", "3 errors"]
        with pytest.raises(WvatuiError) as error:
            failed.result(120)
        assert error.value.message.startswith("/no/such/file")
        assert error.value.exit_code == 4
        assert process.result(120) == again.result(120) != os.getpid()


def test_a_child_that_ends_before_it_answers_is_one_clear_error() -> None:
    with Workers(1) as workers, pytest.raises(WvatuiError, match="ended with code 7"):
        workers.call(os._exit, 7).result(120)


def test_leaving_ends_what_is_at_work_and_forgets_what_was_to_come() -> None:
    begin = time.monotonic()
    with Workers(1) as workers:
        pid = workers.call(os.getpid).result(120)
        working, waiting = workers.call(time.sleep, 600), workers.call(os.getpid)
        while not working.running() and time.monotonic() - begin < 120:
            time.sleep(0.01)
    assert time.monotonic() - begin < 240
    assert waiting.cancelled()
    assert isinstance(working.exception(120), WvatuiError)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_leaving_ends_also_a_child_that_is_just_being_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starting, go_on, start = threading.Event(), threading.Event(), Child.start

    def slow(self: Child, **pipes: Any) -> Any:
        starting.set()
        go_on.wait(120)
        return start(self, **pipes)

    monkeypatch.setattr("wvatui.host.child.Child.start", slow)
    workers = Workers(1)
    working = workers.call(time.sleep, 600)
    assert starting.wait(120)
    leaving = threading.Thread(target=workers.__exit__, args=(None, None, None), daemon=True)
    leaving.start()
    leaving.join(0.2)  # by now it waits for the child
    assert leaving.is_alive()
    go_on.set()
    leaving.join(120)
    assert not leaving.is_alive()
    assert isinstance(working.exception(0), WvatuiError)


def test_where_no_child_can_be_started_the_work_is_done_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(self: object, **pipes: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("wvatui.host.child.Child.start", start)
    with Workers(1) as workers:
        assert workers.call(os.getpid).result(120) == os.getpid()
    assert in_place(os.getpid).result() == os.getpid()
