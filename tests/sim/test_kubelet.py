"""Deployments become pods step by step, with the events that real components write."""

import random
from typing import Any

import pytest

from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet.deployments import DeploymentController
from wvatui.sim.kubelet.kubelet import Kubelet
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pod_json import is_ready
from wvatui.sim.store import Store

START = 1_788_249_600.0
NS = "shop"
Object = dict[str, Any]


class Server:
    """A container that listens after 15 s and is ready after 35 s."""

    startup_s = 35.0

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.steps: list[str] = []
        self.busy_until = 0.0

    def start(self, pod: Object) -> None:
        self.begun = self.timeline.now
        self.steps.append("start")

    def ready(self, pod: Object) -> None:
        self.steps.append("ready")

    def drain(self, pod: Object) -> None:
        self.steps.append("drain")

    def health(self) -> int | None:
        up_s = self.timeline.now - self.begun
        return None if up_s < 15 else 503 if up_s < self.startup_s else 200

    def is_idle(self) -> bool:
        return self.timeline.now >= self.busy_until

    def stop(self, pod: Object) -> None:
        self.steps.append("stop")


class Scene:
    """A store with nodes, a kubelet over it, and one Deployment."""

    def __init__(self, replicas: int = 0, *, gpus: int = 2, warm: int | None = None) -> None:
        self.timeline = Timeline(START)
        self.store = Store(self.timeline)
        self.logbook = LogBook(self.timeline)
        self.programs: dict[str, Server] = {}
        for name in ("node-a", "node-b"):
            self.store.apply(
                {
                    "apiVersion": "v1",
                    "kind": "Node",
                    "metadata": {"name": name, "labels": {"gpu": "H100"}},
                    "status": {"allocatable": {"nvidia.com/gpu": str(gpus)}},
                }
            )
        self.kubelet = Kubelet(
            self.timeline, self.store, self.logbook, self._program, random.Random(1)
        )
        if warm is not None:
            self.deploy(warm)
        DeploymentController(self.timeline, self.store, self.kubelet).settle()
        if warm is None:
            self.deploy(replicas)

    def _program(self, pod: Object) -> Server:
        program = self.programs[pod["metadata"]["name"]] = Server(self.timeline)
        return program

    def deploy(self, replicas: int, name: str = "llama") -> None:
        labels = {"app": name}
        container = {
            "name": "vllm",
            "image": "vllm/vllm-openai:v0.11.0",
            "resources": {"limits": {"nvidia.com/gpu": "1"}},
        }
        self.store.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": NS},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"nodeSelector": {"gpu": "H100"}, "containers": [container]},
                    },
                },
                "status": {},
            }
        )

    def scale(self, replicas: int) -> None:
        def change(obj: Object) -> None:
            obj["spec"]["replicas"] = replicas

        self.store.patch("Deployment", NS, "llama", change)

    def after(self, seconds: float) -> None:
        self.timeline.run_until(START + seconds)

    def until(self, met: Any, limit_s: float = 200.0) -> None:
        end = self.timeline.now + limit_s
        while not met():
            assert self.timeline.now < end
            self.timeline.run_until(self.timeline.now + 0.5)

    @property
    def pods(self) -> list[Object]:
        return self.store.list("Pod", NS)

    @property
    def ready(self) -> int:
        return sum(is_ready(pod) for pod in self.pods)

    @property
    def status(self) -> Object:
        deployment = self.store.get("Deployment", NS, "llama")
        assert deployment is not None
        status: Object = deployment["status"]
        return status

    def told(self, kind: str = "") -> list[str]:
        """The reasons of the events about objects of `kind`, the oldest first."""
        events = sorted(
            self.store.list("Event", NS), key=lambda e: int(e["metadata"]["resourceVersion"])
        )
        return [e["reason"] for e in events if kind in ("", e["involvedObject"]["kind"])]

    def messages(self, reason: str) -> list[str]:
        return [e["message"] for e in self.store.list("Event", NS) if e["reason"] == reason]


