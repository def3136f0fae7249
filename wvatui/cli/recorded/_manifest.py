"""Explains a manifest: what an HPA or a ScaledObject would do, before it is applied."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wvatui.core.lines import clean
from wvatui.core.rules.quantities import quantity
from wvatui.errors import ConfigError, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.decisions.hpa.manifest import ManifestTrial
    from wvatui.load.read.files import Document

_KINDS = ("HorizontalPodAutoscaler", "ScaledObject")


def is_manifest(file: str) -> bool:
    """Whether a file is YAML, or JSON with an HPA or a ScaledObject in it."""
    if not file.endswith(".json"):
        return file.endswith((".yaml", ".yml"))
    from wvatui.core.nested import at
    from wvatui.load.read.files import Document, items, json_objects, text_of

    with suppress(ConfigError):
        every = [Document(Path(file), value, {}) for _, value in json_objects(text_of(Path(file)))]
        return any(at(document.value, "kind") in _KINDS for document in items(every))
    return False


def explain_manifest(
    file: str, metrics: str, replicas: int | None, ready: int | None, output: str
) -> None:
    """Print what each HPA and ScaledObject of a manifest would do.

    Raises UsageError, ConfigError.
    """
    from wvatui.core.decisions.hpa.manifest import UnknownMetric, metric_names, tried
    from wvatui.load.read.files import items, must_be_admitted, must_be_served, read

    try:
        every = items(read(Path(file)))
    except ConfigError:
        _must_be_no_report(file)
        raise
    documents = [
        document
        for document in every
        if isinstance(document.value, dict) and document.value.get("kind") in _KINDS
    ]
    if not documents:
        _must_be_no_report(file)
        raise ConfigError(
            f"{file}: neither a HorizontalPodAutoscaler nor a ScaledObject in it",
            hint=_other_verb(file, every),
        )
    if replicas is None:
        hint = "such as --replicas 2; a value for each of its metrics: --metrics NAME=VALUE,…"
        raise UsageError(f"{file}: --replicas says how many replicas there are", hint=hint)
    if ready is not None and ready > replicas:
        raise UsageError(f"--ready {ready} is more than --replicas {replicas}")
    values = _values(metrics)
    results = []
    for document in documents:
        obj = document.value
        must_be_served(document)
        must_be_admitted(document)
        try:
            own = values if len(documents) == 1 else _own(values, metric_names(obj))
            trial = tried(obj, own, replicas, replicas if ready is None else ready)
        except UnknownMetric as error:
            raise UsageError(f"{document.place()}: {error}", hint=_hint(obj)) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{document.place('spec')}: not as the API has it: {error}") from None
        results.append((f"{obj['kind']} {_named(obj)}", trial))
    if output == "json":
        console.out_json([_data(name, trial) for name, trial in results])
    else:
        for name, trial in results:
            console.out(*_lines(name, trial))


_HEAD_BYTES = 1 << 16
"""Bytes at the start of a file that show whether it is a report."""
_VERBS = {"Job": "load", "PipelineRun": "load", None: "run"}
"""The verb that reads a manifest of this kind; None: a file without a kind, as experiments are."""


def _must_be_no_report(file: str) -> None:
    """Raise ConfigError for a report of a load tool, which may be YAML too."""
    from wvatui.core.results import begins_a_report

    with suppress(OSError), open(file, "rb") as content:
        if begins_a_report(content.read(_HEAD_BYTES)):
            raise ConfigError(
                f"{file}: a report of a load tool, and no manifest of an HPA or a ScaledObject",
                hint=f"wvatui summary {file} prints its numbers",
            )


def _other_verb(file: str, documents: "Iterable[Document]") -> str:
    """The verb that reads what is in a file without HPA and ScaledObject; empty: none is known."""
    kinds = [each.value.get("kind") for each in documents if isinstance(each.value, dict)]
    verbs = [verb for known, verb in _VERBS.items() if known in kinds]
    return f"wvatui {verbs[0]} {file} --dry-run tells what is in it" if verbs else ""


def _named(obj: Mapping[str, Any]) -> str:
    metadata = obj.get("metadata")
    return clean(str(metadata.get("name") or "")) if isinstance(metadata, dict) else ""


def _hint(obj: Mapping[str, Any]) -> str:
    from wvatui.core.decisions.hpa.manifest import metric_names

    wanted = ",".join(f"{name}=…" for name in metric_names(obj))
    return f"--metrics '{wanted}'; NAME= alone: it cannot be read"


def _own(values: Mapping[str, float | None], names: list[str]) -> dict[str, float | None]:
    """The values of those metrics that the object itself has, of values given for several
    objects."""
    return {name: value for name, value in values.items() if name in names}


def _values(text: str) -> dict[str, float | None]:
    """Values by metric name from `queue=12,running=80`; NAME= alone means that it cannot be
    read."""
    values: dict[str, float | None] = {}
    for part in filter(None, text.split(",")):
        name, sign, written = part.partition("=")
        number = quantity(written.strip()) if written.strip() else None
        if not sign or not name.strip() or (written.strip() and number is None):
            raise UsageError(f"--metrics: {part!r} is not NAME=NUMBER")
        values[name.strip()] = number
    return values


def _lines(name: str, trial: "ManifestTrial") -> list[str]:
    from wvatui.core.decisions.hpa.manifest import seconds
    from wvatui.core.decisions.hpa.sentence import steps

    told = [f"{name}: {clean(trial.sentence)}"]
    told += [f"    {clean(step)}" for step in steps(trial.account, trial.spec, seconds)]
    return [*told, *(f"    {clean(line)}" for line in _keda_lines(trial))]


def _keda_lines(trial: "ManifestTrial") -> list[str]:
    """KEDA's own part: active or not, the formula, and the scale that KEDA itself sets."""
    outcome = trial.outcome
    if outcome is None:
        return []
    served = outcome.state.served
    told = "active" if outcome.active else "not active"
    if trial.active_by:
        told += f" by {', '.join(trial.active_by)}"
    if outcome.scale_to is not None:
        told += f", sets the scale to {outcome.scale_to} ({outcome.why})"
    elif outcome.why:
        told += f", {outcome.why}"
    lines = [f"KEDA: {told}"]
    if trial.formula and served.values:
        value = next(iter(served.values.values())) / 1000
        source = (
            "the fallback stands in for the formula with"
            if served.fallback
            else ("the formula comes to")
        )
        lines.append(f"{source} {value:g}: {trial.formula}")
    if served.formula_error:
        lines.append(f"KEDA: {served.formula_error}")
    elif served.error:
        lines.append(f"KEDA answers the HPA with an error: {served.error}")
    if trial.fallback:
        lines.append(trial.fallback)
    return lines


def _data(name: str, trial: "ManifestTrial") -> dict[str, Any]:
    from wvatui.core.decisions.hpa.manifest import seconds
    from wvatui.core.decisions.hpa.to_json import account_data

    outcome = trial.outcome
    return {
        "object": name,
        **account_data(trial.account, trial.spec, seconds, seconds),
        "sentence": trial.sentence,
        "keda": None
        if outcome is None
        else {"active": outcome.active, "scale_to": outcome.scale_to, "why": outcome.why},
    }
