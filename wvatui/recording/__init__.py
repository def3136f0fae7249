"""Sessions on disk: writing one as it happens, reading a recording or a saved log, listing what was
recorded."""

from wvatui.recording.library import SessionInfo, list_sessions
from wvatui.recording.reader import Reader, open_recording
from wvatui.recording.running import RunningRecording
from wvatui.recording.writer import Writer

__all__ = ["Reader", "RunningRecording", "SessionInfo", "Writer", "list_sessions", "open_recording"]
