"""HPAs and ScaledObjects from manifest files, as autoscalers for what-if.

Everything wrong is a ConfigError of one line that names file, line and what was expected.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wvatui.core.results.loose import at
from wvatui.core.whatif.scaler.scaler import Scaler, Wrong, read_hpa, read_scaled_object
from wvatui.errors import ConfigError
from wvatui.load.read import pasted
from wvatui.load.read.yamlfile import FILE_LIMIT, Document, parse

_READERS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Scaler]]] = {
    "HorizontalPodAutoscaler": ("autoscaling/v2", read_hpa),
    "ScaledObject": ("keda.sh/v1alpha1", read_scaled_object),
}


def hpa(path: Path) -> Scaler:
    """The HorizontalPodAutoscaler of a file. Raises ConfigError."""
    return _one(path, "HorizontalPodAutoscaler")


def scaled_object(path: Path) -> Scaler:
    """The ScaledObject of a file. Raises ConfigError."""
    return _one(path, "ScaledObject")


def _one(path: Path, kind: str) -> Scaler:
    documents, notes = _documents(path)
    found = [d for d in _items(documents) if at(d.value, "kind") == kind]
    if not found:
        kinds = {str(at(d.value, "kind")) for d in _items(documents)} - {"None"}
        there = f"; there is: {', '.join(sorted(kinds))}" if kinds else ""
        raise ConfigError(f"{path}: holds no {kind}{there}")
    if len(found) > 1:
        raise ConfigError(f"{found[1].place()}: a second {kind}: one is expected")
    version, read = _READERS[kind]
    document = found[0]
    given = at(document.value, "apiVersion")
    if given != version:
        raise ConfigError(
            f"{document.place('apiVersion')}: apiVersion {given!r}: {version} is expected"
        )
    try:
        scaler = read(document.value)
    except Wrong as error:
        raise ConfigError(f"{document.place(*error.path)}: {kind}: {error}") from None
    return replace(scaler, notes=(*notes, *scaler.notes))


def _documents(path: Path) -> tuple[list[Document], tuple[str, ...]]:
    """The documents of a file; where it is no valid YAML, as it was meant, and what was mended."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise ConfigError(f"{path}: too large for a manifest ({FILE_LIMIT} bytes at most)")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not text: {error.reason}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    plain = pasted.without_remarks(text)
    notes = (pasted.ARROWS,) if plain != text else ()
    try:
        return parse(path, plain), notes
    except ConfigError as error:
        try:
            value = pasted.mended(plain)
        except ValueError:
            raise error from None
    if not isinstance(value.get("kind"), str):
        raise ConfigError(f"{path}: not valid YAML, and no manifest either")
    return [Document(path, _lifted(value), {})], (*notes, pasted.INDENTED)


def _items(documents: list[Document]) -> list[Document]:
    """The documents, those of a List one by one."""
    found = []
    for document in documents:
        if str(at(document.value, "kind") or "").endswith("List"):
            for index, item in enumerate(at(document.value, "items") or ()):
                lines = {
                    where[2:]: line
                    for where, line in document.lines.items()
                    if where[:2] == ("items", index)
                }
                found.append(Document(document.path, item, lines))
        else:
            found.append(document)
    return found


def _lifted(value: dict[str, Any]) -> dict[str, Any]:
    """Keys that slipped one level too deep put back: a metric's type, a selector's labels."""
    for metric in at(value, "spec", "metrics") or ():
        for kind in ("external", "pods", "object"):
            inside = metric.get(kind) if isinstance(metric, dict) else None
            if not isinstance(inside, dict):
                continue
            if "type" not in metric and "type" in inside:
                metric["type"] = inside.pop("type")
            named = inside.get("metric")
            if isinstance(named, dict) and named.get("selector", 0) is None:
                labels = {"matchLabels": named.pop("matchLabels", {})}
                named["selector"] = labels
    return value
