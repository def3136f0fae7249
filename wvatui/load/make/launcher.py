"""Launches load for one session: previews it, creates it, aborts it, deletes it at the end.

A user's own manifest can be launched too: a Job, or a PipelineRun that contains load.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.events import Stage
from wvatui.core.lines import clean
from wvatui.core.redact import redacted_text
from wvatui.core.results.loose import at, text
from wvatui.errors import CheckFailed, ClusterError, ConfigError, DeniedError, UsageError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import PIPELINE, Kind
from wvatui.load.make.beside import KINDS as BESIDE
from wvatui.load.make.beside import known_data, named_apart, run_dry
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.jobs import Jobs
from wvatui.load.make.objects import (
    Leftover,
    delete,
    kind_of,
    leftovers,
    missing_rights,
    must_be_installed,
)
from wvatui.load.make.order import (
    NUMBERS,
    FoundTargets,
    LaunchPreview,
    Option,
    Order,
    clean_target,
    file_option,
    fit_profile,
    told,
)
from wvatui.load.make.recent import read_recent, remember
from wvatui.load.make.target import target_trouble, targets
from wvatui.load.profiles import manifests
from wvatui.load.profiles.profiles import PROFILES, OwnManifest, own_profiles
from wvatui.load.read.detect import plan_of
from wvatui.load.read.files import ManifestFile, written
from wvatui.load.read.files import manifest as manifest_of
from wvatui.load.read.pipeline_plan import pipeline_of, planned, planned_stages
from wvatui.sources.source import Emit


@dataclass(frozen=True, slots=True)
class FromFile:
    """The load described by a manifest."""

    body: Mapping[str, Any]
    title: str
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    pipeline: Mapping[str, Any] | None = None
    """Spec of the Pipeline that a PipelineRun runs; None: it could not be read."""
    notes: tuple[str, ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()
    """ConfigMaps and Secrets of the same file."""


def read_file(path: Path, namespace: str) -> ManifestFile:
    """The manifest at `path`, for `namespace`. Raises UsageError."""
    file = manifest_of(path)
    if file.namespace not in ("", namespace):
        raise UsageError(
            f"{path}: it names namespace {file.namespace}, and {namespace} is watched",
            hint=f"launch it there: -n {file.namespace}",
        )
    return file


async def from_file(client: Client, file: ManifestFile, namespace: str) -> FromFile:
    """The load that a manifest describes. Raises CheckFailed, ClusterError, ConfigError."""
    if file.kind == "Job":
        load = plan_of(file.manifest, known_data(file.beside))
        return FromFile(
            file.manifest,
            file.name,
            load.stages,
            load.target,
            load.model,
            notes=load.notes or (() if load.tool else (NO_TOOL,)),
            beside=file.beside,
        )
    await must_be_installed(client, kind_of(file.manifest))
    pipeline, note = await _pipeline(client, file, namespace)
    plan = planned(file.manifest, pipeline)
    for step in plan:
        if step.step.wrong:
            where = f"{step.task}[{step.index}]" if step.index else step.task
            raise ConfigError(f"{file.path}:{file.line}: task {where}: {step.step.wrong}")
    first = plan[0].step if plan else None
    return FromFile(
        file.manifest,
        file.name,
        planned_stages(plan),
        first.target if first else "",
        first.model if first else "",
        pipeline or None,
        (note,) if note else (),
    )


async def _pipeline(
    client: Client, file: ManifestFile, namespace: str
) -> tuple[Mapping[str, Any], str]:
    """The spec of its Pipeline, and a note about it."""
    if own := pipeline_of(file.manifest):
        return own, ""
    name = text(at(file.manifest, "spec", "pipelineRef", "name"))
    if not name:
        return {}, "its Pipeline is found by a resolver: the load is known once it runs"
    kind = PIPELINE._replace(version=kind_of(file.manifest).version)
    try:
        answer = await client.get_json(f"{kind.path(namespace)}/{name}")
    except ApiError as error:
        if error.status == 404:
            raise CheckFailed(
                f"{file.path}: there is no pipeline {name} in namespace {namespace}",
                hint="apply it first: kubectl apply -f",
            ) from None
        return {}, f"its Pipeline could not be read: {error.message}"
    except ClusterError as error:
        return {}, f"its Pipeline could not be read: {error.message}"
    spec = answer.get("spec")
    return (spec if isinstance(spec, Mapping) else {}), ""


NO_TOOL = "no load tool is recognised in it: what it offers is unknown"


def _written(hidden: HiddenValues, objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Objects as lines of YAML, with their secrets hidden."""
    lines: list[str] = []
    for obj in objects:
        lines += ["---"] if lines else []
        lines += written(hidden.shown(obj))
    return lines


