"""Logs in the envelopes of tools: functions that wrap any lines as each tool does."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from wvatui.core.log.envelopes.envelope import START
from wvatui.core.log.parser import time_of

POD, CONTAINER = "wva-controller-manager-0123456789-abcde", "manager"
NAMESPACE = "workload-variant-autoscaler-system"
Lines = list[str]


def times(lines: Lines) -> list[float]:
    """The time of each line; a line without a time has that of the line before it."""
    at, found = 1_782_299_006.0, []
    starts = [START.search(line) for line in lines]
    own = [
        time_of(line) if start is None else time_of(line[start.start() :])
        for start, line in zip(starts, lines, strict=True)
    ]
    at = next((time for time in own if time is not None), at)
    for time in own:
        at = at if time is None else time
        found.append(at)
    return found


def stamp(at: float, digits: int = 9, zone: str = "Z") -> str:
    whole = datetime.fromtimestamp(int(at), UTC)
    fraction = f".{round((at % 1) * 1_000):03}".ljust(digits + 1, "0") if digits else ""
    return f"{whole:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


def each(form: Callable[[str, float], str], *, before: str = "", after: str = "") -> "Envelope":
    """An envelope around each line; `before` and `after` are other lines that the tool writes."""

    def wrap(lines: Lines) -> str:
        inner = [form(line, at) for line, at in zip(lines, times(lines), strict=True)]
        return before + "".join(f"{line}\n" for line in inner) + after

    return wrap


Envelope = Callable[[Lines], str]


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def own_object(line: str) -> object | None:
    """A line's JSON object; None: the line is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def runtime_file(lines: Lines) -> str:
    """The log file of CRI, which splits lines of more than 200 characters."""
    out = []
    for line, at in zip(lines, times(lines), strict=True):
        parts = [line[n : n + 200] for n in range(0, len(line), 200)] or [""]
        out += [f"{stamp(at)} stderr P {part}" for part in parts[:-1]]
        out.append(f"{stamp(at)} stderr F {parts[-1]}")
    return "\n".join(out) + "\n"


def docker(lines: Lines) -> str:
    """The log file of Docker's json-file driver, which splits lines of more than 300 characters;
    only the last part ends with a newline."""
    out = []
    for line, at in zip(lines, times(lines), strict=True):
        whole = line + "\n"
        parts = [whole[n : n + 300] for n in range(0, len(whole), 300)]
        out += [dumps({"log": p, "stream": "stderr", "time": stamp(at)}) for p in parts]
    return "\n".join(out) + "\n"


def nanoseconds(at: float) -> str:
    return f"{int(at)}{round((at % 1) * 1_000):03}000000"


