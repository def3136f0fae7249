"""The events of a run: decisions in sentences, changes step by step, findings, marks."""

from collections.abc import Iterator, Sequence

from wvatui.analysis.report.page.blocks import (
    PageBlock,
    PageSection,
    TableBlock,
    WordsBlock,
    clock,
    lasted,
    no_data,
    window,
)
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.findings.over_time import Lasting
from wvatui.core.kube_object import bare
from wvatui.core.lines import clean, many
from wvatui.core.queries.scaling.scaling import scaling
from wvatui.core.queries.session.session_rows import events
from wvatui.core.rows.scale_views import TITLES, ScaleEvent, ScaleStep
from wvatui.core.rows.scaling_rows import DECIDERS

MOST = 300
"""Most rows of one table."""


def decisions(reported: ReportedRun) -> list[PageBlock]:
    """Each decision that changed a size or held it back, with its reason."""
    state = reported.run.state
    made = [each for each in scaling_decisions(state) if not each.context]
    told = [each for each in made if not each.quiet]
    if not made:
        return [no_data("no decision of WVA, an HPA, KEDA or a hand is in the recording")]
    quiet = sum(each.looks for each in made if each.quiet)
    left_out = f"{many(quiet, 'look')} that changed and held nothing are left out" if quiet else ""
    if not told:
        return [WordsBlock(f"Nothing was changed or held back: {left_out}.")]
    shown = told[:MOST]
    wva = [each.at for each in shown if each.decider == "wva"]
    cycles = dict(zip(wva, Explainer().at_each(state, wva), strict=True))
    rows = [_decision(reported, each, cycles.get(each.at)) for each in shown]
    notes = [part for part in (left_out, _more(told, shown, "wvatui explain")) if part]
    source = "; ".join(["what was logged and seen, recomputed", *notes])
    titles = ("at (UTC)", "who", "variant", "replicas", "looks", "why", "recomputed")
    return [TableBlock(titles, rows, source, frozenset((0, 1, 2, 5, 6)))]


def _decision(
    reported: ReportedRun, each: ScalingDecision, cycle: CycleExplained | None
) -> tuple[str, ...]:
    sentence, verdict = each.sentence, each.verdict
    if each.decider == "wva" and cycle is not None and cycle.at <= each.at:
        about = [e for e in cycle.telling if bare(each.variant) in map(bare, e.case.outcomes)]
        sentence = "; ".join(dict.fromkeys(e.sentence for e in about)) or sentence
        verdict = cycle.verdict_of(each.variant)
    size = "–".join("?" if n is None else str(n) for n in (each.before, each.after))
    return (
        clock(reported, each.at),
        DECIDERS[each.decider],
        clean(reported.run.state.window.id_of(each.namespace, each.variant)),
        size.replace("–", " → "),
        str(each.looks),
        clean(sentence),
        verdict,
    )


def _more(all_: Sequence[object], shown: Sequence[object], verb: str) -> str:
    if len(all_) == len(shown):
        return ""
    return f"the first {len(shown)} of {len(all_)}: {verb} tells all"


def steps(reported: ReportedRun) -> list[PageBlock]:
    """Each change of replicas with its steps and total duration."""
    found = scaling(reported.run.state, None)
    if not found.events:
        return [no_data("no change of replicas was seen or decided")]
    ordered = sorted(found.events, key=lambda event: event.begin)
    shown = ordered[:MOST]
    rows = [
        (
            clock(reported, event.begin),
            reported.run.state.window.id_of(event.namespace, event.variant),
            " → ".join("?" if n is None else str(n) for n in (event.before, event.after)),
            event.outcome,
            "" if event.took_s is None else f"{event.took_s:.0f}",
            _steps(event),
        )
        for event in shown
    ]
    note = _more(ordered, shown, "wvatui export --table scaling")
    titles = ("begins (UTC)", "variant", "replicas", "outcome", "s", "steps")
    blocks: list[PageBlock] = [TableBlock(titles, rows, note, frozenset((0, 1, 3, 5)))]
    if found.lags:
        blocks.append(
            TableBlock(
                ("step", "way", "n", "mean s", "p95 s", "max s"),
                [
                    (
                        " to ".join(TITLES[name] for name in lag.step.split()),
                        lag.direction,
                        *(str(lag.count), f"{lag.mean_s:.1f}", f"{lag.p95_s:.1f}"),
                        f"{lag.max_s:.1f}",
                    )
                    for lag in found.lags
                ],
                "after the step before it, or between the two that are named",
                frozenset((0, 1)),
            )
        )
    return blocks


def _steps(event: ScaleEvent) -> str:
    return ", ".join(_step(step) for step in event.steps)


def _step(step: ScaleStep) -> str:
    name = TITLES[step.id]
    if step.at is None:
        return f"{name} not seen"
    of = "" if step.of is None or step.taken == step.of else f" ({step.taken} of {step.of})"
    return f"{name} {'' if step.lag_s is None else f'+{step.lag_s:.0f} s'}".rstrip() + of


# --- findings --------------------------------------------------------------------------------


def findings(reported: ReportedRun) -> PageSection:
    """Findings with their severity, each with its start and end."""
    search = reported.search
    lasting = search.found
    source = (
        f"looked for every {search.each_s:.0f} s of the recording; each as it was when seen last"
    )
    if not lasting:
        words = f"Nothing was found, {source.partition(';')[0]}."
        return PageSection("Findings", (WordsBlock(words),))
    rows = [
        (
            each.finding.severity,
            f"{clock(reported, each.since)}, {_how_long(each)}",
            clean(each.finding.headline),
            clean("; ".join(fact.text for fact in each.finding.evidence)),
            clean(each.finding.advice),
        )
        for each in lasting[:MOST]
    ]
    titles = ("", "from (UTC), for", "what", "evidence", "what to do")
    more = _more(lasting, rows, "the library's findings")
    table = TableBlock(titles, rows, "; ".join(filter(None, (source, more))), frozenset(range(5)))
    return PageSection(f"Findings: {len(lasting)}", (table,))


def _how_long(each: Lasting) -> str:
    return lasted(each.until - each.since) if each.until > each.since else "seen once"


# --- marks -----------------------------------------------------------------------------------


_KINDS = frozenset(("mark", "error", "gap", "notice"))


def happened(reported: ReportedRun) -> PageSection:
    """Marks, errors of the log, gaps and notices."""
    rows = list(_rows(reported))
    if not rows:
        words = "No mark was set, and no error, gap or notice is in the recording."
        return PageSection("Marks and errors", (WordsBlock(words),))
    shown = rows[:MOST]
    run = reported.run
    source = "; ".join(
        filter(
            None,
            (
                window(run.state.first_at, run.until),
                _more(rows, shown, "wvatui export --table events"),
            ),
        )
    )
    table = TableBlock(("at (UTC)", "", "what"), shown, source, frozenset((0, 1, 2)))
    return PageSection("Marks and errors", (table,))


def _rows(reported: ReportedRun) -> Iterator[tuple[str, str, str]]:
    for row in events(reported.run.state, _KINDS):
        yield clock(reported, row.at), row.kind, clean(row.text)
