from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from sameboat.ground.people.models import JournalLine
from sameboat.ground.people.refusals import NotAllowed
from sameboat.ground.places.tests.small_pack import FAR, WEST
from sameboat.lib.fault import FaultyInput
from sameboat.watch.forecasts import actions, queries
from sameboat.watch.forecasts.models import Observation
from sameboat.watch.forecasts.refusals import KeyOfAnotherObservation, ObservationOfAPack

NOON = datetime(2005, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def record(load, wang):
    def run(**changes):
        usual = {
            "load": load, "site": "S2", "at": NOON - timedelta(hours=2), "value": 0.2,
            "quantity": "nitrobenzene", "unit": "mg/L", "kind": "value", "key": uuid4(),
            "by": wang, "now": NOON,
        }  # fmt: skip
        return actions.record_observation(**{**usual, **changes})

    return run


def fault_of(refusal):
    return [(fault.field, fault.code) for fault in refusal.value.faults]


def test_an_observation_is_kept_with_who_recorded_it_and_a_line_in_the_journal(record):
    observation = record()

    line = JournalLine.objects.get(what="observation.recorded")
    assert (observation.value, observation.unit) == (0.2, "mg/L")
    assert observation.known_at == observation.at
    assert observation.recorded_by == "cn:220200/desk/duty#7"
    assert (observation.series, observation.place.code) == ("", WEST)
    assert line.about == queries.address_of_observation(observation)


def test_micrograms_become_milligrams(record):
    observation = record(value=200, unit="ug/L", error=20)

    assert observation.value == pytest.approx(0.2)
    assert observation.error == pytest.approx(0.02)


@pytest.mark.parametrize("given", [{"value": "<0.002"}, {"value": None, "below": 0.002}])
def test_below_the_limit_is_a_limit_and_not_a_value(record, given):
    observation = record(kind="not_detected", **given)

    assert observation.value is None
    assert observation.below == pytest.approx(0.002)


def test_nothing_found_needs_no_number(record):
    observation = record(kind="not_detected", value=None)

    assert (observation.value, observation.below) == (None, None)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"site": "S9"}, "site", "unknown_site"),
        ({"quantity": "phenol"}, "quantity", "unknown_substance"),
        ({"value": -0.1}, "value", "out_of_range"),
        ({"value": 5e6}, "value", "out_of_range"),
        ({"value": float("nan")}, "value", "not_a_number"),
        ({"value": "much"}, "value", "not_a_number"),
        ({"value": None}, "value", "empty"),
        ({"value": "<"}, "value", "out_of_range"),
        ({"unit": "m3/s"}, "unit", "wrong_unit"),
        ({"kind": "seen"}, "kind", "unknown_value"),
        ({"kind": "peak", "value": "<0.002"}, "value", "contradiction"),
        ({"at": NOON + timedelta(hours=1)}, "time", "future"),
        ({"at": "2005-11-20T10:00"}, "time", "no_zone"),
        ({"at": "yesterday"}, "time", "not_a_time"),
        ({"known_at": NOON + timedelta(hours=1)}, "known_at", "future"),
        ({"known_at": NOON - timedelta(hours=3)}, "known_at", "order"),
    ],
)
def test_a_faulty_observation_is_refused_beside_its_field(record, given, field, code):
    with pytest.raises(FaultyInput) as refusal:
        record(**given)

    assert (field, code) in fault_of(refusal)
    assert not Observation.objects.filter(series="").exists()


def test_the_same_measurement_is_told_once(record):
    record()

    with pytest.raises(FaultyInput) as refusal:
        record(value=0.3)

    assert fault_of(refusal) == [("time", "duplicate")]
    assert "cn:220200/desk/duty#7" in refusal.value.in_language("en")


def test_what_the_pack_tells_is_not_told_again(record):
    with pytest.raises(FaultyInput) as refusal:
        record(at=datetime(2005, 11, 19, tzinfo=UTC), kind="peak", value=0.5)

    assert fault_of(refusal) == [("time", "duplicate")]


def test_recording_twice_with_one_key_records_once(record):
    key = uuid4()

    assert record(key=key) == record(key=key)
    with pytest.raises(KeyOfAnotherObservation):
        record(key=key, site="S3")


def test_only_who_may_forecast_for_the_sites_place_records(record, add_person):
    elsewhere = add_person("lin", 9, ("duty_officer", FAR))
    viewer = add_person("sun", 8, ("viewer", WEST))

    for person in (elsewhere, viewer):
        with pytest.raises(NotAllowed):
            record(by=person)


def test_a_mistake_is_withdrawn_and_may_then_be_told_right(record, load, wang):
    wrong = record(value=2.0)

    actions.withdraw_observation(observation=wrong, by=wang, now=NOON)
    actions.withdraw_observation(observation=wrong, by=wang, now=NOON)
    right = record(value=0.2)

    typed = queries.observations_of(load, wang, series="")
    assert list(typed) == [right]
    assert JournalLine.objects.filter(what="observation.withdrawn").count() == 1
    assert Observation.objects.get(pk=wrong.pk).value == 2.0


def test_an_observation_of_the_pack_cannot_be_withdrawn(load, wang):
    observation = queries.observations_of(load).first()

    with pytest.raises(ObservationOfAPack):
        actions.withdraw_observation(observation=observation, by=wang, now=NOON)


@pytest.mark.parametrize("changes", [{"value": -1}, {"value": 0.3}, {"site": "S3"}])
def test_the_database_refuses_to_change_what_was_seen(record, changes):
    observation = record()

    with pytest.raises(IntegrityError), transaction.atomic():
        Observation.objects.filter(pk=observation.pk).update(**changes)


def test_observations_are_seen_where_one_may_look(record, load, add_person):
    record()
    far = add_person("lin", 9, ("viewer", FAR))

    assert list(queries.observations_of(load, far)) == []
    assert queries.observation_by_key(far, record(site="S3").key) is None
