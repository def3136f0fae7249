"""Acceptance scenarios: what users of the tools before wvatui asked for.

Other scenarios are beside their subjects: the joining of logs in tests/sources, recordings in
tests/recording, the numbers of real logs in tests/core.
"""

import asyncio
import re
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Bare, served
from tests.core.canonical import canonical
from tests.fixtures import shared
from wvatui.analysis.summary import summary
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.explain import limits
from wvatui.core.fold.fold import fold
from wvatui.core.metrics import histogram
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import variant_rows
from wvatui.core.state.state import EMPTY
from wvatui.export.snapshot import snapshot_csv
from wvatui.recording import Writer, list_sessions, open_recording
from wvatui.session.live import LiveSession
from wvatui.session.replay import ReplaySession
from wvatui.sim.pods.exposition import PodPage
from wvatui.sources.objects.fields import quantity

TEXT = "text/plain; version=0.0.4"


def recorded_pages() -> dict[str, list[tuple[float, bytes]]]:
    """Pod → (time, page) of each page of the recorded staircase run."""
    pages: dict[str, list[tuple[float, bytes]]] = defaultdict(list)
    with tarfile.open(shared("vllm-metrics/staircase-20260803.tar.gz")) as archive:
        for member in archive:
            found = re.search(r"/([^/]+)_(\d+)_metrics\.log$", member.name)
            file = archive.extractfile(member) if found else None
            if found and file is not None:
                pages[found[1]].append((float(found[2]), file.read()))
    return {pod: sorted(rows) for pod, rows in pages.items()}


async def test_21_a_booting_pod_is_starting_and_the_port_that_answers_is_remembered(
    tmp_path: Path,
) -> None:
    pages = recorded_pages()
    begin = min(rows[0][0] for rows in pages.values())
    bare = Bare()
    shift = bare.timeline.start - begin
    asked: dict[str, list[int]] = defaultdict(list)
    bare.deployment("decode", 2)
    for pod, rows in pages.items():
        if "epp" in pod:
            continue
        bare.pod(pod, port=8200, app="decode")

        def answer(path: str, rows: Any = rows, pod: str = pod) -> PodPage:
            now = bare.timeline.now - shift
            asked[pod].append(8000)
            known = [page for at, page in rows if at <= now]
            return (200, TEXT, known[-1]) if known else (503, TEXT, b"")

        bare.pages.listen(bare.namespace, pod, 8000, answer)
    async with served(tmp_path, made=bare) as cluster:
        watched = await cluster.watch(1290.0, interval=15.0)
    booting = next(pod for pod in pages if pod.endswith("zxzlj"))
    other = next(pod for pod in pages if pod.endswith("bvfqv"))
    scrapes = [s for s in watched.of(ev.Scrape) if s.pod == booting]
    misses = [m for m in watched.of(ev.ScrapeFailure) if m.pod == booting]
    assert misses
    assert {miss.why for miss in misses} == {"starting"}
    assert max(m.at for m in misses) < min(s.at for s in scrapes)
    assert all(s.kv is not None for s in scrapes)
    peaks = [s for s in watched.of(ev.Scrape) if s.pod == other]
    assert max(s.kv for s in peaks) == pytest.approx(1.0, abs=0.001)
    assert max(s.waiting for s in peaks) >= 600
    ports = {e.pod: e.port for e in watched.of(ev.Engine)}
    assert ports[other] == 8000
    assert any(n.code == "port-found" and "8000" in n.text for n in watched.of(ev.Notice))


