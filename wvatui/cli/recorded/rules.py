"""Rules: the decision rules, held against recorded cases."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import FORM
from wvatui.cli.values import STDIN, argument, called
from wvatui.core.lines import clean, many
from wvatui.errors import CheckFailed, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.decisions.hpa.sequence import SequenceReport
    from wvatui.core.rules.cases.replay import ReplayReport


@click.group()
def rules() -> None:
    """Hold the decision rules against what WVA, the HPA controller and KEDA decided."""


@rules.command("verify")
@argument("cases", metavar="FILE")
@FORM
def rules_verify(cases: str, output: str) -> None:
    """Replay a file of recorded decisions against the rules; - reads standard input.

    FILE holds decisions of WVA, the HPA controller or KEDA (JSON, {"cases": [...]}), or looks of an
    HPA over time with their truth (JSON lines). Prints by kind and release how many came out as
    recorded, which did not and how they differ, and what the rules do not model. Of looks, the
    account is made from what is seen from outside alone: object, scale, pods, events. Exit code 1
    when one failed, 2 when the file cannot be read.
    """
    from wvatui.core.decisions.hpa.sequence import is_sequence
    from wvatui.core.rules.cases.replay import FAILED

    data = _read(cases)
    if is_sequence(data):
        _verify_looks(data, cases, output)
        return
    report = _report(data, cases)
    if output == "json":
        console.out_json(_data(report, cases))
    else:
        console.out(*_lines(report))
    _check(report.total(FAILED), len(report.results), "case", cases)


def _check(failed: int, total: int, noun: str, file: str) -> None:
    """Raise CheckFailed when at least one case failed."""
    if failed:
        raise CheckFailed(f"{many(failed, noun)} of {total} came out otherwise: {file}")


def _read(file: str) -> bytes:
    """The bytes of a file. Raises UsageError."""
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{called(file)}: {error.strerror or error}") from None


def _verify_looks(data: bytes, file: str, output: str) -> None:
    """Check looks of an HPA over time against the account made from outside observations."""
    from wvatui.core.decisions.hpa.real_looks import sequence_report
    from wvatui.core.decisions.hpa.sequence import SequenceError

    try:
        report = sequence_report(data)
    except SequenceError as error:
        raise UsageError(f"{called(file)}: {error}") from None
    if not report.looks:
        raise UsageError(f"{called(file)}: no looks in it")
    if output == "json":
        console.out_json(_looks_data(report, file))
    else:
        console.out(*_looks_lines(report))
    _check(report.total("failed"), len(report.looks), "look", file)


def _looks_data(report: "SequenceReport", file: str) -> dict[str, Any]:
    counts = {what: report.total(what) for what in ("ok", "failed", "not_modelled")}
    return {
        "file": file,
        **counts,
        "looks": len(report.looks),
        "winner_wrong": report.wrong("winner"),
        "reason_wrong": report.wrong("reason"),
        "kinds": [{"kind": report.kind, "version": "", **counts}],
        "failures": [
            {"t": look.truth.at, "wrong": look.wrong, "differences": look.account.differences}
            for look in report.looks
            if look.wrong and look.outcome != "not_modelled"
        ],
        "unmodelled": [
            {"t": look.truth.at, "reason": look.account.doubt}
            for look in report.looks
            if look.outcome == "not_modelled"
        ],
    }


def _looks_lines(report: "SequenceReport") -> list[str]:
    """Totals, then each look whose account is wrong, then why the others are not modelled."""
    head = f"{'KIND':<10}{'LOOKS':>7}{'OK':>7}{'FAILED':>8}{'NOT MODELLED':>14}"
    counts = [report.total(what) for what in ("ok", "failed", "not_modelled")]
    row = f"{report.kind:<10}{len(report.looks):>7}{counts[0]:>7}{counts[1]:>8}{counts[2]:>14}"
    winner, reason = report.wrong("winner"), report.wrong("reason")
    lines = [head, row, f"winner wrong: {winner}, reason wrong: {reason}"]
    for look in report.looks:
        if look.wrong and look.outcome != "not_modelled":
            lines.append(f"{look.outcome.upper()}  at {look.truth.at:g} s: {', '.join(look.wrong)}")
            told = f"{look.account.desired}, the controller {look.truth.desired}"
            lines.append(f"        size: the account has {told}")
            lines += [f"        {clean(text)}" for text in look.account.differences]
    reasons = Counter(x.account.doubt for x in report.looks if x.outcome == "not_modelled")
    if reasons:
        lines += ["", "NOT MODELLED"]
        lines += [f"  {times:>5}  {clean(why)}" for why, times in sorted(reasons.items())]
    return lines


def _report(data: bytes, file: str) -> "ReplayReport":
    """The result of replaying the cases of a file. Raises UsageError when it is malformed or
    empty."""
    from wvatui.core.rules.cases.replay import MalformedError, cases_of, replay

    name = called(file)
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
        "kinds": [asdict(row) for row in report.rows],
        "failures": [
            {
                "id": result.id,
                "kind": result.kind,
                "version": result.version,
                "test": result.test,
                "differences": [d._asdict() for d in result.differences],
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
    """A table by kind and release, then the differences, then why the rest is not modelled."""
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
