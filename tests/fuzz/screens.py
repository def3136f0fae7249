"""Checks the screen in a terminal: a damaged file, random keys, and that ctrl+c leaves."""

import fcntl
import shutil
import signal
import struct
import termios
from pathlib import Path
from random import Random

from tests.fuzz import damage, starts
from tests.fuzz.bounds import Fault
from tests.ui.terminal import Terminal, terminal

KEYS: tuple[bytes, ...] = (
    *(bytes([code]) for code in range(32, 127)),
    b"\t",
    b"\r",
    b"\x1b",
    b"\x7f",
    b"\x01",
    b"\x0c",
    b"\x1b[A",
    b"\x1b[B",
    b"\x1b[C",
    b"\x1b[D",
    b"\x1b[5~",
    b"\x1b[6~",
    b"\x1b[H",
    b"\x1b[F",
    b"\x1b[Z",
    b"\x1bOP",
    b"\x1b[24~",
    b"\x1b[1;5C",
    b"\x1b[<0;10;10M\x1b[<0;10;10m",
    b"\x1b[<64;20;5M",
    b"\x1b[<65;20;5M",
    b"\x1b[<0;9999;9999M",
    b"\x1b[<0;-1;0M",
    b"\x1b[M   ",
    b"\x1b[999;999;999~",
    b"\x1b]0;x\x07",
    b"\x1bP1;2q\x1b\\",
    b"\x1b[200~pasted\n\x1b[201~",
    b"\xff\xfe",
    b"\xf0\x9f",
    "é漢👩".encode(),
    b"\x1b[?1;2c",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[",
    b":seek 50%\r",
    b":seek 9e99\r",
    b"/(\r",
    b"/scal\r",
    b":",
    b"?",
    b"\x1b\x1b\x1b",
)
LEAVES = (b"q", b"Q", b"\x03", b"\x04", b"\x1a", b"\x1c")
"""Keys that may end or suspend the program, which are not typed before the end."""
SIZES = ((80, 24), (120, 40), (60, 15), (200, 60), (20, 5), (1, 1), (300, 10))
ENDS_S = 60.0
AGAIN_S = 15.0
"""The time between two ctrl+c. An unfinished paste may swallow the first. Typed too soon, while the
terminal is restored, the second would discard unread output, as ttys do."""
CODES = (0, 2, 4, 130, -signal.SIGINT)
"""The valid exit codes; the last one, which a shell reports as 130, if Python had not started."""


def run(dice: Random, folder: Path, quick: bool) -> None:
    """Raises Fault for a screen that does not appear, or does not end properly."""
    log = dice.random() < 0.4
    lines, ways = (starts.log(dice), damage.LOGS) if log else (starts.recording(dice), damage.JSON)
    path = folder / "input.jsonl"
    path.write_bytes(damage.packed(dice, b"\n".join(damage.damaged(dice, lines, ways)) + b"\n"))
    arguments = dice.choice(
        (("--at", "50%"), ("--paused",), ("--speed", "0"), ("--follow",), ("--ascii",))
    )
    keys = [dice.choice(KEYS) for _ in range(dice.randint(5, 60))]
    (folder / "keys.txt").write_text(f"{arguments} {keys}")
    home = folder / "home"
    home.mkdir()
    with terminal(
        "replay", str(path), *arguments, home=home, size=dice.choice(SIZES[:4])
    ) as screen:
        try:
            _play(screen, keys, dice)
            _leave(screen)
        finally:
            (folder / "shown.txt").write_bytes(screen.shown)
    shutil.rmtree(home)


def _play(screen: Terminal, keys: list[bytes], dice: Random) -> None:
    """Type `keys` while the screen draws, with pauses and changes of size at random."""
    if dice.random() < 0.8:
        _drawn(screen)
    else:
        screen.read(dice.uniform(0.0, 0.8))
    for key in keys:
        if screen.process.poll() is not None:
            return
        if key not in LEAVES:
            screen.type(key)
        if dice.random() < 0.08:
            columns, rows = dice.choice(SIZES)
            fcntl.ioctl(
                screen._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0)
            )
        screen.read(0.0 if dice.random() < 0.7 else 0.05)


def _drawn(screen: Terminal) -> None:
    """Wait until the screen appears (it enables the mouse) or the program ends without it."""
    for _ in range(int(ENDS_S / 0.05)):
        if b"\x1b[?1003h" in screen.shown or screen.process.poll() is not None:
            return
        screen.read(0.05)
    raise Fault(f"no screen within {ENDS_S:g} s: {screen.shown[-300:]!r}")


def _ended(screen: Terminal) -> None:
    """Wait for the program to end, at most `AGAIN_S`."""
    for _ in range(int(AGAIN_S / 0.05)):
        if screen.process.poll() is not None:
            return
        screen.read(0.05)


def _leave(screen: Terminal) -> None:
    """End the screen with ctrl+c, and check how it ended."""
    try:
        for _ in range(int(ENDS_S / AGAIN_S)):
            if screen.process.poll() is None:
                screen.type(b"\x03")
            _ended(screen)
        code, _ = screen.ends(1.0)
        seen = -1
        while len(screen.shown) > seen:
            seen = len(screen.shown)
            screen.read(0.1)
    except (AssertionError, OSError) as error:
        raise Fault(f"not over {ENDS_S:g} s after ctrl+c: {error}") from None
    words = screen.last_words
    if b"Traceback" in screen.shown:
        raise Fault(f"a traceback: {words[-600:]!r}")
    if code not in CODES:
        raise Fault(f"exit code {code}: {words[-300:]!r}")
    if b"\x1b[?1049h" in screen.shown and not screen.restored:
        raise Fault(f"the terminal is not as it was: {screen.shown[-300:]!r}")
    if screen.shown.rfind(b"\x1b[?25l") > screen.shown.rfind(b"\x1b[?25h"):
        raise Fault("the cursor stays hidden")
    if b"\x1b]0;owned" in screen.shown or b"\x9b5n" in screen.shown:
        raise Fault("an escape sequence of the file reached the terminal")
