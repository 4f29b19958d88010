"""Asking for a forecast and recording what was measured, on the page."""

import csv
import re
from uuid import uuid4

import pytest
from django.urls import reverse

from sameboat.console import forecast_pages
from sameboat.console.tests.conftest import page_after, rows, text_of
from sameboat.ground.places.tests.small_pack import UPPER
from sameboat.watch.forecasts.tests.questions import CHAIN, EPIDEMIC, FLOOD, GAS, GRID

pytestmark = pytest.mark.django_db


def asked(**changes):
    """Return what the form of a new forecast sends."""
    return {
        "key": str(uuid4()), "site": "S1", "substance": "nitrobenzene", "mass_low": "10",
        "mass_likely": "40", "mass_high": "100", "started_at": "2005-11-13T13:00",
        "duration_h": "12", "thresholds": "0.017 0.05", "members": "50", "seed": "1", **changes,
    }  # fmt: skip


def seen(**changes):
    """Return what the form of a measurement sends."""
    return {
        "key": str(uuid4()), "site": "S1", "seen_at": "2005-11-13T13:30", "kind": "value",
        "value": "0.5", **changes,
    }  # fmt: skip


def observe(forecast):
    return reverse("observe", args=[forecast.uuid])


def test_a_forecast_asked_for_twice_with_one_form_is_one(browser_of, wang):
    browser, form = browser_of(wang), asked()

    answers = [browser.post(reverse("new_forecast"), form) for _time in range(2)]

    forecast = rows("forecasts.Forecast").get()
    assert {each.url for each in answers} == {reverse("forecast", args=[forecast.uuid])}
    assert (forecast.members, forecast.requested_by) == (50, wang)
    assert [t["value"] for t in forecast.scenario["substance"]["threshold"]] == [0.017, 0.05]


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "A value is needed for “the peak passed”. "
               "Type it, or choose “found, no value” or “looked for, not found”."),
        ("zh-hans", "“峰值经过”须填写数值。 请填写，或改选“检出，无数值”或“查过，未检出”。"),
    ],
)  # fmt: skip
def test_an_empty_value_is_told_in_the_words_of_the_form(
    browser_of, wang, forecast, language, says
):
    browser = browser_of(wang)
    browser.cookies["django_language"] = language

    page = text_of(browser.post(observe(forecast), seen(kind="peak", value="")), 422)

    assert says in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("mass_low", "ten"), ("mass_low", "nan"), ("mass_low", "-1"), ("mass_likely", "1000"),
        ("mass_high", ""), ("started_at", "yesterday"), ("started_at", "1999-01-01T00:00"),
        ("started_at", "9999-12-31T23:59"), ("started_at", "0001-01-01T00:00"),
        ("duration_h", "-1"), ("duration_h", "inf"), ("thresholds", "some"), ("thresholds", "nan"),
        ("thresholds", "-0.1"), ("thresholds", ""), ("members", "0"), ("members", "10001"),
        ("members", "9" * 5000), ("seed", "-1"), ("seed", str(2**63)), ("seed", "1.5"),
        ("site", "S9"), ("substance", "phenol"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_beside_it_and_what_was_typed_is_kept(browser_of, wang, field, typed):
    form = asked(**{field: typed, "duration_h": typed if field == "duration_h" else "7.25"})

    page = text_of(browser_of(wang).post(reverse("new_forecast"), form), 422)

    assert f'id="id_{field}_error"' in page
    assert 'value="7.25"' in page or field == "duration_h"
    assert field in {"site", "substance"} or f'value="{typed}"' in page or not typed
    assert not rows("forecasts.Forecast").exists()


def test_the_same_form_with_other_numbers_is_refused_and_not_another_forecast(browser_of, wang):
    browser, form = browser_of(wang), asked()
    browser.post(reverse("new_forecast"), form)

    text_of(browser.post(reverse("new_forecast"), {**form, "mass_high": "200"}))

    assert rows("forecasts.Forecast").count() == 1


@pytest.mark.parametrize("key", ["", "x", "9" * 100])
def test_a_form_without_its_key_asks_for_nothing(browser_of, wang, key):
    answer = browser_of(wang).post(reverse("new_forecast"), asked(key=key))

    assert answer.status_code == 404
    assert not rows("forecasts.Forecast").exists()


def test_who_may_only_look_asks_for_nothing_and_records_nothing(browser_of, hall, forecast):
    browser = browser_of(hall)

    assert browser.post(reverse("new_forecast"), asked()).status_code == 403
    page = page_after(browser, browser.post(observe(forecast), seen()))

    assert "Your roles do not let you" in page
    assert rows("forecasts.Forecast").count() == 1
    assert not rows("forecasts.Observation").filter(series="").exists()


def test_who_is_reached_reads_the_forecast_and_asks_for_none_upstream(browser_of, sun, forecast):
    browser = browser_of(sun)

    assert browser.get(reverse("forecast", args=[forecast.uuid])).status_code == 200
    page_after(browser, browser.post(observe(forecast), seen(site="S2")))

    assert rows("forecasts.Forecast").count() == 1
    assert not rows("forecasts.Observation").filter(series="").exists()


def test_what_was_measured_is_recorded_once_and_a_new_forecast_learns_from_it(
    browser_of, wang, forecast
):
    browser, form = browser_of(wang), seen()

    answers = [browser.post(observe(forecast), form) for _time in range(2)]

    later = rows("forecasts.Forecast").get(earlier=forecast)
    observation = rows("forecasts.Observation").get(series="")
    assert {each.url for each in answers} == {reverse("forecast", args=[later.uuid])}
    assert list(later.observations.all()) == [observation]
    assert observation.recorded_by == f"{UPPER}/desk/duty#7"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("seen_at", "now"), ("seen_at", "2005-11-14T13:30"), ("seen_at", "9999-12-31T23:59"),
        ("value", "much"), ("value", "-1"), ("value", "nan"), ("value", "1e999"), ("value", ""),
        ("value", "9" * 5000), ("value", "<"), ("site", "S9"), ("kind", "rumour"),
    ],
)  # fmt: skip
def test_a_wrong_measurement_is_told_beside_its_field_and_what_was_typed_is_kept(
    browser_of, wang, forecast, field, typed
):
    page = text_of(browser_of(wang).post(observe(forecast), seen(**{field: typed})), 422)

    shown = typed.replace("<", "&lt;")
    assert f'id="id_{field}_error"' in page
    assert field in {"site", "kind"} or f'value="{shown}"' in page or not typed
    assert not rows("forecasts.Observation").filter(series="").exists()
    assert rows("forecasts.Forecast").count() == 1


