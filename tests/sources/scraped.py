"""The series of a Prometheus that scrapes a simulated cluster."""

import json
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from wvatui.sim.cluster import Cluster
from wvatui.sim.pods.collector import scrape_targets

SCRAPE_S = 15.0


class ScrapedSeries:
    """Scrapes every target of `cluster` each 15 s, first after `first_s` seconds.

    Labels on a page take precedence over those of its target, as with `honor_labels`.
    """

    def __init__(self, cluster: Cluster, first_s: float) -> None:
        self._cluster = cluster
        self._values: dict[str, list[list[Any]]] = {}
        cluster.timeline.every(SCRAPE_S, self._scrape, first=first_s)

    def series(self) -> list[dict[str, Any]]:
        """All series, in the form of a query's answer."""
        return [{"metric": json.loads(k), "values": v} for k, v in self._values.items()]

    def _scrape(self) -> None:
        cluster = self._cluster
        for target in scrape_targets(cluster.store, cluster.pages, ""):
            own = dict(target["labels"])
            parts = own.pop("__metrics_path__").split("/")
            port = int(parts[6].rpartition(":")[2])
            page = cluster.pages.fetch(own["namespace"], own["pod"], port, "/metrics")
            if page is not None and page[0] == 200:
                self._take(page[2].decode(), own)

    def _take(self, page: str, own: dict[str, str]) -> None:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                metric = {"__name__": sample.name, "instance": "a:1"} | own | sample.labels
                values = self._values.setdefault(json.dumps(metric), [])
                values.append([self._cluster.timeline.now, repr(sample.value)])
