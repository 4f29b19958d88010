"""What happened? Choosing a hazard, changing its numbers, and what the forecast then says."""

from uuid import uuid4

import pytest
from django.urls import reverse

from sameboat.console.consequences import _band, _nested, _with_error
from sameboat.console.hazard_form import HazardForm, shown
from sameboat.console.purposes import PURPOSES
from sameboat.console.tests.conftest import rows
from sameboat.ground.places.tests.small_pack import UPPER
from sameboat.watch.forecasts.tests.questions import CHAIN, EPIDEMIC, GRID

pytestmark = pytest.mark.django_db
PAGE = "/forecasts/new/epidemic"


@pytest.fixture
def flu(load):
    return rows("forecasts.Scenario").create(
        load=load, key="a-flu", title=EPIDEMIC["title"], hazard="epidemic", moves="travels",
        origin=rows("places.Place").get(code=UPPER), started_at=load.loaded_at,
        zone="Asia/Shanghai", content=EPIDEMIC,
    )  # fmt: skip


def sent(flu, **changes):
    """Return what the form sends where nothing is changed but `changes`, by parameter."""
    form = HazardForm(base=flu)
    names = {row["key"]: name for name, (_stage, row) in form.rows.items()}
    values = {name: shown(row) for name, (_stage, row) in form.rows.items()}
    typed = {names.get(key, key): value for key, value in changes.items()}
    named = {"key": str(uuid4()), "scenario": f"{flu.load.pack}/{flu.key}"}
    return {**named, "members": "40", "seed": "1", **values, **typed}


def test_every_hazard_is_offered_by_what_people_call_it(browser_of, wang, flu):
    page = browser_of(wang).get(PAGE).content.decode()

    assert len(PURPOSES) == 7
    for hazard in PURPOSES:
        assert f"/forecasts/new/{hazard}" in page or hazard == "river_pollutant"
    assert page.count('aria-current="page"') >= 1
    assert "1 scenario" in page


def test_the_form_shows_every_parameter_with_its_range_and_source(browser_of, wang, flu):
    page = browser_of(wang).get(PAGE).content.decode()

    assert 'value="2 – 3"' in page, "what the scenario says of R0"
    assert "assumption: a drill" in page
    assert "Allowed: " in page


def test_nothing_changed_asks_with_the_scenario_as_it_is(browser_of, wang, flu):
    answer = browser_of(wang).post(PAGE, sent(flu))

    forecast = rows("forecasts.Forecast").get()
    assert answer.url == reverse("forecast", args=[forecast.uuid])
    assert forecast.scenario == flu.content
    assert (forecast.members, forecast.hazard) == (40, "epidemic")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2.2", {"value": 2.2}),
        ("1.5 – 4", {"low": 1.5, "high": 4.0}),
        ("1.5 to 4", {"low": 1.5, "high": 4.0}),
        (" 1.5 到 4 ", {"low": 1.5, "high": 4.0}),
        ("1.5-4", {"low": 1.5, "high": 4.0}),
        ("1.5 - 4", {"low": 1.5, "high": 4.0}),
    ],
)
def test_a_changed_number_is_kept_and_said_to_be_typed(browser_of, wang, flu, typed, kept):
    browser_of(wang).post(PAGE, sent(flu, r0=typed))

    scenario = rows("forecasts.Forecast").get().scenario
    assert scenario["parameters"]["r0"] == {**kept, "source": "assumption: typed in the form"}
    flu.refresh_from_db()
    assert flu.content == EPIDEMIC, "the pack's scenario stays as it is"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"r0": "much"}, "Write one number, or two"),
        ({"r0": "-1"}, "“-1” lies outside its range. Allowed: "),
        ({"r0": "1 – 9999"}, "“9999” lies outside its range."),
        ({"r0": "4 – 2"}, "The first number must not be above the second."),
        ({"r0": "nan"}, "Write one number, or two"),
        ({"members": "9"}, "greater than or equal to 10"),
        ({"members": "1000000"}, "less than or equal to 10000"),
        ({"seed": "-3"}, "greater than or equal to 0"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_is_asked(browser_of, wang, flu, changes, says):
    form = sent(flu, **changes)

    page = browser_of(wang).post(PAGE, form)

    assert page.status_code == 422
    text = page.content.decode()
    assert says in text
    assert form["key"] in text, "the same form may be sent again"
    assert not rows("forecasts.Forecast").exists()


def test_the_same_form_sent_twice_is_one_forecast(browser_of, wang, flu):
    browser, form = browser_of(wang), sent(flu)

    answers = [browser.post(PAGE, form) for _time in range(2)]

    assert len({each.url for each in answers}) == 1
    assert rows("forecasts.Forecast").count() == 1


@pytest.mark.parametrize("changes", [{"members": "41"}, {"seed": "2"}, {"r0": "2.2"}])
def test_the_same_form_with_other_numbers_is_refused(browser_of, wang, flu, changes):
    browser, form = browser_of(wang), sent(flu)
    browser.post(PAGE, form)

    again = browser.post(PAGE, {**form, **{k: v for k, v in sent(flu, **changes).items()
                                           if k != "key"}})  # fmt: skip

    assert again.status_code == 200, "the form again, with the refusal above it"
    assert rows("forecasts.Forecast").count() == 1
    assert form["key"] not in again.content.decode(), "the next press asks for another one"


@pytest.mark.parametrize("scenario", ["small/gone", "../../etc", ""])
def test_a_scenario_that_is_not_loaded_any_more_is_not_replaced_by_another(
    browser_of, wang, flu, scenario
):
    answer = browser_of(wang).post(PAGE, sent(flu) | {"scenario": scenario}, follow=True)

    assert "is not loaded here any more" in answer.content.decode()
    assert not rows("forecasts.Forecast").exists()


def test_who_may_not_ask_is_refused_and_nothing_is_asked(browser_of, hall, flu):
    browser = browser_of(hall)

    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, sent(flu)).status_code == 403
    assert not rows("forecasts.Forecast").exists()


