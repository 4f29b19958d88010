"""Drafting, editing, deciding: each form works, once, for those who may, and says why not."""

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sameboat.console.tests.conftest import NOON, page_after, rows, text_of
from sameboat.ground.people.actions import OPERATOR, give_role
from sameboat.ground.places.tests.small_pack import UPPER
from sameboat.watch.alerts.cap.tests.messages import message

pytestmark = pytest.mark.django_db


def written(**changes):
    """Return what the form by hand sends."""
    texts = {
        f"{part}_{tag}": f"{part} {tag}"
        for part in ("headline", "description", "instruction") for tag in ("zh", "en")
    }  # fmt: skip
    return {
        "key": str(uuid4()), "revision": "1", "kind": "warning", "status": "Exercise",
        "event_zh": "水污染", "event_en": "Water pollution", "category": "Env", "level": "II",
        "urgency": "Expected", "severity": "Severe", "certainty": "Likely",
        "expires": "2005-11-20T12:00", "areas": "cn:230102 Daoli\n", **texts, **changes,
    }  # fmt: skip


def deed(alert, name):
    return reverse("act_on_alert", args=[alert.uuid, name])


def sent(alert, **changes):
    return {"key": str(uuid4()), "revision": str(alert.revision), **changes}


def test_an_alert_is_drafted_from_a_forecast(browser_of, wang, forecast):
    form = {"forecast": str(forecast.uuid), "kind": "warning", "status": "Exercise"}

    answer = browser_of(wang).post(reverse("new_alert"), {**form, "key": str(uuid4())})

    alert = rows("alerts.Alert").get()
    assert answer.url == reverse("edit_alert", args=[alert.uuid])
    assert (alert.forecast, alert.author, alert.status) == (forecast, wang, "Exercise")


def test_an_alert_written_by_hand_sent_twice_is_one(browser_of, wang):
    form, browser = written(), browser_of(wang)

    answers = [browser.post(reverse("new_alert"), form) for _time in range(2)]

    alert = rows("alerts.Alert").get()
    assert {each.url for each in answers} == {reverse("alert", args=[alert.uuid])}
    assert alert.content["areas"][0]["code"] == "cn:230102"


def chosen(page):
    """Return which of the statuses is chosen on a page."""
    return re.findall(r'name="status" value="(\w+)" checked', page)


@pytest.mark.parametrize(("demo", "status"), [(True, "Exercise"), (False, "Actual")])
def test_nothing_on_a_demo_is_real_unless_somebody_says_so(
    browser_of, wang, settings, demo, status
):
    settings.DEMO = demo
    form = written()
    del form["status"]
    browser = browser_of(wang)

    shown = text_of(browser.get(reverse("new_alert"), {"by_hand": "1"}))
    browser.post(reverse("new_alert"), form)

    assert chosen(shown) == [status]
    assert rows("alerts.Alert").get().status == status


