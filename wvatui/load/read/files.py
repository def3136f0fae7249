"""Manifest files written by people: load to launch (Job, PipelineRun), autoscalers for what-if.

Every error is a ConfigError of one line that names file, line and the expected value. Remarks after
arrows (`<===`), as documents have them, are removed from autoscalers; nothing else is corrected.

YAML is parsed to plain values, together with the line of each.
"""

import json
import re
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from wvatui.core.results.loose import at, rows, table
from wvatui.core.rules.hpa.hpa_admission import hpa_refusal
from wvatui.core.rules.keda.keda_admission import scaled_object_refusal
from wvatui.core.whatif.scaler.scaler import Scaler, Wrong, read_hpa, read_scaled_object
from wvatui.errors import ConfigError

_JSON, _BETWEEN = json.JSONDecoder(), re.compile(r"(?m)(?:\s|^---)*")
FILE_LIMIT = 2_000_000
VALUES_LIMIT = 200_000
Path_ = tuple[str | int, ...]
"""Keys and list positions from the top: ("spec", "template") or ("workloads", 2, "name")."""


class _Loader(yaml.SafeLoader):
    """Parses YAML as Kubernetes does: no dates, and no key given twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a YAML file."""

    path: Path
    value: Any
    lines: dict[Path_, int]
    """The line, from 1, of each value (a key's own line, where it has one)."""

    def place(self, *where: str | int) -> str:
        """`file:line` of the value at `where`, or of the nearest enclosing value."""
        while where and where not in self.lines:
            where = where[:-1]
        return f"{self.path}:{self.lines.get(where, 1)}"


def read(path: Path) -> list[Document]:
    """The documents of `path` that are not empty. Raises ConfigError: one line, with file and
    line."""
    return parse(path, text_of(path))


def text_of(path: Path) -> str:
    """The text of `path`. Raises ConfigError when it is too large, not text, or cannot be read."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise ConfigError(f"{path}: too large for a YAML file ({FILE_LIMIT} bytes at most)")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not text: {error.reason}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def parse(path: Path, text: str) -> list[Document]:
    """The documents of `text`, the content of `path`. Raises ConfigError."""
    documents: list[Document] = []
    try:
        loader = _Loader(_as_yaml(text))
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            lines: dict[Path_, int] = {}
            _note(path, node, (), lines, frozenset())
            value = loader.construct_document(node)
            if value is not None:
                documents.append(Document(path, value, lines))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path}:{line}: not valid YAML: a control character") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}" if mark is not None else ""
        words = error.problem or error.context
        hint = "a template of Helm? `helm template` renders it" if "{{" in text else ""
        raise ConfigError(f"{path}{place}: not valid YAML: {words}", hint=hint) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    return documents


def json_objects(text: str) -> list[tuple[int, dict[str, Any]]]:
    """The JSON objects that make up a text, each with its place there; none of any other text."""
    objects, place = [], _BETWEEN.match(text).end()  # type: ignore[union-attr]
    try:
        while place < len(text):
            value, end = _JSON.raw_decode(text, place)
            objects.append((place, value))
            place = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
    except (ValueError, RecursionError):
        return []
    return objects if all(isinstance(value, dict) for _, value in objects) else []


def _as_yaml(text: str) -> str:
    """A text of JSON objects as YAML has it: no tabs, and `---` before each."""
    places = [place for place, _ in json_objects(text)]
    parts = [text[start:end] for start, end in pairwise((0, *places, len(text)))]
    for number, before in enumerate(parts[:-1]):
        on_a_line = before.endswith("\n") or (not number and not before)
        parts[number] = before if on_a_line else f"{before}\n"
    return "--- ".join(parts).replace("\t", " ") if places else text


def yaml_table(text: str) -> Mapping[str, Any]:
    """The first document of a YAML text as a table; {} where it is none."""
    with suppress(ConfigError):
        for document in parse(Path("text"), text):
            return table(document.value)
    return {}


def _note(
    path: Path, node: yaml.Node, where: Path_, lines: dict[Path_, int], around: frozenset[int]
) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if id(node) in around:
        raise ConfigError(f"{path}:{node.start_mark.line + 1}: an alias contains itself")
    if len(lines) > VALUES_LIMIT:
        raise ConfigError(f"{path}: too much in it: aliases multiply")
    around |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, item in node.value:
            name = getattr(key, "value", "")
            if not isinstance(name, str):
                continue
            if name in seen and key.tag != "tag:yaml.org,2002:merge":
                line = key.start_mark.line + 1
                raise ConfigError(f"{path}:{line}: the key {name!r} is given twice")
            seen.add(name)
            lines.setdefault((*where, name), key.start_mark.line + 1)
            _note(path, item, (*where, name), lines, around)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note(path, item, (*where, index), lines, around)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def written(value: Mapping[str, Any]) -> list[str]:
    """A table as lines of YAML, in its own order."""
    text: str = yaml.dump(
        dict(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text.rstrip("\n").split("\n")


KINDS = {"Job": re.compile(r"batch/v1"), "PipelineRun": re.compile(r"tekton\.dev/v1(beta1)?")}
"""Kinds that can be launched from a file, and their API versions."""
BESIDE = ("ConfigMap", "Secret")
"""Kinds that may be in a Job's file, and are created and removed with the Job."""
_REMARK = re.compile(r"[ \t]*<==+.*")
"""A remark that a document has after a value: `maxReplicas: 10  <=== at most`."""
REMARKS = "remarks behind arrows (<===) left out"
_READERS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Scaler]]] = {
    "HorizontalPodAutoscaler": ("autoscaling/v2", read_hpa),
    "ScaledObject": ("keda.sh/v1alpha1", read_scaled_object),
}


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One Job or PipelineRun of a file, as written."""

    path: Path
    line: int
    kind: str
    name: str
    """Its name, or its generateName."""
    namespace: str
    """"" where it names none."""
    manifest: dict[str, Any]
    beside: tuple[dict[str, Any], ...] = ()
    """ConfigMaps and Secrets of the same file."""


def manifests(path: Path) -> tuple[ManifestFile, ...]:
    """Every Job and PipelineRun in a manifest file. Raises ConfigError, also where there is
    none."""
    documents = items(read(path))
    beside = tuple(_beside(each) for each in documents if at(each.value, "kind") in BESIDE)
    manifests = tuple(
        replace(_manifest(document), beside=beside)
        for document in documents
        if at(document.value, "kind") not in BESIDE
    )
    if not manifests:
        there = f"; there is: {', '.join(sorted({obj['kind'] for obj in beside}))}"
        raise ConfigError(f"{path}: holds no manifest{there if beside else ''}")
    return manifests


def manifest(path: Path) -> ManifestFile:
    """The only Job or PipelineRun in a manifest file. Raises ConfigError."""
    first, *others = manifests(path)
    if others:
        raise ConfigError(f"{path}:{others[0].line}: a second {others[0].kind}: one is expected")
    if first.beside and first.kind != "Job":
        kind = first.beside[0]["kind"]
        raise ConfigError(f"{path}: a {kind} beside a {first.kind}: that goes with a Job alone")
    return first


def _beside(document: Document) -> dict[str, Any]:
    """A ConfigMap or Secret in a Job's file."""
    value: dict[str, Any] = document.value
    kind = value["kind"]
    if value.get("apiVersion") != "v1":
        version = value.get("apiVersion")
        raise ConfigError(f"{document.place('apiVersion')}: apiVersion {version} has no {kind}")
    if not isinstance(at(value, "metadata", "name"), str):
        raise ConfigError(f"{document.place('metadata')}: {kind} without metadata.name")
    for key in ("data", "stringData"):
        for name, content in (at(value, key) or {}).items():
            if not isinstance(content, str):
                raise ConfigError(f"{document.place(key, name)}: {key}.{name}: a text is expected")
    return value


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


