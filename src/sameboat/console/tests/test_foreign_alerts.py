"""An alert of another place: read, answered, taken back; and the board of one of ours."""

from importlib import import_module
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.translation import override

from sameboat.console.alert_form import CERTAINTY_WORDS
from sameboat.console.tests.conftest import rows, text_of
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow, note_failure
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.ground.people.actions import give_role
from sameboat.watch.alerts import actions

pytestmark = pytest.mark.django_db
HOME = "cn:220200"
THEIRS = f"{HARBIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11"
BODY = {
    "kind": "warning", "status": "Exercise", "message_type": "Alert", "level": "II",
    "headline": {"zh-CN": "泄漏", "en-US": "<b>A spill</b>"}, "expires": "soon",
    "texts": {"en-US": {"description": "Oil <i>upstream</i>.", "instruction": "Close intakes."},
              "zh-CN": {"description": "上游漏油。", "instruction": "关闭取水口。"}},
    "addressed": [
        {"place": HOME, "p_reached_permille": 960, "arrival_p10_at": "2005-11-20T00:00:00.000Z",
         "arrival_p50_at": "2005-11-20T06:00:00.000Z",
         "arrival_p90_at": "2005-11-20T12:00:00.000Z"},
    ],
}  # fmt: skip


@pytest.fixture
def harbin(draft, now):
    import_module("sameboat.watch.alerts.reactions")
    far = FarLog()
    far.peer = joined(far, now)
    return far


@pytest.fixture
def hear(harbin, now):
    """Return what lets Harbin say something, which then arrives."""

    def say(said, about=THEIRS, after=(), **body):
        harbin.entries.append(entry(0, kind=said, about=about, after=list(after), body=body))
        follow(peer=harbin.peer, fetch=harbin.fetch, now=now)
        deliver(now=now)

    return say


@pytest.fixture
def theirs(hear):
    hear("alert.issued", **BODY)
    return reverse("foreign", args=[HARBIN, 0])


def deed(name, index=0):
    return reverse("answer_foreign", args=[HARBIN, index, name])


def said(kind):
    return list(rows("logbook.Entry").filter(origin=HOME, kind=kind))


def test_opening_it_shows_all_of_it_and_says_once_that_an_officer_has_read_it(
    browser_of, wang, li, theirs
):
    page = text_of(browser_of(wang).get(theirs))
    text_of(browser_of(li).get(theirs))

    for part in ("&lt;b&gt;A spill&lt;/b&gt;", "Close intakes.", "关闭取水口。", "Reaches you",
                 "Oil &lt;i&gt;upstream&lt;/i&gt;.", "Orange warning"):  # fmt: skip
        assert part in page
    assert "20 Nov" in page
    (read,) = said("alert.read")
    assert read.after == [f"{HARBIN}/entry/0"]


def test_it_reads_in_chinese_too(browser_of, wang, theirs):
    page = text_of(browser_of(wang).get(theirs, headers={"accept-language": "zh-hans"}))

    assert "泄漏" in page
    assert page.index("关闭取水口") < page.index("Close intakes")
    assert "到达本地" in page
    assert ">中文<" in page
    assert ">English<" in page


def test_likely_and_possible_are_two_words_in_chinese():
    with override("zh-hans"):
        likely, possible = (str(CERTAINTY_WORDS[each]) for each in ("Likely", "Possible"))

    assert (likely, possible) == ("很可能", "可能")


def test_who_only_looks_reads_it_and_our_log_says_nothing_of_it(browser_of, hall, sun, theirs):
    page = text_of(browser_of(hall).get(theirs))

    assert "A spill" in page
    assert deed("act") not in page
    assert said("alert.read") == []
    assert browser_of(sun).get(theirs).status_code == 404
    for name in ("acknowledge", "act", "unable"):
        form = {"key": str(uuid4()), "text": "x"}
        assert browser_of(hall).post(deed(name), form).status_code == 403
    assert said("alert.acting") == said("alert.unable") == said("alert.acknowledged") == []


