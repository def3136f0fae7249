"""Every known message is recognised, in every encoder it can come in."""

import json
import re
from typing import Any

from tests.each_row import each_row
from tests.fixtures import FIXTURES, shared
from wvatui.core.log import catalogue
from wvatui.core.log.catalogue import BY_ID, FIELDS, KLOG, ROWS, TEXT
from wvatui.core.log.parser import parse
from wvatui.core.log.reading import REWORDED
from wvatui.core.log.row import CatalogueRow, CatalogueTable, head_of
from wvatui.core.log.versions import ORDER

TIME = "2026-06-24T11:03:26Z"
VERBS = {
    "s": "ms-llama-8b-a100-decode",
    "d": "3",
    "v": "map[ms-llama-8b-a100-decode:2]",
    "t": "true",
    "f": "0.512",
    "q": '"x"',
}
VALUES: dict[str, Any] = {
    "string": "llama-8b-a100",
    "int": 2,
    "int32": 2,
    "int64": 20480,
    "float64": 0.25,
    "bool": True,
    "error": "dial tcp 172.30.14.22:9091: connect: connection refused",
    "time.Duration": "10m0s",
    "[]string": ["a: desired(4)!=current(2)"],
}


def as_text(level: str, message: str) -> str:
    return json.dumps(
        {"level": level, "ts": "2025-12-18T10:07:12.394Z", "msg": message},
        separators=(",", ":"),
        ensure_ascii=False,
    )


def as_json(level: str, message: str, fields: dict[str, Any]) -> str:
    line = {"level": level, "ts": TIME, "caller": "saturation/engine.go:1", "msg": message}
    return json.dumps({**line, **fields}, separators=(",", ":"), ensure_ascii=False)


def as_console(level: str, message: str, fields: dict[str, Any]) -> str:
    parts = [TIME, level, "saturation/engine.go:1", message]
    if fields:
        parts.append(json.dumps(fields, ensure_ascii=False))
    return "\t".join(parts)


def filled(pattern: str) -> str:
    return pattern.replace("{}", "some-value").replace("…", " and so on")


# --- our own rows ---------------------------------------------------------------------------


def rows_of(*kinds: str) -> list[CatalogueRow]:
    """The rows whose ids begin with one of `kinds`."""
    return [row for row in ROWS if row.id.startswith(kinds)]


def id_of(row: CatalogueRow) -> str:
    return row.id


def test_a_row_of_the_old_wording_is_found_by_its_own_message() -> None:
    each_row(rows_of("a/", "f/"), is_found_by_its_message, id_of)


def is_found_by_its_message(row: CatalogueRow) -> None:
    line = parse(as_text("INFO", filled(row.pattern)))
    assert line.kind == "known"
    assert line.dialect == "json-text"
    assert head_of(BY_ID[line.template].pattern) == head_of(row.pattern) or "{}" in row.pattern


def test_a_row_with_fields_is_found_in_both_encoders() -> None:
    each_row(rows_of("b/", "rt"), is_found_in_both_encoders, id_of)


def is_found_in_both_encoders(row: CatalogueRow) -> None:
    message = filled(row.pattern)
    for raw in (as_json("info", message, {"x": 1}), as_console("LEVEL(-4)", message, {"x": 1})):
        for stamped in (raw, f"2026-06-24T11:03:26.123456789Z {raw}"):
            line = parse(stamped)
            assert line.kind == "known"
            assert line.message == message
            assert line.at == 1782299006.0


def test_a_row_of_klog_is_found_behind_its_header() -> None:
    each_row(rows_of("klog"), is_found_behind_its_header, id_of)


def is_found_behind_its_header(row: CatalogueRow) -> None:
    line = parse(f"I0624 11:03:03.705213       1 leaderelection.go:257] {filled(row.pattern)}")
    assert line.kind == "klog"
    assert line.template.partition("-")[0].startswith("klog/")
    assert not line.template.endswith(".go")


def test_ids_are_distinct_and_no_row_hides_another() -> None:
    assert len(BY_ID) == len(ROWS)
    for table in (TEXT, FIELDS, KLOG):
        assert isinstance(table, CatalogueTable)
        for row in table.rows:
            found = table.match(filled(row.pattern))
            assert found is not None
            # Where two rows share a head, the one with the longer literal must win.
            assert len(head_of(found.pattern)) >= len(head_of(row.pattern)) or row.pattern[0] == "{"


def test_the_catalogue_is_as_large_as_it_says() -> None:
    assert len(ROWS) > 850
    assert {row.id.partition("/")[0] for row in ROWS} == {"a", "b", "f", "rt", "klog"}
    assert catalogue.__doc__ is not None


# --- the reference list of all releases ------------------------------------------------------


def entries() -> list[dict[str, Any]]:
    path = FIXTURES.parent / "reference" / "wva-log-catalog.json"
    if not path.exists():
        return []
    return list(json.loads(path.read_text(encoding="utf-8"))["entries"])


def rendered(entry: dict[str, Any]) -> str:
    message: str = entry.get("rendered") or entry["message"]
    message = re.sub(r"<dynamic: \w+>", "connection refused", message)
    message = re.sub(r"<(?:[^<>]|<[^<>]*>)*>", "value", message)
    message = message.replace("%%", "\0")
    message = re.sub(r"%(?:\.\d+)?([sdvtfq])", lambda m: VERBS[m[1]], message)
    return message.replace("\0", "%")


def level_of(entry: dict[str, Any]) -> tuple[str, str]:
    verbose = re.fullmatch(r"V\((\d)\)", entry["level"])
    if verbose is None:
        return entry["level"], entry["level"].lower()
    depth = int(verbose[1])
    return ("DEBUG", "debug") if depth == 1 else (f"LEVEL(-{depth})", f"Level(-{depth})")


def test_every_form_of_every_release_is_recognised() -> None:
    shared("../reference/wva-log-catalog.json")
    each_row(entries(), is_recognised, lambda e: f"{e['style']}: {e['message']}: {e['versions']}")


def is_recognised(entry: dict[str, Any]) -> None:
    message = rendered(entry)
    console, encoded = level_of(entry)
    if entry["style"] == "structured":
        fields = {f["name"]: VALUES.get(f["type"], "x") for f in entry["fields"]}
        lines = [as_json(encoded, message, fields), as_console(console, message, fields)]
    else:
        lines = [as_text(console, message)]
    for raw in (*lines, *(f"2026-06-24T11:03:26.123456789Z {raw}" for raw in lines)):
        line = parse(raw)
        assert line.kind == "known", raw
        # It must match its own row, not a similar one.
        assert not line.template.endswith(REWORDED), raw
        assert line.level
        if "error" in {f["name"] for f in entry["fields"]} and entry["style"] == "structured":
            assert line.error


def test_the_reference_list_covers_every_release() -> None:
    shared("../reference/wva-log-catalog.json")
    listed = {version for entry in entries() for version in entry["versions"]}
    assert {release for release in ORDER if release != "fork"} <= listed
