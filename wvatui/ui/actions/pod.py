"""Actions on one pod: show its log or its YAML, read from the cluster on request."""

from wvatui.errors import UsageError, WvatuiError
from wvatui.ui.actions.table import TableActions
from wvatui.ui.dialogs.pod_text import PodLogScreen, YamlScreen


class PodActions(TableActions):
    """The part of the app that shows a pod's log and YAML."""

    @property
    def pod_in_view(self) -> str:
        """The pod that is open, else the selected one. Raises UsageError where there is none."""
        opened = self.view_state.detail[-1:] or (self.view_state.selected.get(self.table, ""),)
        kind, _, name = opened[0].partition(":")
        if kind != "pod":
            raise UsageError("no pod is selected", hint="select the row of one")
        return name

    def open(self, key: str) -> None:
        kind, _, name = key.partition(":")
        if kind == "podlog":
            self.show_pod_log(name)
        else:
            super().open(key)

    def show_pod_log(self, pod: str = "") -> None:
        """Follow the log of `pod`; empty: of the pod in view."""
        try:
            reader = self.session.pod_reader(pod or self.pod_in_view)
        except WvatuiError as error:
            self.complain(error)
        else:
            self.push_screen(PodLogScreen(self.palette, reader))

    def action_key_yaml(self) -> None:
        self.show_pod_yaml()

    def show_pod_yaml(self, pod: str = "") -> None:
        """Show the present object of `pod` as YAML; empty: of the pod in view."""
        self.ask_session(self._yaml(pod))

    async def _yaml(self, pod: str) -> str:
        reader = self.session.pod_reader(pod or self.pod_in_view)
        rows = await reader.manifest()
        self.push_screen(YamlScreen(self.palette, reader.pod, rows))
        return ""
