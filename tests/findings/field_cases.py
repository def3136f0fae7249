"""Clusters that people reported, served over HTTP in simulated time.

A case is a program that makes objects, pages and logs around the present time, which here is the
start of the simulated time.
"""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.cluster import Bare, Served, served
from tests.fixtures import shared
from tests.recording.test_scenarios import module
from wvatui.sim.api.context import AccessRules
from wvatui.sim.cluster import START
from wvatui.sim.pods.exposition import PodPage

NS = "ns"
Page = tuple[int, str | bytes, str]


def scenario(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The modules of a case: its program and its server, both at the start of simulated time."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    folder = shared("field-cases/_server")
    base = module(folder / "base.py")
    monkeypatch.setattr(base, "time", SimpleNamespace(time=lambda: START))
    monkeypatch.setitem(sys.modules, "base", base)
    program = module(shared(f"field-cases/{name}/scenario.py"))
    return program, module(folder / "fake.py")


def cluster(program: ModuleType, server: ModuleType) -> tuple[Bare, AccessRules]:
    """The cluster that a case's program describes, and its access rules."""
    bare, access = Bare(), AccessRules()
    for plural, objects in program.OBJ.items():
        kind, api = server.KINDS[plural]
        for thing in objects:
            thing["metadata"].setdefault("namespace", NS)
            bare.store.apply({"kind": kind, "apiVersion": api, **thing})
    for (namespace, pod, container), lines in getattr(program, "LOGS", {}).items():
        for line in lines:  # the simulated server adds the kubelet's time stamp itself
            bare.logbook.append(namespace, pod, container, line.partition(" ")[2])
    for plural, namespace in getattr(program, "DENIED", ()):
        access.deny("*", plural, namespace)
    for pod, port in {(key[0], int(key[1])) for key in program.METRICS}:
        secure = (pod, str(port), "https", "/metrics") in program.METRICS
        bare.pages.listen(NS, pod, port, _answers(program.METRICS, pod, port), secure=secure)
    return bare, access


def _answers(pages: dict[Any, Page], pod: str, port: int) -> Callable[[str], PodPage]:
    def answer(path: str) -> PodPage:
        keys = [(pod, str(port), scheme, path) for scheme in ("https", "")] + [(pod, str(port))]
        found = next((pages[key] for key in keys if key in pages), None)
        if found is None:
            return 404, "text/plain", b"404 page not found"
        code, body, kind = found
        return code, kind, body if isinstance(body, bytes) else body.encode()

    return answer


@asynccontextmanager
async def field_case(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Served]:
    """A case that is being served; watch it in the namespace `NS`."""
    bare, access = cluster(*scenario(name, monkeypatch))
    async with served(folder, made=bare, access=access) as here:
        yield here
