"""What alerts do when an entry appears."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.registry import reacts_to
from sameboat.ground.people.queries import may
from sameboat.lib.address import parse_address
from sameboat.watch.alerts.actions import draft_alert
from sameboat.watch.alerts.answering import answer_arrival
from sameboat.watch.alerts.conversation import ISSUED_KINDS
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.refusals import NothingReached
from sameboat.watch.forecasts.models import Forecast

STALE = timedelta(hours=6)  #: an older forecast is stored, and nobody is given a draft of it
_KEYS = UUID("0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11")  #: namespace of keys made from forecasts


@reacts_to("forecast.made")
def draft_first_alert(*, entry: Entry, now: datetime) -> None:
    """Draft an alert from the first forecast of an event, in the name of whoever asked for it.

    Later forecasts of the same event make no draft: its people decide whether to update.
    """
    if now - entry.said_at > STALE:
        return
    forecast = Forecast.objects.get(uuid=parse_address(entry.about).id)
    event = {
        "forecast__load__pack": forecast.load.pack,
        "forecast__scenario_key": forecast.scenario_key,
        "forecast__started_at": forecast.started_at,
    }
    if Alert.objects.filter(place=forecast.place, **event).exists():
        return
    if not may(forecast.requested_by, "draft", forecast.place.code):
        return
    try:
        draft_alert(
            place=forecast.place,
            forecast=forecast,
            key=uuid5(_KEYS, str(forecast.uuid)),
            by=forecast.requested_by,
            now=now,
        )
    except NothingReached:
        return


@reacts_to(*ISSUED_KINDS, foreign=True)
def confirm_foreign_alert(*, entry: Entry, now: datetime) -> None:
    """Say that another place's alert is here, however late; or that it matches nothing."""
    answer_arrival(entry=entry, by="worker", now=now)
