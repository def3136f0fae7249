"""All sources of a cluster, put together around one inventory."""

from wvatui.clock import Clock
from wvatui.kube import paths
from wvatui.kube.client import Client
from wvatui.sources.controller_place import ControllerPlace
from wvatui.sources.found_load import FoundLoad
from wvatui.sources.inventory import Inventory
from wvatui.sources.log.controller_log import ControllerLog
from wvatui.sources.pods.epp import EppMetrics
from wvatui.sources.pods.page_fetch import DirectFetch, Fetch, ProxyFetch
from wvatui.sources.pods.page_hints import PageHints
from wvatui.sources.pods.pod_metrics import PodMetrics, page_timeout_s
from wvatui.sources.scale_targets import ScaleTargets
from wvatui.sources.source import SourceRun
from wvatui.sources.watches import WatchedKind, Watches


def cluster_sources(
    client: Client,
    clock: Clock,
    *,
    namespace: str,
    controller_namespace: str = "",
    interval_s: float = 2.0,
    direct: bool = False,
    since_s: float = 600.0,
    session: str = "",
) -> list[SourceRun]:
    """The sources of `namespace`; nothing is asked before they run.

    `direct`: pods are asked at their own addresses instead of through the API server.
    `since_s`: how much of the controller's log to begin with. `session`: the one whose own load
    jobs are told by who makes them.
    """
    book = Inventory(clock.now)
    timeout_s = page_timeout_s(interval_s)
    fetch: Fetch = (
        DirectFetch(clock, timeout_s=timeout_s)
        if direct
        else ProxyFetch(client, timeout_s=timeout_s)
    )

    def watches(name: str, title: str, *kinds: paths.Kind) -> Watches:
        watched = [WatchedKind(kind, namespace) for kind in kinds]
        return Watches(name, title, client, clock, book, watched)

    workloads = watches(
        "workloads",
        "workloads",
        paths.DEPLOYMENT,
        paths.STATEFUL_SET,
        paths.LEADER_WORKER_SET,
        paths.POD,
    )
    variants = watches("variants", "variants", paths.VARIANT_AUTOSCALING)
    autoscalers = watches("autoscalers", "autoscalers", paths.AUTOSCALER, paths.SCALED_OBJECT)
    place = ControllerPlace(client, clock, book, namespace=namespace, wanted=controller_namespace)
    # Which pods serve models is known when these are listed: then they are asked at once.
    listed = [workloads.ready, variants.ready, autoscalers.ready]
    pods = PodMetrics(fetch, clock, book.model_targets, interval_s=interval_s, after=listed)
    epp = EppMetrics(fetch, clock, book.epp_targets, interval_s=interval_s, after=listed)
    for polled in (pods, epp):
        client.retries.listen(polled.retry)
    return [
        workloads,
        variants,
        autoscalers,
        ScaleTargets(client, clock, book),
        PageHints(client, clock, namespace, book.learn_hints),
        watches("events", "events", paths.EVENT),
        FoundLoad(client, clock, namespace, session=session),
        place,
        pods,
        ControllerLog(client, clock, book.controllers, since_s=since_s, after=[place.ready]),
        epp,
    ]
