"""Checks before a run: what scales the target, how far it can scale, and which other load there
is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.events.load_events import ENDED
from wvatui.core.kube_object import ReadObject, labels_of, object_name
from wvatui.core.lines import clean
from wvatui.core.results.loose import at, rows, table, text
from wvatui.errors import CheckFailed, ClusterError, DeniedError
from wvatui.kube import paths
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.load.experiment.gpus import gpu_words
from wvatui.load.experiment.plan import ExperimentSettings
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.objects import KINDS, lacking, listed
from wvatui.load.make.scalers import TARGETS, scaler_of
from wvatui.load.profiles.manifests import MANAGED_BY, OWNER, SESSION, SessionProcess
from wvatui.load.read.detect import HARNESSES, is_load, plan_of
from wvatui.load.read.facts import job_state, pod_state
from wvatui.load.read.scalers import KEDA_MAX, ScalerManifest
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.scaled_object import decode_scaled_object

WVA_METRICS = ("wva_", "inferno_")
"""Prefixes of the metrics with which WVA passes its target to an HPA or KEDA."""


@dataclass(slots=True)
class Checked:
    """The results of the checks. One that prevents the run is raised instead."""

    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Results that need no action."""


@dataclass(frozen=True, slots=True)
class _Scaling:
    """HPAs and ScaledObjects of a namespace, as objects and as events."""

    objects: Mapping[str, Sequence[ReadObject]]
    """By kind."""
    hpas: Sequence[ev.Autoscaler]
    scaled: Sequence[ev.ScaledObject]


async def check_scaling(
    client: Client, clock: Clock, experiment: ExperimentSettings, checked: Checked
) -> None:
    """Check what scales the target now and during the run. Raises DeniedError, CheckFailed,
    ClusterError.

    Where any mode will do and the experiment brings no scaler, a missing right to list is only
    noted.
    """
    await _rights(client, experiment)
    await _own_targets(client, experiment)
    try:
        seen = await _seen(client, clock, experiment.namespace)
    except DeniedError as error:
        if experiment.scalers or experiment.mode == "hpa":
            raise
        checked.notes.append(f"who scales is not known: {error.message}")
        return
    _conflicts(experiment, seen)
    await _dry_run(client, experiment)
    if experiment.mode == "hpa":
        _no_wva(experiment, seen, clock.now(), checked)
    _paused(experiment, seen, checked)
    await _gpus(client, experiment, seen, checked)


async def _seen(client: Client, clock: Clock, namespace: str) -> _Scaling:
    objects = {
        kind.kind: await listed(client, kind, namespace)
        for kind in (paths.AUTOSCALER, paths.SCALED_OBJECT)
    }
    now = clock.now()
    return _Scaling(
        objects,
        [decode_autoscaler(obj, now) for obj in objects[paths.AUTOSCALER.kind]],
        [decode_scaled_object(obj, now) for obj in objects[paths.SCALED_OBJECT.kind]],
    )


# --- scalers of the experiment -------------------------------------------------------------


async def _rights(client: Client, experiment: ExperimentSettings) -> None:
    """Check the rights to create and delete its scalers, and to scale their targets back."""
    namespace = experiment.namespace
    rights = [
        (verb, KINDS[scaler.kind], "")
        for scaler in experiment.scalers
        for verb in ("create", "delete", "list")
    ]
    targets = [TARGETS[s.target_kind] for s in experiment.scalers if s.target_kind in TARGETS]
    rights += [("get", kind, "") for kind in targets]
    rights += [("patch", kind, "scale") for kind in targets]
    if missing := await lacking(client, namespace, dict.fromkeys(rights)):
        raise DeniedError(
            f"not allowed in namespace {namespace}: {', '.join(missing)}",
            hint="deploy/role-load-scalers.yaml has the rights",
        )


async def _own_targets(client: Client, experiment: ExperimentSettings) -> None:
    """Check that its scalers are in its namespace, and that their targets exist.

    Raises CheckFailed, ClusterError.
    """
    where = experiment.namespace
    for scaler in experiment.scalers:
        own = text(at(scaler.body, "metadata", "namespace"))
        if own not in ("", where):
            raise CheckFailed(f"{scaler}: namespace {own}: the experiment is in {where}")
        if (kind := TARGETS.get(scaler.target_kind)) is None:
            continue
        try:
            await client.get_json(f"{kind.path(where)}/{scaler.target}")
        except ApiError as error:
            if error.status != 404:
                raise
            target = f"{scaler.target_kind} {scaler.target}"
            words = f"there is no {target} in namespace {where}: {scaler} would scale nothing"
            raise CheckFailed(words) from None


