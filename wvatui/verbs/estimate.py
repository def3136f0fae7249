"""Estimate: parameters of WVA's model."""

import click

from wvatui.flags import option


@click.command()
@click.argument("files", metavar="SYNC.json THROUGHPUT.json | SWEEP.json", nargs=-1, required=True)
@option("--batch-size", type=float, default=64.0, show_default=True,
        help="Requests in flight in the throughput run.")  # fmt: skip
@option("-o", "--output", default="parameters.json", show_default=True,
        envvar="WVATUI_ESTIMATE_OUTPUT",
        help="File for the parameters; - for standard output.")  # fmt: skip
def estimate(files: tuple[str, ...], batch_size: float, output: str) -> None:
    """Estimate alpha, beta (gamma, delta) of WVA's model from reports.

    Two GuideLLM reports, of a synchronous and a throughput run, or one sweep that has both.
    """
    from wvatui import estimate as verb

    verb.from_files(files, batch_size=batch_size, output=output)
