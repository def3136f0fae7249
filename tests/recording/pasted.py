"""Logs as people paste or download them: web pages, tables, search engines, screens."""

import csv
import html
import io
import json
import pprint
import quopri
import re
from collections.abc import Callable
from datetime import UTC, datetime

import yaml

from tests.recording.enveloped import (
    CONTAINER,
    POD,
    Envelope,
    Lines,
    dumps,
    each,
    gcloud_entry,
    json_lines,
    nanoseconds,
    objects,
    own_object,
    stamp,
    times,
)


def titled(titles: list[str], *, before: str = "", date: str = "%m/%d/%Y, %H:%M") -> Envelope:
    """A table whose last column is the line, with every cell quoted and Windows' line ends."""

    def wrap(lines: Lines) -> str:
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerows([titles] if titles else [])
        for line, at in zip(lines, times(lines), strict=True):
            writer.writerow([f"{datetime.fromtimestamp(at, UTC):{date}}", POD, line])
        return before + out.getvalue()

    return wrap


def spread(line: str, at: float) -> dict[str, object]:
    """An entry of GKE's agent: it takes level and time from the controller's object, and renames
    `msg`."""
    payload = own_object(line)
    if not isinstance(payload, dict):
        return gcloud_entry(line, at)
    rest = {key: payload[key] for key in payload if key not in ("level", "ts", "msg")}
    level = str(payload["level"]).upper()
    entry = {"logName": "projects/p/logs/stderr", "severity": level, "timestamp": stamp(at)}
    return entry | {"jsonPayload": {"message": payload["msg"]} | rest}


def spread_table(lines: Lines) -> str:
    """The CSV of Google's console, with a column for each field of the payload."""
    objects = [dict(value) for line in lines if isinstance(value := own_object(line), dict)]
    keys = sorted({key for value in objects for key in value})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["insertId", *(f"jsonPayload.{key}" for key in keys)])
    for value in objects:
        cells = [value.get(key, "") for key in keys]
        writer.writerow(["a", *(cell if isinstance(cell, str) else dumps(cell) for cell in cells)])
    return out.getvalue()


def page(lines: Lines) -> str:
    """A saved web page, with an element for each line."""
    inner = "".join(f'<span class="line">{html.escape(line)}</span>\n' for line in lines)
    return f"<html><body><pre><code>\n{inner}</code></pre></body></html>\n"


def pairs(time: Callable[[float], str]) -> Callable[[Lines], list[object]]:
    return lambda lines: [[time(at), line] for line, at in zip(lines, times(lines), strict=True)]


def rows(
    tables: str, columns: str, cells: str, column: Callable[[str], object], indent: int | None
) -> Envelope:
    """A table of a cloud or a database in JSON: names of columns, then rows of cells."""
    names = [column(name) for name in ("TimeGenerated", "LogMessage")]

    def wrap(lines: Lines) -> str:
        table = {"name": "PrimaryResult", columns: names, cells: pairs(stamp)(lines)}
        return json.dumps({tables: [table]}, ensure_ascii=False, indent=indent)

    return wrap


def insights(lines: Lines) -> list[object]:
    """Rows of CloudWatch Insights, each a list of its fields."""
    return [
        [
            {"field": "@timestamp", "value": f"{stamp(at)[:23].replace('T', ' ')}"},
            {"field": "@message", "value": line},
            {"field": "@ptr", "value": "CloKF"},
        ]
        for line, at in zip(lines, times(lines), strict=True)
    ]


