"""Themes: each as it looks."""

import click

from wvatui.cli.params import FORM
from wvatui.host import console


@click.command()
@FORM
def themes(output: str) -> None:
    """Show every theme as it looks; without a terminal, one name per line.

    Your own are in the folder `themes` next to the configuration file.
    """
    from wvatui.ui.app import preview

    preview.show(output, unicode=console.unicode_locale())
