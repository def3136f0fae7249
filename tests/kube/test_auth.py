"""Credentials from kubeconfigs, plugins and pods, read by a child that has no terminal."""

import asyncio
import base64
import json
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests.kube.server import Renewing, says, served, talking
from tests.waiting import until
from wvatui.errors import ClusterError, ConfigError
from wvatui.kube import credentials as program
from wvatui.kube.auth import (
    Access,
    CredentialChild,
    Credentials,
    is_loopback_url,
    load,
    open_access,
)
from wvatui.kube.kubeconfig import Chosen, WrongError, choose, save_oidc

Write = Callable[..., Path]
SERVER = "https://192.0.2.1:6443"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Write:
    """A function that writes a kubeconfig with one cluster, user and context."""

    def write(
        name: str = "config",
        *,
        user: dict[str, Any] | None = None,
        cluster: dict[str, Any] | None = None,
        context: str = "here",
        namespace: str = "",
        current: str | None = None,
    ) -> Path:
        about = {"cluster": f"c-{context}", "user": f"u-{context}"}
        if namespace:
            about["namespace"] = namespace
        data: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "contexts": [{"name": context, "context": about}],
            "clusters": [{"name": f"c-{context}", "cluster": {"server": SERVER} | (cluster or {})}],
            "users": [
                {"name": f"u-{context}", "user": {"token": "t0ken"} if user is None else user}
            ],
        }
        if current != "":
            data["current-context"] = current or context
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(data))
        return path

    return write


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """A function that writes an exec plugin with the given body, whose last output is its
    credential."""

    def write(body: str, **more: Any) -> dict[str, Any]:
        path = tmp_path / "plugin.py"
        head = f"#!{sys.executable}\nimport json, os, sys, time\n"
        answer = (
            "\nprint(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1',"
            " 'kind': 'ExecCredential', 'status': status}))\n"
        )
        path.write_text(head + textwrap.dedent(body) + answer)
        path.chmod(0o755)
        return {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": str(path),
                "interactiveMode": "IfAvailable",
            }
            | more
        }

    return write


def read(path: Path, context: str = "") -> dict[str, Any]:
    """Read credentials like the child, but in this process."""
    return program._read(str(path), context)


# --- kubeconfigs --------------------------------------------------------------------------


def test_a_token_and_a_place_are_read(kubeconfig: Write) -> None:
    access = load(str(kubeconfig(namespace="llm-d")), None)
    assert (access.context, access.namespace, access.server) == ("here", "llm-d", SERVER)
    assert access.credentials.authorization == "Bearer t0ken"
    assert access.clock is None


def test_certificates_are_taken_as_data_and_from_files_beside_the_kubeconfig(
    kubeconfig: Write, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "ca.crt").write_text("CA")
    data = base64.b64encode(b"CERT").decode()
    (tmp_path / "sub" / "me.key").write_text("KEY")
    path = kubeconfig(
        "sub/config",
        cluster={"certificate-authority": "ca.crt", "tls-server-name": "kubernetes"},
        user={"client-certificate-data": data, "client-key": "me.key"},
    )
    answer = read(path)
    assert (answer["ca"], answer["certificate"], answer["key"]) == ("CA", "CERT", "KEY")
    assert answer["server_name"] == "kubernetes"
    assert answer["authorization"] == ""


