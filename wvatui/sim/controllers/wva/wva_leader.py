"""The controller's pods: their start-up lines, and the election of the Lease holder."""

import random
from collections.abc import Callable
from typing import Any

from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.controllers.wva.wva_log import ConsoleLog, JsonLog
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pod_json import new_object
from wvatui.sim.store import Store

LEASE = "72dd1cf1.llm-d.ai"
DURATION_S = 60.0
RETRY_S = 10.0
"""Lease duration and retry period (WVA v0.4.2 cmd/main.go:108-116)."""
CONTROLLER_LABELS = {
    "control-plane": "controller-manager",
    "app.kubernetes.io/name": "workload-variant-autoscaler",
}
LeaderLog = JsonLog | ConsoleLog


class Leadership:
    """Watches the controller's pods every ten seconds: starts them, elects, renews.

    `on_elected` is called with the pod that became leader and its log.
    """

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        logbook: LogBook,
        namespace: str,
        open_log: Callable[[str], LeaderLog],
        on_elected: Callable[[str], None],
        seed: int,
    ) -> None:
        self._timeline, self._store, self._logbook = timeline, store, logbook
        self._namespace, self._open_log, self._on_elected = namespace, open_log, on_elected
        self._where = f"{namespace}/{LEASE}"
        self._random = random.Random(f"{seed}/leader")
        self._started: dict[str, tuple[str, int]] = {}
        """Pod -> (identity, restarts) of its present process."""
        self._identities: set[str] = set()
        self.leader = ""
        """Name of the leading pod; empty while there is none."""
        self._every = timeline.every(RETRY_S, self.look)

    def stop(self) -> None:
        """Stop electing and renewing."""
        self._every.cancel()

    def look(self) -> None:
        """Run one retry period: notice new, restarted and vanished pods, then renew or elect."""
        running = {p["metadata"]["name"]: p for p in self._running()}
        for name in set(self._started) - set(running):
            del self._started[name]
        if self.leader not in running:
            self.leader = ""
        for name, pod in running.items():
            restarts = _restarts(pod)
            known = self._started.get(name)
            if known is None or known[1] != restarts:
                if name == self.leader:
                    self.leader = ""
                identity = f"{name}_{self._uuid()}"
                self._identities.add(identity)
                self._started[name] = (identity, restarts)
                self._start(name)
        if self.leader:
            self._renew()
        else:
            self._elect()

    def _running(self) -> list[dict[str, Any]]:
        pods = self._store.list("Pod", self._namespace, CONTROLLER_LABELS)
        return [
            pod
            for pod in pods
            if pod.get("status", {}).get("phase") == "Running"
            and not pod["metadata"].get("deletionTimestamp")
        ]

    def _uuid(self) -> str:
        digits = f"{self._random.getrandbits(128):032x}"
        parts = (digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:])
        return "-".join(parts)

    def _start(self, pod: str) -> None:
        log = self._open_log(pod)
        start_lines(log, self._namespace)
        text = f"attempting to acquire leader lease {self._where}..."
        log.klog("I", "leaderelection.go:257", text)

    def _lease(self) -> dict[str, Any] | None:
        return self._store.get("Lease", self._namespace, LEASE)

    def _renew(self) -> None:
        identity = self._started[self.leader][0]
        lease = self._lease()
        if lease is not None and lease["spec"].get("holderIdentity") != identity:
            self._lose()
            return
        self._write(identity, taking=lease is None)

    def _lose(self) -> None:
        """End the process, as another pod holds the Lease; its pod starts it again."""
        log = self._open_log(self.leader)
        text = f"failed to renew lease {self._where}: context deadline exceeded"
        log.klog("I", "leaderelection.go:297", text)
        self.leader = ""
        self._elect()

    def _elect(self) -> None:
        lease = self._lease()
        names = sorted(self._started)
        if not names:
            return
        chosen = names[0]
        if lease is not None:
            holder = lease["spec"].get("holderIdentity") or ""
            own = holder.rsplit("_", 1)[0]
            if own in self._started and holder not in self._identities:
                # A Lease created with the cluster names the first leader.
                chosen = own
            elif holder and self._age(lease) < DURATION_S:
                return
        self.leader = chosen
        self._write(self._started[chosen][0], taking=True)
        log = self._open_log(chosen)
        log.klog("I", "leaderelection.go:271", f"successfully acquired lease {self._where}")
        leading_lines(log)
        self._on_elected(chosen)

    def _age(self, lease: dict[str, Any]) -> float:
        renewed = lease["spec"].get("renewTime")
        return self._timeline.now - rfc3339.parse(renewed) if renewed else DURATION_S

    def _write(self, identity: str, *, taking: bool) -> None:
        now = rfc3339.micro(self._timeline.now)
        lease = self._lease()
        if lease is None:
            spec = {
                "holderIdentity": identity,
                "leaseDurationSeconds": int(DURATION_S),
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": 0,
            }
            api = "coordination.k8s.io/v1"
            self._store.apply(new_object(api, "Lease", LEASE, self._namespace, spec=spec))
            return

        def change(obj: dict[str, Any]) -> None:
            spec = obj["spec"]
            if taking:
                before = spec.get("holderIdentity") or ""
                moved = before.rsplit("_", 1)[0] != identity.rsplit("_", 1)[0]
                spec["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + moved
                spec["acquireTime"] = now
            spec["holderIdentity"] = identity
            spec["leaseDurationSeconds"] = int(DURATION_S)
            spec["renewTime"] = now

        self._store.patch("Lease", self._namespace, LEASE, change)


def _restarts(pod: dict[str, Any]) -> int:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return sum(int(status.get("restartCount") or 0) for status in statuses)


def start_lines(log: LeaderLog, namespace: str) -> None:
    """Write the lines of every controller process before the election."""
    if isinstance(log, JsonLog):
        log.info("Zap logger initialized")
        log.info("Starting manager")
        log.runtime("Starting metrics server", "controller-runtime.metrics")
        log.runtime("starting server", name="health probe", addr="[::]:8081")
        return
    setup = "setup"
    main = "cmd/main.go"
    log.info(f"{main}:159", "Logger initialized", logger=setup)
    log.info("config/loader.go:131", "Loaded config from file", {"path": "/etc/wva/config.yaml"})
    log.info("config/loader.go:87", "Configuration loaded successfully")
    log.info(f"{main}:174", "Configuration loaded successfully", logger=setup)
    log.info(f"{main}:345", "Watching single namespace", {"namespace": namespace}, setup)
    log.info(
        "config/config.go:525",
        "Updated global saturation config",
        {"oldEntries": 0, "newEntries": 1},
    )
    log.info(
        "controller/configmap_reconciler.go:181",
        "Updated global saturation config from ConfigMap",
        {"entries": 1},
        setup,
    )
    log.info(f"{main}:411", "Initial ConfigMap bootstrap completed", logger=setup)
    log.info(
        "prometheus/api.go:51", "Prometheus API validation successful with query", {"query": "up"}
    )
    log.info(f"{main}:682", "Starting manager", logger=setup)
    log.info("server/server.go:208", "Starting metrics server", logger="controller-runtime.metrics")
    probe = {"name": "health probe", "addr": "[::]:8081"}
    log.info("manager/server.go:83", "starting server", probe)


def leading_lines(log: LeaderLog) -> None:
    """Write the lines of a process that has become the leader."""
    kind = _controller("variantAutoscaling", "llmd.ai", "VariantAutoscaling")
    if isinstance(log, JsonLog):
        source = "kind source: *v1alpha1.VariantAutoscaling"
        log.runtime("Starting EventSource", **kind, source=source)
        log.runtime("Starting Controller", **kind)
        log.runtime("Starting workers", **kind | {"worker count": 1})
        return
    hpa = _controller("hpa", "autoscaling", "HorizontalPodAutoscaler")
    source = "kind source: *v2.HorizontalPodAutoscaler"
    where = "controller/controller.go"
    log.info(f"{where}:353", "Starting EventSource", hpa | {"source": source})
    log.info(f"{where}:286", "Starting Controller", hpa)
    log.info(f"{where}:289", "Starting workers", hpa | {"worker count": 1})


def _controller(name: str, group: str, kind: str) -> dict[str, Any]:
    return {"controller": name, "controllerGroup": group, "controllerKind": kind}
