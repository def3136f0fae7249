"""What can be observed: the events that sources yield, recordings hold and the fold reads.

An event is an *input*, never a derived value: a raw log line, raw counters, the facts of an
object. `at` is when wvatui saw it, UTC epoch seconds of the session's clock. Everything that is
computed (rates, percentiles, decisions, cycles) is computed again by the fold, so that a better
parser improves old recordings and a replay cannot disagree with the live screen.

All events are found here. Each is defined in the file of its noun: the session's own events, what
pods report, objects of the cluster, load jobs and experiments.

Adding an event: one Struct in the file of its noun (`session_events`, `pod_events`,
`object_events`, `load_events`), its name and one row in `EVENTS` here, one handler in
`core/fold/fold.py`; a test fails when one of the three is missing. Old recordings stay readable
because fields are only ever appended, always with a default.
"""

from wvatui.core.events.base import NO_HISTOGRAM as NO_HISTOGRAM
from wvatui.core.events.base import Event as Event
from wvatui.core.events.load_events import Experiment as Experiment
from wvatui.core.events.load_events import FailedAttempt as FailedAttempt
from wvatui.core.events.load_events import Job as Job
from wvatui.core.events.load_events import JobProgress as JobProgress
from wvatui.core.events.load_events import JobResult as JobResult
from wvatui.core.events.load_events import PlannedStage as PlannedStage
from wvatui.core.events.load_events import Stage as Stage
from wvatui.core.events.object_events import Autoscaler as Autoscaler
from wvatui.core.events.object_events import Condition as Condition
from wvatui.core.events.object_events import Config as Config
from wvatui.core.events.object_events import Deleted as Deleted
from wvatui.core.events.object_events import KubeEvent as KubeEvent
from wvatui.core.events.object_events import Lease as Lease
from wvatui.core.events.object_events import MetricStatus as MetricStatus
from wvatui.core.events.object_events import Pod as Pod
from wvatui.core.events.object_events import ScaledObject as ScaledObject
from wvatui.core.events.object_events import Variant as Variant
from wvatui.core.events.object_events import Workload as Workload
from wvatui.core.events.object_events import condition_of as condition_of
from wvatui.core.events.pod_events import Bounds as Bounds
from wvatui.core.events.pod_events import Engine as Engine
from wvatui.core.events.pod_events import Epp as Epp
from wvatui.core.events.pod_events import Log as Log
from wvatui.core.events.pod_events import Lora as Lora
from wvatui.core.events.pod_events import PollRound as PollRound
from wvatui.core.events.pod_events import RankEngine as RankEngine
from wvatui.core.events.pod_events import RankScrape as RankScrape
from wvatui.core.events.pod_events import Scrape as Scrape
from wvatui.core.events.pod_events import ScrapeFailure as ScrapeFailure
from wvatui.core.events.session_events import SCHEMA as SCHEMA
from wvatui.core.events.session_events import EngineEndpoint as EngineEndpoint
from wvatui.core.events.session_events import Footer as Footer
from wvatui.core.events.session_events import Gap as Gap
from wvatui.core.events.session_events import Header as Header
from wvatui.core.events.session_events import Mark as Mark
from wvatui.core.events.session_events import Notice as Notice
from wvatui.core.events.session_events import Source as Source
from wvatui.core.events.session_events import Tick as Tick
from wvatui.core.events.session_events import Unknown as Unknown

EVENTS: tuple[type[Event], ...] = (
    Header,
    Footer,
    Tick,
    Mark,
    Notice,
    Gap,
    Source,
    Log,
    Bounds,
    Scrape,
    ScrapeFailure,
    Engine,
    PollRound,
    Epp,
    Variant,
    Workload,
    Pod,
    Autoscaler,
    ScaledObject,
    Lease,
    Config,
    KubeEvent,
    Job,
    JobProgress,
    JobResult,
    Experiment,
    Deleted,
    Unknown,
)
"""Every event there is; the codec and the fold are checked against it."""