def hpa(path: Path) -> Scaler:
    """The HorizontalPodAutoscaler in a file. Raises ConfigError."""
    return _autoscaler(path, "HorizontalPodAutoscaler")


def scaled_object(path: Path) -> Scaler:
    """The ScaledObject in a file. Raises ConfigError."""
    return _autoscaler(path, "ScaledObject")


def _autoscaler(path: Path, kind: str) -> Scaler:
    documents, notes = _documents(path, kind)
    objects = items(documents)
    matching = [document for document in objects if at(document.value, "kind") == kind]
    if not matching:
        kinds = {str(at(document.value, "kind")) for document in objects} - {"None"}
        there = f"; there is: {', '.join(sorted(kinds))}" if kinds else ""
        raise ConfigError(f"{path}: holds no {kind}{there}")
    if len(matching) > 1:
        raise ConfigError(f"{matching[1].place()}: a second {kind}: one is expected")
    document = matching[0]
    _must_be_of(document, _READERS[kind][0])
    must_be_admitted(document)
    try:
        scaler = _READERS[kind][1](document.value)
    except Wrong as error:
        raise ConfigError(f"{document.place(*error.path)}: {kind}: {error}") from None
    return replace(scaler, notes=(*notes, *scaler.notes))


def must_be_served(document: Document) -> None:
    """Raise ConfigError for an HPA or a ScaledObject of a version that no API server has. One that
    names no version, or the HPA's older one, is admitted."""
    version, kind = at(document.value, "apiVersion"), document.value["kind"]
    is_older = (kind, version) == ("HorizontalPodAutoscaler", "autoscaling/v1")
    if version is not None and not is_older:
        _must_be_of(document, _READERS[kind][0])


def _must_be_of(document: Document, version: str) -> None:
    given = at(document.value, "apiVersion")
    if given != version:
        place = document.place("apiVersion")
        raise ConfigError(f"{place}: apiVersion {given!r}: {version} is expected")


_REFUSALS = {
    "HorizontalPodAutoscaler": ("the API server", hpa_refusal),
    "ScaledObject": ("KEDA", scaled_object_refusal),
}


def must_be_admitted(document: Document) -> None:
    """Raise ConfigError for an HPA or a ScaledObject that its cluster would refuse."""
    kind = document.value["kind"]
    who, refusal = _REFUSALS[kind]
    refused = refusal(document.value)
    if refused is not None:
        path, text = refused
        raise ConfigError(f"{document.place(*path)}: {kind}: {who} refuses it: {text}")


def _documents(path: Path, kind: str) -> tuple[list[Document], tuple[str, ...]]:
    """The documents of a file with remarks removed, and a note where there were any."""
    text = text_of(path)
    plain = _REMARK.sub("", text)
    try:
        return parse(path, plain), (REMARKS,) if plain != text else ()
    except ConfigError as error:
        raise ConfigError(
            error.message,
            hint=f"correct that line, or use what `kubectl get {kind.lower()} NAME -o yaml` prints",
        ) from None


def items(documents: list[Document]) -> list[Document]:
    """The documents, with the items of a List as separate ones."""
    objects = []
    for document in documents:
        if str(at(document.value, "kind") or "").endswith("List"):
            for index, item in enumerate(rows(at(document.value, "items"))):
                lines = {
                    where[2:]: line
                    for where, line in document.lines.items()
                    if where[:2] == ("items", index)
                }
                objects.append(Document(document.path, item, lines))
        else:
            objects.append(document)
    return objects
