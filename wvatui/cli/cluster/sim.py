"""Sim: the simulated cluster on its own."""

import sys

import click


@click.group()
def sim() -> None:
    """Run the simulated cluster on its own."""


@sim.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve the cluster and write a kubeconfig for its clients.

    Its flags: wvatui sim serve --help
    """
    from wvatui.sim.__main__ import main as run

    sys.exit(run(list(arguments)))
