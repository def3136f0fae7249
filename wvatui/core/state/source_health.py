"""Whether a source works, and when it did not."""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

import msgspec

from wvatui.core.kube_object import qualified

AUTOSCALERS, WORKLOADS = "autoscalers", "workloads"
"""The sources of HPAs and ScaledObjects, and of what they scale."""
RESUMED_S = 2.0
"""What changed while objects were not watched comes within so many seconds once they are."""


class SourceHealth(msgspec.Struct, frozen=True, gc=False):
    """One source: its last status, and when it last delivered something."""

    source: str
    status: str = "starting"
    text: str = ""
    since: float = 0.0
    heard_at: float | None = None
    retry_at: float | None = None
    verb: str = ""
    resource: str = ""
    kinds: tuple[str, ...] = ()
    namespace: str = ""
    """The namespace that it covers, where several are watched one by one; empty: all."""
    guarded: tuple[str, ...] = ()
    missed: tuple[float, float] | None = None
    """The newest stretch, now over, in which changes came late or not at all, UTC epoch seconds."""

    @property
    def key(self) -> str:
        """Its key in `State.sources`: its name, or `namespace/name`."""
        return qualified(self.namespace, self.source) if self.namespace else self.source

    @property
    def is_silent(self) -> bool:
        """Whether it is a source of objects that worked before, and now does not."""
        return self.is_of_objects and self.status in ("retrying", "denied", "down")

    @property
    def is_of_objects(self) -> bool:
        """Whether it is a source of objects that worked at some time."""
        return self.source not in ("log", "pods", "epp") and self.heard_at is not None

    def missed_between(self, since: float, until: float) -> bool:
        """Whether what came at `until` may have changed at any time since `since`, when its object
        last came, and not by then: nothing was watched meanwhile."""
        # One of several kinds may be refused while changes of the others still come.
        if self.is_silent and self.since >= since:
            return True
        began, ended = self.missed or (-inf, -inf)
        return began >= since and until - ended <= RESUMED_S


class SilentStretch(NamedTuple):
    """A silence of the log, a pod or a source of objects that was heard before and after it."""

    kind: str
    since: float
    """When it was last heard before the silence, UTC epoch seconds."""
    until: float
    about: str
    """The pod, or the source of objects."""
    namespace: str = ""
    """The namespace of the source, where several are watched one by one; empty: all."""


def health_of(
    sources: Mapping[str, SourceHealth], source: str, namespace: str
) -> SourceHealth | None:
    """The health of a source that covers a namespace; None: there is none."""
    return sources.get(source) or sources.get(qualified(namespace, source))
