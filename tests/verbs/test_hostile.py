"""Whatever a verb reads, and whatever its arguments are: its output has no terminal command, and
its JSON is valid."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.fixtures import FIXTURES, ROOT
from tests.sweeps import sampled
from tests.test_hostile_text import unsafe
from tests.verbs.hostile import CODES
from tests.verbs.program import Ended, environment, program
from tests.verbs.ways import WAYS, Way, speaks_json, verbs

STARTS_S = 120.0


@contextlib.contextmanager
def hostile_cluster(folder: Path, speed: float = 40.0) -> Iterator[Path]:
    """The kubeconfig of a hostile simulated cluster."""
    path = folder / "kubeconfig"
    words = ["-m", "tests.verbs.hostile_cluster", "--until-stdin-closes", "--hold"]
    words += ["--speed", str(speed), "--scenario", "stair-step", "--kubeconfig", str(path)]
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment(folder),
    ) as process:
        deadline = time.monotonic() + STARTS_S
        while not path.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield path
        finally:
            process.terminate()


def called(
    verb: str,
    way: Way,
    files: dict[str, str],
    folder: Path,
    redirected: str = "",
    read: bool = True,
) -> Ended:
    """Run a verb on hostile files, with a hostile cluster where it needs one."""
    given = files | {"new": str(folder / "new.jsonl")}
    settings = "wrong" if way.wrong_settings else "config"
    env = environment(
        folder, XDG_CONFIG_HOME=f"{files['root']}/{settings}", XDG_STATE_HOME=str(folder / "state")
    )
    with contextlib.ExitStack() as stack:
        if "{kubeconfig}" in way.arguments:
            given["kubeconfig"] = str(stack.enter_context(hostile_cluster(folder)))
        words = [word.format(**given) if "{" in word else word for word in way.arguments]
        return program(
            [*verb.split(), *words], env, folder, redirected=redirected, ends=way.ends, read=read
        )


def never(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def test_every_verb_is_tried_and_every_one_that_speaks_json_in_json() -> None:
    assert set(WAYS) == set(verbs()), "WAYS in tests/verbs/ways.py needs ways to call each verb"
    asked = {verb for verb, ways in WAYS.items() if any("json" in w.arguments for w in ways)}
    assert asked == {name for name, verb in verbs().items() if speaks_json(verb)}, (
        "each verb with `-o json` needs a way with it in tests/verbs/ways.py: WAYS"
    )


CASES = [(verb, number) for verb, ways in WAYS.items() for number in range(len(ways))]


REFUSED = ("compare", "config show", "config validate", "estimate", "rules verify")
"""The sample of verbs that refuse an argument or a file. What is refused is told in one place, and
cleaned there (`tests/host/test_console.py`)."""


def is_kept(verb: str, way: Way) -> bool:
    return not way.swept and (way.codes not in ((2,), (4,)) or verb in REFUSED)


# Every way that prints what it was given; of refusals, which are told in one place, a few.
@pytest.mark.parametrize(
    ("verb", "number"), sampled(CASES, [(v, n) for v, n in CASES if is_kept(v, WAYS[v][n])])
)
def test_no_byte_of_a_verb_steers_the_terminal(
    verb: str, number: int, files: dict[str, str], tmp_path: Path
) -> None:
    way = WAYS[verb][number]
    done = called(verb, way, files, tmp_path)
    written = done.out + done.err
    text = written.decode("utf-8")
    assert not unsafe(text) - {"\n", "\t"}, text[:2000]
    assert "Traceback" not in text
    assert done.code in way.codes, text[-2000:]
    assert "EVIL" in text or not way.told
    if "json" in way.arguments:
        value = json.loads(done.out, parse_constant=never)
        assert value
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises for a lone surrogate


def test_a_traceback_steers_nothing_either(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from wvatui.config import paths\n"
        "from wvatui.cli.main import main\n"
        "def broken():\n"
        f"    raise RuntimeError({CODES!r})\n"
        "paths.config_file = broken\n"
        "sys.argv = ['wvatui', 'config', 'path']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    text = done.stderr.decode("utf-8")
    assert done.returncode == 1
    assert "EVIL" in text
    assert not unsafe(text) - {"\n"}


def test_the_mode_of_a_log_steers_nothing() -> None:
    case = FIXTURES / "field-cases/robust/escape-mode/a.log"
    if not case.exists():
        pytest.skip("not beside this checkout")
    done = run("summary", str(case))
    assert "PWN" in done.out
    assert not unsafe(done.out + done.err) - {"\n"}
