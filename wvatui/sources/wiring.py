"""All sources of a cluster, connected through one inventory."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from wvatui.clock import Clock
from wvatui.core.events import Header
from wvatui.core.label_selector import parse_selector
from wvatui.core.state.session_window import names_in, window_of
from wvatui.kube import paths
from wvatui.kube.client import Client
from wvatui.sources.controller_place import ControllerPlace
from wvatui.sources.found_load import FoundLoad
from wvatui.sources.inventory import Inventory
from wvatui.sources.log.controller_log import ControllerLog
from wvatui.sources.pods.epp import EppMetrics
from wvatui.sources.pods.page_fetch import DirectFetch, Fetch, ProxyFetch
from wvatui.sources.pods.page_hints import PageHints
from wvatui.sources.pods.pod_metrics import MODEL_PODS, PodMetrics, page_timeout_s
from wvatui.sources.pods.pod_metrics import SOURCE as PODS
from wvatui.sources.pods.poll_health import PolledSource
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.scale_targets import ScaleTargets
from wvatui.sources.source import SourceRun
from wvatui.sources.watches import WatchedKind, Watches

WORKLOADS = (paths.DEPLOYMENT, paths.STATEFUL_SET, paths.LEADER_WORKER_SET, paths.POD)


def _watches(
    client: Client,
    clock: Clock,
    book: Inventory,
    places: Sequence[str],
    name: str,
    title: str,
    *kinds: paths.Kind,
) -> list[Watches]:
    """A source for each of these namespaces, or one for all."""
    return [
        Watches(
            name,
            title,
            client,
            clock,
            book,
            [WatchedKind(kind, place) for kind in kinds],
            namespace=place if len(places) > 1 else "",
        )
        for place in places
    ]


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
    selector: str = "",
) -> list[SourceRun]:
    """The sources of `namespace`; nothing is requested before they run.

    `namespace`: in the form of a recording's header. Several are watched separately, all of the
    cluster with one watch per kind. `direct`: poll pods at their own addresses instead of through
    the API server. `since_s`: seconds of the controller's log to begin with. `session`: the one
    whose own load jobs are reported by their creator. `selector`: label selector of model pods.
    """
    window = window_of(Header(0.0, namespace=namespace))
    places = ("",) if window.is_everywhere else names_in(namespace)
    own = places if len(places) > 1 else ("",)
    book = Inventory(clock.now, window, parse_selector(selector) or ())
    timeout_s = page_timeout_s(interval_s)
    fetch: Fetch = (
        DirectFetch(clock, timeout_s=timeout_s)
        if direct
        else ProxyFetch(client, timeout_s=timeout_s)
    )

    watches = partial(_watches, client, clock, book, places)
    workloads = watches("workloads", "workloads", *WORKLOADS)
    variants = watches("variants", "variants", paths.VARIANT_AUTOSCALING)
    autoscalers = watches("autoscalers", "autoscalers", paths.AUTOSCALER, paths.SCALED_OBJECT)
    controller = ControllerPlace(
        client, clock, book, namespaces=places, wanted=controller_namespace
    )
    # The watches below show which pods serve models: those are then polled at once.
    listed = [each.ready for each in (*workloads, *variants, *autoscalers)]
    how: dict[str, Any] = {"interval_s": interval_s, "after": listed, "places": own}
    pods = PodMetrics(fetch, clock, book.model_targets, polled=_model_pods(selector), **how)
    epp = EppMetrics(fetch, clock, book.epp_targets, **how)
    for polled in (pods, epp):
        client.retries.listen(polled.retry)
    return [
        *workloads,
        *variants,
        *autoscalers,
        *(ScaleTargets(client, clock, book, namespace=place) for place in own),
        *(PageHints(client, clock, place, partial(book.learn_hints, place)) for place in places),
        *watches("events", "events", paths.EVENT),
        *(FoundLoad(client, clock, place, session=session, window=window) for place in places),
        controller,
        pods,
        ControllerLog(client, clock, book.controllers, since_s=since_s, after=[controller.ready]),
        epp,
    ]


def _model_pods(selector: str) -> PolledSource:
    if not selector:
        return MODEL_PODS
    return replace(MODEL_PODS, nobody=("waiting", f"no model pod with {selector}"))


def endpoint_sources(
    fetch: Fetch, clock: Clock, targets: Sequence[PollTarget], *, interval_s: float = 2.0
) -> list[SourceRun]:
    """The only source of a session without a cluster: the pages of these engines."""
    polled = PolledSource(PODS, ("waiting", "no endpoint to ask"))
    return [
        PodMetrics(fetch, clock, lambda: targets, interval_s=interval_s, usual=(), polled=polled)
    ]
