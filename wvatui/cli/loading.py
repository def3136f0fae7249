"""`wvatui load`: one load, from a profile or a manifest, in a recorded session of its own."""

from collections.abc import Sequence

from wvatui.cli.creating import Asked
from wvatui.cli.launching import launched
from wvatui.config import paths
from wvatui.host import console
from wvatui.load.make.launch.launcher import BUILT_IN
from wvatui.load.make.launch.order import Option, Order, named
from wvatui.load.profiles.own_profiles import OwnManifest, own_profiles


def load(
    asked: Asked,
    name: str,
    *,
    target: str = "",
    model: str = "",
    rate: float | None = None,
    duration_s: float | None = None,
    prompt_tokens: int | None = None,
    output_tokens: int | None = None,
    tail_s: float = 60.0,
) -> int:
    """Launch the load `name` (a profile, or the path of a manifest); the exit code.

    1: it failed, was aborted, or was refused by who was asked.
    """

    def choose(options: Sequence[Option]) -> Sequence[Order]:
        # What was launched last stands first in the screen's list, and is no name of its own.
        option = named([one for one in options if one.kind != "recent"], name)
        return [Order(option, rate, duration_s, prompt_tokens, output_tokens, target, model)]

    return launched(asked, choose, tail_s=tail_s).code


def print_loads() -> None:
    """The profiles by name: the user's own first."""
    rows = [
        (
            one.name,
            "yours",
            one.title or str(one.path) if isinstance(one, OwnManifest) else one.title,
        )
        for one in own_profiles(paths.config_file())
    ]
    rows += [(one.name, one.kind, one.title) for one in BUILT_IN]
    width = max(len(name) for name, _, _ in rows)
    for name, kind, title in rows:
        console.out(f"{name:<{width}}  {kind:<8}  {title}")
