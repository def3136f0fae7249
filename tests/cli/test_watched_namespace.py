"""The namespaces that each verb watches, and verbs that act in a single one."""

from pathlib import Path

import click
import pytest

from tests.cli.cli import run
from wvatui.cli.params import ALL_NAMESPACES, CLUSTER, namespaces, together
from wvatui.errors import UsageError
from wvatui.sim.__main__ import kubeconfig, write_kubeconfig


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    """A kubeconfig of a cluster that does not answer."""
    url = "http://127.0.0.1:9"
    path = tmp_path / "kubeconfig"
    content = kubeconfig(url, url, 20.0, "ns")
    del content["clusters"][0]["cluster"]["extensions"]
    write_kubeconfig(path, content)
    return path


@pytest.mark.parametrize("what", ["team-a,team-b", "*"])
def test_load_is_launched_in_one_namespace(nobody: Path, what: str) -> None:
    done = run("load", "sustained", "-n", what, "--kubeconfig", str(nobody), "--yes", "--headless")
    assert done.code == 2
    assert f"launching load acts in one namespace, not {what}" in done.err
    assert ("-n team-a" if what != "*" else "-n NAMESPACE") in done.err


def asked(*args: str, **more: object) -> str:
    """The namespaces that these arguments select."""
    told: list[str] = []

    @click.command()
    @click.argument("what", default="")
    @together(ALL_NAMESPACES, CLUSTER)
    def verb(what: str, **flags: object) -> None:
        told.append(namespaces(what, flags))
        assert "all_namespaces" not in flags

    verb.main(list(args), standalone_mode=False, **more)  # type: ignore[call-overload]
    return told[0]


def test_several_namespaces_are_taken_with_commas_once_each_and_in_order() -> None:
    assert asked("-n", "b, a,b,") == "b,a"
    assert asked("b,a") == "b,a"
    assert asked("a", "-n", "a") == "a"
    assert asked() == ""


def test_all_namespaces_are_a_flag_or_a_star() -> None:
    assert asked("-A") == asked("-n", "*") == asked("--all-namespaces") == "*"


def test_what_is_said_twice_must_agree() -> None:
    with pytest.raises(UsageError, match="two namespaces given: a and -n b"):
        asked("a", "-n", "b")
    for words in (("-A", "-n", "a"), ("-A", "a")):
        with pytest.raises(UsageError, match="both given"):
            asked(*words)


def test_the_command_line_goes_before_the_configuration_file() -> None:
    assert asked("-A", default_map={"namespace": "a"}) == "*"
    assert asked("-n", "a,b", default_map={"all_namespaces": True}) == "a,b"
    assert asked(default_map={"namespace": "a,b"}) == "a,b"
    assert asked(default_map={"all_namespaces": True}) == "*"


def test_a_selector_that_is_none_is_told_before_anything_is_asked() -> None:
    done = run("watch", "ns", "-l", "app==(", "--headless")
    assert done.code == 2
    assert "'app==(' is no label selector, such as app=vllm" in done.err
