"""The configuration of a session: images, engine arguments, scalers, thresholds, load; by name."""

import shlex
from collections.abc import Iterator
from typing import Any

import msgspec

from wvatui.core import events as ev
from wvatui.core.explain.limits import limits_now
from wvatui.core.lines import clean
from wvatui.core.queries.load.load_rows import stages
from wvatui.core.state.linking import state_links
from wvatui.core.state.state import State

ConfiguredSetting = tuple[str, str, str]
"""(section, name, value)."""
_SIZES = ("min", "max", "asked")
CONFIGURED: dict[type[ev.Event], tuple[str, ...]] = {
    ev.Config: ("data",),
    ev.Autoscaler: (*_SIZES, "behavior"),
    ev.ScaledObject: (
        *(*_SIZES, "polling_s", "cooldown_s", "idle", "initial_cooldown_s"),
        *("modifiers", "on_failure", "paused", "held"),
    ),
    ev.Workload: ("images", "arguments"),
}
"""By event type: the fields that are configuration, not status."""


def configuration(state: State) -> tuple[ConfiguredSetting, ...]:
    """All known settings, as they were at the end; unknown ones are left out."""
    settings = (*_thresholds(state), *_scalers(state), *_images(state), *_engines(state))
    return tuple(
        (section, clean(name), clean(value)) for section, name, value in (*settings, *_load(state))
    )


def images(state: State) -> dict[str, str]:
    """Images as specified, and the digests that the pods really run."""
    named: dict[str, str] = {}
    for w in state.workloads.values():
        for container, image in (w.images or {"": w.image}).items():
            if image:
                name = state.window.id_of(w.namespace, w.name)
                named[f"{w.kind} {name} {container}".rstrip()] = image
    running: dict[str, set[str]] = {}
    for pod in state.pods.values():
        for container, digest in pod.digests.items():
            running.setdefault(f"running in {pod.role or 'pod'} {container}", set()).add(digest)
    named |= {name: ", ".join(sorted(digests)) for name, digests in running.items()}
    return named | {
        f"job {job.title or job.name}": job.image for job in state.jobs.values() if job.image
    }


def _images(state: State) -> Iterator[ConfiguredSetting]:
    for name, image in images(state).items():
        yield "image", name, image


def _thresholds(state: State) -> Iterator[ConfiguredSetting]:
    """The thresholds that the log or an object states."""
    models = sorted({link.model for link in state_links(state)}) or [""]
    for model in models:
        for name, known in limits_now(state, model).by_name().items():
            if known.value is not None and known.told:
                of = f" of {model}" if len(models) > 1 else ""
                yield "threshold", f"{name}{of}", f"{known.value:g}"
    for named, config in sorted(state.configs.items()):
        for key, value in sorted(config.data.items()):
            yield "controller", f"{state.window.id_of(*named)} {key}", value


def _scalers(state: State) -> Iterator[ConfiguredSetting]:
    for kind, table in (("HPA", state.hpas), ("ScaledObject", state.scaled_objects)):
        for scaler in table.values():
            name = state.window.id_of(scaler.namespace, scaler.name)
            for field in CONFIGURED[type(scaler)]:
                value = _written(getattr(scaler, field))
                if value:
                    yield "scaler", f"{kind} {name} {field}", value


def _engines(state: State) -> Iterator[ConfiguredSetting]:
    for workload in state.workloads.values():
        name = state.window.id_of(workload.namespace, workload.name)
        for container, words in sorted(workload.arguments.items()):
            yield "engine", f"{name}/{container}", " ".join(map(shlex.quote, words))
    caches = {
        f"{engine.blocks} blocks of {engine.block_size} tokens"
        for watched in state.watched.values()
        if (engine := watched.engine) is not None and engine.blocks and engine.block_size
    }
    if caches:
        yield "engine", "KV cache", ", ".join(sorted(caches))


def _load(state: State) -> Iterator[ConfiguredSetting]:
    named: dict[str, list[str]] = {}
    for band in stages(state):
        rate = "" if band.rate is None else f" {band.rate:g}/s"
        job = next((job for key, job in state.jobs.items() if "/".join(key) == band.key), None)
        named.setdefault(band.title, []).append(f"{_lasts(job, band.stage)}{rate}".strip())
    for title, parts in named.items():
        yield "load", title, ", ".join(part for part in parts if part) or "of unknown stages"


def _lasts(job: ev.Job | None, stage: int) -> str:
    """The planned duration of a stage, in words."""
    if job is None or stage >= len(job.stages) or job.stages[stage].duration_s is None:
        return ""
    return f"{job.stages[stage].duration_s:g} s"


def _written(value: Any) -> str:
    """A field as JSON; empty where there is none."""
    if value in (None, "", (), {}):
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
