from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from sameboat.ground.people.models import JournalLine
from sameboat.ground.people.refusals import NotAllowed
from sameboat.ground.places.tests.small_pack import CONTENT, LOWER, STARTED_AT, UPPER, WEST
from sameboat.lib.fault import FaultyInput
from sameboat.watch.forecasts import actions, queries
from sameboat.watch.forecasts.models import Forecast
from sameboat.watch.forecasts.refusals import (
    KeyOfAnotherForecast,
    ObservationNotUsable,
    UnknownPlace,
)


def test_a_request_is_a_queued_row_a_line_in_the_journal_and_a_task(ask, wang, now):
    forecast = ask()

    line = JournalLine.objects.get(what="forecast.requested")
    task = DBTaskResult.objects.get()
    assert forecast.state == "queued"
    assert forecast.started_at == STARTED_AT
    assert (forecast.origin.code, forecast.hazard) == (UPPER, "river_pollutant")
    assert (line.place, line.about) == (UPPER, queries.address_of(forecast))
    assert task.args_kwargs["args"] == [str(forecast.uuid)]


def test_a_request_that_is_rolled_back_leaves_no_task(ask):
    def ask_and_fail():
        with transaction.atomic():
            ask()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        ask_and_fail()

    assert not DBTaskResult.objects.exists()
    assert not Forecast.objects.exists()


def test_asking_twice_with_one_key_asks_once(ask):
    key = uuid4()

    assert ask(key=key) == ask(key=key)
    assert Forecast.objects.count() == 1
    assert DBTaskResult.objects.count() == 1


def test_a_key_of_another_request_is_refused(ask):
    key = uuid4()
    ask(key=key)
    other = {**CONTENT, "started_at": "2005-11-14T13:00+08:00"}

    with pytest.raises(KeyOfAnotherForecast):
        ask(key=key, scenario=other)


def test_only_who_may_forecast_at_the_place_asks(ask, add_person):
    viewer = add_person("sun", 8, ("viewer", UPPER))
    stranger = add_person("lin", 9, ("duty_officer", LOWER))

    for person in (viewer, stranger):
        with pytest.raises(NotAllowed) as refusal:
            ask(by=person)
        assert refusal.value.facts["place"] == UPPER
    assert not Forecast.objects.exists()


def test_a_place_that_nobody_knows_is_refused(ask):
    with pytest.raises(UnknownPlace):
        ask(place="cn:999999")


def without(content, *path):
    head, *rest = path
    kept = {**content}
    if rest:
        kept[head] = without(content[head], *rest)
    else:
        del kept[head]
    return kept


def changed(content, value, *path):
    head, *rest = path
    return {**content, head: changed(content[head], value, *rest) if rest else value}


@pytest.mark.parametrize(
    ("content", "field", "code"),
    [
        (changed(CONTENT, "phenol", "substance", "key"), "substance.key", "unknown_substance"),
        (changed(CONTENT, -1.0, "release", "mass", "low"), "release.mass.low", "out_of_range"),
        (changed(CONTENT, "m3", "release", "mass", "unit"), "release.mass.unit", "wrong_unit"),
        (changed(CONTENT, "S9", "release", "site"), "release.site", "unknown_site"),
        (changed(CONTENT, "1999-01-01T00:00+08:00", "started_at"), "started_at", "before_network"),
        (changed(CONTENT, "9999-12-31T23:59-14:00", "started_at"), "started_at", "not_a_time"),
        (changed(CONTENT, "0001-01-01T00:00+14:00", "started_at"), "started_at", "not_a_time"),
        (changed(CONTENT, "2200-01-01T12:00+08:00", "started_at"), "started_at", "out_of_range"),
        (
            changed(without(CONTENT, "zone"), "2005-11-13T13:00", "started_at"),
            "started_at",
            "no_zone",
        ),
        (without(CONTENT, "substance", "threshold"), "substance.threshold", "no_threshold"),
        (changed(CONTENT, "cn:999999", "origin"), "origin", "unknown_place"),
        (changed(CONTENT, "flows", "moves"), "moves", "unknown_value"),
    ],
)
def test_a_faulty_scenario_is_refused_beside_its_field(ask, content, field, code):
    with pytest.raises(FaultyInput) as refusal:
        ask(scenario=content)

    assert (field, code) in {(fault.field, fault.code) for fault in refusal.value.faults}
    assert not Forecast.objects.exists()


@pytest.mark.parametrize(
    ("asked", "field"), [({"members": 0}, "members"), ({"members": 10**6}, "members"),
                         ({"seed": -1}, "seed"), ({"seed": 2**63}, "seed")]
)  # fmt: skip
def test_members_and_seed_keep_to_their_range(ask, asked, field):
    with pytest.raises(FaultyInput) as refusal:
        ask(**asked)

    assert [fault.field for fault in refusal.value.faults] == [field]


def test_until_leaves_out_what_became_known_later(ask, load):
    observations = list(queries.observations_of(load))

    forecast = ask(observations=observations, until=datetime(2005, 11, 19, 12, tzinfo=UTC))

    assert [each.at.day for each in queries.observations_of(forecast)] == [18, 19]


def test_a_withdrawn_observation_is_not_used(ask, load, wang, now):
    observation = actions.record_observation(
        load=load, site="S2", at=now, quantity="nitrobenzene", value=0.1, unit="mg/L",
        kind="value", key=uuid4(), by=wang, now=now,
    )  # fmt: skip
    actions.withdraw_observation(observation=observation, by=wang, now=now)
    observation.refresh_from_db()

    with pytest.raises(ObservationNotUsable):
        ask(observations=[observation])


def test_moments_in_a_scenario_file_become_text(ask):
    content = changed(CONTENT, STARTED_AT, "started_at")

    forecast = ask(scenario=content)

    assert forecast.scenario["started_at"] == "2005-11-13T05:00:00+00:00"
    assert forecast.started_at == STARTED_AT


def test_everyone_sees_only_what_concerns_places_where_they_may_look(ask, add_person, wang):
    forecast = ask()
    upstream = add_person("sun", 8, ("viewer", "cn:220000"))
    downstream = add_person("lin", 9, ("viewer", WEST))
    nobody = add_person("hu", 10)

    seen = {
        person.username: list(queries.list_forecasts(viewer=person, limit=10))
        for person in (wang, upstream, downstream, nobody)
    }

    assert seen == {"wang": [forecast], "sun": [forecast], "lin": [], "hu": []}
    assert queries.forecast_by_uuid(upstream, forecast.uuid) == forecast
    assert queries.forecast_by_uuid(downstream, forecast.uuid) is None
    assert list(queries.list_forecasts(viewer=wang, state="made")) == []
    assert list(queries.list_forecasts(viewer=wang, place=LOWER)) == []


def test_scenarios_and_events_of_a_pack_are_stored_once(load, wang, add_person, now):
    from sameboat.ground.places.tests.small_pack import make_pack

    actions.load_scenarios(pack=make_pack(), load=load, by="operator", now=now)

    assert [each.key for each in queries.list_scenarios(wang)] == ["spill"]
    assert list(queries.list_scenarios(add_person("hu", 10))) == []
    assert queries.scenario(load, "spill").content == CONTENT
    assert [event.at for event in queries.recorded_events(load)] == [STARTED_AT, None]
    assert queries.observations_of(load, series="2005").count() == 3
    assert [each.key for each in queries.substances_in(load)] == ["nitrobenzene"]


def test_requests_carry_the_forecast_they_follow(ask, now):
    first = ask()

    second = ask(earlier=first, now=now + timedelta(hours=1))

    assert queries.earlier_of(second) == [first]
