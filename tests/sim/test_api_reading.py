"""Get, list and watch: selectors, pages, tables, versions, bookmarks, ends."""

import asyncio
import json

import pytest

from tests.sim.small import NS, START, asked, reading
from tests.waiting import until

PODS = f"/api/v1/namespaces/{NS}/pods"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("", ["a", "b", "c"]),
        ("app=x", ["a"]),
        ("app==x", ["a"]),
        ("app!=x", ["b", "c"]),
        ("app", ["a", "b"]),
        ("!app", ["c"]),
        ("app in (x, y),tier", ["b"]),
        ("app notin (x)", ["b", "c"]),
        ("app=x,tier=gold", []),
    ],
)
async def test_labels_choose_objects(selector: str, found: list[str]) -> None:
    async with asked() as here:
        here.cluster.pod("a", labels={"app": "x"})
        here.cluster.pod("b", labels={"app": "y", "tier": "gold"})
        here.cluster.pod("c")
        assert await here.names(PODS, labelSelector=selector) == found


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("metadata.name=a", ["a"]),
        ("metadata.name!=a", ["b"]),
        ("spec.nodeName=node-b,status.phase=Running", ["b"]),
        ("status.phase=Pending", []),
    ],
)
async def test_fields_choose_objects(selector: str, found: list[str]) -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.pod("b", node="node-b")
        assert await here.names(PODS, fieldSelector=selector) == found


