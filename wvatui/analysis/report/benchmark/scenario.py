"""The scenario of a run: the serving components, the autoscaler, the load."""

from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.report.benchmark.parts import (
    UNKNOWN,
    Part,
    hash_of,
    known,
    only,
    seen_pods,
    served_by,
)
from wvatui.analysis.report.benchmark.requests import length
from wvatui.core.lines import clean
from wvatui.core.log.versions import family
from wvatui.core.queries.load.result_rows import job_results
from wvatui.core.queries.pods.replica_rows import accelerator_of
from wvatui.core.results.benchmark_report import LENGTHS
from wvatui.core.state.links import Link


def stack(m: MeasuredRun) -> list[Part]:
    """Each serving component, and the controller whose log was read."""
    state = m.run.state
    parts = [_engine(m, label, link) for label, link in served_by(m).items()]
    if state.totals.lines:
        version = family(state.totals.families) or UNKNOWN
        parts.append(_component("autoscaler", "workload-variant-autoscaler", version, {}, {}))
    return parts


def _engine(m: MeasuredRun, label: str, link: Link | None) -> Part:
    """The component of a variant. The number of its accelerators is unknown, so it is described as
    the kind of component for which the schema requires less."""
    state = m.run.state
    workload = link.workload if link is not None else None
    engines = [
        watched.engine
        for pod in seen_pods(m, link)
        if (watched := state.watched.get(pod)) is not None and watched.engine is not None
    ]
    images = {} if workload is None else workload.images
    image = (workload.image if workload is not None else "") or next(iter(images.values()), "")
    model = (link.model if link is not None else "") or only(e.model for e in engines)
    accelerator = accelerator_of(link, state) if link is not None else ""
    more = {
        "model": {"name": clean(model)} if model else None,
        "accelerator": {"model": clean(accelerator)} if accelerator else None,
        "replicas": workload.spec if workload is not None else None,
    }
    native: Part = {}
    if workload is not None and workload.arguments:
        native["args"] = {name: list(values) for name, values in workload.arguments.items()}
    tool = only(each.engine for each in engines) or UNKNOWN
    return _component(label, tool, image or UNKNOWN, known(more), native)


def _component(label: str, tool: str, version: str, more: Part, native: Part) -> Part:
    standardized = {"kind": "generic", "tool": tool, "tool_version": clean(version), **more}
    return {
        "metadata": {"label": label, "cfg_id": hash_of([standardized, native])},
        "standardized": standardized,
        "native": native,
    }


def load(m: MeasuredRun) -> Part | None:
    """The load; None where the length of its prompts, which the schema requires, is unknown."""
    lengths = {field: length(m, field) for field in LENGTHS}
    if lengths["prompt_tokens"] is None:
        return None
    reports = [each for ring in m.run.state.job_results.values() for each in ring]
    rows = [row for row in job_results(m.run.state) if row.client in m.client.benchmarks]
    offered = {row.offered for row in m.run.stages if row.offered}
    limits = {each.limit for each in m.client.benchmarks if each.limit}
    stages = [
        known({"name": row.label, "rate": row.offered, "duration": row.until - row.since})
        for row in m.run.stages
    ]
    native = {"config": {"stages": stages}} if stages else {}
    standardized = {
        "tool": only(row.tool for row in rows) or UNKNOWN,
        "tool_version": only(reported.report.version for reported in reports) or UNKNOWN,
        "source": "unknown",
        "input_seq_len": _sequence(lengths["prompt_tokens"]),
        "output_seq_len": _sequence(lengths["answer_tokens"]),
        "rate_qps": offered.pop() if len(offered) == 1 else None,
        "concurrency": limits.pop() if len(limits) == 1 else None,
    }
    return {
        "metadata": {"cfg_id": hash_of(native)},
        "standardized": known(standardized),
        "native": native,
    }


def _sequence(length: Part | None) -> Part | None:
    return None if length is None else {"distribution": "other", "value": length["mean"]}