def _conflicts(experiment: ExperimentSettings, seen: _Scaling) -> None:
    """Raise where a scaler of the experiment would conflict with another one.

    Scalers left by an ended session are deleted before the run, and paused ones do nothing: neither
    is a conflict.
    """
    by_target: dict[str, ScalerManifest] = {}
    paused = {each.name for each in seen.scaled if each.paused}
    for scaler in experiment.scalers:
        if (other := by_target.setdefault(scaler.target, scaler)) is not scaler:
            raise CheckFailed(f"{other} and {scaler} both scale {scaler.target}")
        for kind, objects in seen.objects.items():
            for obj in objects:
                name = object_name(obj)
                if _is_left_behind(obj):
                    continue
                if (kind, name) == (scaler.kind, scaler.name):
                    raise CheckFailed(
                        f"{scaler} is there already in namespace {experiment.namespace}",
                        hint="nothing is written over: give it another name, or delete that one",
                    )
                is_paused = kind == paths.SCALED_OBJECT.kind and name in paused
                if text(at(obj, "spec", "scaleTargetRef", "name")) == scaler.target and not (
                    is_paused or _is_of_keda(obj)
                ):
                    raise CheckFailed(
                        f"{scaler.target} is scaled by {kind} {name} already: {scaler} would work "
                        "against it",
                        hint="delete it while the experiment runs, or pause it: annotate the "
                        "ScaledObject with autoscaling.keda.sh/paused=true"
                        if kind == paths.SCALED_OBJECT.kind
                        else "delete it while the experiment runs",
                    )


def _is_of_keda(obj: ReadObject) -> bool:
    """Whether KEDA created this HPA for a ScaledObject, which is checked itself and whose deletion
    removes the HPA."""
    owners = map(table, rows(at(obj, "metadata", "ownerReferences")))
    return any(owner.get("kind") == paths.SCALED_OBJECT.kind for owner in owners)


def _is_left_behind(obj: ReadObject) -> bool:
    """Whether an ended session created it, or KEDA did for an object that such a session
    created."""
    owner = SessionProcess.read(text(at(obj, "metadata", "annotations", OWNER)))
    if owner is not None:
        return owner.alive is False
    return SESSION in labels_of(obj)


async def _dry_run(client: Client, experiment: ExperimentSettings) -> None:
    """Let the server check every scaler of the experiment. Raises CheckFailed."""
    for scaler in experiment.scalers:
        body = scaler_of(scaler, "dry-run", experiment.namespace)
        path = KINDS[scaler.kind].path(experiment.namespace)
        try:
            await client.post_json(path, body, {"dryRun": "All"})
        except ApiError as error:
            if error.status == 409:
                continue  # left by an earlier session, and deleted before the run
            words = HiddenValues([scaler.body]).text(error.message)
            if error.status == 404 and scaler.kind == paths.SCALED_OBJECT.kind:
                words = f"KEDA is not installed in this cluster ({words})"
            raise CheckFailed(f"{scaler} would be refused: {words}") from None


# --- what scales, and how far --------------------------------------------------------------


def _no_wva(experiment: ExperimentSettings, seen: _Scaling, now: float, checked: Checked) -> None:
    """Check that an HPA drives the target, and WVA does not."""
    name, own = experiment.deployment, experiment.scalers
    keda = [scaler.body for scaler in own if scaler.kind == paths.SCALED_OBJECT.kind]
    plain = [scaler.body for scaler in own if scaler.kind == paths.AUTOSCALER.kind]
    hpas = [*seen.hpas, *(decode_autoscaler(body, now) for body in plain)]
    scaled = [*seen.scaled, *(decode_scaled_object(body, now) for body in keda)]
    if driver := wva_driver(hpas, scaled, name):
        raise CheckFailed(
            f"mode hpa, but WVA drives {name}: {driver}",
            hint="let an HPA of its own scale it, or change the mode",
        )
    if name not in {hpa.target_name for hpa in hpas} | {each.target_name for each in scaled}:
        more = f": kubectl apply -f {experiment.hpa_manifest}" if experiment.hpa_manifest else ""
        checked.warnings.append(f"mode hpa, but no HPA scales {name}{more}")


