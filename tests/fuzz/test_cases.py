"""Small files that once showed a fault: every verb and view must handle each.

`cases.psv` is the table: the file, a verb, its exit code, and a part of its output.
"""

import shutil
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.cli.cli import run
from tests.fuzz import files, pages
from tests.fuzz.bounds import bounded
from wvatui.core import events as ev

FOLDER = Path(__file__).resolve().parent / "cases"


class Case(NamedTuple):
    """One row of `cases.psv`. `verb` is its command line, in which FILE is the file and OUT a
    folder; `says` is a text that its output or messages must contain."""

    file: str
    verb: str
    code: int
    says: str


def _cases() -> tuple[Case, ...]:
    lines = (FOLDER.parent / "cases.psv").read_text(encoding="utf-8").splitlines()
    rows = ([cell.strip() for cell in line.split("|")] for line in lines[1:])
    return tuple(Case(file, verb, int(code), says) for file, verb, code, says in rows)


CASES = _cases()
PAGES: tuple[tuple[str, str], ...] = (("bucket-below-everything.prom", "ttft"),)
"""A metrics page, and the field of its Scrape that must be missing, and counted in `bad`."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_what_was_found_once_is_told_in_words(case: Case, tmp_path: Path) -> None:
    path = Path(shutil.copy(FOLDER / case.file, tmp_path))
    with bounded():
        names = {"FILE": str(path), "OUT": str(tmp_path / "tables")}
        done = run(*(names.get(word, word) for word in case.verb.split()))
    assert done.code == case.code
    assert case.says in done.out + done.err
    files.check(path, Random(0))


@pytest.mark.parametrize(("file", "missing"), PAGES)
def test_a_page_that_was_found_once_lacks_one_number(file: str, missing: str) -> None:
    page = (FOLDER / file).read_bytes()
    pages.check(page, page, False)
    (*_, scrape) = pages.read(page, False, 0)
    assert isinstance(scrape, ev.Scrape)
    assert getattr(scrape, missing) is ev.NO_HISTOGRAM
    assert (scrape.running, scrape.bad) == (3, 1)


def test_every_case_has_its_row() -> None:
    assert {case.file for case in CASES} | {file for file, _ in PAGES} == {
        path.name for path in FOLDER.iterdir()
    }