def loki(lines: Lines, *, indent: int | None = None, newest_first: bool = False) -> str:
    """The answer of Loki's API, with two streams, of which the second is older."""
    at = sorted(times(lines))
    values = [[nanoseconds(t), line] for line, t in zip(lines, at, strict=True)]
    half = sum(t < at[len(at) // 2] for t in at)
    streams = [values[half:], values[:half]]
    result = [
        {"stream": {"pod": POD, "n": str(n)}, "values": stream[::-1] if newest_first else stream}
        for n, stream in enumerate(streams)
    ]
    answer = {"status": "success", "data": {"resultType": "streams", "result": result}}
    return json.dumps(answer, ensure_ascii=False, indent=indent) + "\n"


def frames(lines: Lines) -> str:
    """The answer of Grafana's query API, in columns."""
    names = [{"name": "labels"}, {"name": "Time"}, {"name": "Line"}, {"name": "tsNs"}]
    at = sorted(times(lines))
    columns = [
        [{}] * len(lines),
        [int(t * 1_000) for t in at],
        lines,
        [nanoseconds(t) for t in at],
    ]
    frame = {"schema": {"fields": names}, "data": {"values": columns}}
    return dumps({"results": {"A": {"status": 200, "frames": [frame]}}}) + "\n"


def objects(form: Callable[[str, float], dict[str, object]]) -> Callable[[Lines], list[object]]:
    def made(lines: Lines) -> list[object]:
        return [form(line, at) for line, at in zip(lines, times(lines), strict=True)]

    return made


def grafana_entry(line: str, at: float) -> dict[str, object]:
    return {
        "line": line,
        "timestamp": nanoseconds(at),
        "date": stamp(at, 3),
        "fields": {"pod": POD},
    }


def gcloud_entry(line: str, at: float) -> dict[str, object]:
    payload = own_object(line)
    said = {"textPayload": line} if payload is None else {"jsonPayload": payload}
    rest = {
        "insertId": f"a{at}",
        "labels": {"compute.googleapis.com/resource_name": "node"},
        "logName": "projects/p/logs/stderr",
        "receiveTimestamp": stamp(at + 1),
        "resource": {"labels": {"pod_name": POD}, "type": "k8s_container"},
        "severity": "ERROR",
        "timestamp": stamp(at),
    }
    return dict(sorted((rest | said).items()))


def extjson(line: str, _: float) -> dict[str, object]:
    return {"pod": POD, "container": CONTAINER, "message": own_object(line) or line}


def json_lines(form: Callable[[str, float], dict[str, object]]) -> Envelope:
    return each(lambda line, at: dumps(form(line, at)))


def table(comma: str) -> Envelope:
    def wrap(lines: Lines) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=comma, lineterminator="\n")
        writer.writerow(["Time", "Line", "tsNs", "labels"])
        for line, at in zip(lines, times(lines), strict=True):
            writer.writerow([stamp(at, 3), line, nanoseconds(at), dumps({"pod": POD})])
        return out.getvalue()

    return wrap


def pretty(lines: Lines) -> str:
    """The output of `jq .`, which only accepts JSON."""
    values = [own_object(line) for line in lines]
    return "".join(json.dumps(v, indent=2, ensure_ascii=False) + "\n" for v in values)


def broken(width: int) -> Envelope:
    def wrap(lines: Lines) -> str:
        parts: Iterable[str] = (
            line[n : n + width] for line in lines for n in range(0, max(1, len(line)), width)
        )
        return "".join(f"{part}\n" for part in parts)

    return wrap


def coloured_stern(line: str, _: float) -> str:
    return f"\x1b[38;2;0;128;255m{POD}\x1b[0m \x1b[36m{CONTAINER}\x1b[0m {line}"


STERN_OWN = f"+ {POD} › {CONTAINER}\n"

ENVELOPED: dict[str, Envelope] = {
    "stern": each(lambda line, _: f"{POD} {CONTAINER} {line}", before=STERN_OWN),
    "stern -t": each(lambda line, at: f"{POD} {CONTAINER} {stamp(at)} {line}", before=STERN_OWN),
    "stern -t short": each(lambda line, _: f"{POD} {CONTAINER} 05-01 10:00:00 {line}"),
    "stern -A": each(
        lambda line, _: f"{NAMESPACE} {POD} {CONTAINER} {line}",
        before=f"+ {NAMESPACE} {POD} › {CONTAINER}\n",
        after=f"- {NAMESPACE} {POD} › {CONTAINER}\n",
    ),
    "stern, coloured": each(coloured_stern, before=f"\x1b[32m+\x1b[0m {STERN_OWN[2:]}"),
    "stern -o json": json_lines(
        lambda line, _: {
            "message": line,
            "nodeName": "n",
            "namespace": NAMESPACE,
            "podName": POD,
            "containerName": CONTAINER,
        }
    ),
    "stern -o extjson": json_lines(extjson),
    "kubectl --prefix": each(lambda line, _: f"[pod/{POD}/{CONTAINER}] {line}"),
    "kubectl --timestamps": each(lambda line, at: f"{stamp(at)} {line}"),
    "kubectl --prefix --timestamps": each(
        lambda line, at: f"[pod/{POD}/{CONTAINER}] {stamp(at)} {line}"
    ),
    "kubetail": each(lambda line, _: f"[{POD} {CONTAINER}] {line}"),
    "kail": each(lambda line, _: f"{NAMESPACE}/{POD}[{CONTAINER}]: {line}"),
    "docker json-file": docker,
    "fluent-bit": json_lines(
        lambda line, at: {"log": line, "stream": "stderr", "time": stamp(at), "kubernetes": {}}
    ),
    "CRI": runtime_file,
    "logcli": each(
        lambda line, at: f'{stamp(at, 0, "+00:00")} {{app="wva", pod="{POD}"}}   {line}',
        before='2026/05/01 10:00:00 http://loki/x\n2026/05/01 10:00:00 Common labels: {a="b"}\n',
    ),
    "logcli, no labels left": each(lambda line, at: f"{stamp(at, 0)} {{}} {line}"),
    "logcli -o jsonl": json_lines(
        lambda line, at: {"labels": {"pod": POD}, "line": line, "timestamp": stamp(at)}
    ),
    "Loki": loki,
    "Loki, newest first": lambda lines: loki(lines, newest_first=True),
    "Loki through jq": lambda lines: loki(lines, indent=2),
    "Grafana text": each(
        lambda line, at: f"{int(at * 1_000)}\t{stamp(at, 3)}\t{line}",
        before='Common labels: {"app":"wva"}\nLine limit: "1000 (20 returned)"\n\n\n',
    ),
    "Grafana JSON": lambda lines: dumps(objects(grafana_entry)(lines)) + "\n",
    "Grafana query": frames,
    "CSV": table(","),
    "CSV with semicolons": table(";"),
    "JSON lines, log": json_lines(lambda line, at: {"@timestamp": stamp(at), "log": line}),
    "JSON lines, message": json_lines(
        lambda line, at: {"severity": "INFO", "message": line, "timestamp": stamp(at)}
    ),
    "JSON lines, msg": json_lines(lambda line, at: {"time": at, "level": "info", "msg": line}),
    "JSON lines, line": json_lines(lambda line, at: {"line": line}),
    "JSON lines, textPayload": json_lines(lambda line, at: {"textPayload": line}),
    "gcloud, array": lambda lines: json.dumps(objects(gcloud_entry)(lines), indent=2) + "\n",
    "gcloud, lines": json_lines(gcloud_entry),
    "gh run view --log": each(
        lambda line, at: f"e2e / wva\tController's log\t{stamp(at, 7)} {line}"
    ),
    "raw Actions log": each(lambda line, at: f"{stamp(at, 7)} {line}", before="\ufeff"),
    "journald short": each(
        lambda line, _: f"May 01 10:00:00 node-1 k3s[812]: {line}",
        before="-- Logs begin at Fri 2026-05-01 09:00:00 UTC. --\n",
    ),
    "journald short-iso": each(lambda line, at: f"{stamp(at, 0, '+0000')} node-1 wva[812]: {line}"),
    "journald short-full": each(
        lambda line, _: f"Fri 2026-05-01 10:00:00 UTC node-1 wva[812]: {line}"
    ),
    "journald -o json": json_lines(
        lambda line, at: {
            "_PID": "812",
            "MESSAGE": line if line.isascii() else list(line.encode()),
            "__REALTIME_TIMESTAMP": f"{int(at * 1_000)}000",
        }
    ),
    "journald without a process": each(lambda line, _: f"May 01 10:00:00 node-1 wva: {line}"),
    "CloudWatch": lambda lines: json.dumps(
        {"events": objects(lambda line, at: {"timestamp": int(at * 1_000), "message": line})(lines)}
    ),
    "Elasticsearch": lambda lines: json.dumps(
        {"hits": {"hits": objects(lambda line, _: {"_source": {"message": line}})(lines)}}
    ),
    "OpenTelemetry": json_lines(
        lambda line, at: {"body": {"stringValue": line}, "timeUnixNano": nanoseconds(at)}
    ),
    "syslog": each(lambda line, at: f"<30>1 {stamp(at, 6)} node wva 812 - - {line}"),
    "docker compose": each(lambda line, _: f"manager-1  | {line}"),
    "grep -n": lambda lines: "".join(f"{n}:{line}\n" for n, line in enumerate(lines, 1)),
    "grep -n -C": lambda lines: "".join(
        f"{n}{':-'[n % 2]}{line}\n" + "--\n" * (n % 50 == 0) for n, line in enumerate(lines, 1)
    ),
    "grep -H": each(lambda line, _: f"logs/wva-0.log:{line}"),
    "grep -Hn": lambda lines: "".join(
        f"logs/wva-0.log:{n}:{line}\n" for n, line in enumerate(lines, 1)
    ),
    "grep -H -C": lambda lines: "".join(
        f"wva-0.log{':-'[n % 2]}{line}\n" for n, line in enumerate(lines)
    ),
    "quoted": each(lambda line, _: f"> {line}", before="> \n"),
    "quoted twice": each(lambda line, _: f"> > {line}"),
    "indented": each(lambda line, _: f"    {line}"),
    "Markdown": each(
        lambda line, _: line,
        before="## What happens\n\nIt scales up and never down:\n\n```console\n",
        after="```\n\nThanks!\n",
    ),
    "Markdown in a quotation": each(
        lambda line, _: f"> {line}", before="> Look:\n> ```\n", after="> ```\n"
    ),
    "an unknown prefix": each(lambda line, _: f"<<wva|{POD}>> {line}"),
    "Loki of CRI": lambda lines: loki(runtime_file(lines).splitlines()),
    "stern, quoted": each(lambda line, _: f"> {POD} {CONTAINER} {line}", before=f"> {STERN_OWN}"),
    "docker of stern": lambda lines: docker(ENVELOPED["stern"](lines).split("\n")[:-1]),
    "time stamps of stern": lambda lines: ENVELOPED["kubectl --timestamps"](
        ENVELOPED["stern"](lines).split("\n")[:-1]
    ),
    "gcloud of gh": lambda lines: ENVELOPED["gcloud, lines"](
        ENVELOPED["gh run view --log"](lines).split("\n")[:-1]
    ),
}
"""Name → envelope that any line fits into."""

JSON_ALONE: dict[str, Envelope] = {"jq .": pretty}
"""Name → envelope that only JSON logs fit into."""

CONSOLE_ALONE: dict[str, Envelope] = {
    "tabs as four spaces": each(lambda line, _: line.replace("\t", "    ")),
    "tabs as the stops of a terminal": each(lambda line, _: line.expandtabs(8)),
    "tabs lost under stern": each(
        lambda line, _: f"{POD} {CONTAINER} {line}".expandtabs(8), before=STERN_OWN
    ),
    "tabs lost in Markdown": each(
        lambda line, _: line.replace("\t", "    "), before="```\n", after="```\n"
    ),
}
"""Name → envelope that only changes lines of the console encoder."""

BROKEN: dict[str, Envelope] = {f"{width} columns": broken(width) for width in (80, 132, 213)}
"""Name → envelope that breaks lines at the width of a terminal."""
