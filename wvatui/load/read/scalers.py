"""HPAs and ScaledObjects of a manifest file, as they will be created."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wvatui.core.results.loose import at, count, text
from wvatui.errors import ConfigError
from wvatui.load.read.files import Document, items, read

VERSIONS = {"HorizontalPodAutoscaler": "autoscaling/v2", "ScaledObject": "keda.sh/v1alpha1"}
KEDA_MAX = 100
"""A ScaledObject's maxReplicaCount where it names none (KEDA's documentation)."""


@dataclass(frozen=True, slots=True)
class ScalerManifest:
    """One HPA or ScaledObject as in its file."""

    path: Path
    body: dict[str, Any]
    kind: str
    name: str
    target_kind: str
    target: str
    """Name of its scale target."""
    least: int
    most: int
    """Most replicas that it may set."""

    @property
    def hpa(self) -> str:
        """Name of the HPA that does the scaling: its own name, or that of the HPA that KEDA
        creates."""
        if self.kind != "ScaledObject":
            return self.name
        own = text(at(self.body, "spec", "advanced", "horizontalPodAutoscalerConfig", "name"))
        return own or f"keda-hpa-{self.name}"

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def scaler_manifests(path: Path) -> tuple[ScalerManifest, ...]:
    """Every HPA and ScaledObject of a file. Raises ConfigError for any other kind, and where there
    is none."""
    scalers = tuple(map(_scaler, items(read(path))))
    if not scalers:
        raise ConfigError(f"{path}: holds no manifest")
    return scalers


def _scaler(document: Document) -> ScalerManifest:
    value = document.value
    kind = text(at(value, "kind"))
    if kind not in VERSIONS:
        words = f"kind {kind}" if kind else "a manifest without kind"
        raise ConfigError(f"{document.place('kind')}: {words}: {' or '.join(VERSIONS)} is expected")
    if at(value, "apiVersion") != VERSIONS[kind]:
        given = at(value, "apiVersion")
        raise ConfigError(
            f"{document.place('apiVersion')}: apiVersion {given}: {VERSIONS[kind]} is expected"
        )
    name, target = (
        _named(document, kind, *where)
        for where in (("metadata", "name"), ("spec", "scaleTargetRef", "name"))
    )
    for key in ("labels", "annotations"):
        if not isinstance(at(value, "metadata", key) or {}, dict):
            raise ConfigError(f"{document.place('metadata', key)}: metadata.{key} is no mapping")
    spec = value["spec"]
    is_hpa = kind == "HorizontalPodAutoscaler"
    least = count(spec.get("minReplicas" if is_hpa else "minReplicaCount"))
    most = count(spec.get("maxReplicas" if is_hpa else "maxReplicaCount"))
    if is_hpa and most is None:
        raise ConfigError(f"{document.place('spec')}: {kind} without spec.maxReplicas")
    return ScalerManifest(
        document.path,
        value,
        kind,
        name,
        text(at(spec, "scaleTargetRef", "kind")) or "Deployment",
        target,
        (1 if is_hpa else 0) if least is None else least,
        KEDA_MAX if most is None else most,
    )


def _named(document: Document, kind: str, *where: str) -> str:
    name = at(document.value, *where)
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{document.place(*where)}: {kind} without {'.'.join(where)}")
    return name
