"""A manifest of the user's own as something to create: a Job, or a PipelineRun with its load."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.results.loose import at, text
from wvatui.errors import CheckFailed, ClusterError, ConfigError, UsageError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import PIPELINE
from wvatui.load.make.objects import kind_of, must_be_installed
from wvatui.load.read.detect import plan_of
from wvatui.load.read.files import ManifestFile
from wvatui.load.read.files import manifest as manifest_of
from wvatui.load.read.pipeline_plan import pipeline_of, planned, planned_stages


@dataclass(frozen=True, slots=True)
class FromFile:
    """What a manifest would do."""

    body: Mapping[str, Any]
    title: str
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    pipeline: Mapping[str, Any] | None = None
    """Spec of the Pipeline that a PipelineRun runs, where it could be read."""
    notes: tuple[str, ...] = ()


def read_file(path: Path, namespace: str) -> ManifestFile:
    """The manifest at `path`, for `namespace`. Raises UsageError."""
    found = manifest_of(path)
    if found.namespace not in ("", namespace):
        raise UsageError(
            f"{path}: it names namespace {found.namespace}, and {namespace} is watched",
            hint=f"launch it there: -n {found.namespace}",
        )
    return found


async def from_file(client: Client, found: ManifestFile, namespace: str) -> FromFile:
    """What it would do. Raises CheckFailed, ClusterError, ConfigError."""
    if found.kind == "Job":
        load = plan_of(found.manifest)
        return FromFile(found.manifest, found.name, load.stages, load.target, load.model)
    await must_be_installed(client, kind_of(found.manifest))
    pipeline, note = await _pipeline(client, found, namespace)
    plan = planned(found.manifest, pipeline)
    for one in plan:
        if one.step.wrong:
            where = f"{one.task}[{one.index}]" if one.index else one.task
            raise ConfigError(f"{found.path}:{found.line}: task {where}: {one.step.wrong}")
    first = plan[0].step if plan else None
    return FromFile(
        found.manifest,
        found.name,
        planned_stages(plan),
        first.target if first else "",
        first.model if first else "",
        pipeline or None,
        (note,) if note else (),
    )


async def _pipeline(
    client: Client, found: ManifestFile, namespace: str
) -> tuple[Mapping[str, Any], str]:
    """The spec of its Pipeline, and what is to be said about it."""
    if own := pipeline_of(found.manifest):
        return own, ""
    name = text(at(found.manifest, "spec", "pipelineRef", "name"))
    if not name:
        return {}, "its Pipeline is found by a resolver: the load is known once it runs"
    kind = PIPELINE._replace(version=kind_of(found.manifest).version)
    try:
        answer = await client.get_json(f"{kind.path(namespace)}/{name}")
    except ApiError as error:
        if error.status == 404:
            raise CheckFailed(
                f"{found.path}: there is no pipeline {name} in namespace {namespace}",
                hint="apply it first: kubectl apply -f",
            ) from None
        return {}, f"its Pipeline could not be read: {error.message}"
    except ClusterError as error:
        return {}, f"its Pipeline could not be read: {error.message}"
    spec = answer.get("spec")
    return (spec if isinstance(spec, Mapping) else {}), ""
