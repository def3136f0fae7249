"""Disk space of an installation without extras: wvatui and all its dependencies."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
OWN = ("wvatui", "themes", "recordings")
"""Content of the wheel, which an editable install does not list."""
LARGEST = 6


def needed(root: str) -> set[str]:
    """Names of all distributions that an installation of `root` without extras contains."""
    names: set[str] = set()
    left = [root]
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in names:
            continue
        names.add(name)
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                left.append(requirement.name)
    return names


def size_mb(name: str) -> float:
    """Size in MiB of the files that an installer wrote, without those that Python compiles."""
    if name == "wvatui":
        own = [path for folder in OWN for path in (ROOT / folder).rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in own if path.suffix != ".pyc") / 2**20
    files = metadata.files(name) or ()
    return sum(file.size or 0 for file in files if file.suffix != ".pyc") / 2**20


def measure() -> list[dict[str, object]]:
    """One row, with the largest parts beside it."""
    sizes = {name: round(size_mb(name), 1) for name in needed("wvatui")}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:LARGEST]
    return [
        {
            "name": "wvatui and all that it needs, installed without extras",
            "value": round(sum(sizes.values())),
            "unit": "MiB",
            "reach": 250,
            "largest": {name: sizes[name] for name in largest},
        }
    ]
