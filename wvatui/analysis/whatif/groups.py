"""The flags of alternatives in their groups: `--or` begins the next one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wvatui.errors import UsageError

FLAGS = ("set", "rule", "hpa", "scaledobject", "replicas")
OR = "--or"


@dataclass(slots=True)
class FlagGroup:
    """What stands between two `--or`: the values of each flag, in their order."""

    values: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in FLAGS})

    @property
    def empty(self) -> bool:
        """Nothing is asked for."""
        return not any(self.values.values())


def taken(arguments: Sequence[str]) -> tuple[list[str], list[FlagGroup]]:
    """The arguments that are not about alternatives, and the groups of those that are.

    Raises UsageError for a flag without its value.
    """
    rest: list[str] = []
    groups = [FlagGroup()]
    words = iter(arguments)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if word == OR:
            groups.append(FlagGroup())
        elif word.startswith("--") and name in FLAGS:
            if not equals:
                value = next(words, "")
            if not value:
                raise UsageError(f"--{name} needs a value")
            groups[-1].values[name].append(value)
        else:
            rest.append(word)
    return rest, [group for group in groups if not group.empty]
