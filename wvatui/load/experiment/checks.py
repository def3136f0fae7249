"""Checks against the cluster, made before anything is created in it."""

from collections.abc import Iterable, Mapping
from typing import Any

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.lines import clean, many
from wvatui.core.log.versions import family
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import CheckFailed, ClusterError, DeniedError
from wvatui.kube import paths
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.load.experiment.plan import ExperimentPlan, ExperimentSettings
from wvatui.load.experiment.scaling import Checked, check_scaling, other_loads
from wvatui.load.make.beside import KINDS as BESIDE
from wvatui.load.make.beside import known_data, named_apart, run_dry
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.objects import lacking, listed, missing_rights
from wvatui.load.make.target import target_trouble
from wvatui.load.profiles.manifests import made_by
from wvatui.load.read.detect import plan_of
from wvatui.sources.controller_place import SELECTOR, USUAL

LOG_S = 300
LOG_LINES = 400
"""Lines of the controller's log that are read to find its mode."""
MODELESS = "mode not applicable"
SILENT = "the controller's log is silent: its mode is not known yet"
SWITCH = {"model-based": "model-only", "capacity-based": "off", "hybrid": "on"}
"""Value of EXPERIMENTAL_HYBRID_OPTIMIZATION (WVA v0.4)."""
MIXED = "mixed"


def namespaces(planned: ExperimentPlan) -> tuple[str, ...]:
    """The namespaces in which an experiment creates jobs."""
    names = [
        str((stage.workload.manifest.body.get("metadata") or {}).get("namespace") or "")
        or planned.experiment.namespace
        for stage in planned.ran
    ]
    return tuple(dict.fromkeys(names))


async def check(client: Client, clock: Clock, planned: ExperimentPlan) -> Checked:
    """Check rights, Deployment, autoscaler, mode, other load and targets, and dry-run every object.

    Raises DeniedError naming verbs and resources, CheckFailed, ClusterError.
    """
    experiment, checked = planned.experiment, Checked()
    await _rights(client, planned)
    await _deployment(client, experiment, checked)
    await check_scaling(client, clock, experiment, checked)
    await _mode(client, clock, experiment, checked)
    await other_loads(client, namespaces(planned), checked)
    await _targets(client, planned, checked)
    await _dry_run(client, planned)
    return checked


async def _rights(client: Client, planned: ExperimentPlan) -> None:
    experiment = planned.experiment
    for namespace in namespaces(planned):
        kinds = {obj["kind"]: None for s in planned.stages for obj in s.workload.manifest.beside}
        beside = [BESIDE[kind] for kind in kinds]
        if missing := await missing_rights(client, namespace, beside=beside):
            raise DeniedError(f"not allowed in namespace {namespace}: {', '.join(missing)}")
    where = experiment.namespace
    scale = [("patch", paths.DEPLOYMENT, "scale")] if experiment.reset is not None else []
    if missing := await lacking(client, where, scale):
        raise DeniedError(f"not allowed in namespace {where}: {', '.join(missing)}")


async def _deployment(client: Client, experiment: ExperimentSettings, checked: Checked) -> None:
    name, namespace = experiment.deployment, experiment.namespace
    if not name:
        if experiment.reset is not None:
            raise CheckFailed("a reset needs to know the deployment", hint="add deployment: NAME")
        return
    path = f"{paths.DEPLOYMENT.path(namespace)}/{name}"
    try:
        obj = await client.get_json(path)
    except ApiError as error:
        if error.status != 404:
            raise
        there = await _names(client, paths.DEPLOYMENT, namespace)
        hint = f"there are: {', '.join(there)}" if there else ""
        raise CheckFailed(
            f"there is no deployment {name} in namespace {namespace}", hint=hint
        ) from None
    status = obj.get("status") or {}
    ready, wanted = status.get("readyReplicas") or 0, (obj.get("spec") or {}).get("replicas", 1)
    checked.notes.append(f"deployment {name}: {ready} of {many(wanted, 'replica')} ready")
    if not ready:
        checked.warnings.append(f"deployment {name} has no ready replica")


async def _names(client: Client, kind: paths.Kind, namespace: str) -> list[str]:
    try:
        items = await listed(client, kind, namespace)
    except ClusterError:
        return []
    return sorted(str(item["metadata"]["name"]) for item in items)[:20]


# --- the mode -----------------------------------------------------------------------------


async def _mode(
    client: Client, clock: Clock, experiment: ExperimentSettings, checked: Checked
) -> None:
    if experiment.mode in ("", "hpa"):
        return
    try:
        lines = await _controller_lines(client, experiment)
    except ClusterError as error:
        checked.warnings.append(f"the controller's mode is not known: {error.message}")
        return
    if lines is None:
        where = experiment.controller_namespace or ", ".join(USUAL)
        checked.warnings.append(f"mode {experiment.mode}: no WVA controller runs in {where}")
    elif words := mode_warning(experiment, lines, clock.now()):
        is_note = words.startswith((MODELESS, SILENT))
        (checked.notes if is_note else checked.warnings).append(words)
    else:
        checked.notes.append(f"the controller's mode is {experiment.mode}")


