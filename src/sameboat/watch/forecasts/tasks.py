"""The background task of a forecast: its queue row lies in the node's own database."""

from datetime import UTC, datetime

from django.conf import settings
from django_tasks import task

from sameboat.watch.forecasts import making
from sameboat.watch.forecasts.models import Forecast


@task()
def make_forecast_task(forecast_uuid: str) -> str:
    """Make the forecast of this UUID if it is still wanted; return its state.

    A task is a door: it reads the clock.
    """
    forecast = Forecast.objects.get(uuid=forecast_uuid)
    done = making.make(
        forecast, by="worker", clock=lambda: datetime.now(UTC) + settings.CLOCK_SHIFT
    )
    return done.state