def test_not_able_is_said_with_its_reason_and_taken_back_by_acting(browser_of, wang, theirs):
    browser, form = browser_of(wang), {"key": str(uuid4()), "text": "No pumps."}

    for _twice in range(2):
        assert browser.post(deed("unable"), form).url == theirs
    assert "No pumps." in text_of(browser.get(theirs))
    browser.post(deed("act"), {"key": str(uuid4()), "text": ""})

    assert len(said("alert.unable")) == len(said("alert.acting")) == 1
    listed = text_of(browser.get(reverse("alerts")))
    assert "acting" in listed[listed.index('id="foreign"') :]


def test_a_refusal_is_shown_and_nothing_is_said(browser_of, wang, theirs):
    browser = browser_of(wang)

    empty = text_of(browser.post(deed("unable"), {"key": str(uuid4()), "text": " "}), 422)

    assert "Say why, in a few words." in empty
    assert said("alert.unable") == []
    assert browser.post(deed("act"), {"text": "x"}).status_code == 404  # a form without its key
    assert browser.post(deed("joke"), {"key": str(uuid4())}).status_code == 404
    assert browser.get(deed("act")).status_code == 405


def test_what_was_typed_stays_in_the_open_form_with_what_is_wrong_beside_it(
    browser_of, wang, theirs
):
    form = {"key": str(uuid4()), "text": "Call Li, 13812345678"}

    page = text_of(browser_of(wang).post(deed("act"), form), 422)

    assert '<details class="deed" open><summary class="button' in page
    assert ">Call Li, 13812345678</textarea>" in page
    assert "name the desk or the office instead" in page
    assert "text:" not in page
    assert said("alert.acting") == []


def test_what_was_updated_leads_to_what_followed_and_back(browser_of, wang, hear, theirs):
    hear("alert.updated", f"{HARBIN}/alert/u", [f"{HARBIN}/entry/0"], **BODY | {
        "message_type": "Update", "earlier": THEIRS})  # fmt: skip
    newer = reverse("foreign", args=[HARBIN, 1])

    assert f'href="{newer}"' in text_of(browser_of(wang).get(theirs))
    assert f'href="{theirs}"' in text_of(browser_of(wang).get(newer))


def test_a_cancel_that_matches_nothing_is_named_and_cannot_be_answered(browser_of, wang, hear):
    hear("alert.cancelled", f"{HARBIN}/alert/x", **BODY | {"message_type": "Cancel"})

    browser = browser_of(wang)
    page = text_of(browser.get(reverse("foreign", args=[HARBIN, 0])))

    assert "it follows no earlier entry of the place that said it" in page
    assert deed("acknowledge") not in page
    browser.post(deed("acknowledge"))
    assert said("alert.acknowledged") == said("alert.read") == []
    assert "matches no alert in force" in text_of(browser.get(reverse("alerts")))


@pytest.mark.parametrize(
    "body",
    [{}, {"texts": 7, "addressed": "x", "headline": [], "kind": 3, "level": {}, "expires": {}},
     {"texts": {"en-US": 7}, "recipients": 7, "message_type": None}],
)  # fmt: skip
def test_whatever_another_node_says_the_page_opens(browser_of, wang, hear, body):
    hear("alert.issued", **body)

    browser = browser_of(wang)
    assert THEIRS in text_of(browser.get(reverse("foreign", args=[HARBIN, 0])))
    text_of(browser.get(reverse("alerts")))


@pytest.mark.parametrize("about", [f"{HARBIN}/alert/x", f"{HOME}/alert/x", THEIRS])
def test_whatever_another_place_speaks_of_the_log_opens(browser_of, wang, hear, about):
    hear("alert.expired", about)

    browser = browser_of(wang)
    for address in (reverse("log"), reverse("entry", args=[HARBIN, 0])):
        assert about in text_of(browser.get(address))


