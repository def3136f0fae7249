"""Packed samples equal the samples that they were packed from."""

from wvatui.core.events import Scrape
from wvatui.core.metrics.track import Track
from wvatui.core.state.history import History

POINTS = [(0.0, 1.0), (2.0, 0.5), (4.0, 0.25)]


def test_a_track_is_the_samples_that_it_was_made_of_and_so_is_a_slice_of_it() -> None:
    track = Track.of(iter(POINTS))
    assert list(track) == POINTS
    assert list(track[1:]) == POINTS[1:]
    assert track[-1] == POINTS[-1]
    assert Track.of(track) is track


def test_a_history_gives_the_same_samples_packed_whatever_the_first_moment_and_where_none_is() -> (
    None
):
    rows = [
        Scrape(float(at), pod="a", kv=None if at % 14 == 0 else at / 1000, running=1)
        for at in range(0, 400, 2)
    ]
    history = History().extend(rows[:90], {}).extend(rows[90:], {})
    for since in (0.0, 1.0, 59.0, 60.0, 133.0, 380.0, 1000.0):
        assert list(history.track("kv", since)) == history.points("kv", since)
    assert not history.track("waiting", 0.0)
