"""The mutation check changes every place that it can, one at a time, and nothing else."""

import ast
from pathlib import Path

import pytest

from bench.mutants import measure, mutants

SOURCE = '''"""A module."""
from typing import Final

LIMIT: Final[int] = 5

def judged(value: float, seen: list[float]) -> bool:
    """A function."""
    if not seen and value >= LIMIT:
        seen.append(value)
        return True
    seen[0] = value
    return False
'''


def test_each_kind_of_place_is_changed_once() -> None:
    changes = [(mutant.line, mutant.change) for mutant in mutants(SOURCE)]
    assert changes == [
        (4, "constant: 5 -> 6"),
        (4, "constant: 5 -> 4"),
        (8, "and/or: not seen and value >= LIMIT -> not seen or value >= LIMIT"),
        (8, "not: not seen -> seen"),
        (8, "comparison: value >= LIMIT -> value > LIMIT"),
        (9, "left out: seen.append(value) -> pass"),
        (10, "left out: return True -> pass"),
        (10, "constant: True -> False"),
        (11, "left out: seen[0] = value -> pass"),
        (11, "constant: 0 -> 1"),
        (11, "constant: 0 -> -1"),
        (12, "left out: return False -> pass"),
        (12, "constant: False -> True"),
    ]


def test_every_mutant_is_python_and_differs_from_the_module() -> None:
    whole = ast.unparse(ast.parse(SOURCE))
    sources = [mutant.source for mutant in mutants(SOURCE)]
    assert whole not in sources
    assert len(set(sources)) == len(sources)
    for source in sources:
        ast.parse(source)


SMALL = "def judged(value: float, limit: float) -> bool:\n    return value >= limit\n"
LOOSE = "from wvatui.rule import judged\n\n\ndef test_it() -> None:\n    assert judged(6, 5)\n"


@pytest.mark.parametrize(
    ("tests", "killed"), [(LOOSE, "1 of 2"), (f"{LOOSE}    assert judged(5, 5)\n", "2 of 2")]
)
def test_a_tighter_test_kills_more(
    tests: str,
    killed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The check runs in a checkout with one module and one test."""
    (tmp_path / "wvatui").mkdir()
    (tmp_path / "wvatui" / "__init__.py").touch()
    (tmp_path / "wvatui" / "rule.py").write_text(SMALL)
    (tmp_path / "test_rule.py").write_text(tests)
    monkeypatch.setattr("bench.mutants.ROOT", tmp_path)
    # Of six runs of pytest, the other plugins would take most of the time.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")
    assert measure("wvatui/rule.py", ["test_rule.py"], sample=9, seed=1) == 0
    assert f"{killed} killed" in capsys.readouterr().out
    assert (tmp_path / "wvatui" / "rule.py").read_text() == SMALL