def test_a_pod_that_is_wanted_is_scheduled_pulled_started_and_then_loads() -> None:
    scene = Scene(1)
    seen: list[tuple[str, bool, str]] = []
    for tenth in range(600):
        scene.after(tenth / 10)
        if not scene.pods:
            continue
        status = scene.pods[0]["status"]
        state = (status.get("containerStatuses") or [{}])[0].get("state", {})
        step = (status["phase"], is_ready(scene.pods[0]), next(iter(state), ""))
        if not seen or seen[-1] != step:
            seen.append(step)
    assert seen == [
        ("Pending", False, ""),
        ("Pending", False, "waiting"),
        ("Running", False, "running"),
        ("Running", True, "running"),
    ]
    assert list(dict.fromkeys(scene.told("Pod"))) == [
        "Scheduled",
        "Pulling",
        "Pulled",
        "Created",
        "Started",
        "Unhealthy",
    ]
    (program,) = scene.programs.values()
    assert program.steps == ["start", "ready"]


def test_objects_own_one_another_and_names_are_those_that_kubernetes_makes() -> None:
    scene = Scene(1)
    scene.after(60)
    (pod,), (owned,) = scene.pods, scene.store.list("ReplicaSet", NS)
    assert owned["metadata"]["name"].startswith("llama-")
    assert pod["metadata"]["name"].startswith(f"{owned['metadata']['name']}-")
    assert len(pod["metadata"]["name"].rpartition("-")[2]) == 5
    assert pod["metadata"]["ownerReferences"][0]["uid"] == owned["metadata"]["uid"]
    assert owned["metadata"]["ownerReferences"][0]["kind"] == "Deployment"
    label = pod["metadata"]["labels"]["pod-template-hash"]
    assert owned["metadata"]["name"].endswith(label)
    assert pod["status"]["podIP"]
    conditions = {c["type"]: c for c in pod["status"]["conditions"]}
    ready_at = rfc3339.parse(conditions["Ready"]["lastTransitionTime"])
    scheduled_at = rfc3339.parse(conditions["PodScheduled"]["lastTransitionTime"])
    assert ready_at - scheduled_at > Server.startup_s


def test_the_readiness_probe_says_what_the_server_answers_while_it_loads() -> None:
    scene = Scene(1)
    scene.until(lambda: scene.ready == 1)
    refused, answered = sorted(scene.messages("Unhealthy"), key=len, reverse=True)
    assert "connect: connection refused" in refused
    assert answered == "Readiness probe failed: HTTP probe failed with statuscode: 503"


def test_an_image_is_pulled_once_on_a_node() -> None:
    scene = Scene(1)
    scene.until(lambda: scene.ready == 1)
    scene.scale(2)
    scene.until(lambda: scene.ready == 2)
    assert len(scene.messages("Pulling")) == 1
    assert any("already present on machine" in text for text in scene.messages("Pulled"))


def test_the_deployments_status_counts_what_is_there_and_what_is_ready() -> None:
    scene = Scene(2)
    scene.after(5)
    status = scene.status
    assert (status["replicas"], status["unavailableReplicas"]) == (2, 2)
    assert "readyReplicas" not in status
    available = {c["type"]: c["status"] for c in status["conditions"]}["Available"]
    assert available == "False"
    scene.until(lambda: scene.ready == 2)
    scene.after(scene.timeline.now - START + 1)
    status = scene.status
    assert (status["readyReplicas"], status["availableReplicas"]) == (2, 2)
    assert "unavailableReplicas" not in status


