"""64 engines' pages every 2 s without a cluster: processor time per scrape, compared with
vllm-htop.

Another process serves the pages from memory. `vllm-htop` (PyPI) is measured where the variable
VLLM_HTOP names its program or it is on the path; otherwise its row is left out, with a message.
"""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ENGINES = 64
INTERVAL_S = 2.0
SHORT_S, LONG_S = 4.0, 24.0
"""Two lengths of run, seconds: their difference has the steady cost without that of the start."""
ALONE_MS = 10.0
"""Milliseconds to achieve where vllm-htop is not there to compare with."""
_SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
sys.path.insert(0, sys.argv[1])
from bench.promtext import example_page
page = example_page()[1]
count = 0
class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        global count
        told = self.path == "/count"
        body = str(count).encode() if told else page
        count += not told
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
ThreadingHTTPServer.request_queue_size = 256
server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
"""


def measure() -> list[dict[str, object]]:
    """Milliseconds of processor time a scrape, of wvatui and of vllm-htop."""
    with _server() as port, tempfile.TemporaryDirectory() as folder:
        urls = [f"http://127.0.0.1:{port}/{n}/metrics" for n in range(ENGINES)]
        file = Path(folder) / "engines"
        file.write_text("".join(f"e{n}={url}\n" for n, url in enumerate(urls)))
        own = [sys.executable, "-m", "wvatui", "--no-config", "watch", "--endpoints", str(file)]
        ours = _ms_a_scrape(
            port, lambda s: [*own, "--headless", "--no-record", "--duration", f"{s}s"]
        )
        peer = shutil.which(os.environ.get("VLLM_HTOP", "vllm-htop"))
        its = None
        if peer is None:
            print("engines: vllm-htop is not installed: skipped", file=sys.stderr)
        else:
            bases = [url.removesuffix("/metrics") for url in urls]
            asked = [
                peer,
                "--output",
                "json",
                "--no-gpu-detect",
                "--interval",
                "2",
                "--url",
                *bases,
            ]
            its = _ms_a_scrape(port, lambda s: ["timeout", str(s), *asked])
    row: dict[str, object] = {
        "name": f"{ENGINES} engines at {INTERVAL_S:g} s without a cluster: processor a scrape",
        "value": round(ours, 3),
        "unit": "ms",
        "reach": ALONE_MS,
    }
    return [row | ({} if its is None else {"vllm_htop_ms": round(its, 3), "reach": round(its, 3)})]


def _ms_a_scrape(port: int, command: Callable[[float], Sequence[str]]) -> float:
    used = {s: _run(port, command(s)) for s in (SHORT_S, LONG_S)}
    scrapes = used[LONG_S][1] - used[SHORT_S][1]
    return 1000.0 * (used[LONG_S][0] - used[SHORT_S][0]) / scrapes


def _run(port: int, command: Sequence[str]) -> tuple[float, int]:
    """(processor time of a program and its children, seconds; number of pages that it read)."""
    before, pages = resource.getrusage(resource.RUSAGE_CHILDREN), _count(port)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent_s, _count(port) - pages


def _count(port: int) -> int:
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(answer.read())


@contextlib.contextmanager
def _server() -> Iterator[int]:
    root = str(Path(__file__).resolve().parent.parent)
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, root],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()