def test_22_a_renamed_metric_is_found_and_a_missing_one_is_never_zero() -> None:
    page = shared("vllm-metrics/lifecycle-20260807.prom").read_bytes()
    assert b"vllm:time_per_output_token_seconds" not in page
    book = BoundsBook()
    (*_, scrape) = read_page(page, at=1.0, pod="p", took_ms=1, bounds=book)
    assert isinstance(scrape, ev.Scrape)
    itl = histogram.read(scrape.itl)
    assert itl is not None
    assert 1000 * (histogram.mean(itl) or 0) == pytest.approx(13.37, abs=0.005)
    silent = page.replace(b"vllm:time_to_first_token_seconds", b"vllm:something_else")
    (*_, scrape) = read_page(silent, at=2.0, pod="p", took_ms=1, bounds=book)
    assert isinstance(scrape, ev.Scrape)
    assert histogram.read(scrape.ttft) is None
    pod = ev.Pod(
        1.0,
        name="p",
        namespace="ns",
        role="model",
        phase="Running",
        ready=True,
        labels={"app": "d"},
    )
    owner = ev.Workload(1.0, kind="Deployment", name="d", namespace="ns", selector={"app": "d"})
    (row,) = replica_rows.replicas(fold(EMPTY, [owner, pod, scrape, ev.Tick(2.5)]))
    assert row.ttft_p95_ms is None
    assert row.kv_ratio == scrape.kv


@pytest.mark.parametrize(
    ("text", "value"), [("60250m", 60.25), ("500m", 0.5), ("20", 20.0), ("1Gi", 2.0**30)]
)
def test_23_quantities_are_numbers(text: str, value: float) -> None:
    assert quantity(text) == value


def hpa(name: str, target: str, **notes: str) -> dict[str, Any]:
    metric = {"name": "wva_desired_replicas", "selector": {"matchLabels": {}}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": Bare.namespace, "annotations": notes},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
            "minReplicas": 1,
            "maxReplicas": 4,
            "metrics": [
                {
                    "type": "External",
                    "external": {
                        "metric": metric,
                        "target": {"type": "AverageValue", "averageValue": "1"},
                    },
                }
            ],
        },
        "status": {
            "currentReplicas": 1,
            "desiredReplicas": 0,
            "currentMetrics": [{"type": ""}],
            "conditions": [
                {
                    "type": "ScalingActive",
                    "status": "False",
                    "reason": "FailedGetExternalMetric",
                    "message": "no metric",
                }
            ],
        },
    }


async def test_42_variants_are_found_wherever_they_are_declared(tmp_path: Path) -> None:
    bare = Bare()
    managed = {"llm-d.ai/managed": "true", "llm-d.ai/model-id": "org/model"}
    for name in ("by-va", "by-hpa", "by-keda", "unmanaged", "web"):
        image = "nginx" if name == "web" else "vllm/vllm-openai"
        bare.deployment(name, image=image)
        bare.pod(f"{name}-1", image=image, port=80 if name == "web" else 8000, app=name)
    bare.store.apply(
        {
            "apiVersion": "llmd.ai/v1alpha1",
            "kind": "VariantAutoscaling",
            "metadata": {"name": "by-va", "namespace": bare.namespace},
            "spec": {
                "modelID": "org/model",
                "scaleTargetRef": {"kind": "Deployment", "name": "by-va"},
                "variantCost": "10.0",
            },
        }
    )
    bare.store.apply(hpa("by-hpa", "by-hpa", **managed))
    bare.store.apply(hpa("unmanaged", "unmanaged"))
    bare.store.apply(hpa("web", "web"))
    bare.store.apply(
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {
                "name": "by-keda",
                "namespace": bare.namespace,
                "annotations": managed | {"autoscaling.keda.sh/paused-replicas": "2"},
            },
            "spec": {"scaleTargetRef": {"name": "by-keda"}, "triggers": []},
        }
    )
    async with served(tmp_path, made=bare) as cluster:
        watched = await cluster.watch(20.0)
    rows = {row.name: row for row in variant_rows.variants(watched.state)}
    assert {name: row.source for name, row in rows.items()} == {
        "by-va": "VariantAutoscaling",
        "by-hpa": "HorizontalPodAutoscaler",
        "by-keda": "ScaledObject",
        "unmanaged": "HPA",
    }
    assert "paused at 2" in rows["by-keda"].blocked
    assert rows["by-hpa"].blocked
    assert rows["by-hpa"].desired is None


