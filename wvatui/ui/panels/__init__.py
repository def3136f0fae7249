"""Every panel of the screen, in one table.

A panel is a pure function from a scene and a size to lines, in a file of its own, and a row here;
a test fails when a file of this folder is in no row.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wvatui.ui.line import Line, clip
from wvatui.ui.panels import (
    banner,
    changes,
    charts,
    cycle,
    cycles,
    decisions,
    experiment,
    findings,
    footer,
    gaps,
    header,
    health,
    heat,
    job,
    jobs,
    lacking,
    lags,
    loglines,
    logs,
    notices,
    pod_detail,
    pods,
    polling,
    replicas,
    results,
    scrubber,
    sources,
    stages,
    trial,
    trials,
    understood,
    variant_detail,
    variants,
    waterfall,
)
from wvatui.ui.scene import Scene
from wvatui.ui.symbols import plain

Lines = Callable[[Scene, int, int], list[Line]]
Rows = Callable[[Scene], tuple[str, ...]]
Keys = Callable[[Scene, int, int], list[str]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One row: `id` is also the widget's id; `module` is where it is made.

    `follows` says what a change of makes it look again: `state` (the rows of the State, and what
    the viewer chose) or `status` (how the session stands, too).
    """

    id: str
    title: str
    module: object
    lines: Lines | None
    """None: not a panel of lines of its own (a chart, or part of another panel)."""
    follows: str = "state"
    rows: Rows | None = None
    """Keys of the rows that can be selected, in their order; None: nothing can."""
    keys: Keys | None = None
    """For each line drawn the key of its row ("": none): what a click means."""
    columns: tuple[str, ...] = ()
    """Ids of its columns, where the user may choose and order them."""
    orders: tuple[str, ...] = ()
    """Ids of what it can be sorted by, where that is not its columns."""
    ends: bool = False
    """Its newest row is the last one: selecting begins there."""

    @property
    def sorts(self) -> tuple[str, ...]:
        """Ids of what it can be sorted by."""
        return self.orders or self.columns

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """Its lines, none wider than `width`, and in ASCII where the terminal has only that."""
        if self.lines is None:
            return []
        drawn = self.lines(scene, width, height)
        if not scene.symbols.unicode:
            drawn = [tuple((plain(text), style) for text, style in line) for line in drawn]
        return [clip(line, width, scene.symbols.ellipsis) for line in drawn]


PANELS: tuple[Panel, ...] = (
    Panel("header", "Header", header, header.lines, "status"),
    Panel("banner", "Banner", banner, banner.lines, "status"),
    Panel("scrubber", "Position in the recording", scrubber, scrubber.lines, "status"),
    Panel("experiment", "Experiment", experiment, experiment.lines),
    Panel("health", "Health of the sources", health, health.lines),
    Panel(
        "variants", "Variants", variants, variants.lines,
        rows=variants.rows, keys=variants.keys, orders=variants.SORTS,
    ),
    Panel("replicas", "Replicas", replicas, None),
    Panel("pods", "Pods", pods, pods.lines, rows=pods.rows, keys=pods.keys, columns=pods.SORTS),
    Panel("heat", "Heat strip", heat, heat.lines),
    Panel("heat_beside", "Heat strip beside the table", heat, heat.beside),
    Panel("pod_detail", "Pod", pod_detail, pod_detail.lines),
    Panel("pod_page", "Last metrics page", pod_detail, pod_detail.page),
    Panel("pod_events", "Events of the pod", pod_detail, pod_detail.events),
    Panel("variant_detail", "Variant", variant_detail, variant_detail.lines),
    Panel("variant_conditions", "Conditions", variant_detail, variant_detail.conditions),
    Panel("variant_decisions", "Its decisions", variant_detail, variant_detail.decisions),
    Panel("variant_events", "Events of the variant", variant_detail, variant_detail.events),
    Panel("charts", "Charts", charts, None),
    Panel("decisions", "Decisions", decisions, decisions.lines),
    Panel("log", "Controller log", logs, logs.lines),
    Panel(
        "cycles", "Cycles", cycles, cycles.lines,
        rows=cycles.rows, keys=cycles.keys, columns=cycles.SORTS,
    ),
    Panel("cycle", "One cycle", cycle, cycle.lines),
    Panel(
        "loglines", "Log lines", loglines, loglines.lines,
        rows=loglines.rows, keys=loglines.keys, ends=True,
    ),
    Panel(
        "sources", "Sources", sources, sources.lines,
        rows=sources.rows, keys=sources.keys, columns=sources.SORTS,
    ),
    Panel("findings", "Why nothing happens", findings, findings.lines),
    Panel("polling", "Polling", polling, polling.lines),
    Panel("gaps", "Gaps", gaps, gaps.lines),
    Panel("understood", "Understanding of the log", understood, understood.lines),
    Panel("notices", "Recording and messages", notices, notices.lines, "status"),
    Panel("jobs", "Load jobs", jobs, jobs.lines, rows=jobs.rows, keys=jobs.keys,
          columns=jobs.SORTS),
    Panel("job", "One load job", job, job.lines),
    Panel("results", "Results of load", results, results.lines),
    Panel("stages", "Stages of load", stages, stages.lines),
    Panel(
        "changes", "Changes of replicas", changes, changes.lines,
        rows=changes.rows, keys=changes.keys, columns=changes.SORTS,
    ),
    Panel("waterfall", "One change of replicas", waterfall, waterfall.lines),
    Panel("lags", "Lags of all changes", lags, lags.lines),
    Panel("lacking", "Wanted and not ready", lacking, lacking.lines),
    Panel("trials", "What if", trials, trials.lines, rows=trials.rows, keys=trials.keys),
    Panel("course", "Replicas of an alternative", trial, trial.course),
    Panel("trial", "One alternative", trial, trial.lines),
    Panel("footer", "Keys and messages", footer, footer.lines, "status"),
)  # fmt: skip

_BY_ID = {row.id: row for row in PANELS}


def panel(id_: str) -> Panel:
    """The row of that id; KeyError when there is none."""
    return _BY_ID[id_]


__all__ = ["PANELS", "Panel", "panel"]
