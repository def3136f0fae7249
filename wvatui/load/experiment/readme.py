"""README.md of a run: what ran, when, on what, and what happened."""

import shlex
from collections.abc import Iterable, Mapping

import wvatui
from wvatui.core.lines import clean
from wvatui.core.queries.load.result_rows import job_results, rounded
from wvatui.core.queries.session import session_rows
from wvatui.core.redact import redacted_text
from wvatui.core.state.state import State
from wvatui.export.stamp import iso
from wvatui.load.experiment.outcome import RunReport, StageReport
from wvatui.load.experiment.plan import offered, span

FILES = {
    "README.md": "this file",
    "experiment-config.yaml": "the experiment, as it was run",
    "session.jsonl": "the recording: `wvatui replay session.jsonl`",
    "wva-controller-logs.jsonl": "the controller's log, line by line as it wrote it",
    "metrics.csv": "time series in the columns of the older experiment scripts",
    "job-logs/": "logs of the load jobs' pods",
    "results/": "what the load jobs measured",
}


def readme(
    report: RunReport,
    state: State,
    numbers: Mapping[str, object],
    *,
    label: str = "",
    repetition: int = 0,
    files: Iterable[tuple[str, int]] = (),
) -> str:
    """The text. `numbers`: the session's summary."""
    experiment = report.plan.experiment
    lines = [f"# {experiment.name}", ""]
    if experiment.description:
        lines += [_text(experiment.description), ""]
    if report.ended != "finished":
        lines += [f"**The run was {report.ended}: what is here ends where it did.**", ""]
    lines += _table(("", ""), _facts(report, state, label, repetition))
    lines += ["", "## What ran", "", *_stages(report)]
    steps = " → ".join("?" if r is None else f"{r:g}" for _, r in offered(report.plan.stages))
    if steps:
        lines += ["", f"Offered load as planned: {steps} req/s."]
    if measured := _results(state):
        lines += ["", "## What the load jobs measured", "", *measured]
    lines += ["", "## What happened", "", *_happened(report, state, numbers)]
    lines += ["", "## Versions and images", "", *_versions(state)]
    lines += ["", "## Files", "", *_files(files)]
    return "\n".join(lines) + "\n"


def _facts(report: RunReport, state: State, label: str, repetition: int) -> list[tuple[str, str]]:
    experiment = report.plan.experiment
    head = session_rows.header(state)
    begun, ended = report.begun_at, report.ended_at
    rows = [
        ("status", f"{report.ended}: {report.counted()}"),
        ("began (T+0)", iso(begun) if begun is not None else "never"),
        ("load ended", iso(report.load_ended_at)),
        ("ended", iso(ended)),
        ("length", span(ended - begun) if begun is not None and ended is not None else ""),
        ("label", label),
        ("repetition", str(repetition) if repetition else ""),
        ("mode asked for", experiment.mode),
        ("controller", " ".join((head.controller_version, head.analyzer)).strip()),
        ("replicas driven by", head.driver),
        ("context", head.context),
        ("namespace", head.namespace),
        ("deployment", experiment.deployment),
        ("model", experiment.model_name),
    ]
    return [row for row in rows if row[1]]


def _stages(report: RunReport) -> list[str]:
    rows = [_stage(report, one) for one in report.stages]
    lines = _table(("stage", "job", "req/s", "from", "to", "ended", "reason"), rows)
    for one in report.stages:
        if one.tail:
            lines += ["", f"The log of {_text(one.stage.name)} ends:", "", "```"]
            tail = redacted_text(one.tail).splitlines()
            lines += [line.replace("```", "'''") for line in tail]
            lines.append("```")
    return lines


def _stage(report: RunReport, one: StageReport) -> tuple[str, ...]:
    stage, begun = one.stage, report.begun_at

    def since(at: float | None) -> str:
        return "–" if at is None or begun is None else f"T+{at - begun:.0f}s"

    rate = "–" if stage.rate is None else f"{stage.rate:g}"
    name = one.job or stage.workload.manifest.name or str(stage.workload.manifest.path.name)
    return (
        stage.name,
        name,
        rate,
        since(one.started_at),
        since(one.ended_at),
        one.status,
        one.reason,
    )


