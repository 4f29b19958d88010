"""What the logbook itself does when an entry appears."""

from datetime import datetime

from sameboat.ground.logbook.forks import FORKED, take_told_fork
from sameboat.ground.logbook.handing import ACCEPTED
from sameboat.ground.logbook.handovers import complete_handover
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import body_of
from sameboat.ground.logbook.registry import reacts_to


@reacts_to(ACCEPTED, foreign=True)
def hand_over(*, entry: Entry, now: datetime) -> None:
    """Say that a thing of ours is handed over, once the other place has accepted it."""
    complete_handover(address=entry.about, by="worker", now=now)


@reacts_to(FORKED, foreign=True)
def look_at_fork(*, entry: Entry, now: datetime) -> None:
    """Keep the proof that another place tells of, once it is verified here."""
    take_told_fork(told=body_of(entry), now=now)
