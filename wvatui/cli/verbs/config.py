"""Config: the configuration file, shown and checked."""

import sys

import click

from wvatui.cli.options import FORM
from wvatui.cli.params import all_verbs, of_verbs
from wvatui.config import paths
from wvatui.host import console


@click.group()
def config() -> None:
    """Show and check the configuration file."""


@config.command("path")
def config_path() -> None:
    """Print which file is read, whether it exists or not."""
    console.out(str(paths.config_file()))


@config.command("show")
@FORM
def config_show(output: str) -> None:
    """Print every setting with its value and where it comes from."""
    from wvatui.cli import configuration

    sys.exit(configuration.show(paths.config_file(), of_verbs(all_verbs()), output))


@config.command("validate")
def config_validate() -> None:
    """Check the whole file.

    Exit code 0 when it is right or absent, 2 when it is wrong.
    """
    from wvatui.cli import configuration

    sys.exit(configuration.validate(paths.config_file(), of_verbs(all_verbs())))
