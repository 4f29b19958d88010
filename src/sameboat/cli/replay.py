"""November 2005 again: each forecast with what was known by then, through the real actions."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from sameboat.lib.language import mark as _

if TYPE_CHECKING:
    from sameboat.cli.night import Night
    from sameboat.ground.people.models import Person
    from sameboat.ground.places.models import PackLoad
    from sameboat.watch.alerts.models import Alert
    from sameboat.watch.forecasts.computing import Computed
    from sameboat.watch.forecasts.models import Forecast, RecordedEvent

OTHER_PACKS = ("haihe",)
PACK, SCENARIO, SERIES = "songhua", "nitrobenzene-2005", "2005"
HOME_PLACE = "cn:220200"
BEGINS_AT = datetime.fromisoformat("2005-11-13T13:00+08:00")
ENDS_AT = datetime.fromisoformat("2005-12-01T05:00+08:00")
#: What events.csv calls the doings that tell people something or protect them.
TELLING = {"notice", "instruct", "warning", "forecast", "water_cut", "measure", "evacuate"}
#: Keys of this replay: running it again on the same node finds what is there.
_KEYS = UUID("0193a5b2-7c00-7000-8000-736d65626f61")
Progress = Callable[..., None]


@dataclass(frozen=True)
class Replay:
    """What the replay left behind."""

    forecasts: tuple["Forecast", ...]  #: the first at the hour of release, then in order
    alert: "Alert"
    author: "Person"
    approver: "Person"


@dataclass(frozen=True)
class Line:
    """One place of the table."""

    code: str
    names: dict[str, str]
    p_reached: float
    arrival: tuple[datetime | None, datetime | None, datetime | None]
    peak: tuple[float | None, float | None, float | None]
    population: int | None
    first_notice: "RecordedEvent | None"
    hours_gained: float | None  #: from the first forecast that counts the place to the notice


def add_people(loads: Iterable["PackLoad"], now: datetime) -> dict[str, "Person"]:
    """Add the demo people, with roles at the uppermost places of every pack and at home."""
    from django.conf import settings

    from sameboat.ground.people.actions import add_demo_people
    from sameboat.ground.people.queries import codes_above
    from sameboat.ground.places.queries import versions_in

    tops = {
        version.place.code
        for load in loads
        for version in versions_in(load).filter(parent__isnull=True)
    }
    if not tops.intersection(codes_above(settings.PLACE)):
        tops.add(settings.PLACE)  # a body that places formed lies below none of them
    people = add_demo_people(places=sorted(tops), by="operator", now=now)
    return {person.username: person for person in people}


def replay(
    load: "PackLoad",
    people: dict[str, "Person"],
    progress: Progress,
    pool: ProcessPoolExecutor,
    meanwhile: Callable[[], None] | None = None,
    night: "Night | None" = None,
) -> Replay:
    """Forecast at the hour of release, then as each observation comes in; warn at the end.

    The model runs on every core at once; what it says is stored in the order of that night.

    Args: pool: of `model_processes`.  meanwhile: what else to do while the model computes.
        night: what the places say to each other as each forecast is made.
    Raises:
        ModelStopped: a forecast failed; its own words.
    """
    from sameboat.watch.forecasts import actions, queries
    from sameboat.watch.forecasts.asking import question_of
    from sameboat.watch.forecasts.computing import compute
    from sameboat.watch.forecasts.refusals import ModelStopped

    author, approver = people["wang"], people["li"]
    asked = _ask(load, author)
    answers = [
        pool.submit(compute, question_of(each)) if each.state == "queued" else None
        for each in asked
    ]
    if meanwhile is not None:
        meanwhile()
    made = []
    for forecast, answer in zip(asked, answers, strict=True):
        at = forecast.requested_at
        if answer is not None:
            forecast = actions.make_forecast(
                forecast=forecast, by="worker", now=at, model=partial(_computed, answer)
            )
        if forecast.state != "made":
            raise ModelStopped(problem=queries.failure_of(forecast, "en"))
        made.append(forecast)
        progress(
            _("{at}: forecast made; observations used: {known}"),
            at=at.astimezone(ENDS_AT.tzinfo).strftime("%m-%d %H:%M"),
            known=forecast.observations.count(),
        )
        if night is not None:
            night.forecast_made(forecast)
    if night is not None:
        night.end_first(ENDS_AT - timedelta(minutes=40))
    alert = _warn(made[-1], author, approver)
    if night is not None:
        night.deliver(ENDS_AT - timedelta(minutes=4))
    return Replay(tuple(made), alert, author, approver)


def _ask(load: "PackLoad", author: "Person") -> list["Forecast"]:
    """Ask at each moment with what was known by then; asked before, it is found."""
    from sameboat.watch.forecasts import actions, queries

    scenario = queries.scenario(load, SCENARIO)
    if scenario is None:
        raise LookupError(f"the pack {PACK} has no scenario {SCENARIO}")
    observations = list(queries.observations_of(load, author, series=SERIES, until=ENDS_AT))
    asked: list[Forecast] = []
    for at in sorted({scenario.started_at, *(each.known_at for each in observations)}):
        forecast = actions.request_forecast(
            place=HOME_PLACE,
            load=load,
            scenario=scenario.content,
            scenario_key=scenario.key,
            observations=[each for each in observations if each.known_at <= at],
            until=at,
            earlier=asked[-1] if asked else None,
            key=uuid5(_KEYS, f"{load.digest} {at.isoformat()}"),
            by=author,
            now=at,
        )
        asked.append(forecast)
    return asked


def _computed(answer: "Future[Computed]", *_question: object) -> "Computed":
    """Return what another process computed for this question; a refusal of the model is raised."""
    return answer.result()


@contextmanager
def model_processes() -> Iterator[ProcessPoolExecutor]:
    """Run a process per core that computes forecasts; each loads the model at once.

    Call it before a database is open, which no process may inherit.
    """
    # Copies of this process where the system can: they start at once.
    way = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(way)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_warm_up) as pool:
        pool.submit(_warm_up)
        try:
            yield pool
        except BaseException:
            # Nobody waits for what was asked before it went wrong.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _warm_up() -> None:
    from sameboat.watch.forecasts.warming import warm_up

    warm_up()


def table_of(run: Replay) -> list[Line]:
    """Return what the newest forecast says of each place, in order of arrival."""
    from sameboat.ground.places.queries import versions_in
    from sameboat.spread.case import COUNTS_FROM
    from sameboat.watch.forecasts.queries import recorded_events, targets_of

    newest = run.forecasts[-1]
    names = dict(versions_in(newest.load).values_list("place__code", "names"))
    notices = _first_notices(recorded_events(newest.load))
    foreseen: dict[str, datetime] = {}
    for forecast in run.forecasts:
        for target in targets_of(forecast, "place").filter(p_reached__gte=COUNTS_FROM):
            foreseen.setdefault(target.code, forecast.requested_at)
    lines = []
    for target in targets_of(newest, "place").filter(p_reached__gt=0):
        notice, since = notices.get(target.code), foreseen.get(target.code)
        gained = (
            (notice.at - since) / timedelta(hours=1) if notice and notice.at and since else None
        )
        lines.append(
            Line(
                code=target.code,
                names=names[target.code],
                p_reached=target.p_reached,
                arrival=(target.arrival_p10, target.arrival_p50, target.arrival_p90),
                peak=(target.peak_p10, target.peak_p50, target.peak_p90),
                population=target.population,
                first_notice=notice,
                hours_gained=gained,
            )
        )
    return lines


def _first_notices(events: Iterable["RecordedEvent"]) -> dict[str, "RecordedEvent"]:
    """Return place -> the first recorded notice or measure that names the place itself."""
    found: dict[str, RecordedEvent] = {}
    for event in events:
        if event.at is not None and event.kind in TELLING:
            for code in event.places:
                found.setdefault(code, event)
    return found


def _warn(forecast: "Forecast", author: "Person", approver: "Person") -> "Alert":
    """Draft by one, issue by another, as the exercise it is, before the console's clock begins."""
    from sameboat.watch.alerts import actions

    alert = actions.draft_alert(
        forecast=forecast,
        place=HOME_PLACE,
        kind="warning",
        status="Exercise",
        content=None,
        key=uuid5(_KEYS, f"alert {forecast.key}"),
        by=author,
        now=ENDS_AT - timedelta(minutes=10),
    )
    if alert.state in {"draft", "returned"}:
        alert = actions.submit_alert(
            alert=alert, revision=alert.revision, by=author, now=ENDS_AT - timedelta(minutes=8)
        )
    if alert.state == "submitted":
        alert = actions.issue_alert(
            alert=alert,
            revision=alert.revision,
            key=uuid5(_KEYS, f"approval {forecast.key}"),
            by=approver,
            now=ENDS_AT - timedelta(minutes=5),
        )
    return alert
