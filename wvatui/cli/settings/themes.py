"""Themes: each as it looks."""

import click

from wvatui.cli.params import FORM


@click.command()
@FORM
def themes(output: str) -> None:
    """Show every theme as it looks; on no terminal, one name a line.

    Your own lie in the folder `themes` beside the configuration file.
    """
    from wvatui.ui.app import preview
    from wvatui.ui.app.start import unicode_locale

    preview.show(output, unicode=unicode_locale())
