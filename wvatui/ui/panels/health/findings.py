"""All findings in full: the sentence, the evidence with its age and source, the advice."""

from wvatui.core.findings import Evidence, Finding, finding_rows
from wvatui.core.findings.finding import counted
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, cut, rule, well, wrapped
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview.banner import told


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then the findings one below the other, the worst first."""
    findings, symbols = vm.ask(finding_rows.findings), vm.symbols
    out = [rule("Why nothing happens", counted(findings), width, symbols)]
    if not findings:
        return [*out, well("nothing blocks, nothing waits", symbols)]
    return [*out, *cut(_all(vm, width), max(1, height - 1), symbols)]


def height_for(vm: ViewModel, width: int) -> int:
    """The lines that all findings take."""
    return 1 + max(1, len(_all(vm, width)))


def _all(vm: ViewModel, width: int) -> list[Line]:
    out: list[Line] = []
    for finding in vm.ask(finding_rows.findings):
        out += _one(vm, finding, width)
    return out


def _one(vm: ViewModel, finding: Finding, width: int) -> list[Line]:
    sign, (_, style) = told(vm, finding, width)
    title = finding.headline
    if finding.until is not None:
        title += f", until {vm.time(finding.until)}"
    first, *rest = wrapped(sanitize(title, 400), width - 3) or [""]
    out: list[Line] = [(sign, (first, style)), *((("   ", ""), (piece, style)) for piece in rest)]
    for fact in finding.evidence:
        out += _fact(vm, fact, width)
    pieces = wrapped(sanitize(finding.advice, 500), width - 6)
    arrow = vm.symbols.arrow
    for number, piece in enumerate(pieces):
        out.append(((f"   {arrow if number == 0 else ' '} ", "info"), (piece, "info")))
    return out


def _fact(vm: ViewModel, fact: Evidence, width: int) -> list[Line]:
    """One piece of evidence; behind it, muted, its source and age."""
    where = ", ".join(part for part in (sanitize(fact.about, 60), fact.source) if part)
    age = "" if fact.age_s is None else f", {format.age(fact.age_s)} ago"
    tail: Span = (f"  {where}{age}", "muted")
    pieces = wrapped(sanitize(fact.text, 400), width - 5)
    out: list[Line] = [(("   ", ""), (f"{vm.symbols.dot} ", "muted"), (pieces[0], ""))]
    out += [(("     ", ""), (piece, "")) for piece in pieces[1:]]
    room = width - 5 - len(pieces[-1])
    if len(tail[0]) <= room:
        out[-1] = (*out[-1], tail)
    else:
        out.append((("     ", ""), (tail[0].strip(), "muted")))
    return out


PANELS = (
    Panel(
        id="findings",
        title="Why nothing happens",
        lines=lines,
        reads=(finding_rows.findings,),
    ),
)
