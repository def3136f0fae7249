"""Writes a report's folder: either all new files or all old ones are there, and others' files are
kept."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from wvatui.errors import UsageError
from wvatui.host import private

LIST = "report.json"
"""Name of the list of files that this report wrote, which a later report may replace."""


def write_folder(folder: Path, files: Iterable[tuple[str, str | bytes]]) -> list[Path]:
    """Write `files` (name below `folder`, content), including LIST; returns their paths.

    No file is put into `folder` before all are complete. Raises UsageError where a name is taken by
    a file that no report wrote, or the folder cannot be written; OutputError for a full disk.
    """
    with private.told(folder):
        was_there = folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".report-", suffix=".part", dir=folder))
    done = False
    try:
        names: list[str] = []
        for name, content in files:
            with private.told(folder / name):
                _write(making / name, content)
            names.append(name)
        older = _older(folder)
        if taken := [place for name in names if (place := _taken(folder, name, older))]:
            raise UsageError(
                f"{taken[0]}: is there already, and no report wrote it",
                hint="name another folder with -o",
            )
        for name in names:
            with private.told(folder / name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(making / name, folder / name)
        for name in older.difference(names):
            with private.told(folder / name):
                if not (folder / name).is_dir():
                    (folder / name).unlink(missing_ok=True)
        done = True
        return [folder / name for name in names]
    finally:
        shutil.rmtree(making, ignore_errors=True)
        if not done and not was_there and not any(folder.iterdir()):
            folder.rmdir()


def listed(about: dict[str, object], names: Iterable[str]) -> str:
    """The content of LIST: `about`, and the names of all files."""
    return json.dumps(about | {"files": [*names, LIST]}, indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    with os.fdopen(private.opened(path, os.O_WRONLY | os.O_EXCL), "wb") as file:
        file.write(data)


def _taken(folder: Path, name: str, older: set[str]) -> Path | None:
    """The path that blocks the file `name`: its own, or that of a file where it needs a folder."""
    path = folder / name
    if path.is_dir() or (name not in older and (path.exists() or path.is_symlink())):
        return path
    above = (folder / each for each in PurePosixPath(name).parents)
    there = (each for each in above if each.exists() or each.is_symlink())
    return next((each for each in there if not each.is_dir()), None)


def _older(folder: Path) -> set[str]:
    """The files that an earlier report wrote here; empty where its list cannot be read."""
    try:
        about = json.loads((folder / LIST).read_text(encoding="utf-8"))
        names = about["files"] if about["kind"] == "wvatui report" else []
        return {n for n in names if isinstance(n, str) and _is_below(n)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and not {"..", "\0"} & {*path.parts, *name} and bool(path.parts)
