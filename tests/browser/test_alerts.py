"""An alert needs two people, is read in three ways, and is issued once."""

import re

from playwright.sync_api import Page, expect

#: The page's stream begins when a test says so.
HOLDS_ITS_STREAM = """
delete window.SharedWorker;
const Stream = window.EventSource;
window.EventSource = function (address) {
  const wanted = [];
  this.addEventListener = (...each) => wanted.push(each);
  window.begin = () => {
    const real = new Stream(address);
    for (const each of wanted) real.addEventListener(...each);
  };
};
"""
HEADLINE = "Exercise: water from the river is not to be drunk"


def draft(page: Page, forecast: str) -> None:
    """Draft an exercise from a forecast; the page is then the form that edits it."""
    page.goto(f"/alerts/new?forecast={forecast}")
    page.get_by_label("exercise").check()
    page.get_by_role("button", name="Draft it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit the alert")


def submit(page: Page, headline: str) -> str:
    """Save and submit the draft that is open; return its path."""
    page.fill("[name=headline_en]", headline)
    page.get_by_role("button", name="Save and submit").click()
    expect(page.locator(".timeline")).to_contain_text("waits for a second person")
    return page.url.partition("/alerts/")[2]


def test_wang_writes_li_issues_and_everyone_sees_it(visit, node):
    wang, li = visit(), visit("/alerts/", who="li")
    draft(wang, node.ids["newest"])

    path = submit(wang, HEADLINE)

    expect(wang.get_by_role("button", name="Issue the alert")).to_have_count(0)
    waiting = li.locator(".notice", has_text=HEADLINE)
    expect(waiting).to_be_visible()
    waiting.get_by_role("link", name="Read and decide").click()
    expect(li.get_by_role("heading", level=1)).to_have_text(HEADLINE)
    li.get_by_role("button", name="Issue the alert").click()
    expect(li.get_by_text("Issued. It is in the log and in the feed.")).to_be_visible()
    expect(li.locator("main dl.facts")).to_contain_text("Identifier")
    expect(wang.locator(".timeline")).not_to_contain_text("waits for a second person")
    viewer = visit(f"/alerts/{path}", who="viewer")
    expect(viewer.get_by_role("heading", level=1)).to_have_text(HEADLINE)


def test_what_happens_after_a_page_was_drawn_and_before_it_listens_is_not_missed(visit, node):
    li, wang = visit("/alerts/", who="li", script=HOLDS_ITS_STREAM), visit()
    draft(wang, node.ids["newest"])
    submit(wang, "Exercise: said too early")
    waiting = li.locator(".notice", has_text="Exercise: said too early")
    expect(waiting).to_have_count(0)

    li.evaluate("begin()")

    expect(waiting).to_be_visible()


def test_who_wrote_it_is_refused_even_when_the_button_is_forged(visit, node):
    wang = visit()
    draft(wang, node.ids["newest"])
    submit(wang, "Exercise: forged")
    # The button that the page does not offer, by the form of the page itself.
    wang.evaluate(
        """() => {
          const form = document.querySelector('form[action$="/logout/"]').cloneNode(true);
          form.action = location.pathname + '/issue';
          for (const [name, value] of [['key', crypto.randomUUID()], ['revision', '2']]) {
            const field = document.createElement('input');
            field.name = name; field.value = value; form.append(field);
          }
          document.querySelector('main').append(form);
          form.submit();
        }"""
    )

    expect(wang.get_by_role("alert")).to_be_visible()
    expect(wang.locator(".timeline")).to_contain_text("waits for a second person")


def test_an_approval_sent_again_is_told_that_it_was_issued(visit, node):
    wang = visit()
    draft(wang, node.ids["newest"])
    path = submit(wang, "Exercise: twice")
    first = visit(f"/alerts/{path}", who="li")
    # Without JavaScript the page does not hear that it was issued meanwhile.
    second = visit(f"/alerts/{path}", who="li", java_script_enabled=False)
    first.get_by_role("button", name="Issue the alert").click()
    expect(first.get_by_text("Issued. It is in the log")).to_be_visible()

    second.get_by_role("button", name="Issue the alert").click()

    expect(second.get_by_role("alert")).to_contain_text("nothing was issued again")


