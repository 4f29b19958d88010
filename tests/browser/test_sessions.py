"""Signing in, being signed out meanwhile, a line that breaks, and the other language."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.line import Line
from tests.browser.visitors import PASSWORD, sign_in

ENDED = ("status of 403",)  # the stream of live changes is closed to those who are signed out


def end_session(page):
    page.context.clear_cookies(name="sameboat_session")


def test_signing_in_leads_to_the_page_that_was_asked_for(visit):
    page = visit("/places/?q=哈尔滨", who=None)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    sign_in(page, "viewer")

    expect(page.get_by_role("heading", level=1)).to_have_text("Places")
    expect(page.locator("#q")).to_have_value("哈尔滨")


def test_a_wrong_password_is_said_in_words_and_the_name_is_kept(visit):
    page = visit("/accounts/login/", who=None)
    page.fill("input[name=login]", "viewer")
    page.fill("input[name=password]", PASSWORD + "!")

    page.get_by_role("button", name="Sign in").click()

    expect(page.locator(".error")).to_be_visible()
    expect(page.locator("input[name=login]")).to_have_value("viewer")


def test_what_was_typed_survives_a_session_that_ended(visit, visitors):
    visitors.expect(*ENDED)
    page = visit("/forecasts/new")
    page.fill("[name=mass_likely]", "77")
    end_session(page)

    page.get_by_role("button", name="Compute the forecast").click()

    sign_in(page, "wang")
    expect(page.get_by_role("heading", level=1)).to_have_text("What happened?")
    expect(page.locator("[name=mass_likely]")).to_have_value("77")


def test_what_was_sent_is_not_offered_again(visit):
    page = visit("/forecasts/new")
    page.click("details.more > summary")
    page.fill("[name=members]", "10")
    page.fill("[name=seed]", "99")

    page.get_by_role("button", name="Compute the forecast").click()

    page.wait_for_url(re.compile(r"/forecasts/[0-9a-f-]{36}$"))
    page.goto("/forecasts/new")
    expect(page.locator("[name=seed]")).to_have_value("1")


def test_a_decision_sent_after_the_session_ended_leads_back_to_the_alert(visit, visitors, node):
    visitors.expect(*ENDED)
    page = visit(node.path("/alerts/{draft}"))
    end_session(page)

    page.get_by_role("button", name="Submit to a second person").click()

    sign_in(page, "wang")
    expect(page.get_by_role("button", name="Submit to a second person")).to_be_visible()


def test_a_measurement_sent_after_the_session_ended_is_still_there(visit, visitors, node):
    visitors.expect(*ENDED)
    page = visit(node.path("/forecasts/{first}"))
    page.fill("#observe [name=value]", "0.123")
    end_session(page)

    page.get_by_role("button", name="Record and compute again").click()

    sign_in(page, "wang")
    expect(page.locator("#observe [name=value]")).to_have_value("0.123")


def test_a_lost_line_says_as_of_when_and_comes_back(visit, visitors, node):
    visitors.expect("Failed to load resource")
    with Line(urlsplit(node.address).port) as line:
        page = visit("/", address=line.address)
        connection = page.locator("[data-connection]")
        expect(connection).to_have_attribute("data-state", "live")

        line.cut()

        expect(connection).to_have_attribute("data-state", "lost")
        expect(connection).to_have_text(re.compile(r"as of \d\d:\d\d"))
        line.mend()
        expect(connection).to_have_attribute("data-state", "live")


def test_the_other_language_is_one_press_away_and_stays(visit):
    page = visit("/forecasts/")

    page.get_by_role("button", name="中文").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.goto("/places/")
    expect(page.get_by_role("heading", level=1)).to_have_text("地方")
    page.get_by_role("button", name="EN").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_signing_out_closes_the_house(visit):
    page = visit("/accounts/login/", who=None)
    sign_in(page, "viewer")
    page.click("[data-menu] > summary")

    page.locator("[data-menu]").get_by_role("button", name="Sign out").click()

    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_page_that_is_not_there_says_what_to_do(visit, visitors):
    visitors.expect("status of 404")
    page = visit("/forecasts/00000000-0000-0000-0000-000000000000")

    expect(page.get_by_role("heading", level=1)).to_contain_text("nothing here")
    expect(page.get_by_role("link", name="Go to the situation")).to_be_visible()


def test_who_may_not_administer_is_told_so(visit, visitors):
    visitors.expect("status of 403")
    page = visit("/house/people")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not allow this")
