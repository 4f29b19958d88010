"""Forecasts and observations over the API, on the small river."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from sameboat.ground.places.tests.small_pack import STARTED_AT, UPPER
from sameboat.watch.forecasts import queries
from sameboat.watch.forecasts.tests.conftest import add_person, load, make, wang  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(settings):
    now = STARTED_AT + timedelta(hours=1)
    settings.CLOCK_SHIFT = now - datetime.now(UTC)
    return now


@pytest.fixture
def program(program_of, wang, now, settings):  # noqa: F811
    made = program_of(wang, "read", "forecast")
    settings.CLOCK_SHIFT = now - datetime.now(UTC)
    return made


@pytest.fixture
def asked(load):  # noqa: F811
    return {"place": UPPER, "pack": load.pack, "scenario": "spill", "members": 50}


def test_a_forecast_is_asked_for_and_queued(program, asked):
    answer = program.post("/forecasts", asked)

    body = answer.json()
    assert (answer.status_code, body["state"], body["members"]) == (202, "queued", 50)
    assert answer["Location"] == f"/api/forecasts/{body['uuid']}"


def test_the_same_key_asks_once(program, asked):
    key = uuid4()

    first, second = (program.post("/forecasts", asked, key=key).json() for _ in range(2))

    assert first["uuid"] == second["uuid"]
    assert len(program.get("/forecasts").json()["items"]) == 1


def test_forecasts_are_cut_into_pages(program, asked):
    made = [program.post("/forecasts", asked, key=uuid4()).json()["uuid"] for _time in range(3)]

    first = program.get("/forecasts", limit=2).json()
    rest = program.get("/forecasts", limit=2, offset=first["next_offset"]).json()

    assert [each["uuid"] for each in first["items"] + rest["items"]] == made[::-1]
    assert (first["next_offset"], rest["next_offset"]) == (2, None)


def test_a_forecast_made_is_read_as_json_and_geojson(program, asked, make, wang):  # noqa: F811
    uuid = program.post("/forecasts", asked).json()["uuid"]
    waiting = program.get(f"/forecasts/{uuid}/geojson")
    make(queries.forecast_by_uuid(wang, uuid))

    read = program.get(f"/forecasts/{uuid}").json()
    drawn = program.get(f"/forecasts/{uuid}/geojson").json()

    assert waiting.status_code == 404
    assert (read["state"], read["address"]) == ("made", f"{UPPER}/forecast/{uuid}")
    assert {"model", "version", "seed", "sites", "places"} <= read["result"].keys()
    assert drawn["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    ("field", "value"),
    [("members", 5), ("members", "50"), ("seed", -1), ("until", "2005-11-20T00:00:00"),
     ("until", 5), ("observations", "yes"), ("colour", "red"), ("earlier", "one")],
)  # fmt: skip
def test_a_wrong_field_is_named(program, asked, field, value):
    answer = program.post("/forecasts", {**asked, field: value})

    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == f"body.asked.{field}"


@pytest.mark.parametrize("field", ["place", "pack", "scenario"])
def test_what_is_not_known_here_is_not_there(program, asked, field):
    assert program.post("/forecasts", {**asked, field: "cn:999999"}).status_code == 404


def test_nobody_asks_in_another_citys_name(program_of, asked, add_person):  # noqa: F811
    stranger = program_of(add_person("hu", 9), "forecast")

    assert stranger.post("/forecasts", asked).json()["refusal"] == "NotAllowed"


def test_other_peoples_forecasts_are_not_there(program, program_of, asked, add_person):  # noqa: F811
    uuid = program.post("/forecasts", asked).json()["uuid"]
    stranger = program_of(add_person("hu", 9))

    assert stranger.get(f"/forecasts/{uuid}").status_code == 404
    assert stranger.get("/forecasts").json()["items"] == []


def test_an_observation_is_recorded_and_listed(program, load):  # noqa: F811
    answer = program.post("/observations", observation(load))

    listed = program.get("/observations", pack=load.pack).json()["items"]
    assert answer.status_code == 201, answer.content
    assert answer.json()["key"] in [each["key"] for each in listed]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"site": "nowhere"}, 422), ({"value": -1}, 422), ({"at": "2035-01-01T00:00:00Z"}, 422),
     ({"unit": "bucket"}, 422), ({"at": "2005-11-13T14:00:00"}, 422), ({"kind": "guess"}, 422),
     ({"value": "NaN"}, 422), ({"pack": "nothing"}, 404)],
)  # fmt: skip
def test_a_bad_observation_is_refused_and_not_kept(program, load, change, status):  # noqa: F811
    before = program.get("/observations", pack=load.pack).json()

    answer = program.post("/observations", {**observation(load), **change})

    assert answer.status_code == status, answer.content
    assert program.get("/observations", pack=load.pack).json() == before


def observation(load):  # noqa: F811
    from sameboat.ground.places.queries import sites_of

    site = sites_of(load).filter(reach__isnull=False).first()
    return {
        "pack": load.pack, "site": site.key, "at": STARTED_AT.isoformat(),
        "quantity": load.substances.first().key, "value": 0.5, "unit": "mg/L",
    }  # fmt: skip
