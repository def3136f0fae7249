"""Reads one pod's object and log from the API server when the user asks for them.

Neither is recorded. Credentials in them are hidden before they are shown.
"""

import contextlib
from collections import deque
from typing import Any, NamedTuple

from wvatui.clock import Clock
from wvatui.core.events import Event, Gap, Log, Notice
from wvatui.core.events.redact_event import redacted_value
from wvatui.core.lines import kubelet_time
from wvatui.core.redact import redacted_text
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import lacking
from wvatui.kube.client import Client
from wvatui.kube.paths import POD
from wvatui.load.read.files import written
from wvatui.sources.log.log_follower import Health, LogFollower
from wvatui.sources.objects.engine_ports import is_engine
from wvatui.sources.objects.fields import items, text

TAIL = 500
"""Lines of a log that are kept, and the number read at the start."""
IDLE_S = 120.0
"""Seconds of silence, by the clock, after which a stream is opened again."""
_REPEATED = "kubectl.kubernetes.io/last-applied-configuration"
"""An annotation that repeats the whole object."""


class PodLogLine(NamedTuple):
    """One line of a pod's log, or a note about the log (`is_note`)."""

    text: str
    is_note: bool = False


class PodReader:
    """Reads one pod. `lines` are the newest of its log, `count` is the number read so far."""

    def __init__(self, client: Client, clock: Clock, namespace: str, pod: str) -> None:
        self.pod = pod
        self.container = ""
        """The container whose log is read: the engine's; empty: not known yet, or the only one."""
        self.health = ""
        """Why no lines arrive, in words; empty: the log is being followed."""
        self.lines: deque[PodLogLine] = deque(maxlen=TAIL)
        self.count = 0
        self._client, self._clock, self._namespace = client, clock, namespace

    async def manifest(self) -> list[str]:
        """The object as lines of YAML, without parts meant for machines (`managedFields`, the
        annotation of `kubectl apply`) and with `***` for the values of secret variables.

        Raises ClusterError; it names the missing right, if one is missing.
        """
        obj = await self._object()
        if obj is None:
            raise ClusterError(f"pod {self.pod} is gone")
        metadata = {k: v for k, v in obj.get("metadata", {}).items() if k != "managedFields"}
        if _REPEATED in (annotations := metadata.get("annotations") or {}):
            kept = {name: text for name, text in annotations.items() if name != _REPEATED}
            metadata["annotations"] = kept
        # Items of a list lack the version and kind that the list states once.
        whole = {"apiVersion": "v1", "kind": POD.kind} | obj | {"metadata": metadata}
        return written(redacted_value(whole))

    async def follow(self) -> None:
        """Read the engine's log until cancelled: its last lines, then each new one."""
        with contextlib.suppress(ClusterError):  # the log may be readable even so
            containers = items(await self._object() or {}, "spec", "containers")
            engine = next((each for each in containers if is_engine(each)), {})
            self.container = text(engine, "name")
        follower = LogFollower(
            self._client,
            self._clock,
            self._namespace,
            self.pod,
            since=0.0,
            stream="",
            emit=self._take,
            tell=self._stands,
            idle_s=IDLE_S,
            container=self.container,
            writer="the container",
            tail=TAIL,
        )
        await follower.run()

    async def _object(self) -> dict[str, Any] | None:
        """The pod; None when there is none. Read from a list of one, which the right to list
        allows."""
        params = {"fieldSelector": f"metadata.name={self.pod}"}
        try:
            answer = await self._client.get_json(POD.path(self._namespace), params)
        except DeniedError as error:
            raise _named(error, ("list", "pods"), self._namespace) from None
        listed: list[dict[str, Any]] = answer.get("items") or []
        return listed[0] if listed else None

    def _take(self, event: Event) -> None:
        match event:
            case Log():
                self._add(PodLogLine(redacted_text(kubelet_time(event.line)[2])))
            case Notice():
                self._add(PodLogLine(event.text, is_note=True))
            case Gap():
                self._add(PodLogLine(f"lines are missing here: {event.reason}", is_note=True))

    def _add(self, line: PodLogLine) -> None:
        self.lines.append(line)
        self.count += 1

    def _stands(self, pod: str, health: Health) -> None:
        if health.status == "denied":
            right = (health.verb or "get", health.resource or "pods/log")
            self.health = _named(DeniedError(health.text), right, self._namespace).message
        else:
            self.health = "" if health.status == "ok" else health.text


def _named(error: DeniedError, usual: tuple[str, str], namespace: str) -> DeniedError:
    """The refusal, naming the missing right and its namespace."""
    verb, resource = lacking(error.message) or usual
    return DeniedError(f"not allowed to {verb} {resource} in namespace {namespace}")
