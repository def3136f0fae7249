"""Events of the session itself: its first and last line, the clock, marks, health of sources."""

import msgspec

from wvatui.core.events.base import Event
from wvatui.core.ranges import Amount, Count, Moment, Small

SKEW_S = 2.0
"""Clocks this far apart, seconds, still count as equal: a Date header has whole seconds only, and
an answer takes a moment."""
SCHEMA = (1, 0)
"""Version of the recording format. Major: a reader must refuse; minor: a reader may go on."""


class EngineEndpoint(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An engine outside a cluster: a metrics page at an address that the user gave."""

    name: str
    """The name that the session gives it, in place of a pod's."""
    url: str
    """Without credentials."""


class Header(Event, frozen=True, tag="header", kw_only=True):
    """First line of a recording: what is being watched, by what, with which settings."""

    schema: tuple[Small, Small] = SCHEMA
    tool: str = ""
    session: str = ""
    """Identity of the session; all parts of a rotated recording share it."""
    started_at: Moment = 0.0
    """UTC epoch seconds of T+0: the start of the first part, in every part."""
    recorded_at: Moment = 0.0
    """T+0 by this machine's clock, UTC epoch seconds, where it differs from the cluster's clock, to
    which all times of the recording refer; 0: the same as `started_at`."""
    context: str = ""
    namespace: str = ""
    """The namespace that is watched; several with commas, `*` for all of the cluster: then pods
    are named `namespace/name` where an event has no namespace of its own."""
    model: str = ""
    label: str = ""
    repetition: Count = 0
    interval_s: Amount = 0.0
    autoscaler: str = ""
    """What the user said drives replicas: wva, hpa, keda, none; empty when not said."""
    part: Count = 1
    previous: str = ""
    """File name of the part before this one; empty in the first."""
    imported: str = ""
    """Name of the log file this stream was read from, when it is not a session of our own."""
    out_of_order: Count = 0
    """Lines of that log file that were put in order of time."""
    repeated: Count = 0
    """Lines left out because they occur twice in that log file, as where two logs overlap."""
    envelope: str = ""
    """Envelopes that its lines were taken out of, outermost first, joined by ` > `."""
    server: str = ""
    """Version of the Kubernetes API server, as it names itself."""
    ahead_s: Amount | None = None
    """By how much this machine's clock was ahead of the API server's; None: not measured. Above
    `SKEW_S`, either way, all times of the recording are by the API server's clock."""
    config: str = ""
    """Short hash of the settings that the session ran with: equal ones are comparable."""
    variants: tuple[str, ...] = ()
    """Names of the variants seen before this part; the first part begins before any is."""
    selector: str = ""
    """Label selector of the model pods that are watched; empty: all of them."""
    endpoints: tuple[EngineEndpoint, ...] = ()
    """The engines that are asked instead of a cluster; empty: a cluster is watched."""
    log_lines: str = ""
    """raw: as their sources wrote them, with any credentials in them; redacted: what looked like
    a credential was replaced. Empty: written by a version that did not record this."""

    @property
    def skew_s(self) -> float | None:
        """`ahead_s` where the clocks differ; None: they do not, or it was not measured."""
        ahead_s = self.ahead_s
        return ahead_s if ahead_s is not None and abs(ahead_s) > SKEW_S else None


class Footer(Event, frozen=True, tag="footer", kw_only=True):
    """Last line of a recording that ended cleanly (or of a part that was rotated)."""

    reason: str = "quit"
    events: Count = 0
    next: str = ""
    decisions: Count | None = None
    """Decisions of the whole session so far, for lists of sessions."""
    missing: Count = 0
    """Events of the whole session that could not be recorded, or were lost with a file."""
    missing_since: Moment | None = None
    missing_until: Moment | None = None
    """From `missing_since` (the first of them) to here (the last), UTC epoch seconds; each stretch
    in between has its own Gap."""


class Tick(Event, frozen=True, tag="tick"):
    """The clock, once a second: ages replay too."""


class Mark(Event, frozen=True, tag="mark"):
    """A note the user made."""

    note: str = ""
    about: Moment | None = None
    """The moment that it marks, where that is not the moment at which it was made."""

    @property
    def marks(self) -> float:
        """The moment marked, UTC epoch seconds."""
        return self.at if self.about is None else self.about


class Notice(Event, frozen=True, tag="notice", kw_only=True):
    """Something worth telling that is no object and no log line: a leader change, a restart."""

    source: str = ""
    code: str = ""
    """Stable word: leader-change, restart, resync, port-found, clock-jump, config-change, …"""
    text: str = ""
    about: Moment | None = None
    """When it happened, where that is known and is not when it was noticed (`at`)."""


RECORDING = "recording"
"""The source of a gap in the recording itself, whatever was watched."""


class Gap(Event, frozen=True, tag="gap", kw_only=True):
    """A stretch in which a source cannot prove that nothing was missed."""

    source: str
    since: Moment
    until: Moment
    reason: str = ""
    missing: Count = 0
    """Events that are known to have been missed; 0: not known how many."""

    @property
    def is_of_recording(self) -> bool:
        """Whether the recording itself lacks events, whatever was watched."""
        return self.source == RECORDING


class Source(Event, frozen=True, tag="source", kw_only=True):
    """Health of one source, written when it changes.

    `status`: starting, ok, waiting (nothing to watch yet), retrying, denied (by the cluster),
    guarded (by the pod, which wants credentials of its own), absent, down, ended.
    """

    source: str
    status: str
    text: str = ""
    retry_at: Moment | None = None
    verb: str = ""
    resource: str = ""
    """With status denied: the missing right."""
    kinds: tuple[str, ...] = ()
    """With status ok, of a source of objects: the kinds of which it knows every existing one."""
    namespace: str = ""
    """The namespace it covers, where several are watched one by one; empty: all."""
    guarded: tuple[str, ...] = ()
    """With status ok: pods that want credentials of their own, while others answer."""
    missed_since: Moment | None = None
    """When it last heard of its objects, where they had to be listed anew: changes may be missing
    between."""


class Unknown(Event, frozen=True, tag="?", kw_only=True):
    """An event of a kind this version does not know: kept as it came, shown as a count."""

    kind: str
    raw: str
