"""The files and names that the documents mention exist."""

import ast
import re
from pathlib import Path

import pytest

from tests import syntax

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wvatui"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
CODE = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(
    r"(?P<path>(?:wvatui|tests|bench|themes|docs|deploy|recordings)/[\w./-]*)(?:: (?P<name>\w+))?"
)
"""A path as the documents write it, with an optional name that the file defines."""
DEFINED = re.compile(r"^class ([A-Z]\w+)|^([A-Z]\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
"""A class, or an alias of one, at the top level of a module."""


def names_of(file: Path) -> set[str]:
    """The names that a module defines at its top level."""
    names: set[str] = set()
    for node in syntax.tree(file).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def missing(text: str) -> list[str]:
    """Paths, and names in them, that `text` has in code font but that do not exist."""
    lost = []
    for code in CODE.findall(text):
        match = NAMED.fullmatch(code)
        if match is None:
            continue
        path = ROOT / match["path"]
        if not path.exists() or (match["name"] and match["name"] not in names_of(path)):
            lost.append(code)
    return lost


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_and_folder_that_a_document_names_is_there(document: Path) -> None:
    assert missing(document.read_text(encoding="utf-8")) == []


def test_a_path_and_a_name_that_are_not_there_are_found() -> None:
    lost = ["wvatui/nowhere.py", "wvatui/errors.py: NO_SUCH"]
    assert missing(" ".join(f"`{each}`" for each in lost)) == lost
    assert missing("`wvatui/errors.py: WvatuiError` and `wvatui/core/`") == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_checkout_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([\w./-]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / link).exists(), link


def section(title: str) -> str:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert f"\n## {title}\n" in text
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_glossary_names_classes_that_are_defined() -> None:
    texts = (syntax.text(file) for file in PACKAGE.rglob("*.py"))
    defined = {name for text in texts for pair in DEFINED.findall(text) for name in pair}
    named = set(re.findall(r"`([A-Z]\w+)`", section("Glossary")))
    assert len(named) > 30
    assert named - defined == set()


def test_the_glossary_explains_each_term_once() -> None:
    terms = [
        term.strip()
        for row in re.findall(r"^\| ([^|]+) \|", section("Glossary"), re.MULTILINE)[1:]
        for term in row.split(",")
    ]
    assert len(terms) == len(set(terms))


def test_the_map_names_every_floor_and_every_room_of_core() -> None:
    floors = section("The floors")
    rooms = [folder for root in (PACKAGE, PACKAGE / "core") for folder in root.iterdir()]
    for room in rooms:
        if (room / "__init__.py").exists():
            assert f"`{room.relative_to(ROOT).as_posix()}/" in floors, room


def test_the_two_lives_and_the_sentence_name_files_in_their_order() -> None:
    """A reader can open the files in the order in which they are mentioned."""
    for title in (
        "The life of a log line",
        "The life of a scrape",
        "How a decision becomes a sentence",
    ):
        steps = re.split(r"^\d\. ", section(title), flags=re.MULTILINE)[1:]
        assert len(steps) >= 5
        assert sum("wvatui/" in step for step in steps) >= 5