PASTED: dict[str, Envelope] = {
    "HTML": each(lambda line, _: html.escape(line)),
    "HTML, quotes by their number": each(
        lambda line, _: html.escape(line).replace("&quot;", "&#34;")
    ),
    "HTML, twice": each(lambda line, _: html.escape(html.escape(line))),
    "HTML of stern": each(lambda line, _: html.escape(f"{POD} {CONTAINER} {line}")),
    "HTML in Markdown": each(
        lambda line, _: html.escape(line, quote=True), before="So:\n\n```\n", after="```\n"
    ),
    "a web page": page,
    "Markdown in lists": each(
        lambda line, _: f"      {line}", before="- a\n  - b\n      ```\n", after="      ```\n"
    ),
    "JSON array of strings": lambda lines: dumps(lines),
    "JSON array of strings through jq": lambda lines: json.dumps(lines, indent=2) + "\n",
    "JSON strings": each(lambda line, _: dumps(line)),
    "JSON text without its quotes": each(lambda line, _: dumps(line)[1:-1]),
    "a list in an object": lambda lines: dumps({"pod": POD, "logs": lines}),
    "Excel": titled(["Date", "Pod", "Message"], before="\ufeffsep=,\r\n"),
    "Azure": titled(["TimeGenerated [UTC]", "PodName", "LogMessage"]),
    "Splunk CSV": titled(["_time", "host", "_raw"]),
    "CSV without a heading": titled([]),
    "Splunk JSON": json_lines(lambda line, at: {"result": {"_raw": line, "_time": stamp(at)}}),
    "Splunk HEC": json_lines(lambda line, at: {"time": at, "host": "n", "event": line}),
    "Splunk HEC of docker": json_lines(lambda line, at: {"time": at, "event": {"log": line}}),
    "ECS": json_lines(lambda line, at: {"@timestamp": stamp(at), "event": {"original": line}}),
    "Elasticsearch fields": lambda lines: dumps(
        {"hits": {"hits": [{"_id": "a", "fields": {"message": [line]}} for line in lines]}}
    ),
    "GELF": json_lines(lambda line, at: {"short_message": line, "timestamp": at}),
    "OpenTelemetry, exported": json_lines(
        lambda line, _: {
            "resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": line}}]}]}]
        }
    ),
    "Datadog": lambda lines: dumps({"data": [{"attributes": {"message": line}} for line in lines]}),
    "Azure CLI": lambda lines: json.dumps([{"LogMessage": line} for line in lines], indent=2),
    "pods in an object": lambda lines: dumps({"pods": [{"name": POD, "logs": lines}]}),
    "OpenShift": json_lines(
        lambda line, at: {"@timestamp": stamp(at), "structured": own_object(line) or line}
    ),
    "Argo CD": json_lines(lambda line, at: {"result": {"content": line, "podName": POD}}),
    "GKE, renamed": json_lines(spread),
    "journald -o json, coloured": json_lines(
        lambda line, _: {"MESSAGE": list(f"\x1b[36m{line}\x1b[0m".encode())}
    ),
    "fluentd": each(lambda line, at: f"{stamp(at, 0)}\tkube.wva\t{dumps({'log': line})}"),
    "Fluent Bit": each(lambda line, at: f"[0] kube: [[{at}, {{}}], {dumps({'log': line})}]"),
    "aws logs tail": each(lambda line, at: f"{stamp(at, 6)} kube/wva {dumps({'log': line})}"),
    "Jenkins": each(lambda line, at: f"[{stamp(at, 3)}] {line}"),
    "colours written out": each(lambda line, _: f"^[[36m{line}^[[0m"),
    "colours without their escape": each(lambda line, _: f"[36m{line}[0m"),
    "less": each(lambda line, _: f"\x1b[m{line}\x1b[K"),
    "pairs": lambda lines: dumps(pairs(stamp)(lines)),
    "pairs through jq": lambda lines: json.dumps(pairs(nanoseconds)(lines), indent=2),
    "pairs, one a line": lambda lines: "".join(f"{dumps(p)}\n" for p in pairs(nanoseconds)(lines)),
    "a stream of Loki": lambda lines: dumps({"stream": {}, "values": pairs(nanoseconds)(lines)}),
    "Loki before 1.0": lambda lines: dumps(
        {
            "streams": [
                {
                    "labels": '{app="wva"}',
                    "entries": objects(lambda line, at: {"ts": stamp(at), "line": line})(lines),
                }
            ]
        }
    ),
    "Azure Log Analytics": rows("tables", "columns", "rows", lambda name: {"name": name}, 2),
    "Kusto": rows("Tables", "Columns", "Rows", lambda name: {"ColumnName": name}, None),
    "InfluxDB": rows("series", "columns", "values", str, None),
    "CloudWatch Insights": lambda lines: json.dumps({"results": insights(lines)}, indent=4),
    "Python bytes": lambda lines: repr("".join(f"{line}\n" for line in lines).encode()),
    "a list in Python": repr,
    "pprint": pprint.pformat,
    "Python texts": each(lambda line, _: repr(line)),
    "VictoriaLogs": json_lines(lambda line, at: {"_time": stamp(at), "_msg": line}),
    "a key that no table names": json_lines(lambda line, _: {"a": {"b": {"what": line}}, "n": 1}),
    "Firehose": lambda lines: "".join(dumps({"log": f"{line}\n"}) for line in lines),
    "a notebook": lambda lines: json.dumps(
        {"cells": [{"outputs": [{"text": [f"{line}\n" for line in lines]}]}], "nbformat": 4},
        indent=1,
    ),
    "in backticks": each(lambda line, _: f"`{line}`"),
    "aws --output text": each(lambda line, at: f"EVENTS\t{nanoseconds(at)}\t{line}\t1782299006000"),
    "a list in YAML": each(lambda line, _: "- '{}'".format(line.replace("'", "''"))),
    "a list in YAML, double quotes": each(lambda line, _: f"- {dumps(line)}"),
    "a list in YAML, folded": yaml.safe_dump,
    "a list in YAML of objects": lambda lines: yaml.safe_dump(
        {"pod": POD, "logs": objects(lambda line, at: {"log": line, "time": stamp(at)})(lines)}
    ),
    "a list in YAML of blocks": lambda lines: yaml.safe_dump(lines, default_style="|"),
    "a list of mappings in Python": lambda lines: repr([{"message": line} for line in lines]),
    "logfmt": each(lambda line, at: f"time={stamp(at)} level=info msg={dumps(line)} pod={POD}"),
    "a mail": lambda lines: quopri.encodestring("\n".join(lines).encode()).decode(),
    "Python mappings": each(lambda line, _: repr({"log": f"{line}\n", "stream": "stderr"})),
}
"""Name → envelope that any line fits into."""

PASTED_JSON: dict[str, Envelope] = {"CSV of Google's console": spread_table}
"""Name → envelope that only JSON logs fit into."""

PASTED_CONSOLE: dict[str, Envelope] = {
    "cat -A": each(lambda line, _: line.replace("\t", "^I") + "$"),
    "@tsv": each(lambda line, at: "{}\t{}".format(stamp(at), line.replace("\t", "\\t"))),
    "a pane of tmux": each(lambda line, _: f"{line.ljust(300)}│"),
    "tabs as spaces that do not break": each(lambda line, _: line.replace("\t", "\xa0" * 4)),
    "typographic quotes": each(lambda line, _: re.sub('"([^"]*)"', "“\\1”", line)),
}
"""Name → envelope that only changes lines of the console encoder."""
