"""Each heavy or replaceable library is imported in one place only; core imports no I/O."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests import syntax

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wvatui"

HOMES = {
    "kubernetes": ("kube/credentials.py", "kube/kubeconfig.py"),
    "yaml": ("kube/", "load/", "sim/loadgen/flags.py", "core/log/envelopes/", "core/results/"),
    "httpx": (
        "kube/",
        "sources/pods/page_fetch.py",
        "sources/pods/outside.py",
        "sources/prometheus/",
    ),
    "pandas": ("export/frames.py", "export/files.py", "library/"),
    "pyarrow": ("export/files.py",),
    "matplotlib": ("analysis/report/pictures/drawing.py",),
    "plotext": ("ui/",),
    "textual": ("ui/",),
    "rich": ("ui/",),
    "aiohttp": ("sim/", "serving/", "kube/clock_server.py"),
    "textual_serve": ("serving/viewer.py", "serving/web.py"),
    "cryptography": ("sim/tls.py",),
    "zstandard": ("recording/inflate.py",),
    "click": ("cli/",),
}
"""Library → the files and folders that may import it."""
IMPORT = re.compile(r"^ *(?:import|from) +(\w+)", re.MULTILINE)
"""The top-level name in an import; ruff allows one `import` per line (E401)."""


@cache
def imports() -> dict[str, set[str]]:
    """Top-level name of each imported module → files of the package that import it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for name in IMPORT.findall(syntax.text(path)):
            found[name].add(path.relative_to(PACKAGE).as_posix())
    return found


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_at_home_only(library: str) -> None:
    files = imports()[library]
    assert files, f"{library} is used nowhere: take it out of pyproject.toml"
    assert all(file.startswith(HOMES[library]) for file in files), files
