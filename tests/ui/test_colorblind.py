"""In the colour-blind theme, people with two kinds of cones can distinguish states and lines.

`python -m tests.ui.test_colorblind` prints the figures of every theme.
"""

import pytest

from tests.ui.colour import SIGHT, difference, nearest, noticed, seen
from wvatui.ui import theme

APART = 12.0
"""The least CIEDE2000 between two lines: twelve times what is just visible on large adjacent areas,
since lines are separate braille dots."""
STATES_APART = 15.0
"""The least CIEDE2000 between two states; higher, because a viewer searches for a state."""
NOTICED = 1.25
"""The least difference by `noticed`: a symbol is a third of a degree at arm's length, at which half
of all people notice a difference of 1; a quarter is added to that."""


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
    """This shows that the measure works: red and green of the dark theme look the same."""
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
