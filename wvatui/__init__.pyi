from wvatui.errors import WvatuiError as WvatuiError
from wvatui.library.comparing import compare as compare
from wvatui.library.comparing import report as report
from wvatui.library.run_frames import RunFrames as RunFrames
from wvatui.library.run_frames import open_frames as open

__version__: str
__all__ = ["RunFrames", "WvatuiError", "__version__", "compare", "open", "report"]
