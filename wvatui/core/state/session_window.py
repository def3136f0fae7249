"""What belongs to a session: decided here, and nowhere else.

A live session reads back what the controller's log said before it began, and a controller that
works for the whole cluster writes of every namespace. Both are kept as lines and shown, and
neither is counted: a session is what happened from T+0 on to what is watched.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wvatui.core.kube_object import qualified

if TYPE_CHECKING:
    from wvatui.core.events import Header

EVERYWHERE = "*"
"""The namespace of a session that watches all of them."""


@dataclass(frozen=True, slots=True)
class SessionWindow:
    """From when on, and of which namespaces, something belongs to the session.

    `began`: UTC epoch seconds of T+0; 0: a log that was opened alone is a session of its own.
    `namespaces`: those that are watched; empty: all.
    """

    began: float = 0.0
    namespaces: frozenset[str] = frozenset()
    is_everywhere: bool = False
    """All namespaces of a cluster are watched, which is not to say that they are known."""
    several: bool = field(init=False, repr=False, compare=False)
    """Whether several namespaces are watched: then a bare name does not identify an object."""

    def __post_init__(self) -> None:
        several = self.is_everywhere or len(self.namespaces) > 1
        object.__setattr__(self, "several", several)  # most events ask for it

    @property
    def one(self) -> str:
        """The namespace that is watched; empty: several are, or none is known."""
        return "" if self.several else "".join(self.namespaces)

    def id_of(self, namespace: str, name: str) -> str:
        """Id of an object in the session: its name, or `namespace/name` where several namespaces
        are watched. A name that is such an id already is returned as it is."""
        if not self.several or not namespace or "/" in name:
            return name
        return qualified(namespace, name)

    def holds(self, at: float) -> bool:
        """Whether `at` (UTC epoch seconds) lies in the session's own time."""
        return at >= self.began

    def reaches(self, until: float) -> bool:
        """Whether something that ended at `until` (UTC epoch seconds) reaches into the session."""
        return until > self.began

    def watches(self, namespace: str) -> bool:
        """Whether a namespace is watched; True for an unknown one (empty)."""
        return not namespace or not self.namespaces or namespace in self.namespaces


ONE = SessionWindow()
"""A window in which bare names identify objects: one namespace is watched, or none is known."""


def window_of(header: "Header | None") -> SessionWindow:
    """The window of a session with this header."""
    if header is None:
        return SessionWindow()
    names = frozenset(names_in(header.namespace))
    began = 0.0 if header.imported else header.started_at or header.at
    if EVERYWHERE in names:
        return SessionWindow(began, is_everywhere=True)
    return SessionWindow(began, names)


STARTING_S = 10.0
"""Seconds in which a session sees for the first time what was there when it began."""


def is_of_start(header: "Header | None", first_at: float | None, at: float) -> bool:
    """Whether what was first seen at `at` may have been there before the session began: then `at`
    (UTC epoch seconds) is not when it began. `first_at`: the time of the first event."""
    return at <= (window_of(header).began or first_at or 0.0) + STARTING_S


def is_outside(header: "Header | None") -> bool:
    """Whether the session polls engines outside a cluster."""
    return header is not None and bool(header.endpoints)


def endpoints_of(header: "Header | None") -> dict[str, str]:
    """URL of each engine by its pod's name, for a session without a cluster."""
    return {} if header is None else {each.name: each.url for each in header.endpoints}


def called(namespaces: str) -> str:
    """A header's namespaces in words: `*` is "all namespaces"."""
    return "all namespaces" if namespaces == EVERYWHERE else namespaces.replace(",", ", ")


def names_in(namespaces: str) -> tuple[str, ...]:
    """Namespaces in order and once each, as users and headers write them: with commas between."""
    names = (part.strip() for part in namespaces.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def acts_in(watching: str, own: str) -> str:
    """The namespace to launch load in: the first watched one; `own` where all are watched."""
    return (own or "default") if watching == EVERYWHERE else names_in(watching)[0]


FRESH_S = 10.0
"""A replica serves when it is Ready and its engine answered a look not longer ago than this
(seconds)."""
FRESH_ROUNDS = 3.0
"""… or than this many polling intervals, whichever is longer."""


def fresh_s(header: "Header | None") -> float:
    """How old a sample may be and still speak for the present, seconds."""
    return max(FRESH_S, FRESH_ROUNDS * header.interval_s if header is not None else 0.0)