def wva_driver(
    hpas: Iterable[ev.Autoscaler], scaled: Iterable[ev.ScaledObject], deployment: str
) -> str:
    """How WVA drives `deployment`, in words; empty: it does not."""
    for hpa in hpas:
        if hpa.target_name != deployment:
            continue
        read = [metric.name for metric in hpa.metrics if metric.name.startswith(WVA_METRICS)]
        if read or hpa.managed:
            return f"HPA {hpa.name} " + (f"reads {read[0]}" if read else "is managed by it")
    for scaler in scaled:
        if scaler.target_name == deployment and (
            scaler.managed or any("wva_" in trigger for trigger in scaler.triggers)
        ):
            return f"ScaledObject {scaler.name} takes its value"
    return ""


def _paused(experiment: ExperimentSettings, seen: _Scaling, checked: Checked) -> None:
    """Warn of the target's ScaledObjects that are paused."""
    for scaled in seen.scaled:
        if experiment.deployment not in ("", scaled.target_name):
            continue
        if scaled.paused:
            words = f"is {scaled.paused}: it does not scale {scaled.target_name}"
        elif scaled.held:
            words = f"is held: {' and '.join(scaled.held)} of {scaled.target_name} paused"
        else:
            continue
        checked.warnings.append(clean(f"ScaledObject {scaled.name} {words}"))


async def _gpus(
    client: Client, experiment: ExperimentSettings, seen: _Scaling, checked: Checked
) -> None:
    """Check that there are GPUs for the Deployment's largest target."""
    name = experiment.deployment
    limits = [s.most for s in experiment.scalers if s.target == name]
    limits += [hpa.max for hpa in seen.hpas if hpa.target_name == name and hpa.max is not None]
    limits += [
        KEDA_MAX if scaled.max is None else scaled.max
        for scaled in seen.scaled
        if scaled.target_name == name and not scaled.paused
    ]
    limits += [experiment.reset.replicas] if experiment.reset is not None else []
    if not name or not limits:
        return
    deployment = await client.get_json(f"{paths.DEPLOYMENT.path(experiment.namespace)}/{name}")
    try:
        enough = await gpu_words(client, deployment, max(limits))
    except ClusterError as error:
        checked.notes.append(f"whether GPUs are left is not known: {error.message}")
        return
    if enough is not None:
        (checked.notes if enough[0] else checked.warnings).append(clean(enough[1]))


# --- other load ----------------------------------------------------------------------------


async def other_loads(client: Client, namespaces: Iterable[str], checked: Checked) -> None:
    """Warn of other load in these namespaces, whose requests would appear in the figures.

    Load of ended sessions, or from another machine, is reported elsewhere.
    """
    for namespace in namespaces:
        for obj in await listed(client, paths.JOB, namespace):
            job = {"kind": "Job", **obj}
            if job_state(job)["status"] in ENDED or at(job, "spec", "suspend"):
                continue
            if labels_of(job).get(MANAGED_BY) == "wvatui":
                owner = SessionProcess.read(text(at(job, "metadata", "annotations", OWNER)))
                if owner is not None and owner.alive:
                    words = f"another run is under way: its job {object_name(job)} sends load"
                    checked.warnings.append(clean(f"{words} in {namespace}"))
            elif is_load(job):
                tool = plan_of(job).tool
                words = f"job {object_name(job)}{f' ({tool})' if tool else ''}"
                checked.warnings.append(clean(f"other load is under way in {namespace}: {words}"))
        for (key, value), harness in HARNESSES.items():
            for pod in await listed(client, paths.POD, namespace, labelSelector=f"{key}={value}"):
                if pod_state(pod)["status"] not in ENDED and SESSION not in labels_of(pod):
                    words = f"pod {object_name(pod)} ({harness})"
                    checked.warnings.append(
                        clean(f"other load is under way in {namespace}: {words}")
                    )
