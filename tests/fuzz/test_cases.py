"""What damaged inputs ever found, a small file each: through every verb and view, and what it says.

A row is the file, a verb, and a word that must stand in what it prints.
"""

import shutil
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.cli import run
from tests.fuzz import files
from tests.fuzz.bounds import bounded

FOLDER = Path(__file__).resolve().parent / "cases"


class Case(NamedTuple):
    """One row. `verb`: its command line, FILE being the file."""

    file: str
    verb: str
    code: int
    says: str


CASES: tuple[Case, ...] = (
    Case(
        "one-cycle-without-pods.jsonl",
        "whatif FILE --loop open --replicas 2",
        0,
        "assumed  a new replica",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_what_was_found_once_is_told_in_words(case: Case, tmp_path: Path) -> None:
    path = Path(shutil.copy(FOLDER / case.file, tmp_path))
    with bounded():
        done = run(*(str(path) if word == "FILE" else word for word in case.verb.split()))
    assert done.code == case.code
    assert case.says in done.out + done.err
    files.check(path, Random(0))


def test_every_case_has_its_row() -> None:
    assert {case.file for case in CASES} == {path.name for path in FOLDER.iterdir()}