async def test_events_are_chosen_by_what_they_are_about() -> None:
    async with asked() as here:
        for name in ("a", "b"):
            pod = here.cluster.pod(name)
            here.cluster.store.event(pod, "Warning", "Unhealthy", "probe failed", "kubelet")
        path = f"/api/v1/namespaces/{NS}/events"
        found = await here.json(path, fieldSelector="involvedObject.name=b,type=Warning")
        assert [event["involvedObject"]["name"] for event in found["items"]] == ["b"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"fieldSelector": "spec.image=x"}, "field label not supported: spec.image"),
        ({"labelSelector": "a b c"}, "unable to parse requirement"),
        ({"limit": "many"}, "invalid syntax"),
        ({"continue": "never-given-out"}, "continue key is not valid"),
        ({"watch": "1", "resourceVersion": "x"}, "invalid resource version"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(params: dict[str, str], said: str) -> None:
    async with asked() as here:
        code, reason, message = await here.refused(PODS, **params)
        assert (code, reason) == (400, "BadRequest")
        assert said in message


async def test_pages_hold_every_object_once_and_the_version_of_the_first() -> None:
    async with asked() as here:
        names = [f"pod-{number}" for number in range(7)]
        for name in names:
            here.cluster.pod(name)
        found: list[str] = []
        token, versions = "", set()
        while True:
            page = await here.json(PODS, limit="3", **({"continue": token} if token else {}))
            found += [item["metadata"]["name"] for item in page["items"]]
            versions.add(page["metadata"]["resourceVersion"])
            here.cluster.pod(f"another-{len(found)}")  # sorts before the present page
            token = page["metadata"].get("continue", "")
            if not token:
                break
        assert found == names
        assert versions == {"7"}


async def test_a_page_that_is_asked_for_too_late_is_expired() -> None:
    async with asked() as here:
        for name in ("a", "b"):
            here.cluster.pod(name)
        page = await here.json(PODS, limit="1")
        here.cluster.pod("c")
        here.cluster.store.forget_history()
        token = page["metadata"]["continue"]
        code, reason, _ = await here.refused(PODS, limit="1", **{"continue": token})
        assert (code, reason) == (410, "Expired")


async def test_one_namespace_or_all() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.pod("b", namespace="other")
        assert await here.names(PODS) == ["a"]
        assert await here.names("/api/v1/pods") == ["b", "a"]
        assert (await here.json(f"{PODS}/a"))["metadata"]["namespace"] == NS
        assert (await here.refused(f"{PODS}/b"))[0] == 404


async def test_kubectl_gets_a_table_with_the_columns_it_knows() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.timeline.run_until(START + 90)
        answer = await here.http.get(PODS, headers={"Accept": TABLE})
        table = answer.json()
        assert table["kind"] == "Table"
        names = [column["name"] for column in table["columnDefinitions"]]
        (row,) = table["rows"]
        cells = dict(zip(names, row["cells"], strict=True))
        shown = {key: cells[key] for key in ("Name", "Ready", "Status", "Restarts", "Age")}
        assert (
            shown
            == {"Name": "a", "Ready": "1/1", "Status": "Running", "Restarts": "0", "Age": "90s"}
            or shown["Restarts"] == 0
        )
        assert row["object"]["metadata"]["name"] == "a"
        assert "spec" not in row["object"]


async def test_a_watch_tells_changes_from_a_version_on_and_never_what_was_before() -> None:
    async with asked() as here:
        here.cluster.pod("old")
        version = here.cluster.store.resource_version
        here.cluster.pod("missed")
        async with reading(here, PODS, watch="1", resourceVersion=str(version)) as watch:
            assert watch.answer.headers["content-type"] == "application/json"
            seen = [await watch.event()]
            here.cluster.pod("new", labels={"n": "1"})
            here.cluster.pod("new", labels={"n": "2"})
            here.cluster.store.delete("Pod", NS, "new")
            seen += [await watch.event() for _ in range(3)]
        told = [(verb, thing["metadata"]["name"]) for verb, thing in seen]
        assert told == [
            ("ADDED", "missed"),
            ("ADDED", "new"),
            ("MODIFIED", "new"),
            ("DELETED", "new"),
        ]
        versions = [int(thing["metadata"]["resourceVersion"]) for _, thing in seen]
        assert versions == sorted(set(versions))
        assert versions[0] > version


async def test_a_watch_without_a_version_begins_with_what_there_is() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        async with reading(here, PODS, watch="1") as watch:
            verb, thing = await watch.event()
            assert (verb, thing["metadata"]["name"]) == ("ADDED", "a")


async def test_an_object_that_is_relabelled_comes_into_a_watch_and_leaves_it() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        async with reading(here, PODS, watch="1", labelSelector="app=x") as watch:
            here.cluster.pod("b")
            here.cluster.pod("a", labels={"app": "x"})
            here.cluster.pod("a", labels={"app": "y"})
            told = [await watch.event() for _ in range(2)]
        assert [(verb, t["metadata"]["name"]) for verb, t in told] == [
            ("ADDED", "a"),
            ("DELETED", "a"),
        ]


async def test_a_quiet_watch_gets_a_bookmark_each_minute_of_the_clusters_time() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        driver = await here.driver()
        async with reading(
            here, PODS, watch="1", resourceVersion="1", allowWatchBookmarks="true"
        ) as watch:
            here.cluster.deployment("other")  # another kind also raises the resourceVersion
            await here.advance(driver, START + 61)
            verb, mark = await watch.event()
            assert (verb, mark["kind"]) == ("BOOKMARK", "Pod")
            assert mark["metadata"] == {"resourceVersion": "2"}


async def test_a_watch_ends_after_the_time_that_was_asked_for() -> None:
    async with asked() as here:
        driver = await here.driver()
        async with reading(here, PODS, watch="1", timeoutSeconds="30") as watch:
            await here.advance(driver, START + 29)
            here.cluster.pod("a")
            assert (await watch.event())[0] == "ADDED"
            await here.advance(driver, START + 31)
            assert await watch.line() is None


async def test_a_watch_that_nobody_reads_any_more_is_forgotten() -> None:
    async with asked() as here:
        async with reading(here, PODS, watch="1") as watch:
            here.cluster.pod("a")
            await watch.event()
            assert len(here.server.context.streams) == 1
        await until(lambda: len(here.server.context.streams) == 0)


async def test_a_watch_in_tables_has_its_columns_once() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.pod("b")
        async with here.http.stream(
            "GET", PODS, params={"watch": "1"}, headers={"Accept": TABLE}
        ) as answer:
            lines = answer.aiter_lines()
            tables = [json.loads(await anext(lines))["object"] for _ in range(2)]
        assert [bool(table["columnDefinitions"]) for table in tables] == [True, False]
        assert [len(table["rows"]) for table in tables] == [1, 1]


async def test_everybody_sees_the_same_at_one_moment() -> None:
    async with asked() as here:
        for number in range(20):
            here.cluster.pod(f"pod-{number}")
        await here.driver()
        answers = await asyncio.gather(*(here.http.get(PODS) for _ in range(10)))
        assert len({answer.text for answer in answers}) == 1


async def test_discovery_names_every_resource_and_only_those_that_are_installed() -> None:
    async with asked() as here:
        groups = {group["name"] for group in (await here.json("/apis"))["groups"]}
        assert {"apps", "autoscaling", "batch", "keda.sh", "llmd.ai"} <= groups
        apps = await here.json("/apis/apps/v1")
        assert {"deployments", "deployments/scale"} <= {r["name"] for r in apps["resources"]}
        here.server.context.catalogue.crds.discard("llmd.ai")
        groups = {group["name"] for group in (await here.json("/apis"))["groups"]}
        assert "llmd.ai" not in groups
        assert (await here.http.get("/apis/llmd.ai/v1alpha1")).text == "404 page not found\n"
        code, reason, message = await here.refused("/apis/apps/v1/daemonsets")
        assert (code, reason) == (404, "NotFound")
        assert message == "the server could not find the requested resource"
