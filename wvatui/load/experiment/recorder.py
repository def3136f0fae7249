"""Recording a run: the session's file, and beside it the controller's lines as they came."""

from collections.abc import Callable, Iterable, Sequence

from wvatui.core.events import Event, Header
from wvatui.load.experiment.folder import RunFolder
from wvatui.recording import Writer


class RunWriter(Writer):
    """A Writer into the folder of a run."""

    def __init__(
        self, folder: RunFolder, header: Header, known: Callable[[], Iterable[Event]]
    ) -> None:
        self._folder = folder
        super().__init__(folder.session, header, known=known)

    def write(self, events: Sequence[Event]) -> None:
        super().write(events)
        self._folder.take(events)