@pytest.mark.parametrize("where", [(HARBIN, 7), (HOME, 0), ("cn:999999", 0)])
def test_what_is_no_alert_of_another_place_is_not_there(browser_of, wang, theirs, where):
    assert browser_of(wang).get(reverse("foreign", args=where)).status_code == 404


def test_the_board_says_who_has_it_with_the_proof_and_what_is_not_known(
    browser_of, wang, li, submitted, harbin, hear, now
):
    alert = actions.issue_alert(alert=submitted, revision=1, by=li, now=now)
    ours = said("alert.issued")[0]
    address = reverse("alert", args=[alert.uuid])
    note_failure(peer=harbin.peer, problem="no route <to> host", now=now, jitter=0.0)
    page = text_of(browser_of(wang).get(address))
    assert "could never be read" in page
    assert "Telephone its officer" in page
    assert "no route &lt;to&gt; host" in page
    assert "nothing that we have read" in page

    about = f"{HOME}/alert/{alert.uuid}"
    hear("alert.received", about, [f"{HOME}/entry/{ours.index}"])
    hear("alert.unable", about, [f"{HOME}/entry/{ours.index}"], text="<b>no</b> pumps",
         by=f"{HARBIN}/desk/duty#4")  # fmt: skip
    page = text_of(browser_of(wang).get(address))

    assert "&lt;b&gt;no&lt;/b&gt; pumps" in page
    for index in (0, 1):
        for name in ("entry", "receipt"):
            assert f'href="{reverse(name, args=[HARBIN, index])}"' in page


def test_a_cancel_of_ours_that_another_place_refused_stands_on_the_page_of_alerts(
    browser_of, wang, hall, sun, submitted, li, hear, now
):
    actions.issue_alert(alert=submitted, revision=1, by=li, now=now)
    ours = said("alert.issued")[0]
    hear("alert.refused", ours.about, [f"{HOME}/entry/{ours.index}"], fact="already_ended")

    for person in (wang, hall):
        page = text_of(browser_of(person).get(reverse("alerts")))
        assert "refused what we said" in page
        assert "the alert that it follows had already ended" in page
    assert "refused what we said" not in text_of(browser_of(sun).get(reverse("alerts")))


@pytest.mark.parametrize(
    ("audience", "seen_by"),
    [([HOME], {"wang", "hall"}), (["cn:230800"], set()), ([f"{HOME}0"], set())],
)
def test_what_others_say_to_us_alone_is_read_by_our_people_with_its_receipt(
    browser_of, wang, hall, sun, harbin, now, audience, seen_by
):
    told = {"kind": "alert.received", "place": "cn:230800", "audience": audience}
    harbin.entries.append(entry(0, **told, about="cn:230800/alert/x"))
    follow(peer=harbin.peer, fetch=harbin.fetch, now=now)

    for person in (wang, hall, sun):
        browser = browser_of(person)
        status = 200 if person.username in seen_by else 404
        for name in ("entry", "receipt"):
            answer = browser.get(reverse(name, args=[HARBIN, 0]))
            assert answer.status_code == status, (name, person.username)
        listed = "cn:230800/alert/x" in text_of(browser.get(reverse("log")))
        assert listed == (status == 200)
        found = browser.get("/api/entries", {"origin": HARBIN}).json()
        assert len(found["items"]) == (status == 200)
        assert browser.get(f"/api/entries/{HARBIN}/0").status_code == status


def test_the_board_shows_nobody_elses_officer_as_having_answered(
    browser_of, wang, li, submitted, harbin, hear, now
):
    alert = actions.issue_alert(alert=submitted, revision=1, by=li, now=now)
    about, after = f"{HOME}/alert/{alert.uuid}", [f"{HOME}/entry/{said('alert.issued')[0].index}"]
    hear("alert.acknowledged", about, after, by=f"{HOME}/desk/mayor#99")
    hear("alert.unable", about, after, text="<b>no</b> pumps", by=f"{HOME}/desk/mayor#98")
    page = text_of(browser_of(wang).get(reverse("alert", args=[alert.uuid])))

    assert "&lt;b&gt;no&lt;/b&gt; pumps" in page
    assert "mayor" not in page