def test_a_hazard_nobody_knows_is_not_there_and_a_spill_has_its_own_form(browser_of, wang, flu):
    browser = browser_of(wang)

    assert browser.get("/forecasts/new/tsunami").status_code == 404
    assert browser.get("/forecasts/new/river_pollutant").url == reverse("new_forecast")


@pytest.mark.parametrize(
    ("language", "says"), [("en", "No scenario of “Ash” is loaded"), ("zh-hans", "火山灰")]
)
def test_a_hazard_without_a_scenario_says_what_to_do(browser_of, wang, load, language, says):
    browser = browser_of(wang)

    page = browser.get("/forecasts/new/ash_fall", headers={"accept-language": language})

    assert says in page.content.decode()
    assert "sameboat region load" in page.content.decode()


def test_options_are_compared_on_the_page(browser_of, wang, ask, make):
    found = make(ask(scenario=EPIDEMIC, scenario_key="a-flu", members=40))

    page = browser_of(wang).get(reverse("forecast", args=[found.uuid])).content.decode()

    assert 'id="options"' in page
    assert page.count('<figure class="map small">') == 2
    assert "Nothing is done" in page
    assert "±" in page
    assert 'id="provenance"' in page
    assert "assumption: a drill" in page


def test_the_change_of_an_option_is_told_with_its_band_and_a_legend(browser_of, wang, ask, make):
    found = make(ask(scenario=EPIDEMIC, scenario_key="a-flu", members=40))

    page = browser_of(wang).get(reverse("forecast", args=[found.uuid])).content.decode()

    options = page[page.index('id="options"') : page.index('id="provenance"')]
    assert 'data-legend="chance"' in options
    assert 'class="tiny quiet band">−' in options
    assert "Hours above change" in options


def test_service_that_is_lost_and_what_an_option_spares_stand_on_the_page(
    browser_of, wang, ask, make
):
    found = make(ask(scenario=GRID, scenario_key="a-grid", members=40))

    page = browser_of(wang).get(reverse("forecast", args=[found.uuid])).content.decode()

    losses = page[page.index('id="losses"') : page.index('id="provenance"')]
    assert '<td class="nowrap">water</td>' in losses
    assert "A generator: change of the mean" in losses
    assert '<td class="n">−' in losses


def test_each_number_is_told_with_the_range_that_is_allowed(browser_of, wang, ask, make):
    found = make(ask(scenario=EPIDEMIC, scenario_key="a-flu", members=40))

    page = browser_of(wang).get(reverse("forecast", args=[found.uuid])).content.decode()

    row = next(each for each in found.result["parameters"] if each["low"] is not None)
    assert f'<td class="small nowrap">{row["low"]:g} … {row["high"]:g}</td>' in page


def test_a_chain_is_told_as_a_nested_list(browser_of, wang, ask, make):
    found = make(ask(scenario=CHAIN, scenario_key="a-chain", members=40))
    assert found.result["causes"], "the chain of the tests reaches somebody"

    page = browser_of(wang).get(reverse("forecast", args=[found.uuid])).content.decode()

    assert 'id="reasons"' in page
    assert "because" in page


def test_a_cause_that_two_effects_share_stays_under_each_and_twins_are_told_once():
    (root,) = _nested(["a", "  b", "    c", "  d", "    c", "      e", "  b", "    c"])

    assert [each["text"] for each in root["because"]] == ["b", "d"]
    assert [each["because"][0]["text"] for each in root["because"]] == ["c", "c"]
    assert root["because"][1]["because"][0]["because"][0]["text"] == "e"


@pytest.mark.parametrize(
    ("told", "hours", "says"),
    [
        ({"outcome": 80.0, "change": -9.5e-9, "error": 9.5e-9}, True, "0"),
        ({"outcome": 80.0, "change": 1.234, "error": 0.0701}, True, "+1.2 ± 0.1"),
        ({"outcome": 900.0, "change": -157.04, "error": 3.31}, False, "−157 ± 3.3"),
        ({"outcome": 0.9, "change": -0.157, "error": 0.0033}, False, "−0.157 ± 0.0033"),
        ({"outcome": 3e6, "change": -2_213_400.0, "error": 68_412.0}, False, "−2,210,000 ± 68,000"),
        ({"outcome": None, "change": None, "error": None}, True, "–"),
    ],
)
def test_a_change_is_told_to_the_digits_that_mean_something(told, hours, says):
    assert _with_error(told, hours=hours) == says


def test_a_band_of_hours_that_rounds_to_nothing_is_left_out():
    assert _band({"low": -0.01, "high": 0.04}, hours=True) == ""
    assert _band({"low": -0.01, "high": 1.04}, hours=True) == "0 … +1.0"
