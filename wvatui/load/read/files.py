"""Load that people describe in manifest files: any Job, or a PipelineRun of Tekton.

Everything wrong is a ConfigError of one line that names file, line and what was expected.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wvatui.core.results.loose import at
from wvatui.errors import ConfigError
from wvatui.load.read.yamlfile import Document, read

KINDS = {"Job": re.compile(r"batch/v1"), "PipelineRun": re.compile(r"tekton\.dev/v1(beta1)?")}
"""What can be launched from a file, and its API versions."""


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One Job or PipelineRun of a file, as it was written."""

    path: Path
    line: int
    kind: str
    name: str
    """Its name, or its generateName."""
    namespace: str
    """"" where it names none."""
    manifest: dict[str, Any]


def manifests(path: Path) -> tuple[ManifestFile, ...]:
    """Every Job and PipelineRun in a manifest file; at least one. Raises ConfigError."""
    found: list[ManifestFile] = []
    for document in read(path):
        items = [document]
        if at(document.value, "kind") == "List":
            items = [
                Document(path, item, {(): document.lines.get(("items", index), 1)})
                for index, item in enumerate(at(document.value, "items") or ())
            ]
        found += [_manifest(item) for item in items]
    if not found:
        raise ConfigError(f"{path}: holds no manifest")
    return tuple(found)


def manifest(path: Path) -> ManifestFile:
    """The one Job or PipelineRun in a manifest file. Raises ConfigError."""
    found = manifests(path)
    if len(found) > 1:
        raise ConfigError(f"{path}:{found[1].line}: a second {found[1].kind}: one is expected")
    return found[0]


def _manifest(document: Document) -> ManifestFile:
    value = document.value
    if not isinstance(value, dict):
        raise ConfigError(f"{document.place()}: not a Kubernetes manifest")
    kind, version = value.get("kind"), value.get("apiVersion")
    if not isinstance(kind, str) or not kind:
        raise ConfigError(f"{document.place()}: a manifest without kind")
    if kind not in KINDS:
        raise ConfigError(
            f"{document.place('kind')}: kind {kind}: only {' and '.join(KINDS)} can be launched"
        )
    if not isinstance(version, str) or not KINDS[kind].fullmatch(version):
        raise ConfigError(f"{document.place('apiVersion')}: apiVersion {version} has no {kind}")
    metadata = value.get("metadata")
    name = at(metadata, "name") or at(metadata, "generateName")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{document.place('metadata')}: {kind} without metadata.name")
    namespace = at(metadata, "namespace") or ""
    if not isinstance(namespace, str):
        raise ConfigError(f"{document.place('metadata', 'namespace')}: namespace is not a text")
    if not isinstance(value.get("spec"), dict):
        raise ConfigError(f"{document.place('spec')}: {kind} without spec")
    if kind == "Job" and not at(value, "spec", "template", "spec", "containers"):
        raise ConfigError(
            f"{document.place('spec', 'template', 'spec')}: Job without "
            "spec.template.spec.containers"
        )
    if kind == "PipelineRun" and not (
        at(value, "spec", "pipelineRef") or at(value, "spec", "pipelineSpec")
    ):
        raise ConfigError(
            f"{document.place('spec')}: PipelineRun without spec.pipelineRef or spec.pipelineSpec"
        )
    line = document.lines.get((), 1)
    return ManifestFile(document.path, line, kind, name.rstrip("-"), namespace, value)
