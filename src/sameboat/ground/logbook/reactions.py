"""What the logbook itself does when an entry appears."""

from datetime import datetime

from sameboat.ground.logbook.handing import ACCEPTED
from sameboat.ground.logbook.handovers import complete_handover
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.registry import reacts_to


@reacts_to(ACCEPTED, foreign=True)
def hand_over(*, entry: Entry, now: datetime) -> None:
    """Say that a thing of ours is handed over, once the other place has accepted it."""
    complete_handover(address=entry.about, by="worker", now=now)
