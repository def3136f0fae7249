"""Engines outside a cluster: their addresses, requests to them, and their events."""

import socket
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.kube.certificates import Authority
from tests.ports import refusing
from tests.sources.fake_pods import vllm_page
from tests.sources.served_pages import Answer, serving
from wvatui.clock import WallClock
from wvatui.errors import UsageError
from wvatui.sources.pods.outside import EndpointFetch, addresses, misses


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("http://gpu-box:8000", "gpu-box:8000", "http://gpu-box:8000/metrics"),
        ("gpu-box:8000", "gpu-box:8000", "http://gpu-box:8000/metrics"),
        ("HTTPS://Box/", "box:443", "https://box:443/metrics"),
        ("blue=http://10.0.0.1:30000", "blue", "http://10.0.0.1:30000/metrics"),
        ("http://[::1]:8000", "[::1]:8000", "http://[::1]:8000/metrics"),
        ("http://box/a/m?x=1", "box:80", "http://box:80/a/m?x=1"),
        ("http://box/m?a=b=c", "box:80", "http://box:80/m?a=b=c"),
    ],
)
def test_an_address_is_a_url_with_or_without_a_name(text: str, name: str, url: str) -> None:
    (address,) = addresses([text])
    assert (address.name, address.url) == (name, url)
    assert address.told.url == url


def test_credentials_of_a_url_are_sent_and_never_told() -> None:
    (address,) = addresses(["http://me:s3cr%3At@box:8000/metrics?token=abcdef123"])
    assert address.authorization == "Basic bWU6czNjcjp0"
    assert address.told.url == "http://box:8000/metrics?token=***"
    for told in (repr(address), str(address.told), address.name):
        assert "s3cr" not in told
        assert "abcdef123" not in told
    with pytest.raises(UsageError) as wrong:
        addresses(["ftp://me:s3cret@box"])
    assert "s3cret" not in wrong.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no http or https address"),
        ("ftp://box", "no http or https address"),
        ("http://", "no http or https address"),
        ("http://box:port", "is no address"),
        ("http://box:99999", "is no address"),
        ("http://[::1", "is no address"),
        ("http://xn--:8000", "is no address"),
        ("http://box:0", "no http or https address"),
        ("http://a:8000 http://b:8000", "no http or https address|is no address"),
        ("http://a/x y", "holds white space"),
    ],
)
def test_what_is_no_address_is_told_in_one_line(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as wrong:
        addresses([text])
    assert "\n" not in wrong.value.message


def test_a_file_names_one_a_line_and_errors_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "engines"
    file.write_text("# the lab\n\nblue=http://a:8000\n  b:8001  \n")
    assert [each.name for each in addresses(["http://c:1"], file)] == ["c:1", "blue", "b:8001"]
    file.write_text("http://a:8000\nhttp://a:8000/other\n")
    with pytest.raises(UsageError, match=r"engines:2: a:8000 names two endpoints"):
        addresses([], file)
    file.write_text("# nothing\n")
    with pytest.raises(UsageError, match="names no endpoint"):
        addresses([], file)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        addresses([], tmp_path / "missing")
    with pytest.raises(UsageError, match="a:8000 and blue are one address"):
        addresses(["blue=http://A:8000/metrics", "a:8000"])
    with pytest.raises(UsageError, match="a:8000 is given twice"):
        addresses(["a:8000", "http://a:8000"])


async def missed(*urls: str, **asked: object) -> list[str]:
    known = addresses(urls)
    fetch = EndpointFetch(known, WallClock(), timeout_s=120.0, **asked)  # type: ignore[arg-type]
    try:
        return [miss.text for miss in await misses(known, fetch)]
    finally:
        await fetch.aclose()


async def test_each_way_to_miss_a_page_has_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server, serving(vllm_page()) as other, refusing() as closed:
        server.answers |= {
            "/html": Answer(b"<!doctype html><p>Hello</p>", kind="text/html"),
            "/node": Answer(b"node_load1 0.5\n"),
            "/quoted": Answer(b'# TYPE "a.b" gauge\n{"a.b", "c.d"="e"} 1\n'),
            "/json": Answer(b'{"detail": "loading {model} 5"}\n'),
            "/tgi": Answer(b"# TYPE tgi_queue_size gauge\ntgi_queue_size 5\n"),
            "/llama": Answer(b"llamacpp:requests_processing 1\n"),
            "/429": Answer(status=429),
            "/502": Answer(status=502),
            "/401": Answer(status=401),
            "/403": Answer(status=403),
            "/503": Answer(status=503),
            "/away": Answer(status=307, location=f"{other.url}/metrics"),
            "/round": Answer(status=302, location="/round"),
            "/mail": Answer(status=302, location="mailto:me"),
            "/idn": Answer(status=302, location="http://xn--/"),
        }
        told = {path: await missed(server.url + path) for path in [*server.answers, "/404"]}
        words = {path: "".join(why) for path, why in told.items()}
        assert "is no engine's metrics page" in words["/html"]
        assert "is no engine's metrics page" in words["/node"]
        assert "is no engine's metrics page" in words["/quoted"]
        assert words["/json"] == "it answers, but is not up yet"
        assert "is Text Generation Inference, and no engine's metrics page" in words["/tgi"]
        assert "is llama.cpp, and no engine's metrics page" in words["/llama"]
        assert words["/429"] == "it answers 429: it is asked too often"
        assert words["/502"] == "it answers 502: it, or a proxy before it, is in trouble"
        assert "401: it wants credentials (--token-file)" in words["/401"]
        assert "403: these credentials may not read it" in words["/403"]
        assert "404 at /404" in words["/404"]
        assert words["/503"] == "it answers 503: the engine is not up yet"
        assert "redirects to http://127.0.0.1" in words["/away"]
        assert other.asked == []
        assert "without end" in words["/round"]
        assert words["/mail"] == words["/idn"] == "it redirects to what is no address"
        assert await missed(f"127.0.0.1:{closed}") == [f"connection refused on port {closed}"]
        (no_tls,) = await missed(server.url.replace("http:", "https:"))
        assert "does not speak TLS" in no_tls
    no_name = Mock(side_effect=socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    monkeypatch.setattr(socket, "getaddrinfo", no_name)  # a network may take long to say so
    (unknown,) = await missed("http://no-such-host.invalid:8000")
    assert "the name cannot be resolved" in unknown


async def test_a_redirect_on_the_same_host_is_followed_with_the_credentials() -> None:
    with serving() as server:
        server.answers["/metrics"] = Answer(status=307, location="/metrics/")
        server.answers["/metrics/"] = Answer(vllm_page())
        assert await missed(server.url, token="t0ken") == []
        assert server.asked == [("/metrics", "Bearer t0ken"), ("/metrics/", "Bearer t0ken")]


async def test_nothing_but_the_given_address_is_asked() -> None:
    with serving() as server:
        server.answers["/metrics"] = Answer(vllm_page())
        assert await missed(f"{server.url}/wrong") != []
        assert [path for path, _ in server.asked] == ["/wrong"]


async def test_a_server_is_known_by_its_certificate(tmp_path: Path) -> None:
    authority = Authority()
    with serving(vllm_page(), authority.server(tmp_path, "127.0.0.1")) as server:
        (why,) = await missed(server.url)
        assert "certificate verify failed" in why
        assert await missed(server.url, ca=authority.pem) == []
        assert await missed(server.url, verify=False) == []
        (plain,) = await missed(server.url.replace("https:", "http:"))
        assert "does it speak http?" in plain
