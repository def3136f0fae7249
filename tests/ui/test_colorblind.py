"""The colour-blind theme keeps states and lines apart for eyes with two kinds of cones.

`python -m tests.ui.test_colorblind` prints what every theme scores.
"""

import pytest

from tests.ui.colour import SIGHT, difference, nearest, noticed, seen
from wvatui.ui import theme

APART = 12.0
"""CIEDE2000 that two lines must differ by: twelve times what is just seen on two large fields side
by side, for dots of braille that lie apart."""
STATES_APART = 15.0
"""State is worth more: it is looked for, not only told apart."""
NOTICED = 1.25
"""And what is drawn is small: a sign is a third of a degree at arm's length. Half of the people
notice a difference of 1 between things of that size; a quarter is added to it."""


def states(palette: theme.Palette) -> list[str]:
    return [palette.colors[name] for name in theme.STATE]


def series(palette: theme.Palette) -> list[str]:
    return [palette.colors[f"s{number}"] for number in range(1, theme.SERIES + 1)]


@pytest.mark.parametrize("sight", SIGHT)
def test_states_and_lines_of_the_colour_blind_theme_stay_apart(sight: str) -> None:
    palette = theme.load("colorblind")
    for colors, apart in ((states(palette), STATES_APART), (series(palette), APART)):
        least, pair = nearest(colors, sight)
        assert least >= apart, pair
        least, pair = nearest(colors, sight, noticed)
        assert least >= NOTICED, pair


@pytest.mark.parametrize("name", theme.available())
def test_in_every_theme_states_and_lines_are_apart_for_three_kinds_of_cones(name: str) -> None:
    palette = theme.load(name)
    assert nearest(states(palette), "normal")[0] >= 10
    assert nearest(series(palette), "normal")[0] >= 10


def test_the_default_theme_would_not_do() -> None:
    """So the measure measures something: red and green of the dark theme fall together."""
    palette = theme.load("dark")
    assert nearest(states(palette), "deuteranopia")[0] < APART
    assert nearest(series(palette), "protanopia")[0] < APART


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_the_published_pairs(
    one: tuple[float, float, float], other: tuple[float, float, float], expected: float
) -> None:
    assert difference(one, other) == pytest.approx(expected, abs=5e-5)
    assert difference(other, one) == pytest.approx(expected, abs=5e-5)


def test_grey_stays_grey_and_confused_colours_meet() -> None:
    for sight in SIGHT:
        _, a, b = seen("#808080", sight)
        assert abs(a) < 0.05
        assert abs(b) < 0.05
    red, green = "#c00000", "#666600"
    assert difference(seen(red, "normal"), seen(green, "normal")) > 40
    assert difference(seen(red, "deuteranopia"), seen(green, "deuteranopia")) < 15


def _scores() -> None:
    print("smallest CIEDE2000 (and how often noticed) between two states, two lines")  # noqa: T201
    for name in theme.available():
        palette = theme.load(name)
        for sight in SIGHT:
            cells = [
                f"{nearest(c, sight)[0]:6.1f} ({nearest(c, sight, noticed)[0]:.1f})"
                for c in (states(palette), series(palette))
            ]
            print(f"{name:<12}{sight:<14}{''.join(cells)}")  # noqa: T201


if __name__ == "__main__":
    _scores()
