"""The night of November 2005, in one process: from a release to a warning in force."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from lxml import etree

from sameboat.ground.logbook import delivery
from sameboat.ground.logbook import queries as logbook
from sameboat.ground.people.actions import add_person, give_role
from sameboat.ground.people.queries import list_journal
from sameboat.ground.places.actions import load_pack
from sameboat.packs import read_pack
from sameboat.watch.alerts import actions as alerts
from sameboat.watch.alerts import queries as alert_queries
from sameboat.watch.alerts.refusals import AlreadyIssued, AuthorMayNotIssue
from sameboat.watch.forecasts import actions as forecasts
from sameboat.watch.forecasts import queries

REGIONS = Path(__file__).parents[2] / "regions"
RELEASE = datetime.fromisoformat("2005-11-13T13:00+08:00")
HARBIN_PASSED = datetime.fromisoformat("2005-11-28T08:00+08:00")
DECEMBER = datetime.fromisoformat("2005-12-01T05:00+08:00")
JILIN, HARBIN, JIAMUSI, KHABAROVSK = "cn:220200", "cn:230100", "cn:230800", "iso:RU-KHA"
TOPS = ("cn:220000", "cn:230000", KHABAROVSK)


@pytest.fixture
def songhua(db):
    pack = read_pack(REGIONS / "songhua")
    load = load_pack(pack=pack, by="operator", now=RELEASE)
    forecasts.load_scenarios(pack=pack, load=load, by="operator", now=RELEASE)
    return load


@pytest.fixture
def people(songhua):
    def add(name, number, kind):
        person = add_person(
            username=name, password="a long password 2005", number=number, by="operator",
            now=RELEASE,
        )  # fmt: skip
        for place in TOPS:
            give_role(person=person, place=place, kind=kind, by="operator", now=RELEASE)
        return person

    return add("wang", 7, "duty_officer"), add("li", 3, "approver"), add("zhao", 1, "administrator")


def forecast_at(moment, load, by, earlier=None):
    """Ask with what is known by now, then do the worker's part."""
    scenario = queries.scenario(load, "nitrobenzene-2005")
    asked = forecasts.request_forecast(
        place=JILIN, load=load, scenario=scenario.content, scenario_key=scenario.key,
        observations=queries.observations_of(load, by, until=moment), until=moment,
        members=200, earlier=earlier, key=uuid4(), by=by, now=moment,
    )  # fmt: skip
    assert asked.state == "queued"
    made = forecasts.make_forecast(forecast=asked, by="worker", now=moment + timedelta(minutes=1))
    delivery.deliver(now=moment + timedelta(minutes=1))
    return made


def width_of(forecast, site):
    target = queries.targets_of(forecast, "site").get(code=site)
    return (target.arrival_p90 or DECEMBER + timedelta(days=60)) - target.arrival_p10


def test_within_a_minute_everyone_downstream_is_named(songhua, people):
    wang = people[0]

    forecast = forecast_at(RELEASE, songhua, wang)

    places = {target.code: target for target in queries.targets_of(forecast, "place")}
    assert forecast.state == "made"
    assert forecast.made_at - RELEASE == timedelta(minutes=1)
    assert forecast.case == "I"
    assert places[HARBIN].p_reached > 0.9
    assert RELEASE < places[JILIN].arrival_p50 < places[HARBIN].arrival_p50
    assert places[HARBIN].arrival_p50 < places[JIAMUSI].arrival_p50
    assert places[HARBIN].population == 10_009_854
    assert places[KHABAROVSK].population is None


def test_the_first_night(songhua, people, django_capture_on_commit_callbacks):
    wang, li, zhao = people

    first = forecast_at(RELEASE, songhua, wang)
    later = forecast_at(HARBIN_PASSED, songhua, wang, earlier=first)
    newest = forecast_at(DECEMBER, songhua, wang, earlier=later)

    assert [each.observations.count() for each in (first, later, newest)] == [0, 5, 12]
    assert width_of(first, "S12") > width_of(later, "S12") > width_of(newest, "S12")

    alert = alerts.draft_alert(
        place=JILIN, forecast=newest, kind="warning", status="Exercise", key=uuid4(), by=wang,
        now=DECEMBER,
    )  # fmt: skip
    alert = alerts.submit_alert(alert=alert, revision=alert.revision, by=wang, now=DECEMBER)

    assert alert_queries.waiting_for(li) == [alert]
    give_role(person=wang, place=JILIN, kind="approver", by=zhao, now=DECEMBER)
    with pytest.raises(AuthorMayNotIssue):
        alerts.issue_alert(alert=alert, revision=alert.revision, by=wang, now=DECEMBER)

    issued = alerts.issue_alert(alert=alert, revision=alert.revision, by=li, now=DECEMBER)

    with pytest.raises(AlreadyIssued):
        alerts.issue_alert(alert=issued, revision=issued.revision, by=li, now=DECEMBER)
    assert issued.state == "issued"
    said = logbook.list_entries(viewer=zhao)
    assert [entry.kind for entry in said] == ["forecast.made"] * 3 + ["alert.issued"]
    assert logbook.check_chain(JILIN) is None
    assert said[1].after == [f"{JILIN}/entry/0"]
    feed = etree.fromstring(alert_queries.feed(li, now=DECEMBER))
    atom = {"atom": "http://www.w3.org/2005/Atom"}
    assert len(feed.findall("atom:entry", atom)) == 1
    done = {line.what for line in list_journal(viewer=zhao)}
    assert {"forecast.requested", "alert.submitted"} <= done


def test_the_same_night_again_gives_the_same_numbers(songhua, people):
    wang = people[0]

    once, again = (forecast_at(HARBIN_PASSED, songhua, wang) for _ in range(2))

    assert once.members_digest == again.members_digest
    assert once.result == again.result