def test_a_token_file_wins_and_is_read_again(kubeconfig: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    answer = read(kubeconfig(user={"token": "old", "tokenFile": "token"}))
    assert answer["authorization"] == "Bearer from-file"
    assert answer["expires_at"] is not None


def test_a_name_and_password_are_a_basic_authorization(kubeconfig: Write) -> None:
    answer = read(kubeconfig(user={"username": "me", "password": "pass"}))
    assert (
        answer["authorization"].lower() == "basic " + base64.b64encode(b"me:pass").decode().lower()
    )


def test_a_password_in_the_address_is_not_part_of_the_address(kubeconfig: Write) -> None:
    answer = read(kubeconfig(user={}, cluster={"server": "https://me:p%40ss@192.0.2.1:6443"}))
    assert answer["server"] == SERVER
    assert answer["authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


def test_proxy_verification_and_impersonation_are_read(
    kubeconfig: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
    plain = read(kubeconfig())
    assert (plain["proxy"], plain["verify"], plain["headers"]) == ("", True, [])
    answer = read(
        kubeconfig(
            cluster={"proxy-url": "http://p:3128", "insecure-skip-tls-verify": True},
            user={"token": "x", "as": "jane", "as-groups": ["a", "b"]},
        )
    )
    assert (answer["proxy"], answer["verify"]) == ("http://p:3128", False)
    assert answer["headers"] == [
        ("Impersonate-User", "jane"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
    ]


async def test_impersonation_is_sent(kubeconfig: Write) -> None:
    async with (
        served() as server,
        talking(server, headers=[("Impersonate-Group", "a"), ("Impersonate-Group", "b")]) as client,
    ):
        server.on("/a", says({}))
        await client.get_json("/a")
        assert server.seen[0].headers.getall("Impersonate-Group") == ["a", "b"]  # type: ignore[attr-defined]


def test_of_several_files_the_first_that_says_something_wins(
    kubeconfig: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = kubeconfig("one", context="a", current="", user={"token": "of-a"})
    second = kubeconfig("two", context="b", user={"token": "of-b"})
    third = kubeconfig("three", context="a", user={"token": "of-another-a"})
    empty = tmp_path / "empty"
    empty.write_text("")
    missing = tmp_path / "missing"
    files = [missing, empty, first, second, third]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    access = load(None, None)
    assert (access.context, access.credentials.authorization) == ("b", "Bearer of-b")
    access = load(None, "a")
    assert access.credentials.authorization == "Bearer of-a"


def test_the_usual_file_is_in_the_home_folder(kubeconfig: Write) -> None:
    home = Path(os.environ["HOME"])
    (home / ".kube").mkdir()
    kubeconfig().rename(home / ".kube" / "config")
    assert load(None, None).context == "here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not YAML"),
        ("a: b: c", "line 1"),
        ("- 1", "not a kubeconfig"),
        ("current-context: x", "has no context 'x'"),
        ("contexts: [{name: x, context: {cluster: y}}]\ncurrent-context: x", "names cluster 'y'"),
        ("contexts: 7\ncurrent-context: x", "has no context 'x'"),
        ("{}", "no current context"),
        (
            "{current-context: x, contexts: [{name: x, context: {cluster: y}}],"
            " clusters: [{name: y, cluster: {}}]}",
            "has no server",
        ),
        (
            "{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}],"
            " clusters: [{name: y, cluster: {server: 'http://h'}}]}",
            "names user 'z'",
        ),
        (
            "{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}],"
            " clusters: [{name: y, cluster: {server: 'https://h', certificate-authority: nope}}],"
            " users: [{name: z, user: {token: s3cret}}]}",
            "No such file",
        ),
        (
            "{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}],"
            " clusters: [{name: y, cluster: {server: 'https://h'}}],"
            " users: [{name: z, user: {token: s3cret, auth-provider: {name: oidc, config: {}}}}]}",
            "id-token",
        ),
        (
            "{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}],"
            " clusters: [{name: y, cluster: {server: 'https://h'}}],"
            ' users: [{name: z, user: {token: "s3cret\\nInjected: 1"}}]}',
            "token holds characters",
        ),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(WrongError) as caught:
        read(path)
    assert said in caught.value.message
    assert str(tmp_path) in caught.value.message or "token" in caught.value.message
    assert "s3cret" not in caught.value.message


def test_a_context_that_is_not_there_is_told_with_those_that_are(kubeconfig: Write) -> None:
    with pytest.raises(ConfigError, match="has no context 'prod'") as caught:
        load(str(kubeconfig()), "prod")
    assert caught.value.hint == "it has: here"
    assert caught.value.exit_code == 2


def test_no_kubeconfig_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ConfigError, match="no kubeconfig") as caught:
        load(None, None)
    assert "--kubeconfig" in caught.value.hint
    with pytest.raises(ConfigError, match="/no/such: no such kubeconfig"):
        load("/no/such", None)


def test_in_a_pod_its_own_account_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, text in (("token", "t0ken"), ("ca.crt", "CA"), ("namespace", "llm-d\n")):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(program, "ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    answer = program._read("", "")
    assert answer["server"] == "https://[fd00::1]:443"
    assert (answer["authorization"], answer["ca"]) == ("Bearer t0ken", "CA")
    assert (answer["context"], answer["namespace"]) == ("in-cluster", "llm-d")
    assert answer["expires_at"] is not None


def test_renewed_openid_tokens_are_kept_for_kubectl(kubeconfig: Write) -> None:
    provider = {"name": "oidc", "config": {"id-token": "old", "client-id": "c"}}
    path = kubeconfig(user={"auth-provider": provider})
    path.chmod(0o640)
    chosen: Chosen = choose([path], "")
    before = os.umask(0o077)
    try:
        save_oidc(chosen, {"auth-provider": {"config": {"id-token": "new", "refresh-token": "r"}}})
    finally:
        os.umask(before)
    user = yaml.safe_load(path.read_text())["users"][0]["user"]
    assert user["auth-provider"]["config"] == {
        "id-token": "new",
        "refresh-token": "r",
        "client-id": "c",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []


# --- the clock of a simulated cluster -----------------------------------------------------


def clocked(url: str, **more: Any) -> dict[str, Any]:
    extension = {"url": url} | more
    return {"extensions": [{"name": "clock.wvatui.dev", "extension": extension}]}


def test_a_simulated_clusters_clock_is_found(kubeconfig: Write) -> None:
    place = load(str(kubeconfig(cluster=clocked("http://127.0.0.1:8001", speed=20))), None).clock
    assert place is not None
    assert (place.url, place.speed) == ("http://127.0.0.1:8001", 20.0)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8001",
        "http://example.com",
        "ftp://127.0.0.1",
        "",
        "http://127.0.0.1@x.com",
    ],
)
def test_a_clock_elsewhere_is_not_believed(url: str) -> None:
    assert Access(Credentials(SERVER, clock_url=url)).clock is None
    assert not is_loopback_url(url)


@pytest.mark.parametrize("speed", [0, -1, "fast", None, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_real_time(kubeconfig: Write, speed: Any) -> None:
    answer = read(kubeconfig(cluster=clocked("http://127.0.0.1:1", speed=speed)))
    assert answer["clock_speed"] == 1.0


# --- exec plugins -------------------------------------------------------------------------


def test_a_plugin_gives_a_token_that_expires(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]]
) -> None:
    body = "status = {'token': 'from-plugin', 'expirationTimestamp': '2100-01-01T00:00:00Z'}"
    access = load(str(kubeconfig(user=plugin(body))), None)
    assert access.credentials.authorization == "Bearer from-plugin"
    assert access.credentials.expires_at == 4_102_444_800.0


def test_a_plugin_has_neither_input_nor_terminal(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    body = f"""
        heard = sys.stdin.read()
        try:
            open("/dev/tty").close()
            terminal = True
        except OSError:
            terminal = False
        info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
        with open({str(tmp_path / "told")!r}, "w") as file:
            json.dump([heard, terminal, info["spec"]["interactive"], os.getsid(0)], file)
        status = {{"token": "x"}}
    """
    leader, follower = os.openpty()  # a terminal on which a plugin could ask
    os.write(leader, b"typed by the user\n")
    kept = os.dup(0)
    os.dup2(follower, 0)
    try:
        access = load(str(kubeconfig(user=plugin(body))), None)
    finally:
        os.dup2(kept, 0)
        for handle in (kept, leader, follower):
            os.close(handle)
    assert access.credentials.authorization == "Bearer x"
    heard, terminal, interactive, session = yaml.safe_load((tmp_path / "told").read_text())
    assert (heard, terminal, interactive) == ("", False, False)
    assert session != os.getsid(0)


def test_a_plugin_named_by_its_place_works_in_the_folder_of_its_kubeconfig(
    kubeconfig: Write,
    plugin: Callable[..., dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = "status = {'token': ' '.join([os.getcwd(), os.environ['KUBECONFIG'], os.environ['OF']])}"
    env = [{"name": "OF", "value": "its own"}]
    kubeconfig("sub/config", user=plugin(body, command="../plugin.py", env=env))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("KUBECONFIG", "../sub/config")
    for asked in (None, "../sub/config"):
        said = load(asked, None).credentials.authorization
        assert said == f"Bearer {tmp_path}/sub {tmp_path}/sub/config its own"


def test_a_plugin_gives_a_client_certificate(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]]
) -> None:
    body = "status = {'clientCertificateData': 'CERT', 'clientKeyData': 'KEY'}"
    got = load(str(kubeconfig(user=plugin(body))), None).credentials
    assert (got.certificate, got.key, got.authorization) == ("CERT", "KEY", "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit('not signed in: token=s3cret-t0ken')", "not signed in"),
        ("print('hello'); sys.exit(0)", "decode"),
        ("status = {}", "missing token"),
        ("status = {'clientCertificateData': 'CERT'}", "missing clientKeyData"),
        ("status = {'token': 'x', 'expirationTimestamp': 'soon'}", "no time"),
    ],
)
def test_a_plugin_that_fails_is_named_with_its_own_words(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]], body: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=r"credential plugin plugin\.py gave nothing") as caught:
        load(str(kubeconfig(user=plugin(body))), None)
    assert said in caught.value.message
    assert "s3cret" not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_plugin_that_asks_for_it_is_told_the_cluster(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    body = """
        info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
        status = {"token": json.dumps(info["spec"].get("cluster"))}
    """
    (tmp_path / "ca.crt").write_text("CA")
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}
    cluster = {"certificate-authority": "ca.crt", "extensions": [extension]}
    path = kubeconfig(cluster=cluster, user=plugin(body, provideClusterInfo=True))
    assert json.loads(read(path)["authorization"].removeprefix("Bearer ")) == {
        "server": SERVER,
        "certificate-authority-data": base64.b64encode(b"CA").decode(),
        "config": {"audience": "a"},
    }
    assert read(kubeconfig(cluster=cluster, user=plugin(body)))["authorization"] == "Bearer null"


