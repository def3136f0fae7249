"""Finds the session file of a run folder, whatever made the folder; a folder of foreign files is
imported as a whole."""

from pathlib import Path

from wvatui.errors import RecordingError
from wvatui.recording.changes.notes_file import ENDING
from wvatui.recording.imports.forms import holds_foreign

SESSION = "session.jsonl"
"""The recording in folders of `wvatui run`."""
RAW_LOG = "wva-controller-logs.jsonl"
"""The controller's log, in those folders and in folders of the older experiment scripts."""
BUNDLE = "bundle.json"
_PACKED = ("", ".gz", ".zst")


def session_file(path: Path) -> Path:
    """`path` itself where it is a file; of a run folder its recording, else its bundle, else its
    controller log, else the folder itself where it holds foreign files. Raises RecordingError for a
    folder that has none of these, or several recordings."""
    if not path.is_dir():
        return path
    for name in (SESSION, BUNDLE, RAW_LOG):
        for packed in _PACKED:
            if (file := path / f"{name}{packed}").is_file():
                return file
    others = sorted(
        file for file in path.glob("*.jsonl*") if file.is_file() and not file.match(f"*{ENDING}")
    )
    if len(others) > 1:
        others = _first_parts(others)
    if len(others) == 1:
        return others[0]
    if not others and holds_foreign(path):
        return path
    if others:
        raise RecordingError(
            f"{path}: a folder with {len(others)} recordings, none of them {SESSION}",
            hint=f"name one of them: {', '.join(file.name for file in others[:5])}",
        )
    raise RecordingError(
        f"{path}: a folder without a recording",
        hint=f"expected {SESSION}, {BUNDLE}, {RAW_LOG} or files that `wvatui import` takes in it",
    )


def _first_parts(files: list[Path]) -> list[Path]:
    """`files` without later parts of another one, which the reader continues with by itself."""
    from wvatui.recording.library import session_info

    sessions = [info for file in files if (info := session_info(file)) is not None]
    later = {part for info in sessions for part in info.files[1:]}
    return [file for file in files if file not in later]
