"""What compacts do when an entry appears."""

from datetime import datetime

from sameboat.books.compacts.rebuilding import concerns, rebuild
from sameboat.books.compacts.terms import KINDS
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.registry import reacts_to


@reacts_to(*KINDS, foreign=True)
def read_compact_again(*, entry: Entry, now: datetime) -> None:
    """Read the compact that an entry speaks of again, from all that has arrived."""
    if concerns(entry):
        rebuild(address=entry.about)
