"""HPAs and ScaledObjects from manifest files, as autoscalers for what-if.

Every error is a ConfigError of one line that names file, line and what was expected. Remarks
behind arrows (`<===`), as documents have them, are left out; nothing else is corrected.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wvatui.core.results.loose import at
from wvatui.core.whatif.scaler.scaler import Scaler, Wrong, read_hpa, read_scaled_object
from wvatui.errors import ConfigError
from wvatui.load.read.yamlfile import Document, parse, text_of

_REMARK = re.compile(r"[ \t]*<==+.*")
"""A remark as documents put it behind a value: `maxReplicas: 10  <=== at most`."""
REMARKS = "remarks behind arrows (<===) left out"
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
    documents, notes = _documents(path, kind)
    objects = _items(documents)
    matching = [document for document in objects if at(document.value, "kind") == kind]
    if not matching:
        kinds = {str(at(document.value, "kind")) for document in objects} - {"None"}
        there = f"; there is: {', '.join(sorted(kinds))}" if kinds else ""
        raise ConfigError(f"{path}: holds no {kind}{there}")
    if len(matching) > 1:
        raise ConfigError(f"{matching[1].place()}: a second {kind}: one is expected")
    version, read = _READERS[kind]
    document = matching[0]
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


def _documents(path: Path, kind: str) -> tuple[list[Document], tuple[str, ...]]:
    """The documents of a file without the remarks in it, and a note where there were some."""
    text = text_of(path)
    plain = _REMARK.sub("", text)
    try:
        return parse(path, plain), (REMARKS,) if plain != text else ()
    except ConfigError as error:
        raise ConfigError(
            error.message,
            hint=f"correct that line, or use what `kubectl get {kind.lower()} NAME -o yaml` prints",
        ) from None


def _items(documents: list[Document]) -> list[Document]:
    """The documents, those of a List one by one."""
    objects = []
    for document in documents:
        if str(at(document.value, "kind") or "").endswith("List"):
            for index, item in enumerate(at(document.value, "items") or ()):
                lines = {
                    where[2:]: line
                    for where, line in document.lines.items()
                    if where[:2] == ("items", index)
                }
                objects.append(Document(document.path, item, lines))
        else:
            objects.append(document)
    return objects
