"""A session: sources -> inbox -> recorder + fold -> State; and the way back, for a recording.

The session owns time and truth; the screen asks it for everything and holds no state of its own.
There is one class for live and replay: what differs is what it *can* do (`capabilities`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wvatui.core.state import State


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be asked of a session."""

    can_seek: bool = False
    can_record: bool = False
    can_launch: bool = False


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How the session stands, for the header."""

    mode: str
    """LIVE or REPLAY."""
    playing: bool
    speed: float
    """Replay speed (0: as fast as it folds); in a live session the clock's own speed."""
    shown_at: float
    """The moment shown, UTC epoch seconds."""
    started_at: float
    ended_at: float
    """End of what is known: the recording's last event, or now."""
    recording: Path | None
    recording_bytes: int
    recording_state: str
    """recording, off, paused (with the reason), finished; for a replay: the file's notices."""
    frozen: bool
    """The view is frozen by `freeze()` while capture goes on."""


Listener = Callable[[State, SessionStatus], None]
