"""A forecast of any hazard in a node: asked for, made and read."""

from uuid import uuid4

import pytest

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import body_of
from sameboat.watch.forecasts import queries
from sameboat.watch.forecasts.tests.questions import ALL, EPIDEMIC, GAS

pytestmark = pytest.mark.django_db


@pytest.fixture
def forecast_of(ask, make):
    def made(content):
        found = make(ask(scenario=content, scenario_key="drill", members=30, key=uuid4()))
        assert found.state == "made", queries.failure_of(found, "en")
        return found

    return made


@pytest.mark.parametrize("hazard", ALL)
def test_every_hazard_is_made_kept_and_read(forecast_of, hazard):
    forecast = forecast_of(ALL[hazard])

    thresholds = queries.thresholds_of(forecast)
    assert forecast.hazard == hazard
    assert forecast.result["unit"] == thresholds[0]["unit"]
    assert forecast.targets.filter(kind="place", threshold=len(thresholds) - 1).exists()
    assert forecast.series.exists()
    told = queries.map_of(forecast, 0, "en")
    assert told["threshold"]["unit"] == thresholds[0]["unit"]
    entry = Entry.objects.get(kind="forecast.made")
    assert len(body_of(entry)["thresholds"]) == len(thresholds)


def test_options_of_a_scenario_are_compared_in_the_answer(forecast_of):
    forecast = forecast_of(EPIDEMIC)

    assert [each["key"] for each in forecast.result["options"]["options"]] == ["nothing", "stay"]


def test_only_a_river_colours_its_reaches(forecast_of):
    forecast = forecast_of(GAS)

    assert forecast.reaches == {}


def test_what_the_model_refuses_is_the_failure_by_field_and_nothing_is_stored(ask, make):
    content = EPIDEMIC | {"parameters": {"r0": 99}}

    forecast = make(ask(scenario=content, scenario_key="drill", members=30))

    assert forecast.state == "failed"
    assert "parameters.r0" in queries.failure_of(forecast, "en")
    assert "允许" in queries.failure_of(forecast, "zh-Hans")
    assert forecast.result is None
    assert not forecast.targets.exists()