SPARE_S = 900.0
"""Seconds after the end of its load at which a job ends by itself if nothing deletes it."""
BUILT_IN = tuple(Option(p.name, p.title, "built-in", p.tool, p) for p in PROFILES)


@dataclass(slots=True)
class LaunchPlaces:
    """Where the launcher reads and stores the user's own files. None: nowhere."""

    config: Path | None = None
    recent: Path | None = None


@dataclass(slots=True)
class Launcher:
    """Launches load for one session. It is also the source of its jobs: `run` watches and deletes
    them."""

    client: Client
    clock: Clock
    jobs: Jobs
    session: str
    namespace: str
    context: str = ""
    places: LaunchPlaces = field(default_factory=LaunchPlaces)
    leftovers: bool = True
    """Whether to look for load that earlier sessions left; off where the user was asked before."""
    names: Callable[[], tuple[str, ...]] = lambda: ()
    """Models seen in the session."""
    name: str = "load"
    title: str = "load jobs"
    ready: asyncio.Event = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        self.ready = self.jobs.ready

    async def run(self, emit: Emit) -> None:
        """Watch the jobs of this session; they are deleted when this ends, for whatever reason."""
        try:
            await self.jobs.run(emit)
        finally:
            for trouble in await self.jobs.clean_up():
                now = self.clock.now()
                emit(ev.Notice(now, source=self.name, code="load-left", text=trouble))

    # --- the available loads

    def options(self) -> tuple[Option, ...]:
        """Recent loads first, then the user's own, then the built-in. Raises ConfigError."""
        return (*self._recent(), *self._own(), *BUILT_IN)

    def _own(self) -> list[Option]:
        options = []
        for profile in own_profiles(self.places.config) if self.places.config else ():
            if isinstance(profile, OwnManifest):
                title = profile.title or str(profile.path)
                options.append(Option(profile.name, title, "yours", path=profile.path))
            else:
                options.append(Option(profile.name, profile.title, "yours", profile.tool, profile))
        return options

    def _recent(self) -> list[Option]:
        own: list[Option] = []
        with suppress(ConfigError):
            own = self._own()
        by_name = {option.name: option for option in (*BUILT_IN, *own)}
        options = []
        for entry in read_recent(self.places.recent):
            with suppress(KeyError, TypeError, ValueError):
                path = Path(entry["path"]) if entry.get("path") else None
                option = file_option(path) if path is not None else by_name[entry["name"]]
                numbers = {name: entry.get(name) for name in NUMBERS}
                order = Order(
                    option,
                    **numbers,
                    target=str(entry.get("target") or ""),
                    model=str(entry.get("model") or ""),
                )
                options.append(replace(option, kind="recent", title=told(order), order=order))
        return options

    async def look(self) -> FoundTargets:
        """Rights, targets and models that the cluster reports. Raises ClusterError."""
        denied = tuple(await missing_rights(self.client, self.namespace))
        if denied and not await missing_rights(self.client, self.namespace, "PipelineRun"):
            denied = ()  # the chosen namespace is checked later
        missing: tuple[str, ...] = ()
        with suppress(ClusterError):  # the user can type it
            missing = await targets(self.client, self.namespace)
        return FoundTargets(missing, self.names(), denied)

    # --- the preview

    async def draft(self, order: Order) -> LaunchPreview:
        """The object to create, after the target was asked once and the server has dry-run it.

        Raises WvatuiError: UsageError for a mistake in the order, DeniedError, CheckFailed.
        """
        load, profile, limit_s = await self._ordered(order)
        self._count += 1
        job = manifests.made_by(
            load.body,
            session=self.session,
            key=str(self._count),
            title=load.title,
            namespace=self.namespace,
            limit_s=limit_s,
        )
        job, beside = named_apart(job, load.beside)
        hidden = HiddenValues([job, *beside])
        trouble, models = "", {load.model} if load.model else set()
        if load.target:
            trouble = await target_trouble(self.client, load.target, self.namespace, models)
        try:
            await run_dry(self.client, job, beside)
        except ApiError as error:
            words = hidden.text(error.message)
            raise CheckFailed(f"the server would refuse it: {words}") from None
        notes = [*load.notes, "the server has run it dry: it would be accepted"]
        if load.target and not trouble:
            notes.insert(0, f"target {clean(load.target)} answers")
        metadata = job["metadata"]
        return LaunchPreview(
            context=clean(self.context),
            server=clean(redacted_text(self.client.server)),
            namespace=self.namespace,
            kind=str(job["kind"]),
            title=load.title,
            body=job,
            name=str(metadata.get("name") or f"{metadata.get('generateName')}…"),
            manifest=tuple(clean(line) for line in _written(hidden, [*beside, job])),
            warnings=(hidden.text(trouble),) if trouble else (),
            notes=tuple(map(hidden.text, notes)),
            profile=profile,
            stages=tuple(
                msgspec.structs.replace(stage, name=hidden.text(stage.name))
                for stage in load.stages
            ),
            order=order,
            pipeline=load.pipeline,
            beside=beside,
        )

    async def _ordered(self, order: Order) -> tuple[FromFile, str, float | None]:
        """The load of an order, the name of its profile or file, and a Job's time limit in
        seconds."""
        if (path := order.option.path) is not None:
            file = read_file(path, self.namespace)
            await self._must_be_allowed(file.kind, [BESIDE[obj["kind"]] for obj in file.beside])
            return await from_file(self.client, file, self.namespace), path.name, None
        fit = fit_profile(order)
        await self._must_be_allowed("Job")
        target, model = clean_target(order), order.model.strip()
        owner = manifests.JobOwner(self.namespace, self.session, "x", told(order))
        body = manifests.job(fit, target, model, owner)
        # The name gets its unique suffix when the job is prepared, as that of a file's manifest
        # does.
        body["metadata"]["name"] = f"wvatui-{fit.name}"
        load = FromFile(body, fit.name, fit.stages, target, model)
        return load, fit.name, fit.duration_s + SPARE_S

    async def _must_be_allowed(self, kind: str, beside: Sequence[Kind] = ()) -> None:
        if denied := await missing_rights(self.client, self.namespace, kind, beside):
            raise DeniedError(f"not allowed in namespace {self.namespace}: {', '.join(denied)}")

    # --- creation

    async def create(self, draft: LaunchPreview) -> str:
        """Create the load and return its name. Raises ClusterError; nothing exists then."""
        # The stages of a pipeline are those that its tasks really run.
        own = draft.kind == "PipelineRun"
        made = await self.jobs.create(
            draft.body,
            draft.title,
            profile=draft.profile,
            stages=() if own else draft.stages,
            pipeline=draft.pipeline,
            beside=draft.beside,
        )
        if draft.order is not None:
            remember(self.places.recent, draft.order)
        return made.name

    @property
    def running(self) -> tuple[str, ...]:
        """Titles of this session's jobs that have not ended."""
        return tuple(job.title for job in self.jobs.made if not job.ended)

    async def abort(self) -> tuple[str, ...]:
        """Delete every job of this session that has not ended; returns their titles.

        Raises ClusterError naming those that still exist.
        """
        gone, left = [], []
        for job in list(self.jobs.made):
            if job.ended:
                continue
            try:
                await self.jobs.delete(job)
                gone.append(job.title)
            except ClusterError as error:
                left.append(f"{job.name} ({error.message})")
        if left:
            raise ClusterError(f"still there: {', '.join(left)}")
        return tuple(gone)

    # --- load left by earlier sessions

    async def left_behind(self) -> tuple[Leftover, ...]:
        """Jobs that ended sessions did not delete; empty where they cannot be listed."""
        if not self.leftovers:
            return ()
        try:
            leftover = await leftovers(self.client, self.namespace, session=self.jobs_label)
        except ClusterError:
            return ()
        return tuple(item for item in leftover if item.alive is False)

    @property
    def jobs_label(self) -> str:
        """The session's id as a label value."""
        return manifests.label(self.session)

    async def delete_left(self, left: Sequence[Leftover]) -> str:
        """Delete these objects; returns how many, in words. Raises ClusterError."""
        for item in left:
            await delete(self.client, item.made)
        return f"deleted {len(left)} job{'s' * (len(left) != 1)} of an earlier session"
