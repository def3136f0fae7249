"""Help: the flags of a verb, as its --help prints them."""

import click

from wvatui.config.settings import nearest
from wvatui.errors import UsageError
from wvatui.host import console


@click.command("help")
@click.argument("verb", nargs=-1)
def help_(verb: tuple[str, ...]) -> None:
    """Print what a verb does and its flags; without one, all verbs.

    \b
    wvatui help replay
    wvatui help config validate
    """
    context = click.get_current_context().find_root()
    for name in verb:
        group = context.command
        known = group.commands if isinstance(group, click.Group) else {}
        if name not in known:
            raise UsageError(f"there is no verb {name!r}", hint=nearest(name, known, "there is"))
        context = click.Context(known[name], info_name=name, parent=context)
    console.out_text(context.get_help() + "\n")