@pytest.mark.parametrize(
    ("source", "about", "notices"),
    [
        (HARBIN, THEIRS, []),
        ("cn:230102", f"{HARBIN}/alert/x", []),  # a district of Harbin
        (None, THEIRS, []),
        (HOME, THEIRS, ["says this about Jilin, which is not its own ground"]),
        (HARBIN, f"{HOME}/alert/x", ["speaks in the name of Jilin"]),
        ("cn:2301020011", f"{HOME}/alert/x", ["speaks in the name of Jilin"]),
        (["x"], "cn:230102/alert/x", []),
    ],
)
def test_whose_ground_it_speaks_of_is_said_where_it_is_not_its_own(
    browser_of, wang, hear, source, about, notices
):
    hear("alert.issued", about, **BODY | {"origin": source})

    browser = browser_of(wang)
    page = text_of(browser.get(reverse("foreign", args=[HARBIN, 0])))
    for notice in ("says this about", "speaks in the name of"):
        assert (notice in page) == any(notice in each for each in notices)
    for each in notices:
        assert each in page
    assert ("not its own" in text_of(browser.get(reverse("alerts")))) == bool(notices)


def test_the_people_of_a_body_that_is_in_no_pack_read_what_is_said_to_it_and_audit(
    browser_of, add_person, hear, settings, now
):
    settings.PLACE = body = "org:songhua-joint"
    qian = add_person("qian", 9)
    give_role(person=qian, place=body, kind="administrator", by="operator", now=now)
    browser = browser_of(qian)
    hear("alert.issued", **BODY)

    assert "A spill" in text_of(browser.get(reverse("alerts")))
    assert "A spill" in text_of(browser.get(reverse("foreign", args=[HARBIN, 0])))
    assert text_of(browser.get(reverse("audit")))
    assert text_of(browser.get(reverse("new_alert")))


def test_an_alert_that_waits_for_an_answer_stands_first_until_it_is_answered_or_over(
    browser_of, wang, hall, hear, theirs
):
    browser, home = browser_of(wang), reverse("situation")
    asked = "waits for your answer"

    assert asked in (page := text_of(browser.get(home)))
    assert theirs in page
    assert '<span class="count">1<span' in text_of(browser.get(reverse("log")))
    assert asked not in text_of(browser_of(hall).get(home))
    browser.get(theirs)  # to have read it is no answer
    assert asked in text_of(browser.get(home))
    browser.post(deed("acknowledge"))
    assert asked not in text_of(browser.get(home))

    hear("alert.issued", about=f"{THEIRS[:-1]}2", **{**BODY, "expires": "2005-11-01T00:00:00.000Z"})
    assert asked not in text_of(browser.get(home))


def test_of_many_that_wait_no_place_crowds_another_out(browser_of, wang, hear):
    for number in range(12):
        hear("alert.issued", about=f"{THEIRS[:-2]}{number:02}", **BODY)

    page = text_of(browser_of(wang).get(reverse("situation")))

    assert page.count("waits for your answer") == 10
    assert reverse("foreign", args=[HARBIN, 11]) in page


def test_the_log_says_whose_each_line_is_and_shows_one_log_alone(browser_of, wang, theirs):
    browser, log = browser_of(wang), reverse("log")
    pages = [text_of(browser.get(log, {"of": of})) for of in ("", HOME, HARBIN, "cn:000000")]
    entries = [reverse("entry", args=[origin, 0]) for origin in (HOME, HARBIN)]

    shown = [[each in page for each in entries] for page in pages]

    assert shown == [[True, True], [True, False], [False, True], [True, True]]
    assert "those whose logs it follows" in pages[0]
