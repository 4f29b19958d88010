"""Asking for a forecast, seeing it come, and making it surer with a measurement."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import in_another_language, too_wide

KNOWN = "rows => rows.map((row) => row.dataset.key)"
COMPUTED_MS = 120_000.0  # the first question of a worker compiles the model
UNPROCESSABLE = "status of 422"


def open_all(page: Page) -> None:
    closed = page.locator("details.more:not([open]) > summary")
    while closed.count():
        closed.first.click()


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(visit, visitors):
    visitors.expect(UNPROCESSABLE)
    page = visit("/forecasts/new")
    page.fill("[name=mass_low]", "")
    page.fill("[name=thresholds]", "a little")
    page.fill("[name=duration_h]", "7")

    page.get_by_role("button", name="Compute the forecast").click()

    expect(page.get_by_role("alert").first).to_be_focused()
    for name in ("mass_low", "thresholds"):
        field = page.locator(f"[name={name}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f".field:has([name={name}]) .error")).to_be_visible()
        assert f"id_{name}_error" in (field.get_attribute("aria-describedby") or "")
    expect(page.locator("[name=thresholds]")).to_have_value("a little")
    expect(page.locator("[name=duration_h]")).to_have_value("7")


def test_a_mass_that_cannot_be_is_refused_beside_its_field(visit, visitors):
    visitors.expect(UNPROCESSABLE)
    page = visit("/forecasts/new")
    page.fill("[name=mass_low]", "-5")

    page.get_by_role("button", name="Compute the forecast").click()

    expect(page.locator(".field:has([name=mass_low]) .error")).to_be_visible()
    expect(page.locator("[name=mass_low]")).to_have_value("-5")


def test_a_number_out_of_range_names_the_range(visit, visitors):
    visitors.expect(UNPROCESSABLE)
    page = visit("/forecasts/new")
    open_all(page)
    page.fill("[name=members]", "5")

    page.get_by_role("button", name="Compute the forecast").click()

    expect(page.locator(".field:has([name=members]) .error")).to_contain_text("10")
    expect(page.locator("[name=members]")).to_be_visible()


def test_a_forecast_asked_for_in_one_browser_appears_in_another(visit):
    watching = visit("/forecasts/", who="viewer")
    expect(watching.locator("[data-connection][data-state=live]")).to_be_visible()
    known = watching.locator("tr[data-key]").evaluate_all(KNOWN)
    asking = visit("/forecasts/new")
    open_all(asking)
    asking.fill("[name=members]", "40")
    asking.fill("[name=seed]", "7")

    asking.get_by_role("button", name="Compute the forecast").click()

    asking.wait_for_url(re.compile(r"/forecasts/[0-9a-f-]{36}$"))
    uuid = asking.url.rsplit("/", 1)[1]
    assert uuid not in known
    row = watching.locator(f"tr[data-key='{uuid}'][data-mark=made]")
    expect(row).to_be_visible(timeout=COMPUTED_MS)
    expect(row).to_have_class(re.compile("fresh"))
    expect(asking.get_by_role("heading", name="In order of arrival")).to_be_visible()
    # The page that waited is a whole page now: time moves on its map.
    expect(asking.locator("[data-play]")).to_be_visible()


def test_a_flood_is_chosen_by_purpose_mended_computed_and_its_options_compared(visit, visitors):
    visitors.expect(UNPROCESSABLE)
    page = visit("/forecasts/new")
    page.get_by_role("link", name="A flood wave").click()
    expect(page.locator("nav.purposes [aria-current]")).to_contain_text("A flood wave")
    factor = page.get_by_label("Factor of the sources' flow")
    factor.fill("1000")
    page.fill("[name=members]", "40")

    page.get_by_role("button", name="Compute the forecast").click()

    beside = page.locator(".field", has=factor).locator(".error")
    expect(beside).to_contain_text("lies outside its range. Allowed: 0.01 … 100.")
    expect(factor).to_have_value("1000")
    factor.fill("1 – 1.4")
    page.get_by_role("button", name="Compute the forecast").click()
    page.wait_for_url(re.compile(r"/forecasts/[0-9a-f-]{36}$"))
    options = page.locator("#options")
    expect(options).to_be_visible(timeout=COMPUTED_MS)
    expect(options.locator("figure.map")).to_have_count(2)
    expect(options.locator("tbody tr").first).to_contain_text("±")
    open_all(page)
    expect(page.locator("#provenance")).to_contain_text("assumption: typed in the form")


@pytest.mark.parametrize(("language", "because"), [("zh-Hans", "因为"), ("en", "because")])
def test_a_chain_of_hazards_is_read_on_a_phone(visit, node, language, because):
    page = visit(node.path("/forecasts/{chain}"), language=language, width=360, height=740)
    open_all(page)

    assert too_wide(page) == []
    assert in_another_language(page, language) == []
    expect(page.locator("#options figure.map")).to_have_count(2)
    expect(page.locator("#options .legend").first).to_be_visible()
    expect(page.locator("#losses tbody tr")).to_have_count(1)
    expect(page.locator("#losses tbody td").last).to_contain_text("−")
    expect(page.locator("#reasons .tree .tree, #reasons .tree ul").first).to_contain_text(because)
    expect(page.locator("#provenance table")).to_have_count(2)
    # Tables that are wider than the phone are reached and moved by keys alone.
    sheet = page.locator("#options .sheet")
    sheet.focus()
    page.keyboard.press("ArrowRight")
    expect(sheet).to_be_focused()
    page.wait_for_function("sheet => sheet.scrollLeft > 0", arg=sheet.element_handle())


def test_asking_twice_by_a_double_press_asks_once(visit):
    page = visit("/forecasts/new")
    open_all(page)
    page.fill("[name=members]", "11")
    page.fill("[name=seed]", "8")

    page.get_by_role("button", name="Compute the forecast").dblclick()

    page.wait_for_url(re.compile(r"/forecasts/[0-9a-f-]{36}$"))
    key = page.url.rsplit("/", 1)[1]
    page.goto("/forecasts/")
    expect(page.locator("tbody tr").first).to_have_attribute("data-key", key)
    members = page.locator("tbody tr td:last-child").all_inner_texts()
    assert members.count("11") == 1


def test_a_measurement_sharpens_the_forecast(visit, node):
    page = visit(node.path("/forecasts/{newest}"))
    form = page.locator("#observe form")
    form.locator("[name=value]").fill("0.05")

    form.get_by_role("button", name="Record and compute again").click()

    expect(page.locator("#sharper")).to_be_visible(timeout=COMPUTED_MS)
    assert node.ids["newest"] not in page.url
    expect(page.locator("#sharper tbody tr").first).to_be_visible()
    page.get_by_role("link", name="The earlier forecast").click()
    expect(page).to_have_url(re.compile(node.ids["newest"]))


def test_a_measurement_that_cannot_be_is_refused_beside_its_field(visit, visitors, node):
    visitors.expect(UNPROCESSABLE)
    page = visit(node.path("/forecasts/{newest}"))
    form = page.locator("#observe form")
    form.locator("[name=value]").fill("much")

    form.get_by_role("button", name="Record and compute again").click()

    field = page.locator("#observe .field:has([name=value])")
    expect(field.locator(".error")).to_be_visible()
    expect(field.locator("input")).to_have_value("much")


def test_a_station_shows_the_band_and_what_was_measured(visit, node, built):
    page = visit(node.path("/forecasts/{newest}"))

    chart = page.locator("[data-chart].live canvas").first

    expect(chart).to_be_visible()
    data = page.evaluate("JSON.parse(document.getElementById('chart-data').textContent)")
    assert len(data["times"]) == len(data["p10"]) == len(data["p90"]) > 10
    assert data["limit"] > 0


def test_a_forecast_can_be_asked_for_and_read_without_javascript(visit):
    page = visit("/forecasts/new", java_script_enabled=False)
    page.click("details.more > summary")
    page.fill("[name=members]", "20")

    page.get_by_role("button", name="Compute the forecast").click()

    # The page that waits loads itself again.
    expect(page.get_by_role("heading", name="In order of arrival")).to_be_visible(
        timeout=COMPUTED_MS
    )
    expect(page.locator("svg.drawn").first).to_be_visible()