def test_a_pod_that_fits_nowhere_waits_until_a_gpu_is_free() -> None:
    scene = Scene(3, gpus=1)
    scene.after(70)
    assert scene.ready == 2
    (text,) = set(scene.messages("FailedScheduling"))
    assert text == "0/2 nodes are available: 2 Insufficient nvidia.com/gpu."
    (waiting,) = [pod for pod in scene.pods if not pod["spec"].get("nodeName")]
    first = next(pod for pod in scene.pods if is_ready(pod))
    scene.store.delete("Pod", NS, first["metadata"]["name"])
    scene.until(
        lambda: scene.store.get("Pod", NS, waiting["metadata"]["name"]) is None or scene.ready == 2
    )
    assert scene.ready == 2


def test_scaled_down_the_youngest_goes_first_and_those_that_load_before_all() -> None:
    scene = Scene(1)
    scene.until(lambda: scene.ready == 1)
    (oldest,) = scene.pods
    scene.scale(2)
    scene.until(lambda: scene.ready == 2)
    scene.scale(3)
    scene.after(scene.timeline.now - START + 8)
    loading = {pod["metadata"]["name"] for pod in scene.pods if not is_ready(pod)}
    scene.scale(2)
    scene.until(lambda: len(scene.pods) == 2)
    assert loading.isdisjoint(pod["metadata"]["name"] for pod in scene.pods)
    scene.scale(1)
    scene.until(lambda: len(scene.pods) == 1)
    assert scene.pods[0]["metadata"]["name"] == oldest["metadata"]["name"]
    assert "Scaled down replica set" in scene.messages("ScalingReplicaSet")[-1]


def test_a_pod_that_is_deleted_answers_what_it_has_but_not_beyond_its_grace() -> None:
    for busy_s, gone_after_s in ((10.0, (9, 13)), (500.0, (29, 33))):
        scene = Scene(1)
        scene.until(lambda scene=scene: scene.ready == 1)  # type: ignore[misc]
        (program,) = scene.programs.values()
        begun = scene.timeline.now
        program.busy_until = begun + busy_s
        scene.scale(0)
        scene.after(begun - START + 1)
        assert scene.pods[0]["metadata"]["deletionTimestamp"]
        assert program.steps[-1] == "drain"
        scene.until(lambda scene=scene: not scene.pods)  # type: ignore[misc]
        assert program.steps[-1] == "stop"
        assert gone_after_s[0] <= scene.timeline.now - begun <= gone_after_s[1]


def test_a_pod_that_vanishes_is_replaced_and_its_log_goes_with_it() -> None:
    scene = Scene(1)
    scene.until(lambda: scene.ready == 1)
    name = scene.pods[0]["metadata"]["name"]
    scene.logbook.append(NS, name, "vllm", "hello")
    scene.store.delete("Pod", NS, name)
    assert scene.programs[name].steps[-1] == "stop"
    assert scene.logbook.current(NS, name, "vllm").read() == []
    scene.until(lambda: scene.ready == 1)
    assert scene.pods[0]["metadata"]["name"] != name


def test_a_pod_deleted_while_it_boots_never_comes_up() -> None:
    scene = Scene(1)
    scene.after(5)
    scene.scale(0)
    scene.after(200)
    assert scene.pods == []
    assert scene.programs == {}


def test_a_deployment_that_is_deleted_takes_its_replica_set_and_pods_along() -> None:
    scene = Scene(2)
    scene.until(lambda: scene.ready == 2)
    scene.store.delete("Deployment", NS, "llama")
    scene.until(lambda: not scene.pods)
    assert scene.store.list("ReplicaSet", NS) == []


def test_what_is_there_from_the_beginning_is_up_without_a_word() -> None:
    scene = Scene(warm=2)
    assert scene.ready == 2
    assert scene.told() == []
    assert scene.status["readyReplicas"] == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_chance_gives_the_same_pods_at_the_same_moments(seed: int) -> None:
    def lived() -> list[tuple[str, str]]:
        scene = Scene(2)
        scene.kubelet._rng.seed(seed)
        scene.after(60)
        return [(e["metadata"]["name"], e["message"]) for e in scene.store.list("Event", NS)]

    assert lived() == lived()
