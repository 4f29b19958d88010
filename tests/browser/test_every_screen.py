"""Every screen opens in both languages, for eyes, ears, keys and a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.reading import heard_wrongly, in_another_language, too_wide

SCREENS = {
    "situation": "/",
    "forecasts": "/forecasts/",
    "new forecast": "/forecasts/new",
    "new flood": "/forecasts/new/river_flood",
    "no ash yet": "/forecasts/new/ash_fall",
    "forecast": "/forecasts/{newest}",
    "chain": "/forecasts/{chain}",
    "alerts": "/alerts/",
    "new alert": "/alerts/new",
    "alert by hand": "/alerts/new?by_hand=1",
    "alert": "/alerts/{issued}",
    "alert of another place": "/alerts/foreign/cn:230100/3",
    "refused": "/alerts/foreign/cn:230100/4",
    "draft": "/alerts/{draft}",
    "edit alert": "/alerts/{draft}/edit",
    "places": "/places/?q=a",
    "place": "/places/cn:230100",
    "log": "/log/",
    "entry": "/log/cn:220200/0",
    "peers": "/peers/",
    "compacts": "/compacts/",
    "compact": "/compacts/{compact}",
    "audit": "/audit/",
    "tokens": "/house/tokens",
    "design": "/design",
    "sessions": "/accounts/sessions/",
    "two-step sign-in": "/accounts/2fa/",
    "password": "/accounts/password/change/",
    "sign out": "/accounts/logout/",
}
OTHERS = {
    "people": ("/house/people", "zhao"),
    "journal": ("/house/journal", "zhao"),
    "new compact": ("/compacts/new", "li"),
    "compact to decide on": ("/compacts/{compact}", "li"),
    "sign in": ("/accounts/login/", None),
}
ALL = {name: (path, "wang") for name, path in SCREENS.items()} | OTHERS


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("name", ALL)
def test_a_screen_is_whole(visit, node, name, language):
    path, who = ALL[name]

    page = visit(node.path(path), who=who, language=language)

    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h1")).to_be_visible()
    assert in_another_language(page, language) + heard_wrongly(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert too_wide(page) == []