def test_the_same_measurement_again_is_a_duplicate_in_words(browser_of, wang, forecast):
    browser = browser_of(wang)
    browser.post(observe(forecast), seen())

    text_of(browser.post(observe(forecast), seen()), 422)

    assert rows("forecasts.Observation").filter(series="").count() == 1


@pytest.mark.parametrize("form", ["json", "geojson", "csv"])
def test_the_answer_is_given_as_a_file(browser_of, wang, forecast, form):
    answer = browser_of(wang).get(reverse("forecast_download", args=[forecast.uuid, form]))

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_file_that_is_none_and_one_not_made_yet_are_not_there(browser_of, wang, forecast, ask):
    browser, queued = browser_of(wang), ask()

    for uuid, form in ((forecast.uuid, "exe"), (queued.uuid, "json"), (uuid4(), "json")):
        answer = browser.get(reverse("forecast_download", args=[uuid, form]))
        assert answer.status_code == 404
    assert browser.get(reverse("forecast", args=[queued.uuid])).status_code == 200


def test_a_long_list_goes_on_with_older_pages(browser_of, wang, monkeypatch):
    monkeypatch.setattr(forecast_pages, "_PAGE", 1)
    browser = browser_of(wang)
    for _time in range(2):
        browser.post(reverse("new_forecast"), asked())
    first, second = (str(each.uuid) for each in rows("forecasts.Forecast").order_by("pk"))

    newest = text_of(browser.get(reverse("forecasts")))
    older = text_of(browser.get(reverse("forecasts"), {"page": "2"}))

    assert second in newest
    assert first not in newest
    assert first in older
    assert second not in older
    assert 'rel="next" href="?page=2"' in newest
    assert 'rel="prev" href="?page=1"' in older
    assert browser.get(reverse("forecasts"), {"page": "²"}).status_code == 200


