"""A small Prometheus for tests, which has the given series and answers over real HTTP.

It supports the queries of the import: a selector of names and labels, alone, with a range, or in
`last_over_time`. Like the real one it refuses more than 11,000 points and returns no empty series.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.http_server import serving_requests

LOOK_BACK_S = 300.0
_QUERY = re.compile(
    r"(?:last_over_time\()?\{(?P<matchers>.*)\}(?:\[(?P<range>\d+)(?P<unit>m?s)\]\)?)?"
)
_MATCHER = re.compile(r'(\w+)(=~|=)"((?:[^"\\]|\\.)*)"')


@dataclass
class Said:
    """A faulty answer. `cut`: the number of bytes missing at the end of the body."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0


def is_part(params: dict[str, str]) -> bool:
    """Whether a query is for data, and not for the five minutes that show the scrape interval."""
    return "[300s]" not in params.get("query", "")


@dataclass
class FakePrometheus:
    """The server. `says(path, parameters)` may return another answer; None: the usual one. There is
    none at all where it `is_silent(parameters)`."""

    series: list[Any]
    says: Callable[[str, dict[str, str]], Said | None] = lambda path, params: None
    is_silent: Callable[[dict[str, str]], bool] = lambda params: False
    most_points: int = 11_000
    token: str = ""
    warnings: tuple[str, ...] = ()
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def parts(self) -> list[dict[str, str]]:
        """The parameters of all queries for data, in order; see `is_part`."""
        return [params for _, params in self.asked if is_part(params)]

    def ranges(self) -> list[dict[str, str]]:
        """The parameters of all range queries, in order."""
        return [params for path, params in self.asked if path.endswith("/query_range")]

    def answer(self, path: str, params: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match = _QUERY.fullmatch(params["query"])
        if match is None:
            return 400, _error("bad_data", "parse error")
        looks_back = (
            int(match["range"]) * {"ms": 0.001, "s": 1.0}[match["unit"]]
            if match["range"]
            else LOOK_BACK_S
        )
        chosen = [each for each in self.series if _fits(each["metric"], match["matchers"])]
        if path.endswith("/query"):
            at = float(params["time"])
            return 200, self._matrix(
                (each["metric"], [v for v in each["values"] if at - looks_back <= v[0] <= at])
                for each in chosen
            )
        start, end, step = (float(params[name]) for name in ("start", "end", "step"))
        points = int((end - start) / step + 1e-9) + 1
        if points > self.most_points:
            words = "exceeded maximum resolution of 11,000 points per timeseries"
            return 400, _error("bad_data", words)
        moments = [start + n * step for n in range(points)]
        return 200, self._matrix(
            (each["metric"], [s for at in moments if (s := _last(each, at, looks_back))])
            for each in chosen
        )

    def _matrix(self, result: Any) -> dict[str, Any]:
        rows = [{"metric": metric, "values": values} for metric, values in result if values]
        made = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
        return made | ({"warnings": list(self.warnings)} if self.warnings else {})


def _error(kind: str, words: str) -> dict[str, Any]:
    return {"status": "error", "errorType": kind, "error": words}


def _fits(metric: dict[str, str], matchers: str) -> bool:
    for label, how, quoted in _MATCHER.findall(matchers):
        wanted = json.loads(f'"{quoted}"')
        value = metric.get(label, "")
        if not (value == wanted if how == "=" else re.fullmatch(wanted, value)):
            return False
    return True


def _last(series: Any, at: float, looks_back: float) -> list[Any] | None:
    before = [value for t, value in series["values"] if at - looks_back < t <= at]
    return [round(at, 3), before[-1]] if before else None


@contextmanager
def serving(fake: FakePrometheus, tls: ssl.SSLContext | None = None) -> Iterator[FakePrometheus]:
    """Serve `fake` on loopback; its attribute `url` is the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = dict(parse_qsl(parts.query))
            fake.asked.append((parts.path, params))
            if fake.is_silent(params):
                self.rfile.read(1)  # until the client has gone
                return
            said = fake.says(parts.path, params)
            if said is None and fake.token and self.headers.get("authorization") != fake.token:
                said = Said(401, "Unauthorized\n", {"content-type": "text/plain"})
            if said is None:
                status, made = fake.answer(parts.path, params)
                said = Said(status, json.dumps(made), {"content-type": "application/json"})
            elif not said.body:
                said.body = json.dumps(fake.answer(parts.path, params)[1])
            content = said.body.encode()
            self.send_response(said.status)
            for name, value in ({"content-length": str(len(content))} | said.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) - said.cut])

        def log_message(self, *given: Any) -> None:
            pass

    with serving_requests(Handler, tls) as fake.url:
        yield fake
