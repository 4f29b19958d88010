"""Everything by keyboard: skip links, a visible focus, the list of keys."""

import pytest
from playwright.sync_api import expect

FOCUSED = """() => {
  const each = document.activeElement;
  const look = getComputedStyle(each);
  return {
    name: (each.textContent ?? '').trim().slice(0, 40) || each.id,
    tag: each.tagName,
    first: each.matches('main .button.first'),
    seen: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2,
  };
}"""


def test_the_first_stop_skips_to_the_page(visit):
    page = visit("/")

    page.keyboard.press("Tab")

    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize(
    "path", ["/", "/forecasts/", "/forecasts/new", "/alerts/", "/alerts/{draft}/edit", "/places/"]
)
def test_the_main_action_is_reached_by_tab_with_the_focus_always_seen(visit, node, path):
    page = visit(node.path(path))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    unseen, reached = [], False

    for _stop in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if not at["seen"]:
            unseen.append(at)
        if at["first"]:
            reached = True
            break

    assert unseen == []
    assert reached


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(visit):
    page = visit("/places/")

    page.keyboard.press("?")

    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_two_keys_go_to_another_page(visit):
    page = visit("/places/")

    page.keyboard.press("g")
    page.keyboard.press("f")

    expect(page.get_by_role("heading", level=1)).to_have_text("Forecasts")


def test_keys_typed_into_a_field_are_only_typed(visit):
    page = visit("/places/")
    page.focus("#q")

    page.keyboard.type("g?f")

    expect(page.locator("#q")).to_have_value("g?f")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_arrows_move_time_and_k_plays(visit):
    page = visit("/")
    expect(page.locator("[data-play]")).to_be_visible()
    page.locator("#hour").fill("5")
    page.locator("h1").click()

    page.keyboard.press("ArrowRight")
    expect(page.locator("#hour")).to_have_value("6")
    page.keyboard.press("ArrowLeft")

    expect(page.locator("#hour")).to_have_value("5")
    page.keyboard.press("k")
    expect(page.locator("[data-play]")).to_have_text("Stop")


def test_escape_closes_the_menu_and_the_focus_stays_at_it(visit):
    page = visit("/")
    menu = page.locator("[data-menu] > summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sessions")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Sessions")).to_be_hidden()
    expect(menu).to_be_focused()