def test_a_plugin_may_give_a_token_and_a_certificate(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]]
) -> None:
    body = "status = {'token': 'x', 'clientCertificateData': 'CERT', 'clientKeyData': 'KEY'}"
    answer = read(kubeconfig(user=plugin(body)))
    assert (answer["authorization"], answer["certificate"]) == ("Bearer x", "CERT")


def test_reading_credentials_loads_neither_httpx_nor_the_kubernetes_package(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]]
) -> None:
    path = kubeconfig(user=plugin("status = {'token': 'x'}"))
    loaded = "; print(sorted({'httpx', 'kubernetes', 'requests'} & set(sys.modules)))"
    begin = "import sys; from wvatui.kube.credentials import main"
    child = f"{begin}; main([{str(path)!r}, '']){loaded}"
    ran = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("[]\n"), ran.stdout


async def test_credentials_that_nobody_takes_end_their_plugin(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    body = f"open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    with closing(CredentialChild(str(kubeconfig(user=plugin(body))), None)):
        await until(lambda: pid_file.exists() and pid_file.read_text() != "")
    await until(lambda: not _alive(int(pid_file.read_text())))


def test_a_plugin_that_is_not_installed_says_how_to_install_it(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]]
) -> None:
    user = plugin("", command="no-such-plugin", installHint="brew install it")
    with pytest.raises(ConfigError, match="no-such-plugin") as caught:
        load(str(kubeconfig(user=user)), None)
    assert caught.value.hint == "brew install it"


