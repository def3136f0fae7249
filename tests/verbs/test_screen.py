"""The screen on a real terminal, over hostile data: every command in its output is its own."""

import base64
import re
import time
from pathlib import Path

import pytest

from tests.sweeps import sampled
from tests.test_hostile_text import unsafe
from tests.ui.terminal import Terminal, terminal
from tests.verbs.test_hostile import hostile_cluster

OWN = re.compile(r"\x1b\[[0-9;?<>=:]*[ $]?[A-Za-z~]|\x1b[=>78]|\x1b\]22;[a-z]+\x07")
"""The commands that Textual writes: colours, cursor moves, modes, the shape of the mouse
pointer."""
COPIED = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
KEYS = (
    *(bytes([ord("0") + view]) for view in range(1, 10)),
    b"\r",
    b"\x1b",
    b"v",
    b"h",
    b"c",
    b"e",
    b"n",
    b"\x1b",
    b"?",
    b"\x1b",
    b"/[EVIL\r",
    b"\x1b",
    b":EVIL \x7f\r",
    b"\x1b",
)
"""Every view, a page of a row, a filter, a copied path, all messages, help, commands."""


def looked_at(screen: Terminal) -> str:
    """The whole output of the screen, with every key pressed and handled, until its end."""
    screen.until(b"Decisions", 120.0)
    for key in KEYS:
        before = len(screen.shown)
        screen.type(key)
        screen.until_quiet(before)
    begin = time.monotonic()
    while screen.process.poll() is None:  # a prompt that closes slowly may take a key
        assert time.monotonic() - begin < 120.0, screen.last_words
        screen.type(b"\x1b")
        screen.read(0.2)
        screen.type(b"q")
        screen.read(1.0)
    code, _ = screen.ends(120.0)
    assert code == 0, screen.last_words
    return screen.shown.decode("utf-8")


def only_its_own(text: str) -> None:
    copied = [base64.b64decode(one).decode() for one in COPIED.findall(text)]
    rest = OWN.sub("", COPIED.sub("", text))
    assert not unsafe(rest) - {"\n", "\r"}, sorted(unsafe(rest))
    assert not any(unsafe(one) for one in copied), copied
    assert "\x1b[31337m" not in text
    assert "\x1b[5n" not in text
    assert "EVIL" in rest


# In the session every text is hostile, those of logs among them.
@pytest.mark.parametrize("kind", sampled(["recording", "session", "log"], ["session"]))
def test_a_replay_of_what_is_hostile(kind: str, files: dict[str, str], tmp_path: Path) -> None:
    arguments = ("replay", files[kind], "--at", "60%", "--paused")
    with terminal(*arguments, home=tmp_path, size=(140, 45)) as screen:
        only_its_own(looked_at(screen))


def test_a_cluster_that_is_hostile(tmp_path: Path) -> None:
    with hostile_cluster(tmp_path, speed=4) as kubeconfig:
        arguments = ("watch", "llm-d-sim", "--kubeconfig", str(kubeconfig), "--allow-write")
        with terminal(*arguments, home=tmp_path, size=(140, 45)) as screen:
            only_its_own(looked_at(screen))
