"""The audit as people read it."""

from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from django.urls import reverse

from sameboat.books.compacts.actions import propose_compact, sign_compact
from sameboat.console.tests.conftest import text_of
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow, note_answer
from sameboat.ground.logbook.queries import address_of
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.lib.times import as_utc_text

pytestmark = pytest.mark.django_db
JILIN = "cn:220200"
ALERT = f"{JILIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a14"


@pytest.fixture
def harbin(load, now):
    """Harbin's log, bound to us by a compact since five hours ago."""
    import_module("sameboat.books.compacts.reactions")
    began = now - timedelta(hours=5)
    far = FarLog()
    far.peer = joined(far, began)
    version = propose_compact(names={"en": "<b>Songhua</b>"}, purpose={"en": "Warn."},
                              members=[JILIN, HARBIN], key=UUID(int=1), by="operator",
                              now=began)  # fmt: skip
    sign_compact(proposal=version.proposal, by="operator", now=began)
    hear(far, began, "compact.signed", version.compact.address,
         {"proposal": version.proposal, "digest": version.digest})  # fmt: skip
    return far


def hear(far, when, kind, about, body=None, after=()):
    told = {"said_at": as_utc_text(when), "body": body or {}, "after": list(after)}
    far.entries.append(entry(0, kind=kind, about=about, **told))
    follow(peer=far.peer, fetch=far.fetch, now=when)
    deliver(now=when)


def issue(when):
    body = {"kind": "warning", "status": "Exercise", "headline": {"en-US": "<i>A spill</i>"}}
    return address_of(say(kind="alert.issued", place=JILIN, about=ALERT, body=body,
                          audience=["*"], by="operator", now=when))  # fmt: skip


def page_of(browser, status=200, **asked):
    return text_of(browser.get(reverse("audit"), asked), status)


def test_without_a_compact_the_page_says_what_comes_first(browser_of, hall, load):
    page = page_of(browser_of(hall))

    assert "Nothing to audit yet" in page
    assert reverse("compacts") in page


def test_an_empty_period_says_so(browser_of, hall, harbin):
    page = page_of(browser_of(hall))

    assert "Nothing was reported under this compact in this period." in page
    assert "Nothing late, missing, contradictory or withdrawn" in page
    assert "&lt;b&gt;Songhua&lt;/b&gt;" in page


def test_a_report_is_shown_with_what_is_known_and_what_is_not(browser_of, hall, harbin, now):
    said = issue(now - timedelta(hours=4))
    hear(harbin, now - timedelta(hours=3), "alert.received", ALERT, after=[said])

    page = page_of(browser_of(hall))

    assert "&lt;i&gt;A spill&lt;/i&gt;" in page
    assert "not told" in page
    assert "not known" in page
    assert reverse("entry", args=[HARBIN, 1]) in page
    assert reverse("receipt", args=[HARBIN, 1]) in page
    assert reverse("receipt", args=[JILIN, 3]) not in page  # not signed: there is none
    assert "Nothing late, missing" in page


def test_a_missing_receipt_is_a_fact_with_its_proof(browser_of, hall, harbin, now):
    said = issue(now - timedelta(hours=4))
    note_answer(peer=harbin.peer, now=now)

    page = page_of(browser_of(hall))

    facts = page[page.index('id="facts"') : page.index('id="reports"')]
    assert "Harbin has given no receipt" in facts
    assert said in facts


def test_a_period_is_read_in_this_nodes_zone_and_limits_what_is_shown(browser_of, hall, harbin,
                                                                      now):  # fmt: skip
    issue(now - timedelta(hours=4))

    page = page_of(browser_of(hall), until="2005-11-13T00:00")

    assert "A spill" not in page
    assert 'value="2005-11-13T00:00"' in page


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"from": "<soon>"}, "“&lt;soon&gt;” is no moment"),
        ({"from": "2005-11-14T00:00", "until": "2005-11-13T00:00"}, "ends before it begins"),
    ],
)
def test_what_is_no_period_is_named_beside_its_field_and_kept(browser_of, hall, harbin, asked,
                                                              says):  # fmt: skip
    page = page_of(browser_of(hall), status=422, **asked)

    assert says in page
    assert "aria-invalid" in page


def test_who_may_not_look_at_this_place_sees_no_audit(browser_of, sun, harbin):
    assert browser_of(sun).get(reverse("audit")).status_code == 403
