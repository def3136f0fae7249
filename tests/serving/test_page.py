"""The page loads everything from this server, and the server serves only what the page needs."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest

from tests.serving.serving import RECORDING, served_here
from wvatui.serving import web
from wvatui.serving.wanted import Wanted


class Links(HTMLParser):
    """Collects everything in a page that a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.handlers: list[str] = []
        self.inline = 0
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href", "action", "poster", "data", "srcset", "formaction"):
                self.urls.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        self._script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline += 1

    def handle_endtag(self, tag: str) -> None:
        self._script = False


@pytest.mark.parametrize("html", [web.screen_page("t", ""), web.words_page("t", "x")])
def test_every_address_in_a_page_is_one_of_its_own_files(html: str) -> None:
    links = Links()
    links.feed(html)
    assert links.urls
    for url in links.urls:
        assert not urlsplit(url).netloc, url
        assert not urlsplit(url).scheme, url
        assert url.removeprefix("static/") in web.static_files(), url


def test_a_page_runs_nothing_that_stands_in_it() -> None:
    links = Links()
    links.feed(web.screen_page("t", ""))
    assert (links.handlers, links.inline) == ([], 0)


def test_every_address_in_a_style_is_one_of_its_own_files() -> None:
    for name, file in web.static_files().items():
        if file.type == "text/css":
            text = file.content.decode()
            assert "@import" not in text
            for url in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
                assert url in web.static_files(), (name, url)


def test_our_script_names_no_address() -> None:
    assert not re.search(rb"https?://", web.static_files()["page.js"].content)


async def test_what_is_no_file_of_the_page_is_not_there() -> None:
    async with served_here() as here, aiohttp.ClientSession() as http:
        for path in (
            "static/",
            "static",
            "static/screen.html",
            "static/..%2fweb.py",
            "download/x",
            "static/js/textual.js",
            "../wvatui/cli/main.py",
        ):
            async with http.get(urljoin(here.url, path)) as answer:
                assert answer.status == (200 if answer.url.path == "/" else 404), path


async def test_every_answer_keeps_the_browser_to_this_server() -> None:
    async with served_here() as here, aiohttp.ClientSession() as http:
        for path in ("", "static/page.js", "static/mono.ttf", "nowhere", "ws"):
            async with http.get(here.url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "script-src 'self';" in policy
                assert "frame-ancestors 'none'" in policy
                assert not re.search(r"https?:|wss?:|\*", policy)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Server"] == "wvatui"


async def test_files_are_what_they_say() -> None:
    async with served_here() as here, aiohttp.ClientSession() as http:
        for name, file in web.static_files().items():
            async with http.get(f"{here.url}static/{name}") as answer:
                assert (answer.status, answer.content_type) == (200, file.type)
                assert await answer.read() == file.content


def test_a_title_from_outside_is_text_and_nothing_else() -> None:
    title = Wanted(replay=Path('"><script>alert(1)<br>.jsonl')).title
    assert "<script>alert" not in web.screen_page(title, "")
    assert "&lt;script&gt;alert" in web.screen_page(title, "")


@pytest.mark.parametrize(
    ("asked", "given"), [("20", "20"), ("", "14"), ("9999", "14"), ('1" x="', "14"), ("٣", "14")]
)
def test_the_address_may_ask_for_a_size_of_letters(asked: str, given: str) -> None:
    assert f'data-font-size="{given}"' in web.screen_page("t", asked)


def test_the_title_says_what_is_shown() -> None:
    assert Wanted(replay=RECORDING).title == "spike.jsonl – wvatui"
    assert Wanted(namespace="prod").title == "prod – wvatui"