def test_what_was_chosen_stays_chosen_while_the_rest_is_mended(browser_of, wang):
    page = browser_of(wang).post(reverse("new_alert"), written(status="Test", expires="never"))

    assert chosen(text_of(page, 422)) == ["Test"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("expires", "tomorrow"), ("expires", ""), ("onset", "2005-13-40T00:00"),
        ("severity", "Awful"), ("areas", "harbin"), ("areas", "cn:999999"), ("areas", ""),
        ("headline_en", "x" * 161), ("headline_zh", ""), ("event_en", "x" * 81),
        ("note", "half a word \uffff"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_beside_it_and_what_was_typed_is_kept(browser_of, wang, field, typed):
    form = written(**{field: typed, "description_en": "typed with care"})

    page = text_of(browser_of(wang).post(reverse("new_alert"), form), 422)

    assert f'id="id_{field}_error"' in page
    assert "typed with care" in page
    assert field == "severity" or typed in page
    assert not rows("alerts.Alert").exists()


@pytest.mark.parametrize("name", ["kind", "status"])
def test_a_kind_that_is_none_is_refused_in_words(browser_of, wang, name):
    page = text_of(browser_of(wang).post(reverse("new_alert"), written(**{name: "joke"})), 422)

    assert "not one of those allowed" in page
    assert not rows("alerts.Alert").exists()


def test_who_may_only_look_drafts_and_decides_nothing(browser_of, hall, submitted):
    browser = browser_of(hall)

    assert browser.post(reverse("new_alert"), written()).status_code == 403
    for name in ("issue", "return"):
        page = page_after(browser, browser.post(deed(submitted, name), sent(submitted)))
        assert "Your roles do not let you" in page
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_a_form_without_its_key_is_not_done(browser_of, li, submitted):
    answer = browser_of(li).post(deed(submitted, "issue"), {"revision": "1"})

    assert answer.status_code == 404
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_editing_an_old_revision_is_refused_and_what_was_typed_is_kept(browser_of, wang, draft):
    browser, address = browser_of(wang), reverse("edit_alert", args=[draft.uuid])
    browser.post(address, written())

    page = text_of(browser.post(address, written(headline_en="my other words")))

    assert "my other words" in page
    draft.refresh_from_db()
    assert draft.revision == 2
    assert draft.content["texts"]["en-US"]["headline"] == "headline en"


def test_after_a_refused_submission_the_form_can_be_mended_and_sent_again(browser_of, wang, draft):
    browser, address = browser_of(wang), reverse("edit_alert", args=[draft.uuid])
    late = written(expires="2005-11-13T13:30", submit="1")

    page = text_of(browser.post(address, late))

    draft.refresh_from_db()
    assert draft.state == "draft"
    assert f'name="revision" value="{draft.revision}"' in page
    browser.post(address, written(revision=str(draft.revision), submit="1"))
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_a_look_in_the_background_does_not_use_up_what_the_next_page_says(
    browser_of, li, submitted
):
    browser = browser_of(li)
    browser.post(deed(submitted, "issue"), sent(submitted))
    page = reverse("alert", args=[submitted.uuid])

    heard = text_of(browser.get(page, headers={"hx-request": "true"}))
    shown = text_of(browser.get(page))

    assert "Issued. It is in the log" not in heard
    assert "Issued. It is in the log" in shown


def test_the_author_may_not_issue_whatever_role_she_gets(browser_of, wang, submitted, load):
    give_role(person=wang, place=UPPER, kind="administrator", by=OPERATOR, now=NOON)
    browser = browser_of(wang)

    page = page_after(browser, browser.post(deed(submitted, "issue"), sent(submitted)))

    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert "wrote or submitted this alert: a second person must issue it" in page


def test_who_changed_it_may_not_issue_it(browser_of, li, zhao, wang, draft):
    editor, author = browser_of(li), browser_of(wang)
    editor.post(reverse("edit_alert", args=[draft.uuid]), written())
    draft.refresh_from_db()
    author.post(deed(draft, "submit"), sent(draft))

    editor.post(deed(draft, "issue"), sent(draft))

    draft.refresh_from_db()
    assert draft.state == "submitted"
    browser_of(zhao).post(deed(draft, "issue"), sent(draft))
    draft.refresh_from_db()
    assert (draft.state, draft.issued_by) == ("issued", zhao)


def test_issuing_twice_with_the_form_is_once_and_a_replay_is_refused(browser_of, li, submitted):
    browser, form = browser_of(li), sent(submitted)
    first = page_after(browser, browser.post(deed(submitted, "issue"), form))
    twice = page_after(browser, browser.post(deed(submitted, "issue"), form))

    replayed = page_after(browser, browser.post(deed(submitted, "issue"), sent(submitted)))

    assert "Issued." in first
    assert "nothing was issued again" not in twice
    assert "nothing was issued again" in replayed
    assert rows("alerts.Alert").filter(state="issued").count() == 1


def test_an_approval_of_an_old_revision_is_refused(browser_of, li, wang, submitted):
    browser, old = browser_of(li), sent(submitted)
    browser.post(deed(submitted, "return"), sent(submitted, because="name the river"))
    submitted.refresh_from_db()
    browser_of(wang).post(deed(submitted, "submit"), sent(submitted))

    page_after(browser, browser.post(deed(submitted, "issue"), old))

    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert submitted.returned_because == "name the river"


@pytest.mark.parametrize("revision", ["", "x", "9" * 5000, "-1"])
def test_a_revision_that_is_none_issues_nothing(browser_of, li, submitted, revision):
    browser = browser_of(li)

    page_after(browser, browser.post(deed(submitted, "issue"), sent(submitted, revision=revision)))

    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_an_update_and_a_cancel_are_drafted_once(browser_of, li, wang, submitted):
    browser_of(li).post(deed(submitted, "issue"), sent(submitted))
    browser = browser_of(wang)
    for name in ("update", "cancel"):
        form = sent(submitted, because="the tap water is good again")
        for _time in range(2):
            assert browser.post(deed(submitted, name), form).status_code == 302

    found = rows("alerts.Alert").exclude(pk=submitted.pk).values_list("message_type", "earlier")

    assert sorted(found) == [("Cancel", submitted.pk), ("Update", submitted.pk)]


def test_a_cancel_warns_of_nothing_on_any_page(browser_of, li, zhao, wang, submitted):
    browser_of(li).post(deed(submitted, "issue"), sent(submitted))
    browser, because = browser_of(wang), {"because": "the tap water is good again"}
    browser.post(deed(submitted, "cancel"), sent(submitted, **because))
    cancel = rows("alerts.Alert").get(message_type="Cancel")
    browser.post(deed(cancel, "submit"), sent(cancel))
    cancel.refresh_from_db()
    browser_of(li).post(deed(cancel, "issue"), sent(cancel))

    home = text_of(browser.get(reverse("situation")))
    listed = text_of(browser.get(reverse("alerts")))
    page = text_of(browser.get(reverse("alert", args=[cancel.uuid])))

    assert "in force until" not in home
    assert str(cancel.uuid) not in home
    assert '<span class="badge done">in force' not in listed + page
    assert "ends an alert" in listed
    assert "ends an alert" in page
    assert str(cancel.uuid) not in text_of(browser.get(reverse("alerts"), {"state": "current"}))


def test_a_deed_that_is_none_is_not_there(browser_of, li, submitted):
    assert browser_of(li).post(deed(submitted, "delete"), sent(submitted)).status_code == 404
    # Whoever signs in on the way to a deed is led back to the alert, and nothing is done.
    answer = browser_of(li).get(deed(submitted, "issue"))
    assert answer.url == reverse("alert", args=[submitted.uuid])
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_markup_in_an_alert_is_shown_and_not_run(browser_of, wang):
    form = written(headline_en="<script>alert(1)</script>", note="<img src=x onerror=alert(1)>")
    browser = browser_of(wang)

    page = page_after(browser, browser.post(reverse("new_alert"), form))

    assert "<script>alert(1)" not in page + text_of(browser.get(reverse("alerts")))
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_a_file_of_others_is_kept_with_its_verdict_and_its_name_is_text(browser_of, wang):
    browser = browser_of(wang)
    file = SimpleUploadedFile("<b>cap<.xml", message())

    page = page_after(browser, browser.post(reverse("take_in"), {"file": file}))

    assert rows("alerts.ReceivedAlert").get().source == "<b>cap<.xml"
    assert "<b>cap" not in page


@pytest.mark.parametrize("raw", ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"), b"?"])
def test_an_unsafe_file_is_kept_refused_with_the_reason(browser_of, wang, raw):
    browser = browser_of(wang)

    page = page_after(
        browser, browser.post(reverse("take_in"), {"file": SimpleUploadedFile("a.xml", raw)})
    )

    kept = rows("alerts.ReceivedAlert").get()
    assert kept.verdict == "refused"
    assert kept.reason["code"]
    assert "a.xml" in page


def test_a_file_too_large_is_kept_unread_and_refused_in_words(browser_of, wang):
    browser = browser_of(wang)
    file = SimpleUploadedFile("a.xml", b" " * (2 * 1024 * 1024 + 1))

    page = page_after(browser, browser.post(reverse("take_in"), {"file": file}))

    kept = rows("alerts.ReceivedAlert").get()
    assert kept.verdict == "refused"
    assert "The message has 2097153 bytes." in page


def test_who_may_only_look_keeps_no_file(browser_of, hall, now):
    browser = browser_of(hall)
    file = SimpleUploadedFile("a.xml", message())

    page = page_after(browser, browser.post(reverse("take_in"), {"file": file}))

    assert f"draft alerts at {UPPER}" in page
    assert not rows("alerts.ReceivedAlert").exists()


def test_a_feed_is_shown_as_one_with_the_alerts_taken_from_it(browser_of, wang):
    browser, bare = browser_of(wang), message().partition(b"\n")[2]
    file = SimpleUploadedFile("feed.xml", b"<rss><item>%s</item></rss>" % bare)

    page = page_after(browser, browser.post(reverse("take_in"), {"file": file}))

    alert = rows("alerts.ReceivedAlert").get(source="feed.xml#1")
    assert "A feed, not an alert" in page
    assert reverse("received", args=[alert.digest]) in page
    assert bytes(alert.raw) == bare.strip()


def test_a_search_report_is_written_for_one_place_and_is_public_to_nobody_else(
    browser_of, wang, li, hall, sun
):
    form = written(kind="search_report", for_whom="named", others="cn:230100 Harbin\n")
    browser = browser_of(wang)

    browser.post(reverse("new_alert"), form)

    alert = rows("alerts.Alert").get()
    assert (alert.kind, alert.audience, alert.recipients) == (
        "search_report", ["cn:230100"], []
    )  # fmt: skip
    page = text_of(browser.get(reverse("edit_alert", args=[alert.uuid])))
    assert 'value="named" checked' in page
    assert "cn:230100" in page[page.index('name="others"') :]
    browser.post(deed(alert, "submit"), sent(alert))
    browser_of(li).post(deed(alert, "issue"), sent(alert))
    alert.refresh_from_db()
    assert alert.state == "issued"
    for page in ("alert", "alert_cap"):
        assert browser_of(hall).get(reverse(page, args=[alert.uuid])).status_code == 200
        assert browser_of(sun).get(reverse(page, args=[alert.uuid])).status_code == 404
    assert alert.identifier not in text_of(browser_of(hall).get(reverse("alert_feed")))


def test_a_form_that_does_not_say_for_whom_leaves_it_as_it_was(browser_of, wang):
    browser = browser_of(wang)
    browser.post(reverse("new_alert"), written(for_whom="named", others="cn:230100"))
    alert = rows("alerts.Alert").get()

    browser.post(reverse("edit_alert", args=[alert.uuid]), written(note="new"))

    alert.refresh_from_db()
    assert (alert.content["note"], alert.audience) == ("new", ["cn:230100"])


@pytest.mark.parametrize("whom", ["named", "cn:230100/compact/none", "x"])
def test_an_audience_that_is_none_is_said_above_the_form(browser_of, wang, whom):
    page = text_of(browser_of(wang).post(reverse("new_alert"), written(for_whom=whom)), 422)

    assert "Say it to everyone, or name places by their codes." in page
    assert not rows("alerts.Alert").exists()
