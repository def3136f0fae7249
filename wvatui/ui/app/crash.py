"""One line about an error of the program itself: what, where, and that the recording is kept.

Values of variables never appear: they may hold what a terminal's scroll-back should not.
"""

from pathlib import Path
from traceback import extract_tb

from wvatui.ui.draw.sanitize import sanitize


def crash_line(error: BaseException, recording: Path | None) -> str:
    """The line that is printed once the terminal is restored."""
    frames = extract_tb(error.__traceback__)
    own = [f for f in frames if "wvatui" in Path(f.filename).parts] or list(frames)
    where = f" in {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    words = sanitize(str(error).strip().split("\n")[0], 160)
    what = type(error).__name__ + (f": {words}" if words else "")
    kept = f"; the recording is kept: {recording}" if recording is not None else ""
    return f"wvatui: stopped by an error of its own{where}: {what}{kept}"