def _results(state: State) -> list[str]:
    """One row a benchmark: the client's view, and the servers' mean beside it."""
    rows = [
        (
            " ".join(part for part in (row.title, row.stage) if part),
            rounded(row.client.ok),
            rounded(row.client.failed),
            rounded(row.client.requests_per_s),
            rounded(row.client.ttft_ms.mean),
            rounded(row.client.ttft_ms.p99),
            rounded(row.server.ttft_mean_ms),
            rounded(row.client.itl_ms.mean),
            rounded(row.client.itl_ms.p99),
            rounded(row.server.itl_mean_ms),
        )
        for row in sorted(job_results(state), key=lambda row: row.at)
    ]
    titles = (
        "stage",
        "ok",
        "failed",
        "req/s",
        "TTFT mean ms",
        "p99",
        "servers' mean",
        "ITL mean ms",
        "p99",
        "servers' mean",
    )
    return _table(titles, rows) if rows else []


def _happened(report: RunReport, state: State, numbers: Mapping[str, object]) -> list[str]:
    lines = [f"- warning: {_text(words)}" for words in report.warnings]
    lines += [f"- {_text(words)}" for words in report.troubles]
    cycles, ups, downs = numbers.get("cycles"), numbers.get("ups"), numbers.get("downs")
    lines.append(f"- decisions of the controller: {cycles} cycles ({ups} up, {downs} down)")
    current = numbers.get("cur")
    if isinstance(current, list):
        lines.append(
            f"- replicas {current[0]} – {current[1]}, highest target {numbers.get('tgt_max')}"
        )
    for (_, name), trail in sorted(state.ladder.items()):
        ready = [step.ready for step in trail if step.ready is not None]
        if ready:
            lines.append(f"- {_text(name)}: {min(ready)} – {max(ready)} ready replicas")
    for key, words in (
        ("gaps", "gaps in what was seen"),
        ("errs", "errors in the log"),
        ("drift", "wording that was not recognised"),
    ):
        if numbers.get(key):
            lines.append(f"- {words}: {_text(str(numbers[key]))}")
    return lines


def _versions(state: State) -> list[str]:
    rows = [("wvatui", wvatui.__version__)]
    if state.header is not None and state.header.server:
        rows.append(("Kubernetes", state.header.server))
    head = session_rows.header(state)
    if head.controller_version:
        rows.append(("WVA, by its wording", head.controller_version))
    rows += sorted(_images(state).items())
    lines = _table(("what", "version or image"), rows)
    for (_, _, name), workload in sorted(state.workloads.items()):
        for container, words in sorted(workload.arguments.items()):
            given = " ".join(shlex.quote(clean(word)) for word in words)
            lines += ["", f"Arguments of {_text(name)}/{_text(container)}:", "", "```"]
            lines += [given.replace("```", "'''"), "```"]
    return lines


def _images(state: State) -> dict[str, str]:
    """What runs: images as they were asked for, and the digests that the pods really have."""
    found: dict[str, str] = {}
    for w in state.workloads.values():
        for container, image in (w.images or {"": w.image}).items():
            if image:
                found[f"{w.kind} {w.name} {container}".rstrip()] = image
    running: dict[str, set[str]] = {}
    for pod in state.pods.values():
        for container, digest in pod.digests.items():
            running.setdefault(f"running in {pod.role or 'pod'} {container}", set()).add(digest)
    found |= {name: ", ".join(sorted(digests)) for name, digests in running.items()}
    return found | {
        f"job {job.title or job.name}": job.image for job in state.jobs.values() if job.image
    }


def _files(files: Iterable[tuple[str, int]]) -> list[str]:
    lines = [f"- `{name}`: {words}" for name, words in FILES.items()]
    extra = [name for name, _ in files if "/" in name]
    return [*lines, *(f"  - `{_text(name)}`" for name in extra)]


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return lines + ["| " + " | ".join(map(_text, row)) + " |" for row in rows]


def _text(text: str) -> str:
    """Text from outside, in a line of Markdown."""
    return clean(redacted_text(text)).replace("|", "\\|").replace("<", "&lt;")