async def _controller_lines(client: Client, experiment: ExperimentSettings) -> list[str] | None:
    """The newest lines of the controllers' logs; None: there is no controller."""
    given = experiment.controller_namespace
    for namespace in dict.fromkeys([given] if given else [*USUAL, experiment.namespace]):
        pods = await listed(client, paths.POD, namespace, labelSelector=SELECTOR)
        if not pods and experiment.controller_prefix:
            every = await listed(client, paths.POD, namespace)
            prefix = experiment.controller_prefix
            pods = [pod for pod in every if str(pod["metadata"]["name"]).startswith(prefix)]
        if pods:
            return [line for pod in pods for line in await _log(client, namespace, pod)]
    return None


async def _log(client: Client, namespace: str, pod: Mapping[str, Any]) -> list[str]:
    name = pod["metadata"]["name"]
    params = {"sinceSeconds": str(LOG_S), "tailLines": str(LOG_LINES)}
    containers = [str(each.get("name")) for each in (pod.get("spec") or {}).get("containers") or ()]
    if len(containers) > 1:
        params["container"] = "manager" if "manager" in containers else containers[0]
    path = f"{paths.POD.path(namespace)}/{name}/log"
    answer = await client.get_bytes(path, params)
    return answer.body.decode("utf-8", "replace").split("\n")


# --- the load -----------------------------------------------------------------------------


async def _targets(client: Client, planned: ExperimentPlan, checked: Checked) -> None:
    """Ask each target once for its models. A target that cannot be reached this way gives a
    warning."""
    wanted: dict[tuple[str, str], set[str]] = {}
    mixed = planned.experiment.model_name == MIXED
    for stage in planned.stages:
        body = stage.workload.manifest.body
        load = plan_of(body, known_data(stage.workload.manifest.beside))
        if url := load.target:
            namespace = (body.get("metadata") or {}).get("namespace")
            key = (url, str(namespace or planned.experiment.namespace))
            models = wanted.setdefault(key, set())
            if not mixed and load.model:
                models.add(load.model)
    for (url, namespace), models in wanted.items():
        if words := await target_trouble(client, url, namespace, models):
            checked.warnings.append(words)
        else:
            checked.notes.append(f"target {url} answers")


async def _dry_run(client: Client, planned: ExperimentPlan) -> None:
    """Let the server check every job; the first job that it refuses prevents the run."""
    for stage in planned.ran:
        body = stage.workload.manifest.body
        own = str((body.get("metadata") or {}).get("namespace") or "")
        namespace = own or planned.experiment.namespace
        job = made_by(
            body, session="dry-run", key=str(stage.index), title=stage.name, namespace=namespace
        )
        job, beside = named_apart(job, stage.workload.manifest.beside)
        try:
            await run_dry(client, job, beside)
        except ApiError as error:
            words = HiddenValues([job, *beside]).text(error.message)
            raise CheckFailed(f"{stage.name}: its job would be refused: {words}") from None


def mode_of(word: str) -> str:
    """The experiment mode for the controller's word; empty: none."""
    lower = word.lower()
    if "hybrid" in lower:
        return "hybrid"
    if "model" in lower:
        return "model-based"
    return "capacity-based" if "capacity" in lower or "saturation" in lower else ""


def mode_warning(experiment: ExperimentSettings, lines: Iterable[str], now: float) -> str:
    """A warning about `mode` from the controller's newest log lines; empty: it is as wanted."""
    words = judged(experiment, fold(EMPTY, [ev.Log(now, line=line) for line in lines]))
    return SILENT if words is None else words


def judged(experiment: ExperimentSettings, state: State) -> str | None:
    """A warning about `mode`; empty: it is as wanted; None: the log has not shown it yet."""
    if not state.totals.reconciles and not state.totals.modes:
        return None
    words = sorted(state.totals.modes)
    if not words and state.mode.lower().endswith(("-only", "hybrid")):
        words = [state.mode]  # since v0.5 this word never changes
    if not words:
        release = family(state.totals.families)
        of = f" (WVA {release})" if release else ""
        return f"{MODELESS}: the controller{of} does not tell any"
    wanted = experiment.mode
    if wanted in {mode_of(word) for word in words}:
        return ""
    observed = clean(", ".join(words))
    where = experiment.controller_namespace or "NAMESPACE"
    name = experiment.controller_prefix or "DEPLOYMENT"
    return (
        f"the experiment wants mode {wanted}, and the controller says {observed}; to change it: "
        f"kubectl -n {where} set env deployment/{name} "
        f"EXPERIMENTAL_HYBRID_OPTIMIZATION={SWITCH[wanted]}"
    )
