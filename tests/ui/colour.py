"""Perception of colours: contrast, difference, and colour blindness.

Sources of the figures:

- contrast: WCAG 2.1, "relative luminance" and "contrast ratio".
- sRGB to XYZ and L*a*b*: IEC 61966-2-1, white D65.
- CIEDE2000: Sharma, Wu, Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
  Supplementary Test Data, and Mathematical Observations", Color Research and Application 30 (2005).
- colour blindness: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of
  Color Vision Deficiency", IEEE TVCG 15 (2009), doi 10.1109/TVCG.2009.113; the matrices for
  severity 1.0, which are for linear light.
- small areas: Stone, Szafir, Setlur, "An Engineering Model for Color Difference as a Function of
  Size", Color and Imaging Conference (2014): the difference that half of all people notice,
  p (A + B / s).
"""

import math
from collections.abc import Callable, Iterable
from itertools import combinations

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

SIGHT: dict[str, Matrix] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = tuple(sum(row) for row in _XYZ)


def linear(text: str) -> Triple:
    """The linear light, 0 to 1 for each channel, of `#rrggbb`."""
    parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def _times(matrix: Matrix, values: Triple) -> Triple:
    one, two, three = (sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix)
    return one, two, three


def luminance(text: str) -> float:
    """WCAG's relative luminance, 0 to 1."""
    red, green, blue = linear(text)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def seen(text: str, sight: str) -> Triple:
    """The L*a*b* values of a colour as seen by a person with this `sight`."""
    red, green, blue = (min(1.0, max(0.0, c)) for c in _times(SIGHT[sight], linear(text)))
    x, y, z = (_f(v / w) for v, w in zip(_times(_XYZ, (red, green, blue)), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _f(value: float) -> float:
    return math.cbrt(value) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def difference(one: Triple, other: Triple) -> float:
    """CIEDE2000 of two L*a*b* colours; about 1 is just visible on two large adjacent areas."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean7 / (mean7 + 25**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    off = (lightness - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * off / math.sqrt(20 + off))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    twist = 60 * math.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(math.radians(twist))
    return math.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)


def noticed(one: Triple, other: Triple, degrees: float = 1 / 3) -> float:
    """The difference of two L*a*b* colours, in units of the difference that half of all people
    notice between areas of this size (degrees of the visual field; the paper's are 1/3 to 6)."""
    units = ((10.16, 1.50), (10.68, 3.08), (10.70, 5.74))
    steps = (0.5 * (a + b / degrees) for a, b in units)
    return math.hypot(*((v - w) / n for v, w, n in zip(one, other, steps, strict=True)))


def nearest(
    colors: Iterable[str], sight: str, measure: Callable[[Triple, Triple], float] = difference
) -> tuple[float, tuple[str, str]]:
    """The smallest difference between any two of `colors`, and these two."""
    return min(
        (measure(seen(one, sight), seen(other, sight)), (one, other))
        for one, other in combinations(colors, 2)
    )