async def test_45_a_replay_ends_alike_at_any_speed(tmp_path: Path) -> None:
    async with served(tmp_path, scenario="stair-step") as cluster:
        watched = await cluster.watch(120.0, interval=5.0)
    live = fold(EMPTY, watched.events)
    for speed in (640.0, 0.0):
        session = ReplaySession(open_recording(watched.path), speed=speed, start="0%")
        run = asyncio.create_task(session.run())
        async with asyncio.timeout(120):
            while session.latest.now < live.now:
                await asyncio.sleep(0.02)
        session.stop("test")
        await run
        assert canonical(session.latest) == canonical(live)
        assert snapshot_csv(session.latest) == snapshot_csv(live)
        assert summary(session.latest, "x") == summary(live, "x")


async def test_44_the_first_line_says_what_was_watched_by_what(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        watched = await cluster.watch(10.0, label="wva", repetition=2)
    header = watched.events[0]
    assert isinstance(header, ev.Header)
    assert header.tool.startswith("wvatui ")
    assert (header.context, header.namespace) == ("wvatui-sim", "llm-d-sim")
    assert (header.label, header.repetition, header.interval_s) == ("wva", 2, 2.0)
    assert header.config
    assert header.schema[0] == 1


def test_46_a_file_that_is_cut_in_a_line_opens_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(1.0, started_at=1.0))
    writer.write([ev.Mark(2.0, note="whole"), ev.Mark(3.0, note="cut")])
    path.write_bytes(path.read_bytes()[:-9])
    reader = open_recording(path)
    assert [type(e) for e in reader.events()] == [ev.Header, ev.Mark]
    assert reader.notices == ["the last line is cut off"]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The parts of a recorded session, in their order."""
    folder = tmp_path_factory.mktemp("parts")

    async def record() -> None:
        async with served(folder, scenario="stair-step") as cluster:
            await cluster.watch(150.0, max_size=40_000)

    asyncio.run(record())
    return sorted(folder.glob("run-0*.jsonl"), key=lambda p: (len(p.name), p.name))


def test_the_gateway_is_read_and_shown_where_there_is_one(parts: list[Path]) -> None:
    events = [event for part in parts for event in open_recording(part).events()]
    state = fold(EMPTY, events)
    row = next(row for row in health_rows.health(state) if row.source == "epp")
    assert row.level == "ok"
    assert re.fullmatch(
        r"gateway queue \d+, in flight \d+, pool saturation \d+%, pool KV \d+%", row.text
    )
    looks = [event for event in events if isinstance(event, ev.Epp)]
    assert max(look.saturation for look in looks) > 1.0
    assert max(look.running for look in looks) > 20


def test_a_recording_in_parts_opens_part_by_part(parts: list[Path]) -> None:
    assert len(parts) >= 3
    assert all(part.stat().st_size < 70_000 for part in parts)
    for number, part in enumerate(parts, 1):
        reader = open_recording(part)
        state = fold(EMPTY, list(reader.events()))
        assert state.header is not None
        assert state.header.part == number
        assert state.header.variants == (("llama-8b-h100",) if number > 1 else ())
        (row,) = variant_rows.variants(state)
        assert (row.name, row.accelerator) == ("llama-8b-h100", "NVIDIA-H100-80GB-HBM3")
        assert limits.thresholds(state).known["kv"].source == "configured"
        # The last part may have begun a moment before the end.
        polled = any(replica.kv_ratio is not None for replica in replica_rows.replicas(state))
        assert polled or number == len(parts)
        assert all(r.ttft_p95_ms is None or r.ttft_p95_ms > 0 for r in replica_rows.replicas(state))


async def test_by_default_a_session_is_recorded_under_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with served(tmp_path) as cluster:
        asked = WatchRequest(kubeconfig=str(cluster.kubeconfig), headless=True, label="wva")
        session = LiveSession(lambda session: connect(asked, session), duration_s=20.0)
        await session.run()
        await session.aclose()
    (file,) = (tmp_path / "state" / "wvatui" / "sessions").iterdir()
    # Its cluster's time is simulated, so it is named by the time at which it was recorded.
    assert re.fullmatch(r"\d{8}-\d{6}-llm-d-sim-wva\.jsonl", file.name)
    assert not file.name.startswith("20260901-")
    assert file.stat().st_mode & 0o777 == 0o600
    (info,) = list_sessions(file.parent)
    assert (info.ended, info.label, info.decisions) == ("clean", "wva", 1)
