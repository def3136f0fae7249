"""Help: the flags of a verb, as its --help prints them."""

import click

from wvatui.cli.params import all_verbs
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
    command: click.Command = all_verbs()
    root = click.get_current_context().find_root()
    context = click.Context(command, info_name=root.info_name)
    for name in verb:
        known = command.commands if isinstance(command, click.Group) else {}
        if name not in known:
            raise UsageError(f"there is no verb {name!r}", hint=nearest(name, known, "there is"))
        command = known[name]
        context = click.Context(command, info_name=name, parent=context)
    settings = all_verbs().context_settings
    context.max_content_width = settings["max_content_width"]
    context.help_option_names = settings["help_option_names"]
    console.out_text(command.get_help(context) + "\n")
