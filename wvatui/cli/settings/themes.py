"""Themes: each as it looks."""

import click

from wvatui.cli.params import FORM
from wvatui.host import console


@click.command()
@FORM
def themes(output: str) -> None:
    """Show every theme as it looks; on no terminal, one name a line.

    Your own lie in the folder `themes` beside the configuration file.
    """
    from wvatui.ui.app import preview

    preview.show(output, unicode=console.unicode_locale())