@pytest.mark.parametrize(
    ("name", "cell"),
    [("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("@SUM", "'@SUM"), ("-1+2", "'-1+2"), ("Bayan", "Bayan")],
)
def test_no_name_of_a_pack_is_a_formula_in_the_table(browser_of, zhao, forecast, monkeypatch,
                                                     name, cell):  # fmt: skip
    monkeypatch.setattr(
        forecast_pages, "names_of", lambda codes, _language: dict.fromkeys(codes, name)
    )

    table = text_of(browser_of(zhao).get(reverse("forecast_download", args=[forecast.uuid, "csv"])))

    names = {row[2] for row in csv.reader(table.splitlines()[1:]) if row[0] == "place"}
    assert names == {cell}


@pytest.mark.parametrize("content", [EPIDEMIC, GAS, GRID, CHAIN], ids=lambda each: each["hazard"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_any_hazard_is_shown_in_its_own_unit(
    browser_of, wang, ask, make, content, language
):
    forecast = make(ask(scenario=content, scenario_key="drill", members=20))
    browser = browser_of(wang)
    browser.cookies["django_language"] = language

    pages = [
        browser.get(reverse(name, args=[forecast.uuid])) for name in ("forecast", "forecast_map")
    ]

    assert [page.status_code for page in pages] == [200, 200]
    assert "mg/L" not in text_of(pages[0])
    assert forecast.result["unit"] in text_of(pages[0])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (EPIDEMIC, ["reached means above 10.0 per 100,000"]),
        (FLOOD, ["reached means above warning level"]),
        (GRID, ["reached means more than 0% without the service", "(limit 0 %)", "100 %"]),
    ],
    ids=lambda each: each["hazard"] if isinstance(each, dict) else "",
)
def test_the_limit_of_any_hazard_is_told_in_words(browser_of, wang, ask, make, content, says):
    forecast = make(ask(scenario=content, scenario_key="drill", members=20))

    page = text_of(browser_of(wang).get(reverse("forecast", args=[forecast.uuid])))

    assert all(each in page for each in says)
    assert not re.search(r"above None|\(\)", page)


@pytest.mark.parametrize("content", [EPIDEMIC, GRID], ids=lambda each: each["hazard"])
def test_the_page_of_any_hazard_that_waits_is_shown_too(browser_of, wang, ask, content):
    forecast = ask(scenario=content, scenario_key="drill", members=20)

    page = browser_of(wang).get(reverse("forecast", args=[forecast.uuid]))

    assert page.status_code == 200


def test_the_form_of_a_spill_begins_from_no_other_hazard(browser_of, wang, load):
    rows("forecasts.Scenario").create(
        load=load, key="a-flu", title=EPIDEMIC["title"], hazard="epidemic", moves="travels",
        origin=rows("places.Place").get(code=UPPER), started_at=load.loaded_at,
        zone="Asia/Shanghai", content=EPIDEMIC,
    )  # fmt: skip

    page = browser_of(wang).get(reverse("new_forecast"), {"scenario": "small/a-flu"})

    assert page.status_code == 200
    assert 'value="small/a-flu"' not in page.content.decode()