def test_going_back_and_issuing_once_more_issues_nothing_more(visit, node):
    wang = visit()
    draft(wang, node.ids["newest"])
    path = submit(wang, "Exercise: back")
    li = visit(f"/alerts/{path}", who="li", java_script_enabled=False)
    li.get_by_role("button", name="Issue the alert").click()
    expect(li.get_by_text("Issued. It is in the log")).to_be_visible()
    identifier = li.locator("dd.mono").last.inner_text()

    li.go_back()

    again = li.get_by_role("button", name="Issue the alert")
    if again.count():
        again.click()
    expect(li.locator("dd.mono").last).to_have_text(identifier)
    li.goto("/alerts/?state=current")
    expect(li.get_by_role("link", name="Exercise: back")).to_have_count(1)


def test_a_double_press_drafts_once(visit, node):
    page = visit("/alerts/?state=open")
    before = page.locator("tbody tr[data-key]").count()
    page.goto(node.path("/alerts/new?forecast={newest}"))

    page.get_by_role("button", name="Draft it").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("Edit the alert")
    page.goto("/alerts/?state=open")
    expect(page.locator("tbody tr[data-key]")).to_have_count(before + 1)


def test_a_returned_alert_says_why_and_can_be_sent_again(visit, node):
    wang = visit()
    draft(wang, node.ids["newest"])
    path = submit(wang, "Exercise: returned")
    li = visit(f"/alerts/{path}", who="li")
    li.locator("details.deed > summary", has_text="Return it").click()
    li.fill("#because", "Name the wells as well.")

    li.locator("form button", has_text="Return it").click()

    wang.goto(f"/alerts/{path}/edit")
    expect(wang.locator(".notice.bad")).to_contain_text("Name the wells as well.")
    submit(wang, "Exercise: wells too")


def test_an_alert_is_previewed_as_map_as_text_and_as_xml(visit, node):
    page = visit(node.path("/alerts/{draft}"))

    expect(page.get_by_role("img", name=re.compile("^Map of the places warned"))).to_be_visible()
    expect(page.locator("article[lang=zh-CN]")).to_contain_text("吉林市")
    expect(page.locator("article[lang=en-US]")).to_contain_text("Jilin")
    page.get_by_text("As programs read it").click()
    expect(page.locator("pre.source")).to_contain_text("urn:oasis:names:tc:emergency:cap:1.2")
    with page.expect_download() as download:
        page.get_by_role("link", name="CAP file").click()
    assert download.value.path().read_bytes().startswith(b"<?xml")


def test_what_is_wrong_with_an_alert_stands_beside_its_field(visit, visitors, node):
    visitors.expect("status of 422")
    page = visit(node.path("/alerts/{draft}/edit"))
    page.fill("[name=expires]", "2005-11-01T00:00")
    page.fill("[name=note]", "kept as typed")

    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".field:has([name=onset]) .error")).to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("kept as typed")


def test_an_alert_is_written_submitted_and_issued_without_javascript(visit, node):
    wang = visit("/", java_script_enabled=False)
    draft(wang, node.ids["newest"])
    path = submit(wang, "Exercise: no script")

    li = visit(f"/alerts/{path}", who="li", java_script_enabled=False)
    li.get_by_role("button", name="Issue the alert").click()

    expect(li.get_by_text("Issued. It is in the log")).to_be_visible()


def test_a_file_of_others_is_read_judged_and_kept(visit, tmp_path):
    file = tmp_path / "theirs.xml"
    file.write_text("<!DOCTYPE alert><alert/>")
    page = visit("/alerts/")
    page.set_input_files("#file", file)

    page.get_by_role("button", name="Read and keep it").click()

    expect(page.get_by_role("heading", name="Refused")).to_be_visible()
    expect(page.locator("pre.source")).to_contain_text("<!DOCTYPE alert>")
