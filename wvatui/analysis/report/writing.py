"""Runs into the files of a report."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wvatui.analysis.report.artifacts import ARTIFACTS
from wvatui.analysis.report.folder import LIST, listed, write_folder
from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.lines import clean

PAGE = "report.html"


def write_report(
    runs: Sequence[ReportedRun], folder: Path, said: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Write the report of one run, or of several beside each other; the paths of its files.

    `said`: told what is being made, a line each. Raises what `write_folder` raises.
    """
    return write_folder(folder, _files(runs, said))


def _files(
    runs: Sequence[ReportedRun], said: Callable[[str], None]
) -> Iterator[tuple[str, str | bytes]]:
    names = []
    for below, reported in zip(subfolders(runs), runs, strict=True):
        said(f"{reported.run.name}: drawing" if drawing.can_draw() else f"{reported.run.name}")
        for artifact in ARTIFACTS:
            if artifact.drawn and not drawing.can_draw():
                continue
            content = artifact.make(reported)
            if content is not None:
                names.append(f"{below}{artifact.name}")
                yield names[-1], content
    about: dict[str, object] = {"kind": "wvatui report"}
    yield LIST, listed(about, names)


def subfolders(runs: Sequence[ReportedRun]) -> list[str]:
    """Where the files of each run lie, with `/` at the end: of one run in the folder itself, of
    several each in one of its name; names that recur are numbered."""
    if len(runs) == 1:
        return [""]
    made: list[str] = []
    for reported in runs:
        name = "".join(s if s.isalnum() or s in "-_." else "_" for s in clean(reported.run.name))
        name = name.lstrip(".")[:80] or "run"
        number = sum(each in (name, *(f"{name}-{n}" for n in range(2, 99))) for each in made)
        made.append(f"{name}-{number + 1}" if number else name)
    return [f"{name}/" for name in made]
