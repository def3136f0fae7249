"""Estimate: parameters of WVA's model."""

import sys
from typing import Any

import click

from wvatui.cli.options import CLUSTER, RECORD
from wvatui.cli.params import Duration, option, together
from wvatui.cli.verbs.load import LAUNCH
from wvatui.errors import UsageError


@click.command()
@click.argument("files", metavar="SYNC.json THROUGHPUT.json | SWEEP.json", nargs=-1)
@option(
    "--in-cluster",
    is_flag=True,
    envvar="WVATUI_ESTIMATE_IN_CLUSTER",
    help="Run the synchronous and the throughput job, instead of reading files.",
)
@option(
    "--batch-size",
    type=float,
    default=64.0,
    show_default=True,
    help="Requests in flight in the throughput run.",
)
@option(
    "-o",
    "--output",
    default="parameters.json",
    show_default=True,
    envvar="WVATUI_ESTIMATE_OUTPUT",
    help="File for the parameters; - for standard output.",
)
@option(
    "--max-seconds",
    type=Duration(),
    default="360s",
    show_default=True,
    help="In the cluster: how long each of the two jobs sends requests.",
)
@together(LAUNCH, CLUSTER, RECORD)
def estimate(
    files: tuple[str, ...],
    in_cluster: bool,
    batch_size: float,
    output: str,
    max_seconds: float,
    **flags: Any,
) -> None:
    """Estimate alpha, beta (gamma, delta) of WVA's model from reports.

    Two GuideLLM reports, of a synchronous and a throughput run, or one sweep that has both; or
    --in-cluster -n NAMESPACE, which runs the two (128 tokens in and out) after asking once.
    """
    from wvatui.cli import estimate as verb

    if not in_cluster:
        verb.from_files(files, batch_size=batch_size, output=output)
        return
    if files:
        raise UsageError("either files, or --in-cluster")
    from wvatui.cli import creating, live
    from wvatui.load.read.estimation import OUTPUT_TOKENS, PROMPT_TOKENS

    asked = {key: flags.pop(key) for key in ("yes", "dry_run")}
    order = {key: flags.pop(key) for key in ("target", "model")}
    prompt = flags.pop("prompt_tokens") or PROMPT_TOKENS
    answer = flags.pop("output_tokens") or OUTPUT_TOKENS
    watch = live.WatchRequest(**flags)
    sys.exit(
        verb.in_cluster(
            creating.Asked("an estimation", **asked, watch=watch),
            batch_size=batch_size,
            output=output,
            length_s=max_seconds,
            prompt_tokens=prompt,
            output_tokens=answer,
            **order,
        )
    )
