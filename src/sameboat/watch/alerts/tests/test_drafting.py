"""A draft from a forecast of the small river, its rules, its texts, and the reaction."""

from datetime import timedelta
from uuid import uuid4

import pytest

from sameboat.ground.logbook.models import Entry
from sameboat.ground.people.models import Role
from sameboat.ground.places.tests.small_pack import LOWER, UPPER
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts import actions, drafting, queries, reactions, refusals, rules, wording
from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.models import Alert
from sameboat.watch.forecasts.tests.conftest import (  # noqa: F401
    add_person,
    ask,
    load,
    make,
    now,
    wang,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def forecast(ask, make):  # noqa: F811
    return make(ask())


@pytest.fixture
def drafted(forecast, wang, now):  # noqa: F811
    return actions.draft_alert(place=UPPER, forecast=forecast, key=uuid4(), by=wang, now=now)


def test_a_draft_names_every_lowest_place_reached(drafted, forecast):
    reached = forecast.targets.filter(kind="place", threshold=0, p_reached__gte=0.1)
    provinces_and_parents = {"cn:220000", "cn:230000", LOWER}

    codes = {area["code"] for area in drafted.content["areas"]}
    assert codes == set(reached.values_list("code", flat=True)) - provinces_and_parents
    assert codes


def test_a_draft_speaks_both_languages_and_names_the_first_place_beyond(drafted):
    texts = drafted.content["texts"]

    assert "硝基苯" in texts["zh-CN"]["headline"]
    assert not [each for said in texts.values() for each in said.values() if "{" in each]
    assert drafted.content["event"] == {"zh-CN": "水污染", "en-US": "Water pollution"}


def test_a_headline_names_a_place_that_is_still_to_be_reached(forecast, wang, now):  # noqa: F811
    targets = drafting.leaves_reached(forecast)
    beyond = [t for t in targets if t.code[:7] != UPPER[:7]]
    beyond[0].arrival_p50 = now - timedelta(hours=1)

    early, late = (
        drafting._words(forecast, targets, {"value": 1, "unit": "mg/L"}, "en", at)["first"]
        for at in (now - timedelta(hours=2), now)
    )

    assert len(beyond) > 1
    assert early != late


def test_a_draft_is_valid_cap(drafted, now):  # noqa: F811
    xml = queries.preview(drafted, now=now)["xml"]

    assert check_alert(xml.encode()).verdict == "valid"


def test_an_exercise_says_so_in_its_headline(forecast, wang, now):  # noqa: F811
    draft = actions.draft_alert(
        place=UPPER, forecast=forecast, status="Exercise", key=uuid4(), by=wang, now=now
    )

    assert draft.content["texts"]["en-US"]["headline"].startswith("EXERCISE: ")


def test_on_a_demo_a_draft_is_an_exercise_unless_somebody_says_otherwise(
    forecast,
    wang,  # noqa: F811
    now,  # noqa: F811
    settings,
):
    settings.DEMO = True
    usual = {"place": UPPER, "forecast": forecast, "by": wang, "now": now}

    unsaid = actions.draft_alert(key=uuid4(), **usual)
    said = actions.draft_alert(key=uuid4(), status="Actual", **usual)

    assert (unsaid.status, said.status) == ("Exercise", "Actual")
    assert unsaid.content["texts"]["en-US"]["headline"].startswith("EXERCISE: ")


def test_a_forecast_that_is_not_made_gives_no_draft(ask, wang, now):  # noqa: F811
    with pytest.raises(refusals.ForecastNotMade):
        actions.draft_alert(place=UPPER, forecast=ask(), key=uuid4(), by=wang, now=now)


def test_a_forecast_that_reaches_nothing_gives_no_draft(forecast, wang, now, monkeypatch):  # noqa: F811
    monkeypatch.setattr(drafting, "REACHED", 1.01)

    with pytest.raises(refusals.NothingReached):
        actions.draft_alert(place=UPPER, forecast=forecast, key=uuid4(), by=wang, now=now)


def test_the_nodes_own_template_replaces_ours(forecast, wang, now, settings):  # noqa: F811
    settings.HOME.templates.mkdir(exist_ok=True)
    file = settings.HOME.templates / "river_pollutant.en-US.toml"
    file.write_text('event="E"\nheadline="{first} first"\ndescription="D"\ninstruction="I"\n')
    try:
        draft = actions.draft_alert(place=UPPER, forecast=forecast, key=uuid4(), by=wang, now=now)
    finally:
        file.unlink()

    assert draft.content["texts"]["en-US"]["headline"].endswith(" first")


@pytest.mark.parametrize(
    "text",
    ["headline = [", 'event = "E"', 'event="{person}"\nheadline="h"\ndescription="d"\n'
     'instruction="i"', 'event="{}"\nheadline="h"\ndescription="d"\ninstruction="i"',
     'event="{"\nheadline="h"\ndescription="d"\ninstruction="i"'],
)  # fmt: skip
def test_a_template_with_faults_is_named(tmp_path, text):
    (tmp_path / "river_pollutant.en-US.toml").write_text(text)

    with pytest.raises(FaultyInput) as refusal:
        wording.word("river_pollutant", "en-US", {}, folder=tmp_path)

    assert refusal.value.faults[0].file == "river_pollutant.en-US.toml"


@pytest.mark.parametrize(
    ("peak", "severity"),
    [(2.0, "Extreme"), (0.2, "Severe"), (0.02, "Moderate"), (0.01, "Minor"), (None, "Unknown")],
)
def test_severity_follows_the_peak_over_the_threshold(peak, severity):
    assert rules.severity_of([None, peak], 0.017) == severity


@pytest.mark.parametrize(("hours", "word"), [(0, "Immediate"), (5, "Expected"), (99, "Future")])
def test_urgency_follows_the_first_arrival(now, hours, word):  # noqa: F811
    assert rules.urgency_of(now + timedelta(hours=hours), now) == word


def test_an_alert_lives_until_the_last_place_is_clear(now):  # noqa: F811
    clear = now + timedelta(days=20)

    assert rules.expiry_of([None, clear], now) == clear
    assert rules.expiry_of([None], now) == now + timedelta(hours=24)


def test_the_first_forecast_of_an_event_is_drafted_once(forecast, ask, make, now):  # noqa: F811
    entry = Entry.objects.get(kind="forecast.made")

    reactions.draft_first_alert(entry=entry, now=now)
    reactions.draft_first_alert(entry=entry, now=now)
    make(ask())
    reactions.draft_first_alert(entry=Entry.objects.order_by("index").last(), now=now)

    alert = Alert.objects.get()
    assert (alert.forecast, alert.author, alert.state) == (forecast, forecast.requested_by, "draft")


def test_on_a_demo_the_draft_of_a_forecast_is_an_exercise(forecast, now, settings):  # noqa: F811
    settings.DEMO = True

    reactions.draft_first_alert(entry=Entry.objects.get(kind="forecast.made"), now=now)

    assert Alert.objects.get().status == "Exercise"


def test_a_stale_forecast_is_not_drafted(forecast, now):  # noqa: F811
    entry = Entry.objects.get(kind="forecast.made")

    reactions.draft_first_alert(entry=entry, now=now + timedelta(days=1))

    assert not Alert.objects.exists()


def test_whoever_lost_the_role_is_given_no_draft(forecast, now):  # noqa: F811
    Role.objects.filter(person=forecast.requested_by).delete()

    reactions.draft_first_alert(entry=Entry.objects.get(kind="forecast.made"), now=now)

    assert not Alert.objects.exists()
