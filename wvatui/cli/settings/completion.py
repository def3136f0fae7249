"""Completion: what a shell needs to complete verbs, flags and files."""

import click
from click.shell_completion import get_completion_class

from wvatui.cli.params import COMPLETING, all_verbs
from wvatui.host import console


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes verbs and flags in a shell.

    \b
    bash  eval "$(wvatui completion bash)"           in ~/.bashrc
    zsh   eval "$(wvatui completion zsh)"            in ~/.zshrc
    fish  wvatui completion fish | source            in ~/.config/fish/config.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None  # click has those of the choice
    made = kind(all_verbs(), {}, "wvatui", COMPLETING)
    # Not `source()`: for bash it starts a bash to find its version.
    console.out_text(made.source_template % made.source_vars() + "\n")
