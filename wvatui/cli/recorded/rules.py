"""Rules: the decision rules, held against recorded cases."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import FORM, STDIN
from wvatui.core.lines import clean
from wvatui.errors import CheckFailed, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.rules.cases.replay import ReplayReport


@click.group()
def rules() -> None:
    """Hold the decision rules against what WVA decided."""


@rules.command("verify")
@click.argument("cases", metavar="CASES.json")
@FORM
def rules_verify(cases: str, output: str) -> None:
    """Replay a file of recorded decisions against the rules; - reads standard input.

    Prints by kind and release how many came out as recorded, which did not and how they differ,
    and what the rules do not model. Exit code 1 when one failed, 2 when the file cannot be read.
    """
    from wvatui.core.rules.cases.replay import FAILED

    report = _report(cases)
    if output == "json":
        console.out_json(_data(report, cases))
    else:
        console.out(*_lines(report))
    failed = report.total(FAILED)
    if failed:
        noun = "case" if failed == 1 else "cases"
        raise CheckFailed(f"{failed} {noun} of {len(report.results)} came out otherwise: {cases}")


def _report(file: str) -> "ReplayReport":
    """How the cases of a file come out. Raises UsageError when it cannot be read or has none."""
    from wvatui.core.rules.cases.replay import MalformedError, cases_of, replay

    name = "standard input" if file == STDIN else file
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None
    try:
        report = replay(cases_of(data))
    except MalformedError as error:
        raise UsageError(
            f"{name}: {error}", hint='it must hold {"cases": [{"id", "kind", "versions", …}]}'
        ) from None
    if not report.results:
        raise UsageError(f"{name}: no cases in it")
    return report


def _data(report: "ReplayReport", file: str) -> dict[str, Any]:
    from wvatui.core.rules.cases.replay import FAILED, NOT_MODELLED, OK

    return {
        "file": file,
        "ok": report.total(OK),
        "failed": report.total(FAILED),
        "not_modelled": report.total(NOT_MODELLED),
        "kinds": [
            {
                "kind": row.kind,
                "version": row.version,
                "ok": row.ok,
                "failed": row.failed,
                "not_modelled": row.not_modelled,
            }
            for row in report.rows
        ],
        "failures": [
            {
                "id": result.id,
                "kind": result.kind,
                "version": result.version,
                "test": result.test,
                "differences": [
                    {"what": d.what, "got": d.got, "expected": d.expected}
                    for d in result.differences
                ],
            }
            for result in report.those(FAILED)
        ],
        "unmodelled": [
            {
                "id": result.id,
                "kind": result.kind,
                "version": result.version,
                "reason": result.reason,
            }
            for result in report.those(NOT_MODELLED)
        ],
    }


def _lines(report: "ReplayReport") -> list[str]:
    """A table by kind and release, then what differs, then why the rest is not modelled."""
    from wvatui.core.rules.cases.replay import FAILED, NOT_MODELLED, OK
    from wvatui.core.rules.wva.releases import HEAD, beyond

    wide = max([len("KIND"), *(len(clean(row.kind)) for row in report.rows)])
    tall = max([len("RELEASE"), *(len(clean(row.version)) for row in report.rows)])

    def row(kind: str, version: str, ok: object, failed: object, left: object) -> str:
        return f"{kind:<{wide}}  {version:<{tall}}{ok:>7}{failed:>8}{left:>14}"

    lines = [row("KIND", "RELEASE", "OK", "FAILED", "NOT MODELLED")]
    before = ""
    for count in report.rows:
        kind = "" if count.kind == before else clean(count.kind)
        before = count.kind
        lines.append(
            row(
                kind, clean(count.version), count.ok, count.failed or "-", count.not_modelled or "-"
            )
        )
    lines.append(row("all", "", *(report.total(what) for what in (OK, FAILED, NOT_MODELLED))))
    for result in report.those(FAILED):
        title = f"FAILED  {clean(result.id)} ({clean(result.version)})  {clean(result.test)}"
        lines += ["", title.rstrip()]
        lines += [f"        {clean(str(difference))}" for difference in result.differences]
    newer = sorted({row.version for row in report.rows if row.wva and beyond(row.version)})
    if newer:
        names = ", ".join(map(clean, newer))
        lines += ["", f"{names}: newer than the rules, which are those of {HEAD}"]
    reasons = Counter((r.kind, r.reason) for r in report.those(NOT_MODELLED))
    if reasons:
        lines += ["", "NOT MODELLED"]
        for (kind, reason), times in sorted(reasons.items()):
            lines.append(f"  {times:>5}  {clean(kind)}: {clean(reason)}")
    return lines
