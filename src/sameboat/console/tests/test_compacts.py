"""Compacts as people see them, sign them and leave them."""

from importlib import import_module
from uuid import uuid4

import pytest
from django.urls import reverse

from sameboat.console.tests.conftest import page_after, rows, text_of
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined

pytestmark = pytest.mark.django_db
JILIN = "cn:220200"
THEIRS = f"{HARBIN}/compact/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a12"


@pytest.fixture
def harbin(load, now):
    import_module("sameboat.books.compacts.reactions")
    far = FarLog()
    far.peer = joined(far, now)
    return far


def hear(far, now, kind, about, **body):
    far.entries.append(entry(0, kind=kind, about=about, body=body))
    follow(peer=far.peer, fetch=far.fetch, now=now)
    deliver(now=now)
    return f"{HARBIN}/entry/{len(far.entries) - 1}"


@pytest.fixture
def theirs(harbin, now):
    """A proposal of Harbin's that waits for us."""
    return hear(
        harbin, now, "compact.proposed", THEIRS, key="k",
        names={"en": "<b>Songhua</b>", "zh-Hans": "松花江"}, purpose={"en": "Warn each other."},
        members=[JILIN, HARBIN], coordinating_body="", led_from="beside", amends="",
    )  # fmt: skip


def form_of(**changes):
    said = {
        "name_en": "River", "name_zh": "", "purpose_en": "Warn.\r\nHelp.", "purpose_zh": "",
        "members": [JILIN, HARBIN], "body": "", "led": "beside",
    }  # fmt: skip
    return {"key": str(uuid4())} | said | changes


def decide(browser, deed, address=THEIRS, **more):
    return browser.post(reverse("compact", args=[address]), {"deed": deed, **more})


def test_an_empty_page_says_how_to_begin_to_who_may(browser_of, li, hall, load):
    page = text_of(browser_of(li).get(reverse("compacts")))

    assert "No compact yet" in page
    assert reverse("edit_compact") in page
    assert reverse("edit_compact") not in text_of(browser_of(hall).get(reverse("compacts")))


def test_without_a_peer_the_form_says_what_comes_first(browser_of, li, load):
    page = text_of(browser_of(li).get(reverse("edit_compact")))

    assert "No other place is followed yet" in page


def test_what_waits_for_us_is_signed_and_twice_is_once(browser_of, li, theirs):
    browser = browser_of(li)
    listed = text_of(browser.get(reverse("compacts")))
    assert "&lt;b&gt;Songhua&lt;/b&gt;" in listed
    assert "waits for us" in listed

    for _twice in range(2):
        page = page_after(browser, decide(browser, "sign", proposal=theirs))

    assert "1 of 2 have signed" in page
    assert reverse("entry", args=[JILIN, 1]) in page
    assert rows("logbook.Entry").filter(kind="compact.signed").count() == 1


def test_it_is_in_force_once_both_have_signed_and_can_be_left(browser_of, li, theirs, harbin, now):
    browser = browser_of(li)
    decide(browser, "sign", proposal=theirs)
    version = rows("compacts.CompactVersion").get()
    hear(harbin, now, "compact.signed", THEIRS, proposal=theirs, digest=version.digest)
    page = text_of(browser.get(reverse("compact", args=[THEIRS])))
    assert "2 of 2 have signed" in page
    assert "in force since" in page

    for _twice in range(2):
        page = page_after(browser, decide(browser, "leave", because="reorganised"))

    assert "ended" in page
    assert rows("logbook.Entry").filter(kind="compact.left").count() == 1


def test_declining_says_why_and_what_is_decided_is_refused_in_words(browser_of, li, theirs):
    browser = browser_of(li)

    page = page_after(browser, decide(browser, "decline", proposal=theirs, because="too <early>"))
    assert "too &lt;early&gt;" in page

    page = page_after(browser, decide(browser, "sign", proposal=theirs))
    assert "cn:220200 has said already: declined" in page


@pytest.mark.parametrize("who", ["hall", "wang", "sun"])
def test_who_may_not_approve_here_reads_and_decides_nothing(browser_of, request, who, theirs):
    browser = browser_of(request.getfixturevalue(who))

    page = text_of(browser.get(reverse("compact", args=[THEIRS])))

    assert 'name="deed"' not in page
    assert decide(browser, "sign", proposal=theirs).status_code == 403
    assert browser.get(reverse("edit_compact")).status_code == 403
    assert browser.post(reverse("edit_compact"), form_of()).status_code == 403
    assert not rows("logbook.Entry").filter(kind="compact.signed").exists()


def test_proposing_twice_is_once(browser_of, li, harbin):
    browser, form = browser_of(li), form_of()

    for _twice in range(2):
        page = page_after(browser, browser.post(reverse("edit_compact"), form))

    assert "0 of 2 have signed" in page
    assert rows("compacts.CompactVersion").get().purpose == {"en": "Warn.\nHelp."}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"members": [JILIN]}, "2 … 500"),
        ({"name_en": " "}, "Allowed: a text in zh-Hans, in en, or in both"),
        ({"name_en": "x" * 201}, "1 … 200"),
        ({"led": "above"}, "then with a coordinating body"),
        ({"members": ["cn:999999", JILIN]}, "cn:999999"),
    ],
)
def test_what_cannot_be_agreed_stands_beside_its_field_and_is_kept(
    browser_of, li, harbin, changes, says
):
    page = text_of(browser_of(li).post(reverse("edit_compact"), form_of(**changes)), status=422)

    assert says in page
    assert "Warn." in page
    assert not rows("compacts.CompactVersion").exists()


def test_another_text_shows_what_it_changes(browser_of, li, theirs, harbin, now):
    browser = browser_of(li)
    decide(browser, "sign", proposal=theirs)
    version = rows("compacts.CompactVersion").get()
    hear(harbin, now, "compact.signed", THEIRS, proposal=theirs, digest=version.digest)
    address = f"{reverse('edit_compact')}?amends={THEIRS}"
    assert "Warn each other." in text_of(browser.get(address))

    page = page_after(browser, browser.post(address, form_of(name_zh="松花江")))

    assert "What changes" in page
    assert "Version 2" in page
    assert "Warn each other." in page[page.index("What changes") : page.index("Version 1")]
    assert text_of(browser.get(reverse("compacts"))).count("data-key=") == 2


@pytest.mark.parametrize(
    ("method", "address", "told"),
    [
        ("get", "/compacts/cn:220200/compact/7", {}),
        ("get", "/compacts/nonsense", {}),
        ("get", "/compacts/new?amends=cn:220200/compact/7", {}),
        ("post", f"/compacts/{THEIRS}", {"deed": "burn"}),
        ("post", f"/compacts/{THEIRS}", {"deed": "sign", "proposal": "cn:1/entry/9"}),
        ("post", "/compacts/new", {"name_en": "no key"}),
    ],
)
def test_what_is_not_there_is_not_found(browser_of, li, theirs, method, address, told):
    assert getattr(browser_of(li), method)(address, told).status_code == 404