async def test_giving_up_ends_a_plugin_that_hangs(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    body = f"""
        with open({str(pid_file) + ".new"!r}, "w") as file:
            file.write(str(os.getpid()))
        os.rename({str(pid_file) + ".new"!r}, {str(pid_file)!r})
        time.sleep(600)
    """
    task = asyncio.create_task(open_access(str(kubeconfig(user=plugin(body))), None))
    await until(pid_file.exists)
    pid = int(pid_file.read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"  # a zombie has ended


# --- renewal ------------------------------------------------------------------------------


async def test_credentials_are_read_again_from_where_they_came(
    kubeconfig: Write, plugin: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    count = tmp_path / "count"
    count.write_text("")
    body = f"""
        with open({str(count)!r}, "a") as file:
            file.write("x")
        status = {{"token": "t0ken-" + str(os.path.getsize({str(count)!r}))}}
    """
    access = await open_access(str(kubeconfig(user=plugin(body))), None)
    first = access.credentials
    loop = asyncio.get_running_loop()
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        loop.call_later(0.005, turn)

    turn()
    renewed = await asyncio.gather(*[access.renew(first) for _ in range(5)])
    assert {each.authorization for each in renewed} == {"Bearer t0ken-2"}
    assert first.authorization == "Bearer t0ken-1"
    assert turns > 1  # the loop went on meanwhile


async def test_a_token_is_renewed_before_it_expires() -> None:
    now = 1_000.0
    old = Credentials(SERVER, authorization="Bearer old", expires_at=4_600.0)
    new = Credentials(SERVER, authorization="Bearer new", expires_at=8_200.0)
    access = Renewing(old, new)
    access._wall = lambda: now
    access._due_at = 4_540.0
    assert await access.current() is old
    now = 4_541.0
    assert await asyncio.gather(*[access.current() for _ in range(5)]) == [new] * 5
    assert access.asked == 1


async def test_a_token_that_cannot_be_renewed_is_used_until_it_expires() -> None:
    class Broken(Renewing):
        async def _read(self) -> Credentials:
            raise ConfigError("no")

    now = 4_590.0
    old = Credentials(SERVER, authorization="Bearer old", expires_at=4_600.0)
    access = Broken(old)
    access._wall = lambda: now
    access._due_at = 4_540.0
    assert await access.current() is old
    now, access._renewed_at = 4_601.0, None
    with pytest.raises(ClusterError, match="cannot be renewed: no"):
        await access.current()


async def test_credentials_that_come_expired_are_tried_all_the_same() -> None:
    old = Credentials(SERVER, authorization="Bearer old", expires_at=5.0)
    access = Renewing(old)
    assert await access.current() is old
    assert access.asked == 0


async def test_whoever_stops_waiting_stops_nobody_else() -> None:
    old, new = Credentials(SERVER), Credentials(SERVER, authorization="Bearer new")
    access = Renewing(old, new)
    one, two = (asyncio.create_task(access.renew(old)) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    assert await two == new
    assert access.asked == 1
    await asyncio.gather(one, return_exceptions=True)
    await access.aclose()


async def test_a_token_refused_soon_after_a_renewal_is_renewed_again_after_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr("wvatui.kube.auth.time", SimpleNamespace(monotonic=lambda: now))
    access = Renewing(Credentials(SERVER))
    access._wall = lambda: now
    renewed: list[float] = []
    for tenth in range(600):
        now, asked = 1_000.0 + tenth / 10, access.asked
        await access.renew(access.credentials)
        renewed += [tenth / 10] * (access.asked - asked)
    # A server that always refuses does not keep plugins running.
    assert [b - a for a, b in pairwise(renewed)] == [1, 2, 4, 8, 10, 10, 10, 10]
    now += 61
    await access.renew(access.credentials)
    now += 1
    asked = access.asked
    await access.renew(access.credentials)
    assert access.asked == asked + 1
