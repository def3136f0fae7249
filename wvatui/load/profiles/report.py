"""Reports that are passed through a log: compressed and encoded between two marker lines.

Files of a finished pod cannot be fetched, so a built-in job ends by printing its report.
`REPORT_SCRIPT` writes this form in the pod (standard library only), `marked` writes it here.
"""

import base64
import binascii
import zlib
from collections.abc import Iterator
from hashlib import sha256

from wvatui.core.redact import SECRET_NAME

BEGIN = "-----BEGIN WVATUI REPORT"
END = "-----END WVATUI REPORT-----"
COLUMNS = 1_000
"""Characters of an encoded line, far fewer than those at which container runtimes cut lines."""
ENCODED_LIMIT = 2_000_000
REPORT_LIMIT = 8_000_000
"""Most bytes of a report; a larger one is refused."""

REPORT_SCRIPT = r"""
import base64, hashlib, json, os, re, sys, zlib
left_out = ("requests", "request_samples", "pdf", "cumulative_distribution_function")
def reduced(value):
    if isinstance(value, dict):
        return {k: ("***" if isinstance(v, str) and v and secret(k) else reduced(v))
                for k, v in value.items() if k not in left_out}
    return [reduced(v) for v in value] if isinstance(value, list) else value
def secret(name):
    return re.search(r"SECRET_NAME", name, re.I)
found = {}
for path in sys.argv[2:]:
    names = [path]
    if os.path.isdir(path):
        names = sorted(os.path.join(folder, name) for folder, _, files in os.walk(path)
                       for name in files if name.endswith("lifecycle_metrics.json")
                       and not name.startswith("per_request"))
    for name in names:
        try:
            with open(name) as file:
                found[name.replace("/tmp/wvatui/", "")] = reduced(json.load(file))
        except (OSError, ValueError) as error:
            print("wvatui: no report:", name, error)
if found:
    report = list(found.values())[0] if len(found) == 1 else found
    data = json.dumps(report, separators=(",", ":")).encode()
    text = base64.b64encode(zlib.compress(data, 9)).decode()
    print("-----BEGIN WVATUI REPORT", sys.argv[1], len(data), hashlib.sha256(data).hexdigest()[:16]
          + "-----")
    for at in range(0, len(text), 1000):
        print(text[at:at + 1000])
    print("-----END WVATUI REPORT-----", flush=True)
""".strip().replace("SECRET_NAME", SECRET_NAME)
"""The last program of a built-in job: `python3 -c SCRIPT TOOL PATH…`, with files or folders of
reports.

Several reports become one object by their path, which `core.results` can read.
"""


def marked(tool: str, report: bytes) -> Iterator[str]:
    """`report` as the lines that carry it in a log."""
    text = base64.b64encode(zlib.compress(report, 9)).decode()
    yield f"{BEGIN} {tool} {len(report)} {sha256(report).hexdigest()[:16]}-----"
    for at in range(0, len(text), COLUMNS):
        yield text[at : at + COLUMNS]
    yield END


class Collected:
    """Collects the lines of one report: call `add` until it returns True."""

    def __init__(self, begin: str) -> None:
        words = begin.removeprefix(BEGIN).rstrip("-").split()
        self.tool = words[0] if words else ""
        self._size = int(words[1]) if len(words) > 1 and words[1].isdecimal() else -1
        self._digest = words[2] if len(words) > 2 else ""
        self._lines: list[str] = []
        self._length = 0
        self.problem = ""

    def add(self, line: str) -> bool:
        """Add one line; True when it was the last one."""
        line = line.strip()
        if line == END:
            return True
        self._length += len(line)
        if self._length > ENCODED_LIMIT:
            self.problem, self._lines = "the report in the log is too large", []
        else:
            self._lines.append(line)
        return False

    def report(self) -> bytes:
        """The report. Raises ValueError with a message for the user."""
        if self.problem:
            raise ValueError(self.problem)
        if not 0 <= self._size <= REPORT_LIMIT:
            raise ValueError("the report in the log does not say how long it is")
        try:
            packed = base64.b64decode("".join(self._lines), validate=True)
            data = zlib.decompressobj().decompress(packed, self._size + 1)
        except (binascii.Error, zlib.error, ValueError) as error:
            raise ValueError(f"the report in the log is damaged: {error}") from None
        if len(data) != self._size or sha256(data).hexdigest()[:16] != self._digest:
            raise ValueError("the report in the log is damaged: it is not what was printed")
        return data
