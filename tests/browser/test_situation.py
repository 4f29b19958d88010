"""The page people will remember: map, time, and what is left without WebGL2 or JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import WITHOUT_WEBGL2

PICTURE = "() => document.querySelector('[data-map] .canvas canvas').toDataURL()"
ANOTHER_PICTURE = f"before => ({PICTURE})() !== before"
COLOURS = """() => [...document.querySelectorAll('svg.drawn [data-kind]')]
  .map((each) => each.getAttribute('class')).join()"""


def drawn(page: Page, how: str) -> None:
    expect(page.locator(f"[data-map][data-drawn={how}]")).to_be_visible()


def set_time(page: Page, step: int) -> None:
    page.locator("#hour").fill(str(step))


@pytest.mark.parametrize(("script", "how"), [("", "webgl"), (WITHOUT_WEBGL2, "canvas")])
def test_the_slider_changes_the_map_with_and_without_webgl2(visit, built, script, how):
    page = visit("/", script=script)
    drawn(page, how)
    set_time(page, 2)
    early, said = page.evaluate(PICTURE), page.locator("[data-now-shown]").text_content()

    set_time(page, 30)

    page.wait_for_function(ANOTHER_PICTURE, arg=early)
    expect(page.locator("[data-now-shown]")).not_to_have_text(said)
    expect(page.locator("[data-by=at]")).to_have_attribute("aria-pressed", "true")
    assert page.locator("#hour").get_attribute("aria-valuetext") in page.text_content(
        "[data-now-shown]"
    )


def test_play_goes_on_by_itself_until_it_is_stopped(visit):
    page = visit("/")
    play = page.locator("[data-play]")
    expect(play).to_be_visible()
    set_time(page, 2)
    before = page.evaluate(COLOURS)

    play.click()

    expect(play).to_have_text("Stop")
    page.wait_for_function("() => document.querySelector('#hour').value >= 12")
    play.click()
    expect(play).to_have_text("Play")
    assert page.evaluate(COLOURS) != before


def test_the_map_is_coloured_by_chance_or_by_time_of_arrival(visit):
    page = visit("/")
    expect(page.locator("[data-play]")).to_be_visible()

    page.click("[data-by=arrival]")

    expect(page.locator("[data-legend=arrival]")).to_be_visible()
    expect(page.locator("[data-legend=chance]")).to_be_hidden()
    assert re.search(r"told a\d", page.evaluate(COLOURS))
    page.click("[data-by=ever]")
    expect(page.locator("[data-legend=chance]")).to_be_visible()
    assert not re.search(r"told a\d", page.evaluate(COLOURS))


def test_a_place_pointed_at_in_the_list_is_named_on_the_map(visit):
    page = visit("/")
    expect(page.locator("[data-play]")).to_be_visible()
    row = page.locator("[data-reached] > ol > li").first

    row.hover()

    expect(page.locator("[data-tip]")).to_contain_text(row.locator("a").inner_text())


def test_the_list_says_ranges_and_likelihoods_in_words(visit):
    page = visit("/")

    row = page.locator("[data-reached] > ol > li").first

    expect(row.locator(".when")).to_contain_text(re.compile(r"\d"))
    expect(row.locator(".sure")).to_contain_text(re.compile(r"[a-z]+ \d+"))
    expect(row).to_contain_text(re.compile(r"peak .+–.+ mg/L"))


def test_the_table_behind_the_map_can_be_copied(visit):
    page = visit("/", permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("t")
    expect(page.locator("#places-table")).to_be_visible()

    page.get_by_role("button", name="Copy the table").click()

    expect(page.locator("[data-toasts]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "\t" in copied
    assert "cn:220200" in copied


def test_without_javascript_there_are_a_drawing_a_table_and_time(visit):
    page = visit("/", java_script_enabled=False)

    expect(page.get_by_role("img", name=re.compile("^Map:"))).to_be_visible()
    page.click("[data-table] > summary")
    expect(page.locator("#places-table tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Time of arrival").click()
    expect(page.locator("[data-now-shown]")).to_have_text("Coloured by time of arrival")
    assert page.locator("svg.drawn .told[class*=' a']").count() > 0


def test_without_javascript_the_map_is_shown_at_the_hour_asked_for(visit):
    page = visit("/", java_script_enabled=False)
    page.get_by_role("button", name="Reached at all").click()
    ever = page.evaluate(COLOURS)
    page.locator("#hour").focus()
    page.keyboard.press("Home")

    page.get_by_role("button", name="Show").click()

    expect(page.locator("[data-by=at]")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(COLOURS) != ever
