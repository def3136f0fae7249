"""No field of any event holds a credential when it is recorded."""

import pytest

from tests.core.secrets import FORMS, filled
from tests.each_row import each_row
from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.core.events.redact_event import redacted


@pytest.mark.parametrize("text", FORMS)
def test_no_field_of_an_event_keeps_a_credential(text: str) -> None:
    def keeps_none(kind: type[ev.Event]) -> None:
        line = encode(redacted(filled(kind, text), logs=True))
        assert b"S3CR3T" not in line
        if kind is not ev.Unknown:
            assert type(decode(line)) is kind

    each_row(ev.EVENTS, keeps_none, lambda kind: kind.__name__)


class Later(ev.Event, frozen=True, tag="later", kw_only=True):
    """A kind of event that may be added later."""

    deep: dict[str, tuple[ev.Condition, ...]]


@pytest.mark.parametrize("text", FORMS)
def test_a_kind_of_event_that_is_added_is_covered(text: str) -> None:
    assert b"S3CR3T" not in encode(redacted(filled(Later, text)))


def test_the_raw_line_of_a_log_is_kept_unless_it_is_asked_for() -> None:
    event = ev.Log(1.0, line=FORMS[0], pod=FORMS[0])
    assert redacted(event).line == FORMS[0]
    assert "S3CR3T" not in redacted(event).pod
    assert "S3CR3T" not in redacted(event, logs=True).line


def test_what_a_name_tells_is_hidden_in_tables_and_pairs() -> None:
    pod = ev.Pod(1.0, name="a", namespace="b", labels={"api-token": "abc", "app": "x"})
    assert redacted(pod).labels == {"api-token": "***", "app": "x"}
    run = ev.Job(1.0, name="a", namespace="b", outputs=(("db-password", "abc"), ("alpha", "1.5")))
    assert redacted(run).outputs == (("db-password", "***"), ("alpha", "1.5"))


def test_an_event_without_a_credential_is_the_same_object() -> None:
    pod = ev.Pod(1.0, name="sk-a", namespace="b", labels={"key": "value", "a": "b"}, ports=(1, 2))
    assert redacted(pod) is pod
