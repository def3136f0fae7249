"""Rules: the decision rules, held against recorded cases."""

import click

from wvatui.cli.options import FORM


@click.group()
def rules() -> None:
    """Hold the decision rules against what WVA decided."""


@rules.command("verify")
@click.argument("cases", metavar="CASES.json")
@FORM
def rules_verify(cases: str, output: str) -> None:
    """Replay a file of recorded decisions against the rules; - reads standard input.

    Prints by kind and release how many came out as recorded, which did not and how they differ,
    and what the rules do not model. Exit code 1 when one failed, 2 when the file cannot be read.
    """
    from wvatui.cli import rules as verb

    verb.verify(cases, output)
