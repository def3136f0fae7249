"""Which namespace a session watches: one, and never a name that no namespace can have."""

from pathlib import Path

import pytest

from tests.cli.cli import run
from wvatui.sim.__main__ import kubeconfig, write_kubeconfig


@pytest.mark.parametrize("verb", ["watch", "check"])
def test_several_namespaces_are_refused_before_anything_is_asked(tmp_path: Path, verb: str) -> None:
    nobody = "http://127.0.0.1:9"
    path = tmp_path / "kubeconfig"
    content = kubeconfig(nobody, nobody, 20.0, "ns")
    del content["clusters"][0]["cluster"]["extensions"]
    write_kubeconfig(path, content)
    extra = ("--headless", "--no-record", "--duration", "1s") if verb == "watch" else ()
    done = run(verb, "-n", "team-a,team-b", "--kubeconfig", str(path), *extra)
    assert done.code == 2
    assert "a session watches one namespace, not team-a,team-b" in done.err
    assert "wvatui watch team-a" in done.err
