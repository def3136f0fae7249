"""Version: which release this is."""

import click

import wvatui
from wvatui.host import console


@click.command()
def version() -> None:
    """Print the version."""
    console.out(f"wvatui {wvatui.__version__}")
