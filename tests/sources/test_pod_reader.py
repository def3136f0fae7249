"""A pod's own log and object, read over HTTP from a simulated cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import yaml

from tests.cluster import Bare
from tests.waiting import until
from wvatui.clock import WallClock
from wvatui.errors import DeniedError
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.client import Client
from wvatui.sim.api.context import AccessRules
from wvatui.sim.api.server import ApiServer
from wvatui.sources.log.pod_reader import TAIL, PodReader

POD = ("llm-d-sim", "engine-0")


@asynccontextmanager
async def reader_of(bare: Bare) -> AsyncIterator[tuple[PodReader, ApiServer]]:
    server = ApiServer(bare, speed=1.0, access=AccessRules())
    await server.start()
    clock = WallClock()
    client = Client(Access(Credentials(server=server.url)), clock)
    try:
        yield PodReader(client, clock, *POD), server
    finally:
        await client.aclose()
        await server.stop()


def engine_behind_a_sidecar() -> Bare:
    """A pod whose first container is a proxy, with a token in a variable and one in a flag."""
    bare = Bare()
    bare.pod("engine-0")
    obj = bare.store.get("Pod", *POD)
    obj["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    last = {"kubectl.kubernetes.io/last-applied-configuration": '{"value": "hf_S3CR3T"}'}
    obj["metadata"]["annotations"] = last | {"note": "kept"}
    engine = obj["spec"]["containers"][0]
    engine["env"] = [{"name": "HF_TOKEN", "value": "hf_S3CR3T"}, {"name": "PORT", "value": "8000"}]
    engine["args"] = ["--api-key", "S3CR3T", "--max-model-len", "8192"]
    obj["status"]["containerStatuses"] = [{"name": "server", "state": {"running": {}}}]
    obj["spec"]["containers"].insert(0, {"name": "proxy", "image": "routing-sidecar:v1"})
    bare.store.apply(obj)
    return bare


async def test_the_yaml_of_a_pod_is_whole_but_for_credentials_and_what_machines_read() -> None:
    async with reader_of(engine_behind_a_sidecar()) as (reader, _):
        rows = await reader.manifest()
    text = "\n".join(rows)
    assert "S3CR3T" not in text
    obj = yaml.safe_load(text)
    assert (obj["apiVersion"], obj["kind"], obj["status"]["phase"]) == ("v1", "Pod", "Running")
    assert "managedFields" not in obj["metadata"]
    assert obj["metadata"]["annotations"] == {"note": "kept"}
    engine = obj["spec"]["containers"][1]
    assert engine["env"] == [
        {"name": "HF_TOKEN", "value": "***"},
        {"name": "PORT", "value": "8000"},
    ]
    assert engine["args"] == ["--api-key", "***", "--max-model-len", "8192"]


async def test_the_log_is_the_engines_begins_with_its_last_lines_and_goes_on() -> None:
    bare = engine_behind_a_sidecar()
    bare.logbook.append(*POD, "proxy", "a line of the sidecar")
    for number in range(TAIL + 20):
        bare.logbook.append(*POD, "server", f"line {number} Authorization: Bearer S3CR3T")
    async with reader_of(bare) as (reader, _), asyncio.TaskGroup() as group:
        task = group.create_task(reader.follow())
        await until(lambda: reader.count >= TAIL, what="the last lines")
        assert (reader.container, reader.count, len(reader.lines)) == ("server", TAIL, TAIL)
        assert reader.lines[0].text.startswith("line 20 ")
        bare.logbook.append(*POD, "server", "the newest")
        await until(lambda: reader.count > TAIL, what="the newest line")
        task.cancel()
    assert reader.lines[-1].text == "the newest"
    assert len(reader.lines) == TAIL
    assert not any("S3CR3T" in line.text or "sidecar" in line.text for line in reader.lines)


async def test_a_right_that_is_missing_is_named() -> None:
    async with reader_of(engine_behind_a_sidecar()) as (reader, server):
        server.context.access.deny("get", "pods/log")
        task = asyncio.create_task(reader.follow())
        await until(lambda: bool(reader.health), what="why no line comes")
        task.cancel()
        assert reader.health == "not allowed to get pods/log in namespace llm-d-sim"
        server.context.access.deny("list", "pods")
        with pytest.raises(DeniedError, match="not allowed to list pods in namespace llm-d-sim"):
            await reader.manifest()
