"""A command whose flags come in groups: `--or` begins the next one."""

from typing import Any

import click

from wvatui.whatif.asking import Group, taken


class Asking(click.Command):
    """Takes the flags of alternatives out of the command line, in their groups, before the rest
    is read; those of the environment and the configuration file are one group of their own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest, ctx.meta["groups"] = taken(args)
        return super().parse_args(ctx, rest)

    @staticmethod
    def groups(ctx: click.Context, flags: dict[str, Any]) -> list[Group]:
        """The groups asked for; takes their flags out of `flags`."""
        flags.pop("or", None)
        settled = Group({name: list(flags.pop(name) or ()) for name in Group().values})
        asked: list[Group] = ctx.meta["groups"]
        return asked or ([] if settled.empty else [settled])
