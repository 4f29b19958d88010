"""Which reaction cares about which kinds of entry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings

from sameboat.ground.logbook.models import Entry


class React(Protocol):
    """What to do when an entry appears; idempotent, in one transaction with its cursor."""

    __name__: str
    __module__: str

    def __call__(self, *, entry: Entry, now: datetime) -> None:
        """React."""


@dataclass(frozen=True)
class Reaction:
    """A named reaction and the kinds it wants."""

    name: str
    kinds: frozenset[str]
    react: React
    foreign: bool = False  #: also of what other places say

    def hears(self, origin: str) -> bool:
        """Return whether it cares about what a place says."""
        return self.foreign or origin == settings.PLACE


#: name -> reaction; filled when the worker imports the apps' reactions.
REACTIONS: dict[str, Reaction] = {}


def reacts_to(*kinds: str, foreign: bool = False) -> Callable[[React], React]:
    """Register a function for these kinds of entry; its name keeps its place in the log.

    Args: foreign: it also cares about what other places say.
    """

    def register(react: React) -> React:
        name = f"{react.__module__.removeprefix('sameboat.')}.{react.__name__}"
        REACTIONS[name] = Reaction(name, frozenset(kinds), react, foreign)
        return react

    return register
